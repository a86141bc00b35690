"""Opening a repository for an audit: layout, shadow, verified objects, working tree. Cheap to do again in a warm worker."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import OrderedDict
from dataclasses import dataclass

from forgewatch.adapters.git_shadow import open_shadow, start_batch
from forgewatch.adapters.ignore_source import IgnoreSource
from forgewatch.adapters.object_batch import ObjectBatch
from forgewatch.adapters.objects import VerifiedObjects
from forgewatch.adapters.refs import head_of
from forgewatch.adapters.repository_layout import GitPlace, locate
from forgewatch.adapters.staging import IndexReader
from forgewatch.adapters.stat_cache import FolderStore
from forgewatch.adapters.survey import RepositoryTree
from forgewatch.adapters.survey_attempt import Memory, Sources, algorithm_of
from forgewatch.adapters.tree_cache import TreeCache
from forgewatch.adapters.trees import TreeStore
from forgewatch.core.errors import EnvironmentFault
from forgewatch.core.limits import Limits
from forgewatch.core.places import Places

_KEPT = 2

SHARED_FROM = 8_000
"""Files from which a second process pays."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Question:
    place: GitPlace
    state: str
    git: str
    places: Places
    limits: Limits
    algorithm: str


class _Opened:
    """An opened repository with its caches and its git process."""

    def __init__(self, asked: _Question) -> None:
        self._asked = asked
        self._stores = [asked.place.objects]
        self._batch = ObjectBatch(self._start, asked.limits.git_seconds)
        trees = TreeStore(self._batch, asked.limits.tree_entries, asked.limits.tree_depth, asked.limits.git_output_bytes)
        self.objects = VerifiedObjects(asked.place, self._batch, trees)
        memory = Memory(
            FolderStore(f"{asked.state}/cache/walk"),
            TreeCache(f"{asked.state}/cache/trees{asked.places.base.strip('/')}", asked.places.is_neutral),
        )
        memory.folders = memory.store.load()
        memory.lines = memory.trees.load(trees)
        if memory.lines is not None:
            self.objects.adopt(memory.lines.table)
        sources = Sources(
            place=asked.place,
            objects=self.objects,
            index=IndexReader(asked.place, f"{asked.state}/cache/index"),
            ignore=IgnoreSource(self.objects),
            places=asked.places,
            limits=asked.limits,
            memory=memory,
            borrow=self._borrow,
            shared_from=SHARED_FROM if len(os.sched_getaffinity(0)) > 1 else None,
        )
        self.tree = RepositoryTree(sources)

    def close(self) -> None:
        """End the git process."""
        self._batch.close()

    def _start(self) -> subprocess.Popen[bytes]:
        asked = self._asked
        return start_batch(open_shadow(asked.state, asked.git, self._stores, asked.algorithm))

    def _borrow(self, store: str) -> None:
        if store not in self._stores:
            self._stores.append(store)
            # The running git read the list of stores when it started.
            self._batch.close()


_opened: OrderedDict[_Question, _Opened] = OrderedDict()


def open_repository(root: str, state: str, git: str, places: Places, limits: Limits) -> tuple[RepositoryTree, VerifiedObjects]:
    """Return the working tree and the verified objects of the repository at `root` (absolute), with what is still warm from before.

    `state` is the repository's state folder, `git` an absolute path. Raises RepositoryUnavailable, EnvironmentFault.
    """
    if sys.getfilesystemencoding() != "utf-8":
        raise EnvironmentFault(f"expected file names in utf-8, found {sys.getfilesystemencoding()}", "run with LC_ALL=C.UTF-8")
    if not os.path.isabs(git):
        raise EnvironmentFault(f"expected an absolute path of git, found {git!r:.80}", "configure the absolute path")
    place = locate(root)
    asked = _Question(place=place, state=state, git=git, places=places, limits=limits, algorithm=algorithm_of(place, head_of(place)))
    opened = _opened.pop(asked, None) or _Opened(asked)
    _opened[asked] = opened
    while len(_opened) > _KEPT:
        _opened.popitem(last=False)[1].close()
    opened.objects.begin()
    return opened.tree, opened.objects


def close_repositories() -> None:
    """Forget all that is warm and end all git processes."""
    while _opened:
        _opened.popitem()[1].close()
