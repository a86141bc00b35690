"""The stored inputs of audits, in `<folder>/replay` (0700), each compressed under the SHA-256 of its bytes.

Bounded: the oldest are given up first, and losing one costs its replay only. The entry in the journal names the digest, so whoever
changes a file here makes it one that is refused.
"""

from __future__ import annotations

import contextlib
import os
import stat
import zlib
from pathlib import Path

from forgewatch.adapters.disk import FOLDER, READ, SYSTEM, Disk, read_exactly, replace_whole
from forgewatch.core.canonical import digest_of_bytes
from forgewatch.core.errors import InputsGone
from forgewatch.core.inputs import INPUT_BYTES
from forgewatch.core.limits import MIB
from forgewatch.core.text import escape
from forgewatch.core.values import Digest, Refused, parse_digest

REPLAY = "replay"

MOST_FILES = 512
MOST_BYTES = 256 * MIB
"""How many audits are kept for a replay, and how many bytes they may have together, compressed."""

_LEVEL = 1
_HINT = "the entry stands as it was recorded; only its replay is lost"


class FolderInputs:
    """Implements `ports.InputStore`."""

    def __init__(self, folder: Path, disk: Disk = SYSTEM, *, files: int = MOST_FILES, total: int = MOST_BYTES) -> None:
        self._folder = folder / REPLAY
        self._disk = disk
        self._files = files
        self._total = total

    def keep(self, packed: bytes) -> Digest | None:
        """Store the bytes whole or not at all, and give up the oldest that are too many. None when they cannot be kept; never raises.

        Not durable by itself: after a power failure the file may be gone, or refused.
        """
        digest = digest_of_bytes(packed)
        try:
            folder = self._disk.open(self._folder, FOLDER)
            try:
                # A crash after this line, before the entry, leaves a file that nobody asks for; it ages like the others.
                replace_whole(self._disk, folder, _name(digest), zlib.compress(packed, _LEVEL), durable=False)
                self._give_up(folder)
            finally:
                os.close(folder)
        except OSError:
            return None
        return digest

    def fetch(self, digest: Digest) -> bytes:
        """Return bytes kept earlier. Raises InputsGone when they are gone, changed or no file."""
        if isinstance(parse_digest(digest), Refused):
            # It comes from a journal line, and a file name is made of it.
            raise InputsGone(f"the stored inputs of this audit have no name: expected a digest, found {escape(digest)}", _HINT)
        path = self._folder / _name(digest)
        try:
            descriptor = self._disk.open(path, READ)
        except FileNotFoundError as error:
            raise InputsGone(f"the stored inputs of this audit are gone: the newest {self._files} are kept", _HINT) from error
        except OSError as error:
            raise InputsGone(f"the stored inputs of this audit cannot be read: {path}: {error.strerror}", _HINT) from error
        try:
            packed = self._unpacked(descriptor)
        except OSError as error:
            raise InputsGone(f"the stored inputs of this audit cannot be read: {path}: {error.strerror}", _HINT) from error
        finally:
            os.close(descriptor)
        if isinstance(packed, str) or digest_of_bytes(packed) != digest:
            found = packed if isinstance(packed, str) else digest_of_bytes(packed)
            raise InputsGone(f"the stored inputs of this audit were changed: {path}: expected {digest}, found {found}", _HINT)
        return packed

    def _unpacked(self, descriptor: int) -> bytes | str:
        """Return the bytes, or what stands there instead. At most INPUT_BYTES are ever unpacked, whatever the file promises."""
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            return "no file"
        if found.st_size > INPUT_BYTES:
            return f"a file of {found.st_size} bytes"
        inflate = zlib.decompressobj()
        try:
            packed = inflate.decompress(read_exactly(self._disk, descriptor, found.st_size, 0), INPUT_BYTES + 1)
        except zlib.error:
            return "bytes that nobody compressed"
        if len(packed) > INPUT_BYTES or not inflate.eof or inflate.unused_data:
            return "too few bytes or too many"
        return packed

    def _give_up(self, folder: int) -> None:
        with os.scandir(folder) as entries:
            found = [(entry.stat(follow_symlinks=False), entry.name) for entry in entries]
        newest = sorted(((at.st_mtime_ns, name, at.st_size) for at, name in found), reverse=True)
        total = 0
        for place, (_, name, size) in enumerate(newest):
            total += size
            if place >= self._files or total > self._total:
                # What another process gave up meanwhile, or what is no file of ours, must not keep the others.
                with contextlib.suppress(OSError):
                    self._disk.unlink(name, folder)


def _name(digest: Digest) -> str:
    return digest.removeprefix("sha256:")
