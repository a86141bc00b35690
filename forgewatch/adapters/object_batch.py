"""A persistent `cat-file --batch` that cannot deadlock, hang or flood us, and whose every answer is re-hashed (hostile.md, layer 3)."""

from __future__ import annotations

import hashlib
import os
import select
import subprocess
import time
import weakref
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NoReturn

from forgewatch.core.errors import GitFailed
from forgewatch.core.values import Oid

CHUNK = 256
"""Requests under way at once: their lines fit into a pipe, so that writing them never waits for git to be read."""

DRAINED = 256 * 1024
"""Bytes of an unwanted body that are read and dropped: to start git anew takes longer than to read that much."""

_READ = 1024 * 1024
_NOBODY = "0" * 40 + "\n"
_GIT_DIED = 128
_CORRUPT = "bytes that git calls corrupt"


@dataclass(frozen=True, slots=True)
class Verified:
    """An object whose bytes hash to its id. `kind` is commit, tree, blob or tag."""

    kind: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Missing:
    """The object store does not have it."""


@dataclass(frozen=True, slots=True)
class TooLarge:
    """It has `size` bytes, more than was asked for."""

    size: int


@dataclass(frozen=True, slots=True)
class Forged:
    """The object store lies: the bytes it gives under this id have another one."""

    found: str


@dataclass(frozen=True, slots=True)
class Weighed:
    """All of its `size` bytes were read and hash to its id; none was kept."""

    kind: str
    size: int


Answer = Verified | Missing | TooLarge | Forged


class _Corrupt(Exception):
    """git died of the object it was asked for."""


