"""A builder's output, parsed while it arrives: whole blocks, plans and marks, in the order of their ends (contract §0.1, §0.2).

What is between two delimiters is decided by the delimiters alone: inside a block only `=== END FILE ===` and the next `=== FILE:` are any.
A file whose content has such a line cannot be given in a block; indented by a blank the line is content. Nothing here raises, and
no more than one block of BLOCK_BYTES is kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import assert_never

from forgewatch.core.block_lines import HEAD, IN_BLOCK, IN_PLAN, OUTSIDE, DoneMark, FileHeader, Lines, Mark, delimiter_of
from forgewatch.core.blocks import BLOCK_BYTES, MARKS, Flaw, Remark, Remarks
from forgewatch.core.build_plan import TASKS
from forgewatch.core.text import escape

_BOM = b"\xef\xbb\xbf"
_TASK = re.compile(rb"([ \t]{0,8})([0-9]{1,6})[.)][ \t]+(\S.*)", re.DOTALL)
"""Indentation, number, text. A list item of the plan; one that is indented more than the first is a detail of its task."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A block with its end: the path and the bytes between the two lines, as they were written."""

    path: str
    body: bytes
    line: int


@dataclass(frozen=True, slots=True)
class WrittenPlan:
    """A plan: numbers and texts of its list as they were written, and how many items were left out after the first TASKS."""

    items: tuple[tuple[int, str], ...]
    line: int
    left_out: int


@dataclass(frozen=True, slots=True)
class Marked:
    """A task is said to be done; `number` as it was written."""

    number: str
    line: int


Part = Block | WrittenPlan | Marked | Remark
"""What the text consists of, besides prose."""


@dataclass(slots=True)
class _OpenBlock:
    path: str
    line: int
    body: bytearray = field(default_factory=bytearray)
    size: int = 0


@dataclass(slots=True)
class _OpenPlan:
    line: int
    margin: int | None = None
    items: list[tuple[int, str]] = field(default_factory=list)
    left_out: int = 0


