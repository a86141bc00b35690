"""Faults and crashes anywhere in the recording of one audit: journal, reserve, vault and Markdown on a real file system.

Nothing acknowledged is lost, nothing is recorded twice, and what a crash left is never called tampering.
"""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from forgewatch.adapters.evidence import RepositoryEvidence
from forgewatch.adapters.files import RootFiles
from forgewatch.adapters.journal import FileJournal
from forgewatch.adapters.state_folder import create_folder
from forgewatch.adapters.vault import FolderVault
from forgewatch.app.record import Record
from forgewatch.core.errors import ForgewatchError
from forgewatch.core.events import AuditRecorded
from forgewatch.core.ledger_reader import read_ledger
from forgewatch.core.places import FORGE
from forgewatch.core.record_entry import EntryRules
from forgewatch.core.snapshot import LedgerCondition
from tests.support.answers import HEAD, envelope, failing, report, trigger
from tests.support.disk import FAULTS, KILLS, Fault, FaultyDisk
from tests.support.forked import forked
from tests.support.ports import FixedClock

PROJECT = Path(__file__).resolve().parents[2]
CLAIM = b"\nI think this is done.\n"


def opened_record(home: Path, disk: FaultyDisk | None = None) -> Record:
    """Return the record of the repository `home/repository` with its state in `home/state`."""
    root, disk = home / "repository", disk or FaultyDisk()
    folder = create_folder(home / "state", root)
    return Record(
        journal=FileJournal(folder, disk),
        files=RootFiles(str(root)),
        evidence=RepositoryEvidence(root, disk),
        vault=FolderVault(folder, disk),
        clock=FixedClock(),
        rules=EntryRules(places=FORGE, docs={}),
    )


def prepared(home: Path, disk: FaultyDisk, claimed: bool = False) -> Record:
    """Return a record with one entry, whose faults begin now; maybe with text that someone appended to the ledger."""
    (home / "repository").mkdir(parents=True)
    disk.armed = False
    record = opened_record(home, disk)
    record.first_contact(HEAD)
    record.record_answer(report("one"), trigger=None, envelope=envelope())
    if claimed:
        with (home / "repository" / FORGE.ledger).open("ab") as file:
            file.write(CLAIM)
    disk.armed = True
    return record


def answer(record: Record) -> None:
    """Record the audit that the faults hit."""
    record.record_answer(failing("two"), trigger=trigger(), envelope=envelope())


def calls_of_an_answer(home: Path, claimed: bool) -> list[str]:
    """Return the calls that recording one audit makes."""
    disk = FaultyDisk()
    answer(prepared(home, disk, claimed))
    return disk.calls


def entries_of(record: Record, name: str) -> int:
    """Return how many entries hold the report of this name."""
    state = record.state()
    found = [state.entries.get(seq) for seq in state.entries]
    wanted = report(name).identity
    return sum(1 for entry in found if entry is not None and entry.identity == wanted)


def check_afterwards(home: Path, place: object, acknowledged: bool) -> None:
    """Let the next process look, and finish what was begun."""
    record = opened_record(home)
    text = home / "repository" / FORGE.ledger
    assert entries_of(record, "one") == 1, place
    assert entries_of(record, "two") in ((1,) if acknowledged else (0, 1)), place
    condition = record.inspect_ledger().condition
    assert condition in (LedgerCondition.INTACT, LedgerCondition.REPAIRED, LedgerCondition.EXTENDED), (place, condition)
    answer(record)
    assert entries_of(record, "two") == 1, place
    assert record.inspect_ledger().condition is LedgerCondition.INTACT, place
    assert text.read_bytes() == record.projection(), place
    assert [entry.seq for entry in read_ledger(text.read_bytes())] == list(record.state().entries), place


