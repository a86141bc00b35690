"""The record of one repository: journal, Markdown ledger and vault as one thing (ledger.md section 1).

Whoever records comes this way: daemon and commands, under the journal's lock, after reading what others wrote.
  1. the journal line is durable: the commit point; only now may anyone hear of it
  2. the Markdown gets the same entry
If we crash between 1 and 2 the Markdown is a beginning of its projection; the next look completes it and records the repair.
"""

from __future__ import annotations

from forgewatch.app.ledger_file import LedgerFile
from forgewatch.app.record_reading import RecordReading
from forgewatch.core.errors import LedgerFull, LedgerUnwritable, UsageError
from forgewatch.core.events import (
    Adopted,
    ApprovalJudged,
    AuditRecorded,
    CycleOpened,
    Envelope,
    Event,
    LedgerClaimed,
    LedgerRepaired,
    LedgerRestored,
    LedgerTampered,
    Recorded,
    Trigger,
    TriggerClaimed,
    TriggerDone,
)
from forgewatch.core.ledger_projection import Comparison, Deviating, Equal, Extended, Shortened, compare, condition_of
from forgewatch.core.ledger_reader import LEDGER_BYTES
from forgewatch.core.limits import MIB
from forgewatch.core.ports import Clock, EvidenceFiles, Journal, Memory, TreeFiles, Vault
from forgewatch.core.record_entry import EntryRules, entry_of_failure, entry_of_refusal, entry_of_report
from forgewatch.core.record_state import FIRST_CONTACT, RecordState
from forgewatch.core.report import Failed, Report
from forgewatch.core.snapshot import LedgerCondition, LedgerFacts
from forgewatch.core.values import UNKNOWN_PHASE, CommitId, Content, Digest, Phase, RepoPath
from forgewatch.core.verdict import StopReason

CLAIM_LIMIT = 4 * MIB
"""Bytes of foreign text at the ledger's end that are still looked at; more is no claim but an attack."""


