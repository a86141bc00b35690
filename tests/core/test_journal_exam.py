"""Judging a whole journal: every class of tampering has its own name (ledger.md section 1, Tamper classes)."""

from __future__ import annotations

import base64
import json
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from functools import reduce

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forgewatch.core.events import KeyRotated, LedgerTampered
from forgewatch.core.journal_exam import examine
from forgewatch.core.journal_line import signature_of
from forgewatch.core.journal_scan import RUN
from forgewatch.core.signed_note import Checkpoint, sign_checkpoint
from forgewatch.core.tampering import Flaw, Tampering
from tests.support.signed import AT, ORIGIN, Lines, journal_of, key, long_journal, opened, public, trust

JOURNAL = journal_of(8)
NOTE = JOURNAL.note()
ACCENT = LedgerTampered(at=AT, digest=None, detail="Café")


def rotated(number: int) -> KeyRotated:
    """Return the change to key `number`."""
    return KeyRotated(at=AT, public=base64.b64encode(public(number)).decode(), actor="operator")


def lines_of(lines: list[bytes], number: int = 1, origin: str = ORIGIN) -> Lines:
    """Return a journal that goes on from these lines with key `number`."""
    made = Lines(number, origin)
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
    "tail for another place": (lambda a: lines_of(a).signed(opened(9), index=20).lines, Tampering.REPLAYED, 9),
    "tail for an earlier place behind other lines": (lambda a: lines_of(a).signed(opened(9), index=3).lines, Tampering.REPLAYED, 9),
    "tail for a place that is far away": (lambda a: lines_of(a).signed(opened(9), index=9_000).lines, Tampering.FORGED, 9),
    "for another place, in place of a line": (
        lambda a: [*a[:3], *lines_of(a[:3]).signed(opened(9), index=1).lines[3:], *a[4:]],
        Tampering.REPLAYED,
        4,
    ),
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


ROTATED = journal_of(4).signed(rotated(2)).signed(*map(opened, range(4, 7)))
FIRST_IN_DOUBT = {"first line deleted", "truncated to nothing"}
"""No line says that the key that is believed is the one of this journal."""


@pytest.mark.req("S002-10.6-1")
@pytest.mark.parametrize("name", [name for name in CLASSES if name != "spliced" and not name.startswith("tail ")])
def test_behind_a_change_of_key_every_change_of_the_lines_has_its_name_too(name: str) -> None:
    change, kind, line = CLASSES[name]
    doubt = [(Tampering.OTHER_KEY, None)] if name in FIRST_IN_DOUBT else []
    assert told(change(list(ROTATED.lines)), ROTATED.note()) == [*doubt, (kind, line)]


def test_a_first_line_that_does_not_fit_behind_a_change_of_key_may_be_of_another_key() -> None:
    edited = [ROTATED.lines[0].replace(b'"cycle":0', b'"cycle":9'), *ROTATED.lines[1:]]
    assert told(edited, ROTATED.note()) == [(Tampering.OTHER_KEY, None), (Tampering.EDITED, 1)]
    assert told(ROTATED.lines, ROTATED.note(), number=3) == [(Tampering.OTHER_KEY, None), (Tampering.EDITED, 1)]
    found = examine(ROTATED.lines, ROTATED.note(), trust(3)).flaws
    assert [flaw.detail for flaw in found] == ["", "or the key that is believed is of another journal"]
    # A change of key that does not name the key of the checkpoint leaves no doubt.
    assert told(edited, lines_of(edited, number=5).note()) == [(Tampering.OTHER_KEY, None)]


def test_a_line_that_was_signed_for_an_earlier_place_is_told_apart_from_a_forged_one() -> None:
    other = lines_of(JOURNAL.lines[:5]).signed(opened(50)).lines[-1]
    assert examine([*JOURNAL.lines, other], NOTE, trust()).flaws == (
        Flaw(kind=Tampering.REPLAYED, line=9, detail="it was signed as line 6"),
    )


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
        (journal_of(8, first=1).note(), Tampering.FORK),
    ],
    ids=["deleted", "garbage", "all by another key", "other key", "wrong origin", "oversize", "fork"],
)
def test_every_change_of_the_checkpoint_has_its_name(note: bytes | None, kind: Tampering) -> None:
    assert told(JOURNAL.lines, note) == [(kind, None)]


