"""Keeps lines in a repository's `.gitignore`: a file of forgewatch's own that lies untracked would be stashed and committed."""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from enum import Enum, auto
from pathlib import Path

from forgewatch.adapters.disk import SYSTEM, replace_whole
from forgewatch.adapters.scaffold import acting_as_owner, make_file, translated

NAME = ".gitignore"
_LIMIT = 1024 * 1024
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class Ignoring(Enum):
    """What became of the lines. ODD: what is there is no regular file of reasonable size, and was not touched."""

    BEGUN = auto()
    ADDED = auto()
    THERE = auto()
    ODD = auto()


def ignore(root: Path, lines: Sequence[str]) -> tuple[Ignoring, tuple[str, ...]]:
    """Have `lines` stand in the `.gitignore` of `root`, with or without a leading slash. Its other bytes and line endings are kept.

    Return what became of them and which were added. Never follows a symlink. Raises EnvironmentFault. If we crash here, the file is the
    old one or the new one.
    """
    if make_file(root, NAME, "".join(f"{line}\n" for line in lines).encode()):
        return Ignoring.BEGUN, tuple(lines)
    with translated(NAME):
        folder = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            with acting_as_owner(folder):
                return _added(folder, lines)
        finally:
            os.close(folder)


def lost(found: bytes, lines: Sequence[str]) -> tuple[str, ...]:
    """Return those of `lines` that do not stand in the bytes of a `.gitignore`, with or without a leading slash."""
    rows = {row.rstrip() for row in found.split(b"\n")}
    return tuple(line for line in lines if not {line.encode(), b"/" + line.encode()} & rows)


def _added(folder: int, lines: Sequence[str]) -> tuple[Ignoring, tuple[str, ...]]:
    if not stat.S_ISREG(os.stat(NAME, dir_fd=folder, follow_symlinks=False).st_mode):
        return Ignoring.ODD, ()
    descriptor = os.open(NAME, _READ, dir_fd=folder)
    with open(descriptor, "rb") as file:
        found, mode = file.read(_LIMIT + 1), os.fstat(descriptor).st_mode
    if len(found) > _LIMIT:
        return Ignoring.ODD, ()
    missing = lost(found, lines)
    if not missing:
        return Ignoring.THERE, ()
    replace_whole(SYSTEM, folder, NAME, with_lines(found, missing), 0o600)
    _give_mode(folder, stat.S_IMODE(mode))
    return Ignoring.ADDED, missing


def with_lines(found: bytes, lines: Sequence[str]) -> bytes:
    """Return `found` with `lines` as its last ones, in the line ending of the line before them."""
    ending = b"\r\n" if found.rpartition(b"\n")[0].endswith(b"\r") else b"\n"
    open_end = found and not found.endswith(b"\n")
    return found + (ending if open_end else b"") + b"".join(line.encode() + ending for line in lines)


def _give_mode(folder: int, mode: int) -> None:
    descriptor = os.open(NAME, _READ, dir_fd=folder)
    try:
        os.fchmod(descriptor, mode)
    finally:
        os.close(descriptor)
