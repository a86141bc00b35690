"""A repository and our reading of it, for tests of capture: make it, let a builder touch it, ask what changed."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from forgewatch.adapters.objects import VerifiedObjects
from forgewatch.adapters.repository import close_repositories, open_repository
from forgewatch.adapters.stat_cache import Trust, trust_of
from forgewatch.adapters.survey import RepositoryTree
from forgewatch.adapters.survey_attempt import Memory, Sources
from forgewatch.core.limits import LIMITS, Limits
from forgewatch.core.places import FORGE, Places
from forgewatch.core.settings import DEFAULT_IGNORE, Compare
from forgewatch.core.survey import Survey, SurveyQuestion
from forgewatch.core.values import CommitId, RepoPath
from tests.support.builder import Builder

GIT = shutil.which("git") or "/usr/bin/git"


@dataclass
class Reading:
    """`base` is the commit that was HEAD when the reading began; BASE of every survey unless the test says otherwise."""

    builder: Builder
    state: Path
    limits: Limits = LIMITS
    places: Places = FORGE
    base: CommitId | None = None
    canary: Path = field(default_factory=Path)
    trust: Callable[[str, int], Trust] = trust_of
    shared_from: int | None = None

    @property
    def root(self) -> Path:
        """The root of the repository."""
        return self.builder.root

    def open(self) -> tuple[RepositoryTree, VerifiedObjects]:
        """Open the repository as the worker does."""
        return open_repository(str(self.root), str(self.state), GIT, self.places, self.limits)

    @property
    def store(self) -> VerifiedObjects:
        """The verified objects."""
        return self.open()[1]

    @property
    def tree(self) -> RepositoryTree:
        """The working tree, with the test's trust in stat keys and its wish for a second process."""
        opened = self.open()[0]
        return RepositoryTree(replace(opened.sources, trust=self.trust, shared_from=self.shared_from))

    @property
    def sources(self) -> Sources:
        """What the working tree reads from."""
        return self.open()[0].sources

    @property
    def memory(self) -> Memory:
        """What outlives a survey."""
        return self.sources.memory

    def rebase(self) -> None:
        """Let HEAD be BASE from now on."""
        self.base = CommitId(self.builder.head)

    def forget(self) -> None:
        """Let the worker end: nothing stays in memory, the state folder stays."""
        close_repositories()

    def question(self, *claimed: str, **parts: Any) -> SurveyQuestion:
        """Return the question of an ordinary audit."""
        asked = SurveyQuestion(base=self.base, ignore=DEFAULT_IGNORE, compare=Compare.NORMALIZED, claimed=frozenset(map(RepoPath, claimed)))
        return replace(asked, **parts)

    def survey(self, *claimed: str, **parts: Any) -> Survey:
        """Take the survey."""
        return self.tree.survey(self.question(*claimed, **parts))

    def changed(self, *claimed: str, **parts: Any) -> dict[str, str]:
        """Return the changed paths and how they changed; the store must not lie and nothing may stand in the way."""
        survey = self.survey(*claimed, **parts)
        assert not survey.store_faults and not survey.obstacles, (survey.store_faults, survey.obstacles)
        return {change.path: str(change.kind) for change in survey.changes}

    def obstacles(self, *claimed: str, **parts: Any) -> dict[str, str]:
        """Return what could not be taken in, by path."""
        return {obstacle.path: obstacle.why for obstacle in self.survey(*claimed, **parts).obstacles}

    def git(self, *args: str, **options: Any) -> str:
        """Run git as the builder."""
        return self.builder.git(*args, **options)

    def loose(self, oid: str) -> Path:
        """The file of a loose object, writable."""
        path = self.root / ".git/objects" / oid[:2] / oid[2:]
        path.chmod(0o644)
        return path

    def has(self, oid: str) -> bool:
        """True when there is a loose object under this id."""
        return (self.root / ".git/objects" / oid[:2] / oid[2:]).exists()

    def script(self, name: str, body: str = "") -> Path:
        """Write an executable that leaves a mark when anybody runs it, and then does `body`."""
        script = self.canary.parent / name
        script.write_text(f"#!/bin/sh\n: > '{self.canary}'\n{body}\n")
        script.chmod(0o755)
        return script


@contextmanager
def reading_of(folder: Path, builder: Builder | None = None) -> Iterator[Reading]:
    """Yield a reading of a small governed repository below `folder`, and close everything after."""
    made = builder or Builder.with_repository(folder / "repository")
    state = folder / "state"
    state.mkdir(mode=0o700)
    reading = Reading(made, state, base=CommitId(made.head), canary=folder / "canary")
    try:
        yield reading
    finally:
        close_repositories()


def run(*args: str, cwd: Path, env: dict[str, str] | None = None) -> str:
    """Run a command and return its output; a failure fails the test."""
    done = subprocess.run(
        args, cwd=cwd, env={"PATH": os.environ["PATH"], "HOME": "/nonexistent", **(env or {})}, capture_output=True, check=False
    )
    assert done.returncode == 0, (args, done.stderr)
    return done.stdout.decode()
