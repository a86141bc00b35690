"""Runs of lines by themselves, and put together again: nothing depends on where one ends and the next begins."""

from __future__ import annotations

import base64
import hashlib

import pytest

from forgewatch.core.events import Adopted, KeyRotated, LedgerClaimed, LedgerRestored
from forgewatch.core.journal_line import decode_line, encode_line
from forgewatch.core.journal_scan import RUN, Block, Lines, Run, block_of, scan
from forgewatch.core.ledger_markdown import render_event
from forgewatch.core.merkle import Frontier, leaf_hash
from forgewatch.core.record_state import FIRST_CONTACT
from forgewatch.core.tampering import Flaw, Tampering
from forgewatch.core.values import Refused
from tests.support.answers import digest
from tests.support.signed import AT, journal_of, long_journal, opened, public
from tests.support.signed import Lines as Journal

UNSIGNED = encode_line(opened(1))[:-1]
SIGNED = journal_of(4).lines
ROTATED = KeyRotated(at=AT, public=base64.b64encode(public(2)).decode(), actor="me")


def together(*runs: list[bytes]) -> Lines:
    """Return runs that are filled up with unsigned lines at their beginning where another follows."""
    full = [[*([UNSIGNED] * (RUN - len(run))), *run] for run in runs[:-1]] + [runs[-1]]
    return Lines([line for run in full for line in run], [scan(number * RUN, run) for number, run in enumerate(full)])


def test_a_run_tells_where_its_first_signed_and_unsigned_lines_are() -> None:
    def told(*lines: bytes) -> tuple[int | None, int | None, int | None]:
        run = scan(10, lines)
        return run.signed, run.unsigned, run.lapsed

    assert told() == (None, None, None)
    assert told(SIGNED[0], SIGNED[1]) == (10, None, None)
    assert told(UNSIGNED, UNSIGNED) == (None, 10, None)
    assert told(UNSIGNED, SIGNED[0], SIGNED[1]) == (11, 10, None)
    assert told(SIGNED[0], UNSIGNED, UNSIGNED) == (10, 11, 11)
    assert told(UNSIGNED, SIGNED[0], SIGNED[1], UNSIGNED) == (11, 10, 13)


def test_an_unsigned_line_behind_a_signed_one_is_a_flaw_also_in_the_next_run() -> None:
    def line(lines: Lines) -> int | None:
        flaw = lines.flaw()
        assert flaw is None or flaw.kind is Tampering.UNSIGNED
        return flaw and flaw.line

    assert line(together([], [UNSIGNED, SIGNED[0]])) is None
    assert line(together([SIGNED[0]], [SIGNED[1]])) is None
    assert line(together([SIGNED[0]], [SIGNED[1], UNSIGNED])) == RUN + 2
    assert line(together([], [SIGNED[1], UNSIGNED])) == RUN + 2
    assert line(together([SIGNED[0], UNSIGNED], [SIGNED[1]])) == RUN
    assert line(together([SIGNED[0]], [UNSIGNED])) == RUN + 1
    assert line(together([SIGNED[0]], [UNSIGNED, SIGNED[1]])) == RUN + 1
    assert line(together([SIGNED[0]], [], [SIGNED[1]])) == RUN + 1


def test_the_first_flaw_of_all_runs_is_told() -> None:
    assert together([b"x"], [b"y"]).flaw() == Flaw(kind=Tampering.EDITED, line=RUN, detail="is no canonical JSON: JSONDecodeError")
    flaw = together([SIGNED[0]], [b"y", UNSIGNED]).flaw()
    assert flaw is not None
    assert (flaw.kind, flaw.line) == (Tampering.EDITED, RUN + 1)


def test_what_stands_behind_a_flaw_is_hashed_and_not_looked_at() -> None:
    run = scan(0, [SIGNED[0], b"x", UNSIGNED, b"y"])
    assert (run.flaw and run.flaw.line, run.signed, run.unsigned) == (2, 0, None)
    assert run.tree == Frontier().grown(map(leaf_hash, [SIGNED[0], b"x", UNSIGNED, b"y"]))


def test_changes_of_key_and_blocks_are_told_in_order_over_all_runs() -> None:
    journal = Journal().signed(LedgerRestored(at=AT, actor="me"), opened(1), ROTATED, LedgerRestored(at=AT, actor="you"))
    lines = together(journal.lines, journal.lines)
    assert list(lines.rotations()) == [RUN - 2, RUN + 2]
    assert [block.seq for block in lines.blocks()] == [RUN - 4, RUN - 1, RUN, RUN + 3]
    assert lines.first_signed() == RUN - 4
    assert together([], [UNSIGNED]).first_signed() is None


EVENTS = {
    "first contact": (Adopted(at=AT, commit=None, legacy=None, actor=FIRST_CONTACT), None),
    "first contact with older text": (Adopted(at=AT, commit=None, legacy=digest("old"), actor=FIRST_CONTACT), digest("old")),
    "adopted": (Adopted(at=AT, commit=None, legacy=None, actor="me"), None),
    "claim": (LedgerClaimed(at=AT, digest=digest("claim"), size=3), digest("claim")),
    "restored": (LedgerRestored(at=AT, actor="me"), None),
    "change of key": (ROTATED, None),
}


@pytest.mark.parametrize(("event", "foreign"), EVENTS.values(), ids=EVENTS)
def test_a_block_is_what_the_event_adds_to_the_markdown(event: Adopted, foreign: str | None) -> None:
    recorded = decode_line(7, encode_line(event)[:-1])
    assert not isinstance(recorded, Refused)
    text = render_event(recorded)
    wanted = Block(7, foreign, len(text), hashlib.sha256(text).digest()) if text or foreign else None  # type: ignore[arg-type]
    assert block_of(recorded) == wanted


JOURNAL = long_journal(2 * RUN + 10)


def runs_of(lines: list[bytes]) -> list[Run]:
    return [scan(first, lines[first : first + RUN]) for first in range(0, len(lines), RUN)]


@pytest.mark.parametrize("count", [0, 1, RUN - 1, RUN, RUN + 1, 2 * RUN, 2 * RUN + 10])
def test_the_tree_of_any_beginning_is_the_tree_of_its_lines(count: int) -> None:
    lines = Lines(JOURNAL.lines[:count], runs_of(JOURNAL.lines[:count]))
    assert len(lines) == count
    assert lines.tree == Frontier().grown(map(leaf_hash, JOURNAL.lines[:count]))
    for size in {size for size in (0, 1, count // 2, RUN, RUN + 3, 2 * RUN, count) if size <= count}:
        assert lines.tree_of(size) == Frontier().grown(map(leaf_hash, JOURNAL.lines[:size]))


def test_the_roots_before_each_line_are_those_of_the_trees_before_it() -> None:
    lines = Lines(JOURNAL.lines, runs_of(JOURNAL.lines))
    for first, last in ((0, 3), (RUN - 2, RUN + 2), (2 * RUN + 8, 2 * RUN + 10), (5, 5), (2 * RUN + 10, 2 * RUN + 10)):
        assert list(lines.roots(first, last)) == [(seq, lines.tree_of(seq).root) for seq in range(first, last)]


def test_a_line_is_found_before_a_place_and_not_behind_it() -> None:
    lines = Lines(JOURNAL.lines, runs_of(JOURNAL.lines))
    for seq in (0, 5, RUN - 1, RUN, 2 * RUN + 9):
        assert lines.place_of(JOURNAL.lines[seq], seq + 1) == seq
        assert lines.place_of(JOURNAL.lines[seq], seq) is None
