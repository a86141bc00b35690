"""Faults of the kernel at every state-touching call of an append, put in by strace, around a small process and around the installed
command: nothing acknowledged is lost, nothing is half believed, nobody raises a false alarm (ledger.md section 1, Targets)."""

from __future__ import annotations

import itertools
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from forgewatch.adapters.state_folder import folder_of
from forgewatch.core.errors import EnvironmentFault
from tests.faults.test_seal_faults import begun, believed, signed
from tests.support.builder import Builder
from tests.support.disk import FaultyDisk
from tests.support.installed import Installed
from tests.support.signed import opened
from tests.support.strace import Injection, require, run_attached, run_traced

CALLS = ("openat", "write", "pread64", "fdatasync", "fsync", "renameat", "ftruncate", "fallocate", "unlinkat", "fchmod")
FAULTS = ("error=EIO", "error=ENOSPC", "error=EINTR", "signal=KILL")
QUICK = (("fdatasync", "error=EIO"), ("write", "error=ENOSPC"), ("write", "retval=5"), ("fdatasync", "signal=KILL"))


def appending(folder: Path) -> Callable[[int, int], None]:
    """Return the work of a process that says `ready`, waits for a word, and acknowledges two lines that it appends."""

    def work(out: int, into: int) -> None:
        # Every path is taken once before the faults begin.
        with tempfile.TemporaryDirectory() as practice:
            os.mkdir(Path(practice, "keys"), 0o700)
            signed(Path(practice)).append(opened(0))
        journal = signed(folder)
        os.write(out, b"ready\n")
        os.read(into, 3)
        for cycle in (99, 100):
            try:
                journal.append(opened(cycle))
            except EnvironmentFault:
                continue
            # No call that a fault is put into.
            os.writev(out, [b"%d\n" % cycle])

    return work


@pytest.fixture
def folders(tmp_path: Path) -> Iterator[Path]:
    """New state folders, one after the other."""
    require()
    return (tmp_path / str(number) for number in range(100_000))


def hold_through(folders: Iterator[Path], call: str, fault: str, start: str) -> int:
    """Put the fault at the first call of that name, then at the second, until there is none. Return how many there were."""
    before = [] if start == "empty" else [0, 1]
    for nth in itertools.count(1):
        folder = next(folders)
        begun(folder, start, FaultyDisk())
        injection = Injection(call, fault, nth)
        status, told, happened = run_attached(appending(folder), injection, folder / "strace")
        acknowledged = [*before, *map(int, told.split())]
        found = believed(folder)
        # Of a process that was killed one more line may be whole, which nobody was told of.
        assert found[: len(acknowledged)] == acknowledged, injection
        assert len(found) <= len(acknowledged) + (status == -9), injection
        signed(folder).append(opened(200))
        assert believed(folder) == [*found, 200], injection
        if not happened:
            assert acknowledged == [*before, 99, 100]
            return nth - 1
    raise AssertionError("there is always another number")


@pytest.mark.parametrize(("call", "fault"), QUICK)
def test_a_fault_of_the_kernel_loses_nothing_that_was_acknowledged(folders: Iterator[Path], call: str, fault: str) -> None:
    assert hold_through(folders, call, fault, "signed") >= 2


@pytest.mark.slow
@pytest.mark.parametrize("start", ["empty", "torn"])
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("call", CALLS)
def test_any_fault_of_the_kernel_at_any_call_loses_nothing_that_was_acknowledged(
    folders: Iterator[Path], call: str, fault: str, start: str
) -> None:
    # Only a torn tail is cut, only a key that is made takes the name of nothing.
    assert hold_through(folders, call, fault, start) >= (0 if call == "ftruncate" and start == "empty" else 1)


AROUND = [
    # Dozens of writes: to the worker, to the terminal, to every file.
    *(pytest.param("write", fault, marks=pytest.mark.soak) for fault in ("error=ENOSPC", "signal=KILL")),
    *(("fdatasync", fault) for fault in ("error=EIO", "error=ENOSPC", "signal=KILL")),
    *(("renameat", fault) for fault in ("error=EIO", "signal=KILL")),
    *(("fsync", fault) for fault in ("error=EIO", "signal=KILL")),
    *(("ftruncate,fallocate", fault) for fault in ("error=ENOSPC", "signal=KILL")),
]


@pytest.mark.slow
@pytest.mark.parametrize(("call", "fault"), AROUND)
def test_an_audit_through_any_fault_of_the_kernel_is_recorded_once_and_alarms_nobody(
    builder: Builder, installed: Installed, tmp_path: Path, call: str, fault: str
) -> None:
    require()
    folder = folder_of(installed.top / "state", builder.root)
    entries = 0
    for nth in itertools.count(1):
        builder.write("app/a.py", f"x = {100 + nth}\n").record(body=f"pytest exit: 0\n{nth}\n").claims("app/a.py").completes(
            summary=f"- {nth}"
        )
        command = [str(installed.command), "audit"]
        run, happened = run_traced(command, Injection(call, fault, nth), tmp_path / "strace", builder.root, installed.environment)
        assert run.returncode in (0, 1, 2, -9, 137), (nth, run.stderr)
        if run.returncode == 0:
            assert f"Entry: {len(read_events(folder)) - 1} " in run.stdout
        # Asked again, there is one entry for this work, and a verdict that no fault made worse.
        again = installed.run("audit")
        assert (again.returncode, "W2 Audit ledger integrity:  FAIL" in again.stdout) == (0, False), (nth, again.stdout, again.stderr)
        assert "Outcome: PASS" in installed.ledger
        assert installed.run("ledger", "verify").returncode == 0, nth
        assert "equals the journal" in installed.run("ledger", "show").stdout
        passed = installed.outcomes.count("PASS")
        assert passed == entries + 1, nth
        entries = passed
        if not happened:
            assert nth > 1
            return


def read_events(folder: Path) -> list[bytes]:
    """Return the lines of the journal."""
    return (folder / "journal.jsonl").read_bytes().splitlines()
