"""Which lines of a changed file are new, and the text of a file whatever its bytes are (checks.md W1).

A line is new when the file held fewer equal lines before: moving lines about adds none. Linear in the size of both versions.
"""

from __future__ import annotations

import codecs
import re
from collections import Counter

_WIDE = ((codecs.BOM_UTF32_LE, "utf-32-le"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_UNPRINTABLE = re.compile(rb"[^\x20-\x7e\t\n]+")
_PEM_START = "-----BEGIN "
_PEM_END = "-----END "
_LONGEST_BLOCK = 200


def is_binary(raw: bytes) -> bool:
    """True for bytes with a NUL that no byte order mark explains."""
    return b"\0" in raw and _encoding(raw) == "utf-8"


def text_of(raw: bytes) -> str:
    """Return the text of a file: UTF-16 and UTF-32 by their mark or by their NULs, else UTF-8. Never raises.

    Of a binary file the runs of printable ASCII remain, divided by spaces.
    """
    encoding = _encoding(raw)
    if encoding != "utf-8":
        return raw.decode(encoding, "replace").removeprefix("\ufeff")
    if b"\0" in raw:
        return _UNPRINTABLE.sub(b" ", raw).decode("ascii")
    return raw.removeprefix(codecs.BOM_UTF8).decode("utf-8", "replace")


def _encoding(raw: bytes) -> str:
    for mark, encoding in _WIDE:
        if raw.startswith(mark):
            return encoding
    head = raw[:4096]
    for encoding, first in (("utf-16-le", 1), ("utf-16-be", 0)):
        nulls = head[first::2].count(0)
        others = head.count(0) - nulls
        if len(head) >= 8 and nulls >= 0.6 * (len(head) // 2) and others * 10 <= nulls:
            return encoding
    return "utf-8"


def added_lines(before: bytes | None, after: bytes) -> tuple[tuple[int, str], ...]:
    """Return (number in the new file from 1, text) of each new line, without line ends. `before` None: the file is new.

    CRLF and LF are the same. The lines of a key block come together: if one of them is new, all are returned, so that a key put into an
    old frame is seen as the key it is, and has the digest that it has as a new file.
    """
    lines = _split(text_of(after))
    if before is None:
        return tuple(enumerate(lines, 1))
    left = Counter(_split(text_of(before)))
    fresh: list[int] = []
    for index, line in enumerate(lines):
        if left[line] > 0:
            left[line] -= 1
        else:
            fresh.append(index)
    wanted = fresh if not any(_PEM_START in line for line in lines) else sorted({*fresh, *_frames(lines, set(fresh))})
    return tuple((index + 1, lines[index]) for index in wanted)


def _split(text: str) -> list[str]:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return lines[:-1] if lines and not lines[-1] else lines


def _frames(lines: list[str], fresh: set[int]) -> set[int]:
    """Return all lines of each key block in which a line is new: a block without its end goes to the last new line."""
    whole: set[int] = set()
    start = last = -1
    for index, line in enumerate(lines):
        if _PEM_START in line:
            start, last = index, -1
        inside = start >= 0 and index - start <= _LONGEST_BLOCK
        if inside and index in fresh:
            last = index
            whole.update(range(start, index + 1))
        if _PEM_END in line:
            whole.update(range(last, index + 1) if inside and last >= 0 else ())
            start = -1
    return whole
