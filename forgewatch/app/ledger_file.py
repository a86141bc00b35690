"""The Markdown ledger in the repository: a file that the builder writes as well (contract §10.6)."""

from __future__ import annotations

import contextlib

from forgewatch.core.canonical import digest_of_bytes
from forgewatch.core.errors import LedgerUnwritable, TamperDetected
from forgewatch.core.ports import EvidenceFiles, TreeFiles, Vault
from forgewatch.core.values import Absent, Content, RepoPath

_BEGUN = b"the ledger file was begun\n"
"""Kept once the file holds something of ours."""


class LedgerFile:
    """Reads and writes the file at `path`. Writing raises LedgerUnwritable."""

    def __init__(self, path: RepoPath, files: TreeFiles, evidence: EvidenceFiles, vault: Vault) -> None:
        self._path = path
        self._files = files
        self._evidence = evidence
        self._vault = vault
        self._begun = False

    def read(self, limit: int) -> Content:
        """Return the file's bytes, or what kept us from them."""
        return self._files.read(self._path, limit)

    def read_first(self, limit: int) -> Content:
        """The same while the journal holds one entry: a file that was never begun is an empty one. We may have died between the two."""
        found = self.read(limit)
        return b"" if isinstance(found, Absent) and not self._was_begun() else found

    def note(self) -> None:
        """Remember that the file is there with something of ours: from now on its absence is somebody's doing."""
        if not self._begun:
            with contextlib.suppress(LedgerUnwritable):
                self._vault.keep(_BEGUN)
                self._begun = True

    def _was_begun(self) -> bool:
        if not self._begun:
            with contextlib.suppress(TamperDetected):
                self._begun = self._vault.fetch(digest_of_bytes(_BEGUN)) == _BEGUN
        return self._begun

    def append(self, addition: bytes, expected: int) -> None:
        """Append durably to a file that had `expected` bytes when we looked.

        Somebody may append between our look and our write. Their text then goes behind ours, where the next look finds it as a claim;
        left in front of it, it would look like a change inside. Nothing begins no file: an empty one would be a ledger that is there.
        """
        if not addition and not expected:
            return
        size = self._evidence.append(self._path, addition)
        self.note()
        if size == expected:
            return
        found = self._files.read(self._path, 2 * (expected + len(addition)) + _SLACK)
        if isinstance(found, bytes) and found.endswith(addition) and len(found) > expected + len(addition):
            foreign = found[expected : len(found) - len(addition)]
            self._evidence.replace(self._path, found[:expected] + addition + foreign)

    def replace(self, whole: bytes) -> None:
        """Put `whole` in place of the file at once."""
        self._evidence.replace(self._path, whole)


_SLACK = 4 * 1024 * 1024
