"""The submodules of one survey: which folders are submodules, which rules hold in them, and what is dirty there (checks.md A1).

In a submodule hold the ignore rules of the commit that BASE records for it. Those of the commit that is checked out hold beside them,
because the gitlink's change is claimed or a finding of its own; what only they hide is told as at the root. Its index is read as well.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from forgewatch.adapters.files import read_below
from forgewatch.adapters.ignore_source import IgnoreSource, RulesInForce, summarize
from forgewatch.adapters.listing import WalkRules
from forgewatch.adapters.repository_layout import GitPlace
from forgewatch.adapters.staging import IndexReader, Staging
from forgewatch.adapters.stat_cache import Deviation, Folders
from forgewatch.adapters.trees import TreeTable
from forgewatch.adapters.walk import Found
from forgewatch.adapters.walk_parallel import walk_tree
from forgewatch.core.errors import GitFailed
from forgewatch.core.snapshot import IgnoredSummary
from forgewatch.core.survey import SurveyQuestion
from forgewatch.core.values import CommitId, RepoPath

GITMODULES = ".gitmodules"

_LIMIT = 1024 * 1024
_PATH = re.compile(rb"^[ \t]*path[ \t]*=[ \t]*\"?(.+?)\"?[ \t]*\r?$", re.MULTILINE)
_NOTHING = TreeTable(None, {}, {})


def new_modules(root: int, table: TreeTable, head: TreeTable, staging: Staging, question: SurveyQuestion) -> dict[str, str]:
    """Return the gitlinks (path: entry) that are new since `table`, claimed, and named by `.gitmodules` below the open `root`.

    They stand in the index, or in HEAD when another commit is compared with. Without its line in `.gitmodules` a gitlink is a nested
    repository that was added by itself, and nobody else could fetch it.
    """
    links = {path: entry for path, entry in staging.staged.items() if entry.startswith("160000")}
    if head is not table:
        links = {path: entry for path, entry in head.recorded.items() if entry.startswith("160000")} | links
    links = {path: links[path] for path in question.claimed & links.keys() if not table.recorded.get(path, "").startswith("160000")}
    if not links:
        return {}
    raw = read_below(root, GITMODULES, _LIMIT)
    named = {os.fsdecode(path) for path in _PATH.findall(raw)} if isinstance(raw, bytes) else set()
    return {path: entry for path, entry in links.items() if path in named}


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleMeans:
    """What a walk through a submodule needs from the attempt that makes it."""

    ignore: IgnoreSource
    index: IndexReader
    folders: dict[str, Folders]
    borrow: Callable[[str], None]
    table: Callable[[CommitId | None], TreeTable]
    rules: Callable[[RulesInForce], WalkRules]
    kept: Callable[[int, list[Deviation]], frozenset[str]]
    watch: Callable[[int, str, Found, WalkRules, TreeTable], None]


@dataclass(slots=True)
class ModuleWalks:
    """Walks the submodules below `top`. `bases` are the tables at BASE, by where their repository lies (`""`, or with a trailing `/`).

    `summaries` and `obstacles` say what ignore rules left out there.
    """

    means: ModuleMeans
    top: str
    question: SurveyQuestion
    bases: dict[str, TreeTable]
    summaries: list[IgnoredSummary] = field(default_factory=list)
    obstacles: list[tuple[str, str]] = field(default_factory=list)

    def walk(self, place: GitPlace, root: int, head: CommitId) -> tuple[list[str], list[tuple[str, str]]]:
        """Return the dirty paths of a submodule, and the gitlinks within. Raises Moved, GitFailed, RepositoryUnavailable."""
        means, prefix = self.means, f"{place.root[len(self.top) + 1 :]}/"
        means.borrow(place.objects)
        table = means.table(head)
        in_force = means.ignore.between(self._base(prefix), table, self.question.ignore)
        rules = means.rules(in_force)
        found = walk_tree(root, rules, means.folders.setdefault(place.root, {}), table)
        means.watch(root, prefix, found, rules, table)
        summary, unseen = summarize(root, found.ignored, found.newly, in_force, in_force.changed)
        self.summaries.append(_moved(summary, prefix))
        self.obstacles += [(f"{prefix}{path}", why) for path, why in unseen]
        staging = means.index.of(place).read(table, rules.hashing.algorithm)
        kept = means.kept(root, found.deviations)
        dirty = {path for path, before, _, turned in found.deviations if path not in kept and (not turned or before[7:] != turned)}
        dirty |= staging.staged.keys() | {path for path, _ in (*found.obstacles, *staging.obstacles)}
        return sorted(dirty) + ([found.stopped] if found.stopped else []), found.gitlinks

    def _base(self, prefix: str) -> TreeTable:
        """Return the table of the commit that BASE records for a submodule; of nothing when there is none, or it is not there."""
        above = max((one for one in self.bases if prefix.startswith(one)), key=len)
        recorded = self.bases[above].recorded.get(prefix[len(above) : -1], "")
        try:
            table = self.means.table(CommitId(recorded[7:])) if recorded.startswith("160000") else _NOTHING
        except GitFailed:
            table = _NOTHING
        self.bases[prefix] = table
        return table


def joined(summary: IgnoredSummary, others: list[IgnoredSummary]) -> IgnoredSummary:
    """Return one summary of what was left out in a repository and in its submodules."""
    counts = dict(summary.directories)
    for other in others:
        for top, count in other.directories:
            counts[top] = counts.get(top, 0) + count
    return IgnoredSummary(
        directories=tuple(sorted(counts.items())),
        newly=tuple(sorted(pair for one in (summary, *others) for pair in one.newly)),
        newly_source=tuple(sorted(path for one in (summary, *others) for path in one.newly_source)),
        changed_rules=tuple(sorted(path for one in (summary, *others) for path in one.changed_rules)),
    )


def _moved(summary: IgnoredSummary, prefix: str) -> IgnoredSummary:
    return replace(
        summary,
        directories=((prefix.partition("/")[0], total),) if (total := sum(count for _, count in summary.directories)) else (),
        newly=tuple((f"{prefix}{path}", count) for path, count in summary.newly),
        newly_source=tuple(RepoPath(f"{prefix}{path}") for path in summary.newly_source),
        changed_rules=tuple(RepoPath(f"{prefix}{path}") for path in summary.changed_rules),
    )


def missing(new: Mapping[str, str], gitlinks: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return an obstacle for each new submodule that the walk did not meet."""
    return [(path, "is a new submodule that is not there") for path in sorted(new.keys() - dict(gitlinks).keys())]
