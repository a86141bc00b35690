"""Arriving bytes cut into lines, and which of these are delimiters (contract §0.1, §0.2).

However the bytes arrive, the lines are the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

HEAD = 16 * 1024
"""Bytes of the longest delimiter line; a longer line is text, and is handed on in pieces."""

_BLANKS = b" \t\r\n"
OUTSIDE = re.compile(
    rb"^[ \t>*#`]{0,8}={3,8}[ \t]*(?:END[ \t]+)?(?:FILE\b|PLAN[ \t]*=|TASK[ \t]+DONE\b)[^\n]*\n?", re.MULTILINE | re.IGNORECASE
)
"""A line outside of blocks and plans that is a delimiter, or looks as if it was meant to be one: indented, in other letters, cut."""

IN_BLOCK = re.compile(rb"^=== (?:FILE:|END FILE)[^\n]*\n?", re.MULTILINE)
"""A line of a block that may be a delimiter which ends it."""

IN_PLAN = re.compile(rb"^(?:===|[ \t]{0,8}[0-9]{1,6}[.)][ \t])[^\n]*\n?", re.MULTILINE)
"""A line of a plan that may be a delimiter or an item of a list."""


@dataclass(frozen=True, slots=True)
class FileHeader:
    """`=== FILE: <path> ===`, with the path as it stands there, maybe empty. Bytes that are not UTF-8 are surrogate-escaped."""

    path: str


@dataclass(frozen=True, slots=True)
class DoneMark:
    """`=== TASK DONE: <N> ===`, with N as it stands there."""

    number: str


class Mark(Enum):
    """The delimiters that say nothing but what they are."""

    END_FILE = "=== END FILE ==="
    PLAN = "=== PLAN ==="
    END_PLAN = "=== END PLAN ==="


Delimiter = FileHeader | DoneMark | Mark

_MARKS = {mark.value.encode("ascii"): mark for mark in (Mark.END_FILE, Mark.PLAN, Mark.END_PLAN)}


def delimiter_of(line: bytes) -> Delimiter | None:
    """Return the delimiter that a line is, None for text. It begins at the left margin and has its line to itself but for blanks after it;
    the document has no other way to tell a delimiter from the content of a file."""
    if not line.startswith(b"===") or len(line) > HEAD:
        return None
    text = line.rstrip(_BLANKS)
    mark = _MARKS.get(text)
    if mark is not None:
        return mark
    if text.endswith(b"==="):
        if text.startswith(b"=== FILE:") and len(text) >= 12:
            return FileHeader(_decoded(text[9:-3]))
        if text.startswith(b"=== TASK DONE:") and len(text) >= 17:
            return DoneMark(_decoded(text[14:-3]))
    return None


def _decoded(raw: bytes) -> str:
    return raw.strip(b" \t").decode("utf-8", "surrogateescape")


class Lines:
    """Cuts bytes into stretches that begin where a line does. Keeps at most HEAD bytes of a line that has not ended."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._open = False

    def feed(self, chunk: bytes) -> Iterator[tuple[bytes, bool]]:
        """Yield (bytes, True where a line begins): one or several whole lines, or a piece of a line that is longer than HEAD. Exhaust it
        before feeding more."""
        if self._open:
            end = chunk.find(b"\n") + 1 or len(chunk)
            yield chunk[:end], False
            self._open = not chunk[:end].endswith(b"\n")
            chunk = chunk[end:]
        end = chunk.rfind(b"\n") + 1
        if end:
            yield bytes(self._held) + chunk[:end], True
            self._held.clear()
        self._held += chunk[end:]
        if len(self._held) > HEAD:
            yield bytes(self._held), True
            self._held.clear()
            self._open = True

    def close(self) -> Iterator[tuple[bytes, bool]]:
        """Yield the last line when it has no end."""
        if self._held:
            yield bytes(self._held), True
