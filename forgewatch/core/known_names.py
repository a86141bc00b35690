"""Dotted names under which a file knows what may be a router: `app.users`, `@120.$return` (router_ground)."""

from __future__ import annotations

from collections.abc import Iterator

LONGEST = 256
"""Characters of the longest name that is followed; a longer one means nothing."""


def leads(name: str, live: set[str]) -> bool:
    """True when the name, or what it begins with, is among those that lead to a router."""
    return any(part in live for part in beginnings(name))


def beginnings(name: str) -> Iterator[str]:
    """Yield what a dotted name begins with, the shortest first: `a`, `a.b`, `a.b.c`."""
    at = -1
    while (at := name.find(".", at + 1)) > 0:
        yield name[:at]
    yield name


def head_of(name: str) -> str:
    """Return the part before the first dot."""
    return name.partition(".")[0]


def short(name: str) -> str:
    """Return the name, empty for one that is too long."""
    return name if len(name) <= LONGEST else ""
