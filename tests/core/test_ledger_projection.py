"""How the ledger file compares with its projection: each way to change it has a name."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from forgewatch.core.ledger_markdown import HEADER
from forgewatch.core.ledger_projection import Comparison, Deviating, Equal, Extended, Projection, Shortened, compare, condition_of
from forgewatch.core.snapshot import LedgerCondition
from forgewatch.core.values import Absent, Content, Unreadable

BLOCK = "\n---\n## Audit Entry: Phase 1 -- Café — Iteration 1\nOutcome: PASS\n".encode()
WHOLE = HEADER + BLOCK + BLOCK
HEADERLESS = "line 1 differs: expected '# Audit Ledger — Forge AEM', found ''"
PROJECTION = Projection().grown(HEADER + BLOCK).grown(BLOCK)


def compared(content: Content) -> Comparison:
    """Compare with the projection of two blocks."""
    return compare(content, PROJECTION, lambda: WHOLE)


def test_the_projection_knows_its_size_and_digest_however_it_grew() -> None:
    assert Projection().grown(WHOLE) == PROJECTION
    assert PROJECTION.digest == Projection().grown(WHOLE).digest
    assert PROJECTION.size == len(WHOLE)
    assert PROJECTION.grown(b"") is PROJECTION


def test_the_header_comes_before_the_first_block_only() -> None:
    assert Projection().due(BLOCK) == HEADER + BLOCK
    assert PROJECTION.due(BLOCK) == BLOCK
    assert PROJECTION.due(b"") == b""


def test_text_without_a_line_end_gets_one_before_the_next_block() -> None:
    assert PROJECTION.grown(b"I did it").due(BLOCK) == b"\n" + BLOCK


def test_the_same_bytes_are_equal() -> None:
    assert compared(WHOLE) == Equal()


def test_no_file_is_right_as_long_as_nothing_is_due() -> None:
    assert compare(Absent(), Projection(), lambda: b"") == Equal()
    assert compare(b"", Projection(), lambda: b"") == Equal()


@pytest.mark.req("S002-10.6-10")
@pytest.mark.parametrize(
    ("rewritten", "way"),
    [
        (lambda text: text.replace(b"\r\n", b"\n"), "CRLF to LF"),
        (lambda text: text.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"), "LF to CRLF"),
        (lambda text: text[:60].replace(b"\r\n", b"\n"), "CRLF to LF"),
    ],
    ids=["all as LF", "all as CRLF", "a beginning as LF"],
)
def test_line_ends_behind_an_older_text_of_the_other_kind_are_named_both_ways(rewritten: Callable[[bytes], bytes], way: str) -> None:
    older = Projection().grown(HEADER.replace(b"\n", b"\r\n"))
    whole = HEADER.replace(b"\n", b"\r\n") + BLOCK
    found = compare(rewritten(whole), older.grown(BLOCK), lambda: whole)
    assert isinstance(found, Deviating)
    assert found.detail == f"its line endings were rewritten ({way})"


@pytest.mark.req("S002-10.6-10")
def test_a_missing_file_is_named() -> None:
    assert compared(Absent()) == Deviating(f"the ledger is missing; the journal knows {len(WHOLE)} bytes of it", None)


@pytest.mark.req("S002-10.6-10")
def test_a_file_that_cannot_be_believed_is_named() -> None:
    assert compared(Unreadable("is a symlink")) == Deviating("the ledger cannot be read: is a symlink", None)


@pytest.mark.parametrize("size", [0, 1, len(HEADER), len(HEADER) + 7, len(WHOLE) - 1])
def test_a_beginning_lacks_the_rest(size: int) -> None:
    assert compared(WHOLE[:size]) == Shortened(size, WHOLE[size:])


def test_text_behind_the_end_is_extra() -> None:
    assert compared(WHOLE + b"AUTHORIZED\n") == Extended(b"AUTHORIZED\n")


@pytest.mark.req("S002-10.6-10")
@pytest.mark.parametrize(
    ("content", "named"),
    [
        (WHOLE.replace(b"\n", b"\r\n"), "its line endings were rewritten (LF to CRLF)"),
        (WHOLE[:90].replace(b"\n", b"\r\n"), "its line endings were rewritten (LF to CRLF)"),
        (b"\xef\xbb\xbf" + WHOLE, "a byte order mark was put in front of it"),
        (WHOLE.decode().replace("é", "e\u0301").encode(), "its Unicode text was rewritten in another normal form"),
        (WHOLE.replace(b"PASS", b"FAIL", 1), "line 7 differs: expected 'Outcome: PASS', found 'Outcome: FAIL'"),
        (WHOLE.replace(b"\nOutcome: PASS", b"", 1), "line 7 differs: expected 'Outcome: PASS', found ''; 14 bytes were deleted there"),
        (
            WHOLE.replace(b"\nOutcome", b"\nOutcome: AUTHORIZED (committed)\nOutcome", 1),
            "line 7 differs: expected 'Outcome: PASS', found 'Outcome: AUTHORIZED (committed)'; 32 bytes were put in there",
        ),
        (BLOCK + WHOLE, "line 1 differs: expected '# Audit Ledger — Forge AEM', found ''; 68 bytes were put in there"),
        (WHOLE[:-6] + b"\xffASS\n", "line 11 differs: expected 'Outcome: PASS', found 'Outcome:\\\\xffASS'"),
        (BLOCK + BLOCK, f"{HEADERLESS}; {len(HEADER)} bytes were deleted at the beginning"),
        (HEADER + BLOCK[:-5] + BLOCK, "line 7 differs: expected 'Outcome: PASS', found 'Outcome: '; 5 bytes were deleted there"),
        (HEADER + b"x" * 60, f"line 4 differs: expected '', found '{'x' * 60}'"),
        (HEADER + b"x" * 61, f"line 4 differs: expected '', found '{'x' * 59}…'"),
    ],
    ids=[
        *(
            "crlf",
            "crlf of a beginning",
            "bom",
            "nfd",
            "edit",
            "deleted line",
            "inserted line",
            "text in front",
            "no utf-8",
            "header deleted",
        ),
        *("end of an entry deleted", "short line", "long line"),
    ],
)
def test_a_difference_inside_is_named_with_both_sides(content: bytes, named: str) -> None:
    found = compared(content)
    assert isinstance(found, Deviating)
    assert found.found == content
    assert found.detail == named


@pytest.mark.req("S002-10.6-10")
@pytest.mark.parametrize(
    ("content", "condition", "told"),
    [
        (WHOLE, LedgerCondition.INTACT, ""),
        (WHOLE[:-5], LedgerCondition.REPAIRED, f"ended after {len(WHOLE) - 5} of {len(WHOLE)} bytes"),
        (WHOLE + b"more", LedgerCondition.EXTENDED, "4 bytes after the last entry"),
        (BLOCK, LedgerCondition.TAMPERED, f"{HEADERLESS}; {len(WHOLE) - len(BLOCK)} bytes were deleted at the beginning"),
        (Absent(), LedgerCondition.TAMPERED, f"the ledger is missing; the journal knows {len(WHOLE)} bytes of it"),
    ],
)
def test_each_comparison_is_a_condition_of_the_ledger(content: Content, condition: LedgerCondition, told: str) -> None:
    assert condition_of(compared(content), PROJECTION) == (condition, told)


def test_a_ledger_in_which_nothing_is_due_is_new() -> None:
    assert condition_of(Equal(), Projection()) == (LedgerCondition.NEW, "")


def test_swapped_duplicated_and_middle_deleted_blocks_are_differences_inside() -> None:
    first, second = BLOCK, BLOCK.replace(b"Iteration 1", b"Iteration 2")
    whole = HEADER + first + second
    projection = Projection().grown(whole)
    for content in (HEADER + second + first, HEADER + first + first, HEADER + second, HEADER + first + b"x" + second):
        assert isinstance(compare(content, projection, lambda: whole), Deviating), content
