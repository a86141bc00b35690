"""The lines of a test record: which of them the builder says, which are shown output, and what they say without decoration."""

from __future__ import annotations

import re
from collections.abc import Sequence

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_COLONS = str.maketrans({"：": ":", "﹕": ":", "∶": ":", "＝": "="})


def told_and_shown(lines: Sequence[str]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the indices of the lines outside of code fences, and of those inside. A fence that is never closed is text.

    Time grows with the number of lines only.
    """
    closable = _closable(lines)
    told: list[int] = []
    shown: list[int] = []
    fence = ""
    for at, line in enumerate(lines):
        mark = _mark(line)
        if fence:
            if _closes(line, mark) and mark.startswith(fence):
                fence = ""
            else:
                shown.append(at)
        elif mark and closable[at]:
            fence = mark
        else:
            told.append(at)
    return tuple(told), tuple(shown)


def _closable(lines: Sequence[str]) -> list[bool]:
    """Tell for each line whether a fence that it opens is closed further down."""
    longest = {"`": 0, "~": 0}
    found: list[bool] = []
    for line in reversed(lines):
        mark = _mark(line)
        found.append(bool(mark) and len(mark) <= longest[mark[0]])
        if _closes(line, mark):
            longest[mark[0]] = max(longest[mark[0]], len(mark))
    return found[::-1]


def _mark(line: str) -> str:
    found = _FENCE.match(line)
    return found.group(1) if found else ""


def _closes(line: str, mark: str) -> bool:
    return bool(mark) and not line.strip().strip(mark[0])


def plain(line: str) -> str:
    """Return a line without bold and code marks, and with the wide forms of `:` and `=` as the plain ones."""
    return line.replace("**", "").replace("`", "").translate(_COLONS)
