"""Reading ledger text that anyone may have written."""

from __future__ import annotations

import pytest

from forgewatch.core.ledger_reader import OlderEntries, ReadEntry, older_entries, read_ledger, references, unknown_references
from tests.support.answers import digest
from tests.support.older_ledger import older_ledger

LEAF = digest("leaf")
OLD = b"""# Audit Ledger -- Forge AEM
Append-only record of all Internal Audit Pass results.
Do not overwrite or truncate this file.

---
## Audit Entry: Phase 1 -- Auth -- Iteration 2
Timestamp: 2026-02-14T22:13:30Z
AEM Cycle: Phase 1
Outcome: SIGNED-OFF (awaiting AUTHORIZED)

### Checklist
- A1 Scope compliance:      PASS -- fine

### Notes
Outcome: told again
"""


@pytest.mark.req("S002-10.6-2")
def test_the_originals_entries_are_read() -> None:
    assert read_ledger(OLD) == (
        ReadEntry(
            line=6,
            phase="Phase 1 -- Auth",
            iteration=2,
            outcome="SIGNED-OFF (awaiting AUTHORIZED)",
            timestamp="2026-02-14T22:13:30Z",
        ),
    )


@pytest.mark.parametrize("dash", ["—", "–", "--", "-"])
def test_every_dash_stands_before_the_iteration(dash: str) -> None:
    text = f"## Audit Entry: Phase 2 -- A - B {dash} Iteration 7\n".encode()
    assert [(entry.phase, entry.iteration) for entry in read_ledger(text)] == [("Phase 2 -- A - B", 7)]


@pytest.mark.parametrize(
    "change", [lambda text: text.replace(b"\n", b"\r\n"), lambda text: b"\xef\xbb\xbf" + text, lambda text: b"\xff" + text]
)
def test_line_ends_marks_and_bad_bytes_do_not_hide_entries(change: object) -> None:
    assert read_ledger(change(OLD)) == read_ledger(OLD)  # type: ignore[operator]


def test_an_entry_names_its_place_in_the_journal() -> None:
    text = OLD + f"Entry: 41 {LEAF}\n".encode()
    assert [(entry.seq, entry.leaf) for entry in read_ledger(text)] == [(41, LEAF)]
    assert references(text) == ((41, LEAF),)


def test_a_note_is_no_entry_but_its_reference_counts() -> None:
    text = OLD + f"\n---\n## Note: commit adopted\nOutcome: PASS\nEntry: 42 {LEAF}\n".encode()
    entries = read_ledger(text)
    assert [(entry.outcome, entry.seq) for entry in entries] == [("SIGNED-OFF (awaiting AUTHORIZED)", None)]
    assert references(text) == ((42, LEAF),)


@pytest.mark.parametrize(
    "line", ["Entry: x", "Entry: 4", f"Entry: 4 {LEAF}0", "Entry: 4 sha256:abc", f"entry: 4 {LEAF}", f" Entry: 4 {LEAF}", "Entry:"]
)
def test_a_line_that_is_no_reference_names_nothing(line: str) -> None:
    assert references(OLD + line.encode() + b"\n") == ()


def test_a_heading_without_an_iteration_is_an_entry_that_someone_wrote_by_hand() -> None:
    text = b"## Audit Entry: Phase 9 -- AUTO-AUTHORIZED\r\nOutcome: AUTHORIZED\r\n"
    assert [(entry.phase, entry.iteration, entry.outcome) for entry in read_ledger(text)] == [
        ("Phase 9 -- AUTO-AUTHORIZED", None, "AUTHORIZED")
    ]


def test_text_before_the_first_entry_belongs_to_none() -> None:
    assert read_ledger(b"Outcome: PASS\nEntry: 1 " + LEAF.encode() + b"\n") == ()


def test_the_first_outcome_of_an_entry_counts_and_the_last_reference() -> None:
    other = digest("other")
    text = OLD + f"Timestamp: later\nEntry: 1 {other}\nEntry: 2 {LEAF}\n".encode()
    (entry,) = read_ledger(text)
    assert (entry.outcome, entry.timestamp, entry.seq) == ("SIGNED-OFF (awaiting AUTHORIZED)", "2026-02-14T22:13:30Z", 2)


@pytest.mark.req("S002-10.6-11")
def test_entries_this_journal_does_not_know_are_named_once() -> None:
    other = digest("other")
    text = f"Entry: 1 {LEAF}\nEntry: 2 {other}\nEntry: 2 {other}\nEntry: 9 {LEAF}\n".encode()
    assert unknown_references(references(text), {1: LEAF, 2: LEAF}) == (f"2 {other}", f"9 {LEAF}")


def test_older_text_tells_how_many_entries_it_holds_and_the_last_of_them() -> None:
    older = older_entries(older_ledger())
    assert (older.count, older.last) == (167, read_ledger(older_ledger())[-1])
    assert older.last is not None
    assert (older.last.phase, older.last.iteration, older.last.outcome) == ("Phase 12 -- Deployment", 13, "FAIL")
    assert [entry.iteration for entry in read_ledger(older_ledger())].count(None) == 4
    assert older_entries(b"# Audit Ledger\n") == OlderEntries(0, None)


@pytest.mark.req("S002-1-5")
def test_older_text_tells_what_was_signed_off_last_and_which_phases_end_in_a_fail() -> None:
    told = [
        ("Phase 0", "AUTHORIZED (committed)"),
        ("Phase 1 -- Things", "FAIL"),
        ("Phase 1: By another title", "signed-off (awaiting AUTHORIZED)"),
        ("Phase 2", "PASS"),
        ("Phase 2", "FAIL"),
        ("Phase 3", "AUTO-AUTHORIZED"),
        ("Hotfix", "FAIL"),
        ("Hotfix", ""),
    ]
    older = older_entries("".join(f"## Audit Entry: {phase} — Iteration 1\nOutcome: {outcome}\n" for phase, outcome in told).encode())
    assert older.signed is not None and older.signed.phase == "Phase 3"
    assert [entry.phase for entry in older.failing] == ["Phase 2"]
