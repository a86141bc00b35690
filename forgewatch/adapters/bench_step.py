"""Running one command under the steward: bounded output, a deadline, and nothing left alive (standalone/steward.py).

Three pipes: what the command prints, what the steward and the launcher say, and one whose end tells the steward to kill everything. The
kernel closes that one when we die, whatever killed us.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from forgewatch.adapters.bench_bounds import Bounds, Ended, Output, full
from forgewatch.core.bench import Listener
from forgewatch.core.errors import EnvironmentFault

STEWARD = str(Path(__file__).resolve().parents[1] / "standalone" / "steward.py")
LAUNCH = """\
while [ "$1" != -- ]; do
[ "$(/usr/bin/stat -L -c %d:%i -- "$1" 2>/dev/null)" = "$2" ] || { echo moved >&3; exit 126; }
shift 2
done
shift
command -v -- "$1" >/dev/null 2>&1 || { echo missing >&3; exit 127; }
echo started >&3
exec "$@" 3>&-"""
"""Runs what follows `--`, where it can be looked up: in the sandbox. Before it, in pairs, what is mounted and which one that has to be.
Only a mount that was made holds still, so it is compared afterwards. The command itself does not get the descriptor."""

MARK = "FORGEWATCH_STEP"
"""The variable that every process of a step has in its environment, with a value of this step."""

PATIENCE = 10.0
"""Seconds that the kernel gets to end everything."""

_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_CHUNK = 64 * 1024
_SAID = 4096
_LOOK_SECONDS = 0.5


def launched(identities: list[str], argv: Sequence[str]) -> list[str]:
    """Return the command line that compares what is mounted and then runs `argv`."""
    return ["/bin/sh", "-c", LAUNCH, "sh", *identities, "--", *argv]


def run_step(argv: list[str], environment: Mapping[str, str], folder: str, bounds: Bounds, listener: Listener) -> Ended:
    """Run a command line, which is to begin the launcher, in `folder` to its end. Raises EnvironmentFault when it cannot be started.

    Nothing that it started is alive afterwards, also when the listener raises or the user interrupts.
    """
    began = time.monotonic()
    # An interrupt while it is started or ended waits, so that the end can be waited for; with other threads it may come all the same, and
    # then at least the control is closed, and the steward ends everything by itself.
    with contextlib.ExitStack() as pipes, _signals_held() as let_through:
        running = _Running(argv, environment, folder, bounds, listener, pipes)
        try:
            let_through()
            running.listen()
        finally:
            signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)
            running.end()
    return running.ended(time.monotonic() - began)


class _Running:
    def __init__(
        self,
        argv: list[str],
        environment: Mapping[str, str],
        folder: str,
        bounds: Bounds,
        listener: Listener,
        pipes: contextlib.ExitStack,
    ) -> None:
        self._bounds = bounds
        self._mark = environment[MARK]
        self._output = Output(listener)
        self._said = b""
        self._why = ""
        self._is_heard = False
        self._leash = pipes.enter_context(contextlib.ExitStack())
        with contextlib.ExitStack() as theirs:
            control, _ = _pipe(theirs, self._leash)
            self._status, status = _pipe(pipes, theirs)
            self._printed, printed = _pipe(pipes, theirs)
            for number in (self._status, self._printed):
                os.set_blocking(number, False)
            command = [sys.executable, "-I", "-S", STEWARD, str(control), str(status), str(bounds.memory_mb), str(bounds.processes), *argv]
            try:
                self._steward = subprocess.Popen(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=printed,
                    stderr=printed,
                    env=dict(environment),
                    cwd=folder,
                    pass_fds=(control, status),
                    start_new_session=True,
                )
            except OSError as error:
                why = f"no step of the tests could be started: {error.strerror}"
                raise EnvironmentFault(why, "check memory and process limits") from error

    def listen(self) -> None:
        """Take in what comes until the steward has ended, or a bound is reached."""
        poll = select.poll()
        for number in (self._status, self._printed):
            poll.register(number, select.POLLIN)
        looked = 0.0
        while not self._why:
            ready = {number for number, _ in poll.poll(self._pause())}
            if self._printed in ready and not self._take_output():
                poll.unregister(self._printed)
            if self._status in ready and not self._take_status():
                break
            now = time.monotonic()
            if now >= self._bounds.ends:
                self._why = self._bounds.why_late
            elif self._output.size > self._bounds.output:
                self._why = f"ended: it printed more than {self._bounds.output} bytes"
            elif now - looked > _LOOK_SECONDS:
                looked = now
                lack = full(self._bounds.disk, self._bounds.room)
                self._why = f"ended: {lack}" if lack else ""
        self._is_heard = True

    def end(self) -> None:
        """Have everything killed, wait for it, and take in what was still in the pipes."""
        self._leash.close()
        try:
            ends = time.monotonic() + PATIENCE
            while self._take_status(max(0.0, ends - time.monotonic())):
                pass
        finally:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._steward.pid, signal.SIGKILL)
            self._steward.wait()
            if not self._verdict:
                # The steward was killed: what it would have ended is found by the mark.
                _sweep(self._mark)
        # Nobody prints any more, or what does is not waited for.
        while self._is_heard and not self._why and self._take_output():
            pass

    def ended(self, seconds: float) -> Ended:
        """Return how it ended. Raises EnvironmentFault when the steward could not start it."""
        told = self._verdict
        if told.startswith("broken"):
            raise EnvironmentFault(f"no step of the tests could be started:{told.removeprefix('broken')}", "forgewatch doctor")
        lines = self._said.split(b"\n")
        why = self._why or _why(told, self._bounds.processes)
        if lines[0] == b"moved":
            raise EnvironmentFault("what is shown to the tests was swapped while their sandbox was made", "let the tree come to rest")
        if lines[0] == b"missing":
            why = "not found"
        is_exit = told.startswith("exit ") and not why
        return Ended(
            exit=int(told.removeprefix("exit ")) if is_exit else None,
            why=why,
            seconds=seconds,
            tail=self._output.tail,
            size=self._output.size,
            digest=self._output.digest,
            started=lines[0] in (b"started", b"missing"),
        )

    @property
    def _verdict(self) -> str:
        """The steward's last line, empty when it could not write one. A step can write to that pipe, too, but not after its own end."""
        lines = [line for line in self._said.split(b"\n") if line]
        last = lines[-1].decode("ascii", "replace") if lines else ""
        return last if self._said.endswith(b"\n") and last.startswith(("exit ", "gone", "crowd", "broken")) else ""

    def _pause(self) -> float:
        return max(0.0, min(_LOOK_SECONDS, self._bounds.ends - time.monotonic())) * 1000

    def _take_output(self) -> bool:
        """Take a piece of output; False at its end, or when nothing is there."""
        try:
            piece = os.read(self._printed, _CHUNK)
        except BlockingIOError:
            return False
        if piece:
            self._output.take(piece)
        return bool(piece)

    def _take_status(self, seconds: float = 0.0) -> bool:
        """Take what is said; False at the end, which is the steward's, and when nothing came within the time."""
        poll = select.poll()
        poll.register(self._status, select.POLLIN)
        if not poll.poll(seconds * 1000):
            return False
        piece = os.read(self._status, _SAID)
        # Bounded: the first lines are the launcher's, the last one is the steward's.
        self._said = self._said + piece if len(self._said) < 2 * _SAID else self._said[:_SAID] + (self._said[_SAID:] + piece)[-_SAID:]
        return bool(piece)


