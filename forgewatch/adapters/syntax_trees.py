"""tree-sitter: source in, pieces out. Importing this module loads the parser and its grammars; only `wiring.languages` does, when needed.

A tree may be as deep as the file is long. It is walked with a cursor, never by recursion and never by a query: a query over a place that is
no valid syntax takes time in the square of its length.
"""

from __future__ import annotations

import hashlib
import random
from importlib.metadata import version

import tree_sitter
import tree_sitter_go
import tree_sitter_javascript
import tree_sitter_typescript

from forgewatch.core.defect import Defect
from forgewatch.core.source_pieces import ERROR, KINDS, MISSING, Piece

_SAMPLED = 32
"""One in so many steps of the parser is looked into; a step is a hundred operations, which may cost ten microseconds or three hundred."""
_MOST = 18_000
"""Work that any file may take (docs/decisions/0014): an operation counts where the parser follows several readings of the text at once."""
_RECOVERY = 25
"""What a step of the way around an error counts. A text that is valid in one of its readings has none, however the others end."""
_RECOVERIES = ("recover", "skip_token")
_ONE_READING = "version_count:1,"
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
        if isinstance(tree, Defect):
            return tree
        kinds = {language.id_for_node_kind(kind, True): kind for kind in KINDS[grammar]}
        return tuple(_walk(tree, kinds))


def _parse(parser: tree_sitter.Parser, raw: bytes) -> tree_sitter.Tree | Defect:
    meter = _Meter(parser, raw)
    try:
        return parser.parse(lambda offset, _: raw[offset : offset + _CHUNK], progress_callback=meter.is_enough)
    except ValueError:
        line = raw.count(b"\n", 0, meter.offset) + 1
        return Defect("expected source that a parser gets through, found text that is read in too many ways at once", line)


class _Meter:
    """Estimates the work of one parse from a sample of its steps. The bytes choose the sample: every machine takes the same one, and nobody
    can write a file whose costly steps all lie outside of it.
    """

    def __init__(self, parser: tree_sitter.Parser, raw: bytes) -> None:
        self._parser = parser
        self._chance = random.Random(hashlib.sha256(raw).digest())
        self._looks = False
        self._work = 0
        self.offset = 0

    def is_enough(self, offset: int, _failing: bool) -> bool:
        """Take note of a step that ends at `offset`; True when the file has had its share."""
        self.offset = offset
        looks = self._chance.randrange(_SAMPLED) == 0
        if looks and not self._looks:
            self._parser.logger = self._count
        elif self._looks and not looks:
            del self._parser.logger
        self._looks = looks
        return self._work > _MOST

    def _count(self, _kind: object, message: str) -> None:
        if message.startswith("process "):
            self._work += _ONE_READING not in message
        elif message.startswith(_RECOVERIES):
            self._work += _RECOVERY


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
