"""The Markdown ledger in the repository: a file that the builder writes as well (contract §10.6)."""

from __future__ import annotations

from forgewatch.core.ports import EvidenceFiles, TreeFiles
from forgewatch.core.values import Content, RepoPath


class LedgerFile:
    """Reads and writes the file at `path`. Writing raises LedgerUnwritable."""

    def __init__(self, path: RepoPath, files: TreeFiles, evidence: EvidenceFiles) -> None:
        self._path = path
        self._files = files
        self._evidence = evidence

    def read(self, limit: int) -> Content:
        """Return the file's bytes, or what kept us from them."""
        return self._files.read(self._path, limit)

    def append(self, addition: bytes, expected: int) -> None:
        """Append durably to a file that had `expected` bytes when we looked.

        Somebody may append between our look and our write. Their text then goes behind ours, where the next look finds it as a claim;
        left in front of it, it would look like a change inside.
        """
        if self._evidence.append(self._path, addition) == expected:
            return
        found = self._files.read(self._path, 2 * (expected + len(addition)) + _SLACK)
        if isinstance(found, bytes) and found.endswith(addition) and len(found) > expected + len(addition):
            foreign = found[expected : len(found) - len(addition)]
            self._evidence.replace(self._path, found[:expected] + addition + foreign)

    def replace(self, whole: bytes) -> None:
        """Put `whole` in place of the file at once."""
        self._evidence.replace(self._path, whole)


_SLACK = 4 * 1024 * 1024
