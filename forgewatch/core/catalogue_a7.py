"""What the codes of A7, verification order, mean (checks.md A7, contract section 9)."""

from __future__ import annotations

from forgewatch.core.catalogue import MEND, STEPS, CodeDoc

CODES: tuple[CodeDoc, ...] = (
    CodeDoc(
        code="A700",
        title="no Verification section",
        means="The diff log has no section whose title begins with Verification.",
        good="## Verification",
        bad="labels in the Summary only",
        fix="Add the section with the four labels.",
        action="add the section Verification to {path}",
        allows=("difflog",),
        ways=(STEPS,),
    ),
    CodeDoc(
        code="A701",
        title="label missing or without text",
        means="Static, Runtime, Behavior and Contract each need a result, or n/a and the reason.",
        good="- Runtime: n/a - documentation only",
        bad="- Runtime:",
        fix="State the result of the step.",
        action="state in {path}: {expected}",
        allows=("difflog",),
        ways=(STEPS,),
    ),
    CodeDoc(
        code="A702",
        title="labels out of order",
        means="The first mentions of the labels are not in the order static, runtime, behavior, contract.",
        good="Static, Runtime, Behavior, Contract",
        bad="Contract, Static, Runtime, Behavior",
        fix="Verify and report in the contract's order.",
        action="put the labels of {path} in the order {expected}",
        allows=("difflog",),
        ways=(STEPS,),
    ),
    CodeDoc(
        code="A703",
        title="verification step failed",
        means="The first word after a label is FAIL, however it is written. A count of zero failures is no failure, and one told later "
        "in the text is history.",
        good="- Behavior: PASS after the fix, FAIL before it",
        bad="- Behavior: FAIL two scenarios",
        fix="Mend what failed and verify again.",
        action="mend what failed, verify again, then state it in line {line} of {path}",
        allows=("difflog", "record", "changed"),
        ways=((*MEND, "state Verification: {expected}"),),
    ),
)
