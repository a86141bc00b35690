"""A copy of what an audit would see now, as the worker makes it: tests run on these bytes, and the tree's digest says which they are.

The way: 1. whose ignore rules hold  2. the tree, as an audit takes it  3. its bytes, each file compared with what was surveyed.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from forgewatch.app.bases import policy_base
from forgewatch.app.capture import Sources, claimed_paths, read_contents
from forgewatch.app.looking import patiently, work_changes
from forgewatch.core.copying import Copied, CopyRequest, TreeCopier
from forgewatch.core.diff_hunks import COMPARED_BYTES
from forgewatch.core.diff_stat import MOST_COMPARED, stat_of
from forgewatch.core.difflog_parser import parse_difflog
from forgewatch.core.errors import EnvironmentFault, GitFailed, Unstable
from forgewatch.core.ignore_rules import RULES_FILE
from forgewatch.core.places import Places, places_of
from forgewatch.core.readings import log_of
from forgewatch.core.report import Failed
from forgewatch.core.repository_facts import Facts, FactsRequest, WorkFacts, status_lines
from forgewatch.core.snapshot import History
from forgewatch.core.survey import Survey, SurveyQuestion
from forgewatch.core.text import escape
from forgewatch.core.values import CommitId, RepoPath

GITLINK = 0o160000


def copy(request: CopyRequest, sources: Sources, copier: TreeCopier) -> Copied | Failed:
    """Write the copy and return what it is of. Faults of the machine and what cannot be copied are `Failed`; then the folder holds
    anything. Bytes other than those of the survey are never left in a copy that is told of."""
    return patiently(partial(_copy, request, sources, copier))


def _copy(request: CopyRequest, sources: Sources, copier: TreeCopier) -> Copied:
    facts, lineage = request.facts, sources.lineage
    if lineage is None:
        raise GitFailed("expected a store that knows commits, found none", "ask the worker of a repository")
    places = places_of(facts.layout)
    # 1.
    history = sources.store.history(facts.anchor, frozenset(facts.authorized))
    base = policy_base(sources.store, history, None)
    # 2.
    survey = sources.tree.survey(_question(facts, sources, places, base))
    if survey.head != history.head:
        raise Unstable("HEAD moved while it was read")
    _require_whole(survey)
    # 3. Everything is read again, and what is not what was surveyed is refused: the copy is one moment's tree, whatever moves meanwhile.
    entries = [(path, entry) for path in survey.paths if (entry := survey.paths.get(path)) is not None]
    copier.copy(request.folder, entries, places.is_neutral)
    here = _facts(survey, history, lineage.branch())
    return Copied(
        head=survey.head,
        branch=lineage.branch(),
        tree=survey.tree,
        files=sum(entry.mode != GITLINK and not places.is_neutral(path) for path, entry in entries),
        status=status_lines(here),
        stat=_stat(survey, sources, places),
    )


def _stat(survey: Survey, sources: Sources, places: Places) -> tuple[str, ...]:
    # Evidence may change meanwhile, by us too. Of a tree that was replaced as a whole only the beginning is read once more.
    changes = tuple(change for change in survey.changes if not places.is_neutral(change.path))
    told = replace(survey, changes=changes[:MOST_COMPARED])
    contents = read_contents(sources, told, COMPARED_BYTES)
    return stat_of(work_changes(told.changes, {}), contents, len(changes) - len(told.changes))


def _question(facts: FactsRequest, sources: Sources, places: Places, base: CommitId | None) -> SurveyQuestion:
    """Return the question that an audit of this moment would ask: its claim decides which changed ignore rules hold."""
    scope = facts.settings.scope
    log = log_of(parse_difflog(sources.tree.read(places.diff_log, facts.settings.limits.document_bytes)))
    claimed = claimed_paths(log.claim) if log else frozenset[RepoPath]()
    rules = frozenset(path for path in claimed if path.rpartition("/")[2] == RULES_FILE)
    return SurveyQuestion(base=base, ignore=scope.ignore, compare=scope.compare, claimed=rules, use_cache=False)


def _require_whole(survey: Survey) -> None:
    if survey.store_faults:
        raise GitFailed("; ".join(survey.store_faults), "git fsck")
    if survey.obstacles:
        first, more = survey.obstacles[0], len(survey.obstacles) - 1
        others = f", and {more} more" if more else ""
        raise EnvironmentFault(
            f"{escape(first.path)} {escape(first.why)}{others}: it cannot be copied for the tests",
            "remove it, or let a committed .gitignore name it: an audit of this tree fails A1 too",
        )


def _facts(survey: Survey, history: History, branch: str | None) -> Facts:
    changes = work_changes(survey.changes, dict(survey.staged))
    work = WorkFacts(tree=survey.tree, text=survey.tree, changes=changes)
    return Facts(head=survey.head, branch=branch, ancestry=history.ancestry, work=work)
