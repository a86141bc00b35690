"""Keeps one line in a repository's `.gitignore`: a file of forgewatch's own that lies untracked would be stashed and committed."""

from __future__ import annotations

import os
import stat
from enum import Enum, auto
from pathlib import Path

from forgewatch.adapters.disk import SYSTEM, replace_whole
from forgewatch.adapters.scaffold import acting_as_owner, make_file, translated

NAME = ".gitignore"
_LIMIT = 1024 * 1024
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class Ignoring(Enum):
    """What became of the line. ODD: what is there is no regular file of reasonable size, and was not touched."""

    BEGUN = auto()
    ADDED = auto()
    THERE = auto()
    ODD = auto()


def ignore(root: Path, line: str) -> Ignoring:
    """Have `line` stand in the `.gitignore` of `root`, with or without a leading slash. Its other bytes and line endings are kept.

    Never follows a symlink. Raises EnvironmentFault. If we crash here, the file is the old one or the new one.
    """
    if make_file(root, NAME, f"{line}\n".encode()):
        return Ignoring.BEGUN
    with translated(NAME):
        folder = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            with acting_as_owner(folder):
                return _added(folder, line.encode())
        finally:
            os.close(folder)


def _added(folder: int, line: bytes) -> Ignoring:
    if not stat.S_ISREG(os.stat(NAME, dir_fd=folder, follow_symlinks=False).st_mode):
        return Ignoring.ODD
    descriptor = os.open(NAME, _READ, dir_fd=folder)
    with open(descriptor, "rb") as file:
        found, mode = file.read(_LIMIT + 1), os.fstat(descriptor).st_mode
    if len(found) > _LIMIT:
        return Ignoring.ODD
    if {line, b"/" + line}.intersection(row.rstrip() for row in found.split(b"\n")):
        return Ignoring.THERE
    replace_whole(SYSTEM, folder, NAME, with_line(found, line), 0o600)
    _give_mode(folder, stat.S_IMODE(mode))
    return Ignoring.ADDED


def with_line(found: bytes, line: bytes) -> bytes:
    """Return `found` with `line` as its last one, in the line ending of the line before it."""
    ending = b"\r\n" if found.rpartition(b"\n")[0].endswith(b"\r") else b"\n"
    open_end = found and not found.endswith(b"\n")
    return found + (ending if open_end else b"") + line + ending


def _give_mode(folder: int, mode: int) -> None:
    descriptor = os.open(NAME, _READ, dir_fd=folder)
    try:
        os.fchmod(descriptor, mode)
    finally:
        os.close(descriptor)
