"""A frozen mapping that grows."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from forgewatch.core.growing import Growing


@given(st.lists(st.tuples(st.integers(0, 20), st.integers())))
def test_it_answers_like_a_dictionary_that_was_filled_the_same_way(pairs: list[tuple[int, int]]) -> None:
    growing: Growing[int, int] = Growing()
    plain: dict[int, int] = {}
    for key, value in pairs:
        growing = growing.put(key, value)
        plain[key] = value
    assert {key: growing.get(key) for key in growing} == plain
    assert list(growing) == list(plain)
    assert len(growing) == len(plain)
    assert all((key in growing) == (key in plain) for key in range(22))
    assert growing.get(99) is None


def test_an_older_value_does_not_see_later_additions() -> None:
    empty: Growing[str, int] = Growing()
    first = empty.put("a", 1)
    second = first.put("a", 2).put("b", 3)
    assert (first.get("a"), first.get("b")) == (1, None)
    assert (second.get("a"), second.get("b")) == (2, 3)


def test_ten_thousand_additions_keep_few_layers() -> None:
    growing: Growing[int, int] = Growing()
    for key in range(10_000):
        growing = growing.put(key, key)
    assert len(growing.layers) <= 15
    assert growing.get(1234) == 1234
