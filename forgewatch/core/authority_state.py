"""What the record knows of authority, folded event by event: what is signed off, may be committed, was used up (ledger.md section 2).

Pure and cheap per event, like the rest of the record's state, of which it is a part.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from forgewatch.core.authority_events import (
    AuthorityEvent,
    AuthorizationGranted,
    CommitUnaudited,
    HaltBroken,
    Means,
    StandingGranted,
)
from forgewatch.core.values import CommitId, Digest, Phase


@dataclass(frozen=True, slots=True)
class SignedOff:
    """The audit entry that was signed off and waits for AUTHORIZED: work is halted (contract §10.4). `broken`: what went on meanwhile and
    is recorded."""

    entry: int
    phase: Phase
    tree: Digest
    broken: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """An authorization that is not used yet: the tree of `entry` may be committed on `head`. `seq` is its own place in the journal."""

    seq: int
    entry: int
    tree: Digest
    head: CommitId | None
    auto: bool
    tier: int
    actor: str
    means: Means
    principals: tuple[str, ...]
    expires: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A standing grant that still holds for `uses` more commits."""

    seq: int
    directive: Digest
    phases: tuple[str, ...]
    uses: int
    expires: str
    tier: int
    principals: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorityState:
    """`work` is the newest audit entry about the cycle's own change, `closed` the newest one whose tree was committed with authority.
    `nonces` of signed requests are used up, in the order they were; `noted` are heads that are recorded as unaudited."""

    work: int | None = None
    closed: int | None = None
    signed: SignedOff | None = None
    grants: tuple[Grant, ...] = ()
    standing: tuple[Standing, ...] = ()
    nonces: tuple[str, ...] = ()
    noted: tuple[CommitId, ...] = ()

    def grant_of(self, entry: int) -> Grant | None:
        """Return the authorization of an audit entry that is not used yet, the newest one."""
        return next((grant for grant in reversed(self.grants) if grant.entry == entry), None)


def after_authority(state: AuthorityState, event: AuthorityEvent, seq: int) -> AuthorityState:
    """Return the state after one more event of authority at place `seq`."""
    match event:
        case AuthorizationGranted():
            return _after_grant(state, event, seq)
        case StandingGranted(uses=uses) if uses < 1:
            return _used(state, event.nonce)
        case StandingGranted():
            given = Standing(
                seq=seq,
                directive=event.directive,
                phases=event.phases,
                uses=event.uses,
                expires=event.expires,
                tier=event.tier,
                principals=event.principals,
            )
            return _used(replace(state, standing=(*state.standing, given)), event.nonce)
        case CommitUnaudited(head=head):
            return replace(state, noted=(*state.noted, head))
        case HaltBroken(how=how, detail=detail) if state.signed is not None:
            return replace(state, signed=replace(state.signed, broken=(*state.signed.broken, f"{how}: {detail}")))
        case _:
            return state


def after_work(state: AuthorityState, seq: int, *, failed: bool) -> AuthorityState:
    """Return the state after one more audit of the cycle's own change: it takes the place of what was signed off, and a FAIL voids every
    standing grant. An authorization that was given stands: it is about a tree and a commit, whatever comes in between."""
    return replace(state, work=seq, signed=None, standing=() if failed else state.standing)


def after_commit(state: AuthorityState, entry: int) -> AuthorityState:
    """Return the state after the tree of `entry` was committed with authority: what was given for it is used up."""
    return replace(state, closed=entry, signed=None, grants=tuple(grant for grant in state.grants if grant.entry > entry))


def after_word(state: AuthorityState) -> AuthorityState:
    """Return the state after the operator adopted a commit: nothing waits for authority any more, and nothing that was given holds."""
    return replace(state, signed=None, grants=(), standing=(), work=None)


def _after_grant(state: AuthorityState, granted: AuthorizationGranted, seq: int) -> AuthorityState:
    grant = Grant(
        seq=seq,
        entry=granted.entry,
        tree=granted.tree,
        head=granted.head,
        auto=granted.auto,
        tier=granted.tier,
        actor=granted.actor,
        means=granted.means,
        principals=granted.principals,
        expires=granted.expires,
    )
    left = tuple(
        replace(one, uses=one.uses - 1) if one.seq == granted.standing else one
        for one in state.standing
        if not (one.seq == granted.standing and one.uses <= 1)
    )
    return _used(replace(state, grants=(*state.grants, grant), standing=left), granted.nonce)


def _used(state: AuthorityState, nonce: str) -> AuthorityState:
    return replace(state, nonces=(*state.nonces, nonce)) if nonce else state
