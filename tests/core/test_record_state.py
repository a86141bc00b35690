"""The memory of one repository, folded from its events."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from forgewatch.core.audit_document import iterations_left, next_action
from forgewatch.core.authority_events import PhaseUnblocked
from forgewatch.core.bench import Level, Part
from forgewatch.core.codec import decode
from forgewatch.core.codes import DOCS
from forgewatch.core.events import (
    Adopted,
    ApprovalJudged,
    ApprovalSigned,
    AuditRecorded,
    ContractsRead,
    CycleOpened,
    Event,
    LedgerClaimed,
    LedgerRepaired,
    LedgerRestored,
    LedgerTampered,
    ReadFile,
    Recorded,
    StepRecorded,
    TestsRecorded,
    TriggerClaimed,
    TriggerDone,
)
from forgewatch.core.places import FORGE
from forgewatch.core.record_entry import EntryRules, entry_of_failure, entry_of_refusal, entry_of_report
from forgewatch.core.record_fold import fold
from forgewatch.core.record_state import FIRST_CONTACT, MOST_ATTESTED, ApprovalGiven, RecordState
from forgewatch.core.report import Failed, Report
from forgewatch.core.snapshot import Attestation
from forgewatch.core.values import UNKNOWN_PHASE, CommitId, Phase, RepoPath
from forgewatch.core.verdict import Finding, Outcome, Ruling, StopReason
from tests.support.answers import HEAD, PHASE, digest, envelope, failing, report, results, trigger, unclaimed, unjudged

AT = "2026-11-20T12:00:00Z"
RULES = EntryRules(places=FORGE, docs={})
OTHER = Phase("Phase 2 -- More")
LATER = CommitId("2" * 40)


class Story:
    """Events one after the other, as the record appends them."""

    def __init__(self) -> None:
        self.state = RecordState()

    def event(self, event: Event) -> Story:
        """Append an event."""
        self.state = fold(self.state, Recorded(seq=self.state.size, leaf=digest(f"leaf {self.state.size}"), event=event))
        return self

    def audit(self, answer: Report, **parts: Any) -> AuditRecorded:
        """Append the entry of a report and return it."""
        return self.entry(replace(entry_of_report(self.state, answer, None, envelope(), RULES), **parts))

    def crash(self, phase: Phase = UNKNOWN_PHASE) -> AuditRecorded:
        """Append the entry of an audit that could not be done."""
        return self.entry(entry_of_failure(self.state, Failed("ENVIRONMENT_LIMITATION", "died"), None, envelope(), RULES, phase))

    def entry(self, entry: AuditRecorded) -> AuditRecorded:
        """Append an entry and return it."""
        self.event(entry)
        return entry


def iterations(*answers: Report | None) -> list[int]:
    """Return the iterations that these answers get one after the other; None is a crash."""
    story = Story()
    return [(story.audit(one) if one else story.crash()).iteration for one in answers]


def test_an_empty_journal_knows_nothing() -> None:
    state = RecordState()
    assert (state.size, state.adopted, state.anchor, state.cycle, state.pending, state.last_entry) == (0, False, None, 0, (), None)
    assert state.next_iteration(PHASE) == 1
    assert state.record_trees == ()


def test_events_must_follow_one_another() -> None:
    with pytest.raises(ValueError, match="event 1 does not follow event -1"):
        fold(RecordState(), Recorded(seq=1, leaf=digest("x"), event=LedgerRepaired(at=AT, size=1)))


@pytest.mark.req("S002-10.6-6")
def test_the_iteration_counts_the_entries_of_a_phase() -> None:
    assert iterations(failing("1"), failing("2"), unjudged("3"), report("4")) == [1, 2, 3, 4]


@pytest.mark.req("S002-10.6-6")
def test_another_phase_starts_at_one_and_so_does_the_first_when_it_comes_back() -> None:
    assert iterations(failing("1"), failing("2"), failing("3", phase=OTHER), failing("4")) == [1, 2, 1, 1]


@pytest.mark.req("S002-10.6-6")
def test_an_authorized_commit_starts_the_phase_again_at_one() -> None:
    story = Story()
    story.audit(failing("1"))
    story.audit(report("2"), outcome=Outcome.AUTHORIZED)
    assert story.audit(failing("3")).iteration == 1
    assert story.state.streak(PHASE) == 1


@pytest.mark.req("S002-10.3-5")
def test_an_authorized_commit_of_one_phase_unblocks_no_other() -> None:
    story = Story()
    for number in range(3):
        story.audit(failing(f"{number}", phase=OTHER))
    story.audit(failing("looping"))
    story.audit(report("4"), outcome=Outcome.AUTHORIZED)
    assert story.state.is_blocked(OTHER) and story.state.streak(PHASE) == 0
    story.audit(report("5", phase=OTHER), outcome=Outcome.AUTHORIZED)
    assert not story.state.is_blocked(OTHER)


@pytest.mark.req("S002-10.3-5")
def test_work_that_fails_under_three_names_has_failed_three_times() -> None:
    story = Story()
    names = [Phase(f"Phase {number} -- Things") for number in (1, 7, 8)]
    entries = [story.audit(failing(f"{name}", phase=name)) for name in names]
    assert [(entry.loopback, entry.stop is StopReason.RISK_EXCEEDS_SCOPE) for entry in entries] == [(1, False), (2, False), (3, True)]
    assert [story.state.is_blocked(name) for name in names] == [False, False, True]


@pytest.mark.req("S002-10.3-5")
@pytest.mark.parametrize(
    "between",
    [report("passed", phase=OTHER), unjudged("unjudged", phase=OTHER), failing("another base", phase=OTHER, against=HEAD)],
    ids=["a pass", "an audit the machine prevented", "an audit from a base of the caller's"],
)
def test_another_phase_begins_at_its_own_count_unless_the_newest_audit_of_the_work_failed(between: Report) -> None:
    story = Story()
    story.audit(failing("1", phase=OTHER))
    story.audit(between)
    expected = 2 if between.against is not None else 1
    assert story.audit(failing("2")).loopback == expected


@pytest.mark.req("S002-10.3-5")
def test_what_the_operator_forgave_counts_for_no_other_phase() -> None:
    story = Story()
    for number in range(3):
        story.audit(failing(f"{number}", phase=OTHER))
    story.event(PhaseUnblocked(at=AT, phase=OTHER, actor="olga", reason="looked"))
    assert story.audit(failing("next")).loopback == 1


def test_a_crash_without_a_phase_does_not_interrupt_the_phase() -> None:
    assert iterations(failing("1"), None, None, failing("2")) == [1, 1, 2, 2]


def test_a_crash_whose_phase_is_known_counts_as_an_entry_of_it() -> None:
    story = Story()
    story.audit(failing("1"))
    assert story.crash(PHASE).iteration == 2
    assert story.audit(failing("2")).loopback == 2


@pytest.mark.req("S002-10.3-6")
def test_fails_in_a_row_are_counted_a_pass_forgives_and_an_error_does_neither() -> None:
    story = Story()
    loops = [story.audit(one).loopback for one in (failing("1"), unjudged("2"), failing("3"), report("4"), failing("5"))]
    assert loops == [1, 1, 2, 0, 1]


@pytest.mark.req("S002-10.3-6")
def test_working_on_another_phase_meanwhile_does_not_escape_the_loop_limit() -> None:
    story = Story()
    answers = (failing("1"), failing("2"), report("3", phase=OTHER), failing("4", phase=OTHER), failing("5"))
    entries = [story.audit(one) for one in answers]
    assert [entry.loopback for entry in entries] == [1, 2, 0, 1, 3]
    assert entries[-1].stop is StopReason.RISK_EXCEEDS_SCOPE


@pytest.mark.req("S002-10.3-6")
def test_what_a_builder_is_told_over_phases_crashes_and_refusals() -> None:
    story = Story()
    refusal = entry_of_refusal(story.state, "tampered", "restore", None, envelope(), RULES, PHASE)
    stray = report("9", results=results(A6=Ruling(basis="b", findings=(Finding(code="A601", message="lost"),))), phase=Phase("Phase 3"))
    entries = [
        story.audit(failing("1")),
        story.crash(PHASE),
        story.audit(failing("2", phase=OTHER)),
        story.entry(replace(refusal, loopback=story.state.streak(PHASE))),
        story.audit(failing("3")),
        story.audit(report("4", phase=OTHER)),
        story.audit(failing("5")),
        story.audit(report("6")),
        story.audit(stray),
    ]
    assert [(iterations_left(one), next_action(one, DOCS), one.stop and one.stop.value, one.exhausted) for one in entries] == [
        (2, "fix_and_recomplete", "CONTRACT_CONFLICT", False),
        (2, "halt_for_operator", "ENVIRONMENT_LIMITATION", False),
        (2, "fix_and_recomplete", "CONTRACT_CONFLICT", False),
        (2, "halt_for_operator", "EVIDENCE_MISSING", False),
        (1, "fix_and_recomplete", "CONTRACT_CONFLICT", False),
        (3, "proceed", None, False),
        (0, "halt_for_operator", "RISK_EXCEEDS_SCOPE", True),
        (0, "halt_for_operator", None, False),
        (2, "halt_for_operator", "CONTRACT_CONFLICT", False),
    ]


@pytest.mark.req("S002-10.3-6")
def test_the_fourth_fail_in_a_row_still_stops_for_the_scope() -> None:
    story = Story()
    stops = [story.audit(failing(str(n))).stop for n in range(4)]
    assert stops == [StopReason.CONTRACT_CONFLICT] * 2 + [StopReason.RISK_EXCEEDS_SCOPE] * 2


@pytest.mark.req("S002-10.3-6")
def test_a_blocked_phase_stays_blocked_after_a_pass_until_the_operator_looked() -> None:
    story = Story()
    answers = (failing("1"), failing("2"), failing("3"), report("4"), failing("5"), report("6", phase=OTHER))
    loops = [story.audit(one).loopback for one in answers]
    assert loops == [1, 2, 3, 3, 4, 0]
    story.event(Adopted(at=AT, commit=HEAD, legacy=None, actor="anna"))
    assert [story.audit(one).loopback for one in (report("7"), failing("8"))] == [0, 1]


def test_what_failed_for_want_of_authorization_is_due_again_when_the_operator_adopts() -> None:
    story = Story()
    done, waits = trigger("a", cycle=0), trigger("b", cycle=0)
    unauthorized = report("2", results=results(A6=Ruling(basis="1 commit", findings=(unclaimed(),))))
    for asked, answer in ((done, failing("1")), (waits, unauthorized)):
        story.entry(entry_of_report(story.state, answer, asked, envelope(), RULES))
        story.event(TriggerDone(at=AT, trigger=asked, result="entry", entry=story.state.size - 1))
    assert story.state.settled == {done, waits}
    story.event(Adopted(at=AT, commit=HEAD, legacy=None, actor="anna"))
    assert (story.state.settled, story.state.done) == ({done}, {done})


def test_a_refused_audit_is_a_fail_that_counts_towards_no_loop() -> None:
    story = Story()
    story.audit(failing("1"))
    refusal = story.entry(entry_of_refusal(story.state, "gone", "restore", None, envelope(), RULES, PHASE))
    assert (refusal.outcome, refusal.stop, refusal.loopback) == (Outcome.FAIL, StopReason.EVIDENCE_MISSING, 1)
    assert story.audit(failing("2")).loopback == 2


def test_a_failure_with_a_stop_reason_outside_the_six_is_the_environments() -> None:
    failed = Failed("SOMETHING_ELSE", "odd", "look")
    entry = entry_of_failure(RecordState(), failed, None, envelope(), RULES)
    assert (entry.outcome, entry.stop, entry.fix_plan) == (Outcome.ERROR, StopReason.ENVIRONMENT_LIMITATION, ("A1-A9: look",))
    missing = entry_of_failure(RecordState(), Failed("NON_DETERMINISTIC_BEHAVIOR", "two answers"), None, envelope(), RULES)
    assert (missing.stop, missing.fix_plan) == (StopReason.NON_DETERMINISTIC_BEHAVIOR, ())


def test_an_audit_that_could_not_be_done_says_why_what_helps_and_whether_it_is_due_again() -> None:
    failed = Failed("ENVIRONMENT_LIMITATION", "died", "more memory", again=True)
    entry = entry_of_failure(RecordState(), failed, None, envelope(), RULES)
    assert (entry.why, entry.hint, entry.again) == ("died", "more memory", True)
    assert not entry_of_failure(RecordState(), replace(failed, again=False), None, envelope(), RULES).again
    refusal = entry_of_refusal(RecordState(), "tampered", "restore", None, envelope(), RULES)
    assert (refusal.why, refusal.hint, refusal.again) == ("tampered", "restore", False)


def test_an_audit_from_a_base_of_the_callers_neither_counts_nor_forgives() -> None:
    story = Story()
    answers = (failing("1"), failing("2", against=LATER), report("3", against=LATER), failing("4"))
    assert [story.audit(one).loopback for one in answers] == [1, 1, 1, 2]


@pytest.mark.req("S002-10.6-5")
def test_a_verdict_settles_its_identity_and_an_error_settles_none() -> None:
    story = Story()
    story.audit(unjudged("a"))
    assert story.state.entry_of(digest("identity a")) is None
    story.audit(report("a"))
    assert story.state.entry_of(digest("identity a")) == 1
    assert story.state.entry_of(digest("identity b")) is None


def test_work_that_comes_back_after_other_work_is_told_again_so_the_last_entry_is_about_what_is_there() -> None:
    story = Story()
    story.audit(failing("a"))
    story.audit(report("b"))
    assert story.state.entry_of(digest("identity a")) is None
    story.audit(failing("a"))
    assert (story.state.entry_of(digest("identity a")), story.state.entry_count) == (2, 3)


def test_entries_are_remembered_with_what_later_audits_need() -> None:
    story = Story()
    story.audit(failing("1"))
    story.crash()
    state = story.state
    first = state.entries.get(0)
    assert first is not None and first.identity == digest("identity 1") and first.head == HEAD
    assert state.last_entry is not None and state.last_entry.identity is None and state.last_entry.head is None
    assert state.entry_count == 2
    assert state.record_trees == ((digest("record 1"), digest("tree 1")),)


def test_an_unreadable_test_record_is_no_pair_of_record_and_tree() -> None:
    story = Story()
    story.audit(report("1", record=None))
    assert story.state.record_trees == ()


def test_the_anchor_is_the_newest_adopted_commit_and_all_of_them_stay_authorized() -> None:
    story = Story().event(Adopted(at=AT, commit=HEAD, legacy=digest("text"), actor=FIRST_CONTACT))
    assert (story.state.anchor, story.state.legacy, story.state.legacy_accepted) == (HEAD, digest("text"), False)
    story.event(Adopted(at=AT, commit=LATER, legacy=None, actor="alice"))
    assert (story.state.anchor, story.state.legacy, story.state.legacy_accepted) == (LATER, digest("text"), True)
    assert story.state.authorized == (HEAD, LATER)


def test_first_contact_without_a_commit_adopts_the_empty_tree() -> None:
    story = Story().event(Adopted(at=AT, commit=None, legacy=None, actor=FIRST_CONTACT))
    assert story.state.adopted
    assert (story.state.anchor, story.state.authorized) == (None, ())


def test_a_claimed_trigger_is_pending_until_it_is_done() -> None:
    story = Story().event(TriggerClaimed(at=AT, trigger=trigger("a"))).event(TriggerClaimed(at=AT, trigger=trigger("b")))
    story.event(TriggerClaimed(at=AT, trigger=trigger("a")))
    assert story.state.pending == (trigger("a"), trigger("b"))
    story.event(TriggerDone(at=AT, trigger=trigger("a"), result="repeat", entry=0))
    assert story.state.pending == (trigger("b"),)
    assert story.state.settled == story.state.done == {trigger("a")}
    assert story.state.last_trigger == trigger("a")


def test_a_trigger_in_an_entry_is_settled_though_nobody_wrote_done() -> None:
    story = Story().event(TriggerClaimed(at=AT, trigger=trigger()))
    story.audit(report(), trigger=trigger())
    assert (story.state.pending, story.state.settled, story.state.done) == ((), {trigger()}, frozenset())


def test_a_new_cycle_forgets_the_triggers_of_the_old_one_but_not_what_is_pending() -> None:
    story = Story().event(CycleOpened(at=AT, cycle=1, document=digest("log")))
    story.audit(report(), trigger=trigger("a"))
    story.event(TriggerClaimed(at=AT, trigger=trigger("b"))).event(CycleOpened(at=AT, cycle=2, document=digest("next")))
    assert (story.state.cycle, story.state.cycle_document) == (2, digest("next"))
    assert (story.state.settled, story.state.pending) == (frozenset(), (trigger("b"),))


def test_the_newest_leaf_and_the_newest_trigger_are_known() -> None:
    story = Story().event(TriggerClaimed(at=AT, trigger=trigger("a")))
    assert (story.state.leaf, story.state.last_trigger) == (digest("leaf 0"), trigger("a"))
    story.event(TriggerClaimed(at=AT, trigger=trigger("b"))).event(TriggerDone(at=AT, trigger=trigger("a"), result="repeat"))
    assert (story.state.leaf, story.state.last_trigger) == (digest("leaf 2"), trigger("a"))


def test_a_trigger_that_is_claimed_again_is_neither_settled_nor_done() -> None:
    story = Story()
    for name in "ab":
        story.event(TriggerDone(at=AT, trigger=trigger(name), result="repeat"))
    story.event(TriggerClaimed(at=AT, trigger=trigger("a")))
    assert (story.state.settled, story.state.done, story.state.pending) == ({trigger("b")}, {trigger("b")}, (trigger("a"),))


def test_a_new_cycle_has_nothing_done() -> None:
    story = Story().event(TriggerDone(at=AT, trigger=trigger("a"), result="repeat"))
    story.event(CycleOpened(at=AT, cycle=2, document=digest("log")))
    assert (story.state.settled, story.state.done) == (frozenset(), frozenset())


def test_what_is_due_and_was_told_to_be_impossible_is_told_once() -> None:
    claimed = TriggerClaimed(at=AT, trigger=trigger("a"))
    failed = Failed("ENVIRONMENT_LIMITATION", "died")
    story = Story().event(claimed)
    assert not story.state.is_told(trigger("a"))
    told = replace(entry_of_failure(story.state, failed, trigger("a"), envelope(), RULES, PHASE), again=True)
    story.entry(told)
    assert story.state.is_told(trigger("a"))
    assert not story.state.is_told(trigger("b")) and not story.state.is_told(None)
    story.event(TriggerDone(at=AT, trigger=trigger("a"), result="repeat"))
    assert not story.state.is_told(trigger("a"))
    story = Story().event(claimed)
    story.audit(failing("1"), trigger=trigger("a"), again=True)
    assert not story.state.is_told(trigger("a"))


def test_tampering_stays_until_the_operator_restores_and_then_refused_triggers_are_due_again() -> None:
    tampered = LedgerTampered(at=AT, digest=digest("found"), detail="line 7 differs")
    story = Story().event(tampered).event(TriggerClaimed(at=AT, trigger=trigger()))
    story.entry(entry_of_refusal(story.state, "line 7 differs", "", trigger(), envelope(), RULES))
    story.event(TriggerDone(at=AT, trigger=trigger(), result="entry", entry=2))
    assert story.state.tampered == tampered
    assert trigger() in story.state.settled
    story.event(LedgerRestored(at=AT, actor="alice"))
    assert (story.state.tampered, story.state.refused) == (None, ())
    assert (story.state.settled, story.state.done) == (frozenset(), frozenset())


def test_the_stop_of_an_entry_is_remembered() -> None:
    story = Story()
    entry = story.audit(failing("1"))
    assert story.state.last_entry is not None
    assert story.state.last_entry.stop is entry.stop is not None


def test_a_repair_changes_nothing_but_the_size() -> None:
    story = Story().event(LedgerRepaired(at=AT, size=3))
    assert replace(story.state, size=0, leaf=None) == RecordState()


def test_foreign_text_is_remembered_until_the_operator_adopts() -> None:
    story = Story().event(LedgerClaimed(at=AT, digest=digest("x"), size=4)).event(LedgerClaimed(at=AT, digest=digest("y"), size=4))
    assert story.state.claims == (digest("x"), digest("y"))
    story.event(Adopted(at=AT, commit=HEAD, legacy=None, actor=FIRST_CONTACT))
    assert len(story.state.claims) == 2
    story.event(Adopted(at=AT, commit=LATER, legacy=None, actor="operator"))
    assert story.state.claims == ()


def judged(actual: str = "", name: str | None = "bytes") -> ApprovalJudged:
    """Return an answer about one approval file."""
    return ApprovalJudged(
        at=AT,
        path=RepoPath(".ai-stack-trace/t/contract/APPROVED"),
        kind="APPROVED",
        subject="t",
        accepted=not actual,
        field="file" if actual else "",
        expected="",
        actual=actual,
        digest=digest(name) if name else None,
    )


def test_an_approval_has_its_answer_until_its_bytes_change() -> None:
    story = Story()
    assert not story.state.has_answered(judged())
    story.event(judged())
    assert story.state.has_answered(judged())
    assert not story.state.has_answered(judged(name="other bytes"))


def test_an_unreadable_approval_has_its_answer_until_it_is_unreadable_for_another_reason() -> None:
    story = Story().event(judged("is a symlink", None))
    assert story.state.has_answered(judged("is a symlink", None))
    assert not story.state.has_answered(judged("is a directory", None))
    assert not story.state.has_answered(judged())


@pytest.mark.req("S000-A-4")
def test_of_each_task_the_newest_approval_by_a_person_is_remembered_with_the_bytes_of_its_contract() -> None:
    first = ApprovalSigned(at=AT, task="t", base=HEAD, contract=digest("first"), actor="jane", uid=1, host="h", tier=0)
    story = Story().event(first).event(replace(first, task="u"))
    assert story.state.given.get("t") == ApprovalGiven(HEAD, digest("first"), tier=0, seq=0)
    story.event(replace(first, base=LATER, contract=digest("second"), tier=1, principals=("jane",), nonce="0f" * 16))
    assert story.state.given.get("t") == ApprovalGiven(LATER, digest("second"), tier=1, seq=2)
    assert story.state.given.get("u") == ApprovalGiven(HEAD, digest("first"), tier=0, seq=1)


@pytest.mark.req("S002-1-8")
def test_the_newest_word_that_the_contracts_were_read_is_remembered() -> None:
    first = ContractsRead(at=AT, phase=PHASE, actor="o", files=(ReadFile(FORGE.physics, digest("first")),))
    story = Story().event(first)
    assert story.state.read == first
    story.audit(report("1"))
    assert story.event(replace(first, files=())).state.read == replace(first, files=())


def test_folding_ten_thousand_entries_stays_cheap_per_event() -> None:
    story = Story()
    entry = entry_of_report(story.state, report(), None, envelope(), RULES)
    for number in range(3000):
        story.event(replace(entry, report=replace(report(), identity=digest(f"identity {number}"))))
    assert len(story.state.entries.layers) < 14
    assert story.state.entry_of(digest("identity 2999")) == 2999


@pytest.mark.req("S002-10.3-6")
def test_another_title_of_the_same_phase_does_not_escape_the_loop_limit() -> None:
    story = Story()
    titles = [Phase(title) for title in ("Phase 3 -- Auth", "Phase 3 -- Authentication", "Phase 3")]
    entries = [story.audit(failing(phase=title)) for title in titles]
    assert [entry.loopback for entry in entries] == [1, 2, 3]
    assert [entry.iteration for entry in entries] == [1, 2, 3]
    assert entries[-1].stop is StopReason.RISK_EXCEEDS_SCOPE


# ---- the plan of a cycle


def opened(cycle: int, *planned: str) -> CycleOpened:
    return CycleOpened(at=AT, cycle=cycle, document=digest(f"plan {cycle}"), planned=tuple(map(RepoPath, planned)))


@pytest.mark.req("S002-12-6")
def test_a_plan_that_is_written_anew_before_anything_was_announced_changes_nothing() -> None:
    story = Story().event(opened(1, "a.py")).event(opened(2, "a.py", "b.py")).event(opened(3))
    assert story.state.plan == ("a.py",)


@pytest.mark.req("S002-12-6")
def test_the_plans_of_work_that_was_announced_and_is_not_authorized_hold_together() -> None:
    story = Story().event(opened(1, "a.py")).event(TriggerClaimed(at=AT, trigger=replace(trigger(), cycle=1)))
    assert story.event(opened(2, "b.py")).state.plan == ("a.py", "b.py")


def test_the_first_plan_of_a_cycle_that_began_without_one_holds() -> None:
    assert Story().event(opened(1)).event(opened(2, "a.py")).state.plan == ("a.py",)


def test_a_cycle_without_a_plan_after_work_that_was_announced_has_none() -> None:
    story = Story().event(opened(1, "a.py")).event(TriggerClaimed(at=AT, trigger=replace(trigger(), cycle=1)))
    assert story.event(opened(2)).state.plan == ()


@pytest.mark.req("S002-12-6")
def test_the_operators_word_and_an_authorized_commit_end_a_plan() -> None:
    adopted = Adopted(at=AT, commit=HEAD, legacy=None, actor="alice")
    assert Story().event(opened(1, "a.py")).event(adopted).state.plan == ()
    story = Story().event(opened(1, "a.py"))
    story.audit(report(), outcome=Outcome.AUTHORIZED)
    assert story.state.plan == ()


def test_a_cycle_of_a_journal_that_knew_no_plans_has_none() -> None:
    assert decode(CycleOpened, {"is": "CycleOpened", "at": AT, "cycle": 1, "document": digest("a")}).planned == ()


def ran_tests(record: str, tree: str = "tree", **parts: Any) -> TestsRecorded:
    values: dict[str, Any] = {
        "at": AT,
        "record": digest(record),
        "tree": digest(tree),
        "head": HEAD,
        "level": Level.BUBBLEWRAP,
        "offline": False,
        "steps": (StepRecorded(part=Part.BEHAVIOR, name="pytest", argv=("pytest",), exit=0, output=digest("output")),),
        "executed": 12,
        "failed": 0,
        "passed": True,
        "surroundings": ("network none",),
    }
    return TestsRecorded(**{**values, **parts})


def attested(*events: TestsRecorded) -> list[tuple[str, str]]:
    story = Story()
    for event in events:
        story.event(event)
    return [(one.record, one.tree) for one in story.state.attested]


def test_a_run_that_passed_attests_its_record_for_its_tree() -> None:
    mine = Attestation(record=digest("a"), tree=digest("tree"), tests=12, level="bubblewrap", surroundings=("network none",))
    assert Story().event(ran_tests("a")).state.attested == (mine,)


def test_the_newest_run_over_a_tree_decides() -> None:
    assert attested(ran_tests("a"), ran_tests("b")) == [(digest("b"), digest("tree"))]
    assert attested(ran_tests("a"), ran_tests("b", passed=False)) == []
    assert attested(ran_tests("b", passed=False), ran_tests("a")) == [(digest("a"), digest("tree"))]
    assert attested(ran_tests("a", "other"), ran_tests("b", passed=False)) == [(digest("a"), digest("other"))]


def test_a_run_of_one_side_attests_nothing_and_takes_away_what_it_failed() -> None:
    assert attested(ran_tests("a"), ran_tests("b", scope="backend")) == [(digest("a"), digest("tree"))]
    assert attested(ran_tests("a"), ran_tests("b", scope="backend", passed=False)) == []


def test_a_tree_whose_newest_run_failed_is_remembered_until_all_of_it_passes() -> None:
    def failing(*events: TestsRecorded) -> tuple[str, ...]:
        story = Story()
        for event in events:
            story.event(event)
        return story.state.failing

    failed = ran_tests("a", passed=False, failed=2)
    assert failing(failed, failed) == (digest("tree"),)
    assert failing(failed, ran_tests("b")) == ()
    assert failing(failed, ran_tests("b", scope="backend")) == (digest("tree"),), "one side proves one side"
    assert failing(failed, ran_tests("b", "other")) == (digest("tree"),)
    many = failing(*(ran_tests("a", f"tree {number}", passed=False, failed=1) for number in range(MOST_ATTESTED + 5)))
    assert (len(many), many[-1]) == (MOST_ATTESTED, digest(f"tree {MOST_ATTESTED + 4}"))


def test_a_run_that_failed_without_a_failed_test_says_nothing_of_its_tree() -> None:
    """No pytest in the sandbox, a deadline, a lint that is configured and missing: none of it is the tree's fault."""
    unable = ran_tests("a", passed=False, failed=None, executed=None)
    assert Story().event(unable).state.failing == ()
    assert Story().event(ran_tests("b", passed=False, failed=1)).event(unable).state.failing == (digest("tree"),)


