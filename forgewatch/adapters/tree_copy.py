"""Copying files of the working tree into a folder of ours, each read once and compared with what was surveyed (core/copying.py).

Source and copy are entered folder by folder without following symlinks, so neither can a path lead out of the copy nor a swapped folder
lead us elsewhere.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby

from forgewatch.adapters.disk import remedy
from forgewatch.adapters.file_hash import blob_id
from forgewatch.adapters.files import DIRECTORY, FILE, folder_of, opened_root
from forgewatch.adapters.tree_removal import empty_folder
from forgewatch.core.errors import EnvironmentFault, Unstable
from forgewatch.core.snapshot import Entry
from forgewatch.core.text import escape
from forgewatch.core.values import RepoPath

_CHUNK = 1024 * 1024
_LINK, _MODULE = 0o12, 0o16
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_NO_NAMES = frozenset({"", ".", ".."})

Row = tuple[RepoPath, Entry]


class RepositoryCopier:
    """Fulfils copying.TreeCopier for the repository at `root`; `limit` are the bytes that a file may have."""

    def __init__(self, root: str, limit: int) -> None:
        self._root = root
        self._limit = limit

    def copy(self, folder: str, entries: Iterable[Row], is_loose: Callable[[str], bool]) -> None:
        """Fill the folder. Raises Unstable, RepositoryUnavailable, and EnvironmentFault when it cannot be written."""
        rows = sorted(entries, key=lambda row: (_parent(row[0]), row[0]))
        try:
            empty_folder(folder)
            with opened_root(self._root) as source, opened_root(folder) as target:
                for parent, group in groupby(rows, key=lambda row: _parent(row[0])):
                    self._fill(source, target, parent, group, is_loose)
        except OSError as error:
            raise _fault(folder, error) from error

    def _fill(self, source: int, target: int, parent: str, rows: Iterable[Row], is_loose: Callable[[str], bool]) -> None:
        with _opened(source, parent) as here, made_below(target, parent) as there:
            for path, entry in rows:
                name = path.rpartition("/")[2]
                if name in _NO_NAMES:
                    raise EnvironmentFault(f"{escape(path)}: expected a path below the root, found one that leaves it")
                self._place(here, there, path, name, None if is_loose(path) else entry)

    def _place(self, here: int, there: int, path: str, name: str, entry: Entry | None) -> None:
        kind = entry.mode >> 12 if entry else 0
        try:
            if kind == _MODULE:
                os.mkdir(name, 0o755, dir_fd=there)
            elif entry is not None and kind == _LINK:
                os.symlink(_link_text(here, path, name, entry), name, dir_fd=there)
            else:
                self._file(here, there, path, name, entry)
        except FileExistsError as error:
            raise Unstable(f"{path} is there twice") from error

    def _file(self, here: int, there: int, path: str, name: str, entry: Entry | None) -> None:
        """Copy one file. A loose one has no entry: it is copied as it is, and left out where it cannot be read."""
        try:
            handle = os.open(name, FILE, dir_fd=here)
        except OSError as error:
            if entry is None:
                return
            raise Unstable(f"{path} was there and cannot be opened: {error.strerror}") from error
        try:
            seen = os.fstat(handle)
            if not stat.S_ISREG(seen.st_mode) or seen.st_size > self._limit:
                if entry is None:
                    return
                raise Unstable(f"{path} was replaced")
            copied = _stream(handle, os.open(name, _NEW, 0o600, dir_fd=there), seen.st_size, _hasher(entry, seen.st_size))
            if entry is not None and copied != entry.oid:
                raise Unstable(f"{path} was written to while it was copied")
            is_executable = entry.mode & stat.S_IXUSR if entry else seen.st_mode & stat.S_IXUSR
            os.chmod(name, 0o755 if is_executable else 0o644, dir_fd=there)
        finally:
            os.close(handle)


def _parent(path: str) -> str:
    return path.rpartition("/")[0]


def _hasher(entry: Entry | None, size: int) -> hashlib._Hash:
    algorithm = "sha256" if entry and len(entry.oid) == 64 else "sha1"
    return hashlib.new(algorithm, b"blob %d\0" % size, usedforsecurity=False)


def _link_text(here: int, path: str, name: str, entry: Entry) -> bytes:
    try:
        text = os.fsencode(os.readlink(name, dir_fd=here))
    except OSError as error:
        raise Unstable(f"{path} was a symlink and is none") from error
    if blob_id("sha256" if len(entry.oid) == 64 else "sha1", text) != entry.oid:
        raise Unstable(f"{path} was written to while it was copied")
    return text


def _stream(source: int, target: int, size: int, hasher: hashlib._Hash) -> str:
    """Copy `size` bytes, close the target and return the digest of what was copied, empty when there were fewer."""
    left = size
    try:
        while left and (chunk := os.read(source, min(_CHUNK, left))):
            hasher.update(chunk)
            left -= len(chunk)
            while chunk:
                chunk = chunk[os.write(target, chunk) :]
    finally:
        os.close(target)
    return hasher.hexdigest() if not left else ""


@contextlib.contextmanager
def _opened(root: int, parent: str) -> Iterator[int]:
    """Yield the folder `parent` of the source. Raises Unstable."""
    if not parent:
        yield root
        return
    try:
        with folder_of(root, parent) as (above, name):
            handle = os.open(name, DIRECTORY, dir_fd=above)
    except OSError as error:
        raise Unstable(f"{parent} was a folder and cannot be entered: {error.strerror}") from error
    try:
        yield handle
    finally:
        os.close(handle)


@contextlib.contextmanager
def made_below(root: int, parent: str) -> Iterator[int]:
    """Yield the folder `parent` of the copy, made if need be. A symlink on the way raises OSError: it is not followed."""
    handle = os.dup(root)
    try:
        for part in parent.split("/") if parent else ():
            if part in _NO_NAMES:
                raise EnvironmentFault(f"{escape(parent)}: expected a path below the root, found one that leaves it")
            with contextlib.suppress(FileExistsError):
                os.mkdir(part, 0o755, dir_fd=handle)
            below = os.open(part, DIRECTORY, dir_fd=handle)
            os.close(handle)
            handle = below
        yield handle
    finally:
        os.close(handle)


def _fault(path: str, error: OSError) -> EnvironmentFault:
    return EnvironmentFault(
        f"the copy for the tests cannot be written: {escape(path)}: {error.strerror}",
        remedy(error, "look at the state folder and its file system"),
    )
