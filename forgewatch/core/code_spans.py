"""The code spans of one line, and how they are joined: a list of names, or a name and its remark (checks.md section 0, Claim)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from itertools import pairwise

_TICKS = re.compile(r"`+")
_ARROW = re.compile(r" ?(?:->|→|=>) ?")
_GAP = re.compile(r"(?P<remark>\s*\([^()`]*\))?(?P<marks>(?:[\s,;/&+]|and\b|<br ?/?>)*+)")


@dataclass(frozen=True, slots=True)
class Code:
    """One code span: where it starts and ends in its line, ticks included, and its stripped text."""

    start: int
    end: int
    text: str


class Joint(Enum):
    """How a code span follows the one before it. LIST: by nothing but marks of a list. REMARK: a closed remark or a blank between."""

    FIRST = auto()
    LIST = auto()
    ARROW = auto()
    REMARK = auto()


def code_spans(line: str) -> list[Code]:
    """Return the code spans of a line: ticks, text, and as many ticks. Linear, whatever the ticks."""
    runs = list(_TICKS.finditer(line))
    last = {len(run.group()): at for at, run in enumerate(runs)}
    spans: list[Code] = []
    at = 0
    while at < len(runs):
        ticks = len(runs[at].group())
        if last[ticks] > at:
            close = next(other for other in range(at + 1, len(runs)) if len(runs[other].group()) == ticks)
            spans.append(Code(runs[at].start(), runs[close].end(), line[runs[at].end() : runs[close].start()].strip()))
            at = close
        at += 1
    return spans


def joined(line: str, codes: Sequence[Code]) -> Iterator[tuple[Code, Joint]]:
    """Yield the first code span and those joined to it, up to the first words between two of them."""
    yield codes[0], Joint.FIRST
    for before, code in pairwise(codes):
        joint = _joint(line[before.end : code.start])
        if joint is None:
            return
        yield code, joint


def _joint(gap: str) -> Joint | None:
    if _ARROW.fullmatch(gap):
        return Joint.ARROW
    found = _GAP.fullmatch(gap)
    if found is None:
        return None
    return Joint.LIST if found["marks"].strip() and not found["remark"] else Joint.REMARK


def is_list_mark(text: str) -> bool:
    """True for what may stand between two names of a list, or nothing at all."""
    found = _GAP.fullmatch(text)
    return found is not None and not found["remark"]
