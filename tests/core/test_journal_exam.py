"""Judging a whole journal: every class of tampering has its own name (ledger.md section 1, Tamper classes)."""

from __future__ import annotations

import base64
import json
import unicodedata
from collections.abc import Callable

import pytest

from forgewatch.core.events import KeyRotated, LedgerTampered
from forgewatch.core.journal_exam import Flaw, Tampering, examine
from tests.support.signed import AT, Lines, journal_of, key, opened, public, trust

JOURNAL = journal_of(8)
NOTE = JOURNAL.note()
ACCENT = LedgerTampered(at=AT, digest=None, detail="Café")


def rotated(number: int) -> KeyRotated:
    """Return the change to key `number`."""
    return KeyRotated(at=AT, public=base64.b64encode(public(number)).decode(), actor="operator")


def lines_of(lines: list[bytes], number: int = 1) -> Lines:
    """Return a journal that goes on from these lines with key `number`."""
    made = Lines(number)
    made.lines = list(lines)
    return made


def told(lines: list[bytes], note: bytes | None = NOTE, number: int = 1) -> list[tuple[Tampering, int | None]]:
    return [(flaw.kind, flaw.line) for flaw in examine(lines, note, trust(number)).flaws]


def test_a_whole_journal_holds() -> None:
    found = examine(JOURNAL.lines, NOTE, trust())
    assert (found.flaws, found.tree, found.signed, found.keys) == ((), JOURNAL.tree, 8, (public(1),))


def test_lines_behind_the_checkpoint_are_believed_by_their_signatures() -> None:
    found = examine(journal_of(9).lines, NOTE, trust())
    assert (found.flaws, found.signed) == ((), 9)


def test_lines_that_are_older_than_the_key_are_vouched_for_by_the_first_checkpoint() -> None:
    old = Lines().unsigned(opened(0)).unsigned(opened(1))
    assert told(old.lines, old.note()) == []
    first = old.note()
    assert told(old.signed(opened(2)).lines, first) == []
    assert told(old.lines, old.note()) == []
    assert told([old.lines[0], *old.lines[2:]], old.note()) == [(Tampering.DELETED, 2)]
    assert told([old.lines[1], old.lines[0], old.lines[2]], old.note()) == [(Tampering.EDITED, 3)]


def test_an_empty_journal_with_its_checkpoint_holds() -> None:
    assert told([], Lines().note()) == []


CLASSES: dict[str, tuple[Callable[[list[bytes]], list[bytes]], Tampering, int | None]] = {
    "byte edit": (lambda a: [*a[:3], a[3].replace(b'"cycle":3', b'"cycle":9'), *a[4:]], Tampering.EDITED, 4),
    "no JSON": (lambda a: [*a[:3], b"x", *a[4:]], Tampering.EDITED, 4),
    "signature edited": (lambda a: [*a[:3], a[3].replace(b'"s":"', b'"s":"AAAA')[:-6] + b'=="}', *a[4:]], Tampering.EDITED, 4),
    "re-encode": (lambda a: [json.dumps(json.loads(line)).encode() for line in a], Tampering.REENCODED, 1),
    "crlf": (lambda a: [line + b"\r" for line in a], Tampering.CRLF, 1),
    "bom": (lambda a: [b"\xef\xbb\xbf" + a[0], *a[1:]], Tampering.BOM, 1),
    "truncated by a line": (lambda a: a[:-1], Tampering.TRUNCATED, None),
    "truncated to nothing": (lambda a: [], Tampering.TRUNCATED, None),
    "deleted in the middle": (lambda a: [*a[:3], *a[5:]], Tampering.DELETED, 4),
    "first line deleted": (lambda a: a[1:], Tampering.DELETED, 1),
    "swapped": (lambda a: [*a[:3], a[4], a[3], *a[5:]], Tampering.SWAPPED, 4),
    "duplicated": (lambda a: [*a[:3], a[2], *a[3:]], Tampering.DUPLICATED, 4),
    "inserted": (lambda a: [*a[:3], journal_of(1, number=2, first=9).lines[0], *a[3:]], Tampering.INSERTED, 4),
    "empty line": (lambda a: [*a[:3], b"", *a[3:]], Tampering.EDITED, 4),
    "spliced": (lambda a: journal_of(8, number=2).lines, Tampering.EDITED, 1),
    "tail of another key": (lambda a: [*a, foreign(a)], Tampering.FORGED, 9),
    "tail for another place": (lambda a: lines_of(a).signed(opened(9), index=20).lines, Tampering.FORGED, 9),
    "tail repeated": (lambda a: [*a, a[3]], Tampering.DUPLICATED, 9),
    "tail without a signature": (lambda a: [*a, Lines().unsigned(opened(9)).lines[0]], Tampering.UNSIGNED, 9),
}


def foreign(lines: list[bytes]) -> bytes:
    return lines_of(lines, number=2).signed(opened(9)).lines[-1]


