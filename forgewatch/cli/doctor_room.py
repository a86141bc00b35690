"""How much room the disks have that an audit writes to. Only reads."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from forgewatch.adapters.state_folder import find_folder, state_directory
from forgewatch.cli.doctor_lines import Level, Line
from forgewatch.core.errors import UsageError
from forgewatch.core.limits import MIB

ENOUGH = MIB
"""Bytes below which a disk counts as full: an entry of the journal may need so many."""

_UNITS = ("bytes", "KiB", "MiB", "GiB", "TiB")


def state(root: Path | None, environ: Mapping[str, str]) -> list[Line]:
    """One line about the disk of the record, or of the state directory; none where the line of the directory itself says what is wrong."""
    try:
        folder = (find_folder(root, environ) if root else None) or state_directory(environ)
    except UsageError:
        return []
    return _room("state disk", folder)


def repository(root: Path) -> list[Line]:
    """One line about the disk of the repository, which takes the ledger and the lock record."""
    return _room("repository disk", root)


def _room(name: str, place: Path) -> list[Line]:
    try:
        nearest = next(folder for folder in (place, *place.parents) if folder.exists())
        found = os.statvfs(nearest)
    except OSError:
        # Not to be reached: other lines say why.
        return []
    free = (found.f_bfree if os.geteuid() == 0 else found.f_bavail) * found.f_frsize
    told = f"{size(free)} free below {nearest}"
    if found.f_files and not found.f_ffree:
        return [Line(Level.BAD, name, f"no file numbers (inodes) left below {nearest}", "remove files on that disk")]
    return [Line(Level.BAD, name, f"full: {told}", "make room on that disk") if free < ENOUGH else Line(Level.FINE, name, told)]


def size(number: int) -> str:
    """Return a number of bytes in the largest unit that leaves at least 1 before the point."""
    power = min(max(number.bit_length() - 1, 0) // 10, len(_UNITS) - 1)
    return f"{number / 1024**power:.1f} {_UNITS[power]}" if power else f"{number} bytes"
