"""Each file of a text once, and no more of them than fit into memory (S002-0.1-9)."""

from __future__ import annotations

from forgewatch.core.block_order import Fate, Order
from tests.support.blocks import PLAN, block, events_of


def order_of(text: str, limit: int) -> list[tuple[str | None, bytes, str, int]]:
    order = Order(limit)
    for event in events_of(text):
        order.add(event)
    return [(each.file.path, each.file.content, each.why, each.size) for each in order.files]


def test_files_come_in_the_order_of_the_blocks_that_count_and_refused_ones_where_they_stand() -> None:
    text = PLAN + block("a", "1\n") + block("../x", "no\n") + block("b", "2\n") + block("a", "3\n") + block("../x", "no\n")
    assert order_of(text, 100) == [
        (None, b"", "climbs with '..'", 3),
        ("b", b"2\n", "", 2),
        ("a", b"3\n", "", 2),
        (None, b"", "climbs with '..'", 3),
    ]


def test_what_goes_over_the_limit_of_all_files_is_refused_and_smaller_ones_after_it_are_not() -> None:
    text = block("a", "x" * 9 + "\n") + block("b", "x" * 20 + "\n") + block("c", "y\n")
    why = "goes over the limit of 12 bytes of all files of one text"
    assert order_of(text, 12) == [("a", b"x" * 9 + b"\n", "", 10), ("b", b"", why, 21), ("c", b"y\n", "", 2)]


def test_a_file_that_is_given_again_counts_once() -> None:
    text = block("a", "x" * 9 + "\n") * 5
    assert order_of(text, 10) == [("a", b"x" * 9 + b"\n", "", 10)]


def test_only_what_is_refused_or_failed_is_not_done() -> None:
    assert [fate for fate in Fate if not fate.is_done] == [Fate.REFUSED, Fate.FAILED]
