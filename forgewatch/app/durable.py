"""What an auditor thread does for one repository, exactly once over any crash (watching.md, Exactly once).

1. claimed(trigger) durable  2. audit on captured bytes  3. entry with trigger and identity durable  4. done(trigger).
Crash before 1: the document is seen again at the next start. Between 1 and 3: `recover_claims` runs it again, or says that the document
moved on. Between 3 and 4: the entry is found and only 4 is done.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

from forgewatch.app.approvals import answer_approval, authority_of
from forgewatch.app.auditing import Governed, Question, phase_of
from forgewatch.app.authorized_token import answer_authorized
from forgewatch.app.desk import Desk
from forgewatch.app.halts import Followed, tell_new_cycle
from forgewatch.app.heads import follow_head
from forgewatch.app.judging import audit_cycle, passed_by_hand
from forgewatch.app.sign_offs import sign_off_if_due
from forgewatch.core.canonical import digest_of_bytes
from forgewatch.core.directive import Directive, parse_directive
from forgewatch.core.errors import EnvironmentFault, LedgerUnwritable
from forgewatch.core.events import AuditRecorded, Recorded, Trigger
from forgewatch.core.limits import OVERSIZE
from forgewatch.core.places import Places
from forgewatch.core.planned_files import planned_files
from forgewatch.core.ports import Auditor, TreeFiles
from forgewatch.core.record_state import RecordState
from forgewatch.core.report import AuditAnswer, AuditRequest, Committed, Failed
from forgewatch.core.repository_facts import Facts, FactsRequest
from forgewatch.core.transition import OpenCycle, Recovery, RunAudit, Task, recover
from forgewatch.core.values import Absent, CommitId, Content, Digest, Phase, RepoPath


@dataclass(frozen=True, slots=True, kw_only=True)
class Concluded:
    """How a trigger was answered. `result` is `entry`, `repeat`, `committed`, `superseded`, or `known` (nothing was done). `told` is what
    was recorded of HEAD's commits before.

    A trigger whose entry is `unjudged` stays due; all others need no further audit.
    """

    trigger: Trigger
    result: str
    answer: Recorded | Committed | None = None
    told: tuple[Recorded, ...] = ()

    @property
    def unjudged(self) -> AuditRecorded | None:
        """The entry that says why the machine kept us from a verdict; None when there is one, or none is needed."""
        event = self.answer.event if isinstance(self.answer, Recorded) else None
        return event if isinstance(event, AuditRecorded) and event.again else None


@dataclass(frozen=True, slots=True)
class Opened:
    """The cycle is recorded under this number, its log names this phase; `told` is what else had to be recorded: that it broke a halt."""

    cycle: int
    phase: Phase
    told: tuple[Recorded, ...] = ()


@dataclass(frozen=True, slots=True)
class Prepared:
    """The record is ready: first contact made, claims of a crash settled. `first_cycle`: AEM is on and there was no ledger before."""

    concluded: tuple[Concluded, ...]
    first_cycle: bool = False

    @property
    def unjudged(self) -> AuditRecorded | None:
        """The first entry of a claim that could still not be judged: then all of this is due once more."""
        return next((one.unjudged for one in self.concluded if one.unjudged), None)


@dataclass(frozen=True, slots=True)
class Answered:
    """Approval files were answered; those that had an answer already are not among them."""

    recorded: tuple[Recorded, ...]


@dataclass(frozen=True, slots=True)
class Reviewed:
    """What the record says now: the triggers that need no further audit or wait for one, and how the ledger deviates (empty: it does
    not). Others write there too: a command that audits, an operator who restores."""

    triggers: frozenset[Trigger]
    deviation: str


Outcome = Concluded | Opened | Prepared | Answered | Reviewed | Followed


def prepare(desk: Desk, head: Callable[[], CommitId | None]) -> Prepared:
    """Make first contact if this is the first time, then settle what a crash left. Raises ForgewatchError: nothing is lost, try again."""
    record = desk.governed.record
    if not record.state().adopted:
        record.first_contact(head())
    concluded = recover_claims(desk)
    sign_off_if_due(record, desk.envelope())
    return Prepared(concluded, first_cycle=_is_first_cycle(desk))


def _is_first_cycle(desk: Desk) -> bool:
    governed, state = desk.governed, desk.governed.record.state()
    if state.entry_count or state.legacy is not None:
        return False
    return read_directive(governed.files, governed.places, desk.settings.limits.contract_bytes).aem


def read_directive(files: TreeFiles, places: Places, limit: int) -> Directive:
    """Return what the directive says, by the first of its accepted names that is there; everything is off without one."""
    found = (files.read(path, limit) for path in places.directives)
    return parse_directive(next((raw for raw in found if not isinstance(raw, Absent)), Absent()))


def recover_claims(desk: Desk) -> tuple[Concluded, ...]:
    """Settle every trigger that was claimed and is not done."""
    record = desk.governed.record
    state = record.state()
    unfinished = state.settled - state.done
    for trigger in unfinished:
        record.done(trigger, "entry", _entry_of(state, trigger))
    if unfinished:
        # The crash may have come between the entry and its Markdown. A ledger that cannot be written now is completed later.
        with contextlib.suppress(LedgerUnwritable):
            record.inspect_ledger()
    raw = _read_log(desk)
    current = digest_of_bytes(raw) if isinstance(raw, bytes) else None
    return tuple(_recovered(desk, trigger, recover(trigger, current=current), raw) for trigger in state.pending)


def _read_log(desk: Desk) -> Content:
    return desk.governed.files.read(desk.governed.places.diff_log, OVERSIZE * desk.settings.limits.document_bytes)


def _current(desk: Desk) -> Digest | None:
    raw = _read_log(desk)
    return digest_of_bytes(raw) if isinstance(raw, bytes) else None


def run_trigger(desk: Desk, trigger: Trigger, document: bytes) -> Concluded:
    """Audit these bytes for this trigger unless that was done. Raises ForgewatchError when nothing was recorded: it is due again."""
    record = desk.governed.record
    state = record.state()
    if trigger in state.settled:
        record.done(trigger, "entry", _entry_of(state, trigger))
        return Concluded(trigger=trigger, result="known")
    if state.is_told(trigger) and _current(desk) != trigger.document:
        # It could not be judged while it stood there; judged now, it would be blamed for what came after it.
        return _superseded(desk, trigger)
    by_hand = passed_by_hand(desk, trigger, document)
    if by_hand is not None:
        # Whoever comes late must not judge it again: by now it may be committed, and waits for the word that lets it be.
        record.done(trigger, "repeat", by_hand.seq)
        return Concluded(trigger=trigger, result="repeat", answer=by_hand)
    # 1. From here on a crash makes the next start run it again.
    record.claim(trigger)
    # 2. and 3.
    answer, told = audit_cycle(desk, document=document, trigger=trigger)
    # 4. A crash before this line, or a disk that is full by now, finds the entry by its trigger. The result may be announced already.
    result = _result(answer, trigger, state.size)
    concluded = Concluded(trigger=trigger, result=result, answer=answer, told=told)
    if concluded.unjudged:
        return concluded
    with contextlib.suppress(LedgerUnwritable):
        record.done(trigger, result, answer.seq if isinstance(answer, Recorded) else None)
    return concluded


def open_cycle(desk: Desk, task: OpenCycle, document: bytes) -> Opened:
    """Record that the builder began with these bytes. The journal's number counts, whatever was expected."""
    governed, record = desk.governed, desk.governed.record
    desk.auditor.expect()
    phase = phase_of(Question(document=document))
    cycle = record.open_cycle(task.document, planned_files(document, governed.places), phase)
    if record.state().authority.signed is None:
        return Opened(cycle, phase)
    # Whoever commits the authorized tree and begins anew breaks no halt: the commit is seen first.
    told = follow_head(desk)
    return Opened(cycle, phase, (*told, *tell_new_cycle(desk, cycle)))


