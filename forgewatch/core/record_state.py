"""What the record of one repository says, as a value that `record_fold.fold` makes of the journal's events (ledger.md section 1)."""

from __future__ import annotations

from dataclasses import dataclass, field

from forgewatch.core.authority_state import AuthorityState
from forgewatch.core.events import ApprovalJudged, ContractsRead, LedgerTampered, Trigger
from forgewatch.core.growing import Growing
from forgewatch.core.phase_words import phase_number
from forgewatch.core.snapshot import Attestation
from forgewatch.core.values import UNKNOWN_PHASE, CommitId, Digest, Phase, RepoPath
from forgewatch.core.verdict import CheckCode, Outcome, StopReason

MOST_ATTESTED = 64
"""Attested test records that are remembered; an audit is about the newest tree."""

FIRST_CONTACT = "first contact"
"""The actor of the `Adopted` event that forgewatch records by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EntrySummary:
    """What later audits need of an entry. `identity` is None for an audit that ended without a report. `failed`: the checks that did.

    `text` is the tree with its line endings made alike, `document` the diff log's digest, `changes` and `policy` those of the
    report, `aem` and `auto` what the directive said,
    `against` True for an audit from a base of the caller's, `begun_from` the log that the diff log names as the one before it.
    """

    seq: int
    leaf: Digest
    at: str
    phase: Phase
    outcome: Outcome
    iteration: int
    loopback: int
    stop: StopReason | None
    identity: Digest | None
    head: CommitId | None
    record: Digest | None
    tree: Digest | None
    trigger: Trigger | None
    failed: tuple[CheckCode, ...] = ()
    text: Digest | None = None
    document: Digest | None = None
    changes: Digest | None = None
    policy: Digest | None = None
    aem: bool = False
    auto: bool = False
    against: bool = False
    begun_from: Digest | None = None


@dataclass(frozen=True, slots=True)
class ApprovalSeen:
    """The newest answer about an approval file: the bytes it was about, the answer, and its place."""

    digest: Digest | None
    actual: str
    accepted: bool
    seq: int


@dataclass(frozen=True, slots=True)
class ApprovalGiven:
    """The newest approval of a task by a person: on which commit, of which bytes of its contract, at which tier, and its place."""

    base: CommitId
    contract: Digest
    tier: int
    seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordState:
    """The record up to `size` events; `leaf` is the newest one's.

    `anchor` is the newest adopted commit (None: the empty tree, or not `adopted` yet); `authorized` every commit the record vouches
    for. `legacy` digests ledger text older than this record; `legacy_accepted` says that the operator took it over. `claims` digest
    the foreign text that was found behind the ledger since the operator's last adoption.
    `plan` are the files that were planned for the work which is not authorized yet (contract §11, §12), empty where no plan holds.
    `pending` are claimed triggers that are neither done nor have a verdict, oldest first; `settled` the triggers of this cycle that are
    done or have one, `done` those with a `TriggerDone`. `run` is the number of the newest phase and how many entries it has in a
    row, `streaks` the FAIL entries in a row of each phase number, `limit` how many the newest audit allowed. `tampered` is the newest
    tampering that the operator has not answered. `given` is by task what a person approved last, `read` the newest word that the
    contracts were read. `attested` are the newest test records that forgewatch itself wrote, one for a tree, the newest last;
    `authorized_tests` how many ran over the last authorized tree; `failing` the trees over which forgewatch's own newest run failed.
    `closed_log` is the diff log whose work was committed with authority, until another cycle is opened; `opened_at` the place of the event
    that opened this one.
    """

    size: int = 0
    leaf: Digest | None = None
    adopted: bool = False
    anchor: CommitId | None = None
    authorized: tuple[CommitId, ...] = ()
    legacy: Digest | None = None
    legacy_accepted: bool = False
    claims: tuple[Digest, ...] = ()
    cycle: int = 0
    cycle_document: Digest | None = None
    plan: tuple[RepoPath, ...] = ()
    pending: tuple[Trigger, ...] = ()
    settled: frozenset[Trigger] = frozenset()
    done: frozenset[Trigger] = frozenset()
    refused: tuple[Trigger, ...] = ()
    last_trigger: Trigger | None = None
    entries: Growing[int, EntrySummary] = field(default_factory=Growing)
    entry_count: int = 0
    last_entry: EntrySummary | None = None
    trees_of_records: Growing[tuple[Digest, Digest], int] = field(default_factory=Growing)
    run: tuple[str, int] | None = None
    streaks: Growing[str, int] = field(default_factory=Growing)
    tampered: LedgerTampered | None = None
    approvals: Growing[RepoPath, ApprovalSeen] = field(default_factory=Growing)
    given: Growing[str, ApprovalGiven] = field(default_factory=Growing)
    limit: int = 3
    authority: AuthorityState = field(default_factory=AuthorityState)
    read: ContractsRead | None = None
    attested: tuple[Attestation, ...] = ()
    authorized_tests: int | None = None
    failing: tuple[Digest, ...] = ()
    closed_log: Digest | None = None
    opened_at: int = 0

    @property
    def work(self) -> EntrySummary | None:
        """The newest audit of the cycle's own change: what is signed off and authorized is this one (contract §10.4)."""
        return None if self.authority.work is None else self.entries.get(self.authority.work)

    def is_blocked(self, phase: Phase) -> bool:
        """True when the phase has used up its loops and the operator has not said otherwise (C-06)."""
        return self.streak(phase) >= self.limit

    @property
    def record_trees(self) -> tuple[tuple[Digest, Digest], ...]:
        """Every (test record, audited tree) pair an entry has seen, oldest first (checks.md, A8)."""
        return tuple(self.trees_of_records)

    def next_iteration(self, phase: Phase) -> int:
        """Return the iteration the next entry of `phase` gets.

        It counts entries of a phase in a row: another phase in between, or an authorized commit, starts again at 1 (contract §10.6).
        Entries without a phase are a phase of their own that interrupts none.
        """
        if phase == UNKNOWN_PHASE:
            return 1 + self._unknown_in_a_row()
        return self.run[1] + 1 if self.run and self.run[0] == phase_number(phase) else 1

    def streak(self, phase: Phase) -> int:
        """Return how many FAIL entries in a row `phase` has. Working on another phase meanwhile does not shorten it (contract §10.3)."""
        return self.streaks.get(phase_number(phase)) or 0

    def failed_in_a_row(self, phase: Phase) -> int:
        """Return how many FAIL entries in a row a further FAIL of `phase` would follow.

        Those of the newest audit count where it failed, whatever it called itself: unfinished work that goes on under another number is
        the same work, and a builder who renames it at each FAIL would never be stopped (contract §10.3 rule 5).
        """
        work = self.work
        going_on = self.streak(work.phase) if work is not None and work.outcome is Outcome.FAIL else 0
        return max(self.streak(phase), going_on)

    def entry_of(self, identity: Digest) -> int | None:
        """Return the place of the entry that settles `identity`: the newest one, if it is that audit's and no ERROR.

        An older one settles nothing: something else was told since, and the last word of the record has to be about what is there now.
        """
        last = self.last_entry
        return last.seq if last and last.identity == identity and last.outcome is not Outcome.ERROR else None

    def has_answered(self, judged: ApprovalJudged) -> bool:
        """True when the newest answer about this approval file was about the same bytes, or the same reason it cannot be read."""
        seen = self.approvals.get(judged.path)
        return seen is not None and seen.digest == judged.digest and (judged.digest is not None or seen.actual == judged.actual)

    def is_told(self, trigger: Trigger | None) -> bool:
        """True when the newest entry already says that this trigger could not be judged, and it is still due."""
        last = self.last_entry
        return trigger in self.pending and last is not None and last.trigger == trigger and last.outcome is Outcome.ERROR

    def _unknown_in_a_row(self) -> int:
        last = self.last_entry
        return last.iteration if last and last.phase == UNKNOWN_PHASE else 0
