"""What the codes of A3, evidence completeness, mean (checks.md A3)."""

from __future__ import annotations

from forgewatch.core.catalogue import MEND, WHOLE_LOG, CodeDoc

CODES: tuple[CodeDoc, ...] = (
    CodeDoc(
        code="A301",
        title="no usable test record",
        means="test_runs_latest.md is missing, blank, not a regular file, too large, or no text.",
        good="Status: PASS",
        bad="a missing or empty test_runs_latest.md",
        fix="Run the tests so that the runner writes the record.",
        action="run the tests so that {path} is written; it {actual}",
        allows=("record",),
    ),
    CodeDoc(
        code="A302",
        title="no usable diff log",
        means="diff_log.md is missing, blank, not a regular file, or contradicts itself.",
        good="one Cycle Status section with one Status line",
        bad="two Status lines with different values",
        fix="Write the diff log with one status and the required sections.",
        action="write {path}: {actual}",
        allows=("difflog",),
        ways=(WHOLE_LOG,),
    ),
    CodeDoc(
        code="A303",
        title="test record does not say PASS",
        means="Line 1 of test_runs_latest.md does not begin with 'Status: PASS'.",
        good="Status: PASS",
        bad="Status: FAIL",
        fix="Make the tests pass and run them again; do not edit the record.",
        action="mend what fails, then run the tests again: {path} says {actual}",
        allows=("record", "changed"),
        ways=(MEND,),
    ),
    CodeDoc(
        code="A304",
        title="evidence is not UTF-8",
        means="A line that the builder wrote holds bytes of another encoding, so readers see different texts. "
        "Quoted diffs and output are not looked at.",
        good="bytes that decode as UTF-8",
        bad="a dash in cp1252, or a block of UTF-16 that a shell appended",
        fix="Save the file as UTF-8.",
        action="save {path} as UTF-8: {actual}",
        allows=("difflog", "record"),
        ways=(("edit path",), ("test",)),
    ),
)
