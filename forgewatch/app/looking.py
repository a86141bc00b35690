"""What stands in a repository now, as the worker finds out: commits since the anchor, the tree, what is staged (ledger.md section 2).

The way: 1. history from HEAD to the anchor  2. which of its commits may be an authorized one, and what their trees are  3. the working
tree, where it is asked for  4. what directive and plan say.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar

from forgewatch.app.bases import policy_base
from forgewatch.app.capture import Sources, read_contents
from forgewatch.app.papers import directive_of
from forgewatch.core.canonical import digest_of_bytes
from forgewatch.core.defect import Defect
from forgewatch.core.diff_hunks import COMPARED_BYTES, hunks_of
from forgewatch.core.directive import Directive
from forgewatch.core.errors import EnvironmentFault, GitFailed, Unstable
from forgewatch.core.forge_json import ForgeJson, raised_tiers, read_forge_json
from forgewatch.core.limits import OVERSIZE
from forgewatch.core.paths_of_tests import is_test
from forgewatch.core.phases import final_phase, parse_phases
from forgewatch.core.places import FORGE_JSON, Places, places_of
from forgewatch.core.ports import Lineage
from forgewatch.core.report import Failed
from forgewatch.core.repository_facts import COMMITS_LIMIT, CommitFacts, Facts, FactsRequest, WorkChange, WorkFacts, tree_digest
from forgewatch.core.settings import Compare
from forgewatch.core.snapshot import Ancestry, Change, Commit, Entry, History
from forgewatch.core.stack import read_stack
from forgewatch.core.step_plan import plan_files
from forgewatch.core.survey import Survey, SurveyQuestion
from forgewatch.core.text_tree import text_of_work, text_tree
from forgewatch.core.values import Absent, CommitId, Content, Digest, Oid, RepoPath, Unreadable
from forgewatch.core.verdict import StopReason

T = TypeVar("T")
_EMPTY = (".", "__init__.")
"""How files begin that stand in a folder of tests before the first test does."""
TRIES = 3

WALKED_LIMIT = 200_000
"""Commits that are walked where the record began before the first one."""


def look(request: FactsRequest, sources: Sources) -> Facts | Failed:
    """Return the facts. Faults of the machine are `Failed`; a bug in forgewatch propagates and ends the worker."""
    return patiently(partial(_look, request, sources))


def patiently(ask: Callable[[], T]) -> T | Failed:
    """Return the answer to a question about a tree that may move. Faults of the machine are `Failed`."""
    moved = ""
    for _ in range(TRIES):
        try:
            return ask()
        except Unstable as error:
            moved = str(error)
        except EnvironmentFault as error:
            return Failed(StopReason.ENVIRONMENT_LIMITATION, str(error), error.hint, again=True)
    return Failed(StopReason.NON_DETERMINISTIC_BEHAVIOR, moved, "let the tree come to rest, then ask again", again=True)


def _look(request: FactsRequest, sources: Sources) -> Facts:
    if sources.lineage is None:
        raise GitFailed("expected a store that knows commits, found none", "ask the worker of a repository")
    places, lineage = places_of(request.layout), sources.lineage
    # 1.
    history = sources.store.history(request.anchor, frozenset(request.authorized))
    # The record began before the first commit: BASE is the empty tree, and no commit since may switch anything on.
    base = None if history.ancestry is Ancestry.NO_ANCHOR and request.adopted else policy_base(sources.store, history, None)
    limit = request.settings.limits.contract_bytes
    at_base = directive_of(partial(_read_at, sources, base, limit), places) if base else None
    boot_script = at_base is not None and at_base.boot_script
    # 2.
    strays = _since_the_beginning(request, history, lineage) if history.ancestry is Ancestry.NO_ANCHOR else _strays(history)
    weighed = _Weighing(request, sources, lineage, places, boot_script)
    commits = tuple(weighed.facts(commit) for commit in strays[:COMMITS_LIMIT])
    # 3.
    work = _work(request, sources, history, base, places) if request.work else None
    # 4.
    now = directive_of(lambda path: sources.tree.read(path, limit), places)
    held = _held(now, commits, sources, places, limit)
    return Facts(
        head=history.head,
        branch=lineage.branch(),
        ancestry=history.ancestry,
        commits=commits,
        more=len(strays) - len(commits),
        work=work,
        auto_authorize=now.auto_authorize and held.auto_authorize and at_base is not None and at_base.auto_authorize,
        directive=held.digest,
        final=_final(sources.tree.read(places.phases, limit)),
        raised=_raised(request, sources, base),
        behind=history.ancestry is Ancestry.REWRITTEN and _is_behind(history, lineage),
        aem=now.aem and at_base is not None and at_base.aem,
        log_at_head=_log_at_head(request, sources, history, places),
        stack=_stack(sources, base, limit) if request.stack and base else {},
        tested=_is_tested(sources, lineage, base, limit) if request.stack and base else True,
    )


def _log_at_head(request: FactsRequest, sources: Sources, history: History, places: Places) -> Digest | None:
    if history.head is None or not request.work:
        return None
    found = sources.store.file_at(history.head, places.diff_log, OVERSIZE * request.settings.limits.document_bytes)
    return digest_of_bytes(found) if isinstance(found, bytes) else None


def _stack(sources: Sources, base: CommitId, limit: int) -> Mapping[RepoPath, Content]:
    """Return forge.json of BASE and the files that its plan looks at. A forge.json that cannot be read has no plan."""
    told = _read_at(sources, base, limit, FORGE_JSON)
    stack = read_stack(told)
    wanted = () if isinstance(stack, Defect) else plan_files(stack)
    return {FORGE_JSON: told, **{path: _read_at(sources, base, limit, path) for path in wanted}}


def _is_tested(sources: Sources, lineage: Lineage, base: CommitId, limit: int) -> bool:
    """True unless BASE is known to have no test: a tree that cannot be read whole may have some."""
    table, told = lineage.whole_table(base), read_forge_json(_read_at(sources, base, limit, FORGE_JSON))
    test_dir = told.test_dir if isinstance(told, ForgeJson) else None
    return table is None or any(is_test(path, test_dir) and not path.rpartition("/")[2].startswith(_EMPTY) for path in table)


def _is_behind(history: History, lineage: Lineage) -> bool:
    """True when the anchor descends from HEAD. A commit that cannot be read ends the search: then nothing is known of it."""
    seen: set[CommitId] = set()
    level = {history.anchor} if history.anchor is not None else set()
    while level and len(seen) < WALKED_LIMIT and history.head not in level:
        seen |= level
        try:
            found = lineage.parents(sorted(level))
        except GitFailed:
            return False
        level = {parent for parents in found.values() for parent in parents} - seen
    return history.head in level


def _held(now: Directive, commits: Sequence[CommitFacts], sources: Sources, places: Places, limit: int) -> Directive:
    """Return the directive of the oldest commit in question, without one `now`. A commit is let go by the directive that it holds: the one
    that lies there may have been put back since. Where they differ in line endings only, git turned them, and `now` is the one."""
    first = next((commit.oid for commit in commits if not commit.neutral), None)
    if first is None:
        return now
    plain_now = directive_of(lambda path: _plain(sources.tree.read(path, limit)), places)
    plain_held = directive_of(lambda path: _plain(_read_at(sources, first, limit, path)), places)
    return now if plain_now == plain_held else directive_of(partial(_read_at, sources, first, limit), places)


def _plain(content: Content) -> Content:
    return content.replace(b"\r\n", b"\n") if isinstance(content, bytes) else content


def _strays(history: History) -> tuple[Commit, ...]:
    return tuple(commit for commit in reversed(history.commits) if not commit.authorized)


def _since_the_beginning(request: FactsRequest, history: History, lineage: Lineage) -> tuple[Commit, ...]:
    """Return the first parents of HEAD back to the first commit, the oldest first: the record began before there was one."""
    found: list[CommitId] = []
    at = history.head if request.adopted else None
    authorized = frozenset(request.authorized)
    while at is not None and len(found) < WALKED_LIMIT and at not in authorized:
        found.append(at)
        parents = lineage.parents([at])[at]
        at = parents[0] if parents else None
    return tuple(Commit(oid=oid, subject=lineage.subject(oid), paths=()) for oid in reversed(found))


@dataclass(slots=True)
class _Weighing:
    """Looks at commits in their order. A commit may be an authorized one when it stands on a base, or on neutral commits behind one."""

    request: FactsRequest
    sources: Sources
    lineage: Lineage
    places: Places
    boot_script: bool
    bases: frozenset[CommitId | None] = frozenset()

    def __post_init__(self) -> None:
        self.bases = frozenset(self.request.bases)

    def facts(self, commit: Commit) -> CommitFacts:
        parents = self.lineage.parents([commit.oid])[commit.oid]
        below = parents[0] if parents else None
        stands = len(parents) < 2 and below in self.bases
        neutral = not stands and self._is_neutral(commit.paths)
        told = CommitFacts(oid=commit.oid, parents=parents, subject=commit.subject, neutral=neutral)
        if not stands:
            return told
        after, before = self.lineage.whole_table(commit.oid), self.lineage.whole_table(below)
        if after is None or before is None:
            # A part that lies would be missing here and come back in the commit: such a tree is nobody's, and no evidence either.
            return told
        differing = {path: after.get(path) for path in after.keys() | before.keys() if after.get(path) != before.get(path)}
        if self._is_neutral(differing):
            self.bases |= {commit.oid}
            return replace(told, neutral=True)
        return replace(told, tree=tree_digest(after, self.places.is_neutral), text=self._text(before, differing))

    def _is_neutral(self, paths: Collection[RepoPath]) -> bool:
        return bool(paths) and all(self.places.is_neutral(path, boot_script=self.boot_script) for path in paths)

    def _text(self, before: Mapping[RepoPath, Entry], differing: Mapping[RepoPath, Entry | None]) -> Digest | None:
        if self.request.settings.scope.compare is Compare.RAW:
            return None
        blobs = self._blobs(entry for path, one in differing.items() for entry in (before.get(path), one) if entry is not None)
        return text_tree(before, differing, blobs, self.places.is_neutral)

    def _blobs(self, entries: Iterator[Entry]) -> Mapping[Oid, bytes | Unreadable]:
        limit = self.request.settings.limits.source_bytes
        return {entry.oid: self.sources.store.blob(entry.oid, limit) for entry in entries if entry.mode >> 12 == 0o10}


def _work(request: FactsRequest, sources: Sources, history: History, base: CommitId | None, places: Places) -> WorkFacts:
    scope = request.settings.scope
    # What is signed off is read anew (hostile.md, Change set), by the rules that held in its audit.
    question = SurveyQuestion(base=base, ignore=scope.ignore, compare=scope.compare, claimed=frozenset(request.claimed), use_cache=False)
    survey = sources.tree.survey(question)
    if survey.head != history.head:
        raise Unstable("HEAD moved while it was read")
    if survey.store_faults:
        raise GitFailed("; ".join(survey.store_faults), "git fsck")
    text = survey.tree
    if scope.compare is not Compare.RAW:
        blobs = read_contents(sources, survey, request.settings.limits.source_bytes)
        text = text_of_work(survey.paths, survey.changes, survey.conversions, blobs, places.is_neutral) or survey.tree
    changes = work_changes(survey.changes, dict(survey.staged))
    return WorkFacts(
        tree=survey.tree,
        text=text,
        changes=changes,
        obstacles=tuple(f"{one.path}: {one.why}" for one in survey.obstacles),
        hunks=_hunks(sources, survey, changes, places) if request.hunks else (),
    )


def _hunks(sources: Sources, survey: Survey, changes: Sequence[WorkChange], places: Places) -> tuple[str, ...]:
    contents = read_contents(sources, survey, COMPARED_BYTES)
    return hunks_of(changes, contents, lambda path: path.startswith(f"{places.evidence}/") or places.is_neutral(path))


def work_changes(changes: Sequence[Change], staged: Mapping[RepoPath, Entry | None]) -> tuple[WorkChange, ...]:
    """Return the changes of a survey with what the index holds of each."""
    return tuple(
        WorkChange(
            path=change.path,
            kind=change.kind,
            before=change.before,
            after=change.before if change.staged else change.after,
            is_staged=change.path in staged,
            staged=staged.get(change.path),
        )
        for change in changes
    )


def _read_at(sources: Sources, commit: CommitId, limit: int, path: RepoPath) -> Content:
    return sources.store.file_at(commit, path, limit)


def _final(plan: Content) -> str:
    phases = parse_phases(plan) if isinstance(plan, bytes) else ()
    return final_phase(phases).name if len(phases) > 1 else ""


def _raised(request: FactsRequest, sources: Sources, base: CommitId | None) -> tuple[tuple[str, int], ...]:
    """Return the tiers that the repository asks for, the higher one of BASE and now: it can only raise what the operator wants."""
    limit = request.settings.limits.contract_bytes
    found: dict[str, int] = {}
    for content in (sources.tree.read(FORGE_JSON, limit), sources.store.file_at(base, FORGE_JSON, limit) if base else Absent()):
        for action, tier in raised_tiers(content):
            found[action] = max(tier, found.get(action, 0))
    return tuple(sorted(found.items()))
