"""A file that cannot hold a hit is not taken apart; one that can always is, whatever pattern and prose are."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forgewatch.core.boundaries import scan
from forgewatch.core.facts import LayerFacts
from forgewatch.core.pattern_reach import loosened, may_import_below, may_match_code
from forgewatch.core.patterns import TextPattern, compile_pattern
from forgewatch.core.python_source import blank_prose, parse_source
from forgewatch.core.values import RepoPath
from tests.core.test_boundaries import lines, rules


def may(pattern: str, text: str, *, case: bool = False) -> bool:
    return may_match_code(pattern, text.encode(), case=case)


@pytest.mark.parametrize("pattern", ["asyncpg", r"os\.system", r"\bSELECT\b.*\bFROM\b", "[a-z_.]+pg", r"(?i)select\d", r"a\tb", r"x\-y"])
def test_a_pattern_without_a_space_in_it_is_quiet_where_the_text_is(pattern: str) -> None:
    assert not may(pattern, "x = 1  # nothing of it\n")


@pytest.mark.parametrize("space", [" ", r"\s", r"\s+", "[^a-z]+", r"[\s]+", r"\W+", r"\D+", r"\x20+", r"\pZ+", "[[:space:]]+", ".+"])
def test_prose_between_two_words_is_a_space_in_the_code(space: str) -> None:
    assert may(f"from{space}x", "from#x")
    assert not may(f"from{space}x", "to#x")


def test_a_match_over_blanked_prose_is_found_as_before() -> None:
    text = "run(a, # why\n    b)\n"
    assert lines(r"a,\s+b", text) == [1]
    assert lines(r"a, {6}", text) == [1]
    assert lines(r";\Bx|; {4}$", "y = 1;'no'\n") == [1]
    assert lines(r"; +\B$", "y = 1; # no\n") == [1]


def test_what_is_written_in_other_letters_or_called_may_be_anything() -> None:
    assert lines("asyncpg", "import \uff41syncpg\n") == [1]
    assert lines("asyncpg", "import importlib\nimportlib.import_module('async' + 'pg')\n") == [2]
    assert lines("app.repos", "from ...repos import users\n") == [1]
    assert lines("app.api", "from . import users\n") == [1]
    assert lines("app.api", "from app import nothing\n") == []
    assert lines({"pattern": "App.Api", "case": "sensitive"}, "from . import users\n") == []


def test_a_pattern_that_matches_nothing_at_all_matches_no_file_that_has_text() -> None:
    assert lines(r"\A\z", "x = 1\n") == []
    assert lines(r"\A\z", "") == [1]
    assert lines(r"^$", "x = 1\ny = 2") == []
    assert lines({"pattern": "why", "scope": "raw"}, "x = 1  # why\n") == [1]


def test_a_quiet_file_is_not_parsed() -> None:
    # What does not parse is scanned as it stands, so nothing tells a parse that failed from one that was not tried: a chain of names
    # that would be refused takes the time of one search.
    assert scan(rules("asyncpg"), RepoPath("app/x.py"), b"x" + b".a" * 100_000) == LayerFacts()


def test_a_module_is_reached_by_its_own_words_or_by_the_place_of_the_file() -> None:
    assert may_import_below("app.Repos", "app/api/x.py", "from ..repos import y")
    assert not may_import_below("app.repos", "app/api/x.py", "from ..models import y")
    assert not may_import_below("asyncpg", "app/api/x.py", "")


@pytest.mark.parametrize("pattern", [r"\Qa b\E", r"\C", "(", "x" * 60_000])
def test_a_pattern_that_cannot_be_loosened_may_match_anywhere(pattern: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert loosened(pattern, False) is None
    assert may(pattern, "nothing")
    assert capfd.readouterr() == ("", "")


def test_letters_match_in_their_own_case_where_the_rule_says_so() -> None:
    assert may("SELECT", "select")
    assert not may("SELECT", "select", case=True)


ATOMS = st.sampled_from(
    [
        *("x", "y", "#", "'", ";", ",", " ", ".", r"\.", r"\s", r"\S", r"\w", r"\W", r"\D", r"\b", r"\B", "^", "$", r"\n", r"\t", "[^x]"),
        *("[x-z]", "[ #]", r"\x20", "[[:blank:]]", r"\pZ", r"\A", r"\z", "(?:x|y)", "(?s:.)", r"\'", "doc"),
    ]
)
PATTERNS = st.lists(st.tuples(ATOMS, st.sampled_from(["", "", "", "*", "+", "?", "{2}"])), min_size=1, max_size=5)
PIECES = st.lists(
    st.sampled_from(
        ["x = y", "x", ";", " ", "\n", "# x y", "#", "'doc'", '"""x\ny"""', "r'x'", ":", "if x:\n  ", ",", "(", ")", "\t", "'x'"]
    ),
    max_size=10,
)


@settings(max_examples=400, deadline=None)
@given(PATTERNS, PIECES)
def test_what_matches_the_code_is_never_called_quiet(parts: list[tuple[str, str]], pieces: list[str]) -> None:
    pattern, text = "".join(atom + ("" if atom in "^$" else count) for atom, count in parts), "".join(pieces)
    compiled, tree = compile_pattern(pattern), parse_source(text)
    if isinstance(compiled, TextPattern) and isinstance(tree, ast.Module) and compiled.lines(blank_prose(text, tree).encode()):
        assert may(pattern, text)
