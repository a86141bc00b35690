"""Read everything one audit may see, once, into a frozen Snapshot. The only reading there is.

The way: 1. diff log, test record, directive  2. history from HEAD to the anchor  3. what changed  4. whose claim it is
5. governing documents at BASE and in the working tree  6. bytes of changed files  7. facts of governed files.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from forgewatch.app.extraction import GITLINK, SYMLINK, Extractor, as_content, extract, read_captured
from forgewatch.core.boundaries import Boundaries, governing, parse_boundaries, ruleset, scan
from forgewatch.core.difflog import Blocked, Claim, Complete, DiffLogReading, InProcess, Unknown
from forgewatch.core.difflog_parser import parse_claim_arguments, parse_difflog, resolve_claim
from forgewatch.core.directive import Directive, parse_directive
from forgewatch.core.facts import LayerFacts, RouteFacts, SourceFacts
from forgewatch.core.manifests import referenced_manifests, wanted_manifests
from forgewatch.core.places import FORGE_JSON, Places, places_of
from forgewatch.core.ports import FactCache, ObjectStore, Survey, SurveyQuestion, WorkingTree
from forgewatch.core.python_imports import extract_imports
from forgewatch.core.report import AuditRequest
from forgewatch.core.routes import extract_routes
from forgewatch.core.settings import Compare
from forgewatch.core.snapshot import Ancestry, Entry, History, PathTable, Snapshot
from forgewatch.core.testrecord_parser import parse_test_record
from forgewatch.core.values import UNKNOWN_PHASE, Absent, CommitId, Content, Oid, Phase, RepoPath, Unreadable

CONTENT_TOTAL = 256 * 1024 * 1024
"""Bytes of changed files kept for one audit; files beyond it are Unreadable and become findings."""

_MANIFESTS = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Where capture reads from: working tree, verified objects, and the cache of facts."""

    tree: WorkingTree
    store: ObjectStore
    cache: FactCache


@dataclass(frozen=True, slots=True, kw_only=True)
class Papers:
    """What the builder wrote: the diff log, the claim in force, and what the directive says."""

    raw_log: Content
    log: DiffLogReading
    claim: Claim
    given: bool
    phase: Phase
    directive: Directive


def capture(request: AuditRequest, sources: Sources) -> Snapshot:
    """Return the snapshot of one audit. Raises EnvironmentFault (git, disk, unstable tree); bad builder input is in the values."""
    places, limits, settings = places_of(request.layout), request.settings.limits, request.settings
    # 1. The paperwork, as the daemon saw it where it already read it.
    papers = read_papers(request, sources.tree, places)
    record = parse_test_record(sources.tree.read(places.test_record, limits.document_bytes))
    # 2. History first: which commit's policy governs depends on it.
    history = sources.store.history(request.anchor, frozenset(request.authorized))
    history = replace(history, unknown_entries=request.unknown_entries)
    against = sources.store.resolve(request.base) if request.base else None
    base = against or _base(history)
    # 3. What changed, by bytes.
    ignored = frozenset(papers.claim.paths)
    question = SurveyQuestion(base=base, ignore=settings.scope.ignore, compare=settings.scope.compare, claimed=ignored, against=against)
    survey = sources.tree.survey(question)
    # 4. The claim, with bare `Contracts/` and the like read as the contract says.
    known = frozenset(change.path for change in survey.changes)
    claim = resolve_claim(papers.claim, lambda path: path in survey.paths or path in known, places)
    # 5. Documents that govern, in both versions.
    documents = read_documents(sources.tree, survey, places, limits.contract_bytes)
    base_documents = _at_base(sources.store, base, documents, limits.contract_bytes)
    # 6. and 7.
    return Snapshot(
        places=places,
        phase=papers.phase,
        profile=request.profile,
        raw_compare=settings.scope.compare is Compare.RAW,
        boot_script=papers.directive.boot_script,
        difflog=papers.log,
        claim=claim,
        claim_given=papers.given,
        test_record=record,
        record_history=request.record_history,
        tree=survey.tree,
        paths=survey.paths,
        changes=survey.changes,
        obstacles=survey.obstacles,
        conversions=survey.conversions,
        flags=survey.flags,
        ignored=survey.ignored,
        store_faults=survey.store_faults,
        notes=(*survey.notes, *history.notes),
        history=history,
        ledger=request.ledger,
        documents=documents,
        base_documents=base_documents,
        contents=read_contents(sources, survey, limits.source_bytes),
        sources=_sources(request, sources, survey),
        layers=_layers(request, sources, survey, documents.get(places.boundaries, Absent())),
        base_layers=_layers(request, sources, survey, base_documents.get(places.boundaries, Absent())),
        routes=_routes(request, sources, survey),
        fingerprints=settings.fingerprints,
    )


