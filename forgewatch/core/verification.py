"""The four labels of the Verification section (contract §9, checks.md A7), read from its blocks."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from forgewatch.core.difflog import Label, Verification, Verified
from forgewatch.core.markdown_body import QUOTED, Block, Kind, Part
from forgewatch.core.titles import is_verification

_LABEL = re.compile(r"(?P<label>static|runtime|behaviou?r(?:al)?|contract)s?\b(?P<rest>.*)", re.IGNORECASE | re.DOTALL)
_SEPARATED = re.compile(r"(?P<words>[^:=|]{0,40}?)(?:[:=|]| (?:--?|[—–]|->) )(?P<text>.*)", re.DOTALL)
_QUALIFIED = re.compile(
    r"(?:\s+(?:correctness|sanity|intent|compliance|checks?|analysis|verification|validation|tests?))?(?:\s*\([^()]*\))?\s*", re.IGNORECASE
)
_MARKS = re.compile(r"[*`~]+")
_STRUCK = re.compile(
    r"~~\W{0,8}(?:pass|fail)(?:ed|es|s)?\b[^~]{0,200}~~|<(?P<tag>del|s|strike)>\W{0,8}(?:pass|fail)(?:ed|es|s)?\b[^<>]{0,200}</(?P=tag)>",
    re.IGNORECASE,
)
"""A result that was struck through, and so withdrawn."""
_TAG = re.compile(
    r"</?(?:b|i|u|em|strong|span|font|mark|code|kbd|samp|tt|ins|small|big|sub|sup|p|div|a)(?:\s[^<>]{0,200})?>", re.IGNORECASE
)
_LEAD = re.compile(r"(?:\[[ xX]\]|[^\w\s<(\[]|\d+[.)])\s*")
_BEFORE_LABEL = re.compile(r"\A(?:\[?(?:PASS(?:ED)?|OK)\b\]?|(?i:step|gate|layer|level)\s\d+)[\s:.)—–-]*")
_NO_WORD = re.compile(r"[\W\d_]*\Z")
_CROSS = re.compile(r"[\W_]*[❌✗✘✖🔴](?!\s*(?:->|→))")
_RESULT = re.compile(r"(?:pass|fail)(?:ed|es|s)?\b", re.IGNORECASE)
_FAILED = re.compile(r"\W*fail(?:ed)?\W*\Z", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Line:
    """One line of the section. `wrapped`: it continues a paragraph. `speaks` is False for code, quotes and HTML, which state nothing."""

    number: int
    text: str
    depth: int
    wrapped: bool = False
    speaks: bool = True


@dataclass(frozen=True, slots=True)
class _Mention:
    """A label at the start of a line. `clear`: it is set off from what follows, or nothing follows."""

    label: Label
    text: str
    clear: bool


def read_verification(parts: Sequence[Part]) -> Verification:
    """Return the labels of all Verification sections with the text that belongs to each, in document order."""
    sections = _sections(parts)
    if not sections:
        return Verification()
    items = tuple(item for section in sections for item in _items(section))
    return Verification(stated=True, line=sections[0].line, items=items)


def _sections(parts: Sequence[Part]) -> list[Part]:
    """Return the outermost Verification sections; a title of the first level counts only when nothing else does."""
    named = [part for part in parts if is_verification(part.key)]
    below = [part for part in named if part.level > 1] or named
    kept: list[Part] = []
    for part in below:
        if not (kept and kept[-1].blocks and part.line <= kept[-1].blocks[-1].line):
            kept.append(part)
    return kept


def _items(section: Part) -> Iterator[Verified]:
    lines = [(line, _mention(line)) for block in section.blocks for line in _lines(block)]
    clear = {mention.label for _, mention in lines if mention and mention.clear}
    current: tuple[_Line, Label] | None = None
    text: list[str] = []
    for line, mention in lines:
        below = current is not None and line.depth > current[0].depth
        if mention is None or below or (mention.label in clear and not mention.clear):
            text.append(line.text)
            continue
        if current is not None:
            yield _verified(current, text)
        current, text = (line, mention.label), [mention.text]
    if current is not None:
        yield _verified(current, text)


def _verified(current: tuple[_Line, Label], text: list[str]) -> Verified:
    line, label = current
    return Verified(label=label, text="\n".join(part for part in text if part), line=line.number)


def _lines(block: Block) -> Iterator[_Line]:
    if block.kind is Kind.ROW:
        yield _Line(block.line, _row(block.cells), max(block.depth, 1))
        return
    depth = 0 if block.kind is Kind.HEADING else max(block.depth, 1)
    for offset, line in enumerate(block.lines):
        yield _Line(block.line + offset, line, depth, wrapped=offset > 0, speaks=block.kind not in QUOTED)


def _row(cells: tuple[str, ...]) -> str:
    """Return a row as label and text, the cell with the result before the others: the text's first word is the result."""
    # A number or a mark of its own may stand before the label; a cross among them is the result.
    lead = next((at for at, cell in enumerate(cells) if not _NO_WORD.match(cell)), 0)
    rest = sorted((*cells[:lead], *cells[lead + 1 :]), key=lambda cell: not _RESULT.match(_plain(cell)))
    return f"{cells[lead]} | {' '.join(rest)}".strip()


def _plain(text: str) -> str:
    text = html.unescape(_MARKS.sub("", _TAG.sub("", _STRUCK.sub("", text)))).strip()
    found = _LEAD.match(text)
    return text[found.end() :].strip() if found else text


def _mention(line: _Line) -> _Mention | None:
    found = _LABEL.match(_BEFORE_LABEL.sub("", _plain(line.text))) if line.speaks else None
    if found is None:
        return None
    label = next(label for label in Label if found.group("label").casefold().startswith(label.casefold()[:5]))
    rest = found.group("rest")
    separated = _SEPARATED.match(rest)
    words = separated.group("words").split() if separated else []
    if separated and len(words) <= (2 if line.wrapped else 4) and not any(map(_RESULT.match, words)):
        # A result in parentheses before the separator is the step's own: `Runtime (FAIL): boots`.
        own = "FAIL " if any(map(_FAILED.match, words)) else ""
        return _Mention(label, own + _result(separated.group("text")), clear=True)
    if line.wrapped:
        return None
    qualified = _QUALIFIED.match(rest)
    text = _result(rest[qualified.end() :] if qualified else rest)
    return _Mention(label, text, clear=not text)


def _result(text: str) -> str:
    """Return a text without marks. A cross in front of it is the word FAIL."""
    plain = _plain(text)
    return f"FAIL {plain}" if _CROSS.match(text) and not _RESULT.match(plain) else plain
