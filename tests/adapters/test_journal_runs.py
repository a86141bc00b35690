"""The runs of a journal by one process or several: what comes out is the same, whatever becomes of the others."""

from __future__ import annotations

import base64
import os
from pathlib import Path

import pytest

from forgewatch.adapters import journal_runs
from forgewatch.adapters.journal_runs import scanned
from forgewatch.adapters.journal_whole import DiskLines
from forgewatch.core.errors import EnvironmentFault
from forgewatch.core.events import KeyRotated, LedgerClaimed
from forgewatch.core.journal_exam import runs_of
from forgewatch.core.journal_scan import RUN, Run, scan
from tests.support.answers import digest
from tests.support.signed import AT, Lines, long_journal, public


def mixed() -> list[bytes]:
    """Return lines of six runs with everything in them that a run tells of."""
    rotated = KeyRotated(at=AT, public=base64.b64encode(public(2)).decode(), actor="me")
    odd = Lines().signed(rotated, LedgerClaimed(at=AT, digest=digest("claim"), size=3)).lines
    lines = long_journal(5 * RUN + 100).lines
    return [*lines[:RUN], *odd, *lines[RUN : 4 * RUN], b"x", *lines[4 * RUN :]]


LINES = mixed()


@pytest.fixture
def lines(tmp_path: Path) -> DiskLines:
    (tmp_path / "journal").write_bytes(b"".join(line + b"\n" for line in LINES))
    return DiskLines(tmp_path / "journal")


@pytest.fixture
def forks(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The processes that were begun."""
    begun: list[int] = []
    fork = os.fork

    def counted() -> int:
        pid = fork()
        begun.append(pid)
        return pid

    monkeypatch.setattr(os, "fork", counted)
    return begun


def are_gone(pids: list[int]) -> bool:
    return not any(Path(f"/proc/{pid}").exists() for pid in pids)


@pytest.mark.parametrize("processes", [1, 2, 3, 8])
def test_any_number_of_processes_finds_the_same(lines: DiskLines, forks: list[int], processes: int) -> None:
    found = tuple(scanned(lines, processes))
    assert found == tuple(runs_of(LINES))
    assert [bool(run.flaw) for run in found].count(True) == 1
    assert len(forks) == (0 if processes == 1 else min(processes, len(found)))
    assert are_gone(forks)


def test_a_short_journal_is_not_shared(tmp_path: Path, forks: list[int]) -> None:
    (tmp_path / "journal").write_bytes(LINES[0] + b"\n")
    assert [run.tree.size for run in scanned(DiskLines(tmp_path / "journal"), 2)] == [1]
    assert list(scanned(DiskLines(tmp_path / "none"), 2)) == []
    assert forks == []


def test_without_another_process_this_one_does_it_all(lines: DiskLines, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused() -> int:
        raise BlockingIOError("no process to be had")

    monkeypatch.setattr(os, "fork", refused)
    assert tuple(scanned(lines, 2)) == tuple(runs_of(LINES))


def test_what_a_process_that_died_did_not_send_is_found_here(lines: DiskLines, forks: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    ours = os.getpid()

    def dying(first: int, piece: list[bytes]) -> Run:
        if os.getpid() != ours and first >= 2 * RUN:
            os._exit(9)
        return scan(first, piece)

    monkeypatch.setattr(journal_runs, "scan", dying)
    assert tuple(scanned(lines, 2)) == tuple(runs_of(LINES))
    assert len(forks) == 2


def test_whoever_stops_before_the_end_leaves_no_process(lines: DiskLines, forks: list[int]) -> None:
    runs = scanned(lines, 2)
    assert next(runs).first == 0
    runs.close()
    assert len(forks) == 2
    assert are_gone(forks)


def test_a_file_that_changes_meanwhile_is_told_here(lines: DiskLines, tmp_path: Path) -> None:
    os.truncate(tmp_path / "journal", 100)
    with pytest.raises(EnvironmentFault, match="was changed while it was read"):
        tuple(scanned(lines, 2))
