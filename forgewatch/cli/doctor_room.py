"""How much room the disks have that an audit writes to. Only reads."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from forgewatch.adapters.state_folder import find_folder, state_directory
from forgewatch.cli.doctor_lines import Level, Line
from forgewatch.core.errors import UsageError
from forgewatch.core.limits import MIB

ENOUGH = MIB
"""Bytes below which a disk counts as full: an entry of the journal may need so many."""

_UNITS = ("bytes", "KiB", "MiB", "GiB", "TiB")


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """What a file system has left: blocks of `block` bytes that we may take, and file numbers out of `files` (0: it counts none)."""

    block: int
    blocks: int
    files: int
    files_left: int


def state(root: Path | None, environ: Mapping[str, str]) -> list[Line]:
    """One line about the disk of the record, or of the state directory; none where the line of the directory itself says what is wrong."""
    try:
        folder = (find_folder(root, environ) if root else None) or state_directory(environ)
    except UsageError:
        return []
    return _looked("state disk", folder)


def repository(root: Path) -> list[Line]:
    """One line about the disk of the repository, which takes the ledger and the lock record."""
    return _looked("repository disk", root)


def room_line(name: str, place: Path, room: Room) -> Line:
    """Return the line about a disk that has so much room below `place`."""
    free = room.block * room.blocks
    if room.files and not room.files_left:
        return Line(Level.BAD, name, f"no file numbers (inodes) left below {place}", "remove files on that disk")
    told = f"{size(free)} free below {place}"
    return Line(Level.BAD, name, f"full: {told}", "make room on that disk") if free < ENOUGH else Line(Level.FINE, name, told)


def size(number: int) -> str:
    """Return a number of bytes in the largest unit that leaves at least 1 before the point."""
    power = min(max(number.bit_length() - 1, 0) // 10, len(_UNITS) - 1)
    return f"{number / 1024**power:.1f} {_UNITS[power]}" if power else f"{number} bytes"


def _looked(name: str, place: Path) -> list[Line]:
    try:
        nearest = next(folder for folder in (place, *place.parents) if folder.exists())
        found = os.statvfs(nearest)
    except OSError:
        # Not to be reached: other lines say why.
        return []
    blocks = found.f_bfree if os.geteuid() == 0 else found.f_bavail
    return [room_line(name, nearest, Room(block=found.f_frsize, blocks=blocks, files=found.f_files, files_left=found.f_ffree))]
