"""Benches: a copy of the audited bytes with what keeps its steps from the machine (core/bench.py).

The way: 1. is there a sandbox  2. the copy, by the worker  3. what is seen beside it  4. steps  5. all of it is gone.
"""

from __future__ import annotations

import os
import secrets
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from forgewatch.adapters.bench_bounds import ROOM, Bounds, Ended, full
from forgewatch.adapters.bench_folder import BenchFolder, bench_folder
from forgewatch.adapters.bench_step import MARK, launched, run_step
from forgewatch.adapters.bubblewrap import HOME, REPORTS, TEMPORARY, farm_place, find_bubblewrap, identities, probe, sandboxed
from forgewatch.adapters.files import DIRECTORY, RootFiles, folder_of, opened_root, read_below
from forgewatch.adapters.surroundings import Place, Surroundings, farm_of, look_around, path_of
from forgewatch.adapters.tree_copy import made_below
from forgewatch.core.bench import Bench, CopiedFiles, Level, Listener, Step, StepRun
from forgewatch.core.canonical import digest_of_bytes
from forgewatch.core.copying import Copied
from forgewatch.core.errors import EnvironmentFault
from forgewatch.core.report import Failed
from forgewatch.core.settings import BenchSettings, Network, Sandbox
from forgewatch.core.text import escape

REPORT = "{report}"
REPORT_BYTES = 16 * 1024 * 1024
LITERAL = {
    "LC_ALL": "C.UTF-8",
    "CI": "1",
    "TERM": "dumb",
    "PYTHONDONTWRITEBYTECODE": "1",
    "GOPROXY": "off",
    "GOTOOLCHAIN": "local",
}
"""What every step has in its environment, beside PATH, HOME and TMPDIR. No word about colours: a project may test its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderBenches:
    """Fulfils bench.Benches for the repository at `root` (real, absolute). `state` is its state folder, where the copies are; `copy` has
    the copy made; `kept` are paths that no step may see; `environ` is the environment of who asks."""

    root: str
    state: str
    settings: BenchSettings
    copy: Callable[[str], Copied | Failed]
    kept: tuple[str, ...]
    environ: Mapping[str, str]

    @contextmanager
    def open(self, *, offline: bool) -> Iterator[Bench | Failed]:
        """Copy what would be audited now, and give it a sandbox; both are gone afterwards. Raises EnvironmentFault."""
        # 1. Before anything is copied: nothing falls back to less than the operator asks for.
        program = self._sandbox(offline)
        with _leaving_when_terminated(), bench_folder(self.state) as folder:
            lack = full(folder.path, ROOM)
            if lack:
                raise EnvironmentFault(f"no tests are run: {lack}: {folder.path}", "make room on that disk")
            # 2.
            copied = self.copy(folder.tree)
            if isinstance(copied, Failed):
                yield copied
                return
            # 3.
            place = Place(root=self.root, copy=folder.tree, kept=self.kept, home=self.environ.get("HOME", ""))
            around = look_around(place, self.settings, self.environ)
            _furnish(place, around, is_sandboxed=bool(program))
            # 4.
            yield _FolderBench(
                asked=self,
                folder=folder,
                place=place,
                around=around,
                copied=copied,
                program=program,
                network=self.settings.network is Network.HOST and not offline,
                ends=time.monotonic() + self.settings.timeout_seconds,
            )

    def _sandbox(self, offline: bool) -> str:
        """Return the program that makes the sandbox, which works; empty where the operator wants none."""
        if self.settings.sandbox is Sandbox.BUBBLEWRAP:
            program = find_bubblewrap(self.environ, self.root)
            probe(program)
            return program
        if offline:
            raise EnvironmentFault(
                "expected a sandbox that keeps the network away, found tests: sandbox: none", "run without --offline, or use bubblewrap"
            )
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _FolderBench:
    asked: FolderBenches
    folder: BenchFolder
    place: Place
    around: Surroundings
    copied: Copied
    program: str
    network: bool
    ends: float
    mark: str = field(default_factory=lambda: secrets.token_hex(16))

    @property
    def files(self) -> CopiedFiles:
        """What reads the files of the copy."""
        return RootFiles(self.folder.tree)

    @property
    def level(self) -> Level:
        """What keeps the steps from the machine."""
        return Level.BUBBLEWRAP if self.program else Level.UNSANDBOXED

    @property
    def notes(self) -> Sequence[str]:
        """Facts about the surroundings, raw."""
        without = () if self.program else ("installed packages may lead to the working tree and not to the copy",)
        passed = self.asked.settings.environment
        variables = (f"environment {', '.join(passed)}",) if passed else ()
        network = "network none" if self.program and not self.network else "network host"
        return (network, *self.around.notes, *variables, *without)

    def run(self, step: Step, listener: Listener) -> StepRun:
        """Run a step to its end or its deadline; nothing that it started is alive afterwards. Raises EnvironmentFault."""
        late = f"ended: the run took more than {self.asked.settings.timeout_seconds} s"
        if time.monotonic() >= self.ends:
            return _never(late)
        if not _is_folder(self.folder.tree, step.folder):
            return _never(f"not found: folder {escape(step.folder)}")
        name = f"{secrets.token_hex(8)}.xml"
        bounds = Bounds(ends=self.ends, why_late=late, disk=self.folder.path, memory_mb=self.asked.settings.memory_mb)
        ended = run_step(self._command(step, name), self._environment(), self._start(step), bounds, listener)
        if not ended.started and ended.exit is not None:
            raise EnvironmentFault(f"the sandbox could not be started: {_last_line(ended.tail)}", "forgewatch doctor")
        return _told(ended, step, self._report(name))

    def _command(self, step: Step, report: str) -> list[str]:
        path = f"{REPORTS if self.program else self.folder.reports}/{report}"
        argv = [self._moved(word).replace(REPORT, path) for word in step.argv]
        if not self.program:
            return launched([], argv)
        words = sandboxed(self.program, self.folder, self.place, self.around, network=self.network)
        return [
            *words,
            "--chdir",
            f"{self.place.root}/{step.folder}".rstrip("/"),
            "--",
            *launched(identities(self.place, self.around), argv),
        ]

    def _moved(self, word: str) -> str:
        """Return a word of a command. Without a sandbox the copy is not at the repository's path, so paths there are turned to it."""
        if self.program or not (word == self.place.root or word.startswith(f"{self.place.root}/")):
            return word
        return self.folder.tree + word[len(self.place.root) :]

    def _start(self, step: Step) -> str:
        return "/" if self.program else f"{self.folder.tree}/{step.folder}"

    def _environment(self) -> dict[str, str]:
        environ = self.asked.environ
        temporary = TEMPORARY if self.program else self.folder.temporary
        own = {"HOME": HOME if self.program else f"{temporary}/home", "TMPDIR": temporary}
        passed = {name: environ[name] for name in self.asked.settings.environment if name in environ}
        return {"PATH": path_of(self.around), **LITERAL, **own, **dict(self.around.variables), **passed, MARK: self.mark}

    def _report(self, name: str) -> bytes:
        with opened_root(self.folder.reports) as reports:
            found = read_below(reports, name, REPORT_BYTES)
        return found if isinstance(found, bytes) else b""


