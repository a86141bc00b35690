"""Room kept aside so that a full disk can still be told about (ledger.md section 1, Recovery: ENOSPC)."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from forgewatch.adapters.disk import CREATE, FOLDER, Disk

RESERVED = 256 * 1024
"""Bytes of the reserve: many short entries, one of the longest."""

_NAME = "reserve"
_FLAGS = os.O_WRONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class Reserve:
    """A file of real blocks in `folder`, given up when the disk is full. Best effort: without it only the ERROR entry is lost."""

    def __init__(self, folder: Path, disk: Disk) -> None:
        self._folder = folder
        self._disk = disk
        self._kept = False
        self._released = False

    def keep(self) -> None:
        """Have the reserve in place, unless it was just released: the append that needs its room comes first."""
        if self._kept:
            return
        if self._released:
            self._released = False
            return
        with contextlib.suppress(OSError):
            self._make()
            self._kept = True

    def release(self) -> None:
        """Give the room back to the file system."""
        with contextlib.suppress(OSError):
            folder = self._disk.open(self._folder, FOLDER)
            try:
                self._disk.unlink(_NAME, folder)
                self._released = True
            finally:
                os.close(folder)
        self._kept = False

    def _make(self) -> None:
        path = self._folder / _NAME
        try:
            descriptor = self._disk.open(path, _FLAGS | CREATE)
        except FileExistsError:
            descriptor = self._disk.open(path, _FLAGS)
        try:
            self._disk.allocate(descriptor, RESERVED)
        finally:
            os.close(descriptor)
