"""Which runner tests were written for: what only pytest runs is never given to unittest (contract §9.1)."""

from __future__ import annotations

import pytest

from forgewatch.core.python_runner import runner_of
from forgewatch.core.values import RepoPath

CASE = b"import unittest\n\n\nclass T(unittest.TestCase):\n    def test_a(self):\n        pass\n"


def runner(*sources: bytes) -> str:
    """The runner of these tests, which lie beside one another in tests/."""
    return runner_of([(RepoPath(f"tests/test_{number}.py"), source) for number, source in enumerate(sources)], "tests", frozenset())


@pytest.mark.parametrize("sources", [[CASE], [b"", CASE], [b"from unittest import TestCase\n"], [CASE.replace(b"\n", b"\r\n")]])
def test_tests_that_nothing_but_unittest_is_needed_for_are_unittests(sources: list[bytes]) -> None:
    assert runner(*sources) == "unittest"


@pytest.mark.parametrize(
    "other",
    [
        b"import pytest\n",
        b"    from pytest import raises\n",
        b"def test_a():\n    pass\n",
        b"async def test_a():\n    pass\n",
        b"class TestA:\n    def test_a(self):\n        pass\n",
        b"class TestA(object):\n",
    ],
)
def test_one_test_that_only_pytest_runs_makes_pytest_the_runner_of_all(other: bytes) -> None:
    assert runner(CASE, other) == runner(other, CASE) == "pytest"


def test_a_project_without_a_test_that_tells_gets_pytest() -> None:
    assert runner() == runner(b"# import unittest\n", b"\xff") == "pytest"


@pytest.mark.parametrize(
    ("path", "test_dir", "packages", "name"),
    [
        ("tests/unit/test_a.py", "tests", [], "pytest"),
        ("tests/unit/test_a.py", "tests", ["tests/unit"], "unittest"),
        ("tests/unit/deep/test_a.py", "tests", ["tests/unit/deep"], "pytest"),
        ("tests/a_test.py", "tests", [], "pytest"),
        ("app/test_a.py", "tests", ["app"], "pytest"),
        ("app/test_a.py", "", ["app"], "unittest"),
        ("app/test_a.py", "", [], "pytest"),
        ("test_a.py", "", [], "unittest"),
    ],
)
def test_tests_that_unittest_would_not_come_upon_are_pytests(path: str, test_dir: str, packages: list[str], name: str) -> None:
    paths = frozenset(RepoPath(f"{folder}/__init__.py") for folder in packages)
    assert runner_of([(RepoPath(path), CASE)], test_dir, paths) == name
