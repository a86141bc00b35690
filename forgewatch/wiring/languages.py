"""The grammars of the extra `polyglot`, loaded when a file first needs one: no other part of the program pays for them."""

from __future__ import annotations

from importlib import import_module

from forgewatch.app.extraction import NoGrammars
from forgewatch.core.defect import Defect
from forgewatch.core.ports import Grammars
from forgewatch.core.source_pieces import Piece

_ADAPTER = "forgewatch.adapters.syntax_trees"
_FILES, _BYTES = 64, 1 << 20
"""How many files, of how many bytes together, are remembered."""


class LazyGrammars:
    """Implements `Grammars` by the adapter, which is imported at the first question."""

    def __init__(self) -> None:
        self._real: Grammars | None = None
        self._recent: dict[tuple[str, bytes], tuple[Piece, ...] | Defect] = {}

    def edition(self) -> str:
        """Return the versions of parser and grammars; empty when they are not installed, or not all of them."""
        return self._loaded().edition()

    def pieces(self, grammar: str, raw: bytes) -> tuple[Piece, ...] | Defect:
        """Return the pieces of source, in the order in which they start. What was asked last is remembered: one audit asks for a file that
        changed up to three times, for its imports, its layers and its routes.
        """
        key = (grammar, raw)
        found = self._recent.get(key)
        if found is None:
            found = self._recent[key] = self._loaded().pieces(grammar, raw)
            while len(self._recent) > _FILES or sum(len(source) for _, source in self._recent) > _BYTES:
                del self._recent[next(iter(self._recent))]
        return found

    def _loaded(self) -> Grammars:
        if self._real is None:
            self._real = _load()
        return self._real


def _load() -> Grammars:
    try:
        adapter = import_module(_ADAPTER)
    except ImportError:
        return NoGrammars()
    found: Grammars = adapter.TreeSitter()
    return found