NEIGHBOUR = journal_of(8, number=2, first=40)


def elsewhere(line: bytes) -> str:
    """What somebody says who can read the journal of another repository."""
    return f"line {NEIGHBOUR.lines.index(line) + 1} of forgewatch/other" if line in NEIGHBOUR.lines else ""


@pytest.mark.parametrize(
    ("lines", "note", "told", "where"),
    [
        (NEIGHBOUR.lines, NOTE, [(Tampering.SPLICED, 1)], 1),
        ([*JOURNAL.lines[:4], *NEIGHBOUR.lines[4:]], NOTE, [(Tampering.SPLICED, 5)], 5),
        ([*JOURNAL.lines[:3], NEIGHBOUR.lines[6], *JOURNAL.lines[3:]], NOTE, [(Tampering.SPLICED, 4)], 7),
        ([*JOURNAL.lines, NEIGHBOUR.lines[0]], NOTE, [(Tampering.SPLICED, 9)], 1),
        (
            NEIGHBOUR.lines,
            lines_of(NEIGHBOUR.lines, 2, "forgewatch/other").note(),
            [(Tampering.ORIGIN, None), (Tampering.SPLICED, 1)],
            1,
        ),
        (NEIGHBOUR.lines, None, [(Tampering.NO_CHECKPOINT, None), (Tampering.SPLICED, 1)], 1),
    ],
    ids=["all lines", "second half", "one in the middle", "one at the end", "with its checkpoint", "without a checkpoint"],
)
def test_lines_of_another_repository_are_named_where_its_journal_can_be_read(
    lines: list[bytes], note: bytes | None, told: list[tuple[Tampering, int | None]], where: int
) -> None:
    knowing = replace(trust(), elsewhere=elsewhere)
    flaws = examine(lines, note, knowing).flaws
    assert [(flaw.kind, flaw.line) for flaw in flaws] == told
    assert flaws[-1].detail == f"it is line {where} of forgewatch/other"


def test_lines_of_a_journal_that_nobody_can_read_are_named_by_where_they_stand() -> None:
    assert told([*JOURNAL.lines, NEIGHBOUR.lines[0]]) == [(Tampering.FORGED, 9)]
    assert told([*JOURNAL.lines[:3], NEIGHBOUR.lines[6], *JOURNAL.lines[3:]]) == [(Tampering.INSERTED, 4)]


def test_a_line_of_this_journal_is_never_taken_for_one_of_another() -> None:
    knowing = replace(trust(), elsewhere=lambda line: "line 1 of forgewatch/copy")
    assert examine(JOURNAL.lines, NOTE, knowing).flaws == ()
    found = examine([*JOURNAL.lines, JOURNAL.lines[3]], NOTE, knowing).flaws
    assert [flaw.kind for flaw in found] == [Tampering.DUPLICATED]


def test_unsigned_lines_in_front_are_named_and_among_older_ones_as_well_as_can_be() -> None:
    put = Lines().unsigned(opened(70)).unsigned(opened(71)).lines
    (flaw,) = examine([*put, *JOURNAL.lines], NOTE, trust()).flaws
    assert (flaw.kind, flaw.line, flaw.detail) == (Tampering.INSERTED, 1, "2 unsigned lines stand before the first that was signed")
    assert told([*put, *JOURNAL.lines[1:]]) == [(Tampering.EDITED, 3)]
    old = Lines().unsigned(opened(0)).unsigned(opened(1)).signed(opened(2), opened(3))
    (flaw,) = examine([put[0], *old.lines[1:]], old.note(), trust()).flaws
    assert (flaw.kind, flaw.line, flaw.detail) == (Tampering.EDITED, 3, "it, or one of the 2 unsigned lines before it")


def test_two_histories_that_the_key_signed_are_told_apart_from_a_changed_line() -> None:
    (flaw,) = examine(JOURNAL.lines, journal_of(8, first=1).note(), trust()).flaws
    assert flaw.detail == "the key signed 8 other lines too"
    # Nobody signed these one by one: there was only the checkpoint.
    old = Lines().unsigned(opened(0)).unsigned(opened(1))
    assert told(Lines().unsigned(opened(0)).unsigned(opened(9)).lines, old.note()) == [(Tampering.EDITED, None)]


