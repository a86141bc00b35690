"""All that one audit may see, read once, then frozen. Checks judge this and never the disk.

Missing and unreadable inputs are values in it (`Absent`, `Unreadable`), so no check can forget them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol, runtime_checkable

from forgewatch.core.difflog import Claim, DiffLogReading
from forgewatch.core.facts import LayerFacts, RouteFacts, SourceFacts
from forgewatch.core.places import Places
from forgewatch.core.settings import Profile
from forgewatch.core.testrecord import TestRecordReading
from forgewatch.core.values import Absent, CommitId, Content, Digest, Oid, Phase, RepoPath, Unreadable
from forgewatch.core.wiring import Wiring

REGULAR = frozenset({0o100644, 0o100755})
"""The modes of plain files."""


class ChangeKind(StrEnum):
    """How a path of the working tree (or index) differs from HEAD (checks.md A1)."""

    ADDED = "added"
    MODIFIED = "modified"
    DELETED = "deleted"
    TYPE = "type"
    MODE = "mode"
    UNTRACKED = "untracked"


@dataclass(frozen=True, slots=True)
class Entry:
    """One path of a tree. `mode` is git's (0o100644, 0o100755, 0o120000, 0o160000); `oid` is the blob id of the raw bytes."""

    mode: int
    oid: Oid


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A path whose entry in HEAD (`before`) and in the working tree (`after`) differ; None means not there.

    `staged`: only the index says so; the working tree equals HEAD again.
    """

    path: RepoPath
    kind: ChangeKind
    before: Entry | None
    after: Entry | None
    staged: bool = False


@dataclass(frozen=True, slots=True)
class Obstacle:
    """A path capture could not take in: nested repository, FIFO, socket, device, unreadable, over a limit (A104)."""

    path: RepoPath
    why: str


class ConversionKind(StrEnum):
    """A difference that is a note by default (A109)."""

    LINE_ENDINGS = "line endings"
    EXECUTE_BIT = "execute bit"


@dataclass(frozen=True, slots=True)
class Conversion:
    """A text file whose only difference to HEAD is its line endings as a whole, or an execute bit the file system cannot keep."""

    path: RepoPath
    kind: ConversionKind


@dataclass(frozen=True, slots=True)
class IndexFlag:
    """An index entry that asks git to look away (assume-unchanged, skip-worktree, intent-to-add); `hides` a real change (A108)."""

    path: RepoPath
    flag: str
    hides: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class IgnoredSummary:
    """What ignore rules left out. `directories`: (top directory or file, count) of all ignored, untracked paths.

    `newly`: the same for those that only rules changed in this cycle ignore; `newly_source`: source files among them outside
    well-known output directories (A105). `changed_rules`: the `.gitignore` files that differ from BASE.
    """

    directories: tuple[tuple[str, int], ...] = ()
    newly: tuple[tuple[str, int], ...] = ()
    newly_source: tuple[RepoPath, ...] = ()
    changed_rules: tuple[RepoPath, ...] = ()


@runtime_checkable
class ByContent(Protocol):
    """A table of HEAD that finds paths by content without making a value of each entry."""

    def regular_files_of(self, oids: Collection[Oid]) -> Iterator[tuple[Oid, RepoPath]]:
        """Yield (blob id, path) of each regular file whose bytes have one of these ids, in the order of the table."""
        ...


@dataclass(frozen=True, slots=True)
class PathTable:
    """Every visible path of the working tree: HEAD's table and what differs from it.

    `base` is the table of HEAD (shared between audits, never changed), `overlay` maps changed paths to their entry or None.
    """

    base: Mapping[RepoPath, Entry]
    overlay: Mapping[RepoPath, Entry | None]

    def get(self, path: RepoPath) -> Entry | None:
        """Return the entry at `path`, None when the working tree has no such file."""
        return self.overlay[path] if path in self.overlay else self.base.get(path)

    def unchanged_with(self, oids: Collection[Oid]) -> dict[Oid, RepoPath]:
        """Return, for each blob id that a regular file has which this cycle left alone, the first such file."""
        base = self.base
        entries = ((entry.oid, path) for path, entry in base.items() if entry.mode in REGULAR and entry.oid in oids)
        found: dict[Oid, RepoPath] = {}
        for oid, path in base.regular_files_of(oids) if isinstance(base, ByContent) else entries:
            if path not in self.overlay:
                found.setdefault(oid, path)
        return found

    def __contains__(self, path: RepoPath) -> bool:
        return self.get(path) is not None

    def __iter__(self) -> Iterator[RepoPath]:
        """Yield all paths: HEAD's in their order, then the new ones."""
        overlay = self.overlay
        yield from (path for path in self.base if path not in overlay or overlay[path] is not None)
        yield from (path for path, entry in overlay.items() if entry is not None and path not in self.base)


