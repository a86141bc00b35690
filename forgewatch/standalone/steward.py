"""Starts one command and outlives everything that the command starts: run as a program of its own, by its path, with a bare Python.

    steward.py CONTROL STATUS MEMORY_MB PROCESSES COMMAND...

It adopts every orphan among its descendants (a double fork, a new session), so that none can get away: when the command has ended, or the
descriptor CONTROL says end of file because whoever asked is done or dead, it kills them all and ends last. To the descriptor STATUS it
writes one line: `exit N` (128 and the signal's number for a signal), `gone` when it was told to end, `crowd` when there were more than
PROCESSES processes, `broken ...` when the command could not be started. The command has STATUS as descriptor 3.

Killed itself, its children die with it where they ask for that (bubblewrap does); a process without a sandbox may then live on.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import resource
import select
import signal
import subprocess
import sys
import time
from collections.abc import Sequence

_SUBREAPER = 36
_LOOK_SECONDS = 0.1
_STATUS = 3
_ABOVE = 10
_KILL_FIRST = "1000"
_WAKE_BYTES = 4096


def main(argv: Sequence[str]) -> int:
    """Run the command to its end, ours or its own, and return 0."""
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    control, status, memory, crowd = (int(word) for word in argv[:4])
    control, told = (fcntl.fcntl(number, fcntl.F_DUPFD_CLOEXEC, _ABOVE) for number in (control, status))
    os.dup2(told, _STATUS)
    _prepare(memory, crowd)
    try:
        child = subprocess.Popen(argv[4:], stdin=subprocess.DEVNULL, pass_fds=(_STATUS,))
    except OSError as error:
        _say(told, f"broken {error.strerror}")
        return 0
    # Now only the command and we hold these: who waits for their end, waits for the command's processes.
    for number in (0, 1, 2, _STATUS):
        os.close(number)
    said = _wait(child, control, crowd)
    _end_all()
    _say(told, said if said else f"exit {_exit_of(child)}")
    return 0


def _prepare(memory: int, crowd: int) -> None:
    ctypes.CDLL(None, use_errno=True).prctl(_SUBREAPER, 1, 0, 0, 0)
    # An interrupt is for who asked: that one tells us.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # A handler, and not SIG_IGN: that one the command would inherit.
        signal.signal(number, _unmoved)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if memory:
        resource.setrlimit(resource.RLIMIT_AS, (memory << 20, memory << 20))
    _keep_the_upper_hand(crowd)
    try:
        # When memory runs out, the kernel is to take these first and nobody's daemon.
        with open("/proc/self/oom_score_adj", "w", encoding="ascii") as file:
            file.write(_KILL_FIRST)
    except OSError:
        return


def _keep_the_upper_hand(crowd: int) -> None:
    """See to it that a fork bomb does not keep us from ending it. Root's processes are not counted by the kernel, but root may go first;
    for others it is the other way round."""
    try:
        os.sched_setscheduler(0, os.SCHED_RR | os.SCHED_RESET_ON_FORK, os.sched_param(1))
    except OSError:
        tasks = _all_tasks()
        most = tasks + crowd
        _, hard = resource.getrlimit(resource.RLIMIT_NPROC)
        if tasks and (hard == resource.RLIM_INFINITY or hard > most):
            resource.setrlimit(resource.RLIMIT_NPROC, (most, most))


def _unmoved(_number: int, _frame: object) -> None:
    """Take a signal and go on."""


def _wait(child: subprocess.Popen[bytes], control: int, crowd: int) -> str:
    """Wait for the command's end. Return an empty text then, else why it is to be ended."""
    woken, wake = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    # A child that ended before this is found all the same: the first look does not wait.
    signal.signal(signal.SIGCHLD, _unmoved)
    poll = select.poll()
    for number in (control, woken):
        poll.register(number, select.POLLIN)
    before, patience = _all_tasks(), 0.0
    while True:
        ready = {number for number, _ in poll.poll(patience)}
        patience = _LOOK_SECONDS * 1000
        if woken in ready:
            os.read(woken, _WAKE_BYTES)
        if _reap_others(child.pid):
            child.wait()
            return ""
        if control in ready:
            return "gone"
        # The machine's count is one read; only where it grew does it pay to count our own.
        if _all_tasks() - before > crowd and len(_descendants()) > crowd:
            return "crowd"


def _reap_others(child: int) -> bool:
    """Reap every orphan that ended. Return True when the command ended."""
    while True:
        found = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        if found is None or found.si_pid == child:
            return found is not None
        os.waitpid(found.si_pid, 0)


def _all_tasks() -> int:
    try:
        with open("/proc/loadavg", encoding="ascii") as file:
            return int(file.read().split()[3].partition("/")[2])
    except (OSError, IndexError, ValueError):
        return 0


def _descendants() -> list[int]:
    """Return the ids of all processes below us."""
    children: dict[int, list[int]] = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            children.setdefault(_parent_of(name), []).append(int(name))
    found, level = [], [os.getpid()]
    while level:
        level = [child for parent in level for child in children.get(parent, ())]
        found += level
    return found


def _parent_of(name: str) -> int:
    try:
        with open(f"/proc/{name}/stat", "rb") as file:
            return int(file.read().rpartition(b")")[2].split()[1])
    except (OSError, IndexError, ValueError):
        return 0


def _end_all() -> None:
    """Kill every descendant until there is none. Orphans become our children, so whoever forks while he is killed is found again."""
    pause = 0.0005
    while True:
        for pid in _descendants():
            try:
                os.kill(pid, signal.SIGKILL)
            except OSError:
                continue
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return
        time.sleep(pause)
        pause = min(0.05, pause * 2)


def _exit_of(child: subprocess.Popen[bytes]) -> int:
    code = child.returncode or 0
    return code if code >= 0 else 128 - code


def _say(status: int, line: str) -> None:
    try:
        os.write(status, f"\n{line}\n".encode())
    except OSError:
        return


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