LONG = long_journal(2 * RUN + 300)
PLACES = [1, RUN, RUN + 1, len(LONG.lines) - 1]
LONG_NOTE = LONG.note()


def test_a_journal_of_many_runs_holds_and_has_the_tree_of_its_lines() -> None:
    found = examine(LONG.lines, LONG_NOTE, trust())
    assert (found.flaws, found.signed, found.tree) == ((), len(LONG.lines), LONG.tree)
    for size in (0, 1, RUN, RUN + 1, 2 * RUN, len(LONG.lines) - 300):
        assert examine(LONG.lines, LONG.note(size), trust()).flaws == ()


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("note", [LONG_NOTE, None], ids=["whole", "no checkpoint"])
def test_the_first_line_that_was_changed_is_found_wherever_it_stands(place: int, note: bytes | None) -> None:
    a = list(LONG.lines)
    at, last = place - 1, len(a)
    changed = a[at].replace(b'"cycle":', b'"cycle":1')
    first = [] if note else [(Tampering.NO_CHECKPOINT, None)]
    # Without a checkpoint nobody knows how many lines there were, or that a line was another.
    edited, deleted = (Tampering.EDITED, Tampering.DELETED) if note else (Tampering.FORGED, Tampering.FORGED)
    assert told([*a[:at], changed, *a[place:]], note) == [*first, (edited, place)]
    assert told([*a[:at], *a[place:]], note) == [*first, (deleted, place)]
    assert told([*a[:at], a[place], a[at], *a[place + 1 :]], note) == [*first, (Tampering.SWAPPED, place)]
    assert told([*a[:at], b"x", *a[place:]], note) == [*first, (Tampering.EDITED, place)]
    assert told([*a[:place], a[at], *a[place:]], note) == [*first, (Tampering.DUPLICATED, place + 1)]
    assert told([*a, a[at]], note) == [*first, (Tampering.DUPLICATED, last + 1)]


def test_a_change_of_key_far_in_is_believed_and_one_that_was_changed_is_not() -> None:
    journal = lines_of(LONG.lines[: RUN + 5]).signed(rotated(2)).signed(opened(1), opened(2))
    note = journal.note()
    found = examine(journal.lines, note, trust())
    assert (found.flaws, found.keys) == ((), (public(1), public(2)))
    place = RUN + 6
    forged = lines_of(LONG.lines[: RUN + 5], number=3).signed(rotated(2)).lines[-1]
    assert told([*journal.lines[: place - 1], forged, *journal.lines[place:]], note) == [(Tampering.EDITED, place)]
    edited = [*journal.lines[:3], b"x", *journal.lines[4:]]
    assert told(edited, journal_of(3).note()) == [(Tampering.EDITED, 4)]


def test_a_checkpoint_with_a_broken_signature_does_not_hide_what_was_done_to_the_lines() -> None:
    body, _, signature = NOTE.rpartition(b" ")
    raw = bytearray(base64.b64decode(signature))
    raw[-1] ^= 1
    broken = body + b" " + base64.b64encode(raw) + b"\n"
    assert told(JOURNAL.lines, broken) == [(Tampering.OTHER_KEY, None)]


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


@pytest.mark.parametrize("size", [0, 1, 2, 3])
def test_a_change_of_key_that_nobody_signed_is_never_believed(size: int) -> None:
    # In front, where lines may be older than the key: what follows is another's journal from there on.
    forged = lines_of(Lines().unsigned(rotated(2)).lines, number=2).signed(opened(1), opened(2))
    found = examine(forged.lines, forged.note(size), trust())
    assert (found.flaws != (), found.signed, found.keys) == (True, 0, (public(1),))
    by_us = lines_of(Lines().unsigned(opened(0)).unsigned(rotated(2)).lines, number=1).note()
    assert told([*Lines().unsigned(opened(0)).unsigned(rotated(2)).lines, *forged.lines[1:]], by_us) == [(Tampering.UNSIGNED, 2)]
    assert told([*JOURNAL.lines, *Lines().unsigned(rotated(2)).lines]) == [(Tampering.UNSIGNED, 9)]


def test_an_unsigned_line_behind_the_first_checkpoint_is_named() -> None:
    old = Lines().unsigned(opened(0)).unsigned(opened(1))
    note = old.note()
    assert told(old.unsigned(opened(2)).unsigned(opened(3)).lines, note) == [(Tampering.UNSIGNED, 3)]


