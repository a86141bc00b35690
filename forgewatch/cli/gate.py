"""`gate read|evidence`: what has to be there before work begins (contract §1, §2)."""

from __future__ import annotations

from argparse import Namespace

from forgewatch.cli import places
from forgewatch.cli.commands import load


def run(args: Namespace) -> int:
    """Do the verb. Returns 0 for an open gate, 1 for one that is shut. Raises UsageError, EnvironmentFault, TamperDetected."""
    args.path = args.path or args.place
    if args.verb == "evidence":
        judged: int = load("forgewatch.cli.gate_evidence").run(args)
        return judged
    read: int = load("forgewatch.cli.gate_read").run(places.repository(args), args)
    return read
