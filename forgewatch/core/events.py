"""What the journal keeps: a closed union of events, and the entry of an audit. Times are UTC, `YYYY-MM-DDTHH:MM:SSZ`."""

from __future__ import annotations

from dataclasses import dataclass

from forgewatch.core.authority_events import (
    AuditDisputed,
    AuthorityRefused,
    AuthorizationGranted,
    CommitPushed,
    CommitUnaudited,
    HaltBroken,
    PhaseUnblocked,
    StandingGranted,
)
from forgewatch.core.bench import Level, Part
from forgewatch.core.report import Report
from forgewatch.core.values import UNKNOWN_PHASE, CommitId, Digest, Phase, RepoPath
from forgewatch.core.verdict import Outcome, StopReason


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """What made the daemon audit: cycle number, digest of the diff log, digest of the test record (None: unreadable)."""

    cycle: int
    document: Digest
    record: Digest | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """The circumstances of an audit, outside every digest. `assurance` is `local` or `isolated`."""

    at: str
    duration_ms: int
    host: str
    assurance: str
    engine: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRecorded:
    """One audit result. `iteration` counts entries of the phase, `loopback` FAIL entries in a row. `report` None: refused or failed
    before a verdict (`why` says so, outcome ERROR or FAIL). `trigger` None: started by a command. `amends`: entry it amends.

    `fix_plan` are the lines of the Fix Plan as they were given to the builder; `rendering` is the form of its Markdown: both keep the
    projection of an old entry the same when catalogue or template change. `remarks` are lines of the Notes that follow from the record.
    `again`: there is no verdict because of the machine, and the trigger stays due (docs/decisions/0005).
    An entry that `amends` another repeats its report; `commit` is what was authorized by it, `authority` are lines of the Notes that say
    on whose word (C-03).
    """

    outcome: Outcome
    phase: Phase
    iteration: int
    loopback: int
    loopback_limit: int
    stop: StopReason | None
    report: Report | None
    trigger: Trigger | None
    envelope: Envelope
    why: str = ""
    hint: str = ""
    amends: int | None = None
    fix_plan: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    rendering: int = 1
    again: bool = False
    commit: CommitId | None = None
    authority: tuple[str, ...] = ()

    @property
    def exhausted(self) -> bool:
        """True for a FAIL with which the phase has used up what the loopback limit allows (contract §10.3)."""
        return self.report is not None and self.outcome is Outcome.FAIL and self.loopback >= self.loopback_limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Adopted:
    """The anchor moved to `commit` (None: the empty tree). `legacy` is the digest of ledger text that was there before and is kept
    as it is in the quarantine folder, None when there was none. `actor` is `first contact` or the operator's name."""

    at: str
    commit: CommitId | None
    legacy: Digest | None
    actor: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CycleOpened:
    """The diff log became IN_PROCESS: cycle `cycle` began. `planned` are the files it listed then, none where it listed none; `phase` the
    one it named."""

    at: str
    cycle: int
    document: Digest
    planned: tuple[RepoPath, ...] = ()
    phase: Phase = UNKNOWN_PHASE


@dataclass(frozen=True, slots=True, kw_only=True)
class TriggerClaimed:
    """An audit of `trigger` is about to run. Without a later entry or `TriggerDone`, it did not finish."""

    at: str
    trigger: Trigger


@dataclass(frozen=True, slots=True, kw_only=True)
class TriggerDone:
    """`trigger` needs no further audit. `result` says why: `entry`, `repeat`, `committed`, `superseded`."""

    at: str
    trigger: Trigger
    result: str
    entry: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalJudged:
    """An approval file was read and compared with the facts. Nothing is authorized by it.

    `field` names the first field that disagreed, empty when accepted; `expected` and `actual` are both sides.
    """

    at: str
    path: RepoPath
    kind: str
    subject: str
    accepted: bool
    field: str
    expected: str
    actual: str
    digest: Digest | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalSigned:
    """A person approved a task by a command: the contract of these bytes (`contract`), on this commit. `uid` and `host` are where it was
    said. `tier` 0: nobody proved who it was; above it `principals` signed the request with this `nonce`, empty at tier 0."""

    at: str
    task: str
    base: CommitId
    contract: Digest
    actor: str
    uid: int
    host: str
    tier: int
    principals: tuple[str, ...] = ()
    nonce: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerRepaired:
    """The Markdown was a prefix of its projection (`size` bytes) and was completed."""

    at: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerClaimed:
    """Foreign bytes stood at the end of the Markdown: kept as an untrusted claim in the quarantine folder under `digest`."""

    at: str
    digest: Digest
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerTampered:
    """The Markdown differs inside or is missing; its bytes are in the quarantine folder under `digest` (None: missing)."""

    at: str
    digest: Digest | None
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerRestored:
    """The operator had the projection written back."""

    at: str
    actor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRotated:
    """The next line of the journal and those behind it are signed by another key: `public` are its 32 bytes in base64. This one is not."""

    at: str
    public: str
    actor: str


@dataclass(frozen=True, slots=True)
class ReadFile:
    """A file of the read gate and the digest of its bytes; None: it was not there."""

    path: RepoPath
    digest: Digest | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractsRead:
    """Somebody stated to have read the files of the read gate, in its order, as they were then (contract §1). Nothing follows from it
    but a note in later audits when a contract is another one."""

    at: str
    phase: Phase
    actor: str
    files: tuple[ReadFile, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRecorded:
    """One command of a run of the tests. `exit` is None where it did not end by itself, `output` digests all that it wrote."""

    part: Part
    name: str
    argv: tuple[str, ...]
    exit: int | None
    output: Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class TestsRecorded:
    """forgewatch itself ran the tests over `tree`; `record` digests the bytes of the test record it wrote (contract §9.2).

    `surroundings` are facts about the sandbox (`network none`). `executed` and `failed` count tests, None where no step counts. `scope` is
    the side that was tested, empty for the whole suite.
    """

    __test__ = False

    at: str
    record: Digest
    tree: Digest
    head: CommitId | None
    level: Level
    offline: bool
    steps: tuple[StepRecorded, ...]
    executed: int | None
    failed: int | None
    passed: bool
    repeat: int = 1
    scope: str = ""
    surroundings: tuple[str, ...] = ()


Event = (
    AuditRecorded
    | Adopted
    | CycleOpened
    | TriggerClaimed
    | TriggerDone
    | ApprovalJudged
    | ApprovalSigned
    | LedgerRepaired
    | LedgerClaimed
    | LedgerTampered
    | LedgerRestored
    | KeyRotated
    | AuthorizationGranted
    | AuthorityRefused
    | StandingGranted
    | CommitUnaudited
    | HaltBroken
    | PhaseUnblocked
    | AuditDisputed
    | CommitPushed
    | ContractsRead
    | TestsRecorded
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """An event at its place in the journal: `seq` counts from 0, `leaf` is SHA-256(0x00 || line)."""

    seq: int
    leaf: Digest
    event: Event
