"""The record of one repository over ports in memory: what is recorded, what the Markdown says, and what a builder may not do to it."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

import pytest

from forgewatch.app.record import CLAIM_LIMIT, Record
from forgewatch.core.errors import LedgerFull, LedgerUnwritable, TamperDetected, UsageError
from forgewatch.core.events import (
    Adopted,
    ApprovalJudged,
    AuditRecorded,
    ContractsRead,
    CycleOpened,
    LedgerClaimed,
    LedgerRepaired,
    LedgerRestored,
    LedgerTampered,
    TriggerClaimed,
    TriggerDone,
)
from forgewatch.core.ledger_markdown import HEADER
from forgewatch.core.ledger_reader import read_ledger
from forgewatch.core.places import FORGE
from forgewatch.core.record_entry import EntryRules
from forgewatch.core.record_state import FIRST_CONTACT
from forgewatch.core.report import Failed
from forgewatch.core.snapshot import LedgerCondition
from forgewatch.core.values import Phase, RepoPath, Unreadable
from forgewatch.core.verdict import Outcome, StopReason
from tests.support.answers import HEAD, PHASE, digest, envelope, failing, report, trigger, unjudged
from tests.support.ports import Faults, FixedClock, MemoryFiles, MemoryJournal, MemoryVault

LEDGER = FORGE.ledger
OLD = b"# Audit Ledger -- Forge AEM\n\n---\n## Audit Entry: Phase 0 -- Iteration 1\nOutcome: PASS\n"


@dataclass
class Desk:
    """A record over memory; `again` is another process that reads the same journal and files."""

    journal: MemoryJournal = field(default_factory=MemoryJournal)
    files: MemoryFiles = field(default_factory=MemoryFiles)
    vault: MemoryVault = field(default_factory=MemoryVault)
    clock: FixedClock = field(default_factory=FixedClock)

    def __post_init__(self) -> None:
        self.record = self.again()

    def again(self) -> Record:
        """Return a record that starts from what is durable."""
        rules = EntryRules(places=FORGE, docs={})
        return Record(journal=self.journal, files=self.files, evidence=self.files, vault=self.vault, clock=self.clock, rules=rules)

    @property
    def text(self) -> bytes:
        """The ledger file."""
        found = self.files.files[LEDGER]
        assert isinstance(found, bytes)
        return found

    def kinds(self) -> list[str]:
        """The names of the recorded events."""
        return [type(event).__name__ for event in self.journal.events]


@pytest.fixture
def desk() -> Desk:
    """A record after first contact."""
    desk = Desk()
    desk.record.first_contact(HEAD)
    return desk


def pass_one(desk: Desk, name: str = "one") -> None:
    """Record a passing audit."""
    desk.record.record_answer(report(name), trigger=None, envelope=envelope())


# ---- first contact and cycles


def test_first_contact_adopts_head_once(desk: Desk) -> None:
    desk.again().first_contact(None)
    assert desk.journal.events == [Adopted(at="2026-11-20T12:00:00Z", commit=HEAD, legacy=None, actor=FIRST_CONTACT)]
    assert desk.record.inspect_ledger().condition is LedgerCondition.NEW
    assert LEDGER not in desk.files.files


@pytest.mark.req("S002-10.6-1")
def test_ledger_text_that_was_there_before_is_kept_byte_for_byte_and_continued() -> None:
    desk = Desk(files=MemoryFiles({LEDGER: OLD}))
    desk.record.first_contact(HEAD)
    assert desk.record.inspect_ledger().condition is LedgerCondition.INTACT
    pass_one(desk)
    assert desk.text.startswith(OLD + b"\n---\n## Audit Entry: Phase 1 -- Things")
    assert desk.vault.kept[digest_of(desk)] == OLD
    assert desk.again().inspect_ledger().condition is LedgerCondition.INTACT


def digest_of(desk: Desk) -> object:
    """Return the digest of the legacy text."""
    return desk.record.state().legacy


def test_an_empty_file_is_no_legacy_and_gets_the_header() -> None:
    desk = Desk(files=MemoryFiles({LEDGER: b""}))
    desk.record.first_contact(HEAD)
    assert desk.record.state().legacy is None
    pass_one(desk)
    assert desk.text.startswith(HEADER)


def test_a_symlink_in_the_ledgers_place_at_first_contact_is_no_legacy_and_stops_the_audit() -> None:
    desk = Desk(files=MemoryFiles({LEDGER: Unreadable("is a symlink")}))
    desk.record.first_contact(HEAD)
    assert desk.record.state().legacy is None
    assert desk.record.inspect_ledger().condition is LedgerCondition.TAMPERED
    desk.record.restore("alice")
    assert desk.text.startswith(HEADER + b"\n---\n## Note: ledger restored\n")


def test_looking_at_the_ledger_before_first_contact_is_a_bug_in_the_caller() -> None:
    with pytest.raises(ValueError, match="first_contact"):
        Desk().record.inspect_ledger()


def test_each_in_process_opens_a_cycle_and_a_restart_opens_none(desk: Desk) -> None:
    assert desk.record.open_cycle(digest("a")) == 1
    assert desk.again().open_cycle(digest("a")) == 1
    assert desk.record.open_cycle(digest("b")) == 2
    assert [event.cycle for event in desk.journal.events if isinstance(event, CycleOpened)] == [1, 2]


def test_the_same_in_process_bytes_after_a_claim_are_a_new_cycle(desk: Desk) -> None:
    cycle = desk.record.open_cycle(digest("a"))
    desk.record.claim(trigger("done", cycle))
    assert desk.record.open_cycle(digest("a")) == 2


# ---- exactly once


def test_a_claim_and_its_end_are_recorded_once(desk: Desk) -> None:
    for _ in range(2):
        desk.record.claim(trigger())
    for _ in range(2):
        desk.record.done(trigger(), "entry", 3)
    assert desk.kinds() == ["Adopted", "TriggerClaimed", "TriggerDone"]
    assert desk.again().state().pending == ()


def test_a_claim_survives_a_crash_until_it_is_done(desk: Desk) -> None:
    desk.record.claim(trigger())
    assert desk.again().state().pending == (trigger(),)
    desk.again().record_answer(report(), trigger=trigger(), envelope=envelope())
    assert desk.record.state().pending == ()


@pytest.mark.req("S002-10.6-5")
def test_the_same_identity_has_one_entry(desk: Desk) -> None:
    first = desk.record.record_answer(report("x"), trigger=trigger("a"), envelope=envelope())
    second = desk.again().record_answer(report("x"), trigger=trigger("b"), envelope=envelope("2026-11-20T13:00:00Z"))
    assert second == first
    assert len(read_ledger(desk.text)) == 1


def test_an_error_entry_lets_the_same_identity_be_judged_again(desk: Desk) -> None:
    desk.record.record_answer(unjudged("x"), trigger=None, envelope=envelope())
    again = desk.record.record_answer(report("x"), trigger=None, envelope=envelope())
    assert isinstance(again.event, AuditRecorded) and again.event.outcome is Outcome.PASS
    assert len(read_ledger(desk.text)) == 2


@pytest.mark.req("S002-10.6-5")
def test_ten_answers_with_one_identity_at_once_are_one_entry(desk: Desk) -> None:
    records = [desk.again() for _ in range(10)]
    threads = [
        threading.Thread(target=one.record_answer, args=(report("x"),), kwargs={"trigger": None, "envelope": envelope()}) for one in records
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert desk.kinds().count("AuditRecorded") == 1
    assert len(read_ledger(desk.text)) == 1


# ---- the entry and its Markdown


@pytest.mark.req("S002-10.2-4")
def test_a_recorded_answer_is_in_journal_and_markdown(desk: Desk) -> None:
    recorded = desk.record.record_answer(failing(), trigger=trigger(), envelope=envelope())
    event = recorded.event
    assert isinstance(event, AuditRecorded)
    assert (event.outcome, event.iteration, event.loopback, event.stop) == (Outcome.FAIL, 1, 1, StopReason.CONTRACT_CONFLICT)
    (entry,) = read_ledger(desk.text)
    assert (entry.seq, entry.leaf, entry.outcome) == (recorded.seq, recorded.leaf, "FAIL")
    assert desk.record.projection() == desk.text


def test_an_audit_that_could_not_be_done_is_an_error_entry_with_its_phase(desk: Desk) -> None:
    failed = Failed(StopReason.ENVIRONMENT_LIMITATION, "deadline of 120 s", "raise it")
    event = desk.record.record_answer(failed, trigger=trigger(), envelope=envelope(), phase=PHASE).event
    assert isinstance(event, AuditRecorded)
    assert (event.outcome, event.phase, event.why, event.hint) == (Outcome.ERROR, PHASE, "deadline of 120 s", "raise it")


def test_no_one_hears_of_an_entry_that_is_not_in_the_journal(desk: Desk) -> None:
    desk.journal.faults = Faults(fail_before={1: LedgerUnwritable("disk")})
    with pytest.raises(LedgerUnwritable):
        pass_one(desk)
    assert LEDGER not in desk.files.files
    assert desk.record.state().entry_count == 0


def test_a_full_disk_is_told_in_an_error_entry(desk: Desk) -> None:
    desk.journal.faults = Faults(fail_before={1: LedgerFull("no space", "make room")})
    event = desk.record.record_answer(report("x"), trigger=trigger(), envelope=envelope()).event
    assert isinstance(event, AuditRecorded)
    assert (event.outcome, event.report, event.phase) == (Outcome.ERROR, None, PHASE)
    assert "no space" in event.why
    assert desk.record.state().entry_of(digest("identity x")) is None


def test_a_disk_too_full_for_the_error_entry_raises(desk: Desk) -> None:
    desk.journal.faults = Faults(fail_before={1: LedgerFull("no space"), 2: LedgerFull("no space")})
    with pytest.raises(LedgerFull):
        pass_one(desk)


# ---- Markdown and journal part ways


def test_a_death_between_the_first_entry_and_its_file_is_no_deleted_file(desk: Desk) -> None:
    desk.files.faults = Faults(fail_before={1: LedgerUnwritable("killed")})
    pass_one(desk)
    assert LEDGER not in desk.files.files
    facts = desk.again().inspect_ledger()
    assert (facts.condition, facts.detail.split(" of ")[0]) == (LedgerCondition.REPAIRED, "ended after 0")
    assert desk.text == desk.again().projection()
    # From now on its absence is somebody's doing.
    del desk.files.files[LEDGER]
    assert desk.again().inspect_ledger().condition is LedgerCondition.TAMPERED


def test_an_event_that_the_ledger_does_not_show_begins_no_file(desk: Desk) -> None:
    desk.record.tell(ContractsRead(at="t", phase=PHASE, actor="olga", files=()))
    assert LEDGER not in desk.files.files
    pass_one(desk)
    assert desk.text.startswith(HEADER)


@pytest.mark.req("S002-10.6-1")
def test_a_markdown_that_could_not_be_written_is_completed_later_and_the_repair_is_recorded(desk: Desk) -> None:
    pass_one(desk)
    desk.files.faults = Faults(fail_before={1: LedgerUnwritable("read-only file system")})
    recorded = desk.record.record_answer(report("two"), trigger=None, envelope=envelope())
    assert isinstance(recorded.event, AuditRecorded)
    assert desk.record.unpublished == "read-only file system"
    assert len(read_ledger(desk.text)) == 1
    facts = desk.again().inspect_ledger()
    assert facts.condition is LedgerCondition.REPAIRED and facts.entries == 2
    assert [entry.seq for entry in read_ledger(desk.text)] == [1, 2]
    assert isinstance(desk.journal.events[-1], LedgerRepaired)
    assert desk.again().inspect_ledger().condition is LedgerCondition.INTACT


@pytest.mark.parametrize("keep", [0, 10, len(HEADER), -1])
def test_a_shortened_ledger_is_completed_whatever_is_left(desk: Desk, keep: int) -> None:
    pass_one(desk)
    whole = desk.text
    desk.files.files[LEDGER] = whole[:keep]
    facts = desk.record.inspect_ledger()
    assert facts.condition is LedgerCondition.REPAIRED
    assert facts.detail == f"ended after {len(whole[:keep])} of {len(whole)} bytes"
    assert desk.text == whole


@pytest.mark.parametrize("keep", [0, 10, len(HEADER), -1])
def test_a_shortened_ledger_is_left_alone_until_there_is_something_to_record(desk: Desk, keep: int) -> None:
    pass_one(desk)
    whole, events = desk.text, len(desk.journal.events)
    desk.files.files[LEDGER] = whole[:keep]
    facts = desk.record.inspect_ledger(mend=False)
    assert (facts.condition, facts.detail) == (LedgerCondition.REPAIRED, f"ended after {len(whole[:keep])} of {len(whole)} bytes")
    assert (desk.text, len(desk.journal.events)) == (whole[:keep], events)
    pass_one(desk, "two")
    assert desk.text.startswith(whole)
    assert "LedgerRepaired" in desk.kinds()


def test_a_shortened_ledger_is_completed_for_a_repeat_as_well(desk: Desk) -> None:
    pass_one(desk)
    whole = desk.text
    desk.files.files[LEDGER] = whole[:-20]
    pass_one(desk)
    assert desk.text == whole


def test_a_ledger_that_was_tampered_with_stays_so_when_it_is_shortened_next(desk: Desk) -> None:
    pass_one(desk)
    whole = desk.text
    desk.files.files[LEDGER] = b"#" + whole
    assert desk.record.inspect_ledger(mend=False).condition is LedgerCondition.TAMPERED
    desk.files.files[LEDGER] = whole[:-20]
    assert desk.record.inspect_ledger(mend=False).condition is LedgerCondition.TAMPERED


def test_a_ledger_that_cannot_be_completed_is_the_environments_fault_and_recorded_once(desk: Desk) -> None:
    pass_one(desk)
    desk.files.files[LEDGER] = desk.text[:50]
    desk.files.faults = Faults(fail_before={number: LedgerUnwritable("read-only") for number in range(1, 9)})
    for _ in range(3):
        with pytest.raises(LedgerUnwritable):
            desk.record.inspect_ledger()
    recorded = desk.record.record_answer(report("two"), trigger=None, envelope=envelope())
    assert isinstance(recorded.event, AuditRecorded)
    assert desk.record.unpublished == "read-only"
    assert desk.kinds().count("LedgerRepaired") == 1


@pytest.mark.req("S002-10.6-1")
def test_text_someone_appended_becomes_a_claim_that_stays(desk: Desk) -> None:
    pass_one(desk)
    before = desk.text
    desk.files.files[LEDGER] = before + b"\n---\n## Audit Entry: Phase 1 -- Iteration 2\nOutcome: AUTHORIZED (committed)"
    facts = desk.record.inspect_ledger()
    assert facts.condition is LedgerCondition.EXTENDED
    claimed = desk.journal.events[-1]
    assert isinstance(claimed, LedgerClaimed) and str(claimed.digest) in facts.detail
    assert desk.text.startswith(before + desk.vault.kept[claimed.digest] + b"\n\n---\n## Note: text above was not written by forgewatch\n")
    assert desk.record.inspect_ledger().condition is LedgerCondition.INTACT
    pass_one(desk, "two")
    assert desk.again().inspect_ledger().condition is LedgerCondition.INTACT
    assert desk.record.projection() == desk.text
    assert desk.record.state().authorized == (HEAD,)


def test_text_appended_before_our_first_entry_is_a_claim_too(desk: Desk) -> None:
    desk.files.files[LEDGER] = b"mine\n"
    assert desk.record.inspect_ledger().condition is LedgerCondition.EXTENDED
    assert desk.text.startswith(b"mine\n\n---\n## Note: text above")


def test_text_appended_during_the_audit_is_claimed_before_the_entry(desk: Desk) -> None:
    desk.record.inspect_ledger()
    pass_one(desk)
    desk.files.files[LEDGER] = desk.text + b"I am done.\n"
    pass_one(desk, "two")
    assert desk.kinds()[-2:] == ["LedgerClaimed", "AuditRecorded"]
    assert desk.again().inspect_ledger().condition is LedgerCondition.INTACT


class Racer(MemoryFiles):
    """Someone appends between the record's look and its write."""

    racing = b""

    def append(self, path: RepoPath, data: bytes) -> int:
        if self.racing:
            before = self.files.get(path, b"")
            assert isinstance(before, bytes)
            self.files[path], self.racing = before + self.racing, b""
        return super().append(path, data)


