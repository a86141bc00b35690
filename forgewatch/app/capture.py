"""Read everything one audit may see, once, into a frozen Snapshot. The only reading there is.

The way: 1. diff log and directive  2. history from HEAD to the anchor  3. what changed  4. whose claim it is
5. test record, governing documents at BASE and in the working tree  6. bytes of changed files  7. facts of governed files.
What was read before the survey must be what the survey saw: parts of two trees are no tree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from forgewatch.app.bases import compared_with, policy_base
from forgewatch.app.extraction import (
    GITLINK,
    SYMLINK,
    Memory,
    NoGrammars,
    Reading,
    as_content,
    read_captured,
    seen_files,
)
from forgewatch.app.file_facts import base_route_facts, layer_facts, route_facts, source_facts
from forgewatch.app.papers import Papers, directive_of
from forgewatch.app.wiring_facts import wiring_facts
from forgewatch.core.claim_resolution import resolve_claim
from forgewatch.core.difflog import Claim
from forgewatch.core.directive import parse_directive
from forgewatch.core.errors import Unstable
from forgewatch.core.globs import GlobSet, compile_globs
from forgewatch.core.ledger_reader import LEDGER_BYTES, references, unknown_references
from forgewatch.core.manifests import load_manifests, nearest, wanted_manifests
from forgewatch.core.places import FORGE_JSON, USER_INSTRUCTIONS, Places, places_of
from forgewatch.core.ports import FactCache, Grammars, InputStore, Lineage, ObjectStore, Trees, WorkingTree
from forgewatch.core.read_gate import changed_note, changed_since
from forgewatch.core.report import AuditRequest
from forgewatch.core.script_documents import foreign_manifests, load_foreign
from forgewatch.core.settings import Compare, Profile
from forgewatch.core.snapshot import History, Snapshot
from forgewatch.core.survey import Survey, SurveyQuestion
from forgewatch.core.testrecord import TestRecordReading
from forgewatch.core.testrecord_parser import parse_test_record
from forgewatch.core.values import Absent, CommitId, Content, Oid, Refused, RepoPath, Unreadable, parse_repo_path
from forgewatch.core.wiring import Wiring
from forgewatch.core.wiring_plan import plans_of

CONTENT_TOTAL = 256 * 1024 * 1024
"""Bytes of changed files kept for one audit; files beyond it are Unreadable and become findings."""

_MANIFEST_FACTOR = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Where capture reads from: working tree, verified objects, the cache of facts, and what this process remembers.

    `trees` and `inputs` are where a replay reads from; without them nothing is stored for one.
    """

    tree: WorkingTree
    store: ObjectStore
    cache: FactCache
    memory: Memory
    grammars: Grammars = field(default_factory=NoGrammars)
    trees: Trees | None = None
    inputs: InputStore | None = None
    lineage: Lineage | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """Everything that was read, before facts are extracted from it. `moved` are the contracts that changed since somebody read them."""

    papers: Papers
    record: TestRecordReading
    history: History
    survey: Survey
    against: CommitId | None
    claim: Claim
    documents: Mapping[RepoPath, Content]
    base_documents: Mapping[RepoPath, Content]
    moved: tuple[RepoPath, ...] = ()


