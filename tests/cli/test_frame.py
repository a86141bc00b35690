"""Laying text out on a terminal: no line too wide that could be broken, no word broken, no frame too tall."""

from __future__ import annotations

import pytest

from forgewatch.cli.frame import fitted, height, width, wrapped

RED = "\x1b[31mFAIL\x1b[0m"
LONG = "Forge/evidence/a_name_that_is_wider_than_the_whole_terminal_is.md"


def test_colours_take_no_room_and_wide_characters_two_columns() -> None:
    assert (width(RED), width("日本"), width("e\u0301"), width("")) == (4, 4, 1, 0)


@pytest.mark.parametrize("columns", [1, 2, 10, 40, 48, 80, 200])
def test_no_line_is_wider_than_the_terminal_unless_it_is_one_word_and_nothing_is_lost(columns: int) -> None:
    lines = ("outcome:     " + f"{RED}, STOP: CONTRACT_CONFLICT and more words " * 4, f"  - A1: claim {LONG}; remove it", "   ", "", LONG)
    for line in lines:
        rows = list(wrapped(line, columns))
        assert " ".join(" ".join(rows).split()) == " ".join(line.split())
        for row in rows:
            assert width(row) <= columns or len(row.split()) <= 1 or len(row.split()[0]) == 1, (columns, row)


def test_what_follows_stands_below_what_the_line_begins_with() -> None:
    assert list(wrapped("phase:       one two three four five six seven eight nine ten eleven", 50)) == [
        "phase:       one two three four five six seven",
        "             eight nine ten eleven",
    ]
    assert list(wrapped("phase:       one two three", 20)) == ["phase:       one two", "  three"]
    assert list(wrapped("  - A1: claim or remove it", 16)) == ["  - A1: claim or", "    remove it"]
    assert list(wrapped("  A1 Scope: none of it", 12)) == ["  A1 Scope:", "    none of", "    it"]


def test_a_word_that_is_too_wide_stays_whole_for_who_copies_it() -> None:
    rows = list(wrapped(f"  - A3: mend {LONG} now", 30))
    assert rows == ["  - A3: mend", f"    {LONG}", "    now"]
    assert (height(rows[1], 30), height("", 30), height("x" * 30, 30), height("x" * 31, 30)) == (3, 1, 1, 2)


def test_a_frame_that_fits_is_whole_and_one_that_does_not_says_what_is_left_out() -> None:
    lines = [f"line {number}" for number in range(10)]
    assert fitted(lines, 80, 10) == lines
    assert fitted(lines, 80, 4) == ["line 0", "line 1", "line 2", "(7 more lines)"]
    assert fitted(lines, 5, 1) == ["(20 m"]
    assert fitted(["a", LONG, "b"], 30, 3) == ["a", "(2 more lines)"]
    assert fitted(lines, 80, 0) == ["(10 more lines)"]
