"""The fault table of a signed append: every kind of fault at every call, the first append with its key and checkpoint among them. Nothing
acknowledged is lost, nobody raises a false alarm, and whoever knows the key believes what is left (ledger.md section 1, Targets)."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from forgewatch.adapters.clock import SystemClock
from forgewatch.adapters.disk import SYSTEM, Disk
from forgewatch.adapters.journal import FileJournal
from forgewatch.adapters.journal_keys import KeyFolder, verifies
from forgewatch.adapters.journal_seal import JournalSeal
from forgewatch.adapters.journal_whole import read_whole
from forgewatch.app.rotation import rotate
from forgewatch.core.errors import EnvironmentFault
from forgewatch.core.events import CycleOpened, KeyRotated
from forgewatch.core.journal_exam import Trust, examine
from tests.support.disk import FAULTS, KILLS, Fault, FaultyDisk
from tests.support.forked import forked
from tests.support.signed import opened

PROJECT = Path(__file__).resolve().parents[2]
TRIALS = int(os.environ.get("FORGEWATCH_TRIALS", "10000"))
STARTS = ("empty", "unsigned", "signed", "torn")
"""What is there before: nothing, lines of before signing, signed lines, and a tail that a crash left behind them."""

GROUP = (opened(100), opened(101), opened(102))


def signed(folder: Path, disk: Disk = SYSTEM) -> FileJournal:
    return FileJournal(folder, disk, seal=JournalSeal(folder, disk))


def begun(folder: Path, start: str, disk: FaultyDisk) -> FileJournal:
    """Return a journal whose faults begin now."""
    disk.armed = False
    (folder / "keys").mkdir(parents=True, mode=0o700)
    writer = FileJournal(folder) if start == "unsigned" else signed(folder)
    for cycle in range(0 if start == "empty" else 2):
        writer.append(opened(cycle))
    if start == "torn":
        with (folder / "journal.jsonl").open("ab") as file:
            file.write(b'{"e":{"at":"20')
    disk.armed = True
    return signed(folder, disk)


def believed(folder: Path) -> list[int]:
    """Return what a fresh reader believes, after whoever knows the root key believed it too."""
    found = [one.event.cycle for one in signed(folder).read() if isinstance(one.event, CycleOpened)]
    keys = KeyFolder(folder)
    if keys.exists():
        whole = read_whole(folder)
        assert examine(whole.lines, whole.note, Trust(whole.origin, keys.root(), verifies)).flaws == ()
    return found


def calls_of(folder: Path, start: str) -> list[str]:
    disk = FaultyDisk()
    begun(folder, start, disk).append(opened(99))
    return disk.calls


@pytest.fixture
def folders(tmp_path: Path) -> Iterator[Path]:
    """New state folders, one after the other."""
    return (tmp_path / str(number) for number in range(100_000))


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("kind", FAULTS)
def test_after_any_fault_at_any_call_all_that_was_acknowledged_is_believed(folders: Iterator[Path], kind: str, start: str) -> None:
    calls = calls_of(next(folders), start)
    assert {"open", "write", "pread", "fdatasync", "rename", "fsync"} <= set(calls)
    before = [] if start == "empty" else [0, 1]
    for call, name in enumerate(calls):
        folder = next(folders)
        journal = begun(folder, start, FaultyDisk(Fault(kind, call)))
        acknowledged = list(before)
        with contextlib.suppress(EnvironmentFault):
            journal.append(opened(99))
            acknowledged.append(99)
        assert believed(folder) == acknowledged, (kind, call, name)
        signed(folder).append(opened(100))
        assert believed(folder) == [*acknowledged, 100], (kind, call, name)


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("kind", FAULTS)
def test_after_any_fault_at_any_call_of_a_group_all_of_it_is_believed_or_none(folders: Iterator[Path], kind: str, start: str) -> None:
    disk = FaultyDisk()
    begun(next(folders), start, disk).append_all(GROUP)
    before = [] if start == "empty" else [0, 1]
    for call, name in enumerate(disk.calls):
        folder = next(folders)
        journal = begun(folder, start, FaultyDisk(Fault(kind, call)))
        acknowledged = list(before)
        with contextlib.suppress(EnvironmentFault):
            acknowledged += [one.event.cycle for one in journal.append_all(GROUP) if isinstance(one.event, CycleOpened)]
        assert believed(folder) == acknowledged, (kind, call, name)
        signed(folder).append_all((opened(200), opened(201)))
        assert believed(folder) == [*acknowledged, 200, 201], (kind, call, name)


def test_of_a_group_that_was_torn_at_any_byte_the_whole_lines_are_believed(folders: Iterator[Path]) -> None:
    """What a crash in the middle of the write leaves: nobody was told of the lines, and each was signed by us."""
    folder = next(folders)
    journal = begun(folder, "signed", FaultyDisk())
    size, note = (folder / "journal.jsonl").stat().st_size, (folder / "checkpoint").read_bytes()
    journal.append_all(GROUP)
    written = (folder / "journal.jsonl").read_bytes()
    for cut in range(size, len(written) + 1, 7):
        (folder / "journal.jsonl").write_bytes(written[:cut])
        (folder / "checkpoint").write_bytes(note)
        whole = written[size:cut].count(b"\n")
        assert believed(folder) == [0, 1, *(100, 101, 102)[:whole]], cut
        signed(folder).append(opened(200))
        assert believed(folder) == [0, 1, *(100, 101, 102)[:whole], 200], cut


@pytest.mark.parametrize("kind", FAULTS)
def test_after_any_fault_in_a_change_of_key_the_journal_goes_on_with_one_of_the_two(folders: Iterator[Path], kind: str) -> None:
    def turned(folder: Path, disk: FaultyDisk) -> None:
        journal = begun(folder, "signed", disk)
        rotate(journal, KeyFolder(folder, disk), SystemClock(), "operator")

    disk = FaultyDisk()
    turned(next(folders), disk)
    for call, name in enumerate(disk.calls):
        folder = next(folders)
        with contextlib.suppress(EnvironmentFault):
            turned(folder, FaultyDisk(Fault(kind, call)))
        signed(folder).append(opened(2))
        assert believed(folder) == [0, 1, 2], (kind, call, name)
        changes = sum(isinstance(one.event, KeyRotated) for one in signed(folder).read())
        assert changes <= 1


def trials(count: int, folder: Path) -> dict[str, int]:
    """Kill so many writers at random moments, and return what was counted; the seed is the number of trials unless one is given."""
    seed = os.environ.get("FORGEWATCH_SEED", str(count))
    folder.mkdir()
    program = [sys.executable, "-m", "tests.support.killed_appends", seed, str(count), str(folder)]
    run = subprocess.run(program, cwd=PROJECT, capture_output=True, text=True, timeout=7200, check=False)
    assert run.returncode == 0, run.stderr
    counts: dict[str, int] = json.loads(run.stdout)
    return counts


@pytest.mark.slow
def test_writers_killed_at_random_moments_lose_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    counts = trials(40, tmp_path / "top")
    assert counts["trials"] == 40
    assert counts["acknowledged"] > 0


@pytest.mark.soak
def test_ten_thousand_killed_writers_lose_nothing_and_alarm_nobody(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    counts = trials(TRIALS, tmp_path / "top")
    with capsys.disabled():
        print(f"killed appends: {counts}", file=sys.stderr, flush=True)
    assert counts["trials"] == TRIALS
    # Kills came before, in and after appends, and in changes of key.
    assert min(counts["acknowledged"], counts["untold"]) > TRIALS // 100
    assert counts["rotated"] > 0


def appending(folder: Path, start: str, fault: Fault, group: tuple[int, ...]) -> tuple[int, str]:
    """Append a group in a process of its own, in which the fault happens. Return its exit status and what it told."""

    def work(out: int, _: int) -> None:
        journal = begun(folder, start, FaultyDisk(fault))
        os.write(out, b"ready\n")
        journal.append_all(tuple(map(opened, group)))
        os.write(out, b"acknowledged\n")

    return forked(work).end()


@pytest.mark.slow
@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("kind", KILLS)
@pytest.mark.parametrize("group", [(99,), (99, 98, 97)], ids=["one", "group"])
def test_a_process_killed_at_any_call_leaves_a_journal_that_is_believed(
    folders: Iterator[Path], kind: str, start: str, group: tuple[int, ...]
) -> None:
    before = [] if start == "empty" else [0, 1]
    for call, name in enumerate(calls_of(next(folders), start)):
        folder = next(folders)
        assert appending(folder, start, Fault(kind, call), group) == (-9, "ready\n"), name
        found = believed(folder)
        # Between two calls a group is there as one line is: whole, or not at all.
        assert found in (before, [*before, *group]), name
        signed(folder).append(opened(100))
        assert believed(folder) == [*found, 100], name
