"""The auditor: audits run in worker processes, executed and never forked, with a deadline, so that no input can stop the daemon.

A worker is warm: it serves one audit after the other and ends by itself when idle. A worker that overran or crashed is killed with
its whole group, and the audit is `Failed`; the next one gets a new worker.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass

from forgewatch.adapters.frames import FrameBroken, read_frame, write_frame
from forgewatch.core.codec import Undecodable, decode, encode
from forgewatch.core.errors import EnvironmentFault
from forgewatch.core.report import AuditAnswer, AuditRequest, Committed, Failed, Report
from forgewatch.core.text import escape
from forgewatch.core.verdict import StopReason

ENVIRONMENT = {
    "PATH": "/usr/bin:/bin",
    "LC_ALL": "C.UTF-8",
    "HOME": "/nonexistent",
    "GIT_PYTHON_REFRESH": "quiet",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
}
"""The whole environment of a worker: nothing of the caller's reaches it (hostile.md)."""

_GRACE = 5.0
_STDERR = 4096


@dataclass(frozen=True, slots=True)
class _Worker:
    process: subprocess.Popen[bytes]

    @property
    def alive(self) -> bool:
        return self.process.poll() is None

    def ask(self, request: AuditRequest) -> AuditAnswer:
        seconds = request.settings.audit.deadline_seconds + _GRACE
        assert self.process.stdin is not None and self.process.stdout is not None
        write_frame(self.process.stdin.fileno(), encode(request))
        answer: AuditAnswer = decode(Report | Committed | Failed, read_frame(self.process.stdout.fileno(), seconds=seconds))  # type: ignore[arg-type]
        return answer

    def end(self) -> str:
        """Kill the whole group and return the last words on standard error."""
        _kill_group(self.process.pid)
        assert self.process.stderr is not None
        self.process.wait()
        os.set_blocking(self.process.stderr.fileno(), False)
        words = self.process.stderr.read() or b""
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            if pipe is not None:
                pipe.close()
        return words[-_STDERR:].decode("utf-8", "replace").strip()


class WorkerProcesses:
    """Fulfils ports.Auditor for several threads at once: each audit takes an idle worker or starts one."""

    def __init__(self) -> None:
        self._idle: list[_Worker] = []
        self._busy: set[int] = set()
        self._lock = threading.Lock()
        self._closed = False

    def audit(self, request: AuditRequest) -> AuditAnswer:
        """Return the worker's answer. A crash, an overrun or a broken frame is `Failed` with ENVIRONMENT_LIMITATION."""
        started = time.monotonic()
        worker = self._take()
        try:
            answer = worker.ask(request)
        except (FrameBroken, Undecodable) as error:
            return self._failed(worker, request, error, time.monotonic() - started)
        self._give_back(worker)
        return answer

    def close(self) -> None:
        """End all workers, also those at work: their audits are claimed in the journal and run again at the next start."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
            busy = set(self._busy)
        for worker in idle:
            worker.end()
        for pid in busy:
            _kill_group(pid)

    def kill(self) -> None:
        """Kill all workers without waiting for a lock: for a signal handler, just before the process ends."""
        for pid in [*self._busy, *(worker.process.pid for worker in self._idle)]:
            _kill_group(pid)

    def _take(self) -> _Worker:
        with self._lock:
            while self._idle:
                worker = self._idle.pop()
                if worker.alive:
                    self._busy.add(worker.process.pid)
                    return worker
                worker.end()
        worker = start_worker()
        with self._lock:
            self._busy.add(worker.process.pid)
        return worker

    def _give_back(self, worker: _Worker) -> None:
        with self._lock:
            self._busy.discard(worker.process.pid)
            if not self._closed:
                self._idle.append(worker)
                return
        worker.end()

    def _failed(self, worker: _Worker, request: AuditRequest, error: Exception, seconds: float) -> Failed:
        with self._lock:
            self._busy.discard(worker.process.pid)
        words = worker.end()
        status = worker.process.returncode
        if seconds >= request.settings.audit.deadline_seconds:
            why = f"the audit overran its deadline of {request.settings.audit.deadline_seconds} s"
            return Failed(StopReason.ENVIRONMENT_LIMITATION, why, "raise audit.deadline_seconds, or look for what makes the tree slow")
        last = escape(words.splitlines()[-1]) if words else str(error)
        return Failed(StopReason.ENVIRONMENT_LIMITATION, f"the audit process ended with status {status}: {last}", "see the daemon's log")


def start_worker() -> _Worker:
    """Execute a worker: isolated Python, literal environment, own session, closed descriptors, working directory `/`."""
    try:
        process = subprocess.Popen(
            [sys.executable, "-I", "-m", "forgewatch", "worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=ENVIRONMENT,
            cwd="/",
            start_new_session=True,
            close_fds=True,
        )
    except OSError as error:
        raise EnvironmentFault(f"no audit process could be started: {error.strerror}", "check memory and process limits") from error
    return _Worker(process)


def _kill_group(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)
