"""The files that a cycle planned: what its diff log listed when it became IN_PROCESS (contract §11), and what grew beyond them (§12).

The plan is recorded when it is first seen. A plan that is written anew before anything was announced is not another plan: whoever works
first and plans afterwards gains nothing by it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from forgewatch.core.claim_resolution import resolve_claim
from forgewatch.core.difflog_parser import parse_difflog
from forgewatch.core.places import Places
from forgewatch.core.readings import log_of
from forgewatch.core.text import recordable
from forgewatch.core.values import Refused, RepoPath, parse_repo_path

PLAN_CHARS = 64 * 1024
"""Characters of paths that are kept of one plan, and of all plans that hold together; what is beyond them counts as not planned."""


def planned_files(raw: bytes, places: Places) -> tuple[RepoPath, ...]:
    """Return the paths that a diff log lists, folders too, each once and in their order; nothing when it lists none. Never raises."""
    log = log_of(parse_difflog(raw))
    if log is None:
        return ()
    claim = resolve_claim(log.claim, lambda path: False, places)
    texts = [*(defect.text for defect in claim.defects), *(hint.text for hint in log.claim.hints)]
    named = [parse_repo_path(text.rstrip("/*")) for text in texts]
    return _bounded((*claim.paths, *(path for path in named if not isinstance(path, Refused))))


def joined(earlier: tuple[RepoPath, ...], later: tuple[RepoPath, ...]) -> tuple[RepoPath, ...]:
    """Return two plans as one: work that was announced and is not authorized yet is still there beside what comes after it."""
    return _bounded((*earlier, *later))


def beyond(planned: tuple[RepoPath, ...], changed: Iterable[RepoPath]) -> Iterator[RepoPath]:
    """Yield the changed paths that are not planned and lie in no planned folder; none where nothing was planned."""
    # A path comes back from the record in the form that text is kept in, and may have another one on the disk.
    plan = frozenset(map(recordable, planned))
    for path in changed if plan else ():
        parts = recordable(path).split("/")
        if not any("/".join(parts[:count]) in plan for count in range(1, len(parts) + 1)):
            yield path


def _bounded(paths: Iterable[RepoPath]) -> tuple[RepoPath, ...]:
    kept: list[RepoPath] = []
    left = PLAN_CHARS
    for path in dict.fromkeys(paths):
        left -= len(path)
        if left < 0:
            break
        kept.append(path)
    return tuple(kept)
