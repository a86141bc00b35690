"""What a grammar tells of a source file, as flat values: the few kinds of pieces that the rules of checks.md A4, A9 and W3 ask about."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable
from itertools import accumulate
from typing import NamedTuple

ERROR = "ERROR"
"""Text that the grammar does not understand."""
MISSING = "MISSING"
"""A place where the grammar had to assume a token."""
COMMENTS = frozenset({"comment", "html_comment", "hash_bang_line"})
TYPES = frozenset({"type_annotation", "type_alias_declaration", "interface_declaration", "type_arguments"})
"""Text that only the type checker reads."""
BRANCHES = frozenset({"if_statement", "ternary_expression"})
"""Code that runs under a condition."""
LITERALS = frozenset(
    {"string", "template_string", "regex", "jsx_text", "interpreted_string_literal", "raw_string_literal", "rune_literal"},
)
"""Text in which brackets and commas mean nothing."""
SCRIPT_FUNCTIONS = frozenset(
    {"function_declaration", "generator_function_declaration", "function_expression", "arrow_function", "method_definition"}
)
CLASSES = frozenset({"class_declaration", "abstract_class_declaration", "class"})
GO_FUNCTIONS = frozenset({"function_declaration", "method_declaration", "func_literal"})
_SCRIPT = (
    COMMENTS
    | BRANCHES
    | LITERALS
    | SCRIPT_FUNCTIONS
    | CLASSES
    | {
        "import_statement",
        "export_statement",
        "call_expression",
        "new_expression",
        "try_statement",
        "catch_clause",
        "variable_declarator",
        "assignment_expression",
        "public_field_definition",
        "field_definition",
        "return_statement",
    }
)
KINDS = {
    "typescript": _SCRIPT | TYPES,
    "tsx": _SCRIPT | TYPES,
    "javascript": _SCRIPT,
    "go": COMMENTS
    | LITERALS
    | GO_FUNCTIONS
    | {
        "import_spec",
        "call_expression",
        "short_var_declaration",
        "assignment_statement",
        "var_spec",
        "const_spec",
        "return_statement",
        "field_declaration",
        "type_spec",
        "keyed_element",
        "composite_literal",
    },
}
"""Per grammar the kinds of nodes that are asked for, beside ERROR and MISSING."""


class Piece(NamedTuple):
    """A node of the tree: `kind` as the grammar calls it, `start` and `end` as offsets of bytes."""

    kind: str
    start: int
    end: int


def blank_comments(raw: bytes, pieces: tuple[Piece, ...]) -> bytes:
    """Return `raw` with comments as spaces, every other byte and every line end at its place."""
    parts, done = [], 0
    for piece in pieces:
        if piece.kind in COMMENTS and piece.start >= done:
            parts += [raw[done : piece.start], _blank(raw[piece.start : piece.end])]
            done = piece.end
    return b"".join((*parts, raw[done:]))


class Spans:
    """Which offsets a set of spans covers, in the logarithm of their number."""

    def __init__(self, spans: Iterable[tuple[int, int]]) -> None:
        ordered = sorted(spans)
        self._starts = [start for start, _ in ordered]
        self._reach = list(accumulate((end for _, end in ordered), max))

    def cover(self, offset: int) -> bool:
        """True when a span starts at or before `offset` and ends behind it."""
        before = bisect_right(self._starts, offset)
        return before > 0 and self._reach[before - 1] > offset


def line_numbers(code: bytes) -> Callable[[int], int]:
    """Return the function that gives the line, counted from 1, of an offset of bytes."""
    ends = [found.start() for found in re.finditer(rb"\n", code)]
    return lambda offset: bisect_left(ends, offset) + 1


def _blank(text: bytes) -> bytes:
    return b"\n".join(b" " * len(line) for line in text.split(b"\n"))