def test_text_appended_between_look_and_write_goes_behind_the_entry_and_is_a_claim() -> None:
    racer = Racer()
    desk = Desk(files=racer)
    desk.record.first_contact(HEAD)
    pass_one(desk)
    racer.racing = b"me too\n"
    pass_one(desk, "two")
    assert desk.text.endswith(b"me too\n")
    assert desk.record.inspect_ledger().condition is LedgerCondition.EXTENDED
    assert desk.again().inspect_ledger().condition is LedgerCondition.INTACT


TAMPERED = {
    "edited": lambda text: text.replace(b"Outcome: PASS", b"Outcome: FAIL"),
    "crlf": lambda text: text.replace(b"\n", b"\r\n"),
    "byte order mark": lambda text: b"\xef\xbb\xbf" + text,
    "first line deleted": lambda text: text.split(b"\n", 1)[1],
    "inserted": lambda text: text.replace(b"\n---\n", b"\nOutcome: AUTHORIZED (committed)\n---\n", 1),
    "deleted": lambda text: None,
    "symlink": lambda text: Unreadable("is a symlink"),
    "directory": lambda text: Unreadable("is a directory"),
    "flooded": lambda text: text + b"x" * (CLAIM_LIMIT + 1),
}


@pytest.mark.req("S002-10.6-10")
@pytest.mark.parametrize("change", TAMPERED.values(), ids=TAMPERED.keys())
def test_tampering_is_recorded_once_and_stops_until_the_operator_restores(desk: Desk, change: object) -> None:
    pass_one(desk)
    whole = desk.text
    found = change(whole)  # type: ignore[operator]
    if found is None:
        del desk.files.files[LEDGER]
    else:
        desk.files.files[LEDGER] = found
    for record in (desk.record, desk.record, desk.again()):
        assert record.inspect_ledger().condition is LedgerCondition.TAMPERED
    tampered = [event for event in desk.journal.events if isinstance(event, LedgerTampered)]
    assert len(tampered) == 1
    if isinstance(found, bytes) and len(found) < CLAIM_LIMIT:
        assert tampered[0].digest is not None and desk.vault.kept[tampered[0].digest] == found
    # The refused audit is recorded, the file is left to the operator.
    refused = desk.record.record_answer(
        Failed(StopReason.EVIDENCE_MISSING, "x", "forgewatch ledger restore"),
        trigger=trigger(),
        envelope=envelope(),
        refused=tampered[0].detail,
        phase=PHASE,
    )
    assert isinstance(refused.event, AuditRecorded)
    assert (refused.event.outcome, refused.event.stop) == (Outcome.FAIL, StopReason.EVIDENCE_MISSING)
    assert desk.files.files.get(LEDGER) == found
    desk.record.restore("alice")
    assert desk.text.startswith(whole)
    assert [entry.outcome for entry in read_ledger(desk.text)] == ["PASS", "FAIL"]
    assert desk.again().inspect_ledger().condition is LedgerCondition.INTACT
    assert desk.record.projection() == desk.text
    assert trigger() not in desk.record.state().settled


