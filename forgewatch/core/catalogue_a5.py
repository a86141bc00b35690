"""What the codes of A5, the diff log gate, mean (checks.md A5)."""

from __future__ import annotations

from forgewatch.core.catalogue import WHOLE_LOG, CodeDoc

CODES: tuple[CodeDoc, ...] = (
    CodeDoc(
        code="A501",
        title="placeholder left",
        means="An item of the diff log begins with TODO, or is nothing but TBD, FIXME or a placeholder in angle brackets. "
        "File names, code, hunks and the word inside a sentence are not looked at.",
        good="- None",
        bad="- TODO: blockers, risks, constraints.",
        fix="Replace the placeholder by what is true, or by 'None'.",
        action="replace the placeholder in line {line} of {path}: {actual}",
        allows=("difflog",),
    ),
    CodeDoc(
        code="A502",
        title="no readable diff log",
        means="There is no diff log to judge, or it contradicts itself.",
        good="a diff log in UTF-8 with one status",
        bad="a missing diff log",
        fix="Write the diff log.",
        action="write {path}: {actual}",
        allows=("difflog",),
        ways=(WHOLE_LOG,),
    ),
    CodeDoc(
        code="A503",
        title="required section",
        means="A required section is missing or holds nothing. Missing Notes or Next Steps are only noted.",
        good="## Summary, then - Phase 1: what was done",
        bad="a diff log without the section Verification",
        fix="Add the section with text, or with 'None'.",
        action="add to {path}: {expected}",
        allows=("difflog",),
        ways=(("state {expected}",),),
    ),
)
