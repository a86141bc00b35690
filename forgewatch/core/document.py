"""Bytes to lines of text, the first step of every document parser (checks.md section 0, Bytes). Nothing here knows Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

from forgewatch.core.limits import LIMITS, Limits
from forgewatch.core.titles import quotes_a_diff, title_key

_BOM = b"\xef\xbb\xbf"
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
# A run of UTF-16 inside other text, as shells leave it: four plain pairs in a row, then pairs of which the next one is plain again.
# Little-endian text does not begin with a line end: that one belongs to the line before big-endian text.
_UTF16_LE = rb"(?:\xff\xfe)?(?!\n)(?:[\t\n\r\x20-\x7e]\x00){4,}+(?:[\x00-\xff]{2}(?:[\t\n\r\x20-\x7e]\x00)++)*+"
_UTF16_BE = rb"(?:\xfe\xff)?(?:\x00[\t\n\r\x20-\x7e]){4,}+(?:[\x00-\xff]{2}(?:\x00[\t\n\r\x20-\x7e])++)*+"
_UTF16_RUN = re.compile(rb"(?P<le>" + _UTF16_LE + rb")|(?P<be>" + _UTF16_BE + rb")", re.DOTALL)
_ATX = re.compile(r"#{1,2}[ \t]+\S")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_CP1252 = {0xDC00 + byte: bytes((byte,)).decode("cp1252", "replace") for byte in range(0x80, 0x100)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """The lines of a document without their ends. `flaws` maps 1-based line numbers to why the line is not UTF-8.

    `ended`: the last line has a line end. CR LF, LF and a lone CR end a line; nothing else does.
    """

    lines: tuple[str, ...]
    flaws: Mapping[int, str] = field(default_factory=dict)
    ended: bool = True

    @property
    def blank(self) -> bool:
        """True when there is nothing but white space."""
        return not any(line.strip() for line in self.lines)


def read_document(raw: bytes) -> Document:
    """Decode bytes to lines: one BOM is dropped, what is not UTF-8 is decoded block by block for display and named (checks.md section 0).

    Never fails: every byte string has lines. A NUL stays in its line for the parser to judge.
    """
    if raw.startswith(_UTF16_MARKS):
        return _whole_utf16(raw)
    body = raw.removeprefix(_BOM)
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return _mixed(body)
    return _mixed(body) if "\0" in text else _document(text, {})


def _whole_utf16(raw: bytes) -> Document:
    text = _normalized(raw.decode("utf-16", "replace"))
    return _document(text, dict.fromkeys(range(1, text.count("\n") + 2), "is UTF-16, not UTF-8"))


def _mixed(body: bytes) -> Document:
    parts: list[str] = []
    flaws: dict[int, str] = {}
    number = 1
    for text, why in _blocks(body):
        shown = _normalized(text)
        ends = shown.count("\n")
        if why:
            last = number + ends - (1 if shown.endswith("\n") else 0)
            flaws.update(dict.fromkeys(range(number, last + 1), why))
        number += ends
        parts.append(shown)
    return _document("".join(parts), flaws)


def _blocks(body: bytes) -> Iterator[tuple[str, str]]:
    """Yield text and what is wrong with it, nothing being the empty string."""
    place = 0
    for run in _UTF16_RUN.finditer(body):
        yield from _byte_lines(body[place : run.start()])
        little = run.lastgroup == "le"
        yield run.group().decode("utf-16-le" if little else "utf-16-be", "replace").lstrip("\ufeff"), "is UTF-16, not UTF-8"
        place = run.end()
    yield from _byte_lines(body[place:])


def _byte_lines(block: bytes) -> Iterator[tuple[str, str]]:
    for line in block.splitlines(keepends=True):
        text = line.decode("utf-8", "surrogateescape")
        shown = text.translate(_CP1252)
        yield shown, "" if shown == text else "is cp1252, not UTF-8"


def _normalized(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _document(text: str, flaws: Mapping[int, str]) -> Document:
    lines = _normalized(text).split("\n")
    ended = lines[-1] == ""
    return Document(lines=tuple(lines[:-1] if ended else lines), flaws=flaws, ended=ended)


def bounded(document: Document, limits: Limits = LIMITS) -> tuple[Document, tuple[int, ...]] | None:
    """Return what is to be parsed and the line number of each line; None when the body is over the cap (checks.md section 0, Bytes).

    A document within the caps is taken whole. A larger one is read without the lines of the sections that quote diffs.
    """
    numbers = range(1, len(document.lines) + 1)
    if not _over(document.lines, limits):
        return document, tuple(numbers)
    kept = tuple(islice(_outside_hunks(document.lines), limits.document_lines + 1))
    lines = tuple(document.lines[number - 1] for number in kept)
    return None if _over(lines, limits) else (replace(document, lines=lines), kept)


def first_flaw(raw: bytes, limits: Limits = LIMITS) -> tuple[int | None, str] | None:
    """Return the line of a document from which on it says less than it could, and why; None when it is read whole.

    No line belongs to a document that is larger than what is parsed.
    """
    document = read_document(raw)
    if bounded(document, limits) is None:
        return None, "is larger than what is parsed"
    nul = next((number for number, line in enumerate(document.lines, 1) if "\0" in line), None)
    line = min((*document.flaws, *([nul] if nul else [])), default=None)
    return None if line is None else (line, document.flaws.get(line, "holds a NUL character"))


def _over(lines: Sequence[str], limits: Limits) -> bool:
    return len(lines) > limits.document_lines or sum(map(len, lines)) + len(lines) > limits.document_bytes


def _outside_hunks(lines: Sequence[str]) -> Iterator[int]:
    inside, fence = False, ""
    for number, line in enumerate(lines, 1):
        fence = _fence_after(line, fence)
        heading = not fence and _ATX.match(line) is not None
        if heading:
            inside = quotes_a_diff(title_key(line.strip("# \t")))
        if heading or not inside:
            yield number


def _fence_after(line: str, fence: str) -> str:
    """Return the fence that is open after `line`, empty when none is."""
    found = _FENCE.match(line)
    if found is None:
        return fence
    mark = found.group(1)
    if not fence:
        return mark
    closes = mark.startswith(fence) and not line.strip().strip(mark[0])
    return "" if closes else fence
