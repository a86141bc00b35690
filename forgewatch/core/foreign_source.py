"""Source of languages other than Python, taken apart by a grammar: code without comments, and imports (checks.md A4, A9).

A grammar may be older than the language. A place that it does not understand hides nothing as long as no word of an import stands there.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from forgewatch.core.defect import Defect
from forgewatch.core.facts import Import, SourceFacts
from forgewatch.core.go_source import go_imports
from forgewatch.core.limits import LIMITS
from forgewatch.core.ports import Grammars
from forgewatch.core.python_source import decode_text
from forgewatch.core.script_source import script_imports
from forgewatch.core.source_kinds import grammar_of
from forgewatch.core.source_pieces import ERROR, Piece, blank_comments
from forgewatch.core.values import RepoPath

_WORDS = re.compile(rb"\b(?:import|require|from)\b")
_READERS: dict[str, Callable[[bytes, tuple[Piece, ...]], Iterator[Import]]] = {
    "typescript": script_imports,
    "tsx": script_imports,
    "javascript": script_imports,
    "go": go_imports,
}


@dataclass(frozen=True, slots=True)
class ForeignSource:
    """One file: its `code` as UTF-8 with blank comments, its imports, and what hides imports in it, if anything does.

    Where the grammar does not understand all of it, what it takes for a comment may be none: then `code` is the text as it is.
    """

    code: bytes
    imports: tuple[Import, ...] = ()
    defect: Defect | None = None


def read_foreign(path: RepoPath, text: str, grammars: Grammars) -> ForeignSource:
    """Return what the file's grammar tells of decoded text. Never raises.

    Where nothing can be told the code is the text itself, with the defect. `path` must be one that `grammar_of` knows.
    """
    raw = text.encode("utf-8")
    grammar = grammar_of(path, raw) or ""
    if not _WORDS.search(raw) and len(raw) > LIMITS.parsed_bytes:
        return ForeignSource(raw)
    if len(raw) > LIMITS.parsed_bytes:
        return ForeignSource(raw, defect=Defect(f"expected at most {LIMITS.parsed_bytes} bytes, found {len(raw)}"))
    pieces = grammars.pieces(grammar, raw)
    if isinstance(pieces, Defect):
        return ForeignSource(raw, defect=pieces)
    code = blank_comments(raw, pieces)
    imports = tuple(dict.fromkeys(_READERS[grammar](code, pieces)))
    broken = any(piece.kind == ERROR for piece in pieces)
    return ForeignSource(raw if broken else code, imports, _hiding(code, pieces))


def dotted_paths(path: RepoPath, specifier: str) -> tuple[str, ...]:
    """Return the dotted names that rules of layers know an import by: `../repos/users` of app/api/a.ts is `app.repos.users`, and
    `repos.users` below any folder; a package is known by its own name, and by the folders in it. A way that goes up again or stays where
    it is, as `@/app/ui/../repos`, is known by its end: that is what a bundler opens.
    """
    plain = specifier.partition(":")[2] if specifier.startswith("node:") else specifier
    place = posixpath.normpath(posixpath.join(posixpath.dirname(path), plain)) if plain.startswith(".") else plain
    parts = [part for part in posixpath.splitext(posixpath.normpath(place))[0].split("/") if part not in ("", ".", "..")]
    return (place, *(".".join(parts[drop:]) for drop in range(len(parts))))


def extract_foreign_imports(path: RepoPath, raw: bytes, grammars: Grammars) -> SourceFacts:
    """Return the imports of a file in the order of their statements, or the defect that hides some. Never raises, whatever the bytes."""
    text = decode_text(raw)
    if isinstance(text, Defect):
        return SourceFacts(defect=str(text))
    source = read_foreign(path, text, grammars)
    return SourceFacts(imports=source.imports, defect=None if source.defect is None else str(source.defect))


def _hiding(code: bytes, pieces: tuple[Piece, ...]) -> Defect | None:
    for piece in pieces:
        found = _WORDS.search(code, piece.start, piece.end) if piece.kind == ERROR else None
        if found is not None:
            line = code.count(b"\n", 0, found.start()) + 1
            return Defect(f"expected an import that can be read, found {found.group().decode()} in text that is no valid syntax", line)
    return None