class Ancestry(StrEnum):
    """What the walk from HEAD back to the anchor found (A6)."""

    NO_ANCHOR = "no anchor"
    LINEAR = "anchor reached"
    UNRESOLVABLE = "anchor not in the object store"
    REWRITTEN = "anchor is no ancestor of HEAD"
    SHALLOW = "shallow clone without the anchor"
    UNTRUSTED = "object store lies"


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """A commit between anchor and HEAD. `subject` is its first line, `paths` what it touches against its first parent."""

    oid: CommitId
    subject: str
    paths: tuple[RepoPath, ...]
    authorized: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """HEAD, anchor, and every commit reachable from HEAD but not from the anchor, newest first.

    `adopted`: the record has an anchor; with `anchor` None it is the empty tree, and no commit is older than the record.
    """

    head: CommitId | None
    anchor: CommitId | None
    ancestry: Ancestry
    commits: tuple[Commit, ...] = ()
    notes: tuple[str, ...] = ()
    unknown_entries: tuple[str, ...] = ()
    adopted: bool = False


class LedgerCondition(StrEnum):
    """How the ledger file compares with its projection from the journal (W2)."""

    NEW = "no entries yet"
    INTACT = "equals the journal"
    REPAIRED = "was shortened"
    EXTENDED = "had foreign text at its end"
    TAMPERED = "differs from the journal"


@dataclass(frozen=True, slots=True)
class LedgerFacts:
    """The condition of the ledger when the audit began, the number of entries, and what deviated."""

    condition: LedgerCondition
    entries: int = 0
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attestation:
    """The journal says: forgewatch ran the whole suite over `tree`, all of it passed, and it wrote the record with this digest.

    `tests` is how many ran, None where nothing counted them; `level` and `surroundings` say what kept them from the machine. `before` is
    how many ran over the last authorized tree, None where that is not known.
    """

    record: Digest
    tree: Digest
    tests: int | None
    level: str
    surroundings: tuple[str, ...] = ()
    before: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordHistory:
    """What the journal knows of test records: (record digest, tree digest) pairs that entries saw, those that are attested, and the trees
    over which forgewatch's own newest run failed."""

    seen: tuple[tuple[Digest, Digest], ...] = ()
    attested: tuple[Attestation, ...] = ()
    failing: tuple[Digest, ...] = ()

    def attestation(self, record: Digest, tree: Digest) -> Attestation | None:
        """Return what attests this record of this tree; None where it was written by hand, or is of another tree."""
        return next((one for one in self.attested if (one.record, one.tree) == (record, tree)), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """The frozen input of every check. Built by `app.capture`, nowhere else.

    `documents` are working-tree files by path: governing documents and dependency manifests. `base_documents` the same paths at BASE.
    `against`: the commit that changes are measured from where the caller named one. `contents` maps blob ids of changed files (before
    and after) to their bytes. `sources`, `layers`, `base_layers`, `routes` hold facts per path; `layers` were judged by the working
    tree's rules, `base_layers` by those of BASE. `base_routes`: the routes that changed files in other languages than Python had before.
    `data`: changed paths that the operator calls data, so that no program runs them.
    """

    places: Places
    phase: Phase
    profile: Profile
    attested_only: bool = False
    raw_compare: bool = False
    boot_script: bool = False
    against: CommitId | None = None
    difflog: DiffLogReading
    claim: Claim
    claim_given: bool = False
    planned: tuple[RepoPath, ...] = ()
    test_record: TestRecordReading
    record_history: RecordHistory = field(default_factory=RecordHistory)
    tree: Digest
    paths: PathTable
    changes: tuple[Change, ...] = ()
    obstacles: tuple[Obstacle, ...] = ()
    conversions: tuple[Conversion, ...] = ()
    flags: tuple[IndexFlag, ...] = ()
    ignored: IgnoredSummary = field(default_factory=IgnoredSummary)
    store_faults: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    history: History
    ledger: LedgerFacts
    documents: Mapping[RepoPath, Content] = field(default_factory=dict)
    base_documents: Mapping[RepoPath, Content] = field(default_factory=dict)
    contents: Mapping[Oid, bytes | Unreadable] = field(default_factory=dict)
    sources: Mapping[RepoPath, SourceFacts | Unreadable] = field(default_factory=dict)
    layers: Mapping[RepoPath, LayerFacts | Unreadable] = field(default_factory=dict)
    base_layers: Mapping[RepoPath, LayerFacts | Unreadable] = field(default_factory=dict)
    routes: Mapping[RepoPath, RouteFacts | Unreadable] = field(default_factory=dict)
    base_routes: Mapping[RepoPath, RouteFacts | Unreadable] = field(default_factory=dict)
    wiring: Wiring = field(default_factory=Wiring)
    data: tuple[RepoPath, ...] = ()
    fingerprints: tuple[str, ...] = ()
    import_names: tuple[tuple[str, str], ...] = ()

    def document(self, path: str) -> Content:
        """Return the working tree's version of a governing document."""
        return self.documents.get(RepoPath(path), Absent())

    def base_document(self, path: str) -> Content:
        """Return the version of a governing document at BASE."""
        return self.base_documents.get(RepoPath(path), Absent())
