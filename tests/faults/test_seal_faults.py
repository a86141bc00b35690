"""The fault table of a signed append: every kind of fault at every call, the first append with its key and checkpoint among them. Nothing
acknowledged is lost, nobody raises a false alarm, and whoever knows the key believes what is left (ledger.md section 1, Targets)."""

from __future__ import annotations

import contextlib
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
from tests.support.signed import opened

PROJECT = Path(__file__).resolve().parents[2]
STARTS = ("empty", "unsigned", "signed", "torn")
"""What is there before: nothing, lines of before signing, signed lines, and a tail that a crash left behind them."""


def signed(folder: Path, disk: Disk = SYSTEM) -> FileJournal:
    return FileJournal(folder, disk, seal=JournalSeal(folder, disk))


def begun(folder: Path, start: str, disk: FaultyDisk) -> FileJournal:
    """Return a journal whose faults begin now."""
    disk.armed = False
    (folder / "keys").mkdir(parents=True)
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
    if keys.exists() and (whole := read_whole(folder)).note is not None:
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


KILLED = """
import sys
from pathlib import Path
from tests.faults.test_seal_faults import begun, opened
from tests.support.disk import Fault, FaultyDisk
journal = begun(Path(sys.argv[1]), sys.argv[2], FaultyDisk(Fault(sys.argv[3], int(sys.argv[4]))))
print("ready", flush=True)
journal.append(opened(99))
print("acknowledged", flush=True)
"""


@pytest.mark.slow
@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("kind", KILLS)
def test_a_process_killed_at_any_call_leaves_a_journal_that_is_believed(folders: Iterator[Path], kind: str, start: str) -> None:
    before = [] if start == "empty" else [0, 1]
    for call, name in enumerate(calls_of(next(folders), start)):
        folder = next(folders)
        script = [sys.executable, "-c", KILLED, str(folder), start, kind, str(call)]
        run = subprocess.run(script, cwd=PROJECT, capture_output=True, text=True, timeout=60, check=False)
        assert (run.returncode, run.stdout) == (-9, "ready\n"), (name, run.stderr)
        found = believed(folder)
        assert found in (before, [*before, 99]), name
        signed(folder).append(opened(100))
        assert believed(folder) == [*found, 100], name
