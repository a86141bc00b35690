"""The pure step: what a look at the diff log means (watching.md, Settle, Transition, Exactly once)."""

from __future__ import annotations

import pytest

from forgewatch.core.canonical import digest_of_bytes
from forgewatch.core.difflog import Announced, Announcement, Malformed, Status
from forgewatch.core.events import Trigger
from forgewatch.core.transition import (
    FIRST_RETRY,
    QUEUE_LIMIT,
    QUIET_SECONDS,
    SETTLE_SECONDS,
    Action,
    Condition,
    Observation,
    OpenCycle,
    Recovery,
    Rest,
    Retry,
    RunAudit,
    WatchState,
    dispatch,
    put_back,
    recognise,
    recover,
    remember,
    resume,
    step,
)
from forgewatch.core.values import Absent, Digest, Unreadable


def digest(name: str) -> Digest:
    return digest_of_bytes(name.encode())


def log(name: str, status: Status) -> Announcement:
    return Announcement(status=status, status_text=status.value, status_line=8, digest=digest(name), whole=True)


def complete(name: str) -> Announcement:
    return log(name, Status.COMPLETE)


def in_process(name: str) -> Announcement:
    return log(name, Status.IN_PROCESS)


def malformed(name: str) -> Malformed:
    return Malformed(reason="two statuses", line=3, digest=digest(name))


def seen(reading: Announced, at: float = 0.0, *, record: str | None = "record", whole: bool = True, closed: bool = True) -> Observation:
    return Observation(reading=reading, record=digest(record) if record else None, whole=whole, closed=closed, at=at)


def trigger(cycle: int, name: str, record: str | None = "record") -> Trigger:
    return Trigger(cycle=cycle, document=digest(name), record=digest(record) if record else None)


def walk(state: WatchState, *observations: Observation) -> tuple[WatchState, list[Action]]:
    actions = []
    for observation in observations:
        state, action = step(state, observation)
        actions.append(action)
    return state, actions


def drain(state: WatchState) -> list[object]:
    tasks = []
    while True:
        state, task = dispatch(state)
        if task is None:
            return tasks
        tasks.append(task)


def rest_until_settled(state: WatchState, observation: Observation, most: float = 10.0) -> tuple[WatchState, Action, float]:
    """Look again whenever a retry is due; return the last action and the seconds it took."""
    begun = at = observation.at
    while True:
        state, action = step(state, Observation(**{**_parts(observation), "at": at}))
        if not isinstance(action, Retry):
            return state, action, at - begun
        at += action.after
        assert at - begun <= most


def _parts(observation: Observation) -> dict[str, object]:
    return {name: getattr(observation, name) for name in ("reading", "record", "whole", "closed")}


def test_a_closed_whole_complete_document_is_audited_at_once() -> None:
    state, actions = walk(WatchState(), seen(complete("a")))
    assert actions == [RunAudit(trigger(0, "a"))]
    assert state.condition is Condition.COMPLETE
    assert drain(state) == [RunAudit(trigger(0, "a"))]


def test_the_same_document_is_audited_once_in_a_cycle() -> None:
    _, actions = walk(WatchState(), seen(complete("a")), seen(complete("a")), seen(complete("b")), seen(complete("a")))
    assert actions == [RunAudit(trigger(0, "a")), Rest(), RunAudit(trigger(0, "b")), Rest()]


def test_in_process_opens_a_cycle_once_and_the_same_bytes_are_due_again_in_it() -> None:
    state, actions = walk(WatchState(), seen(complete("a")), seen(in_process("i")), seen(in_process("edited")), seen(complete("a")))
    assert actions == [RunAudit(trigger(0, "a")), OpenCycle(1, digest("i")), Rest(), RunAudit(trigger(1, "a"))]
    assert drain(state) == [RunAudit(trigger(0, "a")), OpenCycle(1, digest("i")), RunAudit(trigger(1, "a"))]


def test_a_file_that_was_away_for_a_moment_opens_no_cycle() -> None:
    _, actions = walk(WatchState(), seen(in_process("i")), seen(Absent()), seen(in_process("i")), seen(Absent()), seen(in_process("j")))
    assert actions == [OpenCycle(1, digest("i")), Rest(), Rest(), Rest(), OpenCycle(2, digest("j"))]


def test_blocked_and_absent_are_shown_only() -> None:
    state, actions = walk(WatchState(), seen(log("b", Status.BLOCKED)))
    assert (state.condition, actions) == (Condition.BLOCKED, [Rest()])
    state, actions = walk(state, seen(Absent()))
    assert (state.condition, state.mark, actions) == (Condition.ABSENT, "", [Rest()])


