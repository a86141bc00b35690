"""Laying text out on a terminal: lines that break between words, and a frame that fits. Pure; colours of ours take no room.

A word that is wider than the terminal stays in one piece: the terminal wraps it, and who copies a path gets the whole of it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence

_COLOUR = re.compile(r"\x1b\[\d{1,2}m")
_LABEL = re.compile(r"[^\s:][^:]{0,15}: {2,}")
_NARROW = 48
"""Columns below which a label gets no column of its own."""


def width(text: str) -> int:
    """Return how many columns a text takes."""
    plain = _COLOUR.sub("", text)
    return len(plain) if plain.isascii() else sum(map(columns_of, plain))


def columns_of(char: str) -> int:
    """Return how many columns a character takes: wide ones two, combining ones none."""
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def wrapped(line: str, columns: int) -> Iterator[str]:
    """Yield a line as lines of at most `columns` columns, broken at blanks; what follows stands below what the first one begins with."""
    if width(line) <= columns:
        yield line
        return
    lead = line[: len(line) - len(line.lstrip(" "))]
    lead += "- " if line.startswith(f"{lead}- ") else ""
    label = _LABEL.match(line, len(lead))
    below = label.end() if label and columns >= _NARROW else len(lead) if lead.endswith("- ") else len(lead) + 2
    indent = min(below, columns // 2)
    begun, *words = line[len(lead) :].split(" ")
    row = lead + begun
    for word in words:
        if width(row) + 1 + width(word) <= columns or not row.strip():
            row += " " + word
        else:
            yield row.rstrip()
            row = " " * indent + word
    yield row


def height(line: str, columns: int) -> int:
    """Return how many rows of the terminal a line takes: one that is too wide is wrapped by the terminal."""
    return max(1, -(-width(line) // columns))


def fitted(lines: Iterable[str], columns: int, rows: int) -> list[str]:
    """Return the wrapped lines, as far as they fit into `rows`; the last row then counts what is left out."""
    laid: list[str] = [row for line in lines for row in wrapped(line, columns)]
    if sum(height(row, columns) for row in laid) <= rows:
        return laid
    kept = _first(laid, columns, max(0, rows - 1))
    return [*kept, f"({len(laid) - len(kept)} more lines)"[:columns]]


def _first(laid: Sequence[str], columns: int, rows: int) -> list[str]:
    kept: list[str] = []
    for row in laid:
        rows -= height(row, columns)
        if rows < 0:
            break
        kept.append(row)
    return kept
