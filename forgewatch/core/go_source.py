"""The imports of a Go file: all of them are specifications at its top (checks.md A9; A4, bare names)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from forgewatch.core.facts import Import
from forgewatch.core.source_pieces import Piece, line_numbers

_SPEC = re.compile(rb"""[^"`]*(?:"([^"\n]*)"|`([^`]*)`)""")


def go_imports(code: bytes, pieces: tuple[Piece, ...]) -> Iterator[Import]:
    """Yield the imports of UTF-8 code whose comments are blank, in their order. `import "C"` is one, too."""
    lines = line_numbers(code)
    for piece in pieces:
        found = _SPEC.match(code, piece.start, piece.end) if piece.kind == "import_spec" else None
        if found is not None:
            path = (found.group(1) or found.group(2) or b"").decode("utf-8", "replace")
            yield Import(module=path, line=lines(piece.start))
