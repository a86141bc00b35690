"""The imports of a TypeScript or JavaScript file, wherever they stand (checks.md A9; A4, bare names).

What is decided: `import`, `export ... from`, `import x = require()`, and the calls `require`, `require.resolve`, `import()` and
`import.meta.resolve` with constant text, under another name for `require`, too. A name that only exists when the program runs cannot
be decided here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from forgewatch.core.facts import Import
from forgewatch.core.source_pieces import TYPES, Piece, Spans, line_numbers

_STRING = rb"""(?P<source>"(?:[^"\\\n]|\\.)*+"|'(?:[^'\\\n]|\\.)*+'|`(?:[^`\\$]|\\.|\$(?!\{))*+`)"""
_BRACES = rb"""\{(?:[^{}'";]|"[^"\n]*+"|'[^'\n]*+')*+\}"""
_IMPORT = re.compile(
    rb"import\b(?P<type>\s*type(?:of)?\b(?!\s*(?:from\b\s*['\"]|,|=)))?(?P<clause>(?:[^'\"`{};]|" + _BRACES + rb"){0,20000}?)" + _STRING,
    re.DOTALL,
)
_EXPORT = re.compile(
    rb"export\b(?P<type>\s*type\b)?\s*(?:\*(?:\s*as\s+(?:[\w$]+|\"[^\"\n]*\"|'[^'\n]*'))?|" + _BRACES + rb")\s*from\s*" + _STRING, re.DOTALL
)
_CALLED = rb"\s*(?:\?\.\s*)?(?:\(\s*)+" + _STRING
_CALL = re.compile(
    rb"(?:import(?:\s*\.\s*meta\s*\.\s*resolve)?|\(\s*0\s*,\s*require\s*\)|(?:module\s*\.\s*)?require(?:\s*\.\s*resolve)?)" + _CALLED,
    re.DOTALL,
)
_OTHER_CALL = re.compile(rb"(?P<name>[\w$]+)(?:\s*\.\s*resolve)?" + _CALLED, re.DOTALL)
_OTHER_NAME = re.compile(
    rb"(?<![\w$.])(?P<name>[\w$]+)\s*(?::\s*[\w.]+\s*)?=\s*(?:(?:module\s*\.\s*)?createRequire\s*\(|(?:module\s*\.\s*)?require\s*(?:;|,|\n|\Z))"
)
"""A name that is given `require` itself: `const load = require`, `const load = createRequire(import.meta.url)`."""
_INLINE_TYPES = re.compile(rb"\s*\{\s*type\s[^,}]*(?:,\s*type\s[^,}]*)*,?\s*\}\s*from\s*\Z", re.DOTALL)
_PROBES = re.compile(rb"typeof\s+(?:exports|module|define|require|window|globalThis|process)\b")
_HEAD = 200
_ESCAPE = re.compile(r"\\(?:u\{([0-9a-fA-F]{1,6})\}|u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|\r?\n|(.))", re.DOTALL)
_SIMPLE = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": "\0"}
_PATTERNS = {"import_statement": _IMPORT, "export_statement": _EXPORT, "call_expression": _CALL}
_LAST = 0x10FFFF


def script_imports(code: bytes, pieces: tuple[Piece, ...]) -> Iterator[Import]:
    """Yield the imports of UTF-8 code whose comments are blank, in the order in which their statements start. Time is linear."""
    lines, guards, types = line_numbers(code), Spans(_guarded(code, pieces)), Spans(_types(pieces))
    others = {found["name"] for found in _OTHER_NAME.finditer(code)} if b"equire" in code else set()
    for piece in pieces:
        pattern = _PATTERNS.get(piece.kind)
        found = pattern.match(code, piece.start, piece.end) if pattern else None
        if found is None and others and piece.kind == "call_expression":
            other = _OTHER_CALL.match(code, piece.start, piece.end)
            found = other if other is not None and other["name"] in others else None
        if found is not None:
            dynamic = piece.kind == "call_expression"
            yield Import(
                module=_text(found["source"].decode("utf-8", "replace")),
                line=lines(piece.start),
                type_only=types.cover(piece.start) if dynamic else _names_types(found),
                dynamic=dynamic,
                guarded=guards.cover(piece.start) and dynamic,
            )


def _names_types(found: re.Match[bytes]) -> bool:
    groups = found.groupdict()
    return groups["type"] is not None or _INLINE_TYPES.match(groups.get("clause") or b"") is not None


def _types(pieces: tuple[Piece, ...]) -> Iterator[tuple[int, int]]:
    return ((piece.start, piece.end) for piece in pieces if piece.kind in TYPES)


def _guarded(code: bytes, pieces: tuple[Piece, ...]) -> Iterator[tuple[int, int]]:
    """Yield the spans that run only where an import may fail: blocks of `try` with a `catch`, and branches on the kind of module system."""
    tries: list[Piece] = []
    for piece in pieces:
        if piece.kind == "try_statement":
            tries.append(piece)
        elif piece.kind == "catch_clause":
            while tries and tries[-1].end <= piece.start:
                tries.pop()
            if tries:
                yield tries.pop().start, piece.start
        elif piece.kind in ("if_statement", "ternary_expression") and _PROBES.search(
            code, piece.start, min(piece.end, piece.start + _HEAD)
        ):
            yield piece.start, piece.end


def _text(literal: str) -> str:
    return _ESCAPE.sub(_unescaped, literal[1:-1]) if "\\" in literal else literal[1:-1]


def _unescaped(found: re.Match[str]) -> str:
    number = found.group(1) or found.group(2) or found.group(3)
    if number is not None:
        point = int(number, 16)
        return chr(point) if point <= _LAST and not 0xD800 <= point < 0xE000 else "\ufffd"
    mark = found.group(4) or ""
    return _SIMPLE.get(mark, mark)