def test_a_ledger_put_back_by_the_builder_still_waits_for_the_operator(desk: Desk) -> None:
    pass_one(desk)
    whole = desk.text
    desk.files.files[LEDGER] = whole.replace(b"PASS", b"FAIL")
    desk.record.inspect_ledger()
    desk.files.files[LEDGER] = whole
    facts = desk.record.inspect_ledger()
    assert facts.condition is LedgerCondition.TAMPERED
    assert "the operator has not restored it" in facts.detail


def test_every_different_forgery_is_kept(desk: Desk) -> None:
    pass_one(desk)
    for word in (b"FAIL", b"WARN"):
        desk.files.files[LEDGER] = desk.text.replace(b"Outcome: PASS", b"Outcome: " + word)
        desk.record.inspect_ledger()
        desk.files.files[LEDGER] = desk.record.projection()
    assert desk.kinds().count("LedgerTampered") == 2


def test_tampering_during_the_audit_is_recorded_and_the_file_left_alone(desk: Desk) -> None:
    pass_one(desk)
    forged = desk.text.replace(b"PASS", b"FAIL")
    desk.files.files[LEDGER] = forged
    pass_one(desk, "two")
    assert desk.kinds()[-2:] == ["LedgerTampered", "AuditRecorded"]
    assert desk.text == forged


