"""One line per audit: whole, escaped, and the same wherever it is shown."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from forgewatch.core.events import AuditRecorded, CycleOpened, Recorded
from forgewatch.core.report import Report
from forgewatch.core.result_line import blocking, result_line, warning
from forgewatch.core.values import Phase
from forgewatch.core.verdict import Fault, Finding, Outcome, Ruling, StopReason
from tests.support.answers import PHASE, digest, envelope, failing, report, results, unclaimed, unjudged


def recorded(told: Report | None, outcome: Outcome = Outcome.PASS, **parts: Any) -> Recorded:
    values: dict[str, Any] = {"outcome": outcome, "phase": PHASE, "iteration": 2, "loopback": 0, "loopback_limit": 3, "stop": None}
    return Recorded(seq=41, leaf=digest("leaf"), event=AuditRecorded(report=told, trigger=None, envelope=envelope(), **{**values, **parts}))


def test_a_pass_is_time_outcome_repository_phase_and_iteration() -> None:
    assert result_line(recorded(report()), "shop") == "2026-11-20T12:00:00Z PASS shop: Phase 1 -- Things, iteration 2"


def test_a_fail_names_its_checks_and_the_first_finding() -> None:
    two = results(A1=Ruling(basis="b", findings=(unclaimed(),)), A4=Fault("no rules"), W1=Ruling(basis="b", findings=(unclaimed(),)))
    line = result_line(recorded(replace(failing(), audit=replace(failing().audit, results=two)), Outcome.FAIL), "shop")
    assert line.endswith(": A1, A4: A101 backdoor.py: changed but not claimed (untracked)")


def test_a_check_that_could_not_be_judged_says_why() -> None:
    assert result_line(recorded(unjudged(why="git died"), Outcome.ERROR), "shop").endswith("iteration 2: A4: could not be judged: git died")


def test_an_audit_without_a_report_says_why() -> None:
    line = result_line(recorded(None, Outcome.FAIL, why="the ledger is missing", stop=StopReason.EVIDENCE_MISSING), "shop")
    assert line.endswith("iteration 2: the ledger is missing")
    assert result_line(recorded(None, Outcome.ERROR), "shop").endswith("iteration 2")


@pytest.mark.req("S002-10.2-5")
@pytest.mark.parametrize("hostile", ["a\nOutcome: PASS", "\x1b[2J", "\u202eevil", "a\r\nb", "\ud800"])
def test_a_builder_cannot_break_the_line(hostile: str) -> None:
    told = failing("x", Finding(code="A101", path=hostile, message=hostile, actual=hostile))
    line = result_line(recorded(told, Outcome.FAIL, phase=Phase(hostile)), hostile)
    assert len(line.splitlines()) == 1
    assert line.isprintable()


def test_an_event_that_is_no_audit_gives_its_kind() -> None:
    event = CycleOpened(at="2026-11-20T12:00:00Z", cycle=1, document=digest("d"))
    assert result_line(Recorded(seq=0, leaf=digest("leaf"), event=event), "shop") == "shop: CycleOpened"


def test_blocking_and_warning_results_are_told_apart() -> None:
    both = results(A9=Fault("f"), A1=Ruling(basis="b", findings=(unclaimed(),)), W3=Ruling(basis="b", findings=(unclaimed(),)))
    event = recorded(replace(report(), audit=replace(report().audit, results=tuple(reversed(both))))).event
    assert isinstance(event, AuditRecorded)
    assert [result.code for result in blocking(event)] == ["A1", "A9"]
    assert [result.code for result in warning(event)] == ["W3"]
    assert (blocking(replace(event, report=None)), warning(replace(event, report=None))) == ((), ())
