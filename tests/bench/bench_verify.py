"""The proof of a long journal (ledger.md, Targets): a million signed lines of frequent events, and audits, which are rendered too.

Seconds. `crypto` is what every start does: tree, checkpoint, changes of key, the lines behind the checkpoint. `verify` is `ledger verify`:
besides that every line is canonical and an event. `named` is how much longer it takes to say which line was changed.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from forgewatch.adapters.journal import FileJournal
from forgewatch.adapters.journal_keys import ROOT, KeyFolder, public_pem, verifies
from forgewatch.adapters.journal_runs import scanned
from forgewatch.adapters.journal_seal import JournalSeal
from forgewatch.adapters.journal_whole import read_whole
from forgewatch.adapters.state_folder import CHECKPOINT, JOURNAL
from forgewatch.core.events import AuditRecorded
from forgewatch.core.journal_exam import Trust, examine
from forgewatch.core.tampering import Tampering
from forgewatch.core.verdict import Outcome
from tests.support.answers import PHASE, envelope, report
from tests.support.signed import Lines, long_journal, public

LINES = 1_000_000
AUDITS = 10_000


def audits(count: int) -> Lines:
    """Return a journal of passed audits."""

    def audit(number: int) -> AuditRecorded:
        told = report(f"audit {number}")
        return AuditRecorded(
            outcome=Outcome.PASS, phase=PHASE, iteration=number, loopback=0, loopback_limit=3, stop=None, report=told, trigger=None,
            envelope=envelope(),
        )  # fmt: skip

    return long_journal(count, audit)


def keep(folder: Path, made: Lines) -> None:
    """Write a journal where its readers look for it."""
    (folder / "keys").mkdir(parents=True, mode=0o700)
    (folder / "keys" / ROOT).write_bytes(public_pem(public(made.number)))
    (folder / JOURNAL).write_bytes(b"".join(line + b"\n" for line in made.lines))
    made.origin = f"forgewatch/{folder.name}"
    (folder / CHECKPOINT).write_bytes(made.note())


def started(folder: Path) -> float:
    """Return how long it takes to open the journal as the daemon does."""
    began = time.perf_counter()
    assert len(FileJournal(folder, seal=JournalSeal(folder)).read())
    return time.perf_counter() - began


def verified(folder: Path, kind: Tampering | None = None) -> tuple[float, float]:
    """Return how long it takes to look at all lines, and to judge them then. They must hold, or show this tampering."""
    began = time.perf_counter()
    whole = read_whole(folder)
    runs = tuple(scanned(whole.lines))
    looked = time.perf_counter()
    examined = examine(whole.lines, whole.note, Trust(whole.origin, KeyFolder(folder).root(), verifies), runs)
    assert [flaw.kind for flaw in examined.flaws] == ([kind] if kind else [])
    return looked - began, time.perf_counter() - looked


def main() -> None:
    """Measure, and print one mapping."""
    with tempfile.TemporaryDirectory(dir=".") as top:
        frequent, judged = Path(top) / "frequent-0123456789abcdef", Path(top) / "judged-0123456789abcdef"
        keep(frequent, long_journal(LINES))
        crypto = min(started(frequent) for _ in range(3))
        whole = min(sum(verified(frequent)) for _ in range(3))
        line = f'"cycle":{LINES * 2 // 3},'.encode()
        (frequent / JOURNAL).write_bytes((frequent / JOURNAL).read_bytes().replace(line, line.replace(b":", b":1")))
        _, named = verified(frequent, Tampering.EDITED)
        keep(judged, audits(AUDITS))
        rendered = min(sum(verified(judged)) for _ in range(3))
    measures = {
        "verify_1000000_crypto_s": crypto,
        "verify_1000000_s": whole,
        "verify_1000000_named_s": named,
        "verify_10000_audits_s": rendered,
    }
    print({name: round(value, 2) for name, value in measures.items()})


if __name__ == "__main__":
    main()
