"""Patterns of names as OpenSSH has them."""

from __future__ import annotations

import pytest

from forgewatch.core.wildcards import in_list, is_wild, matches


@pytest.mark.parametrize(
    ("pattern", "name", "fits"),
    [
        ("alice", "alice", True),
        ("alice", "alice2", False),
        ("alice", "Alice", False),
        ("*", "", True),
        ("", "", True),
        ("", "a", False),
        ("*@example.com", "alice@example.com", True),
        ("*@example.com", "alice@example.com.evil", False),
        ("*@*.example.com", "a@b.example.com", True),
        ("*a*b*", "xxaxxbxx", True),
        ("*a*b*", "xxbxxaxx", False),
        ("?lice", "alice", True),
        ("?lice", "lice", False),
        ("a**", "a", True),
        ("a?", "a", False),
        ("[a]", "a", False),
    ],
)
def test_a_star_is_any_characters_and_a_question_mark_one(pattern: str, name: str, fits: bool) -> None:
    assert matches(pattern, name) is fits


def test_many_stars_take_no_more_than_pattern_times_name() -> None:
    assert not matches("*a" * 100 + "b", "a" * 5000)


@pytest.mark.parametrize(
    ("patterns", "name", "fits"),
    [
        (("alice", "bob"), "bob", True),
        (("*", "!bob"), "bob", False),
        (("!bob", "*"), "bob", False),
        (("!bob", "*"), "alice", True),
        (("!bob",), "alice", False),
        ((), "alice", False),
    ],
)
def test_a_pattern_with_an_exclamation_mark_excludes(patterns: tuple[str, ...], name: str, fits: bool) -> None:
    assert in_list(patterns, name) is fits


def test_a_wild_pattern_is_nobody_in_particular() -> None:
    assert [is_wild(name) for name in ("alice", "a*", "?b")] == [False, True, True]
