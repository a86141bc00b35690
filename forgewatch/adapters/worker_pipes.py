"""The daemon's side of a worker's pipes: one question, one answer, and a deadline that holds whatever the worker does.

All three pipes are served at once. A worker that does not read its question, that answers a byte at a time, or that fills its
standard error, can neither block us nor itself.
"""

from __future__ import annotations

import os
import select
import subprocess
import time

from forgewatch.adapters.frames import PREFIX_BYTES, FrameBroken, length_of, pack, unpack
from forgewatch.core.canonical import Json

WORDS = 4096
"""Bytes of standard error that are kept: the last ones."""

_CHUNK = 1 << 20
_PATIENCE = 64


class WorkerPipes:
    """Standard input, output and error of a worker, none of them blocking. Owned: `close` closes them."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdin is not None and process.stdout is not None and process.stderr is not None
        self._pipes = (process.stdin, process.stdout, process.stderr)
        self._question, self._answer, self._errors = (pipe.fileno() for pipe in self._pipes)
        for pipe in self._pipes:
            os.set_blocking(pipe.fileno(), False)
        self._words = b""

    def ask(self, question: Json, seconds: float) -> Json:
        """Send a question and return the answer. Raises FrameBroken on end, overrun, oversize or broken JSON."""
        ends = time.monotonic() + seconds
        unsent, body = memoryview(pack(question)), bytearray()
        while not _is_whole(body):
            for fd, _ in self._ready(bool(unsent), ends):
                if fd == self._question:
                    unsent = unsent[self._send(unsent) :]
                elif fd == self._errors:
                    self._listen()
                else:
                    body += self._receive(len(body))
        return unpack(bytes(body[PREFIX_BYTES:]))

    def last_words(self) -> str:
        """Return the last line the worker said on standard error; empty when it said nothing."""
        for _ in range(_PATIENCE):
            # A bound, because a process that left the worker's group may go on writing.
            if not self._listen():
                break
        lines = self._words.decode("utf-8", "replace").strip().splitlines()
        return lines[-1] if lines else ""

    @property
    def quiet(self) -> bool:
        """True while the worker neither spoke unasked nor ended."""
        poll = select.poll()
        poll.register(self._answer, select.POLLIN)
        return not poll.poll(0)

    def close(self) -> None:
        """Close the pipes."""
        for pipe in self._pipes:
            pipe.close()

    def _ready(self, sending: bool, ends: float) -> list[tuple[int, int]]:
        left = ends - time.monotonic()
        poll = select.poll()
        poll.register(self._answer, select.POLLIN)
        if sending:
            poll.register(self._question, select.POLLOUT)
        if not self._pipes[2].closed:
            poll.register(self._errors, select.POLLIN)
        ready = poll.poll(left * 1000) if left > 0 else []
        if not ready:
            raise FrameBroken("nothing came within the time")
        return ready

    def _send(self, unsent: memoryview) -> int:
        try:
            return os.write(self._question, unsent[:_CHUNK])
        except BlockingIOError:
            return 0
        except OSError as error:
            raise FrameBroken(f"the other side is gone: {error.strerror}") from error

    def _receive(self, have: int) -> bytes:
        try:
            chunk = os.read(self._answer, PREFIX_BYTES - have if have < PREFIX_BYTES else _CHUNK)
        except BlockingIOError:
            return b""
        if not chunk:
            raise FrameBroken("the other side ended")
        return chunk

    def _listen(self) -> bool:
        """Take what standard error holds. Return False when there is nothing more to hear."""
        if self._pipes[2].closed:
            return False
        try:
            heard = os.read(self._errors, _CHUNK)
        except BlockingIOError:
            return False
        self._words = (self._words + heard)[-WORDS:]
        if not heard:
            # It closed its standard error, which would be ready for ever.
            self._pipes[2].close()
        return bool(heard)


def _is_whole(frame: bytearray) -> bool:
    """True when a frame is complete; bytes beyond it are no answer. Raises FrameBroken."""
    if len(frame) < PREFIX_BYTES:
        return False
    wanted = PREFIX_BYTES + length_of(bytes(frame[:PREFIX_BYTES]))
    if len(frame) > wanted:
        raise FrameBroken(f"expected a frame of {wanted} bytes, found {len(frame)}")
    return len(frame) == wanted