def test_restoring_an_intact_ledger_is_refused(desk: Desk) -> None:
    pass_one(desk)
    with pytest.raises(UsageError, match="nothing to restore"):
        desk.record.restore("alice")
    assert LedgerRestored not in {type(event) for event in desk.journal.events}


def test_a_journal_that_is_not_believed_stops_everything(desk: Desk) -> None:
    pass_one(desk)
    desk.journal.lines[1] = desk.journal.lines[1].replace(b"PASS", b"FAIL ")
    with pytest.raises(TamperDetected, match="journal line 2"):
        desk.again().state()


# ---- adoption and unknown entries


@pytest.mark.req("S002-10.6-11")
def test_entries_of_another_journal_are_named_until_the_operator_adopts() -> None:
    foreign = f"{OLD.decode()}\n### Notes\nEntry: 7 {digest('elsewhere')}\n".encode()
    desk = Desk(files=MemoryFiles({LEDGER: foreign}))
    desk.record.first_contact(HEAD)
    assert desk.record.unknown_entries() == (f"7 {digest('elsewhere')}",)
    assert desk.again().unknown_entries() == desk.record.unknown_entries()
    adopted = desk.record.adopt(HEAD, "alice", "moved from another machine")
    assert isinstance(adopted.event, Adopted)
    assert desk.record.unknown_entries() == ()
    assert b"## Note: commit adopted\n" in desk.text


