"""The bones of a source file in another language: calls, functions, classes and brackets, from the pieces of its grammar.

Code is held as text with one character for each byte, so that offsets of bytes are offsets of characters. Nothing here is recursive, and
every step is linear in the size of the file.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from forgewatch.core.source_pieces import LITERALS, Piece, blank_comments

_LEVELS = 64
_BRACKETS = re.compile(r"[()\[\]{}]")
_CLOSED_BY = {"(": ")", "[": "]", "{": "}"}
_SPLIT = re.compile(r"[,()\[\]{}]")
_WORD = re.compile(r"[\w$#]+\Z")
_DOTTED = re.compile(r"#?[\w$]+(?:\s*[?!]?\.\s*#?[\w$]+)*\Z")
_SPACE = re.compile(r"\s*")
_GAPS = re.compile(r"[\s?!#]+")
_LOOK_BACK = 128
_LONGEST_NAME = 256
_CALLS = frozenset({"call_expression", "new_expression"})


class Span(NamedTuple):
    """Text from `start` up to `end`."""

    start: int
    end: int


class Call(NamedTuple):
    """One call with its arguments in brackets: `word` is what is called, `owner` the text before its dot, None without a dot."""

    start: int
    word: str
    owner: Span | None
    open: int
    close: int
    makes: bool


class Outline:
    """One file. `code` has blank comments; `plain` blank literals too, so that every bracket and comma in it is one of the code."""

    def __init__(self, raw: bytes, pieces: tuple[Piece, ...]) -> None:
        self.pieces = pieces
        self.code = blank_comments(raw, pieces).decode("latin-1")
        self.plain = _without_literals(self.code, pieces)
        self.pairs = _pairs(self.plain)
        self._types = {piece.end: piece.start for piece in pieces if piece.kind == "type_arguments"}

    def calls(self) -> list[Call]:
        """Return all calls, each behind those that it is made of."""
        found = (self._call(piece) for piece in self.pieces if piece.kind in _CALLS)
        return sorted(filter(None, found), key=lambda call: call.close)

    def of_kind(self, *kinds: str) -> Iterator[Piece]:
        """Yield the pieces of some kinds in the order in which they start."""
        return (piece for piece in self.pieces if piece.kind in kinds)

    def items(self, opened: int) -> list[Span]:
        """Return what stands between commas in the bracket that opens at `opened`, without spaces around it."""
        return self.commas(opened + 1, self.pairs.get(opened, opened))

    def commas(self, start: int, end: int) -> list[Span]:
        """Return what stands between commas, outside of brackets, without spaces around it."""
        found, at = [], start
        while (mark := _SPLIT.search(self.plain, at, end)) is not None:
            at = self.pairs.get(mark.start(), mark.start()) + 1
            if mark.group() == ",":
                found.append(self.trimmed(start, mark.start()))
                start = at
        return [span for span in (*found, self.trimmed(start, end)) if span.start < span.end]

    def trimmed(self, start: int, end: int) -> Span:
        """Return the span without spaces around it."""
        first = _SPACE.match(self.code, start, end)
        start = start if first is None else first.end()
        while end > start and self.code[end - 1].isspace():
            end -= 1
        return Span(start, end)

    def text(self, span: Span) -> str:
        """Return the code of a span."""
        return self.code[span.start : span.end]

    def dotted(self, span: Span) -> str:
        """Return `a.b.c` for a name or a chain of them, the empty text for everything else. A private field is known without its sign."""
        fits = span.end - span.start <= _LONGEST_NAME and _DOTTED.match(self.code, span.start, span.end)
        return _GAPS.sub("", self.text(span)) if fits else ""

    def _call(self, piece: Piece) -> Call | None:
        close = piece.end - 1
        opened = self.pairs.get(close, -1)
        if opened <= piece.start or self.plain[close] != ")":
            return None
        end = self._before(opened)
        end = self._before(self._types.get(end, end))
        if self.plain[end - 1] == "]":
            end = self._before(self.pairs.get(end - 1, end))
        word = _WORD.search(self.plain, max(piece.start, end - _LOOK_BACK), end)
        start = end if word is None else word.start()
        dot = self._before(start) - 1
        owner = Span(piece.start, self._before(dot)) if word and dot > piece.start and self.plain[dot] == "." else None
        if word is None or (owner is None and start != piece.start and piece.kind != "new_expression"):
            return Call(piece.start, "", Span(piece.start, end), opened, close, False)
        return Call(piece.start, word.group().removeprefix("#"), owner, opened, close, piece.kind == "new_expression")

    def _before(self, offset: int) -> int:
        while offset > 0 and self.plain[offset - 1] in " \t\r\n?!":
            offset -= 1
        return offset


class Nest:
    """Spans that stand in each other, as functions do."""

    def __init__(self, spans: Iterable[tuple[int, int]]) -> None:
        self.spans = sorted(spans)
        self._starts = [start for start, _ in self.spans]
        self._outer: list[int] = []
        above: list[int] = []
        for number, (start, _) in enumerate(self.spans):
            while above and self.spans[above[-1]][1] <= start:
                above.pop()
            self._outer.append(above[-1] if above else -1)
            above.append(number)

    def around(self, offset: int) -> Iterator[int]:
        """Yield the starts of the spans that hold `offset`, the innermost first, at most 64."""
        number = bisect_right(self._starts, offset) - 1
        for _ in range(_LEVELS):
            if number < 0:
                return
            if self.spans[number][1] > offset:
                yield self.spans[number][0]
            number = self._outer[number]


def _without_literals(code: str, pieces: tuple[Piece, ...]) -> str:
    parts, done = [], 0
    for piece in pieces:
        if piece.kind in LITERALS and piece.start >= done:
            parts += [code[done : piece.start], "_" * (piece.end - piece.start)]
            done = piece.end
    return "".join((*parts, code[done:]))


def _pairs(plain: str) -> Mapping[int, int]:
    """Return for each bracket the one that belongs to it; brackets that fit nothing have none."""
    found: dict[int, int] = {}
    opened: list[int] = []
    for mark in _BRACKETS.finditer(plain):
        if mark.group() in _CLOSED_BY:
            opened.append(mark.start())
        elif opened and _CLOSED_BY[plain[opened[-1]]] == mark.group():
            start = opened.pop()
            found[start], found[mark.start()] = mark.start(), start
    return found
