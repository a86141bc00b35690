"""The steps of a cycle: every verb in every state is permitted, or refused by the step that is missing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from forgewatch.core.difflog import DiffLogReading, Malformed
from forgewatch.core.difflog_parser import parse_difflog
from forgewatch.core.difflog_steps import (
    STEPS,
    Begin,
    Finalize,
    Finish,
    Refusal,
    Renew,
    is_open,
    is_settled,
    may_finalize,
    may_finish,
    may_start,
)
from forgewatch.core.events import TriggerClaimed, TriggerDone
from forgewatch.core.new_work import Hold
from forgewatch.core.record_state import RecordState
from forgewatch.core.repository_facts import CommitFacts, Facts
from forgewatch.core.snapshot import Ancestry
from forgewatch.core.values import Absent, Phase, Unreadable
from forgewatch.core.verdict import StopReason
from tests.support.answers import digest, failing, trigger
from tests.support.authority import AT, BASE, FIRST, Chronicle, work_report

ONE, TWO = Phase("Phase 1 -- Things"), Phase("Phase 2 -- More")
FACTS = Facts(head=BASE, branch="main", ancestry=Ancestry.LINEAR)
LOG = "# Diff Log\n\nPhase: {}\n\n## Cycle Status\n- Status: {}\n"


def log(status: str, phase: str = ONE) -> DiffLogReading:
    return parse_difflog(LOG.format(phase, status).encode())


READINGS: dict[str, DiffLogReading] = {
    "in process": log("IN_PROCESS"),
    "blocked": log("BLOCKED"),
    "unknown": log("DONE"),
    "complete": log("COMPLETE"),
    "malformed": Malformed(reason="holds nothing but white space", line=None, digest=digest("x")),
    "absent": Absent(),
    "unreadable": Unreadable("is a symlink"),
}


def step(answer: object) -> int | None:
    return answer.step if isinstance(answer, Refusal) else None


def test_the_steps_are_the_eight_of_the_contract() -> None:
    assert list(STEPS) == [1, 2, 3, 4, 5, 6, 7, 8]


@pytest.mark.parametrize(
    ("state", "started", "finished", "finalized"),
    [
        ("in process", Renew(), Finish(ONE), 7),
        ("blocked", Begin(), 4, Finalize()),
        ("unknown", Begin(), 4, 7),
        ("complete", 8, 4, Finalize()),
        ("malformed", Begin(), 4, 4),
        ("absent", Begin(), 4, 4),
        ("unreadable", 1, 4, 4),
    ],
)
def test_each_verb_in_each_state_goes_on_or_names_the_missing_step(
    state: str, started: object, finished: object, finalized: object
) -> None:
    reading = READINGS[state]
    for answer, wanted in (
        (may_start(reading, ONE, hold=None, settled=False), started),
        (may_finish(reading, hold=None, still_open=False), finished),
        (may_finalize(reading), finalized),
    ):
        assert (step(answer) if isinstance(wanted, int) else answer) == wanted
        if isinstance(answer, Refusal):
            assert (answer.stop, bool(answer.exit)) == (StopReason.CONTRACT_CONFLICT, True)


def test_another_phase_waits_until_the_one_that_runs_is_over() -> None:
    assert step(may_start(log("IN_PROCESS"), TWO, hold=None, settled=False)) == 7
    assert may_start(log("IN_PROCESS", "none"), TWO, hold=None, settled=False) == Renew()
    assert may_start(log("IN_PROCESS", "Phase 1 -- Other words"), ONE, hold=None, settled=False) == Renew()


def test_a_log_that_was_completed_too_early_or_failed_is_completed_once_more_unless_its_loops_are_used_up() -> None:
    assert may_finish(log("COMPLETE"), hold=None, still_open=True) == Finish(ONE)
    used_up = Hold("three times FAIL", ("unblock it",), StopReason.RISK_EXCEEDS_SCOPE)
    answer = may_finish(log("COMPLETE"), hold=used_up, still_open=True)
    assert isinstance(answer, Refusal)
    assert (answer.step, answer.stop) == (2, StopReason.RISK_EXCEEDS_SCOPE)


def test_a_log_is_open_until_it_is_judged_and_again_when_it_failed() -> None:
    mine, other = digest("log"), digest("other")
    passed, failed = Chronicle().works().state, Chronicle().audits(work_report("first", failing)).state
    assert (is_open(passed, FACTS, other), is_open(passed, FACTS, mine)) == (True, False)
    assert (is_open(failed, FACTS, other), is_open(failed, FACTS, mine)) == (True, True)
    assert not is_open(RecordState(), replace(FACTS, log_at_head=mine), mine)


def test_a_complete_log_that_was_audited_is_the_previous_cycle() -> None:
    assert may_start(log("COMPLETE"), TWO, hold=None, settled=True) == Begin()


@pytest.mark.req("S002-1-6")
@pytest.mark.parametrize("reading", READINGS.values(), ids=READINGS)
@pytest.mark.parametrize("stop", [StopReason.CONTRACT_CONFLICT, StopReason.RISK_EXCEEDS_SCOPE])
def test_what_the_record_holds_begins_in_no_state_of_the_log_and_every_way_out_is_named(reading: DiffLogReading, stop: StopReason) -> None:
    hold = Hold("entry 3 is FAIL", ("mend it", "adopt it"), stop)
    assert may_start(reading, TWO, hold=hold, settled=True) == Refusal(
        step=2, stop=stop, expected="no work that is open", found="entry 3 is FAIL", exit="mend it; or adopt it"
    )


def test_a_log_needs_no_audit_once_it_was_judged_or_where_head_vouches_for_it() -> None:
    mine, other = digest("log"), digest("other")
    state = Chronicle().works().state
    assert not is_settled(state, FACTS, None)
    assert (is_settled(state, FACTS, mine), is_settled(state, FACTS, other)) == (True, False)
    aside = Chronicle().works(against=FIRST)
    assert not is_settled(aside.state, FACTS, mine), "an audit from a base of the caller's is none of this change"
    done = trigger("other")
    events = (TriggerClaimed(at=AT, trigger=done), TriggerDone(at=AT, trigger=done, result="committed"))
    assert is_settled(Chronicle().tell(*events).state, FACTS, other)
    assert is_settled(RecordState(), replace(FACTS, log_at_head=other), other)
    strays = (CommitFacts(oid=FIRST, parents=(BASE,), subject="s", neutral=False),)
    for facts in (replace(FACTS, commits=strays), replace(FACTS, more=1), replace(FACTS, ancestry=Ancestry.REWRITTEN)):
        assert not is_settled(RecordState(), replace(facts, log_at_head=other), other)
