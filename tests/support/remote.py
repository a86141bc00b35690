"""A bare repository beside the builder's, as the operator would name it."""

from __future__ import annotations

from pathlib import Path

from tests.support.builder import Builder


class Remote:
    """Made empty; `git` runs git in it."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.root = folder / "remote.git"
        self.git = Builder(self.root).git
        self.root.mkdir()
        self.git("init", "-q", "--bare", *options)

    @property
    def url(self) -> str:
        """Its address."""
        return f"file://{self.root}"

    def at(self, ref: str) -> str:
        """Return the id that a ref holds, empty when there is none."""
        return self.git("for-each-ref", "--format=%(objectname)", ref)

    def hook(self, name: str, body: str) -> None:
        """Give it a hook."""
        path = self.root / "hooks" / name
        path.write_text(f"#!/bin/sh\n{body}\n")
        path.chmod(0o755)
