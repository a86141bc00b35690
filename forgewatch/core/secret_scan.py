"""One pass over lines of text for secrets (checks.md W1).

1. Lines are cut into windows, so that one line of ten megabytes costs no more than many short ones.
2. One pattern with all keywords finds the windows worth a look, in one pass over all bytes.
3. There the rules whose keyword occurs are tried, then the generic rule. Nothing in the text can switch a rule off.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from forgewatch.core.secret_assignments import KEYWORDS, find_assignments, find_pair
from forgewatch.core.secret_proofs import proves
from forgewatch.core.secret_rules import RULES, Proof, SecretRule, compiled
from forgewatch.core.secret_values import digest16
from forgewatch.core.secret_windows import Window, block_at, characters, plain_block, windows_of

GENERIC = "assigned-secret"
SHOWN = 4
_PAIR_LINES = 3

_NARROW = {
    "ey": r"ey[A-Za-z0-9_-]{15}",
    ".": r"[MNO][A-Za-z0-9_-]{23,27}\.[A-Za-z0-9_-]{6}\.",
    ":": r"[012]/[0-9]{13,17}(?:/[0-9]{13,17})?:[0-9a-f]{32}",
    "://": r"://[^\s:/@\"'<>`]{0,64}:[^\s/@\"'<>`]{3,128}@",
    "pat": r"pat[A-Za-z0-9]{14}\.",
    "SK": r"SK[0-9a-f]{32}",
    "EAA": r"EAA[A-Za-z0-9]{90}",
    "EAAA": r"EAAA[A-Za-z0-9_-]{60}",
    "cio": r"cio[A-Za-z0-9]{32}",
    "oy2": r"oy2[a-z0-9]{43}",
    "live_": r"live_[A-Za-z0-9]{30}",
    "test_": r"test_[A-Za-z0-9]{30}",
    "sandbox_": r"sandbox_[A-Za-z0-9_=-]{40}",
    "sk_": r"sk_[0-9a-f]{48}",
    "sk-": r"sk-[A-Za-z0-9]{24}",
    "pa-": r"pa-[A-Za-z0-9_-]{43}",
    "md-": r"md-[A-Za-z0-9_-]{22}",
    "fc-": r"fc-[0-9a-f]{32}",
    "pk_": r"pk_(?:[0-9]{6}|[0-9a-f]{34})",
    "fw_": r"fw_[A-Za-z0-9]{22}",
    "re_": r"re_[A-Za-z0-9]{8}_[A-Za-z0-9]{24}",
    "-us": r"[0-9a-f]{32}-us",
    "sl.": r"sl\.(?:u\.)?[A-Za-z0-9_-]{130}",
    "st.": r"st\.[0-9a-f]{24}\.",
    "dp.": r"dp\.(?:pt|st|ct|sa|scim|audit)\.",
    "token-": r"token-[a-z0-9]{5}:",
}
"""Keywords that are common in honest text, and what has to follow them before a window is worth a look."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretHit:
    """Where a secret stands: `line` and `column` count from 1, the column in characters. `shown` are its first four characters, `digest`
    the first 16 hex digits of its SHA-256; that of a key block is of header, body and END line. `length` are the characters that it takes
    up, over several lines for a key block. The value itself is in no field.
    """

    rule: str
    issuer: str
    line: int
    column: int
    shown: str
    digest: str
    length: int


def _shape_gate() -> str:
    words = dict.fromkeys(word for rule in RULES if not rule.folded for word in rule.keywords)
    folded = dict.fromkeys(word.lower() for rule in RULES if rule.folded for word in rule.keywords)
    exact = "|".join(_NARROW.get(word, re.escape(word)) for word in words)
    return f"{exact}|(?i:{'|'.join(map(re.escape, folded))})"


_SHAPE_GATE = _shape_gate()
_GATE = f"{_SHAPE_GATE}|(?i:{'|'.join(map(re.escape, KEYWORDS))})"


