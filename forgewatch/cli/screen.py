"""Standard output and standard error: the only two places where text leaves a command. Light: `status` and `--version` use it.

A result that cannot be written raises `OutputLost`; a remark or an error that cannot be is dropped, there is nobody left to tell.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import TextIO

from forgewatch.core.errors import ForgewatchError
from forgewatch.core.text import PATH_LIMIT, escape

_OURS = re.compile(r"(\x1b\[(?:0|3[1-5])m)")
KEPT = "what was recorded stays recorded; forgewatch tail shows it"
"""The hint for who recorded something and could not show it."""

COLOURS = {"PASS": "32", "WARN": "33", "FAIL": "31", "ERROR": "35"}


class OutputLost(ForgewatchError):
    """A result could not be written to standard output."""


class ReaderGone(OutputLost):
    """Nobody reads standard output any more: `head`, a closed terminal."""


def show(text: str, kept: str = "") -> None:
    """Write a result to stdout, ending in a line end: a reader behind a pipe sees it now. Raises OutputLost, with `kept` as its hint."""
    with _lost_output(kept):
        _write(sys.stdout, text)


def show_json(value: Mapping[str, object], kept: str = "") -> None:
    """Write one JSON document to stdout on one line, ASCII only, so that no builder string can move a cursor. Raises as `show` does."""
    show(json.dumps(value, separators=(", ", ": ")), kept)


def note(text: str) -> None:
    """Write a remark to stderr."""
    with contextlib.suppress(OSError):
        _write(sys.stderr, text)


def unsealed(why: str) -> None:
    """Remark on stderr that no checkpoint vouches for what was just recorded, where `why` is not empty."""
    if why:
        note(f"note: what was recorded is durable and signed, and has no checkpoint yet: {escape(why, PATH_LIMIT)}")


def complain(message: str, hint: str = "") -> None:
    """Write an error as one line and, when there is one, its hint as another. Both are raw: what somebody named stands in them."""
    note(f"forgewatch: {escape(message, PATH_LIMIT)}" + (f"\n  hint: {escape(hint, PATH_LIMIT)}" if hint else ""))


def coloured() -> bool:
    """True when stdout is a terminal that wants colour (`NO_COLOR` unset, `TERM` not dumb)."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def paint(word: str, text: str | None = None) -> str:
    """Return `text` (default: the word) in the colour of the verdict `word`, plain where colour is not wanted."""
    shown = word if text is None else text
    colour = COLOURS.get(word)
    return f"\x1b[{colour}m{shown}\x1b[0m" if colour and coloured() else shown


def on_a_terminal() -> bool:
    """True when a person sits in front of both stdin and stdout."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def result_is_read() -> bool:
    """True when stdout is a terminal: whoever looks at the result looks at what stands on stderr too."""
    return sys.stdout.isatty()


def may_rewrite() -> bool:
    """True when stderr is a terminal that can erase a line."""
    return sys.stderr.isatty() and os.environ.get("TERM", "dumb") != "dumb"


def columns() -> int:
    """Return how wide the terminal behind stderr is now; 80 where it does not tell."""
    try:
        return os.get_terminal_size(sys.stderr.fileno()).columns or 80
    except OSError:
        return 80


def size() -> tuple[int, int]:
    """Return columns and rows of the terminal behind stdout now; 80 by 24 where it does not tell."""
    try:
        columns, rows = os.get_terminal_size(sys.stdout.fileno())
    except OSError:
        return 80, 24
    return columns or 80, rows or 24


def may_move() -> bool:
    """True when stdout is a terminal on which text may be drawn over what is there."""
    return sys.stdout.isatty() and os.environ.get("TERM", "dumb") != "dumb"


def redraw(rows: Sequence[str]) -> None:
    """Draw lines of ours from the upper left corner over what the terminal shows, and erase the rest. Raises OutputLost."""
    drawn = "".join(f"{_harmless(row)}\x1b[K\n" for row in rows)
    with _lost_output():
        _write_raw(sys.stdout, f"\x1b[H{drawn}\x1b[J".encode())


def rewrite(text: str) -> None:
    """Write one line of ours, narrower than the terminal, over the last such line of stderr; an empty one erases it."""
    with contextlib.suppress(OSError):
        os.write(sys.stderr.fileno(), f"\r{_harmless(text)}\x1b[K".encode())


def confirmed(question: str) -> bool:
    """Ask on the terminal; only `yes` is yes."""
    note(f"{question} Type 'yes' to go on.")
    return sys.stdin.readline().strip() == "yes"


def answered(question: str) -> str:
    """Ask on the terminal and return what was typed, without the white space around it."""
    note(question)
    return sys.stdin.readline().strip()


def flush() -> None:
    """Write what others (argparse) left in the buffer of stdout. Raises OutputLost."""
    with _lost_output():
        sys.stdout.flush()


def settle() -> None:
    """Give up what a stream cannot take: the interpreter flushes both when it exits, and would turn our exit status into 120."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


@contextlib.contextmanager
def _lost_output(kept: str = "") -> Iterator[None]:
    try:
        yield
    except BrokenPipeError as error:
        raise ReaderGone("nobody reads standard output any more") from error
    except OSError as error:
        raise OutputLost(f"standard output cannot be written: {error.strerror}", kept) from error


def _write(stream: TextIO, text: str) -> None:
    _write_raw(stream, _harmless(text).encode("utf-8") + (b"" if text.endswith("\n") else b"\n"))


def _write_raw(stream: TextIO, left: bytes) -> None:
    stream.flush()
    # Past the buffer: what could not be written must not stay there, to be written again with the next text.
    while left:
        try:
            left = left[os.write(stream.fileno(), left) :]
        except BlockingIOError:
            # A pipe that its maker set not to block. A result is waited for, not cut.
            os.set_blocking(stream.fileno(), True)


def _harmless(text: str) -> str:
    # Builder strings are escaped where they enter a text. This is the last door: a folder's name in an error message must not
    # move a cursor either. Colours of ours stay.
    parts = _OURS.split(text)
    return "".join(part if number % 2 else "".join(map(_visible, part)) for number, part in enumerate(parts))


def _visible(char: str) -> str:
    return char if char.isprintable() or char == "\n" else char.encode("unicode_escape").decode("ascii")
