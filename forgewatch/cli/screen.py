"""Standard output and standard error: the only two places where text leaves a command. Light: `status` and `--version` use it."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Mapping
from typing import TextIO

_OURS = re.compile(r"(\x1b\[(?:0|3[1-5])m)")
COLOURS = {"PASS": "32", "WARN": "33", "FAIL": "31", "ERROR": "35"}


def show(text: str) -> None:
    """Write a result to stdout, ending in a line end, and flush: a reader behind a pipe sees it now."""
    _write(sys.stdout, text)


def show_json(value: Mapping[str, object]) -> None:
    """Write one JSON document to stdout on one line, ASCII only, so that no builder string can move a cursor."""
    _write(sys.stdout, json.dumps(value, separators=(", ", ": ")))


def note(text: str) -> None:
    """Write a remark to stderr."""
    _write(sys.stderr, text)


def complain(message: str, hint: str = "") -> None:
    """Write an error as one line and, when there is one, its hint as another."""
    _write(sys.stderr, f"forgewatch: {message}" + (f"\n  hint: {hint}" if hint else ""))


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


def confirmed(question: str) -> bool:
    """Ask on the terminal; only `yes` is yes."""
    _write(sys.stderr, f"{question} Type 'yes' to go on.")
    return sys.stdin.readline().strip() == "yes"


def _write(stream: TextIO, text: str) -> None:
    encoded = _harmless(text).encode("utf-8") + (b"" if text.endswith("\n") else b"\n")
    stream.flush()
    stream.buffer.write(encoded)
    stream.buffer.flush()


def _harmless(text: str) -> str:
    # Builder strings are escaped where they enter a text. This is the last door: a folder's name in an error message must not
    # move a cursor either. Colours of ours stay.
    parts = _OURS.split(text)
    return "".join(part if number % 2 else "".join(map(_visible, part)) for number, part in enumerate(parts))


def _visible(char: str) -> str:
    return char if char.isprintable() or char == "\n" else char.encode("unicode_escape").decode("ascii")
