"""How a path is written in a diff log, so that our own reader gets exactly this path back (checks.md section 0, Claim and Paths)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from forgewatch.core.claim_rows import is_name
from forgewatch.core.values import RepoPath

HEADER = ("| File | Change |", "|---|---|")
NOTHING = "- (none)"

_PLAIN = re.compile(r"[\w.@+][\w.@+/-]*(?<![/.-])")
_BARE = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.@+/- ")


def claim_lines(rows: Sequence[tuple[RepoPath, str]]) -> tuple[str, ...]:
    """Return the table of the paths with a word for each, or the line that says that there are none."""
    return (*HEADER, *(f"| {path_text(path)} | {word} |" for path, word in rows)) if rows else (NOTHING,)


def path_text(path: RepoPath) -> str:
    """Return a path as a cell: in code where it is written like a file's name, else as git quotes it (`"caf\\303\\251 .py"`)."""
    return f"`{path}`" if _PLAIN.fullmatch(path) and is_name(path) else f'"{_octal(path)}"'


def unwritable(wanted: Iterable[RepoPath], read: Iterable[RepoPath]) -> tuple[RepoPath, ...]:
    """Return the paths that did not come back from a log that was written with them: no row of a diff log can name such a file."""
    found = frozenset(read)
    return tuple(path for path in wanted if path not in found)


def _octal(path: str) -> str:
    raw = path.encode("utf-8", "surrogateescape")
    return "".join(chr(byte) if byte in _BARE else f"\\{byte:03o}" for byte in raw)