class ObjectBatch:
    """Fetches objects by full id. `spawn` starts the process; `seconds` bound each chunk of answers."""

    def __init__(self, spawn: Callable[[], subprocess.Popen[bytes]], seconds: float) -> None:
        self._spawn = spawn
        self._seconds = seconds
        self._process: subprocess.Popen[bytes] | None = None
        self._poll = select.poll()
        self._buffer = bytearray()
        self._deadline = 0.0
        self._greeted = False
        self._end: Callable[[], None] = _nothing

    def fetch(self, oids: Sequence[Oid], limit: int) -> dict[Oid, Answer]:
        """Return the answer for each id; bodies over `limit` bytes are not kept. Raises GitFailed (git died, hung, or spoke nonsense)."""
        answers: dict[Oid, Answer] = {}
        wanted = list(dict.fromkeys(oids))
        for start in range(0, len(wanted), CHUNK):
            answers.update(self._fetch_chunk(wanted[start : start + CHUNK], limit))
        return answers

    def weigh(self, oid: Oid, limit: int) -> Weighed | Missing | TooLarge | Forged:
        """Read an object of at most `limit` bytes and keep none of it: the size in its header is only what the store claims.

        Raises GitFailed.
        """
        self._ask([oid])
        try:
            header = self._header(oid)
            return header if isinstance(header, Missing) else self._weigh_body(oid, *header, limit)
        except _Corrupt:
            self.close()
            return Forged(_CORRUPT)

    def _weigh_body(self, oid: Oid, kind: str, size: int, limit: int) -> Weighed | TooLarge | Forged:
        if size > limit:
            self.close()
            return TooLarge(size)
        hasher, left = hasher_of(kind, size, len(oid)), size
        while left:
            piece = self._take(min(left, _READ))
            hasher.update(piece)
            left -= len(piece)
        self._take(1)
        found = hasher.hexdigest()
        return Weighed(kind, size) if found == oid else Forged(found)

    def close(self) -> None:
        """End the process; the next fetch starts another one."""
        self._end()
        self._end = _nothing
        self._process = None
        self._buffer.clear()

    def _fetch_chunk(self, oids: Sequence[Oid], limit: int) -> Iterator[tuple[Oid, Answer]]:
        waiting = list(oids)
        answers: list[tuple[Oid, Answer]] = []
        while waiting:
            self._ask(waiting)
            answered = 0
            for oid in waiting:
                answer = self._answer(oid, limit)
                answers.append((oid, answer))
                answered += 1
                if self._process is None:
                    break
            waiting = waiting[answered:]
        return iter(answers)

    def _ask(self, oids: Sequence[Oid]) -> None:
        if self._process is None or self._process.poll() is not None:
            self.close()
            self._start()
        self._send("\n".join(oids) + "\n")

    def _start(self) -> None:
        process = self._spawn()
        assert process.stdout is not None
        self._process = process
        self._poll = select.poll()
        self._poll.register(process.stdout.fileno(), select.POLLIN)
        self._end = weakref.finalize(self, _stop, process)
        # A git that answers this can read its shadow: if it dies later, an object killed it.
        self._greeted = False
        self._send(_NOBODY)
        if not self._line().endswith(" missing"):
            self._fail("expected git to miss the null object, found it answered otherwise")
        self._greeted = True

    def _send(self, request: str) -> None:
        assert self._process is not None and self._process.stdin is not None
        self._deadline = time.monotonic() + self._seconds
        try:
            os.write(self._process.stdin.fileno(), request.encode("ascii"))
        except OSError as error:
            self._fail("git ended while it was asked for objects", error)

    def _answer(self, oid: Oid, limit: int) -> Answer:
        try:
            return self._read_answer(oid, limit)
        except _Corrupt:
            self.close()
            return Forged(_CORRUPT)

    def _read_answer(self, oid: Oid, limit: int) -> Answer:
        header = self._header(oid)
        if isinstance(header, Missing):
            return header
        kind, size = header
        if size > limit:
            self._pass_over(size)
            return TooLarge(size)
        body = self._take(size + 1)[:-1]
        found = object_id(kind, body, len(oid))
        return Verified(kind, body) if found == oid else Forged(found)

    def _pass_over(self, size: int) -> None:
        # The unread body would still come: a new process is cheaper than reading a large one.
        if size > DRAINED:
            self.close()
        else:
            self._take(size + 1)

    def _header(self, oid: Oid) -> Missing | tuple[str, int]:
        fields = self._line().split(" ")
        if fields[-1] == "missing":
            return Missing()
        if len(fields) != 3 or not fields[2].isdecimal():
            self._fail(f"expected an object header for {oid}, found {' '.join(fields)[:80]!r}")
        return fields[1], int(fields[2])

    def _line(self) -> str:
        while (end := self._buffer.find(b"\n")) == -1:
            if len(self._buffer) > 4096:
                self._fail("expected a header line, found 4096 bytes without one")
            self._fill()
        line = self._buffer[:end].decode("utf-8", "replace")
        del self._buffer[: end + 1]
        return line

    def _take(self, size: int) -> bytes:
        while len(self._buffer) < size:
            self._fill()
        taken = bytes(self._buffer[:size])
        del self._buffer[:size]
        return taken

    def _fill(self) -> None:
        assert self._process is not None and self._process.stdout is not None
        left = self._deadline - time.monotonic()
        if left <= 0 or not self._poll.poll(left * 1000):
            self._fail(f"git did not answer within {self._seconds:g} s")
        data = os.read(self._process.stdout.fileno(), _READ)
        if not data and self._process.wait() == _GIT_DIED and self._greeted:
            raise _Corrupt
        if not data:
            self._fail(f"git ended before it answered, with status {self._process.returncode}")
        self._buffer += data

    def _fail(self, why: str, cause: OSError | None = None) -> NoReturn:
        self.close()
        raise GitFailed(why, "git fsck") from cause


def object_id(kind: str, body: bytes, digits: int) -> str:
    """Return the id git gives to an object of this kind and bytes, in the object format with ids of `digits` hex digits."""
    hasher = hasher_of(kind, len(body), digits)
    hasher.update(body)
    return hasher.hexdigest()


def hasher_of(kind: str, size: int, digits: int) -> hashlib._Hash:
    """Return a hash that was given git's header of an object, and waits for its `size` bytes."""
    hasher = hashlib.sha1(usedforsecurity=False) if digits == 40 else hashlib.sha256()
    hasher.update(b"%s %d\0" % (kind.encode("utf-8"), size))
    return hasher


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()
    process.wait()


def _nothing() -> None:
    return