def test_a_line_that_was_signed_for_the_very_first_place_is_told() -> None:
    first = Lines().signed(opened(77)).lines[0]
    assert examine([*JOURNAL.lines, first], NOTE, trust()).flaws == (
        Flaw(kind=Tampering.REPLAYED, line=9, detail="it was signed as line 1"),
    )


def test_of_several_changes_the_first_is_named() -> None:
    edited = JOURNAL.lines[2].replace(b'"cycle":2', b'"cycle":9')
    (flaw,) = examine([*JOURNAL.lines[:2], edited, b"x", *JOURNAL.lines[4:]], NOTE, trust()).flaws
    assert (flaw.kind, flaw.line, flaw.detail) == (Tampering.EDITED, 3, "")


def test_far_more_lines_may_be_missing_than_are_left() -> None:
    (flaw,) = examine(LONG.lines[:3], LONG_NOTE, trust()).flaws
    assert (flaw.kind, flaw.detail) == (Tampering.TRUNCATED, f"the checkpoint speaks of {len(LONG.lines)} lines, found 3")


def test_a_checkpoint_of_no_lines_has_the_root_of_no_lines() -> None:
    note = sign_checkpoint(Checkpoint(ORIGIN, 0, bytes(32)), public(1), key(1).sign)
    assert told([], note) == [(Tampering.EDITED, None)]


def test_an_event_that_only_speaks_of_a_change_of_key_is_none() -> None:
    journal = Lines().signed(LedgerTampered(at=AT, digest=None, detail='"is":"KeyRotated"'), opened(1))
    assert told(journal.lines, journal.note()) == []
    assert told(journal.lines, Lines().note()) == []


def test_signatures_are_of_the_key_and_no_other() -> None:
    assert key(1).public_key().public_bytes_raw() == public(1) != public(2)


SHORT = long_journal(40)
SHORT_NOTE = SHORT.note()
OTHERS = [*journal_of(3, number=2, first=500).lines, Lines().unsigned(opened(7)).lines[0], b"", b"x"]
steps = st.tuples(st.sampled_from(["delete", "repeat", "put", "change", "swap", "cut"]), st.integers(0, 45), st.integers(0, 45))


def tampered(lines: list[bytes], step: tuple[str, int, int]) -> list[bytes]:
    """Return the lines after one step of somebody who has no key."""
    what, one, two = step
    at, other = one % (len(lines) + 1), two % (len(lines) or 1)
    match what:
        case "delete":
            return [*lines[:at], *lines[at + 1 :]]
        case "repeat":
            return [*lines[:at], *lines[other : other + 1], *lines[at:]]
        case "put":
            return [*lines[:at], OTHERS[two % len(OTHERS)], *lines[at:]]
        case "change":
            return [*lines[:at], *(line[:two] + b"0" + line[two + 1 :] for line in lines[at : at + 1]), *lines[at + 1 :]]
        case "swap":
            return [*lines[:at], *lines[at : at + 2][::-1], *lines[at + 2 :]]
    return lines[:at]


@settings(deadline=None, max_examples=60)
@given(st.lists(steps, min_size=1, max_size=4), st.sampled_from([SHORT_NOTE, SHORT.note(20), SHORT.note(0)]))
def test_whatever_is_done_without_the_key_is_seen_and_named_where_it_begins(plan: list[tuple[str, int, int]], note: bytes) -> None:
    lines = reduce(tampered, plan, SHORT.lines)
    size = {SHORT_NOTE: 40, SHORT.note(20): 20}.get(note, 0)
    flaws = examine(lines, note, trust()).flaws
    first = next((at for at, pair in enumerate(zip(lines, SHORT.lines, strict=False)) if pair[0] != pair[1]), min(len(lines), 40))
    if lines and signature_of(lines[0]) is None and first == 0:
        # Lines without a signature may be older than the key: they are only known not to be by what stands behind them.
        assert flaws
    elif first < len(lines):
        assert [flaw.line for flaw in flaws] == [first + 1]
    else:
        # A beginning of the journal holds as long as the checkpoint speaks of no more.
        assert [(flaw.kind, flaw.line) for flaw in flaws] == ([(Tampering.TRUNCATED, None)] if len(lines) < size else [])
