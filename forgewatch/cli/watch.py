"""`watch`: the daemon in the foreground; each result is shown on stdout once it is recorded (contract §10.2, 2 and 3)."""

from __future__ import annotations

import os
from argparse import Namespace

from forgewatch.app.auditing import Governed
from forgewatch.cli import screen
from forgewatch.cli.results import show_result
from forgewatch.core.events import Recorded
from forgewatch.core.result_line import result_line
from forgewatch.wiring.daemon import run_daemon


def run(args: Namespace) -> int:
    """Watch until told to stop. Returns the daemon's exit status; a second instance says who runs and gives 0."""
    return run_daemon([os.path.abspath(path) for path in args.paths], args.config, show)


def show(governed: Governed, recorded: Recorded) -> None:
    """Print the result block; one line where a service manager keeps the output, for it has the log beside it."""
    if os.environ.get("NOTIFY_SOCKET") or os.environ.get("INVOCATION_ID"):
        screen.show(result_line(recorded, governed.root))
    else:
        show_result(recorded, governed.root, governed.places, "text")