class Record:
    """All methods that record raise LedgerUnwritable when nothing became durable, and TamperDetected when the journal is not believed.

    `unpublished` says why the newest entry is not in the Markdown yet; empty when it is. `exclusive` keeps every other writer out while a
    caller looks at the state and records what follows; it may be nested. `undisturbed` does the same for who only reads, where it can.
    """

    def __init__(
        self,
        *,
        journal: Journal,
        files: TreeFiles,
        evidence: EvidenceFiles,
        vault: Vault,
        clock: Clock,
        rules: EntryRules,
        memory: Memory | None = None,
    ) -> None:
        self._journal = journal
        self.exclusive, self.undisturbed = journal.exclusive, journal.undisturbed
        self._ledger = LedgerFile(rules.places.ledger, files, evidence, vault)
        self._vault = vault
        self._clock = clock
        self._rules = rules
        self._reading = RecordReading(journal, vault, self._ledger, memory)
        self.unpublished = ""

    def state(self) -> RecordState:
        """Return what the journal says now."""
        return self._reading.catch_up()

    def first_contact(self, head: CommitId | None) -> None:
        """Adopt HEAD (None: no commit yet) as the first anchor, once. Ledger text that is already there is kept as it is."""
        with self._journal.exclusive():
            if self.state().adopted:
                return
            found = self._ledger.read(LEDGER_BYTES)
            legacy = self._vault.keep(found) if isinstance(found, bytes) and found else None
            self._reading.append(Adopted(at=self._clock.now(), commit=head, legacy=legacy, actor=FIRST_CONTACT))

    def inspect_ledger(self, *, mend: bool = True) -> LedgerFacts:
        """Compare the Markdown with its projection, mend what may be mended, and record what deviates (W2, C-16).

        A beginning of the projection is completed; text after it becomes an untrusted claim; anything else is kept in the vault and
        stays TAMPERED until the operator restores. Without `mend` a beginning is left as it is, for the entry that follows to complete:
        a stash or a checkout must find the tracked file as it left it, as long as there is nothing new to say. Raises LedgerUnwritable
        when the file cannot be completed.
        """
        with self._journal.exclusive():
            self.state()
            compared = self._compared()
            if isinstance(compared, Shortened) and not mend and self._reading.state.tampered is None:
                return self._facts(*condition_of(compared, self._reading.projection))
            return self._settle(compared)

    def deviation(self) -> str:
        """Return how the Markdown deviates, in the same words until it is restored; empty when it does not. Records nothing."""
        found, tampered = self.look(), self.state().tampered
        return "" if found.condition is not LedgerCondition.TAMPERED else found.detail if tampered is None else tampered.detail

    def look(self) -> LedgerFacts:
        """Return how the Markdown compares with the journal. Records and mends nothing, and needs no right to."""
        with self.undisturbed():
            state = self.state()
            if state.tampered is not None:
                return self._facts(LedgerCondition.TAMPERED, f"{state.tampered.detail}; the operator has not restored it")
            compared = self._compared() if state.adopted else Equal()
            if isinstance(compared, Extended) and self.state() != state:  # another user's: an entry was recorded between the two readings
                compared = self._compared()
            return self._facts(*condition_of(compared, self._reading.projection))

    def unknown_entries(self) -> tuple[str, ...]:
        """Return the entries that ledger text of others names and this journal does not know, empty once the operator adopted it (A601).

        That text is older than the journal, or was found behind its projection: what a journal that was cut short has forgotten.
        """
        self.state()
        return self._reading.unknown_entries()

    def open_cycle(self, document: Digest, planned: tuple[RepoPath, ...] = (), phase: Phase = UNKNOWN_PHASE) -> int:
        """Record that the diff log became IN_PROCESS, with these files and phase, and return the number of its cycle. The same bytes again
        before anything was claimed are the same cycle: a restart opens none."""
        with self._journal.exclusive():
            state = self.state()
            used = state.last_trigger is not None and state.last_trigger.cycle == state.cycle
            if state.cycle and state.cycle_document == document and not used:
                return state.cycle
            self._reading.append(CycleOpened(at=self._clock.now(), cycle=state.cycle + 1, document=document, planned=planned, phase=phase))
            return state.cycle + 1

    def claim(self, trigger: Trigger) -> None:
        """Record, before the audit runs, that it is about to. A trigger that is already claimed is not claimed twice."""
        with self._journal.exclusive():
            if trigger not in self.state().pending:
                self._reading.append(TriggerClaimed(at=self._clock.now(), trigger=trigger))

    def done(self, trigger: Trigger, result: str, entry: int | None = None) -> None:
        """Record that `trigger` needs no further audit: `entry`, `repeat`, `committed` or `superseded`."""
        with self._journal.exclusive():
            if trigger not in self.state().done:
                self._reading.append(TriggerDone(at=self._clock.now(), trigger=trigger, result=result, entry=entry))

    def record_answer(
        self, answer: Report | Failed, *, trigger: Trigger | None, envelope: Envelope, refused: str = "", phase: Phase = UNKNOWN_PHASE
    ) -> Recorded:
        """Record an audit and return its entry; an identity that has one returns that one (C-05), and so does a trigger that could not
        be judged and cannot be judged now.

        `refused`: the ledger stopped the audit, FAIL with EVIDENCE_MISSING. `phase` is for answers that carry none. With the disk full
        an ERROR entry from the reserve takes the place of the result. Once this returns, the entry is durable.
        """
        with self._journal.exclusive():
            state = self.state()
            writable = self._is_publishable()
            known = self._known(state, answer, trigger) if not refused else None
            if known is not None:
                return self._journal.read()[known]
            now, rules = self._reading.state, self._rules
            if refused:
                hint = answer.hint if isinstance(answer, Failed) and answer.hint else "forgewatch ledger restore"
                return self._record_entry(entry_of_refusal(now, refused, hint, trigger, envelope, rules, phase), writable)
            if isinstance(answer, Report):
                return self._record_entry(entry_of_report(now, answer, trigger, envelope, rules), writable)
            return self._record_entry(entry_of_failure(now, answer, trigger, envelope, rules, phase), writable)

    def record_approval(self, judged: ApprovalJudged) -> Recorded:
        """Record the answer about an approval file; the same bytes at the same path are answered once, the first answer stands."""
        with self._journal.exclusive():
            seen = self.state().approvals.get(judged.path)
            if seen is not None and self._reading.state.has_answered(judged):
                return self._journal.read()[seen.seq]
            return self.tell(judged)

    def adopt(self, commit: CommitId | None, actor: str, reason: str = "") -> Recorded:
        """Move the anchor by the operator's word; unknown entries of older text are accepted with it."""
        return self.tell(Adopted(at=self._clock.now(), commit=commit, legacy=None, actor=actor, reason=reason))

    def tell(self, event: Event, *, quiet: bool = False) -> Recorded:
        """Record an event that follows from no audit, and write it into the ledger when that is whole. `quiet`: it has nothing for it."""
        with self._journal.exclusive():
            self.state()
            writable = not quiet and self._is_publishable()
            return self._append_and_publish(event, writable)

    def event_at(self, seq: int) -> Event:
        """Return the event at a place of the journal."""
        return self._journal.read()[seq].event

    def restore(self, actor: str) -> Recorded:
        """Write the projection back by the operator's word; what stands there is kept. Raises UsageError when it equals the journal."""
        with self._journal.exclusive():
            self.state()
            if self._settle(self._compared(died=False)).condition is not LedgerCondition.TAMPERED:
                raise UsageError("the ledger equals the journal, there is nothing to restore")
            recorded = self._reading.append(LedgerRestored(at=self._clock.now(), actor=actor))[0]
            self._ledger.replace(self.projection())
            return recorded

    def projection(self) -> bytes:
        """Return the whole Markdown ledger as the journal says it must be."""
        return self._reading.whole()

    def _known(self, state: RecordState, answer: Report | Failed, trigger: Trigger | None) -> int | None:
        if isinstance(answer, Report):
            return state.entry_of(answer.identity)
        return state.last_entry.seq if state.last_entry and answer.again and state.is_told(trigger) else None

    def _record_entry(self, event: AuditRecorded, writable: bool) -> Recorded:
        try:
            recorded = self._append_and_publish(event, writable)
            self._reading.keep()
            return recorded
        except LedgerFull as full:
            if self._reading.state.is_told(event.trigger):
                raise
            failed = Failed(StopReason.ENVIRONMENT_LIMITATION, f"the result could not be recorded: {full}", full.hint, again=True)
            error = entry_of_failure(self._reading.state, failed, event.trigger, event.envelope, self._rules, event.phase)
            return self._append_and_publish(error, writable)

    def _append_and_publish(self, event: Event, writable: bool) -> Recorded:
        expected = self._reading.projection.size
        recorded, addition = self._reading.append(event)
        if writable:
            self._publish(addition, expected)
        return recorded

    def _publish(self, addition: bytes, expected: int) -> None:
        """Bring the Markdown up to the journal. If it fails nothing is lost: the file is a beginning, and the next look completes it."""
        try:
            self._ledger.append(addition, expected)
            self.unpublished = ""
        except LedgerUnwritable as error:
            self.unpublished = str(error)

    def _is_publishable(self) -> bool:
        """Look again before writing. A claim that cannot be recorded raises: an entry in its place would look like tampering with it."""
        compared = self._compared()
        try:
            return self._settle(compared).condition is not LedgerCondition.TAMPERED and not self.unpublished
        except LedgerUnwritable as error:
            if not isinstance(compared, Shortened):
                raise
            self.unpublished = str(error)
            return False

    def _compared(self, *, died: bool = True) -> Comparison:
        """Compare the file with its projection. `died`: a first entry without a file may be our own death between the two."""
        state = self._reading.state
        if not state.adopted:
            raise ValueError("first_contact comes before anything that looks at the ledger")
        first = died and state.entry_count == 1 and state.legacy is None
        read = self._ledger.read_first if first else self._ledger.read
        return compare(read(self._reading.projection.size + CLAIM_LIMIT), self._reading.projection, self._reading.whole)

    def _settle(self, compared: Comparison) -> LedgerFacts:
        tampered = self._reading.state.tampered
        if tampered is not None and not isinstance(compared, Deviating):
            return self._facts(LedgerCondition.TAMPERED, f"{tampered.detail} ({tampered.at}); the operator has not restored it")
        match compared:
            case Equal() if not self._reading.projection.size:
                return self._facts(LedgerCondition.NEW)
            case Equal():
                self.unpublished = ""
                self._ledger.note()
                return self._facts(LedgerCondition.INTACT)
            case Shortened(size=size, rest=rest):
                return self._repair(size, rest)
            case Extended(extra=extra):
                return self._claim_text(extra)
            case Deviating(detail=detail, found=found):
                return self._keep_tampered(detail, found)

    def _facts(self, condition: LedgerCondition, detail: str = "") -> LedgerFacts:
        return LedgerFacts(condition, self._reading.state.entry_count, detail)

    def _repair(self, size: int, rest: bytes) -> LedgerFacts:
        newest = self._journal.read()[-1].event
        if not (isinstance(newest, LedgerRepaired) and newest.size == size):
            self._reading.append(LedgerRepaired(at=self._clock.now(), size=size))
        self._ledger.append(rest, size)
        self.unpublished = ""
        return self._facts(*condition_of(Shortened(size, rest), self._reading.projection))

    def _claim_text(self, extra: bytes) -> LedgerFacts:
        digest = self._vault.keep(extra)
        expected = self._reading.projection.size + len(extra)
        _, addition = self._reading.append(LedgerClaimed(at=self._clock.now(), digest=digest, size=len(extra)))
        self._publish(addition[len(extra) :], expected)
        return self._facts(LedgerCondition.EXTENDED, f"{len(extra)} bytes after the last entry, {digest}")

    def _keep_tampered(self, detail: str, found: Content | None) -> LedgerFacts:
        digest = self._vault.keep(found) if isinstance(found, bytes) else None
        last = self._reading.state.tampered
        if last is None or (last.digest, last.detail) != (digest, detail):
            self._reading.append(LedgerTampered(at=self._clock.now(), digest=digest, detail=detail))
        return self._facts(LedgerCondition.TAMPERED, detail)
