"""`watch`: the daemon in the foreground; each result is shown on stdout once it is recorded (contract §10.2, 2 and 3).

A terminal also gets, when the daemon has started, what is known of each repository, and below each block the fix plan in lines that fit.
"""

from __future__ import annotations

import contextlib
import os
import sys
from argparse import Namespace
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from forgewatch import __version__
from forgewatch.adapters.governed_root import governed_root
from forgewatch.adapters.journal_glance import newest_by_kind
from forgewatch.adapters.state_folder import find_folder
from forgewatch.app.auditing import Governed
from forgewatch.cli import places, screen
from forgewatch.cli.frame import wrapped
from forgewatch.cli.overview import audit_of_event, known_lines
from forgewatch.cli.render import END
from forgewatch.cli.results import audit_of, result_text
from forgewatch.core.errors import ForgewatchError
from forgewatch.core.events import Recorded
from forgewatch.core.result_line import result_line
from forgewatch.core.text import PATH_LIMIT, escape
from forgewatch.wiring.daemon import run_daemon
from forgewatch.wiring.detached import have_watched

_LISTED = 20


def run(args: Namespace) -> int:
    """Watch until told to stop. Returns the daemon's exit status; a second instance says who runs and gives 0. With `--detach` a process
    of its own does it, where none does yet, and 0 is returned once it watches."""
    if args.detach:
        return _detach(args)
    terminal = Terminal()
    return run_daemon([os.path.abspath(path) for path in args.paths], args.config, terminal.show, terminal.begin)


def _detach(args: Namespace) -> int:
    for path in args.paths or [os.getcwd()]:
        root = governed_root(Path(path))
        watcher = have_watched(root, places.watcher_of(root, args.config))
        how = "was started" if watcher.started else "runs already"
        screen.show(f"{escape(str(root), PATH_LIMIT)}: a watcher {how} (PID {watcher.pid})")
    return 0


@dataclass(slots=True)
class Terminal:
    """Where the watcher shows its results. One that cannot take them any more loses them: log and record have them."""

    lost: bool = False

    def begin(self, roots: Sequence[str]) -> None:
        """Say on a terminal what is watched and what is known of it; whatever keeps that from being shown, the watcher goes on."""
        if screen.result_is_read():
            with contextlib.suppress(screen.OutputLost):
                screen.show("\n".join(row for line in _header(roots) for row in wrapped(line, screen.size()[0])))

    def show(self, governed: Governed, recorded: Recorded) -> str:
        """Print the result; return why it could not be shown, the first time, else nothing."""
        try:
            screen.show(_text(governed, recorded))
        except screen.OutputLost as error:
            known, self.lost = self.lost, True
            return "" if known else str(error)
        self.lost = False
        return ""


def _header(roots: Sequence[str]) -> Iterator[str]:
    noun = "repository" if len(roots) == 1 else "repositories"
    yield f"forgewatch {__version__} watches {len(roots)} {noun}; Ctrl-C ends it, forgewatch status --watch shows one at one look"
    for root in roots[:_LISTED]:
        yield from _known(root)
    if len(roots) > _LISTED:
        yield f"  and {len(roots) - _LISTED} more"


def _known(root: str) -> Iterator[str]:
    try:
        audit = audit_of_event(newest_by_kind(find_folder(Path(root), os.environ)).get("AuditRecorded"))
    except (ForgewatchError, KeyError, TypeError, AttributeError) as error:
        # A glance believes the shape of what it reads; whoever serves the repository has verified it.
        yield f"  {escape(root, PATH_LIMIT)}: what was recorded cannot be read: {escape(str(error))}"
        return
    yield from known_lines(root, audit)


def _text(governed: Governed, recorded: Recorded) -> str:
    line, block = result_line(recorded, governed.root), result_text(recorded, governed.places)
    if sys.stdout.isatty():
        # A terminal may have inherited the variables of the service that it was started by.
        outcome = audit_of(recorded).outcome
        return f"{_laid_out(block)}\n{line.replace(f' {outcome} ', f' {screen.paint(outcome)} ', 1)}"
    # One line where a service manager keeps the output, for it has the log beside it.
    return line if os.environ.get("NOTIFY_SOCKET") or os.environ.get("INVOCATION_ID") else block


def _laid_out(text: str) -> str:
    """Return the block as the contract has it, and what stands below it in lines that fit: it is read, and nobody parses it."""
    block, end, below = text.partition(END)
    columns = screen.size()[0]
    return block + end + "\n".join(row for line in below.split("\n") for row in _rows(line, columns))


def _rows(line: str, columns: int) -> Iterator[str]:
    if line.startswith("Entry: "):
        # Number and leaf are copied together: the terminal may wrap them, we do not.
        yield line
    else:
        yield from wrapped(screen.paint("FAIL", line) if line.startswith("STOP: ") else line, columns)
