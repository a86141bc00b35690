"""The short cut of a restart as `<folder>/cache/record.json` (0700): one digest line, then canonical JSON.

Whoever controls this file can make the record forget or invent; so can whoever controls the journal beside it, until it is signed.
"""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path

from forgewatch.adapters.disk import FOLDER, READ, SYSTEM, Disk, read_exactly, replace_whole
from forgewatch.core.canonical import digest_of_bytes
from forgewatch.core.codec import Undecodable, decode, encode
from forgewatch.core.record_memory import RecordMemory

_NAME = "record.json"
_LIMIT = 256 * 1024 * 1024


class FileMemory:
    """Implements `ports.Memory`. Nothing here raises: what cannot be read or written is simply not there."""

    def __init__(self, folder: Path, disk: Disk = SYSTEM) -> None:
        self._folder = folder / "cache"
        self._disk = disk

    def recall(self) -> RecordMemory | None:
        """Return what was kept last, None when it is missing, torn, changed, or of another form."""
        try:
            descriptor = self._disk.open(self._folder / _NAME, READ)
            try:
                kept = read_exactly(self._disk, descriptor, _LIMIT, 0)
            finally:
                os.close(descriptor)
        except OSError:
            return None
        told, _, body = kept.partition(b"\n")
        if told != digest_of_bytes(body).encode():
            return None
        try:
            return decode(RecordMemory, json.loads(body))
        except (Undecodable, ValueError, RecursionError):
            return None

    def keep(self, memory: RecordMemory) -> None:
        """Replace the file at once. Not synced: a torn one is not believed."""
        body = json.dumps(encode(memory), separators=(",", ":")).encode()
        with contextlib.suppress(OSError):
            folder = self._disk.open(self._folder, FOLDER)
            try:
                replace_whole(self._disk, folder, _NAME, digest_of_bytes(body).encode() + b"\n" + body, durable=False)
            finally:
                os.close(folder)
