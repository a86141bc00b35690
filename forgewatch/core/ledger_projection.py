"""The Markdown ledger as a projection of the journal, and how the file in the repository compares with it (ledger.md, Recovery).

The projection is only ever extended, so its size and running digest say whether a file equals it without rendering it again.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from forgewatch.core.ledger_markdown import HEADER
from forgewatch.core.snapshot import LedgerCondition
from forgewatch.core.values import Absent, Content, Unreadable

BOM = b"\xef\xbb\xbf"
_EXCERPT = 60


@dataclass(frozen=True, slots=True)
class Projection:
    """What the ledger file must hold: `size` bytes with this digest. `ended` is True when they end with a line end."""

    size: int = 0
    ended: bool = True
    _running: Any = field(default_factory=hashlib.sha256, compare=False)

    @property
    def digest(self) -> str:
        """The SHA-256 of the bytes in hex."""
        return str(self._running.hexdigest())

    def grown(self, more: bytes) -> Projection:
        """Return the projection with these bytes at its end."""
        if not more:
            return self
        running = self._running.copy()
        running.update(more)
        return Projection(self.size + len(more), more.endswith(b"\n"), running)

    def due(self, block: bytes) -> bytes:
        """Return what must be written for a block: the header before the first one, a line end after foreign text without one."""
        if not block:
            return b""
        return (HEADER if not self.size else b"" if self.ended else b"\n") + block

    def is_start_of(self, found: bytes) -> bool:
        """True when the first `size` bytes of `found` are this projection."""
        return len(found) >= self.size and hashlib.sha256(memoryview(found)[: self.size]).hexdigest() == self.digest


@dataclass(frozen=True, slots=True)
class Equal:
    """The file holds the projection and nothing else."""


@dataclass(frozen=True, slots=True)
class Shortened:
    """The file is the first `size` bytes of the projection; `rest` is what it lacks."""

    size: int
    rest: bytes


@dataclass(frozen=True, slots=True)
class Extended:
    """After the projection come bytes that are not ours."""

    extra: bytes


@dataclass(frozen=True, slots=True)
class Deviating:
    """The file is missing, cannot be believed, or differs inside. `found` are its bytes when there are any."""

    detail: str
    found: bytes | None


Comparison = Equal | Shortened | Extended | Deviating


def compare(content: Content, projection: Projection, whole: Callable[[], bytes]) -> Comparison:
    """Say how the ledger file compares. `whole` renders the projection and is only asked when the file is not simply at least it."""
    if isinstance(content, Absent):
        return (
            Equal() if not projection.size else Deviating(f"the ledger is missing; the journal knows {projection.size} bytes of it", None)
        )
    if isinstance(content, Unreadable):
        return Deviating(f"the ledger cannot be read: {content.why}", None)
    if projection.is_start_of(content):
        extra = content[projection.size :]
        return Extended(extra) if extra else Equal()
    expected = whole()
    if expected.startswith(content):
        return Shortened(len(content), expected[len(content) :])
    return Deviating(describe_difference(expected, content), content)


def condition_of(compared: Comparison, projection: Projection) -> tuple[LedgerCondition, str]:
    """Return what W2 calls it, and the particulars."""
    match compared:
        case Equal():
            return LedgerCondition.INTACT if projection.size else LedgerCondition.NEW, ""
        case Shortened(size=size):
            return LedgerCondition.REPAIRED, f"ended after {size} of {projection.size} bytes"
        case Extended(extra=extra):
            return LedgerCondition.EXTENDED, f"{len(extra)} bytes after the last entry"
    return LedgerCondition.TAMPERED, compared.detail


def describe_difference(expected: bytes, found: bytes) -> str:
    """Name the deviation: a known rewrite of the whole file, or the first line that differs, with both sides, and whether it is only that
    text was deleted or put in."""
    start = first_difference(expected, found)
    return rewrite_of(expected, found) or line_difference(expected, found, start) + _done(expected, found, start)


def rewrite_of(expected: bytes, found: bytes) -> str:
    """Return how a file was written again that says the same, empty when it was not."""
    ended = _with_line_feeds(found)
    if _is_of_the_same_text(_with_line_feeds(expected), ended):
        # Text of before may have had either, or both.
        added = found.count(b"\r\n") > expected[: len(found)].count(b"\r\n")
        return f"its line endings were rewritten ({'LF to CRLF' if added else 'CRLF to LF'})"
    for name, undone in _rewrites(found):
        if undone != found and _is_of_the_same_text(expected, undone):
            return name
    return ""


def _with_line_feeds(text: bytes) -> bytes:
    return text.replace(b"\r\n", b"\n")


def _is_of_the_same_text(expected: bytes, found: bytes) -> bool:
    return expected.startswith(found) or found.startswith(expected)


def first_difference(expected: bytes, found: bytes) -> int:
    """Return the first place at which the two differ, the length of the shorter one when it is the beginning of the other."""
    return _longest(min(len(expected), len(found)), lambda size: expected[:size] == found[:size])


def line_difference(expected: bytes, found: bytes, start: int) -> str:
    """Return the number of the line in which `start` is, with both sides."""
    line = expected.count(b"\n", 0, start) + 1
    return f"line {line} differs: expected {_line_at(expected, start)!r}, found {_line_at(found, start)!r}"


def _longest(limit: int, holds: Callable[[int], bool]) -> int:
    """Return the largest size up to `limit` for which it holds; it holds for 0, and for all sizes below one for which it does."""
    least, most = 0, limit
    while least < most:
        middle = (least + most + 1) // 2
        least, most = (middle, most) if holds(middle) else (least, middle - 1)
    return least


def _done(expected: bytes, found: bytes, start: int) -> str:
    """Return what happened between what is equal up to `start` and at the end: bytes that are gone, or others in their place."""
    shorter = min(len(expected), len(found))
    end = _longest(shorter - start, lambda size: expected[len(expected) - size :] == found[len(found) - size :])
    gone, come = len(expected) - start - end, len(found) - start - end
    if not come:
        return f"; {gone} bytes were deleted {'there' if start else 'at the beginning'}"
    return "" if gone else f"; {come} bytes were put in there"


def _rewrites(found: bytes) -> tuple[tuple[str, bytes], ...]:
    return (
        ("a byte order mark was put in front of it", found.removeprefix(BOM)),
        ("its Unicode text was rewritten in another normal form", unicodedata.normalize("NFC", found.decode("utf-8", "replace")).encode()),
    )


def _line_at(text: bytes, place: int) -> str:
    start = text.rfind(b"\n", 0, place) + 1
    end = text.find(b"\n", place)
    line = text[start : end if end >= 0 else len(text)].decode("utf-8", "backslashreplace")
    return line if len(line) <= _EXCERPT else line[: _EXCERPT - 1] + "…"
