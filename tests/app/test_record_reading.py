"""A restart takes up what the last process left, or folds everything again: the answer is the same."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from forgewatch import __version__
from forgewatch.app.record import Record
from forgewatch.app.record_reading import KEEP_EVERY
from forgewatch.core.canonical import digest_of_bytes
from forgewatch.core.events import ApprovalJudged
from forgewatch.core.places import FORGE
from forgewatch.core.record_entry import EntryRules
from forgewatch.core.record_memory import RecordMemory, memory_of
from forgewatch.core.snapshot import LedgerCondition
from forgewatch.core.values import Phase, RepoPath, Unreadable
from tests.support.answers import HEAD, digest, envelope, failing, report, trigger, unjudged
from tests.support.ports import FixedClock, MemoryFiles, MemoryJournal, MemoryMemory, MemoryVault


class Counting(MemoryJournal):
    """Counts how many events were decoded."""

    decoded = 0

    def read(self):  # type: ignore[no-untyped-def]
        journal = self

        class Lazy(tuple):  # type: ignore[type-arg]
            def __getitem__(self, place):  # type: ignore[no-untyped-def]
                found = tuple.__getitem__(self, place)
                journal.decoded += len(found) if isinstance(place, slice) else 1
                return found

        return Lazy(super().read())


class Long:
    """A record with more events than a restart should fold again."""

    def __init__(self) -> None:
        self.journal, self.files, self.vault, self.memory = Counting(), MemoryFiles(), MemoryVault(), MemoryMemory()
        record = self.opened()
        record.first_contact(HEAD)
        approval = ApprovalJudged(
            at="",
            path=RepoPath(".ai-stack-trace/t/contract/APPROVED"),
            kind="APPROVED",
            subject="t",
            accepted=True,
            field="",
            expected="",
            actual="",
            digest=digest("approval"),
        )
        record.record_approval(approval)
        for number in range(KEEP_EVERY // 3):
            claimed = trigger(str(number), record.open_cycle(digest(f"log {number}")))
            record.claim(claimed)
            kind = (report, failing, unjudged)[number % 3]
            answer = kind(str(number), phase=Phase(f"Phase {number % 2} -- x"))
            record.record_answer(answer, trigger=claimed, envelope=envelope())
        record.adopt(HEAD, "alice")

    def opened(self, memory: bool = True) -> Record:
        """Return a record that starts from what is durable."""
        return Record(
            journal=self.journal,
            files=self.files,
            evidence=self.files,
            vault=self.vault,
            clock=FixedClock(),
            rules=EntryRules(places=FORGE, docs={}),
            memory=self.memory if memory else None,
        )

    def remembered(self, record: Record) -> RecordMemory:
        """Return everything a record knows, in a form that can be compared."""
        record.inspect_ledger()
        return memory_of(record.state(), record._reading.projection, digest(""), "")


@pytest.fixture(scope="module")
def long() -> Long:
    """A long record; tests leave it as it is."""
    return Long()


def test_a_restart_with_a_memory_knows_what_a_restart_without_one_knows(long: Long) -> None:
    assert long.memory.kept is not None and long.memory.kept.size >= KEEP_EVERY
    before = long.journal.decoded
    quick = long.remembered(long.opened())
    assert long.journal.decoded - before < KEEP_EVERY // 2
    assert quick == long.remembered(long.opened(memory=False))
    state = long.opened().state()
    assert state.last_entry is not None and state.last_entry.identity is not None
    assert state.entry_of(state.last_entry.identity) == long.opened(memory=False).state().entry_of(state.last_entry.identity) is not None
    assert state.record_trees == long.opened(memory=False).state().record_trees


WRONG = {
    "another form": lambda kept: replace(kept, form=0),
    "another version": lambda kept: replace(kept, engine=f"{__version__}x"),
    "another journal": lambda kept: replace(kept, journal=digest("other")),
    "a longer journal": lambda kept: replace(kept, size=100_000),
    "nothing": lambda kept: replace(kept, size=0),
    "another ledger": lambda kept: replace(kept, ledger=digest_of_bytes(b"x").removeprefix("sha256:")),
    "a longer ledger": lambda kept: replace(kept, ledger_size=kept.ledger_size + 10**6),
}


@pytest.mark.parametrize("change", WRONG.values(), ids=WRONG.keys())
def test_a_memory_of_something_else_is_not_believed(long: Long, change: object) -> None:
    kept = long.memory.kept
    assert kept is not None
    forged = replace(change(kept), anchor=None, entries=())  # type: ignore[operator]
    long.memory.kept = forged
    try:
        assert long.remembered(long.opened()) == long.remembered(long.opened(memory=False))
    finally:
        long.memory.kept = kept


@pytest.mark.parametrize("content", [None, Unreadable("is a symlink"), b"short"])
def test_a_ledger_that_is_not_what_the_memory_knew_is_compared_in_full(long: Long, content: bytes | Unreadable | None) -> None:
    whole = long.files.files[FORGE.ledger]
    lines = list(long.journal.lines)
    long.files.files.pop(FORGE.ledger)
    if content is not None:
        long.files.files[FORGE.ledger] = content
    try:
        assert long.opened().inspect_ledger().condition is LedgerCondition.TAMPERED
    finally:
        long.files.files[FORGE.ledger] = whole
        long.journal.lines[:] = lines


def test_reading_while_another_thread_records_sees_every_event_once() -> None:
    journal, files = MemoryJournal(), MemoryFiles()
    record = Record(
        journal=journal,
        files=files,
        evidence=files,
        vault=MemoryVault(),
        clock=FixedClock(),
        rules=EntryRules(places=FORGE, docs={}),
    )
    record.first_contact(HEAD)
    failures: list[BaseException] = []
    finished = threading.Event()

    def look() -> None:
        try:
            while not finished.is_set():
                record.state()
        except ValueError as error:
            failures.append(error)

    readers = [threading.Thread(target=look) for _ in range(3)]
    for reader in readers:
        reader.start()
    for number in range(60):
        record.record_answer(report(str(number)), trigger=None, envelope=envelope())
    finished.set()
    for reader in readers:
        reader.join(60)
    assert failures == [] and not any(reader.is_alive() for reader in readers)
    assert record.state().entry_count == 60
    assert record.inspect_ledger().condition is LedgerCondition.INTACT
