"""What the codes of X-PHYSICS, physics before new routes, mean (checks.md, Further checks; contract §5.1, §9.3)."""

from __future__ import annotations

from forgewatch.core.catalogue import EDIT, CodeDoc
from forgewatch.core.verdict import StopReason

STOPS = {"XR02": StopReason.CONTRACT_CONFLICT}
"""Code and contract that contradict each other stop for another reason than what the contract lacks (contract §5.1)."""

CODES: tuple[CodeDoc, ...] = (
    CodeDoc(
        code="XR01",
        title="new route that physics.yaml does not declare",
        means="This cycle brought a handler for a path that physics.yaml does not name. The contract comes first; the finding holds "
        "the lines to propose.",
        good="physics.yaml names /users/import before its handler is written",
        bad="@router.post('/users/import') and nothing in physics.yaml",
        fix="Propose the lines to the operator; write the handler when the contract has them.",
        action="add to physics.yaml: {expected}",
        allows=("physics", "path"),
        ways=(("edit physics", "sync physics", "test"), EDIT),
    ),
    CodeDoc(
        code="XR02",
        title="new method on a path that physics.yaml declares without it",
        means="This cycle brought a handler for a path that physics.yaml names, with a method that it does not name there.",
        good="/users declares get and post, and both have handlers",
        bad="/users declares get, and @router.delete('/users') is new",
        fix="Correct the method of the handler, or propose the method to the operator.",
        action="correct the method of {actual}, or add to physics.yaml: {expected}",
        allows=("physics", "path"),
        ways=(EDIT, ("edit physics", "sync physics", "test")),
    ),
    CodeDoc(
        code="XR03",
        title="new field that physics.yaml does not declare",
        means="This cycle brought a field into a class that a handler takes or gives (pydantic models, dataclasses and their like), and "
        "physics.yaml declares other fields for that request or response. Where it declares none, or leaves the side open, nothing is "
        "compared and the basis says so.",
        good="physics.yaml: request: {amount: number, note: string}; class TradeIn has amount and note",
        bad="physics.yaml: request: {amount: number}, and class TradeIn has the new field note",
        fix="Propose the field to the operator; write it when the contract has it.",
        action="add to physics.yaml: {expected}",
        allows=("physics", "path"),
        ways=(EDIT, ("edit physics", "sync physics", "test")),
    ),
)
