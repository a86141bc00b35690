"""A disk that fails at one chosen call, in one chosen way, and is a real disk in every other."""

from __future__ import annotations

import errno
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from forgewatch.adapters.disk import Disk

T = TypeVar("T")

ERRNO = {"ENOSPC": errno.ENOSPC, "EIO": errno.EIO, "EINTR": errno.EINTR, "EROFS": errno.EROFS}
WRITES = ("short write", "lying write", "garbled write")
KILLS = ("KILL before", "KILL after")
FAULTS = (*ERRNO, *WRITES)


@dataclass(frozen=True)
class Fault:
    """What happens at call number `call` (from 0). A write fault at another call than a write does nothing."""

    kind: str
    call: int


class FaultyDisk(Disk):
    """Counts every call, and plays the fault at its call. `calls` are the names so far."""

    def __init__(self, fault: Fault | None = None) -> None:
        self.fault = fault
        self.calls: list[str] = []
        self.armed = True

    def _call(self, name: str, real: Callable[..., T], *args: Any, **named: Any) -> T:
        if not self.armed:
            return real(*args, **named)
        self.calls.append(name)
        if self.fault is None or len(self.calls) - 1 != self.fault.call:
            return real(*args, **named)
        kind = self.fault.kind
        if kind in ERRNO:
            raise OSError(ERRNO[kind], os.strerror(ERRNO[kind]))
        if kind == "KILL before":
            os.kill(os.getpid(), signal.SIGKILL)
        if kind in WRITES and name == "write":
            return self._write_badly(kind, real, *args)  # type: ignore[return-value]
        try:
            return real(*args, **named)
        finally:
            if kind == "KILL after":
                os.kill(os.getpid(), signal.SIGKILL)

    @staticmethod
    def _write_badly(kind: str, real: Callable[..., Any], descriptor: int, piece: bytes) -> int:
        if kind == "short write":
            return int(real(descriptor, piece[: len(piece) // 2]))
        if kind == "garbled write":
            return int(real(descriptor, piece[:-3] + b"???"))
        real(descriptor, piece[: len(piece) // 2])
        return len(piece)

    def open(self, path: str | os.PathLike[str], flags: int, mode: int = 0o600, *, folder: int | None = None) -> int:
        return self._call("open", super().open, path, flags, mode, folder=folder)

    def write(self, descriptor: int, piece: bytes) -> int:
        return self._call("write", super().write, descriptor, piece)

    def pread(self, descriptor: int, size: int, offset: int) -> bytes:
        return self._call("pread", super().pread, descriptor, size, offset)

    def fdatasync(self, descriptor: int) -> None:
        self._call("fdatasync", super().fdatasync, descriptor)

    def fsync(self, descriptor: int) -> None:
        self._call("fsync", super().fsync, descriptor)

    def ftruncate(self, descriptor: int, size: int) -> None:
        self._call("ftruncate", super().ftruncate, descriptor, size)

    def allocate(self, descriptor: int, size: int) -> None:
        self._call("allocate", super().allocate, descriptor, size)

    def rename(self, old: str, new: str, folder: int) -> None:
        self._call("rename", super().rename, old, new, folder)

    def unlink(self, name: str, folder: int) -> None:
        self._call("unlink", super().unlink, name, folder)
