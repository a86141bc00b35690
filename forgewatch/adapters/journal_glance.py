"""A quick look at the end of a journal: raw JSON, newest first, for `status`, which has sixty milliseconds for everything.

Only lines that end in a newline count. Nothing here proves anything: `ledger show` and every audit read the journal in full.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from forgewatch.adapters.state_folder import CHECKPOINT, JOURNAL, LOST
from forgewatch.core.errors import EnvironmentFault, TamperDetected

AUDIT_OF_BASE = "AuditRecorded with a base"

_SIGNED = b'"s":'
_CHUNK = 64 * 1024
_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def newest_events(folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield (leaf, event) from the newest to the oldest; the event as JSON, its kind under `is`. A line that is no event ends it.

    Raises EnvironmentFault when the journal cannot be read, TamperDetected when journal or checkpoint is gone and the other is there.
    A journal that never was gives nothing.
    """
    # In this order: who writes the two does it the other way round.
    vouched, newest = _vouched(folder), True
    for line in lines_backwards(folder / JOURNAL):
        if newest and _SIGNED in line and not os.path.lexists(folder / CHECKPOINT):
            raise TamperDetected(f"{folder / CHECKPOINT} is gone, and the newest line of the journal is signed", LOST)
        newest = False
        try:
            event = json.loads(line)["e"]
        except (ValueError, KeyError, TypeError, RecursionError):
            return
        if not isinstance(event, dict):
            return
        yield "sha256:" + hashlib.sha256(b"\x00" + line).hexdigest(), event
    if newest and vouched:
        raise TamperDetected(f"{folder / JOURNAL} has no lines, and {CHECKPOINT} does not say that there are none", LOST)


def _vouched(folder: Path) -> bool:
    try:
        with open(folder / CHECKPOINT, "rb", buffering=0, opener=lambda path, _: os.open(path, _FLAGS)) as file:
            # A writer that died before its first line leaves a checkpoint of none.
            return file.read(_CHUNK).split(b"\n")[1:2] != [b"0"]
    except FileNotFoundError:
        return False
    except OSError:
        return True


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
    descriptor = _opened(path)
    if descriptor is None:
        return
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


def _opened(path: Path) -> int | None:
    """Return a descriptor of a regular file, None when nothing is there."""
    try:
        descriptor = os.open(path, _FLAGS)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise EnvironmentFault(f"{path} cannot be read: {error.strerror}", "run as a user who may read that folder") from error
    # A folder cannot be read, and a FIFO looks like an empty file: what stands in place of the journal is no record without entries.
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise EnvironmentFault(f"{path} is not a regular file", "forgewatch ledger verify; restore the state folder from a backup")
    return descriptor