def capture(request: AuditRequest, papers: Papers, sources: Sources) -> Snapshot:
    """Return the snapshot of one audit. Raises EnvironmentFault (git, disk, unstable tree); bad builder input is in the values."""
    places, limits, scope = places_of(request.layout), request.settings.limits, request.settings.scope
    # 2. (1. is `read_papers`.) History first: which commit's policy governs depends on it.
    history = sources.store.history(request.anchor, frozenset(request.authorized))
    against = compared_with(request.base, sources.store, history)
    told = () if against is None else (f"Compared with {against}, as the caller asked",)
    unknown = dict.fromkeys((*request.unknown_entries, *_lost_entries(request, sources, history.head)))
    history = replace(history, unknown_entries=tuple(unknown), adopted=request.adopted, notes=(*history.notes, *told))
    base = policy_base(sources.store, history, against)
    # 3. What changed, by bytes.
    claimed = claimed_paths(papers.claim)
    survey = sources.tree.survey(SurveyQuestion(base=base, ignore=scope.ignore, compare=scope.compare, claimed=claimed, against=against))
    if survey.head != history.head:
        raise Unstable("HEAD moved while it was read")
    # 4. The claim, with bare `Contracts/` and the like read as the contract says.
    known = frozenset(change.path for change in survey.changes)
    claim = resolve_claim(papers.claim, lambda path: path in survey.paths or path in known, places)
    # 5. The test record, and documents that govern, in both versions.
    seen = seen_files(sources.tree, survey)
    reading = Reading(table=survey.paths, tree=seen, cache=sources.cache, memory=sources.memory, limits=limits, grammars=sources.grammars)
    record = parse_test_record(as_content(seen, places.test_record, survey.paths, limits.document_bytes))
    documents = read_documents(reading, places)
    if seen.whole and directive_of(documents.__getitem__, places) != papers.directive:
        raise Unstable("the directive changed while it was read")
    base_documents = _at_base(sources.store, base, documents, limits.contract_bytes)
    gathered = Gathered(
        papers=papers,
        record=record,
        history=history,
        survey=survey,
        against=against,
        claim=claim,
        documents=documents,
        base_documents=base_documents,
        moved=changed_since(request.contracts_read, lambda path: as_content(seen, path, survey.paths, limits.document_bytes)),
    )
    # 6. The bytes of changed files. 7. Facts of these and of governed files.
    contents = read_contents(sources, survey, limits.source_bytes)
    return _with_facts(_snapshot(request, gathered, contents), gathered, reading, scope.data)


def claimed_paths(claim: Claim) -> frozenset[RepoPath]:
    """Return what a claim names, the rows included that are a claim only if such a path is there."""
    return frozenset((*claim.paths, *_doubtful(claim)))


def _doubtful(claim: Claim) -> Iterator[RepoPath]:
    """Yield the rows that are a claim if such a path is there (`lib`). One that is none in the end leaves its change unclaimed."""
    for text in (*(row.text for row in claim.defects), *(row.text for row in claim.hints)):
        path = parse_repo_path(text)
        if not isinstance(path, Refused):
            yield path


def _lost_entries(request: AuditRequest, sources: Sources, head: CommitId | None) -> tuple[str, ...]:
    """Return the entries that the ledger at HEAD names and the one in the working tree does not (A601).

    A record and a file that were both deleted leave this third copy behind.
    """
    if head is None or not request.compare_committed_ledger:
        return ()
    path = places_of(request.layout).ledger
    kept, found = sources.store.file_at(head, path, LEDGER_BYTES), sources.tree.read(path, LEDGER_BYTES)
    here = found if isinstance(found, bytes) else b""
    if not isinstance(kept, bytes) or here.startswith(kept):
        return ()
    return unknown_references(references(kept), dict(references(here)))


def _snapshot(request: AuditRequest, gathered: Gathered, contents: Mapping[Oid, bytes | Unreadable]) -> Snapshot:
    papers, survey, history = gathered.papers, gathered.survey, gathered.history
    places, settings = places_of(request.layout), request.settings
    return Snapshot(
        places=places,
        phase=papers.phase,
        profile=request.profile,
        attested_only=Profile.STRICT in (request.profile, settings.profile),
        raw_compare=settings.scope.compare is Compare.RAW,
        boot_script=papers.directive.boot_script and _boot_script_at_base(gathered.base_documents, places),
        against=gathered.against,
        difflog=papers.log,
        claim=gathered.claim,
        claim_given=papers.given,
        planned=request.planned,
        test_record=gathered.record,
        record_history=request.record_history,
        tree=survey.tree,
        paths=survey.paths,
        changes=survey.changes,
        obstacles=survey.obstacles,
        conversions=survey.conversions,
        flags=survey.flags,
        ignored=survey.ignored,
        store_faults=survey.store_faults,
        notes=(*survey.notes, *history.notes, *changed_note(gathered.moved)),
        history=history,
        ledger=request.ledger,
        documents=gathered.documents,
        base_documents=gathered.base_documents,
        contents=contents,
        fingerprints=settings.fingerprints,
        import_names=settings.import_names,
    )


