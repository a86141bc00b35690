"""Where every command begins and every expected failure ends: the one boundary of errors.

Exit status: what the command says (`cli.md`), 2 for what forgewatch cannot do, 130 when interrupted, 70 for a bug in forgewatch, 141 when
nobody reads what a command prints. A standard stream that is closed when a command begins is /dev/null from then on.
"""

from __future__ import annotations

import os
import sys


def fill_standard_streams() -> None:
    """Open every standard stream that is closed on /dev/null: no file that is opened later gets its number, and a print into it."""
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        try:
            os.fstat(number)
        except OSError:
            # The lower ones are open by now, so the lowest free number is this one.
            null = os.open(os.devnull, os.O_RDWR)
            os.set_inheritable(null, True)
            setattr(sys, name, os.fdopen(null, mode, encoding="utf-8", closefd=False))


_STARTED = __name__ == "__main__" or os.path.basename(sys.argv[0]) == "forgewatch"
if _STARTED:
    fill_standard_streams()
if _STARTED and not sys.flags.isolated and not {"PYTHONPATH", "PYTHONHOME", "PYTHONUSERBASE"}.isdisjoint(os.environ):
    # PYTHONPATH may name the builder's folder, and its yaml.py would be ours from here on: begin again without the environment's word.
    os.execv(sys.executable, [sys.executable, "-I", "-m", "forgewatch", *sys.argv[1:]])

from collections.abc import Sequence
from types import TracebackType

from forgewatch.cli import commands, screen
from forgewatch.core.errors import ForgewatchError

INTERRUPTED = 130
BROKEN_PIPE = 141
BUG = 70


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status. Errors that have a class of ours become one line and a hint on stderr."""
    sys.excepthook = report_bug
    try:
        return _run(sys.argv[1:] if argv is None else argv)
    except (screen.ReaderGone, BrokenPipeError):
        return BROKEN_PIPE
    except ForgewatchError as error:
        screen.complain(str(error), error.hint)
        return error.exit_status
    except KeyboardInterrupt:
        return INTERRUPTED
    finally:
        screen.settle()


def _run(argv: Sequence[str]) -> int:
    try:
        return commands.run(argv)
    finally:
        # What argparse printed is still in the buffer: a fault of the stream belongs to this boundary, not to the interpreter's exit.
        screen.flush()


def report_bug(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Say that this is a bug of ours, with the trace, and leave with status 70. Installed as `sys.excepthook`."""
    sys.__excepthook__(kind, error, trace)
    screen.complain(f"this is a bug in forgewatch: {kind.__name__}: {error}", "please report it with the lines above")
    screen.settle()
    raise SystemExit(BUG)


if __name__ == "__main__":
    sys.exit(main())
