"""Writes the files of a builder's output: each one at once, below the root, never through a symlink (S002-0.1-2, S002-0.1-4)."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from forgewatch.adapters.disk import FOLDER, SYSTEM, Disk, is_full, replace_whole
from forgewatch.adapters.file_kind import kind_of
from forgewatch.adapters.files import read_entry
from forgewatch.core.block_order import Deed, Fate
from forgewatch.core.errors import RepositoryUnavailable
from forgewatch.core.values import RepoPath

_MODE = 0o644
_FOLDER_MODE = 0o755
_PERMISSIONS = 0o777


class _InTheWay(Exception):
    """Something on the way to the file, or in its place, is not what it has to be. The message says what is what."""


class BlockFiles:
    """The files below one root. A kill or a full disk leaves each of them with its old bytes or its new ones."""

    def __init__(self, root: Path, disk: Disk = SYSTEM) -> None:
        self._root = root
        self._disk = disk

    def look(self, path: RepoPath, content: bytes) -> Deed:
        """Return what `put` would do, as things are now; nothing is made. Raises RepositoryUnavailable when the root is gone."""
        return self._judged(path, content, write=False)

    def put(self, path: RepoPath, content: bytes) -> Deed:
        """Let the file hold `content`. A file that is there keeps its permissions, a new one is 0644, folders are made; what holds the
        same bytes already is not touched. Raises RepositoryUnavailable when the root is gone."""
        return self._judged(path, content, write=True)

    def _judged(self, path: RepoPath, content: bytes, *, write: bool) -> Deed:
        try:
            with self._folder_of(path, make=write) as (folder, name):
                deed, mode = _compared(folder, name, content)
                if write and deed.fate is not Fate.UNCHANGED:
                    # No audit counts a *.swp: a kill before the rename leaves a file that nobody has to claim.
                    replace_whole(self._disk, folder, name, content, mode, temporary=f".forgewatch-{os.getpid()}.swp")
                return deed
        except _InTheWay as error:
            return Deed(Fate.REFUSED, str(error))
        except FileNotFoundError:
            # Only without `write`: then a folder on the way is not there yet. With it, somebody removes them while we make them.
            return Deed(Fate.FAILED, "cannot be written: its folder is gone") if write else Deed(Fate.NEW)
        except OSError as error:
            return Deed(Fate.FAILED, f"cannot be written: {error.strerror}{'; make room on that disk' if is_full(error) else ''}")

    @contextlib.contextmanager
    def _folder_of(self, path: RepoPath, *, make: bool) -> Iterator[tuple[int, str]]:
        *parts, name = path.split("/")
        with contextlib.ExitStack() as opened:
            folder = self._top()
            opened.callback(os.close, folder)
            for depth, part in enumerate(parts, 1):
                folder = self._enter(folder, part, "/".join(parts[:depth]), make=make)
                opened.callback(os.close, folder)
            yield folder, name

    def _top(self) -> int:
        try:
            return self._disk.open(self._root, FOLDER & ~os.O_NOFOLLOW)
        except (FileNotFoundError, NotADirectoryError) as error:
            raise RepositoryUnavailable(f"{self._root}: expected a directory, found {error.strerror}", "restore the repository") from error

    def _enter(self, folder: int, part: str, shown: str, *, make: bool) -> int:
        try:
            mode = os.stat(part, dir_fd=folder, follow_symlinks=False).st_mode
        except FileNotFoundError:
            if not make:
                raise
            mode = self._made(folder, part)
        kind = kind_of(mode) or "file"
        if kind != "directory":
            raise _InTheWay(f"lies behind {shown}, which is a {kind}")
        # Replaced by a symlink since we looked, it does not open.
        return self._disk.open(part, FOLDER, folder=folder)

    def _made(self, folder: int, part: str) -> int:
        with contextlib.suppress(FileExistsError):
            os.mkdir(part, _FOLDER_MODE, dir_fd=folder)
            self._disk.fsync(folder)
        return os.stat(part, dir_fd=folder, follow_symlinks=False).st_mode


def _compared(folder: int, name: str, content: bytes) -> tuple[Deed, int]:
    """Return what writing does to the file, and the permissions it is to have. Raises _InTheWay for what is no regular file."""
    try:
        found = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return Deed(Fate.NEW), _MODE
    kind = kind_of(found.st_mode)
    if kind:
        raise _InTheWay(f"is a {kind}")
    same = found.st_size == len(content) and _read(folder, name, len(content)) == content
    return Deed(Fate.UNCHANGED if same else Fate.CHANGED), stat.S_IMODE(found.st_mode) & _PERMISSIONS


def _read(folder: int, name: str, size: int) -> object:
    try:
        return read_entry(folder, name, size)
    except OSError:
        # What we may not read we may still replace.
        return None
