"""`dispute`: say that a FAIL is wrong. It changes no verdict; a human has to look (contract §10.5)."""

from __future__ import annotations

from argparse import Namespace

from forgewatch.cli import operator, places
from forgewatch.cli.bureau import opened
from forgewatch.core.authority_events import AuditDisputed
from forgewatch.core.verdict import CheckCode

SCHEMA = "forgewatch/dispute/v1"


def run(args: Namespace) -> int:
    """Record the dispute. Raises UsageError when that entry failed for no such check."""
    root = places.repository(args)
    codes = tuple(CheckCode(code) for code in args.check)
    with opened(root, args.config) as bureau:
        actor = operator.actor(args)
        recorded = bureau.dispute(args.entry, codes, actor, args.reason)
    checks = list(recorded.event.codes) if isinstance(recorded.event, AuditDisputed) else []
    facts = {"schema": SCHEMA, "disputed": args.entry, "checks": checks, "actor": actor, "reason": args.reason}
    return operator.tell(args, root, "STOP: CONTRACT_CONFLICT. Disputed: the verdict stands until a human decides", recorded, facts)
