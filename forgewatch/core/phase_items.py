"""The items of one phase of phases.md: what it is to do (contract §9.5, section C), and what it is accepted by (section E)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from forgewatch.core.phases import PhaseText

_FENCE = re.compile(r" {0,3}(?:`{3,}|~{3,})")
_ITEM = re.compile(r"\s*(?:[-*+•☐✓]|\d{1,3}[.)])[ \t]+(?:\[[ xX]\][ \t]*)?(?P<text>.*)")
_HEADING = re.compile(r"\s*#{1,6}[ \t]")
_BOLD = re.compile(r"\s*(?:\*\*|__).{1,80}(?:\*\*|__)\s*:?\s*\Z")
_ACCEPTS = re.compile(
    r"(?:section[ \t]+)?(?:\d[\d.]*[.)]?[ \t]*)?(?:E(?:[.):][ \t]*|[ \t]+[-–—][ \t]+|\Z)|(?:[A-Z][.):][ \t]*)?"
    r"(?:acceptance|exit|success criteria|definition of done|done when|end-to-end)\b)",
    re.IGNORECASE,
)
_WORKS = re.compile(r"(?:section[ \t]+)?(?:[A-DF-Z][.):][ \t]*)?(?:scope|deliverables?|objectives?|goals?|files|schema)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Item:
    """One item with the lines that go on with it, without marks; the line of its beginning from 1. `accepts`: it is a criterion."""

    text: str
    line: int
    accepts: bool


def items_of(phase: PhaseText) -> tuple[Item, ...]:
    """Return the list items, headings and paragraphs' lines of a phase in their order. What stands in code is none."""
    found: list[Item] = []
    accepts = False
    for number, line in _open_lines(phase):
        item = _ITEM.match(line)
        plain = _plain(item.group("text") if item else line)
        if not plain:
            continue
        if _is_label(line, plain, item=item is not None):
            accepts = _next(plain, accepts=accepts, item=item is not None)
            found.append(Item(plain, number, accepts))
        elif found and not item and line[:1] in " \t" and found[-1].line >= number - 8:
            found[-1] = Item(f"{found[-1].text} {plain}", found[-1].line, found[-1].accepts)
        else:
            found.append(Item(plain, number, accepts))
    return tuple(found)


def _open_lines(phase: PhaseText) -> Iterator[tuple[int, str]]:
    fenced = False
    for offset, line in enumerate(phase.text.splitlines(), 1):
        if _FENCE.match(line):
            fenced = not fenced
        elif not fenced:
            yield phase.line + offset, line


def _plain(text: str) -> str:
    return re.sub(r"\*\*|__|`", "", text).strip(" \t#*")


def _is_label(line: str, plain: str, *, item: bool) -> bool:
    if item:
        return plain.endswith(":") and len(plain) <= 80
    return bool(_HEADING.match(line) or _BOLD.match(line) or (plain.endswith(":") and len(plain) <= 80))


def _next(label: str, *, accepts: bool, item: bool) -> bool:
    if _ACCEPTS.match(label):
        return True
    # An item that heads others divides its section; only a heading, or the name of another section, ends it.
    return accepts and item and not _WORKS.match(label)
