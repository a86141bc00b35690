"""The overview: what a person has to know at one look, from the document of `status` and the newest audit."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from forgewatch.cli.frame import fitted
from forgewatch.cli.overview import audit_of_event, known_lines, overview
from forgewatch.core.codec import encode
from forgewatch.core.errors import TamperDetected
from forgewatch.core.events import AuditRecorded
from forgewatch.core.verdict import Fault, Outcome, StopReason
from tests.support.answers import failing, report
from tests.support.authority import Chronicle, work_report

HOSTILE = "evil\x1b[2J\x1b[31m\u202e.py"


def document(**parts: Any) -> dict[str, Any]:
    values: dict[str, Any] = {
        "repository": f"/srv/{HOSTILE}",
        "watcher": {"running": True, "pid": 7, "since": "2026-11-20T12:00:00Z"},
        "state": "complete, audited",
        "working_on": None,
        "phase_state": "LOOPING(1)",
        "iterations_left": 2,
        "warned": [],
        "aem": False,
        "assurance": "local",
        "ledger": {"state": "last entry matches"},
        "anchor": {"url": None, "entry": None, "at": None},
        "state_folder": None,
        "plan": None,
    }
    return {**values, **parts}


def audited(*answers: Any) -> AuditRecorded:
    record = Chronicle().audits(*answers)
    return record.audit(record.state.size - 1)


def lines(audit: AuditRecorded | None, **parts: Any) -> list[str]:
    return list(overview(document(**parts), audit))


def value(told: list[str], name: str) -> str:
    (found,) = (line for line in told if line.startswith(f"{name}:"))
    return found.partition(":")[2].strip()


def test_a_fail_shows_phase_iteration_codes_with_their_first_finding_and_the_fix_plan() -> None:
    audit = replace(audited(work_report("first", failing)), fix_plan=("A1: claim or remove stray.py",))
    told = lines(audit)
    assert value(told, "phase") == "Phase 1 -- Things, iteration 1, 2 left"
    assert value(told, "outcome").startswith("FAIL, STOP: CONTRACT_CONFLICT, phase LOOPING(1), at ")
    assert value(told, "next") == "fix_and_recomplete: the builder does the fix plan and completes the cycle again"
    (finding,) = (line for line in told if line.startswith("  A1 "))
    assert "A101" in finding
    assert told[-2:] == ["fix plan:", "  - A1: claim or remove stray.py"]


@pytest.mark.parametrize(
    ("state", "action", "words"),
    [
        ("OPEN", Outcome.PASS, "proceed: new work may begin"),
        ("SIGNED_OFF", Outcome.SIGNED_OFF, "await_authorized: a person looks at the work: forgewatch authorize"),
        ("AUTHORIZED", Outcome.AUTHORIZED, "proceed: new work may begin"),
    ],
)
def test_what_passed_has_no_plan_and_says_what_comes_next(state: str, action: Outcome, words: str) -> None:
    told = lines(replace(audited(work_report("first", report, aem=False)), outcome=action), phase_state=state)
    assert value(told, "next") == words
    assert not [line for line in told if line.startswith("  ") or line == "fix plan:"]


def test_a_phase_that_used_up_its_loops_is_told_in_the_contracts_words_with_the_way_out() -> None:
    fails = [work_report(str(one), failing) for one in range(3)]
    told = lines(audited(*fails), phase_state="BLOCKED", iterations_left=0)
    assert value(told, "next").startswith("AEM audit loop exceeded 3 iterations without full PASS. Manual review required.")
    assert "forgewatch unblock" in value(told, "next")
    passed = lines(audited(*fails, work_report("pass")), phase_state="BLOCKED", iterations_left=0)
    assert value(passed, "next") == "halt_for_operator: a person looks at it, then: forgewatch unblock --reason WHY"


def test_an_audit_without_a_report_says_why_and_one_that_runs_is_waited_for() -> None:
    died = replace(audited(None), why=f"died of {HOSTILE}", hint="forgewatch doctor")
    told = lines(died, warned=["W1"], state="being audited")
    assert "  not judged: died of evil\\x1b[2J\\x1b[31m\\u202e.py" in told and "  hint: forgewatch doctor" in told
    assert value(told, "next") == "the audit that runs has its result"
    assert value(told, "also").startswith("warnings W1; AEM off; assurance local; anchor off")
    assert value(lines(died), "next") == "halt_for_operator: a person has to look at it"
    assert "hint" not in " ".join(lines(replace(died, hint="")))


def test_a_check_that_could_not_be_judged_is_no_finding() -> None:
    audit = audited(work_report("first", failing))
    assert audit.report is not None
    results = tuple(replace(one, answer=Fault("the disk is gone")) if one.code == "A1" else one for one in audit.report.audit.results)
    judged = replace(audit, report=replace(audit.report, audit=replace(audit.report.audit, results=results)))
    assert [line for line in lines(judged) if line.startswith("  A1")] == ["  A1 Scope compliance: could not be judged: the disk is gone"]


def test_nothing_audited_yet_says_what_is_waited_for() -> None:
    told = lines(None, assurance=None, aem=None, watcher={"running": False, "pid": None, "since": None})
    assert (value(told, "phase"), value(told, "next")) == ("none yet", "a diff log that says Status: COMPLETE is audited")
    assert "not running (start it: forgewatch watch " in value(told, "watcher")


def test_a_plan_that_the_builder_announced_is_told_as_far_as_it_is_done() -> None:
    tasks = [{"number": 1, "text": "models", "done": True}, {"number": 2, "text": f"routes {HOSTILE}", "done": False}]
    assert value(lines(None, plan={"tasks": tasks}), "plan") == "1 of 2 tasks done, next: 2. routes evil\\x1b[2J\\x1b[31m\\u202e.py"
    assert not [line for line in lines(None) if line.startswith("plan:")]


def test_no_string_of_a_builder_moves_a_cursor_and_every_width_shows_all_of_it() -> None:
    audit = replace(audited(work_report("first", failing)), stop=StopReason.CONTRACT_CONFLICT, fix_plan=("A1: " + "x" * 10_000,))
    told = lines(audit, state=f"unknown status '{HOSTILE}'", ledger={"state": f"tampered: {HOSTILE}"})
    assert not [line for line in told if re.search(r"[\x00-\x1f\x7f\u202e]", line)]
    for columns in (40, 80, 200):
        assert " ".join(" ".join(fitted(told, columns, 10_000)).split()) == " ".join(" ".join(told).split())


def test_the_watcher_that_starts_says_the_last_result_on_a_line() -> None:
    audit = replace(audited(work_report("first", failing)), fix_plan=("A1: claim or remove stray.py",))
    first, *plan = known_lines("/srv/a", audit)
    assert first == "  /srv/a: FAIL: A1; Phase 1 -- Things, iteration 1, 2 left; next: fix_and_recomplete"
    assert plan == ["  fix plan:", "    - A1: claim or remove stray.py"]
    assert list(known_lines("/srv/a", None)) == ["  /srv/a: no audit yet, a diff log that says Status: COMPLETE is audited"]
    assert list(known_lines("/srv/a", audited(work_report("first", report, aem=False)))) == [
        "  /srv/a: PASS; Phase 1 -- Things, iteration 1, 3 left; next: proceed"
    ]


def test_an_event_of_the_journal_is_the_audit_it_was_and_another_shape_is_nobodys() -> None:
    audit = audited(work_report("first", failing))
    raw = encode(audit)
    assert isinstance(raw, dict)
    assert audit_of_event({**raw, "leaf": "sha256:0", "age": 3}) == audit
    assert audit_of_event(None) is None
    with pytest.raises(TamperDetected, match="no event of this version"):
        audit_of_event({**raw, "phase": 7})
