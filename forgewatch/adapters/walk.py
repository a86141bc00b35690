"""The walk over a working tree: raw bytes against a verified tree, directory by directory (hostile.md, Change set).

Every step is relative to an open directory and follows no symlink. A directory whose time stamps and files stood still since the last
walk is not compared again; every file is still looked at, each time. What cannot be taken in is an obstacle, what moves is `Moved`.
"""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from forgewatch.adapters.file_hash import Moved
from forgewatch.adapters.files import DIRECTORY, folder_of
from forgewatch.adapters.listing import Listing, WalkRules
from forgewatch.adapters.stat_cache import Deviation, Folder, Folders
from forgewatch.core.limits import Limits

PATH_LIMIT = 4095

Start = tuple[str, str, bool]
"""A directory to walk: path (`""` or with a trailing `/`), id of its tree or "", whether an ignored directory holds it."""


@dataclass(slots=True)
class Found:
    """What a walk found. `visited` are the directories with the keys they had; `fresh` those that were listed anew.

    `written` are visible files, with their change time, that may have been written to meanwhile. `skipped` are directories left to
    another process; `absent`: the start was not there.
    """

    deviations: list[Deviation] = field(default_factory=list)
    obstacles: list[tuple[str, str]] = field(default_factory=list)
    gitlinks: list[tuple[str, str]] = field(default_factory=list)
    ignored: dict[str, int] = field(default_factory=dict)
    newly: list[tuple[str, bool]] = field(default_factory=list)
    visited: dict[str, tuple[int, int, int, int]] = field(default_factory=dict)
    fresh: list[str] = field(default_factory=list)
    written: list[tuple[str, int]] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    absent: bool = False
    entries: int = 0
    size: int = 0
    stopped: str = ""


class Stopped(Exception):
    """A limit of the whole walk is reached."""


class Walk:
    """One walk of one process. `folders` is read and brought up to date."""

    def __init__(self, root: int, rules: WalkRules, folders: Folders, skip: Mapping[str, Start]) -> None:
        self._root = root
        self._rules = rules
        self._folders = folders
        self._skip = skip
        self.found = Found()

    def run(self, start: Start) -> Found:
        """Walk a directory and all below it, but for those to skip. Raises Moved when something changed under the walk."""
        path, tree, hidden = start
        try:
            with folder_of(self._root, path) as (handle, _):
                self._visit(handle, path, tree, hidden)
        except Stopped as stop:
            self.found.stopped = str(stop)
        except OSError:
            self.found.absent = True
        return self.found

    def _visit(self, handle: int, path: str, tree: str, hidden: bool) -> None:
        if time.monotonic() > self._rules.deadline:
            raise Stopped(f"is over the limit of {self._rules.limits.tree_seconds} s")
        seen = os.fstat(handle)
        key = (seen.st_dev, seen.st_ino, seen.st_mtime_ns, seen.st_ctime_ns)
        folder = self._folders.get(path)
        judged = (tree, hidden, self._rules.epoch)
        if folder is None or not self._rules.use_cache or folder.key != key or folder.judged != judged or not _stood_still(handle, folder):
            listing = Listing(self._rules, handle, path, tree, hidden, folder)
            folder = listing.read(key)
            self.found.written += listing.written
            self._folders[path] = folder
            self.found.fresh.append(path)
        self.found.visited[path] = key
        self._take(folder)
        for name, below, inside in folder.below:
            self._descend(handle, f"{path}{name}/", name, below, inside)

    def _descend(self, handle: int, path: str, name: str, tree: str, hidden: bool) -> None:
        if path.count("/") > self._rules.limits.tree_depth:
            self.found.obstacles.append((path[:-1], f"is over the limit of {self._rules.limits.tree_depth} levels"))
            return
        if len(path) * 4 > PATH_LIMIT and len(os.fsencode(path)) > PATH_LIMIT:
            self.found.obstacles.append((path[:-1], f"is over the limit of {PATH_LIMIT} bytes for a path"))
            return
        if self._skip.get(path) == (path, tree, hidden):
            self.found.skipped.append(path)
            return
        try:
            below = os.open(name, DIRECTORY, dir_fd=handle)
        except OSError as error:
            if error.errno not in (errno.EACCES, errno.EPERM):
                raise Moved(f"{path} was there and is gone") from error
            self.found.obstacles.append((path[:-1], "is an unreadable directory"))
            return
        try:
            self._visit(below, path, tree, hidden)
        finally:
            os.close(below)

    def _take(self, folder: Folder) -> None:
        found, limits = self.found, self._rules.limits
        found.entries += len(folder.keys)
        found.size += folder.size
        if folder.deviations:
            found.deviations += folder.deviations
        if folder.obstacles:
            found.obstacles += folder.obstacles
        if folder.gitlinks:
            found.gitlinks += folder.gitlinks
        if folder.newly:
            found.newly += folder.newly
        for top, count in folder.ignored:
            found.ignored[top] = found.ignored.get(top, 0) + count
        over = over_limit(found.entries, len(found.visited), found.size, limits)
        if over:
            raise Stopped(over)


def over_limit(files: int, directories: int, size: int, limits: Limits) -> str:
    """Return which limit of the whole tree is passed, empty when none is."""
    if max(files, directories) > limits.tree_entries:
        return f"is over the limit of {limits.tree_entries} entries"
    return f"is over the limit of {limits.tree_bytes} bytes" if size > limits.tree_bytes else ""


def _stood_still(handle: int, folder: Folder) -> bool:
    """True when every file of the folder still has its key. The names need no reading: the directory itself stood still."""
    assert folder.key is not None
    device = folder.key[0]
    look = os.stat
    try:
        for name, key in folder.keys.items():
            seen = look(name, dir_fd=handle, follow_symlinks=False)
            if (seen.st_ino, seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns, seen.st_mode) != key or seen.st_dev != device:
                return False
    except OSError:
        return False
    return True
