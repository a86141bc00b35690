"""Folding the journal into the memory of one repository, event by event (ledger.md section 1, Iteration; watching.md, Exactly once).

`fold` is pure and cheap per event; folding the same events gives the same state, on any machine and in any number of steps.
"""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from forgewatch.core.authority_events import (
    AuditDisputed,
    AuthorityRefused,
    AuthorizationGranted,
    CommitPushed,
    CommitUnaudited,
    HaltBroken,
    PhaseUnblocked,
    StandingGranted,
)
from forgewatch.core.authority_state import SignedOff, after_authority, after_commit, after_word, after_work
from forgewatch.core.events import (
    Adopted,
    ApprovalJudged,
    ApprovalSigned,
    AuditRecorded,
    ContractsRead,
    CycleOpened,
    KeyRotated,
    LedgerClaimed,
    LedgerRepaired,
    LedgerRestored,
    LedgerTampered,
    Recorded,
    TestsRecorded,
    Trigger,
    TriggerClaimed,
    TriggerDone,
)
from forgewatch.core.growing import Growing
from forgewatch.core.phase_words import phase_number
from forgewatch.core.plan_scope import joined
from forgewatch.core.record_state import FIRST_CONTACT, MOST_ATTESTED, ApprovalGiven, ApprovalSeen, EntrySummary, RecordState
from forgewatch.core.snapshot import Attestation
from forgewatch.core.values import UNKNOWN_PHASE, Phase, RepoPath
from forgewatch.core.verdict import Outcome


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
        case CycleOpened() as opened:
            return _after_opening(state, opened, recorded.seq)
        case TriggerClaimed(trigger=trigger):
            pending = state.pending if trigger in state.pending else (*state.pending, trigger)
            return replace(state, pending=pending, last_trigger=trigger, settled=state.settled - {trigger}, done=state.done - {trigger})
        case TriggerDone(trigger=trigger):
            return replace(_settle(state, trigger), done=state.done | {trigger})
        case ApprovalJudged(path=path, digest=digest, actual=actual, accepted=accepted):
            return replace(state, approvals=state.approvals.put(path, ApprovalSeen(digest, actual, accepted, recorded.seq)))
        case ApprovalSigned(task=task, base=base, contract=contract, tier=tier):
            return replace(state, given=state.given.put(task, ApprovalGiven(base, contract, tier, recorded.seq)))
        case LedgerTampered() as tampered:
            return replace(state, tampered=tampered)
        case LedgerRestored():
            return _after_restoration(state)
        case LedgerClaimed(digest=digest):
            return replace(state, claims=(*state.claims, digest))
        case LedgerRepaired() | KeyRotated() | AuditDisputed() | CommitPushed():
            return state
        case PhaseUnblocked(phase=phase):
            return replace(state, streaks=state.streaks.put(phase_number(phase), 0))
        case AuthorizationGranted() as granted:
            return _after_grant(state, granted, recorded.seq)
        case AuthorityRefused() | StandingGranted() | CommitUnaudited() | HaltBroken() as told:
            return replace(state, authority=after_authority(state.authority, told, recorded.seq))
        case ContractsRead() as read:
            return replace(state, read=read)
        case TestsRecorded() as tests:
            return _after_tests(state, tests)
        case other:
            assert_never(other)


def _after_opening(state: RecordState, opened: CycleOpened, seq: int) -> RecordState:
    plan = _plan(state, opened.planned)
    fresh = replace(state, settled=frozenset(), done=frozenset(), plan=plan, closed_log=None, opened_at=seq)
    return replace(fresh, cycle=opened.cycle, cycle_document=opened.document)


def _after_restoration(state: RecordState) -> RecordState:
    """What was refused for want of a ledger is due again."""
    refused = set(state.refused)
    return replace(state, tampered=None, refused=(), settled=state.settled - refused, done=state.done - refused)


def _after_grant(state: RecordState, granted: AuthorizationGranted, seq: int) -> RecordState:
    if granted.file is not None:
        seen = ApprovalSeen(granted.file.digest, "", accepted=True, seq=seq)
        state = replace(state, approvals=state.approvals.put(granted.file.path, seen))
    return replace(state, authority=after_authority(state.authority, granted, seq))


