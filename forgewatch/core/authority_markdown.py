"""The ledger's notes about authority (ledger.md section 2). Pure, like all rendering of the ledger; strings of others pass `escape`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from forgewatch.core.amendments import assurance_line, given_by
from forgewatch.core.approval import phase_slug
from forgewatch.core.authority_events import (
    AuditDisputed,
    AuthorityEvent,
    AuthorityRefused,
    AuthorizationGranted,
    CommitPushed,
    CommitUnaudited,
    HaltBroken,
    PhaseUnblocked,
    StandingGranted,
)
from forgewatch.core.text import counted, escape
from forgewatch.core.verdict import StopReason

Note = tuple[str, str, Sequence[str]]
"""Title, time, and the lines below."""


def authority_note(event: AuthorityEvent) -> Note:
    """Return what the ledger says of an event of authority."""
    match event:
        case AuthorizationGranted():
            return _granted(event)
        case AuthorityRefused(action=action, subject=subject):
            facts = (
                *_by(event.actor),
                f"Field: {escape(event.field)}",
                f"Expected: {escape(event.expected)}",
                f"Found: {escape(event.actual)}",
            )
            return f"authority refused — {escape(action)} for {escape(subject)}", event.at, facts
        case StandingGranted():
            return _standing(event)
        case CommitUnaudited():
            return _unaudited(event)
        case HaltBroken(entry=entry, how=how, detail=detail):
            facts = (f"Signed off: entry {entry}, awaiting AUTHORIZED", f"Detail: {escape(detail)}")
            return f"halt broken — {escape(how)}", event.at, facts
        case PhaseUnblocked(phase=phase, actor=actor, reason=reason):
            return f"phase unblocked — {escape(phase)}", event.at, (*_by(actor), f"Reason: {escape(reason)}")
        case AuditDisputed():
            facts = (
                f"STOP: {StopReason.CONTRACT_CONFLICT}",
                f"Disputed: entry {event.entry} {event.leaf}, {', '.join(map(escape, event.codes))}",
                *_by(event.actor),
                f"Reason: {escape(event.reason)}",
                "Effect: none on the verdict, a human has to look",
            )
            return f"audit disputed — {escape(event.phase)}", event.at, facts
        case CommitPushed(commit=commit, remote=remote, ref=ref, why=why):
            done = "could not be pushed" if why else "pushed"
            facts = (f"Commit: {commit}", f"Remote: {escape(remote)} {escape(ref)}", *([f"Why: {escape(why)}"] if why else []))
            return f"commit {done}", event.at, facts
        case other:
            assert_never(other)


def _granted(event: AuthorizationGranted) -> Note:
    facts = [
        f"Authorizes: entry {event.entry} {event.leaf}",
        f"Tree: {event.tree}",
        f"On commit: {event.head or 'none, as the first one'}",
        f"Given by: {given_by(event)}",
        assurance_line(event.tier, event.principals),
        *([f"File: {escape(event.file.path)} {event.file.digest}"] if event.file else []),
        *([f"Nonce: {escape(event.nonce)}"] if event.nonce else []),
        *([f"Expires: {escape(event.expires)}"] if event.expires else []),
        *([f"Standing grant: entry {event.standing}"] if event.standing is not None else []),
    ]
    word = "AUTO-AUTHORIZED" if event.auto else "AUTHORIZED"
    return f"authorization granted — {word} for {phase_slug(event.phase)}", event.at, facts


def _standing(event: StandingGranted) -> Note:
    facts = (
        f"Phases: {', '.join(map(escape, event.phases))}",
        f"Uses: {event.uses}",
        f"Directive: {event.directive}",
        f"Expires: {escape(event.expires)}",
        *_by(event.actor),
        assurance_line(event.tier, event.principals),
        f"Nonce: {escape(event.nonce)}",
    )
    return "standing grant given — Auto-authorize", event.at, facts


def _unaudited(event: CommitUnaudited) -> Note:
    rest = event.count - len(event.commits)
    facts = (
        f"HEAD: {event.head}",
        f"Anchor: {event.anchor or 'none'}",
        f"Commits: {', '.join(event.commits)}" + (f" and {rest} more" if rest > 0 else ""),
        f"Why: {escape(event.why)}",
        *([f"Halted: entry {event.halted} awaits AUTHORIZED"] if event.halted is not None else []),
    )
    return f"unaudited — {counted(event.count, 'commit')} that nobody authorized", event.at, facts


def _by(actor: str) -> tuple[str, ...]:
    return (f"Actor: {escape(actor)}",) if actor else ()
