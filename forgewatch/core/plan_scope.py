"""What a plan of a cycle covers: plans that hold together, and what is changed beyond them (contract §11, §12)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from forgewatch.core.text import recordable
from forgewatch.core.values import RepoPath

PLAN_CHARS = 64 * 1024
"""Characters of paths that are kept of one plan, and of all plans that hold together; what is beyond them counts as not planned."""


def joined(earlier: tuple[RepoPath, ...], later: tuple[RepoPath, ...]) -> tuple[RepoPath, ...]:
    """Return two plans as one: work that was announced and is not authorized yet is still there beside what comes after it."""
    return bounded((*earlier, *later))


def beyond(planned: tuple[RepoPath, ...], changed: Iterable[RepoPath]) -> Iterator[RepoPath]:
    """Yield the changed paths that are not planned and lie in no planned folder; none where nothing was planned."""
    # A path comes back from the record in the form that text is kept in, and may have another one on the disk.
    plan = frozenset(map(recordable, planned))
    for path in changed if plan else ():
        parts = recordable(path).split("/")
        if not any("/".join(parts[:count]) in plan for count in range(1, len(parts) + 1)):
            yield path


def bounded(paths: Iterable[RepoPath]) -> tuple[RepoPath, ...]:
    """Return the paths, each once, up to `PLAN_CHARS` characters."""
    kept: list[RepoPath] = []
    left = PLAN_CHARS
    for path in dict.fromkeys(paths):
        left -= len(path)
        if left < 0:
            break
        kept.append(path)
    return tuple(kept)
