"""What holds for every record: encoding and decoding are inverses, folding is deterministic, the projection only grows."""

from __future__ import annotations

import unicodedata
from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forgewatch.app.record import Record
from forgewatch.core.bench import Level, Part
from forgewatch.core.errors import UsageError
from forgewatch.core.events import (
    Adopted,
    ApprovalJudged,
    ApprovalSigned,
    ContractsRead,
    CycleOpened,
    Envelope,
    Event,
    LedgerClaimed,
    LedgerRepaired,
    LedgerRestored,
    LedgerTampered,
    ReadFile,
    Recorded,
    StepRecorded,
    TestsRecorded,
    Trigger,
    TriggerClaimed,
    TriggerDone,
)
from forgewatch.core.journal_line import decode_line, encode_line
from forgewatch.core.ledger_markdown import render_event
from forgewatch.core.ledger_reader import read_ledger
from forgewatch.core.places import FORGE
from forgewatch.core.record_entry import EntryRules, entry_of_failure, entry_of_report
from forgewatch.core.record_fold import fold
from forgewatch.core.record_state import RecordState
from forgewatch.core.report import ChangedPath, Failed
from forgewatch.core.snapshot import ChangeKind, LedgerCondition
from forgewatch.core.values import CommitId, Phase, RepoPath
from forgewatch.core.verdict import Finding, StopReason
from tests.support.answers import HEAD, digest, envelope, failing, report, trigger, unjudged
from tests.support.ports import FixedClock, MemoryFiles, MemoryJournal, MemoryVault

FEW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
RULES = EntryRules(places=FORGE, docs={})

anything = st.text(st.characters(codec=None), max_size=60)
kept = st.text(max_size=60).map(lambda text: unicodedata.normalize("NFC", text))
digests = st.integers(0, 5).map(lambda number: digest(str(number)))
commits = st.sampled_from([CommitId("1" * 40), CommitId("2" * 64)])
counts = st.integers(0, 2**53 - 1)
triggers = st.builds(Trigger, cycle=counts, document=digests, record=st.none() | digests)
findings = st.builds(
    Finding, code=st.just("A101"), path=st.none() | anything, line=st.none() | counts, message=anything, expected=anything, actual=anything
)
reports = st.builds(
    lambda name, found, phase, notes, paths: failing(
        name,
        *found,
        phase=Phase(phase),
        notes=tuple(notes),
        changed=tuple(ChangedPath(RepoPath(path), ChangeKind.ADDED) for path in paths),
    ),
    st.sampled_from("abc"),
    st.lists(findings, max_size=5),
    anything,
    st.lists(anything, max_size=3),
    st.lists(anything, max_size=3),
)
envelopes = st.builds(Envelope, at=anything, duration_ms=counts, host=anything, assurance=anything, engine=anything)
failures = st.builds(Failed, stop=st.sampled_from(StopReason), why=anything, hint=anything)
audits = st.builds(
    lambda one, where, when: entry_of_report(RecordState(), one, where, when, RULES), reports, st.none() | triggers, envelopes
) | st.builds(lambda one, where, when: entry_of_failure(RecordState(), one, where, when, RULES), failures, st.none() | triggers, envelopes)
events: st.SearchStrategy[Event] = st.one_of(
    audits,
    st.builds(Adopted, at=anything, commit=st.none() | commits, legacy=st.none() | digests, actor=anything, reason=anything),
    st.builds(CycleOpened, at=anything, cycle=counts, document=digests, planned=st.lists(anything.map(RepoPath), max_size=3).map(tuple)),
    st.builds(TriggerClaimed, at=anything, trigger=triggers),
    st.builds(TriggerDone, at=anything, trigger=triggers, result=anything, entry=st.none() | counts),
    st.builds(
        ApprovalJudged,
        at=anything,
        path=anything.map(RepoPath),
        kind=st.sampled_from(["APPROVED", "AUTHORIZED"]),
        subject=anything,
        accepted=st.booleans(),
        field=anything,
        expected=anything,
        actual=anything,
        digest=st.none() | digests,
    ),
    st.builds(
        ApprovalSigned,
        at=anything,
        task=anything,
        base=commits,
        contract=digests,
        actor=anything,
        uid=counts,
        host=anything,
        tier=st.integers(0, 3),
        principals=st.lists(anything, max_size=3).map(tuple),
        nonce=anything,
    ),
    st.builds(
        TestsRecorded,
        at=anything,
        record=digests,
        tree=digests,
        head=st.none() | commits,
        level=st.sampled_from(Level),
        offline=st.booleans(),
        steps=st.lists(
            st.builds(
                StepRecorded,
                part=st.sampled_from(Part),
                name=anything,
                argv=st.lists(anything, max_size=3).map(tuple),
                exit=st.none() | st.integers(-64, 255),
                output=digests,
            ),
            max_size=2,
        ).map(tuple),
        executed=st.none() | counts,
        failed=st.none() | counts,
        passed=st.booleans(),
        repeat=counts,
        scope=st.sampled_from(["", "backend", "frontend"]),
        surroundings=st.lists(anything, max_size=2).map(tuple),
    ),
    st.builds(LedgerRepaired, at=anything, size=counts),
    st.builds(LedgerClaimed, at=anything, digest=digests, size=counts),
    st.builds(LedgerTampered, at=anything, digest=st.none() | digests, detail=anything),
    st.builds(LedgerRestored, at=anything, actor=anything),
    st.builds(
        ContractsRead,
        at=anything,
        phase=anything,
        actor=anything,
        files=st.lists(st.builds(ReadFile, anything, st.none() | digests), max_size=3).map(tuple),
    ),
)


