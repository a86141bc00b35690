"""tree-sitter: source in, pieces out. Importing this module loads the parser and its grammars; only `wiring.languages` does, when needed.

A tree may be as deep as the file is long. It is walked with a cursor, never by recursion and never by a query: a query over a place that is
no valid syntax takes time in the square of its length.
"""

from __future__ import annotations

from importlib.metadata import version

import tree_sitter
import tree_sitter_go
import tree_sitter_javascript
import tree_sitter_typescript

from forgewatch.core.defect import Defect
from forgewatch.core.source_pieces import ERROR, KINDS, MISSING, Piece

_STEPS, _FROM = 64, 20_000
"""Steps of the parser for each KiB, and those that any file may take; a step is a hundred operations, so that the same file ends at the
same step on every machine. Code of one token per byte takes 50 steps for each KiB.
"""
_FAILING = 8
"""What a step counts where the parser is looking for a way around an error: such steps take that much longer."""
_CHUNK = 1 << 16
_LANGUAGES = {
    "typescript": tree_sitter_typescript.language_typescript,
    "tsx": tree_sitter_typescript.language_tsx,
    "javascript": tree_sitter_javascript.language,
    "go": tree_sitter_go.language,
}
_DISTRIBUTIONS = ("tree-sitter", "tree-sitter-typescript", "tree-sitter-javascript", "tree-sitter-go")


class TreeSitter:
    """Implements `Grammars`. A grammar is made when a file first needs it."""

    def __init__(self) -> None:
        self._known: dict[str, tree_sitter.Language] = {}
        self._edition = " ".join(f"{name} {version(name)}" for name in _DISTRIBUTIONS)

    def edition(self) -> str:
        """Return the versions of parser and grammars."""
        return self._edition

    def pieces(self, grammar: str, raw: bytes) -> tuple[Piece, ...] | Defect:
        """Return the pieces in the order in which they start; a Defect when the file needs more work than any honest one."""
        if grammar not in self._known:
            self._known[grammar] = tree_sitter.Language(_LANGUAGES[grammar]())
        language = self._known[grammar]
        tree = _parse(tree_sitter.Parser(language), raw)
        if tree is None:
            return Defect("expected source that a parser gets through, found nesting without end")
        kinds = {language.id_for_node_kind(kind, True): kind for kind in KINDS[grammar]}
        return tuple(_walk(tree, kinds))


def _parse(parser: tree_sitter.Parser, raw: bytes) -> tree_sitter.Tree | None:
    steps, most = 0, _FROM + _STEPS * len(raw) // 1024

    def is_enough(_offset: int, failing: bool) -> bool:
        nonlocal steps
        steps += _FAILING if failing else 1
        return steps > most

    try:
        return parser.parse(lambda offset, _: raw[offset : offset + _CHUNK], progress_callback=is_enough)
    except ValueError:
        return None


def _walk(tree: tree_sitter.Tree, kinds: dict[int | None, str]) -> list[Piece]:
    found, cursor, broken = [], tree.walk(), tree.root_node.has_error
    while True:
        node = cursor.node
        assert node is not None
        kind = ERROR if node.is_error else MISSING if broken and node.is_missing else kinds.get(node.kind_id)
        if kind is not None:
            found.append(Piece(kind, node.start_byte, node.end_byte))
        if cursor.goto_first_child():
            continue
        while not cursor.goto_next_sibling():
            if not cursor.goto_parent():
                return found
