"""What people may say about audited work: sign off, authorize, unblock, dispute (ledger.md section 2; contract §10.3 to §10.5, §12).

Every word is compared with the facts and recorded before anything follows from it; a refused one is recorded too.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from forgewatch.app.approvals import repository_name
from forgewatch.app.desk import Desk
from forgewatch.app.heads import follow_head, judged_otherwise, look
from forgewatch.app.sign_offs import sign_off_if_due
from forgewatch.core import authority_request
from forgewatch.core.amendments import blocked, blocked_phases, granted, granted_alone, sign_off
from forgewatch.core.approval import AUTHORIZED, Disagreement, phase_slug
from forgewatch.core.authority import AuthorityRules, Verify, judge_signed
from forgewatch.core.authority_events import (
    AuditDisputed,
    AuthorityRefused,
    CommitPushed,
    Means,
    PhaseUnblocked,
    StandingGranted,
    TokenFile,
)
from forgewatch.core.authority_request import SignedRequest
from forgewatch.core.authorization import entry_disagreement, tree_disagreement
from forgewatch.core.canonical import digest_of_bytes
from forgewatch.core.commit_ruling import AutoRules, standing_of
from forgewatch.core.errors import UsageError
from forgewatch.core.events import AuditRecorded, Recorded
from forgewatch.core.limits import OVERSIZE
from forgewatch.core.phase_words import phase_number
from forgewatch.core.record_state import EntrySummary, RecordState
from forgewatch.core.repository_facts import Facts
from forgewatch.core.tiers import raised, request_about, wanted_tier
from forgewatch.core.values import CommitId, Digest, Phase
from forgewatch.core.verdict import CheckCode


@dataclass(frozen=True, slots=True, kw_only=True)
class Considered:
    """What a word of authority is about: the newest audit, the facts as captured, and the first thing that disagrees (None: nothing)."""

    state: RecordState
    facts: Facts
    against: Disagreement | None

    @property
    def work(self) -> EntrySummary:
        """The audit; only where nothing disagrees. Raises ValueError without one."""
        if self.state.work is None:
            raise ValueError("there is no audit to speak of")
        return self.state.work

    @property
    def subject(self) -> str:
        """The phase as tokens name it."""
        return phase_slug(self.state.work.phase) if self.state.work else "no phase"


def consider(desk: Desk) -> Considered:
    """Look at the repository and compare it with the newest audit. Raises EnvironmentFault when the machine keeps us from it."""
    follow_head(desk)
    facts = look(desk, work=True)
    record = desk.governed.record
    if record.state().adopted:
        # A ledger that was changed inside since anybody looked would otherwise be found only by the entry that lets it be committed.
        record.inspect_ledger(mend=False)
    state = record.state()
    against = entry_disagreement(state) or judged_otherwise(desk, state) or tree_disagreement(state, facts, document_now(desk))
    return Considered(state=state, facts=facts, against=against)


def document_now(desk: Desk) -> Digest | None:
    """Return the digest of the diff log as it is, None when there is none to read."""
    raw = desk.governed.files.read(desk.governed.places.diff_log, OVERSIZE * desk.settings.limits.document_bytes)
    return digest_of_bytes(raw) if isinstance(raw, bytes) else None


def refuse(desk: Desk, action: str, considered: Considered, against: Disagreement, actor: str = "") -> Recorded:
    """Record that a word was refused, and why; the same refusal right behind itself is the one that stands there."""
    event = AuthorityRefused(
        at=desk.clock.now(),
        action=action,
        subject=considered.subject,
        actor=actor,
        field=against.field,
        expected=against.expected,
        actual=against.actual,
    )
    record = desk.governed.record
    with record.exclusive():
        state = record.state()
        newest = record.event_at(state.size - 1) if state.size else None
        if state.leaf is not None and isinstance(newest, AuthorityRefused) and replace(newest, at=event.at) == event:
            return Recorded(seq=state.size - 1, leaf=state.leaf, event=newest)
        return record.tell(event)


def sign_off_now(desk: Desk, considered: Considered) -> Recorded | None:
    """Record the sign-off of the newest audit, with or without AEM; None when it is signed off already."""
    record = desk.governed.record
    with record.exclusive():
        state = record.state()
        signed, work = state.authority.signed, considered.work
        if signed is not None and signed.entry == work.seq:
            return None
        audit = record.event_at(work.seq)
        assert isinstance(audit, AuditRecorded)
        return record.tell(sign_off(audit, work.seq, desk.envelope()))


def authorize(desk: Desk, considered: Considered, actor: str, means: Means, file: TokenFile | None = None) -> Recorded | Disagreement:
    """Record an authorization by somebody at the keyboard (T0), or what keeps it from being one. Nothing follows from it here.

    The tree may change between the question and the answer: the authorization is about the audited one, whatever lies there now.
    """
    record = desk.governed.record
    with record.exclusive():
        against = considered.against or _moved(considered, record.state()) or _too_weak(desk, considered)
        if against is not None:
            return against
        open_one = record.state().authority.grant_of(considered.work.seq)
        if open_one is not None:
            return Disagreement("authorization", "none yet", f"one that was given in entry {open_one.seq} and is not used yet")
        return record.tell(replace(granted(considered.work, at=desk.clock.now(), actor=actor, means=means), file=file))


def authorize_alone(desk: Desk, considered: Considered) -> Recorded | Disagreement | None:
    """Record the authorization that the directive gives in advance (contract §10.4, Auto-authorize), or what keeps it from that.

    None: it is given and not used yet, because the commit failed then. A standing grant is not used up twice for one tree.
    """
    record = desk.governed.record
    with record.exclusive():
        state = record.state()
        against = considered.against or _moved(considered, state) or _not_automatic(considered)
        if against is not None:
            return against
        given = state.authority.grant_of(considered.work.seq)
        if given is not None and given.auto:
            return None
        rules = AutoRules(tier=wanted_tier(desk.settings, considered.facts, AUTHORIZED), at=desk.clock.now())
        standing = standing_of(state, considered.work, considered.facts, rules) if rules.tier else None
        if rules.tier and standing is None:
            wanted = f"a standing grant of tier T{rules.tier} for {considered.subject}"
            return Disagreement("tier", wanted, "none that holds for this directive and phase")
        return record.tell(granted_alone(considered.work, rules.at, standing))


def authorize_signed(
    desk: Desk, considered: Considered, signed: SignedRequest, rules: AuthorityRules, verify: Verify, file: TokenFile | None = None
) -> Recorded | Disagreement:
    """Record an authorization that people signed (T1 to T3), or what keeps it from being one. Its nonce is used up
    with the record of it, before anybody acts."""
    record = desk.governed.record
    with record.exclusive():
        state = record.state()
        against = considered.against or _moved(considered, state)
        if against is not None:
            return against
        expected = request_about(considered.work, repository_name(desk.governed))
        at, used = desk.clock.now(), state.authority.nonces
        answer = judge_signed(signed, expected, raised(rules, considered.facts), verify, used, at)
        if isinstance(answer, Disagreement):
            return answer
        word = granted(considered.work, at=at, actor="", means=Means.SIGNATURE, tier=answer.tier)
        request = answer.request
        return record.tell(replace(word, principals=answer.principals, nonce=request.nonce, expires=request.expires, file=file))


def stand(
    desk: Desk, signed: SignedRequest, asked: authority_request.Wanted, rules: AuthorityRules, verify: Verify
) -> Recorded | Disagreement:
    """Record a standing grant for Auto-authorize, or what keeps it from being one (ledger.md section 2, Standing grant)."""
    record = desk.governed.record
    with record.exclusive():
        used, at = record.state().authority.nonces, desk.clock.now()
        answer = judge_signed(signed, asked, rules, verify, used, at)
        if isinstance(answer, Disagreement):
            return answer
        terms = dict(answer.request.extra)
        event = StandingGranted(
            at=at,
            directive=Digest(terms["directive"]),
            phases=tuple(terms["phases"].split(",")),
            uses=int(terms["uses"]),
            expires=answer.request.expires,
            actor="",
            tier=answer.tier,
            principals=answer.principals,
            nonce=answer.request.nonce,
        )
        return record.tell(event)


def _moved(considered: Considered, state: RecordState) -> Disagreement | None:
    """Return that another audit was recorded since the facts were captured."""
    now, then = state.work, considered.state.work
    if now == then and state.authority.closed == considered.state.authority.closed:
        return None
    return Disagreement("entry", f"entry {then.seq if then else 'none'}", f"entry {now.seq if now else 'none'}, recorded meanwhile")


def _too_weak(desk: Desk, considered: Considered) -> Disagreement | None:
    wanted = wanted_tier(desk.settings, considered.facts, AUTHORIZED)
    return Disagreement("tier", f"T{wanted}: a signature over the request", "T0: a word at the keyboard") if wanted else None


def _not_automatic(considered: Considered) -> Disagreement | None:
    work, stopped = considered.work, blocked_phases(considered.state)
    if stopped:
        return Disagreement("phase", "no phase that is blocked", blocked(stopped[0]))
    if not work.aem:
        return Disagreement("directive", "AEM: enabled", "AEM is off")
    if not work.auto:
        return Disagreement("directive", "Auto-authorize: enabled", "it was not when this tree was audited")
    if not considered.facts.auto_authorize:
        return Disagreement("directive", "Auto-authorize: enabled in the last authorized commit too", "it is new in this cycle, or off")
    return None


def unblock(desk: Desk, phase: Phase | None, actor: str, reason: str) -> tuple[Recorded, Recorded | None]:
    """Let a blocked phase go on by the operator's word, and sign off what passed meanwhile (C-06). Raises UsageError: it is not blocked."""
    record = desk.governed.record
    with record.exclusive():
        state = record.state()
        wanted = phase or (state.work.phase if state.work else None)
        if wanted is None or not state.is_blocked(wanted):
            named = blocked_phases(state)
            told = f"blocked: {', '.join(named)}" if named else "no phase is"
            said = f"{wanted} is not blocked; {told}" if wanted else "no phase is blocked"
            raise UsageError(said, "forgewatch status says where the phase stands")
        recorded = record.tell(PhaseUnblocked(at=desk.clock.now(), phase=wanted, actor=actor, reason=reason))
        return recorded, sign_off_if_due(record, desk.envelope())


