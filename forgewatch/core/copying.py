"""A copy of the audited bytes, asked of the worker beside audits (hostile.md, Sandbox for running tests as evidence)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from forgewatch.core.repository_facts import FactsRequest
from forgewatch.core.settings import Settings
from forgewatch.core.snapshot import Entry
from forgewatch.core.values import CommitId, Digest, RepoPath


@dataclass(frozen=True, slots=True)
class CopyRequest:
    """A question for the bytes that an audit would see now. `facts` says of which repository, and what its record knows; `folder` is an
    absolute path of an empty folder that only the asker's user may enter."""

    facts: FactsRequest
    folder: str

    @property
    def settings(self) -> Settings:
        """The settings in force, as in every request."""
        return self.facts.settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Copied:
    """A copy of the audited bytes was written. `tree` as an audit would give it, without ignored and neutral paths; `files` how many;
    `status` and `stat` the lines of `git status -sb` and of a diff stat, raw."""

    head: CommitId | None
    branch: str | None
    tree: Digest
    files: int
    status: tuple[str, ...]
    stat: tuple[str, ...]


class TreeCopier(Protocol):
    """Copies files of the working tree into a folder that only our user may enter."""

    def copy(self, folder: str, entries: Iterable[tuple[RepoPath, Entry]], is_loose: Callable[[str], bool]) -> None:
        """Empty the folder, then write each file, symlink and submodule (an empty folder) as its entry says. What is loose (the neutral
        set) is written as it is now, where it can be read. Raises Unstable when other bytes are found, EnvironmentFault."""
