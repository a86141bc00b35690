"""Where every command begins and every expected failure ends: the one boundary of errors.

Exit status: what the command says (`cli.md`), 2 for what forgewatch cannot do, 130 when interrupted, 70 for a bug in forgewatch.
"""

from __future__ import annotations

import os
import sys

_STARTED = __name__ == "__main__" or os.path.basename(sys.argv[0]) == "forgewatch"
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
        return commands.run(sys.argv[1:] if argv is None else argv)
    except ForgewatchError as error:
        screen.complain(str(error), error.hint)
        return error.exit_status
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # The reader (`head`, a closed terminal) is gone. Without this the interpreter complains about stdout while it exits.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE


def report_bug(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Say that this is a bug of ours, with the trace, and leave with status 70. Installed as `sys.excepthook`."""
    sys.__excepthook__(kind, error, trace)
    screen.complain(f"this is a bug in forgewatch: {kind.__name__}: {error}", "please report it with the lines above")
    raise SystemExit(BUG)


if __name__ == "__main__":
    sys.exit(main())
