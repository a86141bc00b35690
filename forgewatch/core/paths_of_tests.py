"""Which files are tests, by name and folder: for whoever asks what the product is (checks.md W3, Further checks).

What development declarations satisfy is narrower (`development_paths`): a product may have a part named `testing`, whose imports its
users need.
"""

from __future__ import annotations

import re

from forgewatch.core.values import RepoPath

_FOLDERS = re.compile(r"(?:tests?|__tests__|testing|specs?|e2e|.*_tests?)\Z", re.IGNORECASE)
_NAME = re.compile(r"(?:test_.*|.*[._-](?:test|tests|spec)\.\w+|.*Tests?\.\w+|conftest\.py|tests\.py)\Z", re.DOTALL)


def is_test(path: RepoPath, test_dir: str | None = None) -> bool:
    """True for a file of tests by its name or folder, or below the folder that the stack configuration names."""
    *folders, name = path.split("/")
    named = _NAME.match(name) is not None or any(map(_FOLDERS.match, folders))
    return named or bool(test_dir and path.startswith(f"{test_dir}/"))


def usual_test_of(path: RepoPath) -> RepoPath:
    """Return where a test of a source file usually stands: Python below tests/, other languages beside the source."""
    folder, slash, name = path.rpartition("/")
    stem, dot, suffix = name.rpartition(".")
    if suffix in ("py", "pyi"):
        return RepoPath(f"tests/test_{stem}.py")
    return RepoPath(
        f"{folder}{slash}{stem}_test.go" if suffix == "go" else f"{folder}{slash}{stem or name}.test{dot}{suffix if dot else ''}"
    )
