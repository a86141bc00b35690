"""Expressions of TypeScript, JavaScript and Go that are text already: literals, their sums, names that are set once. Nothing is run."""

from __future__ import annotations

import re
from collections.abc import Callable

from forgewatch.core.code_outline import Outline, Span
from forgewatch.core.route_paths import UNKNOWN

_DEPTH = 8
_LONGEST = 4096
_TOKEN = re.compile(
    r"""\s*(?:"(?P<double>(?:[^"\\\n]|\\.)*)"|'(?P<single>(?:[^'\\\n]|\\.)*)'|`(?P<raw>[^`]*)`|(?P<name>[A-Za-z_$][\w$.]*))\s*(?P<more>\+)?"""
)
_HOLE = re.compile(r"\$\{\s*([\w$.]+)\s*\}")
_METHOD = re.compile(r"http\.Method(Get|Head|Post|Put|Patch|Delete|Options|Connect|Trace)\Z")
_TAIL = re.compile(r"""(?:\}|\+\s*['"`])(/[^'"`${}\\+]*)['"`]\Z""")
_ESCAPED = re.compile(r"\\(.)")


class Texts:
    """The texts of one file. `known_as` gives the name under which the file knows what is written at an offset."""

    def __init__(self, outline: Outline, known_as: Callable[[str, int], str]) -> None:
        self._outline, self._known_as = outline, known_as
        self._values: dict[str, Span | None] = {}
        self._found: dict[str, str | None] = {}

    def set(self, known: str, value: Span | None) -> None:
        """Take what a name is set to; one that is set twice has no constant text."""
        self._values[known] = None if known in self._values else value

    def of(self, span: Span, depth: int = _DEPTH) -> str | None:
        """Return the constant text of an expression, at most 4,096 characters; None when it is not constant."""
        parts: list[str] = []
        at, more = span.start, True
        while more:
            token = _TOKEN.match(self._outline.code, at, span.end) if at - span.start < _LONGEST else None
            part = None if token is None else self._token(token, depth)
            if token is None or part is None:
                return None
            parts.append(part)
            at, more = token.end(), token["more"] is not None
        text = "".join(parts)
        return text if at >= span.end and len(text) <= _LONGEST else None

    def prefix(self, span: Span) -> str | None:
        """Return the constant text of an expression; of one that is not constant its constant end behind UNKNOWN, None without one."""
        text = self.of(span)
        tail = _TAIL.search(self._outline.code, max(span.start, span.end - _LONGEST), span.end) if text is None else None
        return f"{UNKNOWN}{_utf8(tail.group(1))}" if tail else text

    def _token(self, token: re.Match[str], depth: int) -> str | None:
        if (name := token["name"]) is not None:
            return self._named(name, token.start("name"), depth)
        if (raw := token["raw"]) is not None:
            # Text and names take turns. What a name stands for is decoded already.
            turns = _HOLE.split(raw)
            parts = [self._named(turn, token.start(), depth) if number % 2 else _utf8(turn) for number, turn in enumerate(turns)]
            return None if None in parts or raw.count("${") != len(turns) // 2 else "".join(part or "" for part in parts)
        return _utf8(_ESCAPED.sub(r"\1", token["double"] if token["double"] is not None else token["single"]))

    def _named(self, name: str, offset: int, depth: int) -> str | None:
        if (method := _METHOD.match(name)) is not None:
            return method.group(1).upper()
        known = self._known_as(name, offset)
        if known not in self._found:
            span = self._values.get(known) if depth else None
            # A name that is made of itself has no text.
            self._found[known] = None
            self._found[known] = None if span is None else self.of(span, depth - 1)
        return self._found[known]


def _utf8(text: str) -> str:
    return text.encode("latin-1").decode("utf-8", "replace")