def _told(ended: Ended, step: Step, report: bytes) -> StepRun:
    return StepRun(
        exit=ended.exit,
        why=f"not found: {escape(step.argv[0])}" if ended.why == "not found" else ended.why,
        seconds=ended.seconds,
        tail=ended.tail,
        size=ended.size,
        digest=ended.digest,
        report=report,
    )


def _last_line(tail: bytes) -> str:
    lines = tail.decode("utf-8", "replace").strip().splitlines()
    return escape(lines[-1]) if lines else "it says nothing"


def _never(why: str) -> StepRun:
    return StepRun(exit=None, why=why, seconds=0.0, tail=b"", size=0, digest=digest_of_bytes(b""))


def _is_folder(copy: str, folder: str) -> bool:
    """True for a folder of the copy that is reached without a symlink."""
    if os.path.isabs(folder) or ".." in folder.split("/"):
        return False
    with opened_root(copy) as root:
        try:
            with folder_of(root, f"{folder}/." if folder else ".") as (handle, name):
                os.close(os.open(name, DIRECTORY, dir_fd=handle))
        except OSError:
            return False
    return True


def _furnish(place: Place, around: Surroundings, *, is_sandboxed: bool) -> None:
    """Write the symlinks into the copy that lead to what is shown. No symlink of the copy is followed. Raises EnvironmentFault."""
    links = list(around.links)
    links += [] if is_sandboxed else [(path, f"{place.root}/{path}") for path in around.inside]
    for number, farm in enumerate(around.farms):
        shown = farm_place(number) if is_sandboxed else f"{place.root}/{farm}"
        links += [(f"{farm}/{path}", text or f"{shown}/{path}") for path, text in farm_of(f"{place.root}/{farm}")]
    try:
        with opened_root(place.copy) as copy:
            for path, text in links:
                parent, _, name = path.rpartition("/")
                with made_below(copy, parent) as folder:
                    os.symlink(text, name, dir_fd=folder)
    except OSError as error:
        raise EnvironmentFault(f"the copy for the tests cannot be furnished: {escape(str(error))}", "run the tests again") from error


@contextmanager
def _leaving_when_terminated() -> Iterator[None]:
    """Make SIGTERM and SIGHUP leave through the code that ends the step and removes the copy, where nobody else handles them."""
    numbers = [number for number in (signal.SIGTERM, signal.SIGHUP) if signal.getsignal(number) is signal.SIG_DFL]
    if threading.current_thread() is not threading.main_thread():
        numbers = []
    for number in numbers:
        signal.signal(number, _leave)
    try:
        yield
    finally:
        for number in numbers:
            signal.signal(number, signal.SIG_DFL)


def _leave(number: int, _frame: object) -> None:
    raise SystemExit(128 + number)