def test_only_the_newest_attested_records_are_remembered() -> None:
    many = attested(*(ran_tests(str(number), f"tree {number}") for number in range(MOST_ATTESTED + 5)))
    assert many == [(digest(str(number)), digest(f"tree {number}")) for number in range(5, MOST_ATTESTED + 5)]


def authorized(story: Story, audit: AuditRecorded) -> Story:
    seq = story.state.last_entry.seq if story.state.last_entry else 0
    return story.event(replace(audit, outcome=Outcome.AUTHORIZED, amends=seq, commit=LATER))


@pytest.mark.parametrize(
    ("record", "tree", "before"), [("record a", "tree a", 12), ("record a", "tree b", None), ("record b", "tree a", None)]
)
def test_the_tests_of_the_last_authorized_tree_are_remembered_where_they_are_attested(record: str, tree: str, before: int | None) -> None:
    story = Story().event(ran_tests(record, tree))
    assert story.state.attested[0].before is None
    authorized(story, story.audit(report("a")))
    assert story.state.authorized_tests == before
    assert story.event(ran_tests("later", "later", executed=3)).state.attested[-1].before == before


def test_an_authorized_tree_that_nobody_attested_ends_the_comparison() -> None:
    story = Story().event(ran_tests("record a", "tree a"))
    authorized(story, story.audit(report("a")))
    authorized(story, story.audit(report("b")))
    assert story.state.authorized_tests is None


