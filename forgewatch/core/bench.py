"""Running a step of the tests, as values and a port (contract §9.2; hostile.md, Sandbox for running tests as evidence).

A *step* is one command of a *part* of the verification (static, runtime, behavior, contract). It runs on a copy of the audited bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from forgewatch.core.copying import Copied
from forgewatch.core.report import Failed
from forgewatch.core.values import Content, Digest, RepoPath


class Part(StrEnum):
    """The four parts of a verification, in the contract's order (§9)."""

    STATIC = "static"
    RUNTIME = "runtime"
    BEHAVIOR = "behavior"
    CONTRACT = "contract"


class Level(StrEnum):
    """What keeps a step from the machine, strongest first. UNSANDBOXED only by the operator's word."""

    BUBBLEWRAP = "bubblewrap"
    UNSANDBOXED = "unsandboxed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One command: `name` is short (`pytest`), `argv` as it is run, `folder` relative to the copy's root (empty: the root)."""

    part: Part
    name: str
    argv: tuple[str, ...]
    folder: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRun:
    """What became of a step. `exit` is None when it was ended or never began, and `why` says so; else `why` is empty.

    `tail` are the last bytes of its output, standard output and error together, `size` how many there were, `digest` of all of them.
    `report` is what the step wrote to the file that `{report}` in its arguments names, bounded; empty when it wrote none.
    """

    exit: int | None
    why: str
    seconds: float
    tail: bytes
    size: int
    digest: Digest
    report: bytes = b""


class Listener(Protocol):
    """Hears a step while it runs."""

    def heard(self, piece: bytes) -> None:
        """Take the next bytes of output."""


class CopiedFiles(Protocol):
    """Reads regular files of the copy, as `ports.TreeFiles` does."""

    def read(self, path: RepoPath, limit: int) -> Content:
        """Return the bytes, or what kept us from them."""


class Bench(Protocol):
    """One copy and the sandbox around it. Opened for one run of the tests; what runs in it changes the copy, and nothing else."""

    @property
    def copied(self) -> Copied:
        """Return what the copy is of."""

    @property
    def files(self) -> CopiedFiles:
        """Return what reads the files of the copy: before the first step they are the audited bytes."""

    @property
    def notes(self) -> Sequence[str]:
        """Return facts about the surroundings for the record, raw: `network none` or `network host`, what is visible beside the copy."""

    @property
    def level(self) -> Level:
        """Return what keeps the steps from the machine."""

    def run(self, step: Step, listener: Listener) -> StepRun:
        """Run a step to its end or its deadline; nothing that it started is alive afterwards. Raises EnvironmentFault."""


class Benches(Protocol):
    """Opens benches for one repository."""

    def open(self, *, offline: bool) -> AbstractContextManager[Bench | Failed]:
        """Copy what would be audited now, and give it a sandbox; both are gone afterwards. Raises EnvironmentFault when the sandbox
        that the operator asks for is not to be had, `Failed` when the repository could not be read."""
