"""Why a claimed path did not change, and which path may have been meant (checks.md A1, A102).

Each index is built once, when first asked for, so that a diff log of ten thousand wrong rows costs no more than the tree is large.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property

from forgewatch.core.lookalikes import Kinship, index_names, kin_of
from forgewatch.core.snapshot import Snapshot
from forgewatch.core.values import RepoPath

_GITLINK = 0o160000
_SHORT = 7


class Whereabouts:
    """What one snapshot knows about paths. `unclaimed` are the changed paths that no claim names, sorted."""

    def __init__(self, snapshot: Snapshot, changed: Iterable[RepoPath], unclaimed: Sequence[RepoPath]) -> None:
        self._snapshot = snapshot
        self._changed = tuple(changed)
        self._unclaimed = unclaimed

    def directory(self, path: RepoPath) -> int | None:
        """Return how many changed files lie below the directory `path`, None when it is none."""
        below = self._changed_below[path]
        if below:
            return below
        return 0 if path not in self._snapshot.paths and path in self._directories else None

    def kin(self, path: RepoPath) -> tuple[RepoPath, Kinship] | None:
        """Return the path that may have been meant: one that changed, else one of the tree where `path` itself is not."""
        found = kin_of(path, self._unclaimed_index)
        return found if found or path in self._snapshot.paths else kin_of(path, self._index)

    def double(self, path: RepoPath) -> tuple[RepoPath, Kinship] | None:
        """Return another path of the tree that is easily taken for `path`."""
        return kin_of(path, self._index)

    def shortened(self, path: RepoPath) -> str:
        """Return the one unclaimed path that `path` is the end of, or that is the end of `path`; empty when none or several are.

        `users.py` for `app/users.py`; `b/app/users.py` as diffs print it.
        """
        same_name = self._unclaimed_by_name.get(path.rpartition("/")[2], ())
        meant = [other for other in same_name if other.endswith(f"/{path}") or path.endswith(f"/{other}")]
        return meant[0] if len(meant) == 1 else ""

    def why_unchanged(self, path: RepoPath) -> str:
        """Return the reason: committed in a hash, clean, ignored, inside a submodule, absent."""
        if path in self._committed:
            return f"committed in {self._committed[path][:_SHORT]}"
        if path in self._snapshot.paths:
            return "clean"
        if path in self._ignored or any(parent in self._ignored for parent in _parents(path)):
            return "ignored"
        module = next((parent for parent in _parents(path) if self._is_module(RepoPath(parent))), "")
        return f"inside the submodule {module}" if module else "absent"

    def committed(self, path: RepoPath) -> bool:
        """True when a commit after the anchor touches `path`."""
        return path in self._committed

    def _is_module(self, path: RepoPath) -> bool:
        entry = self._snapshot.paths.get(path)
        return entry is not None and entry.mode == _GITLINK

    @cached_property
    def _changed_below(self) -> Counter[str]:
        return Counter(parent for path in self._changed for parent in _parents(path))

    @cached_property
    def _directories(self) -> frozenset[str]:
        return frozenset(parent for path in self._snapshot.paths for parent in _parents(path))

    @cached_property
    def _index(self) -> Mapping[str, Sequence[RepoPath]]:
        return index_names(self._snapshot.paths)

    @cached_property
    def _unclaimed_index(self) -> Mapping[str, Sequence[RepoPath]]:
        return index_names(self._unclaimed)

    @cached_property
    def _unclaimed_by_name(self) -> Mapping[str, Sequence[RepoPath]]:
        named: dict[str, list[RepoPath]] = {}
        for path in self._unclaimed:
            named.setdefault(path.rpartition("/")[2], []).append(path)
        return named

    @cached_property
    def _committed(self) -> Mapping[RepoPath, str]:
        # Newest first in the history, so the oldest is written over by the newest.
        return {path: commit.oid for commit in reversed(self._snapshot.history.commits) for path in commit.paths}

    @cached_property
    def _ignored(self) -> frozenset[str]:
        return frozenset(top.rstrip("/") for top, _ in self._snapshot.ignored.directories)


def _parents(path: str) -> Iterator[str]:
    place = path.find("/")
    while place != -1:
        yield path[:place]
        place = path.find("/", place + 1)
