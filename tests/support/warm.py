"""A process that has imported the command and waits. A command that a test runs is a fork of it: a process of its own, with its own
arguments, folder, environment, standard streams and exit status, that begins where others are after half a second of imports.

What a fork shares with the process that it comes from is what it has when nothing has run yet: modules. Whatever decides how an
interpreter starts (PYTHONPATH, locale, another program) starts one as always (`Installed.run`).
"""

from __future__ import annotations

import gc
import io
import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
PROGRAM = "import sys; from forgewatch.__main__ import main; from tests.support.warm import is_fork; is_fork() and sys.exit(main())"


@dataclass
class Warm:
    """`command` is what the forks call themselves, `environment` the one that their interpreter is started with."""

    command: str
    environment: Mapping[str, str]

    @cached_property
    def _started(self) -> tuple[subprocess.Popen[bytes], socket.socket]:
        ours, theirs = socket.socketpair()
        with theirs:
            number = theirs.fileno()
            argv = [sys.executable, "-c", PROGRAM, str(number), self.command]
            process = subprocess.Popen(argv, cwd=TOP, env=self.environment, stdin=-3, stdout=-3, pass_fds=[number])
        return process, ours

    def run(self, args: list[str], cwd: Path, environment: Mapping[str, str], seconds: float) -> subprocess.CompletedProcess[str]:
        """Run one command to its end, as `subprocess.run` does that captures text."""
        asked = {"argv": [self.command, *args], "cwd": str(cwd), "environment": dict(environment)}
        ours, theirs = socket.socketpair()
        (out, its_out), (err, its_err) = os.pipe(), os.pipe()
        # One message of one byte, so that several threads may ask at once.
        socket.send_fds(self._started[1], [b"."], [theirs.fileno(), its_out, its_err])
        theirs.close()
        os.close(its_out)
        os.close(its_err)
        with ours, ours.makefile("r") as said, open(out, "rb", 0) as told, open(err, "rb", 0) as complained:
            ours.sendall(json.dumps(asked).encode() + b"\n")
            pid = int(said.readline())
            try:
                texts = _read_both(told, complained, seconds)
            except TimeoutError:
                os.kill(pid, signal.SIGKILL)
                raise subprocess.TimeoutExpired(asked["argv"], seconds) from None
            return subprocess.CompletedProcess(asked["argv"], int(said.readline()), *texts)

    def end(self) -> None:
        """Let the process end, when there is one: what it measured is written before this returns."""
        if "_started" in self.__dict__:
            process, door = self.__dict__.pop("_started")
            door.close()
            process.wait(20)


def _read_both(told: io.FileIO, complained: io.FileIO, seconds: float) -> list[str]:
    ends = time.monotonic() + seconds
    texts = {told: b"", complained: b""}
    with selectors.DefaultSelector() as both:
        for stream in texts:
            both.register(stream, selectors.EVENT_READ)
        while both.get_map():
            ready = both.select(ends - time.monotonic())
            if not ready:
                raise TimeoutError
            for key, _ in ready:
                data = os.read(key.fd, 1 << 16)
                texts[key.fileobj] += data
                if not data:
                    both.unregister(key.fileobj)
    return [io.TextIOWrapper(io.BytesIO(text)).read() for text in texts.values()]


def is_fork() -> bool:
    """Import every command and wait. Return True in each fork, which is to run the command, and False when nobody can ask any more."""
    door = socket.socket(fileno=int(sys.argv[1]))
    for command in import_module("forgewatch.cli.commands").COMMANDS:
        import_module(command.module)
    sys.path[0] = os.path.dirname(sys.argv[2])
    # The pages that both have stay the same ones.
    gc.collect()
    gc.freeze()
    # Nobody waits for those who wait for the commands.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        word, numbers, _, _ = socket.recv_fds(door, 1, 3)
        if not word:
            return False
        if os.fork() == 0:
            door.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            return _become(*numbers)
        for number in numbers:
            os.close(number)


def _become(asker: int, out: int, err: int) -> bool:
    with socket.socket(fileno=asker) as line, line.makefile("r") as words:
        asked = json.loads(words.readline())
        pid = os.fork()
        if pid:
            os.close(out)
            os.close(err)
            line.sendall(f"{pid}\n".encode())
            line.sendall(f"{os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])}\n".encode())
            os._exit(0)
    for number, name in ((out, 1), (err, 2)):
        os.dup2(number, name)
        os.close(number)
    os.chdir(asked["cwd"])
    os.environ.clear()
    os.environ.update(asked["environment"])
    sys.argv = asked["argv"]
    return True