@pytest.mark.parametrize("claimed", [False, True])
@pytest.mark.parametrize("kind", FAULTS)
def test_any_fault_at_any_call_loses_nothing_and_alarms_nobody(tmp_path: Path, kind: str, claimed: bool) -> None:
    for call, name in enumerate(calls_of_an_answer(tmp_path / "calls", claimed)):
        home = tmp_path / str(call)
        record = prepared(home, FaultyDisk(Fault(kind, call)), claimed)
        acknowledged = False
        with contextlib.suppress(ForgewatchError):
            recorded = record.record_answer(failing("two"), trigger=trigger(), envelope=envelope()).event
            acknowledged = isinstance(recorded, AuditRecorded) and recorded.report is not None
        check_afterwards(home, (kind, call, name), acknowledged)


def killed(home: Path, kind: str, call: int, claimed: bool) -> None:
    """Kill a process at a call of its recording, then look."""

    def work(out: int, _: int) -> None:
        record = prepared(home, FaultyDisk(Fault(kind, call)), claimed)
        os.write(out, b"ready\n")
        answer(record)
        os.write(out, b"acknowledged\n")

    assert forked(work).end() == (-signal.SIGKILL, "ready\n"), call
    check_afterwards(home, (kind, call), acknowledged=False)


def test_a_process_killed_between_journal_and_markdown_is_repaired_at_the_next_look(tmp_path: Path) -> None:
    calls = calls_of_an_answer(tmp_path / "calls", claimed=False)
    commit = calls.index("fdatasync")
    killed(tmp_path / "here", "KILL after", commit, claimed=False)
    killed(tmp_path / "there", "KILL before", len(calls) - 1, claimed=False)


@pytest.mark.slow
@pytest.mark.parametrize("claimed", [False, True])
@pytest.mark.parametrize("kind", KILLS)
def test_a_process_killed_at_any_call_of_a_recording_is_recovered(tmp_path: Path, kind: str, claimed: bool) -> None:
    for call in range(len(calls_of_an_answer(tmp_path / "calls", claimed))):
        killed(tmp_path / str(call), kind, call, claimed)


BUSY = """
import itertools, sys
from pathlib import Path
from tests.faults.test_record_faults import opened_record
from tests.support.answers import HEAD, digest, envelope, failing, report, trigger
record = opened_record(Path(sys.argv[1]))
record.first_contact(HEAD)
for number in itertools.count(record.state().size):
    record.inspect_ledger()
    cycle = record.open_cycle(digest(f"log {number}"))
    claimed = trigger(str(number), cycle)
    record.claim(claimed)
    entry = record.record_answer(failing(str(number)), trigger=claimed, envelope=envelope())
    print(f"{entry.seq} {entry.leaf}", flush=True)
    record.done(claimed, "entry", entry.seq)
"""


def crash_at_random(home: Path, trials: int) -> None:
    """Kill a busy recorder again and again; everything it announced must be there, once, and believed."""
    (home / "repository").mkdir(parents=True, exist_ok=True)
    rng = random.Random(20261120)
    for trial in range(trials):
        run = subprocess.Popen([sys.executable, "-c", BUSY, str(home)], cwd=PROJECT, stdout=subprocess.PIPE, text=True)
        assert run.stdout is not None
        announced = [run.stdout.readline() for _ in range(rng.randrange(1, 5))]
        run.send_signal(signal.SIGKILL)
        announced += run.communicate(timeout=60)[0].splitlines(keepends=True)
        record = opened_record(home)
        facts = record.inspect_ledger()
        assert facts.condition in (LedgerCondition.INTACT, LedgerCondition.REPAIRED), (trial, facts)
        state = record.state()
        for line in (line for line in announced if line.endswith("\n")):
            seq, leaf = line.split()
            entry = state.entries.get(int(seq))
            assert entry is not None and entry.leaf == leaf, (trial, line)
        identities = [entry.identity for entry in map(state.entries.get, state.entries) if entry is not None]
        assert len(identities) == len(set(identities)), trial
        assert len(state.pending) <= trial + 1
    assert (home / "repository" / FORGE.ledger).read_bytes() == opened_record(home).projection()


def test_a_busy_recorder_killed_at_random_loses_nothing(tmp_path: Path) -> None:
    crash_at_random(tmp_path, 6)


@pytest.mark.soak
def test_a_busy_recorder_killed_two_thousand_times_loses_nothing(tmp_path: Path) -> None:
    for batch in range(40):
        crash_at_random(tmp_path / str(batch), 50)