@pytest.mark.req("S002-10.6-1")
@pytest.mark.parametrize(("change", "kind", "line"), CLASSES.values(), ids=CLASSES)
def test_every_change_of_the_lines_has_its_name(change: Callable[[list[bytes]], list[bytes]], kind: Tampering, line: int | None) -> None:
    found = examine(change(list(JOURNAL.lines)), NOTE, trust())
    assert [(flaw.kind, flaw.line) for flaw in found.flaws] == [(kind, line)]
    assert found.signed == 0


def test_a_line_that_was_signed_for_an_earlier_place_is_told_apart_from_a_forged_one() -> None:
    other = lines_of(JOURNAL.lines[:5]).signed(opened(50)).lines[-1]
    assert examine([*JOURNAL.lines, other], NOTE, trust()).flaws == (Flaw(Tampering.REPLAYED, 9, "it was signed as line 6"),)


def test_a_line_in_another_normal_form_is_named() -> None:
    journal = Lines().signed(ACCENT, opened(1))
    lines = [unicodedata.normalize("NFD", journal.lines[0].decode()).encode(), journal.lines[1]]
    assert told(lines, journal.note()) == [(Tampering.NORMALIZED, 1)]


def test_what_is_missing_is_counted() -> None:
    (flaw,) = examine(JOURNAL.lines[:3], NOTE, trust()).flaws
    assert flaw.detail == "the checkpoint speaks of 8 lines, found 3"
    (flaw,) = examine([*JOURNAL.lines[:3], *JOURNAL.lines[5:]], NOTE, trust()).flaws
    assert flaw.detail == "the checkpoint speaks of 8 lines, found 6"
    (flaw,) = examine([*JOURNAL.lines, JOURNAL.lines[3]], NOTE, trust()).flaws
    assert flaw.detail == "it equals line 4"


@pytest.mark.parametrize(
    ("note", "kind"),
    [
        (None, Tampering.NO_CHECKPOINT),
        (b"x", Tampering.NO_NOTE),
        (journal_of(8, number=2).note(), Tampering.OTHER_KEY),
        (lines_of(JOURNAL.lines, number=2).note(), Tampering.OTHER_KEY),
        (journal_of(8, origin="forgewatch/other").note(), Tampering.ORIGIN),
        (journal_of(9).note(), Tampering.TRUNCATED),
        (journal_of(8, first=1).note(), Tampering.EDITED),
    ],
    ids=["deleted", "garbage", "all by another key", "other key", "wrong origin", "oversize", "fork"],
)
def test_every_change_of_the_checkpoint_has_its_name(note: bytes | None, kind: Tampering) -> None:
    assert told(JOURNAL.lines, note) == [(kind, None)]


def test_a_wrong_checkpoint_does_not_hide_what_was_done_to_the_lines() -> None:
    lines = [*JOURNAL.lines[:3], b"x", *JOURNAL.lines[4:]]
    assert told(lines, None) == [(Tampering.NO_CHECKPOINT, None), (Tampering.EDITED, 4)]


def test_a_change_of_key_is_signed_by_the_old_key_and_the_lines_behind_it_by_the_new_one() -> None:
    journal = journal_of(3).signed(rotated(2)).signed(opened(4), opened(5))
    for size in (0, 3, 4, 6):
        made = lines_of(journal.lines, number=1 if size < 4 else 2)
        found = examine(journal.lines, made.note(size), trust())
        assert (found.flaws, found.keys) == ((), (public(1), public(2)))
    assert told(journal.lines, lines_of(journal.lines, number=1).note()) == [(Tampering.OTHER_KEY, None)]


def test_whoever_believes_another_key_is_told_so() -> None:
    assert told(JOURNAL.lines, NOTE, number=2) == [(Tampering.OTHER_KEY, None)]


@pytest.mark.parametrize("size", [0, 8, 9])
def test_a_change_of_key_that_the_old_key_did_not_sign_changes_nothing(size: int) -> None:
    forged = lines_of(JOURNAL.lines, number=2).signed(rotated(3)).lines
    behind = lines_of(forged, number=3).signed(opened(9)).lines
    note = lines_of(behind, number=3).note(size)
    kinds = {flaw.kind for flaw in examine(behind, note, trust()).flaws}
    assert kinds <= {Tampering.FORGED, Tampering.EDITED, Tampering.OTHER_KEY}
    assert kinds


def test_an_event_that_only_speaks_of_a_change_of_key_is_none() -> None:
    journal = Lines().signed(LedgerTampered(at=AT, digest=None, detail='"is":"KeyRotated"'), opened(1))
    assert told(journal.lines, journal.note()) == []
    assert told(journal.lines, Lines().note()) == []


def test_signatures_are_of_the_key_and_no_other() -> None:
    assert key(1).public_key().public_bytes_raw() == public(1) != public(2)
