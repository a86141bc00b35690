"""What the index stages beyond the working tree, and what it asks git not to look at (checks.md A1, A108)."""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from forgewatch.adapters.files import opened_root, read_below
from forgewatch.adapters.index import INDEX_LIMIT, IndexFile, parse_index
from forgewatch.adapters.kept import read_kept, write_kept
from forgewatch.adapters.repository_layout import GitPlace
from forgewatch.adapters.trees import TreeTable
from forgewatch.core.canonical import digest_of_bytes
from forgewatch.core.values import Absent, Digest, Unreadable

INDEX = ".git/index"

_WORTH = 256 * 1024
_VERSION = f"forgewatch-index/1 {sys.implementation.cache_tag}"


@dataclass(frozen=True, slots=True)
class Staging:
    """The index compared with HEAD. `staged`: paths whose entry differs, with the entry ("" when the index lacks it).

    `added`: paths of the index that HEAD lacks; `flags` (path, flag); `obstacles` (path, why).
    """

    staged: Mapping[str, str]
    added: frozenset[str]
    flags: tuple[tuple[str, str], ...]
    obstacles: tuple[tuple[str, str], ...]

    @property
    def digest(self) -> Digest:
        """What the index means, given HEAD: a refresh by `git status` changes its bytes and not this."""
        return digest_of_bytes(repr((sorted(self.staged.items()), self.flags, self.obstacles)).encode("utf-8", "surrogateescape"))


NOTHING = Staging({}, frozenset(), (), ())


class IndexReader:
    """Reads and compares the index of one repository; identical bytes against the same tree are not compared again.

    The last comparison is kept in the file `kept`, for the worker that comes next.
    """

    def __init__(self, place: GitPlace, kept: str) -> None:
        self._place = place
        self._kept = kept
        self._raw: bytes | None = None
        self._head: TreeTable | None = None
        self._last = NOTHING
        self._modules: dict[GitPlace, IndexReader] = {}

    def read(self, head: TreeTable, algorithm: str) -> Staging:
        """Return the index compared with the table of HEAD. Raises RepositoryUnavailable."""
        with opened_root(self._place.git_dir) as folder:
            raw = read_below(folder, "index", INDEX_LIMIT)
        match raw:
            case Absent():
                # A repository without an index stages nothing but, for git, the removal of everything; the files themselves are judged.
                return NOTHING
            case Unreadable(why):
                return replace(NOTHING, obstacles=((INDEX, why),))
        if self._raw != raw or self._head is not head:
            self._last = self._recall(raw, head) or self._compare(raw, head, algorithm)
            self._raw, self._head = raw, head
        return self._last

    def of(self, place: GitPlace) -> IndexReader:
        """Return the reader of a submodule's index, the same for the same place."""
        if place not in self._modules:
            self._modules[place] = IndexReader(place, f"{self._kept}-{digest_of_bytes(os.fsencode(place.root))[-16:]}")
        return self._modules[place]

    def _compare(self, raw: bytes, head: TreeTable, algorithm: str) -> Staging:
        found = compare(parse_index(raw, algorithm), head)
        if head.root is not None and len(raw) > _WORTH:
            values = (dict(found.staged), tuple(found.added), found.flags, found.obstacles)
            write_kept(self._kept, _VERSION, (_digest(raw), head.root, values))
        return found

    def _recall(self, raw: bytes, head: TreeTable) -> Staging | None:
        """Return the comparison that an earlier worker made of the same bytes and tree."""
        kept: Any = read_kept(self._kept, _VERSION) if self._raw is None and len(raw) > _WORTH else None
        with contextlib.suppress(ValueError, TypeError):
            digest, root, (staged, added, flags, obstacles) = kept
            if digest == _digest(raw) and root == head.root:
                return Staging(staged, frozenset(added), flags, obstacles)
        return None


def _digest(raw: bytes) -> bytes:
    return hashlib.blake2b(raw, digest_size=32).digest()


def compare(index: IndexFile, head: TreeTable) -> Staging:
    """Return how an index differs from HEAD."""
    if index.defect:
        return replace(NOTHING, obstacles=((INDEX, f"is {index.defect}"),))
    base = head.recorded
    added = index.recorded.keys() - base.keys()
    intended = {path for path, flag in index.flags if flag == "intent-to-add"}
    staged = {path: value for path, value in index.recorded.items() if base.get(path) != value and path not in intended}
    obstacles = [(path, "is unmerged in the index") for path in index.unmerged]
    unstaged = base.keys() - index.recorded.keys() - set(index.unmerged)
    if index.folders:
        kept = tuple(f"{folder}/" for folder in index.folders)
        unstaged = {path for path in unstaged if not path.startswith(kept)}
        changed = (folder for folder, tree in index.folders.items() if head.folders.get(f"{folder}/") != tree)
        obstacles += [(folder, "is staged as a whole in a sparse index") for folder in changed]
    staged.update(dict.fromkeys(unstaged, ""))
    return Staging(staged, frozenset(added), tuple(sorted(index.flags)), tuple(sorted(obstacles)))
