"""Signed journal: a durable append, and a restart until the record knows its state (ledger.md, Targets). Times in milliseconds."""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path

from forgewatch.adapters.evidence import RepositoryEvidence
from forgewatch.adapters.files import RootFiles
from forgewatch.adapters.journal import FileJournal
from forgewatch.adapters.journal_seal import JournalSeal
from forgewatch.adapters.record_memory import FileMemory
from forgewatch.adapters.state_folder import PRIVATE
from forgewatch.adapters.vault import FolderVault
from forgewatch.app.ledger_file import LedgerFile
from forgewatch.app.record_reading import RecordReading
from forgewatch.core.values import RepoPath
from tests.support.signed import opened

APPENDS = 500
LINES = 10_000
GROUP = 250


def signed(folder: Path) -> FileJournal:
    """Return the journal as the daemon opens it."""
    return FileJournal(folder, seal=JournalSeal(folder))


def grouped(journal: FileJournal) -> float:
    """Append the rest of the lines in groups, and return the seconds that took, durable and with their checkpoints."""
    rest = [opened(cycle) for cycle in range(APPENDS, LINES)]
    began = time.perf_counter()
    for first in range(0, len(rest), GROUP):
        assert len(journal.append_all(rest[first : first + GROUP])) == len(rest[first : first + GROUP])
    return time.perf_counter() - began


def reading(folder: Path) -> RecordReading:
    """Return what a record begins with: everything verified, the state known. A restart finds what an earlier one left in `cache`."""
    vault, files = FolderVault(folder), RootFiles(str(folder))
    ledger = LedgerFile(RepoPath("ledger.md"), files, RepositoryEvidence(folder), vault)
    found = RecordReading(signed(folder), vault, ledger, FileMemory(folder))
    found.catch_up()
    return found


def main() -> None:
    """Measure, and print one mapping."""
    with tempfile.TemporaryDirectory(dir=".") as top:
        folder = Path(top)
        for name in PRIVATE:
            (folder / name).mkdir(mode=0o700)
        journal = signed(folder)
        took = []
        for cycle in range(APPENDS):
            began = time.perf_counter()
            journal.append(opened(cycle))
            took.append((time.perf_counter() - began) * 1000)
        took_grouped = grouped(journal)
        reading(folder).keep()
        began = time.perf_counter()
        assert reading(folder).state.size == LINES
        restart = (time.perf_counter() - began) * 1000
    cuts = statistics.quantiles(took, n=100)
    print(
        {
            "append_p50_ms": round(cuts[49], 2),
            "append_p99_ms": round(cuts[98], 2),
            "grouped_per_s": round((LINES - APPENDS) / took_grouped),
            "restart_10000_ms": round(restart, 1),
        }
    )


if __name__ == "__main__":
    main()
