"""`watch`: the daemon in the foreground; each result is shown on stdout once it is recorded (contract §10.2, 2 and 3)."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from dataclasses import dataclass

from forgewatch.app.auditing import Governed
from forgewatch.cli import screen
from forgewatch.cli.results import result_text
from forgewatch.core.events import Recorded
from forgewatch.core.result_line import result_line
from forgewatch.wiring.daemon import run_daemon


def run(args: Namespace) -> int:
    """Watch until told to stop. Returns the daemon's exit status; a second instance says who runs and gives 0."""
    return run_daemon([os.path.abspath(path) for path in args.paths], args.config, Terminal().show)


@dataclass(slots=True)
class Terminal:
    """Where the watcher shows its results. One that cannot take them any more loses them: log and record have them."""

    lost: bool = False

    def show(self, governed: Governed, recorded: Recorded) -> str:
        """Print the result; return why it could not be shown, the first time, else nothing."""
        try:
            screen.show(_text(governed, recorded))
        except screen.OutputLost as error:
            known, self.lost = self.lost, True
            return "" if known else str(error)
        self.lost = False
        return ""


def _text(governed: Governed, recorded: Recorded) -> str:
    line, block = result_line(recorded, governed.root), result_text(recorded, governed.places)
    if sys.stdout.isatty():
        # A terminal may have inherited the variables of the service that it was started by.
        return f"{block}\n{line}"
    # One line where a service manager keeps the output, for it has the log beside it.
    return line if os.environ.get("NOTIFY_SOCKET") or os.environ.get("INVOCATION_ID") else block
