"""Following HEAD: an authorized commit is recorded when it is seen, any other one as `commit.unaudited` (ledger.md section 2; C-04, A6).

By the daemon when HEAD moves, or by the next command, whichever sees it first.
  1. is HEAD one that the record already speaks of? then nothing is looked at
  2. the worker says what stands between anchor and HEAD
  3. what that means is decided by the record as it is now, under the journal's lock, and recorded
If we crash between the steps the next look finds the same commits and decides the same.
"""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from forgewatch.app.auditing import Governed
from forgewatch.app.desk import Desk
from forgewatch.core.amendments import authorized, granted_alone
from forgewatch.core.approval import AUTHORIZED, Disagreement
from forgewatch.core.authority_events import AuthorizationGranted, CommitUnaudited
from forgewatch.core.commit_ruling import AutoRules, ByDirective, ByGrant, Unaudited, bases_of, rule_commits
from forgewatch.core.errors import EnvironmentFault
from forgewatch.core.events import AuditRecorded, Recorded
from forgewatch.core.ignore_rules import RULES_FILE
from forgewatch.core.policy import settings_digest
from forgewatch.core.record_fold import fold
from forgewatch.core.record_state import RecordState
from forgewatch.core.report import Failed
from forgewatch.core.repository_facts import Facts, FactsRequest
from forgewatch.core.settings import Settings
from forgewatch.core.tiers import wanted_tier
from forgewatch.core.values import CommitId, Digest, RepoPath

STEPS = 64
"""Looks that one following takes, each for one authorized commit; more come with the next."""

SHOWN_COMMITS = 20
"""Commits that one `CommitUnaudited` names; the rest is counted."""

NO_LEAF = Digest("sha256:" + "0" * 64)
"""Stands for the leaf of an event that is not recorded."""


def follow_head(desk: Desk) -> tuple[Recorded, ...]:
    """Record what HEAD's commits mean and return what was recorded, in order. Raises ForgewatchError: nothing is lost, ask again."""
    told: list[Recorded] = []
    for _ in range(STEPS):
        # 1.
        state = desk.governed.record.state()
        if is_told(state, desk.governed):
            break
        # 2.
        facts = look(desk, work=False)
        # 3.
        step = _record(desk, facts, state.anchor)
        told += step or ()
        if step is not None and not any(isinstance(one.event, AuditRecorded) for one in step):
            break
    return tuple(told)


def is_told(state: RecordState, governed: Governed) -> bool:
    """True when the record speaks of HEAD already: it is authorized, or known as unaudited while no authorization is open."""
    if not state.adopted:
        return True
    head = governed.head()
    if head == state.anchor or head in state.authorized:
        return True
    return head in state.authority.noted and not state.authority.grants


def foreseen(desk: Desk) -> RecordState:
    """Return the record's state as `follow_head` would leave it, and record nothing: a dry run is to see an authorized commit as such.

    Raises EnvironmentFault when the facts cannot be had.
    """
    state = desk.governed.record.state()
    for _ in range(STEPS):
        if is_told(state, desk.governed):
            break
        meant = _meaning(desk, state, _ask(desk, state, work=False))
        if meant is None or isinstance(meant, CommitUnaudited):
            break
        state = fold(state, Recorded(seq=state.size, leaf=state.leaf or NO_LEAF, event=meant))
    return state


def look(desk: Desk, *, work: bool, state: RecordState | None = None, hunks: bool = False, stack: bool = False) -> Facts:
    """Return what stands in the repository, asked by the record's state unless another one is given. Raises EnvironmentFault when that
    cannot be said."""
    return _ask(desk, state or desk.governed.record.state(), work=work, hunks=hunks, stack=stack)


def _ask(desk: Desk, state: RecordState, *, work: bool, hunks: bool = False, stack: bool = False) -> Facts:
    found = desk.auditor.look(replace(facts_request(desk.governed, desk.settings, state, work=work), hunks=hunks, stack=stack))
    if isinstance(found, Failed):
        raise EnvironmentFault(found.why, found.hint)
    return found


