"""A child of this process that has what this process has imported: for tests that kill a program at one call after the other, where
half a second of imports before each call would be most of the time."""

from __future__ import annotations

import os
import traceback
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO


@dataclass
class Forked:
    """`told` is what the child writes, `words` what it reads."""

    pid: int
    told: BinaryIO
    words: BinaryIO

    def end(self) -> tuple[int, str]:
        """Wait for the end of the child. Return its exit status, negative for a signal, and what it told since it was last read."""
        with self.told, self.words:
            rest = self.told.read().decode()
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1]), rest


def forked(work: Callable[[int, int], None]) -> Forked:
    """Begin `work(out, into)` in a child: it writes to the one descriptor and reads from the other. An error ends it with 1 and is told."""
    (told, out), (into, words) = os.pipe(), os.pipe()
    with warnings.catch_warnings():
        # The thread that speaks with the other workers is none that the child needs.
        warnings.simplefilter("ignore", DeprecationWarning)
        pid = os.fork()
    if pid == 0:
        os.close(told)
        os.close(words)
        _end_with(work, out, into)
    os.close(out)
    os.close(into)
    return Forked(pid, open(told, "rb", 0), open(words, "wb", 0))


def _end_with(work: Callable[[int, int], None], out: int, into: int) -> None:
    status = 1
    try:
        work(out, into)
        status = 0
    except BaseException:  # noqa: BLE001  # nothing of the child may return into the test
        os.write(out, traceback.format_exc().encode())
    finally:
        os._exit(status)
