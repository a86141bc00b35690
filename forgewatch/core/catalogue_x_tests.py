"""What the codes of X-TESTS, tests beside the change, mean (checks.md, Further checks; contract §9.1, §9.2)."""

from __future__ import annotations

from forgewatch.core.catalogue import ASK, CodeDoc
from forgewatch.core.verdict import StopReason

STOPS = {"XT02": StopReason.CONTRACT_CONFLICT}
"""Tests that the runner was not told of stop for another reason than tests that are missing (contract §9.2)."""

CODES: tuple[CodeDoc, ...] = (
    CodeDoc(
        code="XT01",
        title="changed without a test",
        means="Source files got new behaviour in this cycle, and no test was added or updated. Comments, imports, literal settings and "
        "code that only moved or went away are no new behaviour.",
        good="app/prices.py and tests/test_prices.py change in one cycle",
        bad="def discount(total): ... in app/prices.py, and no test changes",
        fix="Add or update a test of what is new.",
        action="add or update a test of {path}",
        allows=("path",),
        ways=(("edit test_of", "sync test_of", "test"),),
    ),
    CodeDoc(
        code="XT02",
        title="test outside of what the runner collects",
        means="A new test stands outside of every folder that forge.json (`test_dir`) and pytest (`testpaths`) name: the runner does not "
        "find it.",
        good="test_dir is tests, and the new test is tests/test_prices.py",
        bad="test_dir is tests, and the new test is checks/test_prices.py",
        fix="Move the test below a folder that is collected, or name its folder in the configuration in the same cycle.",
        action="move {path} below {expected}, or name its folder in the configuration of the tests",
        allows=("path",),
        ways=(("move path below", "sync path", "sync below", "test"), ASK),
    ),
    CodeDoc(
        code="XT03",
        title="the log of test runs lost lines",
        means="test_runs.md no longer begins with what it held at HEAD. Each run is appended to it, never written over.",
        good="the runner appends one more run",
        bad="the failed runs were cut out",
        fix="Put the version of HEAD back and append the new runs to it.",
        action="put the lines of HEAD back at the beginning of {path}",
        ways=(("edit path",),),
    ),
    CodeDoc(
        code="XT04",
        title="no tests at all",
        means="Source files got new behaviour in this cycle, the phase is not phase 0, and the repository holds no test file.",
        good="tests/test_prices.py",
        bad="app/prices.py and no tests folder",
        fix="Create the tests folder with a test of what is new.",
        action="add a test of {path} below {expected}",
        allows=("test_of",),
        ways=(("edit test_of", "sync test_of", "test"),),
    ),
)
