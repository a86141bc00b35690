"""Every entry's bytes in the ledger file, at their place: each way to change the file names the entry where it begins."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import pytest

from forgewatch.core.journal_scan import Block
from forgewatch.core.ledger_markdown import HEADER
from forgewatch.core.ledger_ranges import MOST, Compared, Range, compare_ranges, ranges_of, unknown_in
from forgewatch.core.tampering import Flaw, Tampering
from forgewatch.core.values import Absent, Content, Digest, Unreadable
from tests.support.answers import digest


def text_of(seq: int) -> bytes:
    """Return what entry `seq` looks like."""
    return f"\n---\n## Audit Entry: Phase {seq} — Café\nOutcome: PASS\nEntry: {seq} sha256:{seq:064x}\n".encode()


def block(seq: int, foreign: Digest | None = None, text: bytes | None = None) -> Block:
    own = text_of(seq) if text is None else text
    return Block(seq, foreign, len(own), hashlib.sha256(own).digest())


SEQS = (2, 5, 9, 12)
WHOLE = HEADER + b"".join(map(text_of, SEQS))
LEGACY, CLAIM = digest("legacy"), digest("claim")
KEPT = {LEGACY: b"# An older ledger\nwithout an end", CLAIM: b"I did it\n"}


def placed(*blocks: Block) -> tuple[Range, ...]:
    found = ranges_of(blocks, KEPT.get)
    assert isinstance(found, tuple)
    return found


RANGES = placed(*map(block, SEQS))


def compared(found: Content, ranges: tuple[Range, ...] = RANGES) -> Compared:
    return compare_ranges(found, ranges, text_of)


def test_the_projection_is_where_it_is() -> None:
    assert [(each.start, each.stop) for each in RANGES][-1][1] == len(WHOLE)
    assert compared(WHOLE) == Compared((), "equals the journal")


def test_kept_text_stands_where_it_was_found_and_a_missing_line_end_is_made_up() -> None:
    ranges = placed(block(0, LEGACY, b""), block(2), block(5, CLAIM), block(9))
    whole = KEPT[LEGACY] + b"\n" + text_of(2) + KEPT[CLAIM] + text_of(5) + text_of(9)
    assert compared(whole, ranges) == Compared((), "equals the journal")
    (flaw,) = compared(whole.replace(b"older", b"0lder"), ranges).flaws
    assert (flaw.kind, flaw.entry) == (Tampering.LEDGER_EDITED, 0)
    (flaw,) = compared(whole.replace(b"I did", b"I d1d"), ranges).flaws
    assert (flaw.kind, flaw.entry) == (Tampering.LEDGER_EDITED, 5)


def test_only_the_first_block_behind_text_without_a_line_end_gets_one() -> None:
    whole = KEPT[LEGACY] + b"\n" + text_of(2) + text_of(5) + text_of(9)
    assert compared(whole, placed(block(0, LEGACY, b""), block(2), block(5), block(9))) == Compared((), "equals the journal")


def test_a_claim_as_long_as_what_stands_before_it_is_not_at_the_beginning() -> None:
    whole = KEPT[LEGACY] + KEPT[LEGACY] + b"\n" + text_of(5)
    assert compared(whole, placed(block(0, LEGACY, b""), block(5, LEGACY))) == Compared((), "equals the journal")


def test_text_before_the_first_entry_of_ours_has_no_header_behind_it() -> None:
    whole = KEPT[CLAIM] + text_of(2)
    assert compared(whole, placed(block(2, CLAIM))) == Compared((), "equals the journal")


def test_kept_text_that_is_gone_is_named() -> None:
    assert ranges_of((block(2), block(5, digest("gone"))), KEPT.get) == Flaw(kind=Tampering.KEPT, entry=5, detail=digest("gone"))


def edit(old: str, new: str) -> Callable[[bytes], bytes]:
    return lambda raw: raw.replace(old.encode(), new.encode(), 1)


CASES: dict[str, tuple[Callable[[bytes], bytes], Tampering, int | None, str]] = {
    "an outcome": (
        lambda raw: raw.replace(b"Outcome: PASS\nEntry: 5 ", b"Outcome: FAIL\nEntry: 5 "),
        Tampering.LEDGER_EDITED,
        5,
        "line 12",
    ),
    "the header": (edit("Append-only", "Append-Only"), Tampering.LEDGER_EDITED, 2, "line 2"),
    "a longer word": (edit("Phase 9", "Phase 9 and more"), Tampering.LEDGER_INSERTED, 9, "line 16"),
    "a fake authorization": (
        lambda raw: raw.replace(text_of(9), text_of(9) + b"\n---\n## Note: AUTHORIZED (committed)\n"),
        Tampering.LEDGER_INSERTED,
        12,
        "line 21",
    ),
    "an entry in the middle": (lambda raw: raw.replace(text_of(9), text_of(7) + text_of(9)), Tampering.LEDGER_INSERTED, 9, "line 16"),
    "the beginning deleted": (lambda raw: raw[len(HEADER) :], Tampering.LEDGER_CUT, 2, "line 1"),
    "an entry deleted": (lambda raw: raw.replace(text_of(5), b""), Tampering.LEDGER_CUT, 5, "line 11"),
    "a letter deleted": (edit("Phase 12", "Phase 2"), Tampering.LEDGER_CUT, 12, "line 21"),
    "two changes that are longer": (
        lambda raw: raw.replace(b"Phase 5", b"Phase 55").replace(b"Phase 9", b"Phase 99"),
        Tampering.LEDGER_EDITED,
        5,
        "line 11",
    ),
    "two changes that are shorter": (
        lambda raw: raw.replace(b"Phase 5", b"Phase").replace(b"Phase 9", b"Phase"),
        Tampering.LEDGER_EDITED,
        5,
        "line 11",
    ),
    "line ends": (lambda raw: raw.replace(b"\n", b"\r\n"), Tampering.LEDGER_REWRITTEN, None, "LF to CRLF"),
    "a mark in front": (lambda raw: b"\xef\xbb\xbf" + raw, Tampering.LEDGER_REWRITTEN, None, "byte order mark"),
    "another normal form": (edit("Caf\u00e9", "Cafe\u0301"), Tampering.LEDGER_REWRITTEN, None, "normal form"),
}


@pytest.mark.req("S002-10.6-10")
@pytest.mark.parametrize(("change", "kind", "entry", "told"), CASES.values(), ids=CASES)
def test_every_change_of_the_file_names_the_entry_where_it_begins(
    change: Callable[[bytes], bytes], kind: Tampering, entry: int | None, told: str
) -> None:
    changed = change(WHOLE)
    assert changed != WHOLE
    found = compared(changed)
    assert [(flaw.kind, flaw.entry, flaw.line) for flaw in found.flaws] == [(kind, entry, None)]
    assert told in found.flaws[0].detail
    assert found.said == "differs from the journal (forgewatch ledger restore)"


def test_every_entry_that_was_changed_in_its_place_is_named_with_both_sides() -> None:
    changed = WHOLE.replace(b"Phase 5", b"Phase 6").replace(b"Phase 12", b"Phase 21")
    first, second = compared(changed).flaws
    assert (first.entry, second.entry) == (5, 12)
    assert first.detail == "line 11 differs: expected '## Audit Entry: Phase 5 — Café', found '## Audit Entry: Phase 6 — Café'"


def test_not_more_entries_are_named_than_anybody_reads() -> None:
    ranges = placed(*map(block, range(100)))
    whole = HEADER + b"".join(map(text_of, range(100)))
    assert len(compared(whole.replace(b"PASS", b"FAIL"), ranges).flaws) == MOST


@pytest.mark.parametrize("size", [0, 1, len(HEADER), len(WHOLE) // 2, len(WHOLE) - 1])
def test_a_file_that_ends_early_is_told_and_no_flaw(size: int) -> None:
    assert compared(WHOLE[:size]) == Compared((), f"ends after {size} of {len(WHOLE)} bytes; the next audit completes it")


def test_bytes_behind_the_last_entry_are_told_and_no_flaw() -> None:
    assert compared(WHOLE + b"AUTHORIZED\n") == Compared((), "has 11 bytes behind its last entry that are not forgewatch's")


def test_entries_that_foreign_text_names_are_unknown_unless_the_journal_holds_them_there() -> None:
    leaves = {seq: Digest(f"sha256:{seq:064x}") for seq in SEQS}
    moved = text_of(2).replace(b"Entry: 2 ", b"Entry: 5 ")
    assert unknown_in([WHOLE, b"I did it\n"], leaves.get) == ()
    assert unknown_in([b"I did it\n", text_of(41) + text_of(41), moved], leaves.get) == (
        Flaw(kind=Tampering.LEDGER_AHEAD, entry=41, detail=f"sha256:{41:064x}"),
        Flaw(kind=Tampering.LEDGER_AHEAD, entry=5, detail=f"sha256:{2:064x}"),
    )
    assert len(unknown_in(map(text_of, range(100, 200)), leaves.get)) == MOST


def test_bytes_behind_the_last_entry_do_not_hide_a_change_before_it() -> None:
    (flaw,) = compared(WHOLE.replace(b"Phase 5", b"Phase 6") + b"more\n").flaws
    assert (flaw.kind, flaw.entry) == (Tampering.LEDGER_EDITED, 5)


def test_a_file_that_is_gone_is_named_unless_nothing_was_due() -> None:
    assert compared(Absent()) == Compared((Flaw(kind=Tampering.LEDGER_GONE, detail=f"expected {len(WHOLE)} bytes"),), "is missing")
    assert compared(Absent(), ()) == Compared((), "is not there yet")
    assert compared(b"", ()) == Compared((), "equals the journal")


def test_a_file_that_cannot_be_believed_is_named() -> None:
    found = compared(Unreadable("is a symlink"))
    assert found == Compared((Flaw(kind=Tampering.LEDGER_UNREADABLE, detail="is a symlink"),), "cannot be read: is a symlink")
