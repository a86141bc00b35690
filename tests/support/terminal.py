"""A terminal in which a command runs: what it shows, and the keys that are typed."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import subprocess
import termios
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.support.installed import PATIENCE, Installed


@dataclass
class Screen:
    """One command on a terminal of its own. `text` is everything that came so far."""

    process: subprocess.Popen[bytes]
    terminal: int
    text: str = field(default="")

    def shows(self, wanted: str, seconds: float = PATIENCE) -> bool:
        """Read until `wanted` has come; False when it did not in time."""
        while wanted not in self.text and select.select([self.terminal], [], [], seconds)[0]:
            try:
                piece = os.read(self.terminal, 65536)
            except OSError:
                # What a terminal says whose other side nobody holds any more.
                break
            if not piece:
                break
            self.text += piece.decode("utf-8", "replace")
        return wanted in self.text

    def types(self, keys: bytes) -> None:
        """Type these keys; `\\x03` is Ctrl-C."""
        os.write(self.terminal, keys)

    def resizes(self, columns: int, rows: int) -> None:
        """Make the terminal as large."""
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def ends(self) -> int:
        """Return the exit status once the command has ended."""
        return self.process.wait(PATIENCE)


@contextmanager
def on_a_terminal(installed: Installed, *args: str, columns: int = 80, rows: int = 24, **extra: str) -> Iterator[Screen]:
    """Run a command with all its streams on a terminal; it is killed at the end if it still runs."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    environment = {**installed.environment, "TERM": "xterm", **extra}
    process = subprocess.Popen(
        [str(installed.command), *args],
        cwd=installed.root,
        env=environment,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
    )
    os.close(theirs)
    try:
        yield Screen(process, ours)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        os.close(ours)
