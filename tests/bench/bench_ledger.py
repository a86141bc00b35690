"""Signed journal: a durable append, a restart, the proof of a long journal (ledger.md, Targets). Times in milliseconds and seconds."""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path

from forgewatch.adapters.journal import FileJournal
from forgewatch.adapters.journal_keys import KeyFolder, verifies
from forgewatch.adapters.journal_seal import JournalSeal
from forgewatch.adapters.journal_whole import read_whole
from forgewatch.core.journal_exam import Trust, examine
from tests.support.signed import opened

APPENDS = 500
LINES = 10_000


def signed(folder: Path) -> FileJournal:
    """Return the journal as the daemon opens it."""
    return FileJournal(folder, seal=JournalSeal(folder))


def main() -> None:
    """Measure, and print one mapping."""
    with tempfile.TemporaryDirectory(dir=".") as top:
        folder = Path(top)
        (folder / "keys").mkdir(mode=0o700)
        journal = signed(folder)
        took = []
        for cycle in range(APPENDS):
            began = time.perf_counter()
            journal.append(opened(cycle))
            took.append((time.perf_counter() - began) * 1000)
        with journal.exclusive():
            for cycle in range(APPENDS, LINES):
                journal.append(opened(cycle))
        began = time.perf_counter()
        assert len(signed(folder).read()) == LINES
        restart = (time.perf_counter() - began) * 1000
        began = time.perf_counter()
        whole = read_whole(folder)
        assert examine(whole.lines, whole.note, Trust(whole.origin, KeyFolder(folder).root(), verifies)).flaws == ()
        proof = time.perf_counter() - began
    cuts = statistics.quantiles(took, n=100)
    print(
        {
            "append_p50_ms": round(cuts[49], 2),
            "append_p99_ms": round(cuts[98], 2),
            "restart_10000_ms": round(restart, 1),
            "verify_1000000_s": round(proof * 1_000_000 / LINES, 2),
        }
    )


if __name__ == "__main__":
    main()
