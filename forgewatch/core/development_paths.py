"""Which files are there for those who develop the product, not for those who run it (checks.md A9; docs/decisions/0007).

What is declared for development satisfies these files. A name that a product may give to a part of itself (`testing`, `t`,
`integration`) counts only where no package is above it; a folder of scripts or examples only at the top, and only while nobody ships it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from forgewatch.core.snapshot import PathTable
from forgewatch.core.values import RepoPath

_TOOL_FILES = frozenset({"conftest.py", "tests.py", "noxfile.py", "fabfile.py", "dodo.py"})
_FILE = re.compile(r"test_.*|.*_test\.py\Z", re.DOTALL)
_TESTS = re.compile(r"tests?\Z|.*_tests\Z", re.DOTALL)
_OUTSIDE_OF_PACKAGES = re.compile(r"testing\Z|t\Z|e2e\Z|integration(?!s\Z)", re.IGNORECASE)
_DOCUMENTATION = frozenset({"doc", "docs"})
_TOP_FOLDERS = _DOCUMENTATION | {"docs_src", "benchmark", "benchmarks", "scripts", "tools", "examples"}
_BUILD_SCRIPTS = frozenset({"hatch_build.py", "pdm_build.py", "build.py"})


def is_for_development(path: RepoPath, paths: PathTable, test_dir: str | None = None, shipped: Iterable[str] = ()) -> bool:
    """True for tests, for what documents and measures the product, and for scripts beside it. `shipped` are folders whose packages
    are installed, `test_dir` is where the stack configuration says that tests are.
    """
    *folders, name = path.split("/")
    if name in _TOOL_FILES or _FILE.match(name) or (name == "conf.py" and not _DOCUMENTATION.isdisjoint(folders)):
        return True
    if any(map(_TESTS.match, folders)) or (test_dir and path.startswith(f"{test_dir}/")):
        return True
    if any(_OUTSIDE_OF_PACKAGES.match(folder) and not _is_package(folders[:depth], paths) for depth, folder in enumerate(folders)):
        return True
    return bool(folders) and folders[0] in _TOP_FOLDERS and not _is_shipped(folders[0], paths, shipped)


def is_named_for_development(path: RepoPath) -> bool:
    """True when any folder of `path` has a name that tests, documentation or scripts have, whatever stands in it."""
    folders = path.split("/")[:-1]
    return any(folder in _TOP_FOLDERS or _TESTS.match(folder) or _OUTSIDE_OF_PACKAGES.match(folder) for folder in folders)


def is_build_script(path: RepoPath, paths: PathTable) -> bool:
    """True for a program that builds the product: `setup.py`, or another by its name where it is no module of a package."""
    *folders, name = path.split("/")
    return name == "setup.py" or (name in _BUILD_SCRIPTS and not _is_package(folders, paths))


def _is_package(folders: list[str], paths: PathTable) -> bool:
    return bool(folders) and RepoPath("/".join((*folders, "__init__.py"))) in paths


def _is_shipped(folder: str, paths: PathTable, shipped: Iterable[str]) -> bool:
    roots = tuple(shipped)
    if any(root == folder or root.startswith(f"{folder}/") for root in roots):
        return True
    # Where the manifests say which folders are installed, and the top of the repository is none of them, a package there is not.
    return _is_package([folder], paths) and (not roots or "" in roots)
