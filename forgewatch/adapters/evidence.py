"""Writing what forgewatch owns in the repository, never through a symlink (hostile.md, openat layer; ledger.md, Commit order)."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from forgewatch.adapters.disk import APPEND, CREATE, FOLDER, SYSTEM, Disk, again, is_full, read_exactly, replace_whole, write_all
from forgewatch.core.errors import LedgerUnwritable
from forgewatch.core.values import RepoPath

_MODE = 0o644
_FOLDER_MODE = 0o755


class RepositoryEvidence:
    """Implements `ports.EvidenceFiles` below one root. Every folder on the way is opened by name without following links."""

    def __init__(self, root: Path, disk: Disk = SYSTEM) -> None:
        self._root = root
        self._disk = disk

    def append(self, path: RepoPath, data: bytes) -> int:
        """Append durably, read back, and return the offset where the bytes begin. Makes folder and file when they are missing.

        Raises LedgerUnwritable; then the file ends as before, or with a beginning of `data` when even that could not be undone.
        """
        with self._folder_of(path) as (folder, name), self._translated(path):
            created, descriptor = self._open_to_append(folder, name)
            try:
                return self._append(descriptor, data, path)
            finally:
                os.close(descriptor)
                if created:
                    self._disk.fsync(folder)

    def replace(self, path: RepoPath, data: bytes) -> None:
        """Put `data` in place of the file at once: a reader sees the old bytes or the new ones. Raises LedgerUnwritable."""
        with self._folder_of(path) as (folder, name), self._translated(path):
            replace_whole(self._disk, folder, name, data, self._mode_of(folder, name))

    def _append(self, descriptor: int, data: bytes, path: RepoPath) -> int:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise LedgerUnwritable(f"{path} is not a regular file", "move it away")
        try:
            write_all(self._disk, descriptor, data)
            # O_APPEND writes where the file ends now, which is not where it ended when we looked.
            begin = self._find(descriptor, data, found.st_size)
            again(lambda: self._disk.fdatasync(descriptor))
        except OSError:
            self._take_back(descriptor, found.st_size, data)
            raise
        return begin

    def _find(self, descriptor: int, data: bytes, least: int) -> int:
        tail = read_exactly(self._disk, descriptor, os.fstat(descriptor).st_size - least, least)
        place = tail.rfind(data)
        if place < 0:
            raise OSError(errno.EIO, "what was written does not come back")
        return least + place

    def _take_back(self, descriptor: int, size: int, data: bytes) -> None:
        # Half an entry is no entry. Only our own bytes are taken back: what another writer added meanwhile stays.
        with contextlib.suppress(OSError):
            written = os.fstat(descriptor).st_size - size
            if written == len(data) or data.startswith(read_exactly(self._disk, descriptor, written, size)):
                self._disk.ftruncate(descriptor, size)

    def _open_to_append(self, folder: int, name: str) -> tuple[bool, int]:
        with contextlib.suppress(FileNotFoundError):
            return False, self._disk.open(name, APPEND, folder=folder)
        return True, self._disk.open(name, APPEND | CREATE, _MODE, folder=folder)

    def _mode_of(self, folder: int, name: str) -> int:
        try:
            found = os.stat(name, dir_fd=folder, follow_symlinks=False)
        except FileNotFoundError:
            return _MODE
        return stat.S_IMODE(found.st_mode) & 0o666 if stat.S_ISREG(found.st_mode) else _MODE

    @contextlib.contextmanager
    def _folder_of(self, path: RepoPath) -> Iterator[tuple[int, str]]:
        *parts, name = path.split("/")
        with self._translated(path), contextlib.ExitStack() as opened:
            folder = self._disk.open(self._root, FOLDER & ~os.O_NOFOLLOW)
            opened.callback(os.close, folder)
            for part in parts:
                folder = self._enter(folder, part)
                opened.callback(os.close, folder)
            yield folder, name

    def _enter(self, folder: int, part: str) -> int:
        with contextlib.suppress(FileNotFoundError):
            return self._disk.open(part, FOLDER, folder=folder)
        with contextlib.suppress(FileExistsError):
            os.mkdir(part, _FOLDER_MODE, dir_fd=folder)
            self._disk.fsync(folder)
        return self._disk.open(part, FOLDER, folder=folder)

    @contextlib.contextmanager
    def _translated(self, path: RepoPath) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            why = f"{path} cannot be written: {error.strerror}"
            if is_full(error):
                # In the message: what keeps the file from being shown is told without a hint beside it.
                raise LedgerUnwritable(f"{why}; make room on that disk") from error
            if error.errno in (errno.ELOOP, errno.ENOTDIR):
                why = f"{path} cannot be written: it is a symlink, or lies behind one or behind a file"
                raise LedgerUnwritable(why, "look where it leads, and move it away: nothing is written through a symlink") from error
            raise LedgerUnwritable(why, "check its owner, its folder and the disk") from error