def scan_lines(lines: Sequence[tuple[int, str]], *, settings: bool = False, shapes_only: bool = False) -> tuple[SecretHit, ...]:
    """Return the secrets in (number, text) lines, in order, each place once. Never raises; the time is linear in the text.

    `settings`: the lines are of a file of settings, where values need no quotation marks. `shapes_only`: token shapes only, for the text
    found in binary files.
    """
    windows = tuple(windows_of(lines))
    starts: list[int] = []
    place = 0
    for window in windows:
        starts.append(place)
        place += len(window.raw) + 1
    blob = b"\n".join(window.raw for window in windows)
    hits: dict[tuple[int, int], SecretHit] = {}
    for index in _worth_a_look(blob, starts):
        for hit in _scan_window(index, windows, settings=settings, shapes_only=shapes_only):
            hits.setdefault((hit.line, hit.column), hit)
    return tuple(hits[key] for key in sorted(hits))


def _worth_a_look(blob: bytes, starts: list[int]) -> Iterator[int]:
    gate = compiled(_GATE)
    place = 0
    while place < len(blob):
        found = gate.search(blob, place)
        if found is None:
            return
        index = bisect_right(starts, found.start()) - 1
        yield index
        place = starts[index + 1] if index + 1 < len(starts) else len(blob)


def _scan_window(index: int, windows: Sequence[Window], *, settings: bool, shapes_only: bool) -> Iterator[SecretHit]:
    window = windows[index]
    low = window.raw.lower()
    taken: list[tuple[int, int]] = []
    for rule in _rules_for(window.raw, low):
        for start, end, value, length in _shapes(rule, index, windows):
            if _is_free(start, end, taken) and not window.is_inside_data(start, end):
                taken.append((start, end))
                yield replace(_hit(rule.id, rule.issuer, window, start, value), length=length)
    if shapes_only or not any(word in low for word in _GENERIC_WORDS):
        return
    for found in find_assignments(window.raw, settings=settings):
        if _is_free(found.start, found.end, taken):
            taken.append((found.start, found.end))
            yield _hit(GENERIC, "", window, found.start, found.value)
    below = windows[index + 1 : index + 1 + _PAIR_LINES]
    pair = find_pair(window.raw, tuple(other.raw for place, other in enumerate(below, 1) if other.line == window.line + place))
    if pair is not None:
        yield _hit(GENERIC, "", below[pair[0]], pair[1], _text(below[pair[0]], pair[1], pair[2]))


def _rules_for(raw: bytes, low: bytes) -> list[SecretRule]:
    if compiled(_SHAPE_GATE).search(raw) is None:
        return []
    places = {place for word, place in _EXACT if word in raw}
    places.update([place for word, place in _FOLDED if word in low])
    return [RULES[place] for place in sorted(places)]


def _shapes(rule: SecretRule, index: int, windows: Sequence[Window]) -> Iterator[tuple[int, int, str, int]]:
    """Yield (start, end, secret, characters) of each proven value; of a key block start and end are those of its header."""
    for found in compiled(rule.pattern).finditer(windows[index].raw):
        start, end = found.span(1)
        is_block = rule.proof is Proof.BLOCK
        text = block_at(index, start, end, windows) if is_block else found.group(1).decode("utf-8", "replace")
        value = plain_block(text) if is_block else text
        if proves(rule, value):
            yield start, end, value, len(text)


def _is_free(start: int, end: int, taken: Sequence[tuple[int, int]]) -> bool:
    return all(end <= other_start or start >= other_end for other_start, other_end in taken)


def _text(window: Window, start: int, end: int) -> str:
    return window.raw[start:end].decode("utf-8", "replace")


def _hit(rule: str, issuer: str, window: Window, start: int, value: str) -> SecretHit:
    column = window.before + characters(window.raw[:start]) + 1
    return SecretHit(
        rule=rule, issuer=issuer, line=window.line, column=column, shown=value[:SHOWN], digest=digest16(value), length=len(value)
    )


_EXACT = tuple((word.encode("ascii"), place) for place, rule in enumerate(RULES) if not rule.folded for word in rule.keywords)
_FOLDED = tuple((word.lower().encode("ascii"), place) for place, rule in enumerate(RULES) if rule.folded for word in rule.keywords)
_GENERIC_WORDS = tuple(word.encode("ascii") for word in KEYWORDS)
