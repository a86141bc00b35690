"""Which git and which other programs are run: found once, absolute, and never one that lies in a repository we watch."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from forgewatch.core.errors import GitFailed

HINT = "install git, or put its directory on PATH"


def find_git(environ: Mapping[str, str], repositories: Sequence[str]) -> str:
    """Return the absolute path of git from the absolute directories of PATH that lie outside every repository.

    A relative entry (`.`) would run whatever the builder puts into the current directory (hostile.md, Cases). Raises GitFailed.
    """
    found = find_program("git", environ, repositories)
    if found is None:
        entries = environ.get("PATH", os.defpath)
        raise GitFailed(f"expected git in an absolute directory of PATH, found none in {entries or 'an empty PATH'}", HINT)
    return found


def find_program(name: str, environ: Mapping[str, str], repositories: Sequence[str]) -> str | None:
    """Return the absolute path of a program as `find_git` does, None when there is none."""
    real = [os.path.realpath(repository) for repository in repositories]
    for entry in environ.get("PATH", os.defpath).split(os.pathsep):
        if not os.path.isabs(entry) or _inside(os.path.realpath(entry), real):
            continue
        candidate = os.path.join(entry, name)
        if os.path.isfile(candidate) and os.access(candidate, os.X_OK) and not _inside(os.path.realpath(candidate), real):
            return candidate
    return None


def _inside(path: str, folders: Sequence[str]) -> bool:
    return any(path == folder or path.startswith(folder.rstrip("/") + "/") for folder in folders)
