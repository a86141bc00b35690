"""Contracts and sources made to exhaust, crash or deceive their reader: each ends as a value, within a second of processor time."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable

import pytest

from forgewatch.core.boundaries import Boundaries, parse_boundaries, scan
from forgewatch.core.defect import Defect
from forgewatch.core.globs import GlobSet, compile_globs
from forgewatch.core.patterns import TextPattern, compile_pattern
from forgewatch.core.physics import parse_physics
from forgewatch.core.python_imports import extract_imports
from forgewatch.core.routes import extract_routes
from forgewatch.core.strict_json import parse_json
from forgewatch.core.strict_yaml import parse_yaml
from forgewatch.core.values import RepoPath
from tests.support import pace

KIB = 1024
CONTRACT = 256 * KIB
SECONDS = 1.0
HERE = RepoPath("app/x.py")


def within(call: Callable[[], object], seconds: float = SECONDS) -> object:
    """Return what the call returns; one that takes longer fails the test."""
    started = time.process_time()
    found = call()
    taken = time.process_time() - started
    assert taken < pace.seconds(seconds), f"expected less than {pace.seconds(seconds)} s, took {taken:.2f} s"
    return found


def laughs() -> bytes:
    """Return a document whose aliases would grow to ten to the ninth."""
    lines = ["a0: &a0 [lol]"] + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    return "\n".join(lines).encode()


@pytest.mark.req("S001-1-1")
@pytest.mark.parametrize(
    "raw",
    [
        laughs(),
        b"a: &a [*a]\n",
        b"[" * CONTRACT,
        b"{a: " * (CONTRACT // 4),
        b"- " * (CONTRACT // 2),
        b"? " * (CONTRACT // 2),
        b"a: !!python/object/apply:os.system ['touch /tmp/pwned']\n",
        b"!!python/name:os.system\n",
        b"<<: {a: 1}\n",
        b"a: 1\na: 2\n",
        b"- x\n" * 25_000,
        b"\n".join(b" " * n + b"a:" for n in range(500)),
        b"".join(b"%%TAG !a%d! b:\n" % n for n in range(15_000)),
        b'"' + b"\\x41" * 60_000,
        b"a: " + b"9" * 60_000,
        b"x" * (CONTRACT + 1),
        b"\xff\xfe\x00",
        b"--- a\n--- b\n",
    ],
    ids=lambda raw: raw[:12].decode("latin-1"),
)
def test_a_yaml_bomb_is_a_defect(raw: bytes) -> None:
    assert isinstance(within(lambda: parse_yaml(raw)), Defect)
    assert within(lambda: parse_physics(raw).defect, 2 * SECONDS) is not None


def test_a_bad_date_is_text() -> None:
    assert parse_yaml(b"a: 2026-13-45T99:99:99Z\n") == {"a": "2026-13-45T99:99:99Z"}


@pytest.mark.req("S002-10.7-A4")
@pytest.mark.parametrize(
    "raw",
    [
        b"[" * CONTRACT,
        b'{"a":' * (CONTRACT // 5),
        b'{"layers": [], "layers": [1]}',
        b'{"a": NaN}',
        b"[Infinity, -Infinity]",
        b"9" * 1000,
        b'["' * (CONTRACT // 2),
        b'"' + b"\\u0041" * 40_000,
        b'"\\ud800"',
        b"\x00",
        b" " * CONTRACT,
        b" " * (CONTRACT + 1),
    ],
    ids=lambda raw: raw[:12].decode("latin-1"),
)
def test_a_json_bomb_is_a_defect(raw: bytes) -> None:
    assert isinstance(within(lambda: parse_json(raw)), Defect)
    assert isinstance(within(lambda: parse_boundaries(raw)), Defect)


@pytest.mark.req("S002-10.7-A4")
@pytest.mark.parametrize("text", ["(a+)+$", "(a|a)*$", "(a*)*b", "(.*)*x", "a*a*a*a*a*a*a*a*b", r"(\w+\s?)*$x"])
def test_a_pattern_made_to_explode_is_linear(text: str) -> None:
    pattern = compile_pattern(text)
    assert isinstance(pattern, TextPattern)
    within(lambda: pattern.lines(b"a" * 1024 * KIB + b"!"))


@pytest.mark.req("S002-10.7-A4")
@pytest.mark.parametrize(
    "text", ["a" * 1024 * KIB, "(?<=a)b", "(" * 500, "((((a{1000}){1000}){1000}){1000})", "[" * 500, r"\pX", "(a{50}){20}" * 40]
)
def test_a_pattern_that_is_too_much_is_a_defect(text: str) -> None:
    assert isinstance(within(lambda: compile_pattern(text)), Defect)


def test_a_rule_file_of_the_largest_patterns_is_read_and_used_in_bounds() -> None:
    forbidden = [{"pattern": "x" * 500 + f"(a|b){{{n}}}"} for n in range(1, 256)]
    raw = json.dumps({"layers": [{"name": "a", "glob": "**", "forbidden": forbidden}]}).encode()
    rules = within(lambda: parse_boundaries(raw))
    assert isinstance(rules, Boundaries)
    assert within(lambda: scan(rules, HERE, b"x = 1\n" * 20_000), 3 * SECONDS) is not None


@pytest.mark.parametrize("glob", ["*a" * 250 + "b", "**/a" * 120 + "b", "{" + "a," * 240 + "b}**", "{a,b}" * 16 + "*" * 300, "?" * 500])
def test_a_glob_made_to_explode_is_linear(glob: str) -> None:
    found = compile_globs([glob])
    assert isinstance(found, GlobSet)
    within(lambda: found.matches("a/" * 2000 + "a" * 2000))


@pytest.mark.parametrize(
    "text",
    [
        "(" * 10_000 + ")" * 10_000,
        "x = " + "[" * 150 + "]" * 150,
        "-" * 500_000 + "1",
        "x = " + "+".join(["1"] * 200_000),
        "x = a" + ".b" * 200_000,
        "x = a" + "()" * 100_000,
        "x = a" + "[0]" * 100_000,
        "lambda:" * 50_000 + "1",
        "import " + ".".join(["a"] * 300_000),
        "from " + "." * 300_000 + " import x",
        "\n".join(" " * n + "if 1:" for n in range(2000)),
        "if a: pass\n" + "elif a: pass\n" * 50_000,
        "x = " + "1" * 500_000,
        "'" * 300_001,
        "f'{" * 50 + "1" + "}'" * 50,
        "__import__(" * 150 + "'a'" + ")" * 150,
        "__import__(" + "+".join(["'a'"] * 2000) + ")",
        "# " + "\x0c" * 300_000,
        "\\\n" * 100_000,
        "\x00" * 1000,
        'x = f"' + "{a}" * 170_000 + '"',
        "x = Rf'''" + '{a}"\n' * 100_000 + "'''",
        "import pytest\n" + "pytest.importorskip('a')\n" * 3_000 + "import a\n" * 6_000,
    ],
    ids=lambda text: text[:12].encode("unicode_escape").decode(),
)
def test_a_source_made_to_crash_the_parser_is_a_value(text: str) -> None:
    raw = f"router = 1 #asyncpg\n{text}\n".encode()
    rules = parse_boundaries(b'{"layers": [{"name": "a", "glob": "**", "forbidden": [{"pattern": "asyncpg"}]}]}')
    assert isinstance(rules, Boundaries)
    assert within(lambda: extract_imports(HERE, raw), 3 * SECONDS) is not None
    assert within(lambda: extract_routes(HERE, raw), 3 * SECONDS) is not None
    assert within(lambda: scan(rules, HERE, raw), 5 * SECONDS) is not None


def test_the_recursion_limit_is_left_as_it_was() -> None:
    before = sys.getrecursionlimit()
    extract_imports(HERE, b"x = " + b"+".join([b"1"] * 100_000))
    assert sys.getrecursionlimit() == before
