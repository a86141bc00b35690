"""The question about a working tree and its answer, as values (checks.md A1)."""

from __future__ import annotations

from dataclasses import dataclass, field

from forgewatch.core.settings import Compare
from forgewatch.core.snapshot import Change, Conversion, Entry, IgnoredSummary, IndexFlag, Obstacle, PathTable
from forgewatch.core.values import CommitId, Digest, RepoPath


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyQuestion:
    """How the change set is to be taken. `ignore` are the operator's patterns; `base` the commit whose ignore rules hold."""

    base: CommitId | None
    ignore: tuple[str, ...]
    compare: Compare
    claimed: frozenset[RepoPath] = field(default_factory=frozenset)
    use_cache: bool = True
    against: CommitId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """The change set of a working tree: what `Snapshot` holds under the same names. `tree` digests it without ignored and neutral.

    `staged` are the paths whose entry in the index differs from HEAD's, with it (None: the index lacks them)."""

    head: CommitId | None
    tree: Digest
    paths: PathTable
    changes: tuple[Change, ...]
    obstacles: tuple[Obstacle, ...]
    conversions: tuple[Conversion, ...]
    flags: tuple[IndexFlag, ...]
    ignored: IgnoredSummary
    store_faults: tuple[str, ...]
    notes: tuple[str, ...]
    staged: tuple[tuple[RepoPath, Entry | None], ...] = ()