def test_a_ledger_without_older_text_has_no_unknown_entries(desk: Desk) -> None:
    assert desk.record.unknown_entries() == ()


def test_the_operator_may_adopt_the_empty_tree(desk: Desk) -> None:
    desk.record.adopt(None, "alice")
    assert desk.record.state().anchor is None


# ---- approvals


def judged(actual: str = "", name: str = "bytes") -> ApprovalJudged:
    """Return an answer about an approval file."""
    return ApprovalJudged(
        at="2026-11-20T12:00:00Z",
        path=RepoPath(".ai-stack-trace/t/contract/APPROVED"),
        kind="APPROVED",
        subject="t",
        accepted=not actual,
        field="base sha" if actual else "",
        expected=HEAD if actual else "",
        actual=actual,
        digest=digest(name),
    )


def test_an_approval_is_answered_once_per_state_of_its_file(desk: Desk) -> None:
    first = desk.record.record_approval(judged("abc"))
    assert desk.again().record_approval(judged()) == first
    assert desk.record.record_approval(judged(name="changed")).seq == first.seq + 1
    assert desk.text.count(b"## Note: approval") == 2
    assert read_ledger(desk.text) == ()


def test_an_answer_to_a_tampered_ledgers_repository_is_recorded_in_the_journal_only(desk: Desk) -> None:
    pass_one(desk)
    del desk.files.files[LEDGER]
    desk.record.record_approval(judged())
    assert desk.kinds()[-2:] == ["LedgerTampered", "ApprovalJudged"]
    assert LEDGER not in desk.files.files


def test_the_vault_losing_bytes_is_tampering() -> None:
    desk = Desk(files=MemoryFiles({LEDGER: OLD}))
    desk.record.first_contact(HEAD)
    desk.vault.kept.clear()
    with pytest.raises(TamperDetected):
        desk.again().state()


def test_two_records_of_one_journal_see_each_others_events(desk: Desk) -> None:
    other = desk.again()
    desk.record.claim(trigger())
    assert other.state().pending == (trigger(),)
    other.done(trigger(), "superseded")
    assert desk.record.state().pending == ()
    assert [type(event) for event in desk.journal.events[1:]] == [TriggerClaimed, TriggerDone]


def test_phases_are_told_as_they_are_known(desk: Desk) -> None:
    for phase in ("Phase 1 -- Things", "Phase 2 -- More"):
        desk.record.record_answer(report(phase, phase=Phase(phase)), trigger=None, envelope=envelope())
    assert [(entry.phase, entry.iteration) for entry in read_ledger(desk.text)] == [("Phase 1 -- Things", 1), ("Phase 2 -- More", 1)]
