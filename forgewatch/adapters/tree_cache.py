"""Verified trees and the newest table, kept in the state folder: a new worker need not read and hash all trees again.

Ids name bytes, so what was verified once stays true; whoever can write here could as well write the journal (architecture.md, Where
things are kept). Losing it costs time only.
"""

from __future__ import annotations

import contextlib
import sys
from dataclasses import dataclass
from typing import Any

from forgewatch.adapters.kept import read_kept, write_kept
from forgewatch.adapters.tree_digest import Neutral, TreeLines, split_lines
from forgewatch.adapters.trees import TreeStore, TreeTable
from forgewatch.core.values import Oid

_VERSION = f"forgewatch-trees/1 {sys.implementation.cache_tag}"


@dataclass(slots=True)
class TreeCache:
    """Keeps one table, its digest lines and the trees it was made of.

    `saved` is the root of the table in the file, `size` its number of trees. `neutral` decides which paths have no line.
    """

    path: str
    neutral: Neutral
    saved: Oid | None = None
    size: int = 0

    def load(self, trees: TreeStore) -> TreeLines | None:
        """Give `trees` the kept bodies and return the lines of the kept table, None when there is nothing usable."""
        raw = read_kept(self.path, _VERSION)
        with contextlib.suppress(ValueError, TypeError, AttributeError):
            lines = _unpack(raw, trees, self.neutral)
            self.saved, self.size = lines.table.root, len(lines.table.folders)
            return lines
        return None

    def save(self, trees: TreeStore, lines: TreeLines) -> None:
        """Write the table when it is not the kept one and enough trees are new to make it worth its time."""
        table = lines.table
        if table.root is None or table.root == self.saved or (self.saved is not None and trees.fresh * 8 < self.size):
            return
        bodies = {oid: trees.bodies[oid] for oid in table.folders.values() if oid in trees.bodies}
        names = "\0".join(table.recorded).encode("utf-8", "surrogateescape")
        folders = "\0".join(table.folders).encode("utf-8", "surrogateescape")
        kept = (table.root, names, "\0".join(table.recorded.values()), folders, "\0".join(table.folders.values()), bodies, lines.joined)
        write_kept(self.path, _VERSION, kept)
        self.saved, self.size, trees.fresh = table.root, len(table.folders), 0


def _unpack(raw: Any, trees: TreeStore, neutral: Neutral) -> TreeLines:
    root, names, recorded, folders, oids, bodies, joined = raw
    table = TreeTable(root, _columns(names, recorded), _columns(folders, oids))
    trees.bodies.update(bodies)
    return TreeLines(table, neutral, split_lines(joined))


def _columns(names: bytes, values: str) -> dict[str, Any]:
    return dict(zip(names.decode("utf-8", "surrogateescape").split("\0"), values.split("\0"), strict=True)) if values else {}
