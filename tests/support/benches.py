"""Benches over a real repository: the copy is what git checks out, sandbox and steps are the real ones."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from forgewatch.adapters.bench import FolderBenches
from forgewatch.adapters.bubblewrap import find_bubblewrap, probe
from forgewatch.core.bench import Bench, Part, Step, StepRun
from forgewatch.core.canonical import digest_of_bytes
from forgewatch.core.copying import Copied
from forgewatch.core.errors import EnvironmentFault
from forgewatch.core.report import Failed
from forgewatch.core.settings import BenchSettings, Sandbox
from tests.support.builder import Builder

LEVELS = (Sandbox.BUBBLEWRAP, Sandbox.NONE)


@cache
def why_no_sandbox() -> str:
    """Return why there is no sandbox on this machine, empty when there is one."""
    try:
        probe(find_bubblewrap(os.environ, "/nowhere"))
    except EnvironmentFault as fault:
        return str(fault)
    return ""


def require_sandbox() -> None:
    """Skip the test, with the reason, where no sandbox can be made."""
    if why_no_sandbox():
        pytest.skip(why_no_sandbox())


@dataclass
class Ear:
    """Hears a step."""

    pieces: list[bytes] = field(default_factory=list)
    then: Callable[[], object] = lambda: None

    def heard(self, piece: bytes) -> None:
        """Keep the piece."""
        self.pieces.append(piece)
        self.then()


@dataclass
class Workshop:
    """Opens benches for the repository of `builder`."""

    builder: Builder
    top: Path
    settings: BenchSettings = field(default_factory=BenchSettings)
    environ: Mapping[str, str] = field(default_factory=lambda: {"PATH": os.environ["PATH"], "HOME": os.environ["HOME"]})
    failure: Failed | None = None

    @property
    def state(self) -> Path:
        """The state folder."""
        return self.top / "state"

    @property
    def benches(self) -> FolderBenches:
        """What opens them."""
        return FolderBenches(
            root=str(self.builder.root),
            state=str(self.state),
            settings=self.settings,
            copy=self.copy,
            kept=(str(self.state), str(self.top / "forgewatch.yaml")),
            environ=self.environ,
        )

    def copy(self, folder: str) -> Copied | Failed:
        """Copy what git knows, as it lies there."""
        if self.failure:
            return self.failure
        self.builder.git("add", "-A")
        self.builder.git("checkout-index", "-a", f"--prefix={folder}/")
        return Copied(head=None, branch="main", tree=digest_of_bytes(b""), files=1, status=(), stat=())

    def set(self, **parts: Any) -> Workshop:
        """Change the settings."""
        self.settings = replace(self.settings, **parts)
        return self

    @contextmanager
    def bench(self, *, offline: bool = False) -> Iterator[Bench]:
        """Open one."""
        if self.settings.sandbox is Sandbox.BUBBLEWRAP:
            require_sandbox()
        with self.benches.open(offline=offline) as bench:
            assert not isinstance(bench, Failed), bench
            yield bench

    def run(self, *argv: str, ear: Ear | None = None, folder: str = "") -> StepRun:
        """Run one step on a bench of its own."""
        with self.bench() as bench:
            return bench.run(Step(part=Part.BEHAVIOR, name="step", argv=argv, folder=folder), ear or Ear())

    def says(self, *argv: str) -> str:
        """Run one step that ends well and return what it printed."""
        run = self.run(*argv)
        assert (run.exit, run.why) == (0, ""), run
        return run.tail.decode("utf-8", "replace")

    @property
    def left(self) -> list[str]:
        """What is left of benches."""
        folder = self.state / "bench"
        return sorted(os.listdir(folder)) if folder.exists() else []


def processes_of(word: str) -> list[int]:
    """Return the processes that have this word in their command line, ended ones apart."""
    found = []
    for name in (name for name in os.listdir("/proc") if name.isdigit()):
        try:
            line = Path(f"/proc/{name}/cmdline").read_bytes()
        except OSError:
            continue
        if word.encode() in line.split(b"\0"):
            found.append(int(name))
    return found
