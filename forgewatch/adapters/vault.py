"""Bytes kept by digest in `<folder>/quarantine` (0700): text that was there before us, claims, and what tampering left behind."""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path

from forgewatch.adapters.disk import FOLDER, READ, SYSTEM, Disk, read_exactly, remedy, replace_whole
from forgewatch.core.canonical import digest_of_bytes
from forgewatch.core.errors import LedgerUnwritable, TamperDetected
from forgewatch.core.ledger_reader import LEDGER_BYTES
from forgewatch.core.ports import TreeFiles
from forgewatch.core.values import Digest, RepoPath

QUARANTINE = "quarantine"
_PIECE = re.compile(rb"[^\n]+|\n")


class FolderVault:
    """Implements `ports.Vault`. A file's name is the SHA-256 of its bytes; it appears whole or not at all."""

    def __init__(self, folder: Path, disk: Disk = SYSTEM) -> None:
        self._folder = folder / QUARANTINE
        self._disk = disk

    def keep(self, data: bytes) -> Digest:
        """Store the bytes durably under their digest. Raises LedgerUnwritable."""
        digest = digest_of_bytes(data)
        try:
            folder = self._disk.open(self._folder, FOLDER)
            try:
                if not self._holds(folder, _name(digest), data):
                    replace_whole(self._disk, folder, _name(digest), data)
            finally:
                os.close(folder)
        except OSError as error:
            raise LedgerUnwritable(
                f"{self._folder} cannot be written: {error.strerror}", remedy(error, "check its owner and the disk")
            ) from error
        return digest

    def fetch(self, digest: Digest) -> bytes:
        """Return bytes kept earlier. Raises TamperDetected when they are gone or changed."""
        path = self._folder / _name(digest)
        try:
            descriptor = self._disk.open(path, READ)
        except OSError as error:
            raise TamperDetected(f"{path} cannot be read: {error.strerror}", "restore the state folder from a backup") from error
        try:
            data = read_exactly(self._disk, descriptor, os.fstat(descriptor).st_size, 0)
        except OSError as error:
            raise TamperDetected(f"{path} cannot be read: {error.strerror}", "restore the state folder from a backup") from error
        finally:
            os.close(descriptor)
        if digest_of_bytes(data) != digest:
            raise TamperDetected(f"{path} changed: expected {digest}, found {digest_of_bytes(data)}", "restore it from a backup")
        return data

    def _holds(self, folder: int, name: str, data: bytes) -> bool:
        try:
            descriptor = self._disk.open(name, READ, folder=folder)
        except OSError:
            return False
        try:
            found = read_exactly(self._disk, descriptor, len(data) + 1, 0)
        finally:
            os.close(descriptor)
        return hashlib.sha256(found).digest() == hashlib.sha256(data).digest()


class LedgerPrefix:
    """A `ports.Vault` for whoever may read the journal and not the quarantine: a beginning of the ledger file stands in for it.

    Older text stays at the beginning of the file, so it is found there and proved by its digest. Other text only matters to a
    comparison of the file, which needs the writer of the record: for that, and when the beginning was changed, nothing is returned.
    """

    def __init__(self, files: TreeFiles, ledger: RepoPath) -> None:
        self._files = files
        self._ledger = ledger

    def keep(self, data: bytes) -> Digest:
        """Raises LedgerUnwritable: a reader keeps nothing."""
        raise LedgerUnwritable(f"{len(data)} bytes cannot be kept: the record belongs to another user", "run the command as that user")

    def fetch(self, digest: Digest) -> bytes:
        """Return the beginning of the ledger file that has this digest, empty when it has none."""
        text = self._files.read(self._ledger, LEDGER_BYTES)
        running = hashlib.sha256()
        for piece in _PIECE.finditer(text if isinstance(text, bytes) else b""):
            running.update(piece.group())
            if running.hexdigest() == _name(digest):
                return piece.string[: piece.end()]
        return b""


def _name(digest: Digest) -> str:
    return digest.removeprefix("sha256:")
