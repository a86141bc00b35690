"""X-CHURN: files that differ in white space only, and long files written anew, are told; ordinary work is not."""

from __future__ import annotations

import pytest

from forgewatch.checks.x_churn import judge
from forgewatch.core.verdict import Ruling
from tests.support.snapshots import snapshot, written

LONG = "".join(f"line_{n} = f({n})\n" for n in range(100))


def audited(*files: tuple[str, str | None, str | None]) -> Ruling:
    return judge(snapshot(**written(*files)))


def told(ruling: Ruling) -> list[str]:
    return [f"{found.code} {found.path} {found.actual}" for found in ruling.findings]


@pytest.mark.req("S002-3-2")
@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        ("app/a.py", "x = f(1,2)\n", "x = f(1, 2)\n"),
        ("app/a.py", "x = 1\ny = 2\n", "x = 1\n\n\ny = 2\n"),
        ("app/a.py", "x = 1  \n", "x = 1\n"),
        ("web/a.ts", "f(a,b)\n", "f(\n  a,\n  b\n)\n"),
        ("main.go", "if x {\n    f()\n}\n", "if x {\n\tf()\n}\n"),
        ("web/a.ts", "f(a,b)\n", "f(a,\u00a0b)\n"),
        ("web/a.ts", "f(a,\u00a0b)\n", "f(a, b)\n"),
        ("web/a.ts", "f('ä',b)\n", "f('ä',\u3000b)\n"),
    ],
)
def test_a_file_that_differs_in_white_space_only_is_told(path: str, before: str, after: str) -> None:
    assert told(audited((path, before, after))) == [f"XC01 {path} white space only"]


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        ("app/a.py", "if x:\n    f()\n    g()\n", "if x:\n    f()\ng()\n"),
        ("app/a.py", "x = 1\n", "x = 2\n"),
        ("app/a.py", "x = 1\n", "x = 1\r\n"),
        ("app/a.py", "x = 1\n", "# one\nx = 1\n"),
        ("README.md", "a b\n", "a  b\n"),
        ("data.json", "{}\n", "{ }\n"),
        ("a.ipynb", "{}\n", "{ }\n"),
    ],
)
def test_a_change_of_meaning_of_line_ends_or_of_other_files_is_not_told(path: str, before: str, after: str) -> None:
    assert told(audited((path, before, after))) == []


@pytest.mark.req("S002-3-2")
def test_a_long_file_of_which_almost_nothing_stayed_is_told() -> None:
    after = "".join(f"other_{n} = g({n})\n" for n in range(100)) + "line_1 = f(1)\n"
    ruling = audited(("app/a.py", LONG, after))
    assert told(ruling) == ["XC02 app/a.py 1 of 100 lines stayed"]
    assert ruling.basis == "1 modified source file looked at"


@pytest.mark.req("S002-3-2")
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_file_of_exactly_so_many_lines_is_long_whatever_ends_them(end: str) -> None:
    before = end.join(LONG.splitlines())
    assert told(audited(("app/a.py", before, f"x = 1{end}"))) == ["XC02 app/a.py 0 of 100 lines stayed"]


@pytest.mark.parametrize("before", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("after", ["\n", "\r\n", "\r"])
def test_a_long_file_with_one_new_line_and_other_line_ends_is_not_written_anew(before: str, after: str) -> None:
    texts = (end.join([*LONG.splitlines(), last]) for end, last in ((before, "old()"), (after, "new()")))
    assert told(audited(("app/a.py", *texts))) == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (LONG, LONG.replace("line_1 ", "line_one ")),
        (LONG, "".join(LONG.splitlines(keepends=True)[:20]) + "more()\n"),
        (LONG, "".join(reversed(LONG.splitlines(keepends=True)))),
        (LONG, "class A:\n" + "".join(f"    {line}\n" for line in LONG.splitlines())),
        ("".join(LONG.splitlines(keepends=True)[:99]), "x = 1\n"),
        (None, LONG),
        (LONG, None),
    ],
    ids=["one line", "a fifth stayed", "moved about", "indented", "a short file", "new", "removed"],
)
def test_an_ordinary_change_of_a_long_file_is_not_told(before: str | None, after: str | None) -> None:
    assert told(audited(("app/a.py", before, after))) == []


def test_without_modified_source_it_does_not_apply() -> None:
    assert not audited(("README.md", "a\n", "b\n"), ("app/a.py", None, "x = 1\n")).applicable
