"""The stack of a repository, as `init` finds it: language, manifest, folder of the tests (contract §0). Reads, and writes nothing."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from forgewatch.core.limits import LIMITS
from forgewatch.core.manifests import FOREIGN, declared, is_python_manifest, wanted_manifests
from forgewatch.core.pytest_settings import PYTEST_FILES, pytest_settings
from forgewatch.core.values import Absent, RepoPath

_OTHERS = (("package.json", "typescript", "vitest"), ("go.mod", "go", "go test"))
_TEST_FOLDERS = ("tests", "test", "testing", "t")
_DEEPEST = 5
_MOST_FOLDERS = 20_000


def backend_of(root: Path) -> dict[str, str]:
    """Return the `backend` of forge.json. `dependency_file` is there only when exactly one manifest declares dependencies: a named
    manifest is the product's only one, and naming the wrong one would make honest imports fail.
    """
    near = wanted_manifests(_paths(root), Absent())
    python = [path for path in near if is_python_manifest(path)]
    for manifest, language, tests in _OTHERS:
        if not python and _is_plain(root / manifest):
            return {"language": language, "test_framework": tests, "test_dir": "tests", "dependency_file": manifest}
    backend = {"language": "python", "test_framework": "pytest", "test_dir": _test_dir(root)}
    declaring = [path for path in python if _declares(root, path)]
    return {**backend, "dependency_file": declaring[0]} if len(declaring) == 1 else backend


def _paths(root: Path) -> Iterator[RepoPath]:
    for count, (folder, folders, names) in enumerate(os.walk(root)):
        inside = Path(folder).relative_to(root)
        deep = len(inside.parts) >= _DEEPEST or count >= _MOST_FOLDERS
        folders[:] = [] if deep else [name for name in folders if not name.startswith(".") and name not in FOREIGN]
        yield from (RepoPath((inside / name).as_posix()) for name in names)


def _is_plain(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


def _read(path: Path) -> bytes:
    """Return the bytes of a plain file, at most one more than a manifest may have; nothing when it is none or cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(LIMITS.document_bytes + 1) if _is_plain(path) else b""
    except OSError:
        return b""


def _declares(root: Path, path: RepoPath) -> bool:
    found = declared(path, _read(root / path))
    return found.declares and bool(found.declared or found.includes)


def _test_dir(root: Path) -> str:
    named = (place for name in PYTEST_FILES for place in pytest_settings(RepoPath(name), _read(root / name)).testpaths)
    return next((place for place in (*named, *_TEST_FOLDERS) if place and (root / place).is_dir()), _TEST_FOLDERS[0])
