"""What a step may take, and what is kept of it."""

from __future__ import annotations

import hashlib
import os
from collections import deque
from dataclasses import dataclass, field

from forgewatch.core.bench import Listener
from forgewatch.core.values import Digest

MIB = 1024 * 1024
TAIL = 64 * 1024
OUTPUT = 256 * MIB
PROCESSES = 4096
ROOM = 64 * MIB
"""Bytes that a step must leave on the disk of the copy: the record is on it, too."""

FILES = 1000
"""Files that can still be made there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What ends a step: `ends` on the monotonic clock, bytes of output, processes at once, bytes that must stay free at `disk`.
    `memory_mb` bounds the address space of each process, 0 for no bound."""

    ends: float
    why_late: str
    disk: str
    memory_mb: int = 0
    output: int = OUTPUT
    processes: int = PROCESSES
    room: int = ROOM


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a command ended. `exit` is None when it was ended or never began, and `why` says so. `started`: the launcher was reached."""

    exit: int | None
    why: str
    seconds: float
    tail: bytes
    size: int
    digest: Digest
    started: bool


@dataclass(slots=True)
class Output:
    """What a command printed, in bounded memory."""

    listener: Listener
    size: int = 0
    _hasher: hashlib._Hash = field(default_factory=hashlib.sha256)
    _pieces: deque[bytes] = field(default_factory=deque)
    _kept: int = 0

    def take(self, piece: bytes) -> None:
        """Take the next bytes."""
        self.size += len(piece)
        self._hasher.update(piece)
        self._pieces.append(piece)
        self._kept += len(piece)
        while self._kept - len(self._pieces[0]) >= TAIL:
            self._kept -= len(self._pieces.popleft())
        self.listener.heard(piece)

    @property
    def tail(self) -> bytes:
        """The last bytes."""
        return b"".join(self._pieces)[-TAIL:]

    @property
    def digest(self) -> Digest:
        """The digest of all bytes."""
        return Digest(f"sha256:{self._hasher.hexdigest()}")


def full(disk: str, room: int) -> str:
    """Return that too little is free on the disk of a folder, empty when there is enough. Raises OSError."""
    free = os.statvfs(disk)
    if free.f_bavail * free.f_frsize >= room and (free.f_favail >= FILES or not free.f_files):
        return ""
    return f"fewer than {FILES} files or {room} bytes are free where the copy is"