@contextlib.contextmanager
def _signals_held() -> Iterator[Callable[[], object]]:
    """Hold back what would interrupt this thread; yields what lets it through."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)
    try:
        yield lambda: signal.pthread_sigmask(signal.SIG_SETMASK, before)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _pipe(reader: contextlib.ExitStack, writer: contextlib.ExitStack) -> tuple[int, int]:
    """Return both ends of a pipe, each closed with its owner."""
    ends = os.pipe2(os.O_CLOEXEC)
    reader.callback(os.close, ends[0])
    writer.callback(os.close, ends[1])
    return ends


def _why(told: str, processes: int) -> str:
    if told.startswith("exit "):
        return ""
    if told == "crowd":
        return f"ended: more than {processes} processes at once"
    return "ended: what watches over it was killed"


def _sweep(mark: str) -> None:
    """Kill every process that has our mark in its environment, until there is none or the kernel keeps one."""
    wanted, ends = f"{MARK}={mark}".encode(), time.monotonic() + PATIENCE
    while time.monotonic() < ends:
        found = [name for name in os.listdir("/proc") if name.isdigit() and wanted in _environment(name)]
        if not found:
            return
        for name in found:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(int(name), signal.SIGKILL)
        time.sleep(0.01)


def _environment(name: str) -> list[bytes]:
    try:
        with open(f"/proc/{name}/environ", "rb") as file:
            return file.read().split(b"\0")
    except OSError:
        return []
