"""What goes to the worker and what comes back: one audit as a question and an answer. Both are values that the codec can carry."""

from __future__ import annotations

from dataclasses import dataclass

from forgewatch.core.copying import Copied, CopyRequest
from forgewatch.core.places import Layout
from forgewatch.core.repository_facts import Facts, FactsRequest
from forgewatch.core.settings import Profile, Settings
from forgewatch.core.snapshot import ChangeKind, LedgerFacts, RecordHistory
from forgewatch.core.values import CommitId, Digest, Phase, RepoPath
from forgewatch.core.verdict import Audit


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenClaim:
    """Claim and phase on the command line (`audit --claimed-files a,b --phase P`); each, where given, replaces what the diff log says."""

    raw: tuple[str, ...] | None
    phase: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRequest:
    """One audit to be done. Everything the daemon knows and the worker cannot see; the worker reads the rest from the repository.

    `root`, `state` and `git` are absolute paths. `document` is the diff log as the daemon read it (base64 on the wire); None: the
    worker reads it. `anchor` None: no anchor yet, or, where `adopted`, the empty tree. `skip_committed`: answer `Committed` for a
    COMPLETE log that HEAD already holds; `opened`: the builder began a cycle and announces it with this log, so the tree counts too.
    `compare_committed_ledger`: the ledger file is all the journal knows, so what HEAD's ledger names beyond it is unknown (A601).
    `base` is for `--base REV` (None otherwise). `cycle` is the cycle number the audit belongs to: it is part of the identity.
    `planned`: the files of the plan as the record has it. `keep_inputs`: store what was judged, for a replay. `replay`: read nothing,
    judge the inputs stored under this digest. `contracts_read`: the contracts as somebody stated to have read them, None for one that
    was not there.
    """

    root: str
    state: str
    git: str
    layout: Layout
    settings: Settings
    profile: Profile
    document: bytes | None = None
    given: GivenClaim | None = None
    base: str | None = None
    adopted: bool = False
    anchor: CommitId | None = None
    authorized: tuple[CommitId, ...] = ()
    unknown_entries: tuple[str, ...] = ()
    compare_committed_ledger: bool = False
    ledger: LedgerFacts
    record_history: RecordHistory
    cycle: int = 0
    planned: tuple[RepoPath, ...] = ()
    skip_committed: bool = False
    opened: bool = False
    keep_inputs: bool = False
    replay: Digest | None = None
    contracts_read: tuple[tuple[RepoPath, Digest | None], ...] = ()


@dataclass(frozen=True, slots=True)
class ChangedPath:
    """A changed path and how it changed, as entries and JSON show it."""

    path: RepoPath
    kind: ChangeKind


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffLogFacts:
    """How the diff log was read. `status` is COMPLETE, IN_PROCESS, BLOCKED, UNKNOWN, MALFORMED or ABSENT; `line` 1-based."""

    status: str
    line: int | None
    digest: Digest | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A finished audit. Deterministic: the same snapshot gives the same report, byte for byte (no clock, host or duration).

    `snapshot` digests all inputs, `verdict_digest` all results, `tree` the audited tree, `record` the test record's bytes (None when
    unreadable), `identity` = digest of cycle, HEAD, claim, phase, status and verification text, tree, test record, policy (C-05).
    `against` is the commit of `--base` (None without one), `settings` digests the operator's settings it was made by: an audit with
    another base, or by other settings, says nothing to who asks by his own. `notes` are lines for the entry's Notes: ignored
    directories, policy changes, index flags that hide nothing. `aem` and `auto_authorize` are what the directive says, `directive` digests
    it (None: there is none to read). `builder_plan` are the items of the diff log's own `## Fix Plan`, raw (C-07). `inputs` names what was
    stored for a replay, None when nothing was.
    `text_tree` is the tree's digest with the line endings of what changed made alike, None where that is the same tree or bytes are
    compared raw. `changes` digests the judged changes: path, mode and blob of each, sorted. `profile` is what it was judged by;
    `claim_lines` are the lines of the diff log that claim the paths of `claimed`, as far as known. `begun_from` is the diff log that
    this one's `Previous cycle` names, None where it names none.
    """

    audit: Audit
    phase: Phase
    difflog: DiffLogFacts
    claimed: tuple[RepoPath, ...]
    changed: tuple[ChangedPath, ...]
    head: CommitId | None
    tree: Digest
    record: Digest | None
    policy: Digest
    snapshot: Digest
    verdict_digest: Digest
    identity: Digest
    against: CommitId | None = None
    settings: Digest | None = None
    notes: tuple[str, ...] = ()
    aem: bool = False
    auto_authorize: bool = False
    builder_plan: tuple[str, ...] = ()
    inputs: Digest | None = None
    profile: Profile | None = None
    claim_lines: tuple[int, ...] = ()
    text_tree: Digest | None = None
    changes: Digest | None = None
    directive: Digest | None = None
    begun_from: Digest | None = None


@dataclass(frozen=True, slots=True)
class Committed:
    """The COMPLETE diff log equals its blob in HEAD, HEAD is the anchor or its recorded descendant, and no cycle of other work is
    announced by it; or the record knows that its work was committed with authority, in `head`: shown, not audited."""

    head: CommitId


@dataclass(frozen=True, slots=True)
class Failed:
    """The audit could not be done. `stop` is ENVIRONMENT_LIMITATION or NON_DETERMINISTIC_BEHAVIOR; `why` and `hint` are facts.

    `again`: the machine kept us from a verdict (git away, disk full), so the same question is worth asking again. `misasked`: the question
    named a base that does not exist; that is told to who asked, and is no audit.
    """

    stop: str
    why: str
    hint: str = ""
    again: bool = False
    misasked: bool = False


AuditAnswer = Report | Committed | Failed
"""What a worker answers."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request on the wire. `token` is made for this question only; `engine` is the version of forgewatch that asks."""

    token: str
    engine: str
    request: AuditRequest | FactsRequest | CopyRequest


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer on the wire. Its token says which question it is about: a late answer is never taken for the next one's."""

    token: str
    answer: Report | Committed | Failed | Facts | Copied