def dispute(desk: Desk, entry: int, codes: Collection[CheckCode], actor: str, reason: str) -> Recorded:
    """Record that somebody holds a FAIL to be wrong (contract §10.5). Raises UsageError when that entry failed for no such check."""
    record = desk.governed.record
    with record.exclusive():
        summary = record.state().entries.get(entry)
        if summary is None or not summary.failed:
            raise UsageError(f"entry {entry} is no audit that failed", "forgewatch ledger show lists them")
        wrong = [code for code in codes if code not in summary.failed]
        if wrong:
            raise UsageError(f"entry {entry} did not fail for {', '.join(wrong)}", f"it failed for {', '.join(summary.failed)}")
        return record.tell(
            AuditDisputed(
                at=desk.clock.now(),
                entry=entry,
                leaf=summary.leaf,
                phase=summary.phase,
                codes=tuple(codes) or summary.failed,
                actor=actor,
                reason=reason,
            )
        )


def tell_push(desk: Desk, commit: CommitId, remote: str, ref: str, why: str = "") -> Recorded:
    """Record that an authorized commit was pushed, or why it could not be."""
    return desk.governed.record.tell(CommitPushed(at=desk.clock.now(), commit=commit, remote=remote, ref=ref, why=why))


def is_last(considered: Considered) -> bool:
    """True when the plan has no phase after this one (contract §10.4: "All phases complete.")."""
    return bool(considered.facts.final) and phase_number(considered.work.phase) == considered.facts.final
