"""Which repository is governed: its git root, with the governance folders there and nowhere below (cli.md, Configuration; contract §0)."""

from __future__ import annotations

import os
from itertools import islice
from pathlib import Path
from shlex import quote

from forgewatch.adapters.repository_root import find_root
from forgewatch.core.errors import RepositoryUnavailable

_PARTS = ("Contracts", "evidence")
_LOOKED_AT = 1000


def governed_root(start: Path) -> Path:
    """Return the git root around `start`. Raises RepositoryUnavailable: no repository, or its governance lies below the root."""
    root = find_root(start)
    refuse_nested(root, start)
    return root


def refuse_nested(root: Path, start: Path | None = None) -> None:
    """Raise RepositoryUnavailable when the root has no governance folders and one below has: between it and `start`, or a child of it.

    An audit of the root would find neither diff log nor contracts, and say so for ever; the reason is told instead.
    """
    if _governs(root / "Forge") or _governs(root):
        return
    begin = Path(os.path.abspath(start)) if start is not None else root
    way = [folder for folder in (begin, *begin.parents) if root in folder.parents]
    nested = next((folder for folder in (*way, *_children(root)) if _governs(folder / "Forge")), None)
    if nested is not None:
        raise RepositoryUnavailable(
            f"{nested / 'Forge'}: expected Forge/ at the git root {root}, found it in a folder below",
            f"move it to {root}, make {nested} a git repository of its own, or begin anew at the root: forgewatch init {quote(str(root))}",
        )


def _governs(folder: Path) -> bool:
    return any((folder / part).is_dir() for part in _PARTS)


def _children(root: Path) -> list[Path]:
    try:
        with os.scandir(root) as found:
            return [Path(entry.path) for entry in islice(found, _LOOKED_AT) if entry.is_dir(follow_symlinks=False)]
    except OSError:
        return []
