"""Reading below a root that somebody else controls (hostile.md, openat layer).

Every step from the root down is an `openat` without following symlinks; only regular files are opened, never blocking, never over
the limit, and only bytes that stood still while they were read are returned. Nothing here raises for what a builder can do.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager

from forgewatch.adapters.file_kind import kind_of
from forgewatch.core.errors import RepositoryUnavailable
from forgewatch.core.values import Absent, Content, RepoPath, Unreadable

Identity = tuple[int, int, int, int, int]
"""(dev, ino, size, mtime_ns, ctime_ns) of a file: equal means that nobody wrote it, for a file older than a minute on a local disk."""

DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY
TRIES = 3
MOVED = "changed during the read"
"""Why a file is Unreadable that was written to each time it was read."""

_CHUNK = 1024 * 1024
_GONE = (errno.ENOENT, errno.ENOTDIR)


class RootFiles:
    """Fulfils ports.TreeFiles for one root. Holds no descriptor between calls: a root that is replaced is seen at the next call."""

    def __init__(self, root: str) -> None:
        self._root = root

    def read(self, path: RepoPath, limit: int) -> Content:
        """Return the bytes of a regular file of at most `limit` bytes, Absent, or Unreadable with the reason."""
        try:
            root = os.open(self._root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError as error:
            return Absent() if error.errno in _GONE else Unreadable(f"its root cannot be opened: {_reason(error)}")
        try:
            return read_below(root, path, limit)
        finally:
            os.close(root)

    def stat(self, path: RepoPath) -> Identity | None:
        """Return the identity of the regular file at `path`, None when there is none. One `stat`, for "did it change?"."""
        try:
            root = os.open(self._root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError:
            return None
        try:
            with folder_of(root, path) as (folder, name):
                found = os.stat(name, dir_fd=folder, follow_symlinks=False)
        except OSError:
            return None
        finally:
            os.close(root)
        return identity_of(found) if stat.S_ISREG(found.st_mode) else None


def identity_of(found: os.stat_result) -> Identity:
    """Return what changes when a file is written or replaced."""
    return (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)


@contextmanager
def opened_root(root: str) -> Iterator[int]:
    """Yield a descriptor of the root directory. Raises RepositoryUnavailable."""
    try:
        handle = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise RepositoryUnavailable(f"{root}: expected a directory, found {_reason(error)}", "mount or restore the repository") from error
    try:
        yield handle
    finally:
        os.close(handle)


@contextmanager
def folder_of(root: int, path: str) -> Iterator[tuple[int, str]]:
    """Yield (descriptor of the directory that holds `path`, last part), each step opened without following symlinks. Raises OSError."""
    *folders, name = path.split("/")
    handle = root
    try:
        for folder in folders:
            below = os.open(folder, DIRECTORY, dir_fd=handle)
            if handle != root:
                os.close(handle)
            handle = below
        yield handle, name
    finally:
        if handle != root:
            os.close(handle)


def read_below(root: int, path: str, limit: int) -> Content:
    """Return the bytes of the regular file `path` below the open directory `root`, or what kept us from them."""
    try:
        with folder_of(root, path) as (folder, name):
            return read_entry(folder, name, limit)
    except OSError as error:
        return _missing_or_unreadable(root, path, error)


def read_entry(folder: int, name: str, limit: int) -> Content:
    """Return the bytes of the regular file `name` in the open directory `folder`. Raises OSError when it cannot be opened.

    A file that is replaced by a rename at the wrong moment is still read whole: what was opened first is what counts.
    """
    for _ in range(TRIES):
        # Looked at before it is opened: opening a FIFO or a device may already do something.
        kind = kind_of(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode)
        if kind:
            return Unreadable(f"is a {kind}")
        handle = os.open(name, FILE, dir_fd=folder)
        try:
            content = _read_still(handle, limit)
        finally:
            os.close(handle)
        if content is not None:
            return content
    return Unreadable(MOVED)


def _read_still(handle: int, limit: int) -> Content | None:
    """Read the whole file; None when it was written to meanwhile."""
    before = os.fstat(handle)
    kind = kind_of(before.st_mode)
    if kind:
        return Unreadable(f"is a {kind}")
    if before.st_size > limit:
        return Unreadable(f"is over the limit of {limit} bytes: it has {before.st_size}")
    raw = read_all(handle, before.st_size)
    return raw if len(raw) == before.st_size and _stood_still(before, os.fstat(handle)) else None


def _stood_still(before: os.stat_result, after: os.stat_result) -> bool:
    if after.st_nlink == 0:
        # Replaced by a rename while we read: losing its last name moved ctime, its bytes are what they were.
        return (before.st_size, before.st_mtime_ns) == (after.st_size, after.st_mtime_ns)
    return identity_of(before) == identity_of(after)


def read_all(handle: int, size: int) -> bytes:
    """Return up to `size` + 1 bytes from the current position: one more than wanted shows a file that grew."""
    raw = os.read(handle, size + 1)
    if len(raw) == size:
        return raw
    parts, have = [raw], len(raw)
    while have <= size and parts[-1]:
        parts.append(os.read(handle, min(_CHUNK, size + 1 - have)))
        have += len(parts[-1])
    return b"".join(parts)


def _missing_or_unreadable(root: int, path: str, error: OSError) -> Content:
    if error.errno == errno.ENOTDIR and _crosses_symlink(root, path):
        return Unreadable("lies behind a symlink")
    if error.errno in _GONE:
        return Absent()
    return Unreadable("is a symlink" if error.errno == errno.ELOOP else f"cannot be read: {_reason(error)}")


def _crosses_symlink(root: int, path: str) -> bool:
    parts = path.split("/")
    for count in range(1, len(parts)):
        try:
            with folder_of(root, "/".join(parts[:count])) as (folder, name):
                if stat.S_ISLNK(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode):
                    return True
        except OSError:
            return False
    return False


def _reason(error: OSError) -> str:
    return (os.strerror(error.errno) if error.errno else "unknown error").lower()
