"""What the codes of A8, the test gate, mean (checks.md A8)."""

from __future__ import annotations

from forgewatch.core.catalogue import MEND, CodeDoc

CODES: tuple[CodeDoc, ...] = (
    CodeDoc(
        code="A801",
        title="no usable test record",
        means="There is no test record to judge.",
        good="Status: PASS",
        bad="a missing test_runs_latest.md",
        fix="Run the tests so that the runner writes the record.",
        action="run the tests so that {path} is written",
        allows=("record",),
    ),
    CodeDoc(
        code="A802",
        title="line 1 is not exactly the status",
        means="Line 1 must be 'Status: PASS' and nothing else.",
        good="Status: PASS",
        bad="Status: PASS (96 passed, 2 pre-existing failures)",
        fix="Make every test pass and run them again.",
        action="run the tests until line 1 of {path} is exactly {expected}",
        allows=("record", "changed"),
        ways=(MEND,),
    ),
    CodeDoc(
        code="A803",
        title="a step failed",
        means="The record lists an exit status other than a plain 0, failed tests, or a second status that says FAIL, whatever line 1 "
        "says.",
        good="pytest exit: 0",
        bad="playwright exit: 1",
        fix="Mend what failed and run the tests again.",
        action="mend what failed ({actual}), then run the tests again",
        allows=("record", "changed"),
        ways=(MEND,),
    ),
    CodeDoc(
        code="A804",
        title="stale test record",
        means="The record is of another tree, of another commit than HEAD (every line that names one counts), or was already used for an "
        "earlier, different tree.",
        good="Tree: equals the audited tree",
        bad="HEAD: of the commit before",
        fix="Run the tests again over what is there now.",
        action="run the tests again: expected {expected}, found {actual}",
        allows=("record",),
    ),
    CodeDoc(
        code="A806",
        title="no test ran",
        means="The record counts tests and the count is 0.",
        good="12 passed",
        bad="no tests ran",
        fix="Let the runner find the tests.",
        action="run the tests so that at least one runs",
        allows=("record", "changed"),
        ways=(MEND,),
    ),
    CodeDoc(
        code="A807",
        title="unattested test record",
        means="The record does not show that forgewatch itself ran the whole suite over this tree and that it passed. It fails in the "
        "profile strict.",
        good="a record that `forgewatch test` wrote over the audited tree",
        bad="a record written by hand, of one side only (--scope), or changed since",
        fix="Run `forgewatch test`.",
        action="run forgewatch test, so that {path} is attested by the journal",
        allows=("record",),
    ),
    CodeDoc(
        code="A808",
        title="test record that denies a failed run",
        means="The record says PASS, and tests failed when `forgewatch test` ran them over exactly this tree: the journal has it.",
        good="the record that the newest run wrote",
        bad="a record written by hand after `forgewatch test` said FAIL",
        fix="Mend what failed and run `forgewatch test`. Where the tests fail for want of something in the sandbox, the operator shows it "
        "(`tests:` in the configuration).",
        action="mend what failed, then run forgewatch test: it has to pass over this tree",
        allows=("record", "changed"),
        ways=(MEND,),
    ),
)
