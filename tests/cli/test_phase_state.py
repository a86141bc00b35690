"""Where a phase stands, from the newest event of each kind (contract §10.3, §10.4)."""

from __future__ import annotations

from typing import Any

import pytest

from forgewatch.cli.phase_state import iterations_left, phase_state


def audit(outcome: str, loopback: int = 0, age: int = 0, limit: int = 3) -> dict[str, Any]:
    values = {"outcome": outcome, "loopback": loopback, "loopback_limit": limit, "age": age, "phase": "Phase 1 -- Things"}
    return {"AuditRecorded": values}


def word(kind: str, age: int, actor: str = "olga", phase: str = "Phase 1") -> dict[str, Any]:
    return {kind: {"age": age, "actor": actor, **({"phase": phase} if kind == "PhaseUnblocked" else {})}}


@pytest.mark.req("S002-10.3-5")
@pytest.mark.parametrize(
    ("newest", "state"),
    [
        ({}, "OPEN"),
        (word("Adopted", 0, "first contact"), "OPEN"),
        (audit("PASS"), "OPEN"),
        (audit("ERROR"), "OPEN"),
        (audit("FAIL", 1), "LOOPING(1)"),
        (audit("FAIL", 2), "LOOPING(2)"),
        (audit("ERROR", 2), "LOOPING(2)"),
        (audit("FAIL", 3), "BLOCKED"),
        (audit("FAIL", 7), "BLOCKED"),
        (audit("FAIL", 3, limit=5), "LOOPING(3)"),
        (audit("FAIL", 1, limit=1), "BLOCKED"),
        (audit("PASS", 3), "BLOCKED"),
        (audit("SIGNED-OFF (awaiting AUTHORIZED)"), "SIGNED_OFF"),
        (audit("AUTHORIZED (committed)"), "AUTHORIZED"),
        (audit("AUTO-AUTHORIZED (committed)"), "AUTHORIZED"),
        (audit("FAIL", 3, age=2) | word("PhaseUnblocked", 1), "OPEN"),
        (audit("FAIL", 3, age=1) | word("PhaseUnblocked", 2), "BLOCKED"),
        (audit("FAIL", 3, age=2) | word("PhaseUnblocked", 1, phase="Phase 1 -- Another title"), "OPEN"),
        (audit("FAIL", 3, age=2) | word("PhaseUnblocked", 1, phase="Phase 11 -- Things"), "BLOCKED"),
        (audit("FAIL", 2, age=2) | word("Adopted", 1), "OPEN"),
        (audit("FAIL", 2, age=1) | word("Adopted", 2), "LOOPING(2)"),
        (audit("FAIL", 3, age=2) | word("Adopted", 1, "first contact"), "BLOCKED"),
        (audit("FAIL", 3, age=2) | word("Adopted", 3) | word("PhaseUnblocked", 1), "OPEN"),
        (audit("SIGNED-OFF (awaiting AUTHORIZED)", 3, age=0) | word("PhaseUnblocked", 1), "SIGNED_OFF"),
    ],
)
def test_the_state_follows_from_the_newest_audit_and_what_the_operator_said_since(newest: dict[str, Any], state: str) -> None:
    assert phase_state(newest) == state


@pytest.mark.req("S002-10.3-5")
@pytest.mark.parametrize(
    ("newest", "left"),
    [
        ({}, None),
        (audit("PASS"), 3),
        (audit("FAIL", 2), 1),
        (audit("FAIL", 7), 0),
        (audit("FAIL", 2, limit=5), 3),
        (audit("FAIL", 3, age=2) | word("PhaseUnblocked", 1), 3),
        (audit("FAIL", 3, age=1) | word("PhaseUnblocked", 2), 0),
        (audit("FAIL", 2, age=2) | word("Adopted", 1), 3),
    ],
)
def test_what_is_left_of_the_loop_begins_again_when_the_operator_says_so(newest: dict[str, Any], left: int | None) -> None:
    assert iterations_left(newest) == left
