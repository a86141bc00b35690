"""The fault table of a journal append: every kind of fault at every call. Nothing acknowledged is lost, nothing is half believed, and
nobody raises a false alarm (ledger.md section 1, Targets)."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from forgewatch.adapters.journal import FileJournal
from forgewatch.adapters.reserve import RESERVED
from forgewatch.adapters.state_folder import JOURNAL
from forgewatch.core.errors import EnvironmentFault, LedgerFull, LedgerUnwritable
from forgewatch.core.events import CycleOpened
from tests.support.answers import digest
from tests.support.disk import FAULTS, KILLS, Fault, FaultyDisk

PROJECT = Path(__file__).resolve().parents[2]
BEFORE = (0, 3)


def opened(cycle: int) -> CycleOpened:
    """Return an event that can be told from others."""
    return CycleOpened(at="2026-11-20T12:00:00Z", cycle=cycle, document=digest(f"log {cycle}"))


def cycles(folder: Path) -> list[int]:
    """Return what a fresh reader believes."""
    return [one.event.cycle for one in FileJournal(folder).read() if isinstance(one.event, CycleOpened)]


def filled(folder: Path, before: int, disk: FaultyDisk, torn: bool = False) -> FileJournal:
    """Return a journal with acknowledged events, whose faults begin now; maybe with a tail that a crash left."""
    disk.armed = False
    journal = FileJournal(folder, disk)
    for cycle in range(before):
        journal.append(opened(cycle))
    if torn:
        with (folder / JOURNAL).open("ab") as file:
            file.write(b'{"e":{"at":"20')
    disk.armed = True
    return journal


def calls_of_an_append(folder: Path, before: int, torn: bool) -> list[str]:
    """Return the calls that one append makes."""
    disk = FaultyDisk()
    filled(folder, before, disk, torn).append(opened(99))
    return disk.calls


@pytest.fixture
def folders(tmp_path: Path) -> Iterator[Path]:
    """New empty state folders, one after the other."""

    def made() -> Iterator[Path]:
        number = 0
        while True:
            folder = tmp_path / str(number)
            folder.mkdir()
            number += 1
            yield folder

    return made()  # type: ignore[return-value]


@pytest.mark.parametrize(("before", "torn"), [(before, torn) for before in BEFORE for torn in (False, True) if before or not torn])
@pytest.mark.parametrize("kind", FAULTS)
def test_after_any_fault_at_any_call_the_journal_holds_what_was_acknowledged_and_goes_on(
    folders: Iterator[Path], kind: str, before: int, torn: bool
) -> None:
    calls = calls_of_an_append(next(folders), before, torn)
    assert {"open", "write", "pread", "fdatasync"} <= set(calls)
    for call in range(len(calls)):
        folder = next(folders)
        disk = FaultyDisk(Fault(kind, call))
        journal = filled(folder, before, disk, torn)
        acknowledged = list(range(before))
        with contextlib.suppress(EnvironmentFault):
            journal.append(opened(99))
            acknowledged.append(99)
        assert cycles(folder) == acknowledged, (kind, call, calls[call])
        # The next process finds a sound journal.
        FileJournal(folder).append(opened(100))
        assert cycles(folder) == [*acknowledged, 100], (kind, call, calls[call])


@pytest.mark.parametrize("kind", ["EINTR", "short write"])
def test_interruptions_and_short_writes_are_no_failures(folders: Iterator[Path], kind: str) -> None:
    calls = calls_of_an_append(next(folders), 3, torn=False)
    for call in (place for place, name in enumerate(calls) if name in ("write", "pread", "fdatasync")):
        folder = next(folders)
        filled(folder, 3, FaultyDisk(Fault(kind, call))).append(opened(99))
        assert cycles(folder) == [0, 1, 2, 99]


def test_a_write_that_lied_is_found_by_reading_back(folders: Iterator[Path]) -> None:
    calls = calls_of_an_append(next(folders), 3, torn=False)
    for kind in ("lying write", "garbled write"):
        folder = next(folders)
        with pytest.raises(LedgerUnwritable, match="does not hold what was written"):
            filled(folder, 3, FaultyDisk(Fault(kind, calls.index("write")))).append(opened(99))
        assert cycles(folder) == [0, 1, 2]


def test_a_failed_sync_is_fatal_for_this_process_and_never_tried_again(folders: Iterator[Path]) -> None:
    calls = calls_of_an_append(next(folders), 3, torn=False)
    folder = next(folders)
    disk = FaultyDisk(Fault("EIO", calls.index("fdatasync")))
    journal = filled(folder, 3, disk)
    with pytest.raises(LedgerUnwritable, match="Input/output error"):
        journal.append(opened(99))
    with pytest.raises(LedgerUnwritable, match="could not be made durable"):
        journal.append(opened(100))
    assert disk.calls.count("fdatasync") == 1
    assert FileJournal(folder).append(opened(101)).seq == 3


def test_bytes_that_cannot_be_taken_back_stop_this_process_from_appending_behind_them(folders: Iterator[Path]) -> None:
    class Stuck(FaultyDisk):
        def ftruncate(self, descriptor: int, size: int) -> None:
            if self.armed:
                raise OSError(5, "Input/output error")
            super().ftruncate(descriptor, size)

    calls = calls_of_an_append(next(folders), 3, torn=False)
    folder = next(folders)
    journal = filled(folder, 3, Stuck(Fault("garbled write", calls.index("write"))))
    with pytest.raises(LedgerUnwritable, match="does not hold"):
        journal.append(opened(99))
    with pytest.raises(LedgerUnwritable, match="could not be withdrawn"):
        journal.append(opened(100))


class FullDisk(FaultyDisk):
    """A disk with room for nothing but what the reserve gives back."""

    def write(self, descriptor: int, piece: bytes) -> int:
        if self.armed and "unlink" not in self.calls:
            raise OSError(28, "No space left on device")
        return super().write(descriptor, piece)


def test_a_full_disk_gives_the_reserve_back_so_that_one_more_entry_fits(folders: Iterator[Path]) -> None:
    folder = next(folders)
    journal = filled(folder, 3, FullDisk())
    reserve = folder / "reserve"
    assert (reserve.stat().st_size, reserve.stat().st_blocks * 512 >= RESERVED) == (RESERVED, True)
    with pytest.raises(LedgerFull, match="No space left"):
        journal.append(opened(98))
    assert not reserve.exists()
    journal.append(opened(99))
    assert not reserve.exists()
    journal.append(opened(100))
    assert reserve.stat().st_size == RESERVED
    assert cycles(folder) == [0, 1, 2, 99, 100]


def test_a_reserve_that_cannot_be_made_keeps_nobody_from_recording(folders: Iterator[Path]) -> None:
    folder = next(folders)
    (folder / "reserve").mkdir()
    FileJournal(folder).append(opened(0))
    assert cycles(folder) == [0]


KILLED = """
import sys
from pathlib import Path
from tests.faults.test_journal_faults import filled, opened
from tests.support.disk import Fault, FaultyDisk
journal = filled(Path(sys.argv[1]), int(sys.argv[2]), FaultyDisk(Fault(sys.argv[3], int(sys.argv[4]))))
print("ready", flush=True)
journal.append(opened(99))
print("acknowledged", flush=True)
"""


@pytest.mark.parametrize("before", BEFORE)
@pytest.mark.parametrize("kind", KILLS)
def test_a_process_killed_at_any_call_leaves_a_journal_that_goes_on(folders: Iterator[Path], kind: str, before: int) -> None:
    for call, name in enumerate(calls_of_an_append(next(folders), before, torn=False)):
        folder = next(folders)
        script = [sys.executable, "-c", KILLED, str(folder), str(before), kind, str(call)]
        run = subprocess.run(script, cwd=PROJECT, capture_output=True, text=True, timeout=60, check=False)
        # What happens after the last call of an append can no longer keep it from being acknowledged.
        assert (run.returncode, run.stdout) == (-9, "ready\n"), (name, run.stderr)
        found = cycles(folder)
        # A line that was whole when the process died may be believed: nobody was told that it is not there.
        assert found in (list(range(before)), [*range(before), 99]), name
        FileJournal(folder).append(opened(100))
        assert cycles(folder) == [*found, 100], name
