"""The digest of a working tree: SHA-256 over sorted `mode SP blob TAB path NUL`, without ignored and neutral paths (architecture.md)."""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from collections.abc import Callable, Mapping

from forgewatch.adapters.trees import TreeTable
from forgewatch.core.snapshot import Entry
from forgewatch.core.values import Digest, RepoPath

Neutral = Callable[[str], bool]


class TreeLines:
    """The sorted lines of one table, so that a digest costs what deviates from it."""

    def __init__(self, table: TreeTable, neutral: Neutral) -> None:
        self.table = table
        self._neutral = neutral
        self._lines = sorted(_line(recorded, path) for path, recorded in table.recorded.items() if not neutral(path))

    def digest(self, overlay: Mapping[RepoPath, Entry | None]) -> Digest:
        """Return the digest of the table with `overlay` laid over it."""
        removed, added = [], []
        for path, entry in overlay.items():
            if self._neutral(path):
                continue
            recorded = self.table.recorded.get(path)
            if recorded is not None:
                removed.append(_line(recorded, path))
            if entry is not None:
                added.append(_line(f"{entry.mode:06o} {entry.oid}", path))
        hasher = hashlib.sha256()
        for part in _merged(self._lines, sorted(removed), sorted(added)):
            hasher.update(part)
        return Digest(f"sha256:{hasher.hexdigest()}")


def _line(recorded: str, path: str) -> bytes:
    return f"{recorded}\t{path}\0".encode("utf-8", "surrogateescape")


def _merged(lines: list[bytes], removed: list[bytes], added: list[bytes]) -> list[bytes]:
    cuts = sorted([(bisect_left(lines, line), 0, line) for line in added] + [(bisect_left(lines, line), 1, line) for line in removed])
    parts: list[bytes] = []
    start = 0
    for at, is_removed, line in cuts:
        parts.append(b"".join(lines[start:at]))
        start = at + is_removed
        if not is_removed:
            parts.append(line)
    parts.append(b"".join(lines[start:]))
    return parts
