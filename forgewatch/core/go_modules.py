"""What go.mod and go.work declare (checks.md A9, Go). Both are lines of a directive and its words; a block repeats its directive."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from forgewatch.core.defect import Defect
from forgewatch.core.limits import LIMITS
from forgewatch.core.strict_json import decode_document
from forgewatch.core.values import RepoPath

_COMMENT = re.compile(r"(?:^|(?<=\s))//.*")
_WORD = re.compile(r'"([^"]*)"|`([^`]*)`|([^\s()"`]+)|([()])')
_OPENS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class GoModule:
    """One go.mod: the `module` path, what it requires or replaces, and what a go.work `use`s."""

    path: RepoPath
    module: str = ""
    required: frozenset[str] = frozenset()
    uses: tuple[str, ...] = ()


@lru_cache(maxsize=1024)
def read_go_module(path: RepoPath, raw: bytes) -> GoModule | Defect:
    """Return what the file declares, or the Defect that makes it unbelievable. Never raises, whatever the bytes."""
    if len(raw) > LIMITS.document_bytes:
        return Defect(f"expected at most {LIMITS.document_bytes} bytes, found {len(raw)}")
    text = decode_document(raw)
    if isinstance(text, Defect):
        return text
    told: list[tuple[str, str]] = []
    for entry in _entries(text):
        if isinstance(entry, Defect):
            return entry
        told.append(entry)
    module = next((word for directive, word in told if directive == "module"), "")
    if not module and path.endswith(".mod"):
        return Defect("expected a line 'module', found none")
    required = frozenset(word for directive, word in told if directive in ("require", "replace"))
    return GoModule(path=path, module=module, required=required, uses=tuple(word for directive, word in told if directive == "use"))


def _entries(text: str) -> Iterator[tuple[str, str] | Defect]:
    """Yield (directive, first word) of each line that has one."""
    block = ""
    for number, line in enumerate(text.split("\n"), 1):
        words = [next(filter(None, found.groups()), "") for found in _WORD.finditer(_COMMENT.sub("", line))]
        if not words:
            continue
        if words[0] == ")":
            block = ""
        elif words[-1] == "(" and len(words) == _OPENS and not block:
            block = words[0]
        elif block or len(words) >= _OPENS:
            yield (block, words[0]) if block else (words[0], words[1])
        else:
            yield Defect(f"expected a directive with a value, found '{words[0][:40]}'", number)
    if block:
        yield Defect(f"expected ')' after '{block[:40]} (', found the end")