def leave_waiting(governed: Governed, waiting: Iterable[Task], documents: Mapping[Digest, bytes]) -> None:
    """Record, in its order, what is seen and not begun when the daemon ends: the next start runs it, or says that the document moved on."""
    for task in waiting:
        match task:
            case OpenCycle(cycle=cycle, document=document):
                text = documents.get(document, b"")
                planned, phase = planned_files(text, governed.places), phase_of(Question(document=text))
                if governed.record.open_cycle(document, planned, phase) != cycle:
                    return
            case RunAudit(trigger=trigger):
                governed.record.claim(trigger)


def review(desk: Desk) -> Reviewed:
    """Look at journal and ledger as others left them, and write into the Markdown what it could not take when it was recorded."""
    record = desk.governed.record
    if record.unpublished:
        with contextlib.suppress(LedgerUnwritable):
            record.inspect_ledger()
    state = record.state()
    return Reviewed(state.settled.union(state.pending), record.deviation())


def answer_approvals(desk: Desk, head: Callable[[], CommitId | None], paths: Collection[RepoPath]) -> Answered:
    """Answer the approval files at `paths` that have no answer yet. Nothing is executed (C-13); AUTHORIZED lets its tree be committed."""
    governed, now = desk.governed, head()
    authorized, authority = governed.places.authorized, authority_of(governed, desk.settings)
    answers = (
        answer_approval(path, files=governed.files, record=governed.record, clock=desk.clock, head=now, authority=authority)
        for path in paths
        if path != authorized
    )
    told = answer_authorized(desk, authorized) if authorized in paths else ()
    return Answered((*(answer for answer in answers if answer is not None), *told))


def _recovered(desk: Desk, trigger: Trigger, decision: Recovery, raw: object) -> Concluded:
    if decision is Recovery.REPEAT and isinstance(raw, bytes):
        return run_trigger(desk, trigger, raw)
    return _superseded(desk, trigger)


def _superseded(desk: Desk, trigger: Trigger) -> Concluded:
    desk.governed.record.done(trigger, "superseded")
    return Concluded(trigger=trigger, result="superseded")


def _result(answer: Recorded | Committed, trigger: Trigger, size: int) -> str:
    if isinstance(answer, Committed):
        return "committed"
    event = answer.event
    return "entry" if isinstance(event, AuditRecorded) and event.trigger == trigger and answer.seq >= size else "repeat"


def _entry_of(state: RecordState, trigger: Trigger) -> int | None:
    last = state.last_entry
    return last.seq if last and last.trigger == trigger else None


class StoppableAuditor:
    """An auditor that can be told to give up: an audit which ends after that is not recorded, its claim runs again at the next start."""

    def __init__(self, inner: Auditor) -> None:
        self._inner = inner
        self.stopped = False

    def audit(self, request: AuditRequest) -> AuditAnswer:
        """Return the inner auditor's answer. Raises EnvironmentFault once `stopped` is set."""
        answer = self._inner.audit(request)
        self._go_on()
        return answer

    def look(self, request: FactsRequest) -> Facts | Failed:
        """Return the inner auditor's answer. Raises EnvironmentFault once `stopped` is set."""
        found = self._inner.look(request)
        self._go_on()
        return found

    def expect(self) -> None:
        """Let the inner auditor make ready, unless `stopped` is set."""
        if not self.stopped:
            self._inner.expect()

    def _go_on(self) -> None:
        if self.stopped:
            raise EnvironmentFault("the daemon ended during the audit", "it is run again at the next start")