def _after_tests(state: RecordState, tests: TestsRecorded) -> RecordState:
    """The newest run over a tree decides: what failed there is not attested by an earlier pass. A run of one side proves one side.

    Only a test that failed speaks against the tree. A run that failed for want of a tool, or at its deadline, says nothing of it, and does
    not take back what an earlier one found."""
    if tests.passed and tests.scope:
        return state
    others = tuple(one for one in state.attested if one.tree != tests.tree)
    failing = tuple(tree for tree in state.failing if tree != tests.tree)
    if not tests.passed:
        found = (*failing, tests.tree) if tests.failed or tests.tree in state.failing else failing
        return replace(state, attested=others, failing=found[-MOST_ATTESTED:])
    mine = Attestation(
        record=tests.record,
        tree=tests.tree,
        tests=tests.executed,
        level=str(tests.level),
        surroundings=tests.surroundings,
        before=state.authorized_tests,
    )
    return replace(state, attested=(*others, mine)[-MOST_ATTESTED:], failing=failing)


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
    return replace(
        after,
        legacy_accepted=True,
        claims=(),
        streaks=Growing(),
        settled=state.settled - answered,
        done=state.done - answered,
        authority=after_word(state.authority),
    )


def _after_audit(state: RecordState, audit: AuditRecorded, recorded: Recorded) -> RecordState:
    report = audit.report
    if audit.amends is not None:
        return _after_amendment(state, audit, audit.amends)
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
        text=report.text_tree if report else None,
        document=report.difflog.digest if report else None,
        changes=report.changes if report else None,
        policy=report.policy if report else None,
        aem=report is not None and report.aem,
        auto=report is not None and report.auto_authorize,
        against=report is not None and report.against is not None,
        begun_from=report.begun_from if report else None,
    )
    if not summary.against:
        failed = audit.outcome is Outcome.FAIL
        state = replace(state, limit=audit.loopback_limit, authority=after_work(state.authority, recorded.seq, failed=failed))
    if audit.trigger is not None and not audit.again:
        state = _settle(state, audit.trigger)
    if audit.trigger is not None and report is None and audit.outcome is Outcome.FAIL:
        state = replace(state, refused=(*state.refused, audit.trigger))
    return _after_outcome(remember_entries(state, (summary,)), audit)


def _after_amendment(state: RecordState, audit: AuditRecorded, amends: int) -> RecordState:
    authority = state.authority
    if audit.outcome is Outcome.SIGNED_OFF and audit.report is not None:
        return replace(state, authority=replace(authority, signed=SignedOff(amends, audit.phase, audit.report.tree)))
    if audit.commit is None:
        return state
    # What the record vouches for moves to the authorized commit: the next cycle is measured from there (A6, BASE). Its diff log is about
    # what is done now, wherever it lies: measured from the new anchor it would claim what is not changed any more.
    closed = state.entries.get(amends)
    begun_since = amends < state.opened_at
    return replace(
        state,
        anchor=audit.commit,
        authorized=(*state.authorized, audit.commit),
        run=None,
        streaks=_still_blocked(state, audit.phase),
        plan=(),
        authority=after_commit(authority, amends),
        authorized_tests=_tests_of(state, amends),
        closed_log=closed.document if closed is not None and not begun_since else None,
    )


def _tests_of(state: RecordState, entry: int) -> int | None:
    """Return how many tests ran over the tree of an entry, None where its record is not attested."""
    judged = state.entries.get(entry)
    return next((one.tests for one in state.attested if judged and (one.record, one.tree) == (judged.record, judged.tree)), None)


def _still_blocked(state: RecordState, authorized: Phase) -> Growing[str, int]:
    """Return the streaks of other phases that are used up: an authorized commit of one phase unblocks no other, only the operator does
    (C-06)."""
    mine = phase_number(authorized)
    kept = {name: state.streak(Phase(name)) for name in state.streaks if name != mine and state.is_blocked(Phase(name))}
    return RecordState().streaks.join(kept)


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
        return replace(state, run=None, streaks=_still_blocked(state, audit.phase), plan=())
    if audit.phase != UNKNOWN_PHASE:
        state = replace(state, run=(phase_number(audit.phase), audit.iteration))
    if audit.loopback == state.streak(audit.phase):
        return state
    return replace(state, streaks=state.streaks.put(phase_number(audit.phase), audit.loopback))
