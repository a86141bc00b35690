"""The auditor: audits run in worker processes, executed and never forked, with a deadline, so that no input can stop the daemon.

A worker is warm: it serves one audit after the other and ends by itself when idle. A worker that overran or crashed is killed with
its whole group, and the audit is `Failed`; the next one gets a new worker. A warm worker that breaks is no verdict about the audit
(it may just have ended for want of work): the audit is asked again of one that was started for it.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence

from forgewatch import __version__
from forgewatch.adapters.frames import FrameBroken
from forgewatch.adapters.worker_pipes import WorkerPipes
from forgewatch.adapters.worker_server import OTHER_ENGINE
from forgewatch.core.codec import Undecodable, decode, encode
from forgewatch.core.copying import Copied, CopyRequest
from forgewatch.core.errors import EnvironmentFault
from forgewatch.core.report import Answered, Asked, AuditAnswer, AuditRequest, Failed
from forgewatch.core.repository_facts import Facts, FactsRequest
from forgewatch.core.text import escape
from forgewatch.core.verdict import StopReason

COMMAND = (sys.executable, "-I", "-m", "forgewatch", "worker")

ENVIRONMENT = {
    "PATH": "/usr/bin:/bin",
    "LC_ALL": "C.UTF-8",
    "HOME": "/nonexistent",
    "GIT_PYTHON_REFRESH": "quiet",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
}
"""The whole environment of a worker: nothing of the caller's reaches it (hostile.md)."""

GRACE = 5.0
"""Seconds that a worker gets beyond an audit's deadline: it has to start, too."""


Request = AuditRequest | FactsRequest | CopyRequest
Answer = AuditAnswer | Facts | Copied


class _Worker:
    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.pid = process.pid
        self.warm = False
        self.pipes = WorkerPipes(process)
        self._process = process

    def ask(self, request: Request, seconds: float) -> Answer:
        token = secrets.token_hex(8)
        answered = decode(Answered, self.pipes.ask(encode(Asked(token, __version__, request)), seconds))
        if answered.token != token:
            raise FrameBroken("the answer is to another question")
        self.warm = True
        return answered.answer

    def end(self) -> tuple[int, str]:
        """Kill the whole group; return the exit status and the last words. Nothing but this reaps it, so the id is still its own."""
        _kill_group(self.pid)
        status = self._process.wait()
        words = self.pipes.last_words()
        self.pipes.close()
        return status, words


class WorkerProcesses:
    """Fulfils ports.Auditor for several threads at once: each audit takes an idle worker or starts one."""

    def __init__(self, command: Sequence[str] = COMMAND, grace: float = GRACE) -> None:
        self._command = command
        self._grace = grace
        self._idle: list[_Worker] = []
        self._busy: set[int] = set()
        self._lock = threading.Lock()
        self._closed = False

    def audit(self, request: AuditRequest) -> AuditAnswer:
        """Return the worker's answer. A crash, an overrun or a broken frame is `Failed` with ENVIRONMENT_LIMITATION.

        Raises EnvironmentFault when no worker can be started, when the one that starts is another version, and once `close` was called.
        """
        answer = self._ask(request)
        return _misplaced(answer) if isinstance(answer, Facts | Copied) else answer

    def look(self, request: FactsRequest) -> Facts | Failed:
        """Return what stands in the repository now; faults as in `audit`."""
        answer = self._ask(request)
        return answer if isinstance(answer, Facts | Failed) else _misplaced(answer)

    def copy(self, request: CopyRequest) -> Copied | Failed:
        """Have the bytes that an audit would see now written into the request's folder; faults as in `audit`."""
        answer = self._ask(request)
        return answer if isinstance(answer, Copied | Failed) else _misplaced(answer)

    def expect(self) -> None:
        """Start a worker unless one is idle, so that the next request need not wait for Python to start. Never raises."""
        with self._lock, contextlib.suppress(EnvironmentFault):
            if not self._idle and not self._closed:
                worker = _start(self._command)
                # It may end for want of work before anything is asked.
                worker.warm = True
                self._idle.append(worker)

    def _ask(self, request: Request) -> Answer:
        while True:
            worker = self._take()
            was_warm, started = worker.warm, time.monotonic()
            try:
                answer = worker.ask(request, request.settings.audit.deadline_seconds + self._grace)
            except (FrameBroken, Undecodable) as error:
                late = time.monotonic() - started >= request.settings.audit.deadline_seconds
                status, words = self._bury(worker)
                if status == OTHER_ENGINE:
                    raise _upgraded() from error
                if late:
                    return _overrun(request.settings.audit.deadline_seconds)
                if not was_warm:
                    return _crashed(status, words or str(error))
            else:
                self._give_back(worker)
                return answer

    def reap(self) -> None:
        """Let go of workers that ended by themselves: a process that ended stays in the process table until it is waited for."""
        with self._lock:
            ended = [worker for worker in self._idle if not worker.pipes.quiet]
            self._idle = [worker for worker in self._idle if worker not in ended]
        for worker in ended:
            worker.end()

    def close(self) -> None:
        """End all workers, also those at work: their audits are claimed in the journal and run again at the next start."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
            for pid in self._busy:
                # Whoever reaps one takes it out of the set first, so these ids are still theirs.
                _kill_group(pid)
        for worker in idle:
            worker.end()

    def kill(self) -> None:
        """Kill all workers without waiting for a lock: for a signal handler, just before the process ends."""
        for pid in [*self._busy, *(worker.pid for worker in self._idle)]:
            _kill_group(pid)

    def _take(self) -> _Worker:
        dead = []
        with self._lock:
            while self._idle and not self._closed:
                worker = self._idle.pop()
                if worker.pipes.quiet:
                    self._busy.add(worker.pid)
                    break
                dead.append(worker)
            else:
                worker = self._started()
        for other in dead:
            other.end()
        return worker

    def _started(self) -> _Worker:
        # Under the lock: a worker that is started while `close` runs must not outlive it.
        if self._closed:
            raise EnvironmentFault("no audit is begun: the process that would ask for it ends", "it is run again at the next start")
        worker = _start(self._command)
        self._busy.add(worker.pid)
        return worker

    def _give_back(self, worker: _Worker) -> None:
        with self._lock:
            self._busy.discard(worker.pid)
            if not self._closed:
                self._idle.append(worker)
                return
        worker.end()

    def _bury(self, worker: _Worker) -> tuple[int, str]:
        with self._lock:
            self._busy.discard(worker.pid)
        return worker.end()


def _start(command: Sequence[str]) -> _Worker:
    """Execute a worker: isolated Python, literal environment, own session, closed descriptors, working directory `/`."""
    try:
        process = subprocess.Popen(
            command,
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


def _overrun(seconds: int) -> Failed:
    why = f"the audit overran its deadline of {seconds} s"
    return Failed(StopReason.ENVIRONMENT_LIMITATION, why, "raise audit.deadline_seconds, or look for what makes the tree slow")


def _misplaced(answer: Answer) -> Failed:
    # The worker parsed hostile input; an answer to what nobody asked must not be taken for one.
    return Failed(StopReason.ENVIRONMENT_LIMITATION, f"the audit process answered with {type(answer).__name__}, which nobody asked for")


def _upgraded() -> EnvironmentFault:
    return EnvironmentFault(f"this process is forgewatch {__version__}, another version is installed now", "restart the daemon")


def _crashed(status: int, words: str) -> Failed:
    return Failed(
        StopReason.ENVIRONMENT_LIMITATION, f"the audit process ended with status {status}: {escape(words)}", "see the daemon's log"
    )


def _kill_group(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
