"""What a row of a claim section says beside or instead of a path: that there is none, that a file is unchanged, or deleted."""

from __future__ import annotations

import re
from enum import Enum

_NO_FILES = r"no (?:\w+ ){0,2}(?:files?|changes?|(?:dele|addi|crea|modifica)tions?|removals?|renames?)"
_NONE = re.compile(rf"[(*_\[]*(?:none|n/?a|nil|nothing|{_NO_FILES}|[-–—]$)(?![\w/\\]|\.\w|-\w)", re.IGNORECASE)
_AFTER_NONE = re.compile(r"[\s)*_\].,;:(–—-]*")
_REMARK_MARK = re.compile(r"[(:;,–—-]")
_UNCHANGED = (
    r"(?:(?:files? )?(?:left |still |are |is )?(?:un(?:changed|modified|touched)|not (?:changed|modified|touched|edited))(?: files?)?)"
)
_KEPT = re.compile(rf"[\W_]*{_UNCHANGED}(?:\s*\([^()]*\))?[\W_]*\Z", re.IGNORECASE)
_KEPT_ROW = re.compile(rf"[\W_]*{_UNCHANGED}[*_]*:[*_]*\s+\S", re.IGNORECASE)
_GONE = re.compile(r"\b(?:delet|remov|renam|mov|gone\b)|^D\b", re.IGNORECASE)
SEPARATOR = re.compile(r"[ \u00a0](?:—|–|--|-)[ \u00a0]|[ \u00a0][(\[|✅✓✔]|:(?:[ \u00a0]|$)|\t")
FILE = re.compile(r"(?![/\\])[^\s:]*[/\\][^\s/\\:]*\.[A-Za-z]\w{0,9}")
_PLAIN_FILE = re.compile(r"\w[\w.-]*\.[A-Za-z]\w{1,9}")


class NoneSaid(Enum):
    """Whether a row says that nothing changed, and whether it may name a file all the same."""

    NO = 0
    PLAINLY = 1
    WITH_A_FILE = 2


def says_none(line: str) -> NoneSaid:
    """Tell whether a row says `None`; a file that it names, and that no remark explains, makes it doubtful."""
    none = _NONE.match(line)
    if none is None:
        return NoneSaid.NO
    return NoneSaid.WITH_A_FILE if _names_a_file(none.group(), line[none.end() :]) else NoneSaid.PLAINLY


def _names_a_file(none: str, rest: str) -> bool:
    """True when what follows `None` may be a row: a file comes first in it, or stands in it though nothing sets it off as a remark."""
    gap = _AFTER_NONE.match(rest)
    end = gap.end() if gap else 0
    words = [word.strip("`*_(),;:.") for word in rest[end:].split()]
    remark = _REMARK_MARK.search(rest[:end]) is not None or re.search(_NO_FILES, none, re.IGNORECASE) is not None
    return any(FILE.fullmatch(word) or _PLAIN_FILE.fullmatch(word) for word in (words[:1] if remark else words))


def says_unchanged(line: str) -> bool:
    """True for `app/a.py (unchanged)` and `Not changed: app/a.py`: a row that claims nothing."""
    remark = SEPARATOR.search(line)
    return _KEPT_ROW.match(line) is not None or (remark is not None and means_unchanged(line[remark.start() :]))


def means_unchanged(text: str) -> bool:
    """True for a text that says nothing but that files are not changed: `Unchanged:`, `Not modified files`."""
    return _KEPT.match(text) is not None


def means_deleted(title: str) -> bool:
    """True for the title of rows of which some were deleted."""
    return _GONE.search(title) is not None
