"""Which of the two usual runners the tests of a Python project were written for, by their source (contract §9.1). Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

from forgewatch.core.values import RepoPath

PYTEST = "pytest"
UNITTEST = "unittest"

_OF_PYTEST = re.compile(
    rb"^[ \t]*(?:import[ \t]+pytest\b|from[ \t]+pytest\b)"  # says so
    rb"|^(?:async[ \t]+)?def[ \t]+test"  # a test that is no method
    rb"|^class[ \t]+Test\w*[ \t]*(?:\([ \t]*(?:object[ \t]*)?\))?[ \t]*:",  # a class of tests that is no TestCase
    re.MULTILINE,
)
_OF_UNITTEST = re.compile(rb"^[ \t]*(?:import[ \t]+unittest\b|from[ \t]+unittest\b)", re.MULTILINE)


def runner_of(sources: Iterable[tuple[RepoPath, bytes]], test_dir: str, paths: frozenset[RepoPath]) -> str:
    """Return UNITTEST where a test imports it, none is written as only pytest runs it, and it would find each; else PYTEST, which runs the
    tests of both. `test_dir` is where it is told to look, empty for the root; `paths` are all files."""
    found = False
    for path, source in sources:
        is_case = _OF_UNITTEST.search(source) is not None
        if _OF_PYTEST.search(source) or (is_case and not _is_discovered(path, test_dir, paths)):
            return PYTEST
        found = found or is_case
    return UNITTEST if found else PYTEST


def _is_discovered(path: RepoPath, test_dir: str, paths: frozenset[RepoPath]) -> bool:
    """True for a file that `unittest discover` comes upon: by its name, and through packages alone."""
    lead = f"{test_dir}/" if test_dir else ""
    *folders, name = path.removeprefix(lead).split("/")
    inner = ("/".join(folders[: depth + 1]) for depth in range(len(folders)))
    return path.startswith(lead) and name.startswith("test") and all(RepoPath(f"{lead}{folder}/__init__.py") in paths for folder in inner)
