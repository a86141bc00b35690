"""The ledgers that the original wrote can be read, adopted and continued."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from forgewatch.app.record import Record
from forgewatch.core.ledger_reader import read_ledger, references
from forgewatch.core.places import FORGE
from forgewatch.core.record_entry import EntryRules
from forgewatch.core.snapshot import LedgerCondition
from tests.support.answers import HEAD, envelope, report
from tests.support.ports import FixedClock, MemoryFiles, MemoryJournal, MemoryVault

WORDS = {
    "PASS",
    "FAIL",
    "SIGNED-OFF (awaiting AUTHORIZED)",
    "AUTHORIZED (committed)",
    "AUTO-AUTHORIZED (committed)",
    # Hand-written variations that stand in the real files.
    "AUTHORIZED",
    "AUTO-AUTHORIZED",
    "BYPASS (manual override)",
}


def ledgers(corpus: Path) -> list[Path]:
    """Return the ledgers of the corpus."""
    rows = [json.loads(line) for line in (corpus / "index.jsonl").read_text().splitlines()]
    return [corpus / row["file"] for row in rows if row["kind"] == "audit_ledger"]


@pytest.mark.req("S002-10.6-2")
def test_every_entry_of_the_real_ledgers_is_read(corpus: Path) -> None:
    counts = {}
    for path in ledgers(corpus):
        text = path.read_bytes()
        entries = read_ledger(text)
        assert len(entries) == sum(1 for line in text.decode().splitlines() if line.startswith("## Audit Entry:")), path.name
        written_by_the_tool = [entry for entry in entries if entry.iteration is not None]
        assert {entry.outcome for entry in written_by_the_tool} <= WORDS, path.name
        assert all(entry.timestamp.startswith("20") and entry.phase for entry in written_by_the_tool), path.name
        assert len(entries) - len(written_by_the_tool) <= 2, path.name
        assert references(text) == ()
        counts[path.name] = len(entries)
    assert sorted(counts.values())[0] == 0
    assert sorted(counts.values())[-1] > 150


@pytest.mark.req("S002-10.6-1")
def test_a_real_ledger_is_kept_as_it_is_and_continued(corpus: Path) -> None:
    for path in ledgers(corpus):
        old = path.read_bytes()
        files = MemoryFiles({FORGE.ledger: old})
        record = Record(
            journal=MemoryJournal(),
            files=files,
            evidence=files,
            vault=MemoryVault(),
            clock=FixedClock(),
            rules=EntryRules(places=FORGE, docs={}),
        )
        record.first_contact(HEAD)
        recorded = record.record_answer(report(), trigger=None, envelope=envelope())
        text = files.files[FORGE.ledger]
        assert isinstance(text, bytes) and text.startswith(old)
        assert read_ledger(text)[-1].leaf == recorded.leaf
        assert len(read_ledger(text)) == len(read_ledger(old)) + 1
        assert record.inspect_ledger().condition is LedgerCondition.INTACT
        assert record.unknown_entries() == ()
