"""What the journal says, folded event by event: the memory of one repository (ledger.md section 1, Iteration; watching.md, Exactly once).

`fold` is pure and cheap per event; folding the same events gives the same state, on any machine and in any number of steps.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import assert_never

from forgewatch.core.events import (
    Adopted,
    ApprovalJudged,
    AuditRecorded,
    CycleOpened,
    KeyRotated,
    LedgerClaimed,
    LedgerRepaired,
    LedgerRestored,
    LedgerTampered,
    Recorded,
    Trigger,
    TriggerClaimed,
    TriggerDone,
)
from forgewatch.core.growing import Growing
from forgewatch.core.phase_words import phase_number
from forgewatch.core.plan_scope import joined
from forgewatch.core.values import UNKNOWN_PHASE, CommitId, Digest, Phase, RepoPath
from forgewatch.core.verdict import CheckCode, Outcome, StopReason

FIRST_CONTACT = "first contact"
"""The actor of the `Adopted` event that forgewatch records by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EntrySummary:
    """What later audits need of an entry. `identity` is None for an audit that ended without a report. `failed`: the checks that did."""

    seq: int
    leaf: Digest
    at: str
    phase: Phase
    outcome: Outcome
    iteration: int
    loopback: int
    stop: StopReason | None
    identity: Digest | None
    head: CommitId | None
    record: Digest | None
    tree: Digest | None
    trigger: Trigger | None
    failed: tuple[CheckCode, ...] = ()


@dataclass(frozen=True, slots=True)
class ApprovalSeen:
    """The newest answer about an approval file: the bytes it was about, the answer, and its place."""

    digest: Digest | None
    actual: str
    accepted: bool
    seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordState:
    """The record up to `size` events; `leaf` is the newest one's.

    `anchor` is the newest adopted commit (None: the empty tree, or not `adopted` yet); `authorized` every commit the record vouches
    for. `legacy` digests ledger text older than this record; `legacy_accepted` says that the operator took it over. `claims` digest
    the foreign text that was found behind the ledger since the operator's last adoption.
    `plan` are the files that were planned for the work which is not authorized yet (contract §11, §12), empty where no plan holds.
    `pending` are claimed triggers that are neither done nor have a verdict, oldest first; `settled` the triggers of this cycle that are
    done or have one, `done` those with a `TriggerDone`. `run` is the number of the newest phase and how many entries it has in a
    row, `streaks` the FAIL entries in a row of each phase number. `tampered` is the newest tampering that the operator has not answered.
    """

    size: int = 0
    leaf: Digest | None = None
    adopted: bool = False
    anchor: CommitId | None = None
    authorized: tuple[CommitId, ...] = ()
    legacy: Digest | None = None
    legacy_accepted: bool = False
    claims: tuple[Digest, ...] = ()
    cycle: int = 0
    cycle_document: Digest | None = None
    plan: tuple[RepoPath, ...] = ()
    pending: tuple[Trigger, ...] = ()
    settled: frozenset[Trigger] = frozenset()
    done: frozenset[Trigger] = frozenset()
    refused: tuple[Trigger, ...] = ()
    last_trigger: Trigger | None = None
    entries: Growing[int, EntrySummary] = field(default_factory=Growing)
    entry_count: int = 0
    last_entry: EntrySummary | None = None
    trees_of_records: Growing[tuple[Digest, Digest], int] = field(default_factory=Growing)
    run: tuple[str, int] | None = None
    streaks: Growing[str, int] = field(default_factory=Growing)
    tampered: LedgerTampered | None = None
    approvals: Growing[RepoPath, ApprovalSeen] = field(default_factory=Growing)

    @property
    def record_trees(self) -> tuple[tuple[Digest, Digest], ...]:
        """Every (test record, audited tree) pair an entry has seen, oldest first (checks.md, A8)."""
        return tuple(self.trees_of_records)

    def next_iteration(self, phase: Phase) -> int:
        """Return the iteration the next entry of `phase` gets.

        It counts entries of a phase in a row: another phase in between, or an authorized commit, starts again at 1 (contract §10.6).
        Entries without a phase are a phase of their own that interrupts none.
        """
        if phase == UNKNOWN_PHASE:
            return 1 + self._unknown_in_a_row()
        return self.run[1] + 1 if self.run and self.run[0] == phase_number(phase) else 1

    def streak(self, phase: Phase) -> int:
        """Return how many FAIL entries in a row `phase` has. Working on another phase meanwhile does not shorten it (contract §10.3)."""
        return self.streaks.get(phase_number(phase)) or 0

    def entry_of(self, identity: Digest) -> int | None:
        """Return the place of the entry that settles `identity`: the newest one, if it is that audit's and no ERROR.

        An older one settles nothing: something else was told since, and the last word of the record has to be about what is there now.
        """
        last = self.last_entry
        return last.seq if last and last.identity == identity and last.outcome is not Outcome.ERROR else None

    def has_answered(self, judged: ApprovalJudged) -> bool:
        """True when the newest answer about this approval file was about the same bytes, or the same reason it cannot be read."""
        seen = self.approvals.get(judged.path)
        return seen is not None and seen.digest == judged.digest and (judged.digest is not None or seen.actual == judged.actual)

    def is_told(self, trigger: Trigger | None) -> bool:
        """True when the newest entry already says that this trigger could not be judged, and it is still due."""
        last = self.last_entry
        return trigger in self.pending and last is not None and last.trigger == trigger and last.outcome is Outcome.ERROR

    def _unknown_in_a_row(self) -> int:
        last = self.last_entry
        return last.iteration if last and last.phase == UNKNOWN_PHASE else 0