def test_a_new_test_record_for_the_same_document_is_a_trigger_of_its_own() -> None:
    state, _ = walk(WatchState(), seen(complete("a")))
    state, first = dispatch(state)
    state, action, took = rest_until_settled(state, seen(complete("a"), record="newer"))
    assert first == RunAudit(trigger(0, "a"))
    assert (action, round(took, 6)) == (RunAudit(trigger(0, "a", "newer")), QUIET_SECONDS)


def test_the_middle_of_a_checkout_that_comes_back_is_not_judged() -> None:
    # A stash took the log and the record away and puts them back one after the other.
    state, _ = walk(WatchState(), seen(complete("a")))
    state, _ = dispatch(state)
    state, _ = walk(state, seen(complete("committed"), record="committed"))
    state, _ = dispatch(state)
    state, actions = walk(state, seen(complete("a"), 1.0, record="committed"), seen(complete("a"), 1.3))
    assert [type(action) for action in actions] == [Retry, Rest]
    assert drain(state) == []


def test_a_newer_test_record_replaces_a_trigger_that_still_waits_and_the_old_one_may_come_back() -> None:
    state, _ = walk(WatchState(), seen(complete("a")), seen(complete("a"), record="newer"))
    assert drain(state) == [RunAudit(trigger(0, "a", "newer"))]
    state, actions = walk(state, seen(complete("a")))
    assert actions == [RunAudit(trigger(0, "a"))]
    assert drain(state) == [RunAudit(trigger(0, "a"))]


@pytest.mark.parametrize(
    ("whole", "closed", "seconds"),
    [(True, True, 0.0), (True, False, QUIET_SECONDS), (False, True, SETTLE_SECONDS), (False, False, SETTLE_SECONDS)],
)
def test_a_complete_document_that_rests_is_audited_after_its_time(whole: bool, closed: bool, seconds: float) -> None:
    state, action, took = rest_until_settled(WatchState(), seen(complete("a"), 5.0, whole=whole, closed=closed))
    assert action == RunAudit(trigger(0, "a"))
    assert took == pytest.approx(seconds)
    assert state.settling is None


def test_the_retries_double_from_10_ms_to_320_ms() -> None:
    state, at, pauses = WatchState(), 0.0, []
    while True:
        state, action = step(state, seen(complete("a"), at, whole=False))
        if not isinstance(action, Retry):
            break
        pauses.append(action.after)
        at += action.after
    assert pauses[:6] == [0.01, 0.02, 0.04, 0.08, 0.16, 0.32]
    assert max(pauses) == 0.32
    assert sum(pauses) == pytest.approx(SETTLE_SECONDS)


def test_looks_without_number_at_one_moment_lengthen_no_pause() -> None:
    state = WatchState()
    for _ in range(2000):
        state, action = step(state, seen(complete("a"), whole=False))
    assert action == Retry(0.32)


def test_a_change_begins_the_wait_again_and_a_writer_that_never_rests_is_shown_as_incomplete() -> None:
    state, at = WatchState(), 0.0
    while at < SETTLE_SECONDS:
        state, action = step(state, seen(complete(f"{at}"), at, whole=False))
        assert isinstance(action, Retry)
        assert state.condition is Condition.UNSEEN
        at += 0.25
    state, action = step(state, seen(complete("growing"), at, whole=False))
    assert isinstance(action, Retry)
    assert (state.condition, state.mark) == (Condition.INCOMPLETE, digest("growing"))
    state, action = step(state, seen(complete("growing"), at + 0.25, whole=False))
    assert isinstance(action, Retry)
    state, action = step(state, seen(complete("growing"), at + SETTLE_SECONDS, whole=False))
    assert action == RunAudit(trigger(0, "growing"))


def test_malformed_after_complete_is_audited_when_it_has_rested() -> None:
    state, _ = walk(WatchState(), seen(complete("a")))
    state, action, took = rest_until_settled(state, seen(malformed("m"), 1.0))
    assert action == RunAudit(trigger(0, "m"))
    assert took == pytest.approx(SETTLE_SECONDS)
    assert state.condition is Condition.MALFORMED
    assert step(state, seen(malformed("m"), 9.0))[1] == Rest()


def test_malformed_before_complete_is_shown_only() -> None:
    state, actions = walk(WatchState(), seen(in_process("i")), seen(malformed("m")), seen(malformed("m")))
    assert actions == [OpenCycle(1, digest("i")), Rest(), Rest()]
    assert state.condition is Condition.MALFORMED


def test_what_an_earlier_cycle_announced_does_not_make_a_malformed_document_urgent() -> None:
    state, actions = walk(WatchState(), seen(complete("a")), seen(in_process("i")), seen(malformed("m")))
    assert actions == [RunAudit(trigger(0, "a")), OpenCycle(1, digest("i")), Rest()]
    assert state.known == frozenset()


