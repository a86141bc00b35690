"""What a diff log says of the cycle before it: a summary that the next log carries, with the digest of the bytes it was made of
(contract §11, S002-11-2). Whoever reads the new log can tell which one was summarised before it was overwritten.
"""

from __future__ import annotations

import re

from forgewatch.core.difflog import DiffLog, DiffLogReading
from forgewatch.core.readings import log_of, seen_in
from forgewatch.core.text import escape
from forgewatch.core.values import Absent, Digest
from forgewatch.core.visible_text import visible

TITLE = "Previous cycle"
KEY = "previous cycle"

MOST = 4
"""Bullets of the old summary that are carried on, beside the one that names the log: five in all (contract §11)."""

NONE_YET = "there was no diff log before this one"

_NAMED = re.compile(r"Diff log: (?P<digest>sha256:[0-9a-f]{64})(?![0-9a-f])")


def bullets(reading: DiffLogReading, digest: Digest | None) -> tuple[str, ...]:
    """Return one to five lines about the log: which one it is, then what its summary says. Escaped; none begins like a placeholder."""
    if isinstance(reading, Absent):
        return (f"Diff log: {NONE_YET}",)
    log = log_of(reading)
    if log is None:
        return (f"Diff log: {digest or 'unknown bytes'} (could not be read: {escape(seen_in(reading))})",)
    named = f"Diff log: {digest} ({escape(log.status_text) or 'no status'}, {escape(log.phase)})"
    said = [f"Summary: {escape(text)}" for text in _summary(log)]
    rest = len(said) - MOST
    if rest > 0:
        said = [*said[: MOST - 1], f"Summary: and {rest + 1} more lines"]
    return (named, *(said or ["Summary: it says nothing"]))


def named_digest(reading: DiffLogReading) -> Digest | None:
    """Return the digest of the log that this one was begun from, None where it has no such section or the section names none."""
    log = log_of(reading)
    items = [text for section in log.sections if section.key == KEY for _, text in section.items] if log else []
    found = next(filter(None, map(_NAMED.match, items)), None)
    return Digest(found.group("digest")) if found else None


def _summary(log: DiffLog) -> list[str]:
    items = [text for section in log.sections if section.key == "summary" for _, text in section.items]
    return [" ".join(text.split()) for text in items if visible(text)]
