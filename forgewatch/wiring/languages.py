"""The grammars of the extra `polyglot`, loaded when a file first needs one: no other part of the program pays for them."""

from __future__ import annotations

from importlib import import_module

from forgewatch.app.extraction import NoGrammars
from forgewatch.core.defect import Defect
from forgewatch.core.ports import Grammars
from forgewatch.core.source_pieces import Piece

_ADAPTER = "forgewatch.adapters.syntax_trees"


class LazyGrammars:
    """Implements `Grammars` by the adapter, which is imported at the first question."""

    def __init__(self) -> None:
        self._real: Grammars | None = None

    def edition(self) -> str:
        """Return the versions of parser and grammars; empty when they are not installed, or not all of them."""
        return self._loaded().edition()

    def pieces(self, grammar: str, raw: bytes) -> tuple[Piece, ...] | Defect:
        """Return the pieces of source, in the order in which they start."""
        return self._loaded().pieces(grammar, raw)

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