def test_a_wait_is_measured_from_its_own_beginning_and_forgotten_when_it_ends() -> None:
    state, _ = walk(WatchState(), seen(log("u", Status.UNKNOWN)))
    state, action = step(state, seen(complete("a"), 1000.0, whole=False))
    assert (state.condition, action) == (Condition.UNKNOWN, Retry(FIRST_RETRY))
    state, action = step(state, seen(log("u", Status.UNKNOWN), 1000.1))
    assert (state.settling, action) == (None, Rest())


def test_an_unknown_status_is_shown_at_once_when_the_writer_closed_it() -> None:
    state, actions = walk(WatchState(), seen(log("u", Status.UNKNOWN)))
    assert (state.condition, actions) == (Condition.UNKNOWN, [Rest()])


def test_a_torn_unknown_that_becomes_complete_in_time_is_never_shown() -> None:
    state, _ = walk(WatchState(), seen(log("u", Status.UNKNOWN), 0.0, whole=False))
    assert state.condition is Condition.UNSEEN
    state, action = step(state, seen(complete("a"), 0.1))
    assert (state.condition, action) == (Condition.COMPLETE, RunAudit(trigger(0, "a")))


def test_what_cannot_be_read_is_shown_after_its_time() -> None:
    state, action, took = rest_until_settled(WatchState(), seen(Unreadable("is a symlink"), closed=False))
    assert (state.condition, state.mark, action) == (Condition.UNREADABLE, "is a symlink", Rest())
    assert took == pytest.approx(SETTLE_SECONDS)


def test_a_start_knows_what_the_journal_knows() -> None:
    state = resume(3, digest("i"), (trigger(3, "a"), trigger(2, "old")))
    _, actions = walk(state, seen(complete("a")), seen(complete("old")), seen(in_process("i")))
    assert actions == [Rest(), RunAudit(trigger(3, "old")), OpenCycle(4, digest("i"))]


@pytest.mark.parametrize("cycle", [1, 3])
def test_a_cycle_without_a_trigger_is_still_open_after_a_start(cycle: int) -> None:
    _, actions = walk(resume(cycle, digest("i"), ()), seen(in_process("edited")), seen(complete("a")))
    assert actions == [Rest(), RunAudit(trigger(cycle, "a"))]


def test_a_first_start_opens_the_first_cycle() -> None:
    assert walk(resume(0, None, ()), seen(in_process("i")))[1] == [OpenCycle(1, digest("i"))]


def test_known_bytes_need_no_reading() -> None:
    state = resume(3, digest("i"), (trigger(3, "a"),))
    known = recognise(state, digest("a"), digest("record"))
    assert known is not None
    assert known.condition is Condition.COMPLETE
    assert recognise(state, digest("a"), None) is None
    still_open = recognise(resume(3, digest("i"), ()), digest("i"), None)
    assert still_open is not None
    assert still_open.condition is Condition.IN_PROCESS
    # The bytes that opened a cycle which has been announced open the next one, and others are none of it.
    assert recognise(known, digest("i"), None) is None
    assert recognise(still_open, digest("other"), None) is None


def test_a_task_put_back_is_the_next_one() -> None:
    state, _ = walk(WatchState(), seen(complete("a")), seen(complete("b")))
    state, task = dispatch(state)
    assert task is not None
    assert drain(put_back(state, task)) == [RunAudit(trigger(0, "a")), RunAudit(trigger(0, "b"))]


def test_what_the_operator_had_undone_is_due_again_but_not_what_waits() -> None:
    state, _ = walk(WatchState(), seen(complete("a")))
    state, _ = dispatch(state)
    state, _ = walk(state, seen(complete("b")))
    state = remember(state, (trigger(7, "of another cycle"),))
    assert state.known == {trigger(0, "b")}
    assert step(state, seen(complete("a")))[1] == RunAudit(trigger(0, "a"))


def test_a_full_queue_says_so() -> None:
    state = WatchState()
    for number in range(QUEUE_LIMIT):
        assert not state.full
        state, _ = step(state, seen(complete(str(number))))
    assert state.full


def test_a_claim_without_an_entry_is_run_again_only_on_the_same_document() -> None:
    assert recover(trigger(1, "a"), current=digest("a")) is Recovery.REPEAT
    assert recover(trigger(1, "a"), current=digest("b")) is Recovery.SUPERSEDE
    assert recover(trigger(1, "a"), current=None) is Recovery.SUPERSEDE


def test_a_reading_of_no_known_kind_is_a_bug_and_says_so() -> None:
    with pytest.raises(AssertionError):
        step(WatchState(), seen("no reading"))  # type: ignore[arg-type]