def _with_facts(snapshot: Snapshot, gathered: Gathered, reading: Reading, data: tuple[str, ...]) -> Snapshot:
    survey, places, contents, is_data = gathered.survey, snapshot.places, snapshot.contents, _data_by(data)
    routes = {path: facts for path, facts in route_facts(reading).items() if not is_data(path)}
    return replace(
        snapshot,
        sources=source_facts(survey, contents, reading),
        layers=layer_facts(gathered.documents.get(places.boundaries, Absent()), reading),
        base_layers=layer_facts(gathered.base_documents.get(places.boundaries, Absent()), reading),
        routes=routes,
        base_routes=base_route_facts(survey, contents, routes, reading),
        wiring=_wiring(gathered, places, contents, reading),
        data=tuple(change.path for change in survey.changes if is_data(change.path)),
    )


def _data_by(globs: tuple[str, ...]) -> Callable[[str], bool]:
    compiled = compile_globs(globs) if globs else None
    return compiled.matches if isinstance(compiled, GlobSet) else _never


def _never(_path: str) -> bool:
    return False


def _wiring(gathered: Gathered, places: Places, contents: Mapping[Oid, bytes | Unreadable], reading: Reading) -> Wiring:
    work, base = (documents.get(places.phases, Absent()) for documents in (gathered.documents, gathered.base_documents))
    boundaries = gathered.documents.get(places.boundaries, Absent())
    return wiring_facts(plans_of(work, base, gathered.papers.phase), boundaries, places, gathered.survey, contents, reading)


def read_documents(reading: Reading, places: Places) -> Mapping[RepoPath, Content]:
    """Read the governing documents and every dependency manifest, `-r` and `-c` references included."""
    tree, table, limit = reading.tree, reading.table, reading.limits.contract_bytes
    documents: dict[RepoPath, Content] = {}
    for path in (FORGE_JSON, places.boundaries, places.physics, *places.directives, places.phases, places.schema, USER_INSTRUCTIONS):
        documents[path] = as_content(tree, path, table, limit)
    forge_json = documents[FORGE_JSON]
    present = reading.memory.chosen(table, "manifests", lambda paths: wanted_manifests(paths, Absent()))
    named = wanted_manifests((), forge_json)
    loaded = load_manifests(
        [*named, *nearest(present, table.overlay)], lambda path: as_content(tree, path, table, _MANIFEST_FACTOR * limit)
    )
    kept = reading.memory.chosen(table, "foreign manifests", foreign_manifests)
    foreign = load_foreign(kept, table.overlay, lambda path: as_content(tree, path, table, _MANIFEST_FACTOR * limit))
    return {**foreign, **loaded, **documents}


def read_contents(sources: Sources, survey: Survey, limit: int, total: int = CONTENT_TOTAL) -> Mapping[Oid, bytes | Unreadable]:
    """Read the bytes of every changed file before and after, each at most `limit` bytes, all together at most `total`."""
    contents: dict[Oid, bytes | Unreadable] = {}
    seen, room = seen_files(sources.tree, survey), total
    for change in survey.changes:
        for entry, after in ((change.before, False), (change.after, True)):
            if entry is None or entry.oid in contents or entry.mode in (SYMLINK, GITLINK):
                continue
            room_left = min(limit, room)
            content = (
                read_captured(seen, change.path, entry, room_left)
                if after and not change.staged
                else sources.store.blob(entry.oid, room_left)
            )
            contents[entry.oid] = content
            room -= len(content) if isinstance(content, bytes) else 0
    return contents


def _boot_script_at_base(documents: Mapping[RepoPath, Content], places: Places) -> bool:
    """True when the directive of BASE asks for boot scripts, or there is no commit at all: no cycle takes them out of its own scope."""
    for path in places.directives:
        content = documents.get(path, Absent())
        if not isinstance(content, Absent):
            return parse_directive(content).boot_script
    return not documents


def _at_base(store: ObjectStore, base: CommitId | None, paths: Iterable[RepoPath], limit: int) -> Mapping[RepoPath, Content]:
    if base is None:
        return {}
    return {path: store.file_at(base, path, limit) for path in paths}