def fold(state: RecordState, recorded: Recorded) -> RecordState:
    """Return the state after one more event. `recorded.seq` must be `state.size`."""
    if recorded.seq != state.size:
        raise ValueError(f"event {recorded.seq} does not follow event {state.size - 1}")
    return replace(_apply(state, recorded), size=recorded.seq + 1, leaf=recorded.leaf)


def _apply(state: RecordState, recorded: Recorded) -> RecordState:
    match recorded.event:
        case AuditRecorded() as audit:
            return _after_audit(state, audit, recorded)
        case Adopted() as adopted:
            return _after_adoption(state, adopted)
        case CycleOpened(cycle=cycle, document=document, planned=planned):
            return replace(state, cycle=cycle, cycle_document=document, settled=frozenset(), done=frozenset(), plan=_plan(state, planned))
        case TriggerClaimed(trigger=trigger):
            pending = state.pending if trigger in state.pending else (*state.pending, trigger)
            return replace(state, pending=pending, last_trigger=trigger, settled=state.settled - {trigger}, done=state.done - {trigger})
        case TriggerDone(trigger=trigger):
            return replace(_settle(state, trigger), done=state.done | {trigger})
        case ApprovalJudged(path=path, digest=digest, actual=actual, accepted=accepted):
            return replace(state, approvals=state.approvals.put(path, ApprovalSeen(digest, actual, accepted, recorded.seq)))
        case LedgerTampered() as tampered:
            return replace(state, tampered=tampered)
        case LedgerRestored():
            return replace(
                state, tampered=None, refused=(), settled=state.settled - set(state.refused), done=state.done - set(state.refused)
            )
        case LedgerClaimed(digest=digest):
            return replace(state, claims=(*state.claims, digest))
        case LedgerRepaired() | KeyRotated():
            return state
        case other:
            assert_never(other)


def _plan(state: RecordState, planned: tuple[RepoPath, ...]) -> tuple[RepoPath, ...]:
    """A plan joins those of work that was announced. Written anew before anything was, it is the first one that holds; a cycle that
    begins without a plan has none."""
    announced = state.last_trigger is not None and state.last_trigger.cycle == state.cycle
    if state.plan and not announced:
        return state.plan
    return joined(state.plan, planned) if planned else ()


def _after_adoption(state: RecordState, adopted: Adopted) -> RecordState:
    after = replace(
        state,
        adopted=True,
        plan=(),
        anchor=adopted.commit,
        authorized=state.authorized if adopted.commit is None else (*state.authorized, adopted.commit),
        legacy=state.legacy if adopted.legacy is None else adopted.legacy,
    )
    if adopted.actor == FIRST_CONTACT:
        return after
    # The operator looked: older text is taken over, a blocked phase is open again, and an audit that failed for want of this is due.
    last = state.last_entry
    answered = frozenset({last.trigger} if last and last.trigger and "A6" in last.failed else ())
    return replace(after, legacy_accepted=True, claims=(), streaks=Growing(), settled=state.settled - answered, done=state.done - answered)


def _after_audit(state: RecordState, audit: AuditRecorded, recorded: Recorded) -> RecordState:
    report = audit.report
    summary = EntrySummary(
        seq=recorded.seq,
        leaf=recorded.leaf,
        at=audit.envelope.at,
        phase=audit.phase,
        outcome=audit.outcome,
        iteration=audit.iteration,
        loopback=audit.loopback,
        stop=audit.stop,
        identity=report.identity if report else None,
        head=report.head if report else None,
        record=report.record if report else None,
        tree=report.tree if report else None,
        trigger=audit.trigger,
        failed=tuple(result.code for result in report.audit.results if result.blocks) if report else (),
    )
    if audit.trigger is not None and not audit.again:
        state = _settle(state, audit.trigger)
    if audit.trigger is not None and report is None and audit.outcome is Outcome.FAIL:
        state = replace(state, refused=(*state.refused, audit.trigger))
    return _after_outcome(remember_entries(state, (summary,)), audit)


def remember_entries(state: RecordState, added: tuple[EntrySummary, ...]) -> RecordState:
    """Return the state with these newest entries in all its indexes."""
    if not added:
        return state
    return replace(
        state,
        entries=state.entries.join({one.seq: one for one in added}),
        entry_count=state.entry_count + len(added),
        last_entry=added[-1],
        trees_of_records=state.trees_of_records.join({(one.record, one.tree): one.seq for one in added if one.record and one.tree}),
    )


def _settle(state: RecordState, trigger: Trigger) -> RecordState:
    pending = tuple(other for other in state.pending if other != trigger)
    return replace(state, pending=pending, settled=state.settled | {trigger}, last_trigger=trigger)


def _after_outcome(state: RecordState, audit: AuditRecorded) -> RecordState:
    if audit.outcome in (Outcome.AUTHORIZED, Outcome.AUTO_AUTHORIZED):
        return replace(state, run=None, streaks=Growing(), plan=())
    if audit.phase != UNKNOWN_PHASE:
        state = replace(state, run=(phase_number(audit.phase), audit.iteration))
    if audit.loopback == state.streak(audit.phase):
        return state
    return replace(state, streaks=state.streaks.put(phase_number(audit.phase), audit.loopback))
