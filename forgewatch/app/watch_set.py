"""Which directories of a repository are watched, and keeping that true while they come, go and are replaced (watching.md, Watch set).

Directories only, never recursive. What is not there yet is waited for in its nearest existing ancestor. A watch is always added
before the directory is looked into, and every round ends with a round that changed nothing.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from forgewatch.core.places import LOCK_RECORD, TRACE, Places
from forgewatch.core.ports import Directories, DirectoryWatch, Spot

ROUNDS = 8
WATCHED_TASKS = 256
"""Task folders below `.ai-stack-trace` that are watched; the sweep sees the approvals of all."""

CONTRACT = "contract"
GIT = ".git"
ALL_NAMES: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Armed:
    """A directory that is watched: which one (device and inode), and for which names."""

    identity: tuple[int, int]
    names: frozenset[str]


class WatchSet:
    """The watched directories of one repository. `kept` are the folder of its record and the names that matter there."""

    def __init__(
        self,
        repository: int,
        root: str,
        places: Places,
        watch: DirectoryWatch,
        directories: Directories,
        head_places: Callable[[], Iterable[tuple[str, str]]] = tuple,
        kept: tuple[str, frozenset[str]] | None = None,
    ) -> None:
        self._repository = repository
        self._root = root
        self._watch = watch
        self._directories = directories
        self._chain = _chain(root, places)
        self._head_places = head_places
        self._kept = kept
        self._head_known: tuple[tuple[str, str], ...] = ()
        self._armed: dict[str, Armed] = {}
        self._there: frozenset[str] = frozenset()
        self.refusal = ""

    def arm(self, stirred: Iterable[str] = ()) -> bool:
        """Make watched directories and wanted directories the same. Return True when any watch was set or ended.

        A watched directory that was itself `stirred` gets a new watch: one that was deleted and made again may have the same inode, and
        the kernel ended its watch. `refusal` is why a directory could not be watched, empty when all are: then only the sweep sees the
        repository.
        """
        changed = False
        for path in self._armed.keys() & {path.rstrip("/") for path in stirred}:
            self._drop(path)
        for _ in range(ROUNDS):
            if not self._round():
                return changed
            changed = True
        return changed

    def disarm(self) -> None:
        """End all watches."""
        for path in tuple(self._armed):
            self._drop(path)

    def forget(self, watch: DirectoryWatch) -> None:
        """Go on with another backend: nothing is watched until `arm`."""
        self._watch = watch
        self._armed.clear()

    def is_there(self, path: str) -> bool:
        """True when `path` is a directory of the watch set and the last `arm` found it."""
        return path in self._there

    @property
    def watched(self) -> frozenset[str]:
        """The directories that are watched now."""
        return frozenset(self._armed)

    def _round(self) -> bool:
        wanted = dict(self._wanted())
        self._there = frozenset(wanted)
        gone = [path for path in self._armed if path not in wanted]
        for path in gone:
            self._drop(path)
        stale = {path: armed for path, armed in wanted.items() if self._armed.get(path) != armed}
        self.refusal = ""
        added = [self._add(path, armed) for path, armed in stale.items()]
        return bool(gone) or any(added)

    def _add(self, path: str, armed: Armed) -> bool:
        self._drop(path)
        why = self._watch.add(Spot(self._repository, path), armed.names)
        if why:
            self.refusal = why
            return False
        self._armed[path] = armed
        return True

    def _drop(self, path: str) -> None:
        if self._armed.pop(path, None) is not None:
            self._watch.remove(Spot(self._repository, path))

    def _wanted(self) -> Iterator[tuple[str, Armed]]:
        identity = self._directories.identity(self._root)
        if identity is None:
            yield from self._ancestor()
            return
        for path, names in self._chain:
            identity = self._directories.identity(path)
            if identity is None:
                break
            yield path, Armed(identity, names)
        yield from self._approvals()
        yield from self._head()
        yield from self._record()

    def _head(self) -> Iterator[tuple[str, Armed]]:
        """Yield the directories in which something changes when HEAD moves, those that are there."""
        # A HEAD that cannot be read now is waited for where it was.
        self._head_known = tuple(self._head_places()) or self._head_known
        names: dict[str, frozenset[str]] = {}
        for folder, name in self._head_known:
            names[folder] = names.get(folder, frozenset()) | {name}
        for folder, those in names.items():
            identity = self._directories.identity(folder)
            if identity is not None:
                yield folder, Armed(identity, those)

    def _record(self) -> Iterator[tuple[str, Armed]]:
        """Yield the folder of the record: what somebody does to the journal is to be noticed at once, as it is with the ledger."""
        identity = self._directories.identity(self._kept[0]) if self._kept is not None else None
        if self._kept is not None and identity is not None:
            yield self._kept[0], Armed(identity, self._kept[1])

    def _ancestor(self) -> Iterator[tuple[str, Armed]]:
        child = self._root
        while child != os.path.dirname(child):
            parent = os.path.dirname(child)
            identity = self._directories.identity(parent)
            if identity is not None:
                yield parent, Armed(identity, frozenset({os.path.basename(child)}))
                return
            child = parent

    def _approvals(self) -> Iterator[tuple[str, Armed]]:
        trace = f"{self._root}/{TRACE}"
        identity = self._directories.identity(trace)
        if identity is None:
            return
        yield trace, Armed(identity, ALL_NAMES)
        for task in self._directories.folders(trace, WATCHED_TASKS):
            yield from self._task(f"{trace}/{task}")

    def _task(self, path: str) -> Iterator[tuple[str, Armed]]:
        for place, names in ((path, frozenset({CONTRACT})), (f"{path}/{CONTRACT}", ALL_NAMES)):
            identity = self._directories.identity(place)
            if identity is None:
                return
            yield place, Armed(identity, names)


def _chain(root: str, places: Places) -> tuple[tuple[str, frozenset[str]], ...]:
    """Return root, `Forge` and `evidence` with the names that matter in each."""
    # The ledger too: `ledger restore` makes refused audits due again, and its writing is what tells us at once.
    governed = (places.diff_log, places.test_record, places.authorized, places.ledger)
    evidence_names = frozenset(os.path.basename(path) for path in governed)
    parts = places.evidence.split("/")
    chain = [(root, frozenset({parts[0], TRACE, LOCK_RECORD, GIT}))]
    for depth in range(1, len(parts)):
        chain.append(("/".join((root, *parts[:depth])), frozenset({parts[depth]})))
    return (*chain, ("/".join((root, *parts)), evidence_names))
