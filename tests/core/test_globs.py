"""Layer globs select what gitignore users expect, for one path and for all paths alike."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from forgewatch.core.defect import Defect
from forgewatch.core.globs import GlobSet, compile_globs
from forgewatch.core.values import RepoPath


def compiled(*globs: str) -> GlobSet:
    """Return the compiled globs; a defect fails the test."""
    found = compile_globs(globs)
    assert isinstance(found, GlobSet), found
    return found


@pytest.mark.parametrize(
    ("glob", "named", "not_named"),
    [
        (
            "app/api/routers/*.py",
            ["app/api/routers/users.py"],
            ["app/api/routers/v1/users.py", "x/app/api/routers/users.py", "app/api/routers/a.pyc"],
        ),
        ("app/routers/**/*.py", ["app/routers/a.py", "app/routers/v1/v2/a.py"], ["app/a.py", "myapp/routers/a.py", "app/routersx/a.py"]),
        ("src/**/*.{ts,tsx}", ["src/a.ts", "src/b/c.tsx"], ["src/a.js", "src/a.t"]),
        ("src/{logic,core/{a,b}}/*.ts", ["src/logic/x.ts", "src/core/a/x.ts", "src/core/b/x.ts"], ["src/core/x.ts", "src/core/c/x.ts"]),
        ("{app,lib/**}/x.py", ["app/x.py", "lib/a/b/x.py"], ["other/x.py"]),
        ("*.sql", ["a.sql", "deep/down/a.sql"], ["a.sqlite"]),
        ("**/repos/**", ["repos/a", "x/repos/y/z"], ["myrepos/a", "repos"]),
        ("app/**", ["app/a", "app/b/c"], ["app", "apps/a"]),
        ("app", ["app", "app/x/y.py", "lib/app/z.py"], ["apps/x", "myapp/x"]),
        ("app/", ["app/x.py", "lib/app/x.py"], ["myapp/x.py"]),
        ("app/r*s/", ["app/repos/x.py", "app/repos/y/z.py"], ["app/x.py"]),
        ("X", ["X", "X/a.py", "lib/X/a.py"], ["x/a.py"]),
        ("app/X", ["app/X/a.py"], ["lib/app/X/a.py", "app/a.py"]),
        ("X**/a.py", ["X/a.py", "Xy/a.py", "Xy/z/a.py"], ["Xa.py"]),
        ("my docs/*.md", ["my docs/a.md"], ["docs/a.md"]),
        ("{a,b}/c,d.py", ["a/c,d.py", "b/c,d.py"], ["a/c", "d.py"]),
        ("app/repos/", ["app/repos/x.py", "app/repos/y/z.py"], ["app/repos.py", "x/app/repos/y"]),
        ("/app/x.py", ["app/x.py"], ["b/app/x.py"]),
        ("./app/*.py", ["app/x.py"], ["app/x/y.py"]),
        ("app\\api\\*.py", ["app/api/x.py"], ["app/api/b/x.py"]),
        ("a?.py", ["ab.py", "aé.py"], ["a.py", "a/b.py", "abc.py"]),
        ("[a-c]x.py", ["ax.py", "bx.py", "cx.py"], ["dx.py", "-x.py", "x.py"]),
        ("[a-c]x[d-f].py", ["bxe.py"], ["bxb.py"]),
        ("[!a-c]x.py", ["dx.py", "éx.py"], ["ax.py"]),
        ("[^.]x[]-]", ["ax]", "bx-"], [".x]"]),
        ("a[é].py", ["a[é].py"], ["aé.py"]),
        ("a{b.py", ["a{b.py"], ["ab.py"]),
        ("a{b}.py", ["a{b}.py"], ["ab.py"]),
        ("a}b,c.py", ["a}b,c.py"], ["ab.py"]),
        ("x+(y).py", ["x+(y).py"], ["xx(y).py"]),
        ("src/***.ts", ["src/a.ts", "src/b/c.ts"], ["a.ts"]),
    ],
)
def test_a_glob_names_exactly_its_paths(glob: str, named: list[str], not_named: list[str]) -> None:
    layer = compiled(glob)
    assert [path for path in [*named, *not_named] if layer.matches(path)] == named


@pytest.mark.parametrize(
    ("glob", "why"),
    [
        ("", "expected a glob, found an empty one"),
        ("/", "expected a glob, found an empty one"),
        ("!app/*.py", "expected a glob that selects, found one that excludes"),
        ("app/../lib/*.py", "expected a glob inside the repository, found '..'"),
        ("a" * 513, "expected at most 512 characters, found 513"),
        ("a\nb", "expected plain text, found a control character"),
        ("\ud800/*.py", "expected plain text, found a control character"),
        ("\udfff/*.py", "expected plain text, found a control character"),
        ("{" * 17, "expected braces at most 16 deep, found more"),
    ],
)
def test_a_glob_that_cannot_be_meant_is_a_defect(glob: str, why: str) -> None:
    assert compile_globs(["fine/*.py", glob]) == Defect(f"{why}: {glob[:60]!r}")


@pytest.mark.parametrize("glob", ["a" * 512, "{" * 16, "\ue000"])
def test_a_glob_at_its_limits_is_compiled(glob: str) -> None:
    assert compiled(glob).matches(glob)


def test_globs_that_need_too_much_memory_are_a_defect() -> None:
    found = compile_globs(["?" * 500] * 400)
    assert isinstance(found, Defect)
    assert "bounded size" in str(found)


def test_a_file_name_of_broken_bytes_does_not_escape_its_layer() -> None:
    layer = compiled("app/*.py", "b?/c")
    assert layer.matches("app/\udcff\udc80.py")
    assert layer.matches("b\udcff/c")
    assert layer.matches("app/new\nline.py")


def test_an_empty_class_is_two_characters() -> None:
    assert compiled("[]*").matches("[]a")
    assert not compiled("[]*").matches("a")
    assert compiled("[!]").matches("[!]")
    assert not compiled("[!]").matches("a")


def test_sets_of_the_same_globs_are_equal() -> None:
    assert compiled("a/*.py") == compiled("a/*.py")
    assert compiled("a/*.py") != compiled("b/*.py")
    assert compiled("a/*.py") != "a/*.py"
    assert len({compiled("a/*.py"), compiled("a/*.py")}) == 1


paths = st.lists(st.text("ab/.\n\udcff", min_size=1, max_size=8).map(RepoPath), max_size=12)
globs = st.lists(st.text("ab/.*?[]{},!", min_size=1, max_size=8), min_size=1, max_size=3)


@example(["/*"], [RepoPath("b/x"), RepoPath("a")])
@example(["[]*"], [RepoPath("/"), RepoPath("a")])
@given(globs, paths)
def test_all_paths_at_once_and_one_by_one_agree(patterns: list[str], tree: list[RepoPath]) -> None:
    layer = compile_globs(patterns)
    if isinstance(layer, GlobSet):
        assert layer.select(tree) == tuple(path for path in tree if layer.matches(path))
