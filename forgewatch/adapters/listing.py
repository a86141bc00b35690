"""Listing one directory and comparing it with its tree: what is a file, what is ignored, what is gone (hostile.md, Change set)."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

from forgewatch.adapters.file_hash import HashRules, Moved, hash_file
from forgewatch.adapters.file_kind import kind_of
from forgewatch.adapters.stat_cache import Deviation, Folder, Key, Trust
from forgewatch.adapters.trees import EMPTY, Tree, TreeStore
from forgewatch.adapters.walk_time import may_be_from
from forgewatch.core.ignore_rules import RULES_FILE, IgnoreRules
from forgewatch.core.limits import Limits
from forgewatch.core.values import Oid

NESTED = "is a nested repository"


@dataclass(frozen=True, slots=True, kw_only=True)
class WalkRules:
    """What a walk compares with. `base` are the ignore rules at BASE, `rules` those in force; `epoch` names all of it in one text.

    `began`: when the attempt began, in nanoseconds of the file system's clock. `modules`: paths that are submodules although
    the tree does not say so.
    """

    trees: TreeStore
    rules: IgnoreRules
    base: IgnoreRules
    hashing: HashRules
    limits: Limits
    trust: Trust
    use_cache: bool
    epoch: str
    deadline: float
    began: int = 0
    modules: frozenset[str] = frozenset()


class Listing:
    """Lists one directory and compares it with its tree."""

    def __init__(self, rules: WalkRules, handle: int, path: str, tree: str, hidden: bool, before: Folder | None) -> None:
        self._rules = rules
        self._handle = handle
        self._path = path
        self._tree: Tree = rules.trees.tree(Oid(tree)) if tree else EMPTY
        self._hidden = hidden
        self._old = before if before is not None and rules.use_cache else None
        self._judged = (tree, hidden, rules.epoch)
        self._keys: dict[str, Key | None] = {}
        self._recorded: dict[str, str] = {}
        self._turned: dict[str, str] = {}
        self._below: list[tuple[str, str, bool]] = []
        self._deviations: list[Deviation] = []
        self._obstacles: list[tuple[str, str]] = []
        self._gitlinks: list[tuple[str, str]] = []
        self._ignored: dict[str, int] = {}
        self._newly: list[tuple[str, bool]] = []
        self._size = 0
        self.written: list[tuple[str, int]] = []
        """Visible files, with their change time, that may have been written to since the attempt began."""

    def read(self, key: tuple[int, int, int, int]) -> Folder:
        """Return the directory as it is now. Raises Moved."""
        try:
            with os.scandir(self._handle) as entries:
                listed = sorted(islice(entries, self._rules.limits.tree_entries + 1), key=lambda entry: entry.name)
        except OSError as error:
            raise Moved(f"{self._path or '.'} cannot be listed: {os.strerror(error.errno or 0).lower()}") from error
        for entry in listed:
            self._take(entry)
        self._miss({entry.name for entry in listed})
        young = not self._rules.trust.covers(key[0], key[2], key[3])
        return Folder(
            key=None if young else key,
            keys=self._keys,
            recorded=self._recorded,
            turned=self._turned,
            judged=self._judged,
            below=tuple(self._below),
            deviations=tuple(self._deviations),
            obstacles=tuple(self._obstacles),
            gitlinks=tuple(self._gitlinks),
            ignored=tuple(self._ignored.items()),
            newly=tuple(self._newly),
            size=self._size,
        )

    def _take(self, entry: os.DirEntry[str]) -> None:
        name = entry.name
        if name == ".git":
            if self._path:
                self._obstacles.append((self._path[:-1], NESTED))
            return
        if entry.is_dir(follow_symlinks=False):
            self._take_folder(name)
        elif name in self._tree.files or not self._leave_out(name, False):
            self._take_file(name)

    def _take_folder(self, name: str) -> None:
        recorded = self._tree.files.get(name, "")
        if recorded.startswith("160000") or self._path + name in self._rules.modules:
            self._gitlinks.append((self._path + name, recorded))
            return
        if recorded:
            self._deviations.append((self._path + name, recorded, "", ""))
        tree = self._tree.folders.get(name, "")
        if tree:
            self._below.append((name, tree, self._hidden or self._rules.rules.ignores(self._path + name, True)))
        elif not self._leave_out(name, True):
            self._below.append((name, "", False))

    def _leave_out(self, name: str, is_folder: bool) -> bool:
        """True when an untracked name is ignored; it is counted then."""
        path = self._path + name
        if not self._hidden and not self._ignores(path, name, is_folder):
            return False
        top = path.partition("/")[0]
        self._ignored[top] = self._ignored.get(top, 0) + 1
        return True

    def _ignores(self, path: str, name: str, is_folder: bool) -> bool:
        rules = self._rules
        if name == RULES_FILE:
            # A rules file cannot hide itself by what it says now: only rules at BASE may.
            return rules.base.ignores(path, is_folder)
        if not rules.rules.ignores(path, is_folder):
            return False
        if rules.base is not rules.rules and not rules.base.covers(path, is_folder):
            self._newly.append((path, is_folder))
        return True

    def _take_file(self, name: str) -> None:
        try:
            seen = os.stat(name, dir_fd=self._handle, follow_symlinks=False)
        except OSError as error:
            raise Moved(f"{self._path}{name} was there and is gone") from error
        before = self._tree.files.get(name, "")
        if not (stat.S_ISREG(seen.st_mode) or stat.S_ISLNK(seen.st_mode)):
            self._obstacles.append((self._path + name, f"is a {kind_of(seen.st_mode)}"))
            if before:
                self._deviations.append((self._path + name, before, "", ""))
            return
        key = (seen.st_ino, seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns, seen.st_mode)
        if not self._recall(name, key, seen.st_dev, before):
            hashed = hash_file(self._handle, name, seen, before, self._rules.hashing)
            if isinstance(hashed, str):
                self._obstacles.append((self._path + name, hashed))
                return
            self._recorded[name], turned = hashed
            if before and self._recorded[name][7:] != before[7:]:
                self._turned[name] = turned
        if may_be_from(seen.st_ctime_ns, self._rules.began, time.time_ns()):
            self.written.append((self._path + name, seen.st_ctime_ns))
        self._size += seen.st_size
        self._keys[name] = key if self._rules.trust.covers(seen.st_dev, seen.st_mtime_ns, seen.st_ctime_ns) else None
        if self._recorded[name] != before:
            self._deviations.append((self._path + name, before, self._recorded[name], self._turned.get(name, "")))

    def _recall(self, name: str, key: Key, device: int, before: str) -> bool:
        """Take the id from the last listing when the key is the same and no line endings have to be tried against another blob."""
        old = self._old
        if old is None or old.keys.get(name) != key or device != self._rules.trust.device:
            return False
        recorded = old.recorded[name]
        if recorded[7:] != before[7:] and before and name not in old.turned:
            return False
        self._recorded[name] = recorded
        if name in old.turned:
            self._turned[name] = old.turned[name]
        return True

    def _miss(self, present: set[str]) -> None:
        for name, recorded in self._tree.files.items():
            if name not in present:
                self._deviations.append((self._path + name, recorded, "", ""))
        walked = {name for name, _, _ in self._below}
        for name, tree in self._tree.folders.items():
            if name not in walked:
                self._deviations.extend(_gone(self._rules.trees, Oid(tree), f"{self._path}{name}/"))


def _gone(trees: TreeStore, oid: Oid, prefix: str) -> Iterable[Deviation]:
    tree = trees.tree(oid)
    for name, recorded in tree.files.items():
        yield (prefix + name, recorded, "", "")
    for name, below in tree.folders.items():
        yield from _gone(trees, below, f"{prefix}{name}/")