def test_an_authorization_of_an_entry_that_is_not_there_knows_no_tests() -> None:
    story = Story()
    audit = story.audit(report("a"))
    assert story.event(replace(audit, outcome=Outcome.AUTHORIZED, amends=77, commit=LATER)).state.authorized_tests is None


def test_the_log_of_committed_work_stays_closed_until_a_cycle_is_opened() -> None:
    story = Story()
    audit = story.state.size
    story.audit(report("1"))
    assert story.state.closed_log is None
    story.audit(report("1"), outcome=Outcome.AUTHORIZED, amends=audit, commit=LATER)
    assert story.state.closed_log == report().difflog.digest
    story.event(CycleOpened(at=AT, cycle=1, document=digest("next"), planned=()))
    assert story.state.closed_log is None


def test_a_commit_that_is_seen_after_the_next_cycle_began_closes_no_log_of_that_one() -> None:
    story = Story()
    story.event(CycleOpened(at=AT, cycle=1, document=digest("first"), planned=()))
    audit = story.state.size
    story.audit(report("1"))
    story.event(CycleOpened(at=AT, cycle=2, document=digest("second"), planned=()))
    story.audit(report("1"), outcome=Outcome.AUTHORIZED, amends=audit, commit=LATER)
    assert (story.state.anchor, story.state.closed_log) == (LATER, None)


def test_a_commit_of_an_entry_that_the_record_does_not_know_closes_no_log() -> None:
    story = Story()
    story.audit(report("1"), outcome=Outcome.AUTHORIZED, amends=7, commit=LATER)
    assert (story.state.anchor, story.state.closed_log) == (LATER, None)