class BlockParser:
    """Parses one text. `remarks` makes its warnings."""

    def __init__(self, remarks: Remarks) -> None:
        self._remarks = remarks
        self._lines = Lines()
        self._number = 0
        self._marks = 0
        self._deaf = False
        self._inside: _OpenBlock | _OpenPlan | None = None

    def feed(self, chunk: bytes) -> Iterator[Part]:
        """Yield what became known by these bytes. Exhaust it before feeding more."""
        for raw, begins in self._lines.feed(chunk):
            if not self._deaf:
                yield from self._stretch(raw, begins)

    def close(self) -> Iterator[Part]:
        """Yield what is known now that nothing more comes."""
        for raw, begins in self._lines.close():
            if not self._deaf:
                yield from self._stretch(raw, begins)
        yield from self._left("the end of the text")

    def _stretch(self, raw: bytes, begins: bool) -> Iterator[Part]:
        if not begins:
            self._text(raw)
            return
        if self._number == 0:
            raw = raw.removeprefix(_BOM)
        # Lines that cannot matter are passed over by the regular expression, many at once.
        place = 0
        while place < len(raw):
            found = self._pattern().search(raw, place)
            end = found.start() if found else len(raw)
            self._text(raw[place:end])
            self._number += raw.count(b"\n", place, end) + (found is None and raw[-1:] != b"\n")
            if found is None or self._deaf:
                return
            self._number += 1
            yield from self._candidate(found[0])
            place = found.end()

    def _pattern(self) -> re.Pattern[bytes]:
        match self._inside:
            case None:
                return OUTSIDE
            case _OpenBlock():
                return IN_BLOCK
            case _OpenPlan():
                return IN_PLAN
            case other:
                assert_never(other)

    def _text(self, raw: bytes) -> None:
        if isinstance(self._inside, _OpenBlock):
            _add(self._inside, raw)

    def _candidate(self, raw: bytes) -> Iterator[Part]:
        self._marks += 1
        if self._marks > MARKS:
            yield from self._told(Flaw.TOO_MANY_MARKS, f"expected at most {MARKS} delimiters, found more; what follows is not read")
            self._inside, self._deaf = None, True
            return
        delimiter = delimiter_of(raw)
        match self._inside:
            case _OpenBlock() as block if delimiter is None:
                _add(block, raw)
            case _OpenPlan() as plan if delimiter is None:
                _take_item(plan, raw)
            case None if delimiter is None:
                if len(raw) <= HEAD:
                    why = f"is no delimiter: expected it exact and at the left margin, found {_shown(raw)}"
                    yield from self._told(Flaw.DELIMITER_MALFORMED, why)
            case _:
                assert delimiter is not None
                yield from self._delimited(delimiter)

    def _delimited(self, delimiter: FileHeader | DoneMark | Mark) -> Iterator[Part]:
        match self._inside, delimiter:
            case _OpenBlock() as block, Mark.END_FILE:
                self._inside = None
                yield from self._ended(block)
                return
            case _OpenPlan() as plan, Mark.END_PLAN:
                self._inside = None
                yield WrittenPlan(tuple(plan.items), plan.line, plan.left_out)
                return
        yield from self._left(f"line {self._number}")
        match delimiter:
            case FileHeader(path=path):
                yield from self._opened(path)
            case DoneMark(number=number):
                yield Marked(number, self._number)
            case Mark.PLAN:
                self._inside = _OpenPlan(self._number)
            case Mark.END_FILE:
                yield from self._told(
                    Flaw.END_WITHOUT_BLOCK, "ends no block: expected '=== FILE: <path> ===' before it; what it was to end is skipped"
                )
            case Mark.END_PLAN:
                yield from self._told(Flaw.DELIMITER_MALFORMED, "ends no plan: expected '=== PLAN ===' before it")
            case other:
                assert_never(other)

    def _opened(self, path: str) -> Iterator[Part]:
        self._inside = _OpenBlock(path, self._number)
        if not path:
            yield from self._told(Flaw.PATH_EMPTY, "expected a path after 'FILE:', found none; the block is skipped")

    def _ended(self, block: _OpenBlock) -> Iterator[Part]:
        if not block.path:
            # Its header told it.
            return
        if block.size > BLOCK_BYTES:
            why = f"{_named(block)}: expected at most {BLOCK_BYTES} bytes, found {block.size}; the block is skipped"
            yield from self._told(Flaw.BLOCK_TOO_LARGE, why, block.line)
        else:
            yield Block(path=block.path, body=bytes(block.body), line=block.line)

    def _left(self, at: str) -> Iterator[Part]:
        """Something else begins, or the text ends: what is open has no end."""
        match self._inside:
            case _OpenBlock(path="") | None:
                pass
            case _OpenBlock() as block:
                why = f"{_named(block)}: expected '=== END FILE ===' on its own line before {at}, found none; the block is skipped"
                yield from self._told(Flaw.BLOCK_UNENDED, why, block.line)
            case _OpenPlan() as plan:
                why = f"expected '=== END PLAN ===' on its own line before {at}, found none; the tasks up to there count"
                yield from self._told(Flaw.PLAN_UNENDED, why, plan.line)
                yield WrittenPlan(tuple(plan.items), plan.line, plan.left_out)
            case other:
                assert_never(other)
        self._inside = None

    def _told(self, flaw: Flaw, message: str, line: int = 0) -> Iterator[Remark]:
        yield from self._remarks.about(flaw, line or self._number, message)


def _add(block: _OpenBlock, raw: bytes) -> None:
    block.size += len(raw)
    if block.size > BLOCK_BYTES or not block.path:
        # It is skipped anyway.
        block.body.clear()
    else:
        block.body += raw


def _take_item(plan: _OpenPlan, raw: bytes) -> None:
    found = _TASK.match(raw) if len(raw) <= HEAD else None
    if found is None:
        return
    margin = len(found[1])
    plan.margin = margin if plan.margin is None else plan.margin
    if margin > plan.margin:
        return
    if len(plan.items) == TASKS:
        plan.left_out += 1
        return
    plan.items.append((int(found[2]), found[3].decode("utf-8", "surrogateescape").strip()))


def _named(block: _OpenBlock) -> str:
    return escape(block.path)


def _shown(raw: bytes) -> str:
    return f"'{escape(raw.strip().decode('utf-8', 'surrogateescape'), 80)}'"