def read_papers(request: AuditRequest, tree: WorkingTree, places: Places) -> Papers:
    """Read diff log and directive. A claim given on the command line replaces the diff log's (contract §10.7)."""
    limit = request.settings.limits.document_bytes
    directive = _directive(tree, places, request.settings.limits.contract_bytes)
    raw: Content = request.document if request.document is not None else tree.read(places.diff_log, 64 * limit)
    log = parse_difflog(raw, directive.phase)
    claim, phase = Claim(stated=False), directive.phase or UNKNOWN_PHASE
    if isinstance(log, InProcess | Blocked | Unknown | Complete):
        claim, phase = log.log.claim, log.log.phase
    if request.given is None:
        return Papers(raw_log=raw, log=log, claim=claim, given=False, phase=phase, directive=directive)
    given = parse_claim_arguments(request.given.raw)
    phase = Phase(request.given.phase[:80]) if request.given.phase else UNKNOWN_PHASE
    return Papers(raw_log=raw, log=log, claim=given, given=True, phase=phase, directive=directive)


def read_documents(tree: WorkingTree, survey: Survey, places: Places, limit: int) -> Mapping[RepoPath, Content]:
    """Read the governing documents and every dependency manifest, `-r` and `-c` references included."""
    forge_json = as_content(tree, FORGE_JSON, survey.paths, limit)
    governing_paths = (places.boundaries, places.physics, *places.directives)
    documents: dict[RepoPath, Content] = {FORGE_JSON: forge_json}
    documents.update((path, as_content(tree, path, survey.paths, limit)) for path in governing_paths)
    waiting = list(wanted_manifests(survey.paths, forge_json))
    while waiting and len(documents) < _MANIFESTS:
        path = waiting.pop(0)
        if path in documents:
            continue
        content = as_content(tree, path, survey.paths, 16 * limit)
        documents[path] = content
        if isinstance(content, bytes):
            waiting.extend(referenced_manifests(path, content))
    return documents


def read_contents(sources: Sources, survey: Survey, limit: int) -> Mapping[Oid, bytes | Unreadable]:
    """Read the bytes of every changed file before and after, each at most `limit` bytes, all together at most CONTENT_TOTAL."""
    contents: dict[Oid, bytes | Unreadable] = {}
    room = CONTENT_TOTAL
    for change in survey.changes:
        for entry, after in ((change.before, False), (change.after, True)):
            if entry is None or entry.oid in contents or entry.mode in (SYMLINK, GITLINK):
                continue
            content = _content(sources, change.path, entry, min(limit, room), after=after and not change.staged)
            contents[entry.oid] = content
            room -= len(content) if isinstance(content, bytes) else 0
    return contents


def _content(sources: Sources, path: RepoPath, entry: Entry, limit: int, *, after: bool) -> bytes | Unreadable:
    return read_captured(sources.tree, path, entry, limit) if after else sources.store.blob(entry.oid, limit)


def _directive(tree: WorkingTree, places: Places, limit: int) -> Directive:
    for path in places.directives:
        content = tree.read(path, limit)
        if not isinstance(content, Absent):
            return parse_directive(content)
    return parse_directive(Absent())


def _base(history: History) -> CommitId | None:
    return history.anchor if history.ancestry is Ancestry.LINEAR else history.head


def _at_base(store: ObjectStore, base: CommitId | None, paths: Iterable[RepoPath], limit: int) -> Mapping[RepoPath, Content]:
    if base is None:
        return {}
    return {path: store.file_at(base, path, limit) for path in paths}


def _sources(request: AuditRequest, sources: Sources, survey: Survey) -> Mapping[RepoPath, SourceFacts | Unreadable]:
    paths = [change.path for change in survey.changes if change.path.endswith((".py", ".pyi")) and change.after is not None]
    extractor = Extractor(ruleset="imports/1", facts=SourceFacts, extract=extract_imports)
    return extract(extractor, paths, survey.paths, sources.tree, sources.cache, request.settings.limits)


def _layers(request: AuditRequest, sources: Sources, survey: Survey, document: Content) -> Mapping[RepoPath, LayerFacts | Unreadable]:
    rules = parse_boundaries(document) if isinstance(document, bytes) else None
    if not isinstance(rules, Boundaries):
        return {}
    paths = [path for path in survey.paths if governing(rules, path)]
    extractor = Extractor(ruleset=f"layers/1 {ruleset(rules)}", facts=LayerFacts, extract=lambda path, raw: scan(rules, path, raw))
    return extract(extractor, paths, survey.paths, sources.tree, sources.cache, request.settings.limits)


def _routes(request: AuditRequest, sources: Sources, survey: Survey) -> Mapping[RepoPath, RouteFacts | Unreadable]:
    paths = _python_files(survey.paths)
    extractor = Extractor(ruleset="routes/1", facts=RouteFacts, extract=extract_routes)
    return extract(extractor, paths, survey.paths, sources.tree, sources.cache, request.settings.limits)


def _python_files(paths: PathTable) -> list[RepoPath]:
    return [path for path in paths if path.endswith(".py")]
