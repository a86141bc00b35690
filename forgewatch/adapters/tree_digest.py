"""The digest of a working tree: SHA-256 over sorted `mode SP blob TAB path NUL`, without ignored and neutral paths (architecture.md).

The lines of HEAD are kept sorted and joined; a digest cuts out what deviates and hashes the pieces between.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left, insort
from collections.abc import Callable, Mapping
from itertools import accumulate

from forgewatch.adapters.trees import TreeTable
from forgewatch.core.snapshot import Entry
from forgewatch.core.values import Digest, RepoPath

Neutral = Callable[[str], bool]


class TreeLines:
    """The sorted lines of one table, so that a digest costs what deviates from it. `joined` is all of them."""

    def __init__(self, table: TreeTable, neutral: Neutral, lines: list[bytes]) -> None:
        self.table = table
        self._neutral = neutral
        self._lines = lines
        self._joined = memoryview(b"".join(lines))
        self._starts = [0, *accumulate(map(len, lines))]
        self._last: tuple[Mapping[RepoPath, Entry | None], Digest] | None = None

    @property
    def joined(self) -> bytes:
        """All lines, one after the other."""
        return self._joined.tobytes()

    def digest(self, overlay: Mapping[RepoPath, Entry | None]) -> Digest:
        """Return the digest of the table with `overlay` laid over it."""
        if self._last is None or self._last[0] != overlay:
            self._last = (overlay, self._compute(overlay))
        return self._last[1]

    def amended(self, table: TreeTable, before: TreeTable) -> TreeLines:
        """Return the lines of a table that was made from this one's."""
        lines = list(self._lines)
        for path in table.amends[1]:
            if self._neutral(path):
                continue
            if path in before.recorded:
                del lines[bisect_left(lines, _line(before.recorded[path], path))]
            if path in table.recorded:
                insort(lines, _line(table.recorded[path], path))
        return TreeLines(table, self._neutral, lines)

    def _compute(self, overlay: Mapping[RepoPath, Entry | None]) -> Digest:
        removed, added = [], []
        for path, entry in overlay.items():
            if self._neutral(path):
                continue
            recorded = self.table.recorded.get(path)
            if recorded is not None:
                removed.append(_line(recorded, path))
            if entry is not None:
                added.append(_line(f"{entry.mode:06o} {entry.oid}", path))
        hasher, start = hashlib.sha256(), 0
        for at, is_removed, line in self._cuts(removed, added):
            hasher.update(self._joined[self._starts[start] : self._starts[at]])
            hasher.update(b"" if is_removed else line)
            start = at + is_removed
        hasher.update(self._joined[self._starts[start] :])
        return Digest(f"sha256:{hasher.hexdigest()}")

    def _cuts(self, removed: list[bytes], added: list[bytes]) -> list[tuple[int, int, bytes]]:
        """Return (place among the lines, 1 when the line there goes, line) in order; what comes new stands before what goes."""
        return sorted(
            [(bisect_left(self._lines, line), 0, line) for line in added] + [(bisect_left(self._lines, line), 1, line) for line in removed]
        )


def lines_of(table: TreeTable, neutral: Neutral, known: TreeLines | None) -> TreeLines:
    """Return the lines of a table, from those known when they are of it or of the one it was made from."""
    if known is not None and known.table.number == table.number:
        return known
    if known is not None and table.amends[0] == known.table.number:
        return known.amended(table, known.table)
    return TreeLines(table, neutral, sorted(_line(recorded, path) for path, recorded in table.recorded.items() if not neutral(path)))


def split_lines(joined: bytes) -> list[bytes]:
    """Return the lines that `TreeLines.joined` gave."""
    return [line + b"\0" for line in joined[:-1].split(b"\0")] if joined else []


def _line(recorded: str, path: str) -> bytes:
    return f"{recorded}\t{path}\0".encode("utf-8", "surrogateescape")
