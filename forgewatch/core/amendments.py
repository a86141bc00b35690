"""Entries that amend an audit: SIGNED-OFF, AUTHORIZED, AUTO-AUTHORIZED (contract §10.4, §10.6 rules 4 and 5; C-03, C-04).

An amending entry is new; the one it amends stays as it is. It repeats the report, so the ledger's reader finds the checklist beside the
commit.
"""

from __future__ import annotations

from dataclasses import replace

from forgewatch.core.authority_events import AuthorizationGranted, Means
from forgewatch.core.authority_state import Grant, Standing
from forgewatch.core.events import AuditRecorded, Envelope
from forgewatch.core.record_state import EntrySummary, RecordState
from forgewatch.core.text import escape
from forgewatch.core.values import CommitId, Phase
from forgewatch.core.verdict import Outcome


def is_sign_off_due(state: RecordState) -> bool:
    """True when the newest audit passed under AEM and its sign-off is not recorded yet (contract §10.4, default behaviour)."""
    work = state.work
    return work is not None and work.aem and why_no_sign_off(state, work) == ""


def why_no_sign_off(state: RecordState, work: EntrySummary | None) -> str:
    """Return why the newest audit cannot be signed off, empty when it can; signed off already is a reason too (contract §10.2, §10.4)."""
    if work is None or work.tree is None:
        return "no audit of this work is recorded"
    if work.outcome is not Outcome.PASS:
        return f"entry {work.seq} is {work.outcome.value}"
    if state.authority.closed is not None and state.authority.closed >= work.seq:
        return f"entry {work.seq} is authorized and committed"
    if state.is_blocked(work.phase):
        return blocked(work.phase)
    signed = state.authority.signed
    return f"entry {work.seq} is signed off" if signed is not None and signed.entry == work.seq else ""


def blocked_phases(state: RecordState) -> tuple[Phase, ...]:
    """Return the numbers of all phases that used up their loops. While there is one, nothing goes without a human, under no other phase's
    name either (contract §10.3: the builder must not continue autonomously)."""
    return tuple(Phase(name) for name in state.streaks if state.is_blocked(Phase(name)))


def blocked(phase: Phase) -> str:
    """Return what is said of a phase that has used up its loops (C-06)."""
    return f"{phase} is blocked: it used up its loops, and no operator has unblocked it"


def sign_off(audit: AuditRecorded, seq: int, envelope: Envelope) -> AuditRecorded:
    """Return the entry `SIGNED-OFF (awaiting AUTHORIZED)` for the audit at `seq`."""
    return _amended(audit, seq, envelope, Outcome.SIGNED_OFF, None, (f"Assurance: {envelope.assurance}",))


def authorized(audit: AuditRecorded, grant: Grant, commit: CommitId, envelope: Envelope) -> AuditRecorded:
    """Return the entry that says under which commit the audited tree was committed, and on whose word."""
    outcome = Outcome.AUTO_AUTHORIZED if grant.auto else Outcome.AUTHORIZED
    lines = (f"Commit: {commit}", assurance_line(grant.tier, grant.principals), f"Authorized by: {given_by(grant)} (entry {grant.seq})")
    return _amended(audit, grant.entry, envelope, outcome, commit, lines)


def given_by(given: Grant | AuthorizationGranted) -> str:
    """Return who gave an authorization and how, escaped."""
    return f"{escape(given.actor)}, {given.means.value}" if given.actor else given.means.value


def assurance_line(tier: int, principals: tuple[str, ...]) -> str:
    """Return the line that says how far an authorization is to be believed (ledger.md section 2, tiers)."""
    who = f"signed by {', '.join(map(escape, principals))}" if principals else "unauthenticated"
    return f"Assurance: {who} (T{tier})"


def granted(work: EntrySummary, *, at: str, actor: str, means: Means, tier: int = 0) -> AuthorizationGranted:
    """Return the event that lets the tree of the audit `work` be committed. Raises ValueError for an entry without a tree."""
    if work.tree is None:
        raise ValueError("only an audited tree is authorized")
    return AuthorizationGranted(
        at=at,
        entry=work.seq,
        leaf=work.leaf,
        phase=work.phase,
        tree=work.tree,
        head=work.head,
        actor=actor,
        means=means,
        tier=tier,
    )


def granted_alone(work: EntrySummary, at: str, standing: Standing | None) -> AuthorizationGranted:
    """Return the event by which the directive lets the tree of `work` go without a human: by itself, or by the standing grant that people
    signed for it, whose tier, names and end it bears. Raises ValueError for an entry without a tree."""
    word = granted(work, at=at, actor="", means=Means.STANDING if standing else Means.DIRECTIVE)
    if standing is None:
        return replace(word, auto=True)
    return replace(word, auto=True, tier=standing.tier, principals=standing.principals, expires=standing.expires, standing=standing.seq)


def _amended(
    audit: AuditRecorded, seq: int, envelope: Envelope, outcome: Outcome, commit: CommitId | None, lines: tuple[str, ...]
) -> AuditRecorded:
    return replace(
        audit, outcome=outcome, amends=seq, trigger=None, envelope=envelope, stop=None, commit=commit, authority=lines, remarks=()
    )
