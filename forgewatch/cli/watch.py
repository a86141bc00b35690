"""`watch`: the daemon in the foreground."""

from __future__ import annotations

import os
from argparse import Namespace

from forgewatch.app.auditing import Governed
from forgewatch.cli import render, screen
from forgewatch.cli.results import audit_of
from forgewatch.core.codes import DOCS
from forgewatch.core.events import Recorded
from forgewatch.core.result_line import result_line
from forgewatch.wiring.daemon import run_daemon


def run(args: Namespace) -> int:
    """Watch until told to stop. Returns the daemon's exit status; a second instance says who runs and gives 0."""
    return run_daemon([os.path.abspath(path) for path in args.paths], args.config, announce)


def announce(governed: Governed, recorded: Recorded) -> None:
    """Show a result on standard output: the contract's block for who watches the terminal (contract §10.2), and its one line.

    Below a service manager the line alone: its journal is read line by line.
    """
    if not os.environ.get("INVOCATION_ID"):
        screen.show(render.audit_text(audit_of(recorded), DOCS, governed.places, f"Entry: {recorded.seq} {recorded.leaf}"))
    screen.show(result_line(recorded, governed.root))
