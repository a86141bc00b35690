"""A quick look at the end of a journal: raw JSON, newest first, for `status`, which has sixty milliseconds for everything.

Only lines that end in a newline count. Nothing here proves anything: `ledger show` and every audit read the journal in full.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from forgewatch.adapters.state_folder import JOURNAL
from forgewatch.core.errors import EnvironmentFault

AUDIT_OF_BASE = "AuditRecorded with a base"

_CHUNK = 64 * 1024
_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def newest_events(folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield (leaf, event) from the newest to the oldest; the event as JSON, its kind under `is`. A line that is no event ends it.

    Raises EnvironmentFault when the journal cannot be read. A journal that is not there gives nothing.
    """
    for line in lines_backwards(folder / JOURNAL):
        try:
            event = json.loads(line)["e"]
        except (ValueError, KeyError, TypeError, RecursionError):
            return
        if not isinstance(event, dict):
            return
        yield "sha256:" + hashlib.sha256(b"\x00" + line).hexdigest(), event


def newest_by_kind(folder: Path | None) -> dict[str, dict[str, Any]]:
    """Return the newest event of each kind, back to the newest audit that had a report: older ones say nothing about now.

    An audit from a base of the caller's is about another change: its kind is `AUDIT_OF_BASE` here.

    Each has its `leaf`, and its `age`: 0 is the newest line. Empty without a folder. Raises EnvironmentFault.
    """
    found: dict[str, dict[str, Any]] = {}
    for age, (leaf, event) in enumerate(newest_events(folder) if folder else ()):
        kind = AUDIT_OF_BASE if (event.get("report") or {}).get("against") else event.get("is", "")
        found.setdefault(kind, {**event, "leaf": leaf, "age": age})
        if kind == "AuditRecorded" and event.get("report"):
            break
    return found


def journal_stamp(folder: Path) -> tuple[int, int, int]:
    """Return what changes whenever the journal does: (inode, size, mtime in ns); zeros when it is not there."""
    try:
        found = os.stat(folder / JOURNAL, follow_symlinks=False)
    except OSError:
        return (0, 0, 0)
    return (found.st_ino, found.st_size, found.st_mtime_ns)


def lines_backwards(path: Path, chunk: int = _CHUNK) -> Iterator[bytes]:
    """Yield the lines of a file without their newlines, the last one first; what follows the last newline is none."""
    try:
        descriptor = os.open(path, _FLAGS)
    except FileNotFoundError:
        return
    except OSError as error:
        raise EnvironmentFault(f"{path} cannot be read: {error.strerror}", "run as a user who may read that folder") from error
    with open(descriptor, "rb", buffering=0):
        position = os.fstat(descriptor).st_size
        # What follows the last newline is a torn tail, not a line. `later`: the pieces of the line whose beginning is not read yet.
        later: list[bytes] | None = None
        while position > 0:
            start = max(0, position - chunk)
            begun, *lines = os.pread(descriptor, position - start, start).split(b"\n")
            position = start
            if lines:
                if later is not None:
                    yield b"".join((lines[-1], *reversed(later)))
                yield from reversed(lines[:-1])
                later = []
            if later is not None:
                later.append(begun)
        if later is not None:
            yield b"".join(reversed(later))
