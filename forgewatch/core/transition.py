"""What a look at the watched documents means: `step(state, observation) -> (state, action)`, pure (watching.md, Transition, Settle).

Guarantees, whatever is observed in whatever order:
1. No trigger is put into the queue twice, over restarts too (`resume` knows what the journal knows).
2. A COMPLETE document that stays as it is for SETTLE_SECONDS is put into the queue, whole or not.
3. What is in the queue leaves it by `dispatch` only; a newer test record for the same document replaces a trigger that still waits.
4. A cycle is opened when the document becomes IN_PROCESS, never by a further edit while it is IN_PROCESS, and never by the bytes
   that opened this cycle before anything in it was announced (a restart, a file that was away for a moment).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import assert_never

from forgewatch.core.difflog import Announced, Announcement, Malformed, Status
from forgewatch.core.events import Trigger
from forgewatch.core.values import Absent, Digest, Unreadable

SETTLE_SECONDS = 2.0
"""How long a document that is not whole has to stay as it is before it is taken as it is."""

QUIET_SECONDS = 0.63
"""The same for a whole document that nobody was seen to close: the retries of 10, 20, ... 320 ms together."""

FIRST_RETRY = 0.010
DOUBLINGS = 5

QUEUE_LIMIT = 64
"""Tasks one repository may have waiting. The daemon does not look again before some are done, so nothing it saw is dropped."""


class Condition(StrEnum):
    """What is shown of the diff log."""

    UNSEEN = "unseen"
    ABSENT = "absent"
    UNREADABLE = "unreadable"
    IN_PROCESS = "in process"
    BLOCKED = "blocked"
    UNKNOWN = "unknown status"
    COMPLETE = "complete"
    MALFORMED = "malformed"
    INCOMPLETE = "incomplete"


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """One look. `record` digests the test record (None: absent or unreadable). `whole`: the document is structurally complete.

    `closed`: every file that changed was seen to be closed or renamed into place. `at` is monotonic, in seconds.
    """

    reading: Announced
    record: Digest | None
    whole: bool
    closed: bool
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Settling:
    """A document being waited for: what it was (`mark`, `record`), since when it is that, and since when we wait at all."""

    mark: str
    record: Digest | None
    since: float
    first: float
    attempt: int


@dataclass(frozen=True, slots=True)
class Rest:
    """Nothing is to be done."""


@dataclass(frozen=True, slots=True)
class Retry:
    """Look again after so many seconds."""

    after: float


@dataclass(frozen=True, slots=True)
class OpenCycle:
    """The builder began: the cycle with this number is to be recorded."""

    cycle: int
    document: Digest


@dataclass(frozen=True, slots=True)
class RunAudit:
    """The builder says it is done: an audit for this trigger is due."""

    trigger: Trigger


Task = OpenCycle | RunAudit
Action = Rest | Retry | OpenCycle | RunAudit


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchState:
    """What is known of one repository's diff log. `mark` is the digest or the defect of what is shown as `condition`.

    `opened` digests the document that opened the cycle, `known` are the triggers of this cycle that wait, run or are done, `queue`
    is oldest first.
    """

    condition: Condition = Condition.UNSEEN
    mark: str = ""
    cycle: int = 0
    opened: Digest | None = None
    known: frozenset[Trigger] = frozenset()
    queue: tuple[Task, ...] = ()
    settling: Settling | None = None

    @property
    def full(self) -> bool:
        """True when no further look may be taken before a task is done."""
        return len(self.queue) >= QUEUE_LIMIT


def resume(cycle: int, opened: Digest | None, triggers: Iterable[Trigger]) -> WatchState:
    """Return the state of a start: what the journal knows. A cycle without any trigger is still open."""
    known = frozenset(trigger for trigger in triggers if trigger.cycle == cycle)
    still_open = cycle > 0 and not known
    return WatchState(condition=Condition.IN_PROCESS if still_open else Condition.UNSEEN, cycle=cycle, opened=opened, known=known)


def remember(state: WatchState, triggers: Iterable[Trigger]) -> WatchState:
    """Return the state with exactly these triggers as done, besides those that wait: the operator may have had some refused ones undone."""
    waiting = frozenset(task.trigger for task in state.queue if isinstance(task, RunAudit))
    return replace(state, known=frozenset(trigger for trigger in triggers if trigger.cycle == state.cycle) | waiting)


def recognise(state: WatchState, document: Digest, record: Digest | None) -> WatchState | None:
    """Return the next state when these bytes need no reading: their trigger is known, or they opened this cycle. None: read them."""
    if Trigger(cycle=state.cycle, document=document, record=record) in state.known:
        return _show(state, Condition.COMPLETE, document)
    if state.condition is Condition.IN_PROCESS and state.opened == document:
        return _show(state, Condition.IN_PROCESS, document)
    return None


def step(state: WatchState, seen: Observation) -> tuple[WatchState, Action]:
    """Return the next state and what is to be done now."""
    match seen.reading:
        case Absent():
            return _show(state, Condition.ABSENT, ""), Rest()
        case Announcement(status=status, digest=digest):
            return _announcement(state, seen, status, digest)
        case Malformed(digest=digest):
            return _malformed(state, seen, digest)
        case Unreadable(why=why):
            return _after_settling(state, seen, Condition.UNREADABLE, why)
        case other:
            assert_never(other)


def _announcement(state: WatchState, seen: Observation, status: Status, document: Digest) -> tuple[WatchState, Action]:
    match status:
        case Status.IN_PROCESS:
            return _in_process(state, document)
        case Status.BLOCKED:
            return _show(state, Condition.BLOCKED, document), Rest()
        case Status.COMPLETE:
            return _complete(state, seen, document)
        case Status.UNKNOWN:
            return _after_settling(state, seen, Condition.UNKNOWN, document)
        case other:
            assert_never(other)


def dispatch(state: WatchState) -> tuple[WatchState, Task | None]:
    """Take the oldest task out of the queue."""
    if not state.queue:
        return state, None
    return replace(state, queue=state.queue[1:]), state.queue[0]


def put_back(state: WatchState, task: Task) -> WatchState:
    """Return the task to the head of the queue: it could not be recorded and is due again."""
    return replace(state, queue=(task, *state.queue))


def _in_process(state: WatchState, document: Digest) -> tuple[WatchState, Action]:
    shown = _show(state, Condition.IN_PROCESS, document)
    same_cycle = state.opened == document and not state.known
    if state.condition is Condition.IN_PROCESS or same_cycle:
        return shown, Rest()
    task = OpenCycle(state.cycle + 1, document)
    return replace(shown, cycle=task.cycle, opened=document, known=frozenset(), queue=(*state.queue, task)), task


def _complete(state: WatchState, seen: Observation, document: Digest) -> tuple[WatchState, Action]:
    trigger = Trigger(cycle=state.cycle, document=document, record=seen.record)
    # A document that was judged in this cycle and is there beside another test record may be the middle of a checkout, which writes
    # one file after the other: judged at once, it would be blamed for a tree that nobody made.
    waiting = frozenset(task.trigger for task in state.queue if isinstance(task, RunAudit))
    judged = any(known.document == document for known in state.known - waiting)
    at_once = seen.whole and seen.closed and not judged
    needed = 0.0 if at_once else QUIET_SECONDS if seen.whole else SETTLE_SECONDS
    return _announced(state, seen, Condition.COMPLETE, trigger, needed)


def _malformed(state: WatchState, seen: Observation, document: Digest) -> tuple[WatchState, Action]:
    # Malformed after COMPLETE was announced in this cycle is a FAIL entry, not silence. It is never urgent: a torn write looks the same.
    if not state.known:
        return _after_settling(state, seen, Condition.MALFORMED, document)
    trigger = Trigger(cycle=state.cycle, document=document, record=seen.record)
    return _announced(state, seen, Condition.MALFORMED, trigger, SETTLE_SECONDS)


def _announced(state: WatchState, seen: Observation, condition: Condition, trigger: Trigger, needed: float) -> tuple[WatchState, Action]:
    if trigger in state.known:
        return _show(state, condition, trigger.document), Rest()
    settling, pause = _settle(state.settling, seen, trigger.document, needed)
    if pause is not None:
        return _waiting(state, settling, seen.at), Retry(pause)
    waiting = tuple(task for task in state.queue if not _replaces(trigger, task))
    dropped = frozenset(task.trigger for task in state.queue if isinstance(task, RunAudit) and _replaces(trigger, task))
    task = RunAudit(trigger)
    shown = _show(state, condition, trigger.document)
    return replace(shown, known=(state.known - dropped) | {trigger}, queue=(*waiting, task)), task


def _replaces(trigger: Trigger, task: Task) -> bool:
    # The same document with an older test record, not begun: judging it would blame the builder for the order of two writes.
    return isinstance(task, RunAudit) and (task.trigger.cycle, task.trigger.document) == (trigger.cycle, trigger.document)


def _after_settling(state: WatchState, seen: Observation, condition: Condition, mark: str) -> tuple[WatchState, Action]:
    if (state.condition, state.mark) == (condition, mark):
        return replace(state, settling=None), Rest()
    settling, pause = _settle(state.settling, seen, mark, 0.0 if seen.whole and seen.closed else SETTLE_SECONDS)
    if pause is not None:
        return _waiting(state, settling, seen.at), Retry(pause)
    return _show(state, condition, mark), Rest()


def _settle(settling: Settling | None, seen: Observation, mark: str, needed: float) -> tuple[Settling, float | None]:
    """Return the wait as it stands, and the seconds to the next look, None when the document has been still for `needed` seconds."""
    if settling is None or (settling.mark, settling.record) != (mark, seen.record):
        first = settling.first if settling else seen.at
        settling = Settling(mark=mark, record=seen.record, since=seen.at, first=first, attempt=0)
    left = settling.since + needed - seen.at
    if left <= 0:
        return settling, None
    pause = min(FIRST_RETRY * 2**settling.attempt, left)
    return replace(settling, attempt=min(settling.attempt + 1, DOUBLINGS)), pause


def _waiting(state: WatchState, settling: Settling, at: float) -> WatchState:
    # A writer that never rests is shown as incomplete; the first moment of rest is still looked for.
    overdue = at - settling.first >= SETTLE_SECONDS
    if overdue and state.condition is not Condition.INCOMPLETE:
        state = replace(state, condition=Condition.INCOMPLETE, mark=settling.mark)
    return replace(state, settling=settling)


def _show(state: WatchState, condition: Condition, mark: str) -> WatchState:
    return replace(state, condition=condition, mark=mark, settling=None)


class Recovery(StrEnum):
    """What becomes of a trigger that was claimed and has no entry when the daemon starts (watching.md, Exactly once)."""

    REPEAT = "the same document is there: run it again"
    SUPERSEDE = "another document is there: say that it moved on"


def recover(trigger: Trigger, *, current: Digest | None) -> Recovery:
    """Decide about a claim without an entry. `current` digests the document as it is now, None without one."""
    return Recovery.REPEAT if current == trigger.document else Recovery.SUPERSEDE
