"""Asks git itself which paths its ignore rules cover."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path


class GitIgnore:
    """A repository that exists only to ask `git check-ignore`. A path with a trailing `/` is made a directory, others are files."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._run("init", "-q", check=True)

    def ignored(self, files: Mapping[str, str], paths: Iterable[str]) -> set[str]:
        """Return the paths that git ignores with these rules files (by directory)."""
        for entry in self._folder.iterdir():
            if entry.name != ".git":
                shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
        wanted = list(paths)
        for path in wanted:
            self._make(path)
        for folder, text in files.items():
            (self._folder / folder).mkdir(parents=True, exist_ok=True)
            (self._folder / folder / ".gitignore").write_bytes(text.encode())
        # Asked with its slash, a directory would count as a file without a name inside it.
        asked = {path.rstrip("/"): path for path in wanted}
        told = self._run("check-ignore", "-z", "--stdin", "--no-index", given="\0".join(asked).encode() + b"\0")
        return {asked[name.decode()] for name in told.split(b"\0") if name}

    def _make(self, path: str) -> None:
        place = self._folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        if path.endswith("/"):
            place.mkdir(exist_ok=True)
        elif not place.exists():
            place.write_bytes(b"")

    def _run(self, *args: str, given: bytes = b"", check: bool = False) -> bytes:
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": "/nonexistent",
            "GIT_CONFIG_GLOBAL": "/dev/null",
            "GIT_CONFIG_NOSYSTEM": "1",
            "LC_ALL": "C",
        }
        done = subprocess.run(["git", *args], cwd=self._folder, env=environment, input=given, capture_output=True, check=check)
        assert done.returncode in (0, 1), done.stderr
        return done.stdout
