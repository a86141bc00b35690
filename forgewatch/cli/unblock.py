"""`unblock`: the operator looked at a phase that had used up its loops, and it may go on (contract §10.3; C-06)."""

from __future__ import annotations

from argparse import Namespace

from forgewatch.cli import operator, places
from forgewatch.cli.bureau import opened
from forgewatch.core.authority_events import PhaseUnblocked
from forgewatch.core.phase_words import parse_phase
from forgewatch.core.text import escape, recordable

SCHEMA = "forgewatch/unblock/v1"


def run(args: Namespace) -> int:
    """Record that the phase may go on. Raises UsageError: it is not blocked, or nobody consented."""
    root = places.repository(args)
    with opened(root, args.config) as bureau:
        phase = parse_phase(args.phase) if args.phase else None
        operator.ask(args, f"Let {phase or 'the blocked phase'} of {root} go on?")
        actor = operator.actor(args)
        recorded, signed = bureau.unblock(phase, actor, args.reason)
        told = f"; entry {signed.seq} signs off what passed meanwhile" if signed else ""
        event = recorded.event
        named = recordable(event.phase) if isinstance(event, PhaseUnblocked) else ""
        facts = {"schema": SCHEMA, "phase": named, "actor": actor, "reason": args.reason, "signed_off": signed.seq if signed else None}
        return operator.tell(args, root, f"unblocked {escape(named)}{escape(told)}", recorded, facts)
