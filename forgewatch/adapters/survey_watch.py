"""Names that come, go or move in directories while a walk goes on: one inotify descriptor, read once afterwards.

Directory times say that something happened, and not to whom: tools create and remove ignored files all the time. When no watch is
to be had, nothing is known about the directory, and it counts as touched; so a builder who uses up all watches gains nothing.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import struct
from collections.abc import Iterable
from types import TracebackType
from typing import Self

from forgewatch.adapters.files import DIRECTORY, folder_of

_LIBC = ctypes.CDLL(None, use_errno=True)
_EVENT = struct.Struct("iIII")
_FLAGS = os.O_NONBLOCK | os.O_CLOEXEC
_ATTRIB, _MOVED_FROM, _MOVED_TO, _CREATE, _DELETE = 0x4, 0x40, 0x80, 0x100, 0x200
_OVERFLOW, _ONLY_FOLDERS, _IS_FOLDER = 0x4000, 0x0100_0000, 0x4000_0000
_NAMES = _MOVED_FROM | _MOVED_TO | _CREATE | _DELETE
_CHUNK = 1024 * 1024
MOST_BYTES = 4 * _CHUNK
"""Bytes of events that one look hears: more than the kernel keeps by default (16,384 events)."""

_LOST = ("", False)


class NameWatch:
    """Watches directories below one root. Makes no descriptor before the first one is added; close it with `with`."""

    def __init__(self) -> None:
        self._handle = -1
        self._paths: dict[int, str] = {}
        self._identities: dict[str, tuple[int, int]] = {}
        self.speaking: set[str] = set()
        """The watched directories that anything was ever heard of."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._handle >= 0:
            os.close(self._handle)

    def add(self, root: int, paths: Iterable[str]) -> None:
        """Watch the directories at `paths` (with a trailing `/`, or `""`). One that cannot be watched has no identity then."""
        if self._handle < 0:
            self._handle = _LIBC.inotify_init1(_FLAGS)
        for path in paths if self._handle >= 0 else ():
            with contextlib.suppress(OSError), folder_of(root, path) as (handle, _):
                self._add(handle, path)

    def _add(self, handle: int, path: str) -> None:
        # Through the descriptor: the directory that is watched is the one that was opened, whatever its path leads to now.
        below = os.open(".", DIRECTORY, dir_fd=handle)
        try:
            number = _LIBC.inotify_add_watch(self._handle, b"/proc/self/fd/%d" % below, _NAMES | _ATTRIB | _ONLY_FOLDERS)
            seen = os.fstat(below)
        finally:
            os.close(below)
        if number >= 0:
            self._paths[number] = path
            self._identities[path] = (seen.st_dev, seen.st_ino)

    def identity(self, path: str) -> tuple[int, int] | None:
        """Return device and inode of the watched directory at `path`, None when it is not watched."""
        return self._identities.get(path)

    def heard(self) -> list[tuple[str, bool]] | None:
        """Return the paths that came, went or moved since the last call, and whether they are directories; None when some were lost, or
        when they are more than `MOST_BYTES`: whoever moves files as fast as we read would keep us here for ever."""
        heard: list[tuple[str, bool]] = []
        left = MOST_BYTES
        with contextlib.suppress(BlockingIOError):
            while left > 0 and (raw := os.read(self._handle, _CHUNK)):
                left -= len(raw)
                heard += self._events(raw)
        return None if _LOST in heard or left <= 0 else heard

    def _events(self, raw: bytes) -> Iterable[tuple[str, bool]]:
        at = 0
        while at < len(raw):
            number, mask, _, length = _EVENT.unpack_from(raw, at)
            name = os.fsdecode(raw[at + _EVENT.size : at + _EVENT.size + length].rstrip(b"\0"))
            at += _EVENT.size + length
            if mask & _OVERFLOW:
                yield _LOST
            elif number in self._paths:
                self.speaking.add(self._paths[number])
                if mask & _NAMES:
                    yield f"{self._paths[number]}{name}", bool(mask & _IS_FOLDER)
