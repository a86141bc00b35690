"""Patterns of names with `*`, `?` and `!` as OpenSSH has them (ssh_config(5), PATTERNS)."""

from __future__ import annotations

from collections.abc import Iterable


def matches(pattern: str, name: str) -> bool:
    """True when `name` as a whole is what `pattern` says; `*` any characters, `?` one. At most len(pattern) * len(name) steps."""
    place, mark, star = 0, 0, -1
    index = 0
    while index < len(name):
        if place < len(pattern) and pattern[place] == "*":
            star, mark = place, index
            place += 1
        elif place < len(pattern) and pattern[place] in ("?", name[index]):
            place, index = place + 1, index + 1
        elif star >= 0:
            mark += 1
            place, index = star + 1, mark
        else:
            return False
    return pattern[place:].strip("*") == ""


def in_list(patterns: Iterable[str], name: str) -> bool:
    """True when a pattern is `name`'s and none with `!` before it is."""
    found = False
    for pattern in patterns:
        if pattern.startswith("!"):
            if matches(pattern[1:], name):
                return False
        elif matches(pattern, name):
            found = True
    return found


def is_wild(pattern: str) -> bool:
    """True for a pattern that more than one name may be."""
    return "*" in pattern or "?" in pattern
