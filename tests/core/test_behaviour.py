"""Which changes of source bring behaviour that a test could be about, and which files are product and which tests."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forgewatch.core.behaviour import adding_behaviour, holds_own_tests, is_product, says_something
from forgewatch.core.paths_of_tests import is_test, usual_test_of
from forgewatch.core.snapshot import PathTable
from forgewatch.core.values import RepoPath
from forgewatch.core.versions import Version
from tests.support.snapshots import entry


def version(before: str | None, after: str | None, path: str = "app/a.py") -> Version:
    raws = (None if text is None else text.encode() for text in (before, after))
    return Version(RepoPath(path), *raws)


def adds(before: str | None, after: str | None, path: str = "app/a.py") -> bool:
    return bool(adding_behaviour([version(before, after, path)]))


@pytest.mark.parametrize(
    "path",
    [
        "tests/test_a.py",
        "test/a.rb",
        "app/test_a.py",
        "app/a_test.py",
        "web/a.test.tsx",
        "web/a.spec.js",
        "web/__tests__/a.js",
        "spec/a_spec.rb",
        "src/AccountTest.java",
        "src/AccountTests.cs",
        "a_test.go",
        "conftest.py",
        "app/tests.py",
        "e2e/login.ts",
        "unit_tests/a.py",
    ],
)
def test_tests_are_known_by_name_or_folder(path: str) -> None:
    assert is_test(RepoPath(path))
    assert not is_product(RepoPath(path), PathTable({}, {}))


@pytest.mark.parametrize(
    "path", ["app/contest.py", "app/latest.ts", "app/testimonials/a.py", "app/attest.go", "protest.py", "app/spectrum/a.py"]
)
def test_a_name_that_only_looks_like_a_test_is_product(path: str) -> None:
    assert not is_test(RepoPath(path))
    assert is_product(RepoPath(path), PathTable({}, {}))


def test_the_folder_that_the_configuration_names_holds_tests() -> None:
    assert is_test(RepoPath("checks/a.py"), "checks")
    assert not is_test(RepoPath("checkstyle/a.py"), "checks")
    assert not is_product(RepoPath("checks/a.py"), PathTable({}, {}), "checks")


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("app/deep/a.py", "tests/test_a.py"),
        ("app/a.pyi", "tests/test_a.py"),
        ("cmd/api/main.go", "cmd/api/main_test.go"),
        ("web/src/a.page.ts", "web/src/a.page.test.ts"),
        ("bin/deep/run", "bin/deep/run.test"),
    ],
)
def test_the_test_of_a_source_is_proposed_where_its_language_keeps_it(path: str, place: str) -> None:
    assert usual_test_of(RepoPath(path)) == place


@pytest.mark.parametrize(
    "path",
    [
        "setup.py",
        "noxfile.py",
        "docs/conf.py",
        "scripts/a.py",
        "a.md",
        "a.css",
        ".eslintrc.js",
        "web/.eslintrc.js",
        "x.config.mjs",
        "a.d.ts",
    ],
)
def test_what_is_beside_the_product_is_none(path: str) -> None:
    assert not is_product(RepoPath(path), PathTable({}, {}))


def test_a_folder_of_scripts_that_is_a_package_is_product() -> None:
    paths = PathTable({RepoPath("scripts/__init__.py"): entry("x")}, {})
    assert is_product(RepoPath("scripts/a.py"), paths)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("def f():\n    return 1\n", "def f():\n    return 2\n"),
        ("def f(a):\n    return a\n", "def f(a, b=1):\n    return a\n"),
        ("x = [1]\n", "x = [f()]\n"),
        ("", "app.run()\n"),
        ("class A:\n    pass\n", "class A:\n    def f(self): ...\n"),
        ("class A:\n    def f(self): ...\n", "class B:\n    def f(self): ...\n"),
        ("async def f():\n    return 1\n", "async def f():\n    return await g()\n"),
        ("if x:\n    f()\n", "if y:\n    f()\n"),
        ("@a\ndef f(): ...\n", "@b\ndef f(): ...\n"),
        ("import a\nSIZE = 1\n\n\ndef f():\n    return 1\n", "import a\nSIZE = 1\n\n\ndef f():\n    return 2\n"),
        ("def f(:\n", "def g(:\n"),
    ],
)
def test_another_syntax_is_new_behaviour(before: str, after: str) -> None:
    assert adds(before, after)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("def f():\n    return 1\n", "def f():\n    # one\n    return 1\n"),
        ("def f():\n    return 1\n", "def f():\n\n    return (1)\n"),
        ("def f():\n    '''Old.'''\n    return 1\n", "def f():\n    '''New.\n\n    More.\n    '''\n    return 1\n"),
        ("class A:\n    def f(self): ...\n", "class A:\n    '''Say.'''\n\n    def f(self): ...\n"),
        ("import a\n", "import a\nfrom b import (\n    c,\n    d,\n)\n"),
        ("VERSION = '1'\n", "VERSION = '2'\nNAMES: tuple[str, ...] = ('a', 'b')\n"),
        ("def f(): ...\n\n\ndef g(): ...\n", "def g(): ...\n\n\ndef f(): ...\n"),
        (
            "class A:\n    def f(self): ...\n\n    def g(self): ...\n",
            "class A:\n    SIZE = 3\n\n    def g(self): ...\n\n    def f(self): ...\n",
        ),
        ("f(a, b)\n", "f(\n    a,\n    b,\n)\n"),
        ("x = 'a'\n", 'x = "a"\n'),
    ],
)
def test_the_same_syntax_in_other_words_is_none(before: str, after: str) -> None:
    assert not adds(before, after)


@pytest.mark.parametrize("path", ["a.ts", "a.go", "a.rs", "a.java"])
def test_of_other_languages_lines_that_are_code_count(path: str) -> None:
    assert adds("a\n", "a\nb = f();\n", path)
    assert not adds("a\n", "// why\n\n  }\nimport x\na\n", path)
    assert not adds("a\nb = f();\n", "a\n", path)
    assert not adds("a;\nb;\n", "  b;\n  a;\n", path)


def test_a_file_that_went_says_nothing() -> None:
    assert not says_something(version("x()\n", None))
    assert not adds("x()\n", None)


def test_only_rust_has_its_tests_in_the_source() -> None:
    text = "fn f() {}\n#[test]\nfn t() {}\n"
    assert holds_own_tests(version(None, text, "src/a.rs"))
    assert holds_own_tests(version(None, "#[tokio::test]\n", "src/a.rs"))
    assert not holds_own_tests(version(None, text, "src/a.py"))
    assert not holds_own_tests(version(text, None, "src/a.rs"))


@given(st.binary(max_size=200), st.binary(max_size=200), st.sampled_from(["a.py", "a.ts"]))
def test_any_bytes_have_an_answer_and_the_same_bytes_bring_nothing(one: bytes, other: bytes, name: str) -> None:
    assert adding_behaviour([Version(RepoPath(name), one, other)]) in ((), (RepoPath(name),))
    assert adding_behaviour([Version(RepoPath(name), one, one)]) == ()
