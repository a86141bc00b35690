"""The stack of a repository, as `init` finds it: language, framework, manifest, tests, front end (contract §0). Reads, writes nothing."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from forgewatch.adapters.files import RootFiles
from forgewatch.core.go_modules import GoModule, read_go_module
from forgewatch.core.limits import LIMITS
from forgewatch.core.manifests import FOREIGN, declared, is_python_manifest, wanted_manifests
from forgewatch.core.package_json import PackageJson, read_package
from forgewatch.core.paths_of_tests import is_test
from forgewatch.core.pytest_settings import PYTEST_FILES, pytest_settings
from forgewatch.core.python_runner import PYTEST, runner_of
from forgewatch.core.starter_layers import FRAMEWORKS, GO, PYTHON, SCRIPT, framework_of
from forgewatch.core.steps_of_node import script_of
from forgewatch.core.values import Absent, RepoPath

_MANIFESTS = {SCRIPT: "package.json", GO: "go.mod"}
_TESTERS = {PYTHON: PYTEST, SCRIPT: "vitest", GO: "go test"}
_SCRIPT_TESTERS = ("vitest", "jest", "mocha", "ava")
_SETTINGS = (*PYTEST_FILES, "noxfile.py", "Makefile", "justfile", "setup.py", "requirements-dev.txt", "dev-requirements.txt")
"""Files at the root that may name the runner of the tests in words."""
_TEST_FOLDERS = ("tests", "test", "testing", "t")
_FRONTENDS = ("web", "frontend", "client", "webapp", "ui")
_SHOWN_BY = frozenset({"react", "vue", "svelte", "@angular/core", "solid-js", "preact", "next", "nuxt"})
_PACKAGE = RepoPath("package.json")
_MANIFEST_DEPTH = 5
_DEEPEST = 12
_MOST_TESTS = 500
_MOST_FOLDERS = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """`backend` as forge.json has it; `framework` a name of FRAMEWORKS; `frontend` the folder of the front end, None without one.

    `paths`: the files that were found, without foreign code and what lies very deep.
    """

    backend: Mapping[str, str]
    framework: str
    frontend: str | None
    paths: tuple[RepoPath, ...]


def stack_of(root: Path, framework: str = "") -> Stack:
    """Return the stack whose manifest is there, Python when there is none. A `framework` of FRAMEWORKS that is asked for decides."""
    paths = tuple(_paths(root))
    near = wanted_manifests((path for path in paths if path.count("/") <= _MANIFEST_DEPTH), Absent())
    python = [path for path in near if is_python_manifest(path)]
    language = FRAMEWORKS[framework][0] if framework else _language(root, python)
    packages = frozenset(_packages(root, language, python))
    return Stack(
        backend=_backend(root, language, python, packages, paths),
        framework=framework or framework_of(language, packages),
        frontend=_frontend(root, language),
        paths=paths,
    )


def _language(root: Path, python: list[RepoPath]) -> str:
    return next((language for language, name in _MANIFESTS.items() if not python and _is_plain(root / name)), PYTHON)


def _backend(root: Path, language: str, python: list[RepoPath], packages: frozenset[str], paths: tuple[RepoPath, ...]) -> dict[str, str]:
    """Return what is certain. `dependency_file` is there only when exactly one manifest declares dependencies: a named manifest is the
    product's only one, and naming the wrong one would make honest imports fail.
    """
    tester = next((name for name in _SCRIPT_TESTERS if language == SCRIPT and name in packages), _TESTERS[language])
    tested = _test_dir(root, language, paths)
    tester = _python_tester(root, packages, paths, tested.get("test_dir", "")) if language == PYTHON else tester
    # A test script without a known framework is run as it is; to name one would be a guess.
    scripted = language == SCRIPT and tester not in packages and script_of({_PACKAGE: _read(root, _PACKAGE)}, "", "test")
    named = {} if scripted else {"test_framework": tester}
    backend = {"language": language, **named, **tested}
    if language == PYTHON:
        declaring = [str(path) for path in python if _declares(root, path)]
    else:
        declaring = [_MANIFESTS[language]] if _is_plain(root / _MANIFESTS[language]) else []
    if len(declaring) != 1:
        return backend
    return {**backend, "dependency_file": declaring[0], **_home(root, language, declaring[0], backend)}


def _home(root: Path, language: str, manifest: str, backend: Mapping[str, str]) -> dict[str, str]:
    """Return the folder that a Python project lives in, nothing for the root: that of its manifest, where its tests are there too. What is
    a package is imported from outside of it."""
    folder = manifest.rpartition("/")[0]
    inside = folder and language == PYTHON and backend.get("test_dir", "").startswith(f"{folder}/")
    if not inside or (root / folder / "__init__.py").exists():
        return {}
    # The one at the root is found without being named.
    environment = {"venv_path": f"{folder}/.venv"} if (root / folder / ".venv/bin").is_dir() and not (root / ".venv").exists() else {}
    return {"dir": folder, **environment}


def _python_tester(root: Path, packages: frozenset[str], paths: tuple[RepoPath, ...], test_dir: str) -> str:
    """Return pytest where anything names it, else what the tests themselves were written for."""
    named = any(name.startswith(PYTEST) for name in packages) or any(path.rpartition("/")[2] == "conftest.py" for path in paths)
    if named or any(PYTEST.encode() in _read(root, RepoPath(name)) for name in _SETTINGS):
        return PYTEST
    tests = (path for path in paths if path.endswith(".py") and is_test(path))
    return runner_of(((path, _read(root, path)) for path in islice(tests, _MOST_TESTS)), test_dir, frozenset(paths))


def _packages(root: Path, language: str, python: list[RepoPath]) -> Iterator[str]:
    if language == PYTHON:
        yield from (one.name for path in python for one in declared(path, _read(root, path)).declared)
        return
    name = RepoPath(_MANIFESTS[language])
    match read_package(name, _read(root, name)) if language == SCRIPT else read_go_module(name, _read(root, name)):
        case PackageJson(runtime=runtime, development=development):
            yield from runtime | development
        case GoModule(required=required):
            yield from required
        case _:
            return


def _frontend(root: Path, language: str) -> str | None:
    """Return the folder of the front end: one of the usual names with a package.json, or the root where that names what draws pages."""
    beside = next((name for name in _FRONTENDS if language != SCRIPT and _is_plain(root / name / "package.json")), None)
    if beside is not None:
        return beside
    package = read_package(_PACKAGE, _read(root, _PACKAGE))
    return "." if isinstance(package, PackageJson) and (package.runtime | package.development) & _SHOWN_BY else None


def _paths(root: Path) -> Iterator[RepoPath]:
    for count, (folder, folders, names) in enumerate(os.walk(root)):
        inside = Path(folder).relative_to(root)
        deep = len(inside.parts) >= _DEEPEST or count >= _MOST_FOLDERS
        folders[:] = [] if deep else sorted(name for name in folders if not name.startswith(".") and name not in FOREIGN)
        yield from (RepoPath((inside / name).as_posix()) for name in sorted(names))


def _is_plain(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


def _read(root: Path, path: RepoPath) -> bytes:
    """Return the bytes of a regular file of the size of a manifest; nothing when it is none or cannot be read."""
    content = RootFiles(str(root)).read(path, LIMITS.document_bytes)
    return content if isinstance(content, bytes) else b""


def _declares(root: Path, path: RepoPath) -> bool:
    found = declared(path, _read(root, path))
    return found.declares and bool(found.declared or found.includes)


def _test_dir(root: Path, language: str, paths: tuple[RepoPath, ...]) -> dict[str, str]:
    """Return the folder of tests that pytest is told, else the one at the root, else the only one a folder below, else the usual name.
    Where Python tests stand in no such folder nothing is named: a runner that is sent to a folder which is not there finds none of them.
    """
    inner = sorted(path.relative_to(root).as_posix() for name in _TEST_FOLDERS[:2] for path in root.glob(f"*/{name}"))
    # What a front end tests is its own.
    beside = [place for place in inner if place.split("/")[0] not in (*_FRONTENDS, *FOREIGN) and not place.startswith(".")]
    only = beside if language == PYTHON and len(beside) == 1 else []
    named = (place for name in PYTEST_FILES for place in pytest_settings(RepoPath(name), _read(root, RepoPath(name))).testpaths)
    found = next((place for place in (*named, *_TEST_FOLDERS, *only) if place and (root / place).is_dir()), None)
    if found is None and language == PYTHON and any(path.endswith(".py") and is_test(path) for path in paths):
        return {}
    return {"test_dir": found or _TEST_FOLDERS[0]}
