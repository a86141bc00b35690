"""Patterns are compiled to linear time, and what cannot be is told with its rewrite."""

from __future__ import annotations

import pytest

from forgewatch.core.defect import Defect
from forgewatch.core.limits import Limits
from forgewatch.core.patterns import HITS_SHOWN, TextPattern, bare_name, compile_pattern


def compiled(text: str, *, case: bool = False) -> TextPattern:
    """Return the compiled pattern; a defect fails the test."""
    found = compile_pattern(text, case=case)
    assert isinstance(found, TextPattern), found
    return found


@pytest.mark.req("S002-10.7-A4")
@pytest.mark.parametrize(
    ("text", "data", "lines"),
    [
        ("asyncpg", b"x\nimport AsyncPG\n", (2,)),
        (r"\bSELECT\b.*\bFROM\b", b"select 1\nselect a from b\nselected from\n", (2,)),
        ("^import", b" import\nimport a\nx import\n", (2,)),
        ("x$", b"x\nxy\nax", (1, 3)),
        ("a.b", b"a\nb\na-b\n", (3,)),
        (r"a\s+b", b"1\na\n\nb a b\n", (2, 4)),
        ("aa", b"aa aa aa\naa\n", (1, 2)),
        ("é", "É\n".encode(), (1,)),
        ("from fastapi import Request|Response", b"Response\n", (1,)),
        ("nothing", b"something\n", ()),
    ],
)
def test_a_pattern_tells_the_lines_it_matches(text: str, data: bytes, lines: tuple[int, ...]) -> None:
    assert compiled(text).lines(data) == lines


def test_case_counts_only_when_asked_for() -> None:
    assert compiled("Request", case=True).lines(b"request\nRequest\n") == (2,)
    assert compile_pattern("Request") == compiled("Request", case=False)


def test_the_lines_told_of_one_pattern_are_bounded() -> None:
    assert len(compiled("a").lines(b"a\n" * 1000)) == HITS_SHOWN


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("a(?=b)", "a look-ahead is not supported"),
        ("a(?!b)", "a negative look-ahead is not supported"),
        ("(?<=a)b", "a look-behind is not supported"),
        ("(?<!a)b", "a negative look-behind is not supported"),
        ("(?>a)", "write (?:...)"),
        ("(?x) a", "without white space"),
        ("a(?#b)", "use the reason"),
        ("(?P<n>a)(?P=n)", "a back reference is not supported"),
        (r"(a)\1", "a back reference is not supported"),
        (r"a\Z", r"write \z for the end of the text"),
        (r"\u0041", r"write \x{....} for a code point"),
        ("a(b", "escape the characters that are meant literally"),
        ("a{1001}", "escape the characters"),
    ],
)
def test_unsupported_syntax_names_the_pattern_and_the_rewrite(text: str, advice: str, capfd: pytest.CaptureFixture[str]) -> None:
    found = compile_pattern(text)
    assert isinstance(found, Defect)
    assert repr(text) in str(found)
    assert advice in str(found)
    assert "(?m)" not in str(found)
    # The library would write every pattern it cannot read to the error stream of the daemon.
    assert capfd.readouterr() == ("", "")


def test_what_is_wrong_with_a_pattern_is_told_without_what_was_put_before_it() -> None:
    assert str(compile_pattern("a(b")).startswith("expected a pattern that google-re2 can read, found 'a(b': missing ): a(b; escape")
    assert "surrogates not allowed; escape" in str(compile_pattern("a\ud800"))


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("backend/**/*", "write 'backend' for the path"),
        ("**/repositories/**/*", "'repositories' for the import"),
        ("**/*.sql", r"write '\\.sql\\b'"),
        ("*.sql", r"write '\\.sql\\b'"),
        ("app/*.py", "write 'app' for the path"),
        ("*.test.ts", r"write '\\.ts\\b'"),
        ("backend/my-repos/**", r"'backend/my-repos' for the path, or 'backend\\.my-repos' for the import"),
        ("**", "write the text that is forbidden"),
    ],
)
def test_a_glob_where_a_pattern_belongs_names_the_rewrite(text: str, advice: str) -> None:
    found = compile_pattern(text)
    assert isinstance(found, Defect)
    assert "found the glob" in str(found)
    assert advice in str(found)


@pytest.mark.parametrize(
    "text", ["https?://", r"^\.\./(utils|lib)/", r"app/*/\w+", ".*", r"/\*", "return.*<", "import.*from.*['\"]@/components", r"\*\*", "a*"]
)
def test_a_real_pattern_with_stars_and_slashes_is_no_glob(text: str) -> None:
    assert isinstance(compile_pattern(text), TextPattern)


def test_the_bounds_of_a_pattern_are_told() -> None:
    assert "at most 512 characters, found 513" in str(compile_pattern("a" * 513))
    assert isinstance(compile_pattern("a" * 512), TextPattern)
    assert "empty pattern" in str(compile_pattern(""))
    assert "google-re2" in str(compile_pattern("x{900}" * 80, limits=Limits(pattern_memory=10_000)))
    assert "google-re2" in str(compile_pattern("a\ud800"))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("asyncpg", "asyncpg"),
        ("app.repos", "app.repos"),
        (r"app\.repos", "app.repos"),
        ("größe.x", "größe.x"),
        ("from app.repos", None),
        ("a|b", None),
        ("a.", None),
        ("2a", None),
        ("a.*", None),
    ],
)
def test_a_bare_dotted_name_is_recognised(text: str, name: str | None) -> None:
    assert bare_name(text) == name


def test_patterns_are_equal_by_text_and_case() -> None:
    assert compiled("a") == compiled("a")
    assert compiled("a") != compiled("a", case=True)
    assert compiled("a") != "a"
    assert len({compiled("a"), compiled("a")}) == 1