def facts_request(governed: Governed, settings: Settings, state: RecordState, *, work: bool) -> FactsRequest:
    """Return the question to the worker, from what the record knows."""
    return FactsRequest(
        root=governed.root,
        state=governed.folder,
        git=governed.git,
        layout=governed.layout,
        settings=settings,
        adopted=state.adopted,
        anchor=state.anchor,
        authorized=state.authorized,
        bases=bases_of(state),
        claimed=_claimed_rules(governed, state) if work else (),
        work=work,
    )


def judged_otherwise(desk: Desk, state: RecordState) -> Disagreement | None:
    """Return that the newest audit was made by other settings than the ones we were given, None when it was not or there is none.

    Anyone may audit by a configuration of his own, and its entry says so: whoever authorizes by his own must not take that for an answer.
    """
    audit = desk.governed.record.event_at(state.work.seq) if state.work else None
    if not isinstance(audit, AuditRecorded) or audit.report is None:
        return None
    ours, limit = settings_digest(desk.settings), desk.governed.rules.loopback_limit
    if audit.report.settings not in (None, ours):
        return Disagreement("settings", f"{ours}, those of this configuration", f"{audit.report.settings} in the newest audit")
    if audit.loopback_limit > limit:
        return Disagreement("settings", f"at most {limit} loops, as configured", f"{audit.loopback_limit} in the newest audit")
    return None


def _claimed_rules(governed: Governed, state: RecordState) -> tuple[RepoPath, ...]:
    audit = governed.record.event_at(state.work.seq) if state.work else None
    claimed = audit.report.claimed if isinstance(audit, AuditRecorded) and audit.report else ()
    return tuple(path for path in claimed if path.rpartition("/")[2] == RULES_FILE)


def _record(desk: Desk, facts: Facts, anchor: CommitId | None) -> list[Recorded] | None:
    """Record what the facts mean, None when the anchor moved since they were asked for: then they answer another question. What an
    operator adopted meanwhile is unaudited by none."""
    record = desk.governed.record
    told: list[Recorded] = []
    with record.exclusive():
        if record.state().anchor != anchor:
            return None
        while (meant := _meaning(desk, record.state(), facts)) is not None:
            told.append(record.tell(meant))
            # What nobody authorized by hand is authorized by the directive: that is recorded first, and then used.
            if not isinstance(meant, AuthorizationGranted):
                break
    return told


def _meaning(desk: Desk, state: RecordState, facts: Facts) -> AuditRecorded | AuthorizationGranted | CommitUnaudited | None:
    """Return what is to be recorded next of the commits, None when nothing is."""
    tier, ours = wanted_tier(desk.settings, facts, AUTHORIZED), judged_otherwise(desk, state) is None
    rules = AutoRules(tier=tier, at=desk.clock.now(), ours=ours)
    match rule_commits(state, facts, rules):
        case ByGrant(commit=commit, grant=grant):
            return authorized(_audit(desk.governed.record.event_at(grant.entry)), grant, commit, desk.envelope())
        case ByDirective(entry=entry, standing=standing):
            return granted_alone(entry, desk.clock.now(), standing)
        case Unaudited() as stray if facts.head is not None and facts.head not in state.authority.noted:
            return _unaudited(stray, state, facts, desk.clock.now())
        case Unaudited() | None:
            return None
        case other:
            assert_never(other)


def _unaudited(stray: Unaudited, state: RecordState, facts: Facts, at: str) -> CommitUnaudited:
    assert facts.head is not None
    signed = state.authority.signed
    return CommitUnaudited(
        at=at,
        head=facts.head,
        anchor=state.anchor,
        commits=stray.commits[:SHOWN_COMMITS],
        count=len(stray.commits) + facts.more,
        why=stray.why,
        halted=signed.entry if signed else None,
    )


def _audit(event: object) -> AuditRecorded:
    if not isinstance(event, AuditRecorded):
        raise AssertionError("an authorization names the entry of an audit")
    return event
