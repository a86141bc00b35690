"""Content as a bag of pieces, and what two contents share: git's measure of similarity (git's diffcore-delta).

A piece is a line with its end, at most 64 bytes; in text a CRLF counts as LF. What both sides hold of each piece counts in bytes, and
the sum is set against the larger content.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cached_property

FULL = 60_000
"""git's scale of similarity: a score is the shared part of the larger content in these units."""

HALF = FULL // 2
"""The threshold of `-M50%`."""

PIECE = 64

_SNIFFED = 8_000


class Pieces:
    """The bytes of one content; the pieces are cut when first asked for."""

    def __init__(self, content: bytes) -> None:
        self.size = len(content)
        self._content = content

    @cached_property
    def weights(self) -> Mapping[bytes, int]:
        """How many bytes each piece contributes."""
        return {piece: len(piece) * count for piece, count in Counter(_cut(self._content)).items()}


def score_of(left: Pieces, right: Pieces, shared: int) -> int:
    """Return the score, 0..FULL, of two contents that share so many bytes. 0 where sizes alone rule a half out."""
    larger, smaller = max(left.size, right.size), min(left.size, right.size)
    return shared * FULL // larger if smaller and smaller * 2 >= larger else 0


def measure(left: Pieces, right: Pieces) -> int:
    """Return the score of two contents, piece by piece."""
    few, many = sorted((left.weights, right.weights), key=len)
    return score_of(left, right, sum(min(weight, many[piece]) for piece, weight in few.items() if piece in many))


def is_text(content: bytes) -> bool:
    """True unless a NUL stands in the first 8000 bytes: git's rule."""
    return b"\0" not in content[:_SNIFFED]


def _cut(content: bytes) -> Iterable[bytes]:
    if is_text(content):
        content = content.replace(b"\r\n", b"\n")
    for line in _lines(content):
        if len(line) <= PIECE:
            yield line
        else:
            yield from (line[start : start + PIECE] for start in range(0, len(line), PIECE))


def _lines(content: bytes) -> Iterable[bytes]:
    if b"\r" not in content:
        return content.splitlines(keepends=True)
    # A lone CR is no line end for git; splitlines thinks otherwise.
    parts = content.split(b"\n")
    return [*(part + b"\n" for part in parts[:-1]), parts[-1]]