@FEW
@given(events)
def test_an_event_that_was_kept_once_is_kept_the_same_ever_after(event: Event) -> None:
    line = encode_line(event)[:-1]
    first = decode_line(0, line)
    assert isinstance(first, Recorded), first
    assert encode_line(first.event)[:-1] == line
    assert b"\n" not in line
    assert decode_line(0, line) == first


@FEW
@given(kept)
def test_text_that_is_valid_and_composed_comes_back_unchanged(text: str) -> None:
    event = LedgerTampered(at="", digest=None, detail=text)
    decoded = decode_line(7, encode_line(event)[:-1])
    assert isinstance(decoded, Recorded)
    assert (decoded.seq, decoded.event) == (7, event)


@FEW
@given(events)
def test_whatever_an_event_holds_its_block_is_one_block(event: Event) -> None:
    decoded = decode_line(0, encode_line(event)[:-1])
    assert isinstance(decoded, Recorded)
    block = render_event(decoded)
    if block:
        assert block.startswith(b"\n---\n## ") and block.endswith(b"\n")
        assert block.count(b"\n---") == 1
        assert block.rstrip(b"\n").rpartition(b"\n")[2] == f"Entry: 0 {decoded.leaf}".encode()
        assert len(read_ledger(block)) == block.startswith(b"\n---\n## Audit Entry: ")
        assert not any(char != "\n" and (ord(char) < 32 or 0x7F <= ord(char) < 0xA0) for char in block.decode())


@FEW
@given(st.lists(events, max_size=25))
def test_folding_is_deterministic_and_looks_at_nothing_but_the_events(many: list[Event]) -> None:
    recorded = [Recorded(seq=seq, leaf=digest(str(seq)), event=event) for seq, event in enumerate(many)]
    once, twice = RecordState(), RecordState()
    for one in recorded:
        once = fold(once, one)
    for one in recorded:
        decoded = decode_line(one.seq, encode_line(one.event)[:-1])
        assert isinstance(decoded, Recorded)
        twice = fold(twice, replace(one, event=decoded.event))
    assert once.size == twice.size == len(many)
    assert (once.cycle, once.tampered is None, once.entry_count, once.anchor) == (
        twice.cycle,
        twice.tampered is None,
        twice.entry_count,
        twice.anchor,
    )
    assert set(once.pending).isdisjoint(once.settled)


deeds = st.one_of(
    st.tuples(st.just("pass"), st.integers(0, 4)),
    st.tuples(st.just("fail"), st.integers(0, 4)),
    st.tuples(st.just("error"), st.integers(0, 4)),
    st.tuples(st.just("append"), st.binary(min_size=1, max_size=40)),
    st.tuples(st.just("cut"), st.integers(1, 400)),
    st.tuples(st.just("edit"), st.integers(0, 400)),
    st.tuples(st.just("delete"), st.just(0)),
    st.tuples(st.just("restore"), st.just(0)),
    st.tuples(st.just("restart"), st.just(0)),
)


class World:
    """A record and a builder who does what he likes to its ledger file."""

    def __init__(self) -> None:
        self.journal, self.files, self.vault = MemoryJournal(), MemoryFiles(), MemoryVault()
        self.record = self.opened()
        self.record.first_contact(HEAD)

    def opened(self) -> Record:
        """Return a record that starts from what is durable."""
        return Record(journal=self.journal, files=self.files, evidence=self.files, vault=self.vault, clock=FixedClock(), rules=RULES)

    def do(self, deed: str, value: object) -> None:
        """Let the auditor or the builder act."""
        text = self.files.files.get(FORGE.ledger, b"")
        assert isinstance(text, bytes)
        match deed, value:
            case "pass" | "fail" | "error", int() as name:
                answer = {"pass": report, "fail": failing, "error": unjudged}[deed](str(name))
                self.record.record_answer(answer, trigger=trigger(str(name)), envelope=envelope())
            case "append", bytes() as more:
                self.files.files[FORGE.ledger] = text + more
            case "cut", int() as size:
                self.files.files[FORGE.ledger] = text[:-size]
            case "edit", int() as place if place < len(text):
                self.files.files[FORGE.ledger] = text[:place] + bytes([text[place] ^ 1]) + text[place + 1 :]
            case "delete", _:
                self.files.files.pop(FORGE.ledger, None)
            case "restart", _:
                self.record = self.opened()
            case "restore", _:
                try:
                    self.record.restore("operator")
                except UsageError:
                    return


@FEW
@given(st.lists(deeds, max_size=14))
def test_whatever_a_builder_does_the_projection_only_grows_and_no_forgery_is_taken_for_ours(done: list[tuple[str, object]]) -> None:
    world = World()
    before = world.record.projection()
    for deed, value in done:
        world.do(deed, value)
        after = world.record.projection()
        assert after.startswith(before)
        before = after
        facts = world.record.inspect_ledger()
        found = world.files.files.get(FORGE.ledger, b"")
        if facts.condition is not LedgerCondition.TAMPERED:
            assert found == world.record.projection()
        assert facts.entries == world.opened().state().entry_count
        before = world.record.projection()
