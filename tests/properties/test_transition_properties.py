"""Whatever is seen in whatever order: never two audits for one trigger, never a COMPLETE lost (watching.md)."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from forgewatch.core.difflog import DiffLogReading
from forgewatch.core.events import Trigger
from forgewatch.core.transition import (
    SETTLE_SECONDS,
    OpenCycle,
    Retry,
    RunAudit,
    WatchState,
    dispatch,
    put_back,
    recognise,
    resume,
    step,
)
from forgewatch.core.values import Absent, Digest, Unreadable
from tests.core.test_transition import complete, digest, in_process, malformed, seen

NAMES = st.sampled_from(["a", "b", "c"])
RECORDS = st.sampled_from(["r", "s"])
READINGS = st.one_of(
    NAMES.map(complete),
    NAMES.map(in_process),
    NAMES.map(malformed),
    st.just(Absent()),
    st.just(Unreadable("is a symlink")),
)


class Life(RuleBasedStateMachine):
    """A builder that writes anything, a daemon that looks, audits, fails to record, and is killed."""

    @initialize()
    def begin(self) -> None:
        self.state = WatchState()
        self.at = 0.0
        # The journal, as the real one would hold it.
        self.cycle = 0
        self.opened: Digest | None = None
        self.entries: list[Trigger] = []

    @rule(reading=READINGS, record=RECORDS, whole=st.booleans(), closed=st.booleans(), pause=st.floats(0.0, 0.5))
    def looks(self, reading: DiffLogReading, record: str, whole: bool, closed: bool, pause: float) -> None:
        self.at += pause
        self.state, _ = step(self.state, seen(reading, self.at, record=record, whole=whole, closed=closed))

    @rule(name=NAMES, record=RECORDS, whole=st.booleans(), closed=st.booleans())
    def a_complete_document_rests(self, name: str, record: str, whole: bool, closed: bool) -> None:
        begun = self.at
        while True:
            self.state, action = step(self.state, seen(complete(name), self.at, record=record, whole=whole, closed=closed))
            if not isinstance(action, Retry):
                break
            self.at += action.after
        assert self.at - begun <= SETTLE_SECONDS + 0.001
        due = Trigger(cycle=self.state.cycle, document=digest(name), record=digest(record))
        waits = RunAudit(due) in self.state.queue
        assert waits != (due in self.entries), "a COMPLETE that rests waits or has its entry, and never both"

    @rule()
    def records_a_task(self) -> None:
        self.state, task = dispatch(self.state)
        match task:
            case OpenCycle(cycle=cycle, document=document):
                assert cycle == self.cycle + 1, "cycles are recorded in order"
                self.cycle, self.opened = cycle, document
            case RunAudit(trigger=trigger):
                assert trigger.cycle == self.cycle, "an audit belongs to the cycle that is open in the journal"
                self.entries.append(trigger)

    @rule()
    def cannot_record(self) -> None:
        self.state, task = dispatch(self.state)
        if task is not None:
            self.state = put_back(self.state, task)

    @rule()
    def is_killed_and_starts_again(self) -> None:
        self.state = resume(self.cycle, self.opened, self.entries)

    @rule(name=NAMES, record=RECORDS)
    def recognises_only_what_a_reading_would_leave_alone(self, name: str, record: str) -> None:
        known = recognise(self.state, digest(name), digest(record))
        if known is not None and known.condition.value == "complete":
            assert step(self.state, seen(complete(name), self.at, record=record))[0].queue == known.queue

    @invariant()
    def never_two_audits_for_one_trigger(self) -> None:
        waiting = [task.trigger for task in self.state.queue if isinstance(task, RunAudit)]
        everything = [*self.entries, *waiting]
        assert len(everything) == len(set(everything))


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=100, stateful_step_count=40, deadline=None)
