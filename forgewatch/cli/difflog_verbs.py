"""`difflog start|finish|check|finalize`: each verb loads what it needs. What only reads the log loads neither journal nor git."""

from __future__ import annotations

from argparse import Namespace

from forgewatch.cli import places
from forgewatch.cli.commands import load


def run(args: Namespace) -> int:
    """Do the verb. Raises UsageError, and EnvironmentFault when the log cannot be written or the repository not be looked at."""
    writes = args.verb in ("start", "finish")
    done: int = load("forgewatch.cli.difflog" if writes else "forgewatch.cli.difflog_check").run(places.repository(args), args)
    return done
