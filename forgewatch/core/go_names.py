"""Imports, functions, types and declared names of a Go file, as ground for its routes (checks.md W3)."""

from __future__ import annotations

import re
from typing import NamedTuple

from forgewatch.core.code_outline import Outline, Span
from forgewatch.core.router_ground import RETURNS, Function, Ground, Parameter
from forgewatch.core.source_pieces import GO_FUNCTIONS, Piece

OWN_PACKAGE = "."
"""The module of names that another file of the same folder declares."""
STANDARD = "net/http"
_SPEC = re.compile(r"(?P<local>[\w.]+)?\s*[\"`](?P<module>[^\"`\n]*)[\"`]\Z")
_VERSION = re.compile(r"/v\d+\Z")
_FUNCTION = re.compile(r"func\s*(?:\(\s*(?P<receiver>[^()]*)\))?\s*(?P<name>\w*)\s*(?:\[[^\[\]]*\]\s*)?(?=\()")
_RECEIVER = re.compile(r"(?:(\w+)\s+)?\*?\s*(\w+)")
_PARAMETER = re.compile(r"(\w+)(?:\s+(?:\.\.\.)?\*?([\w.]+))?")
_DECLARED = re.compile(r"(?P<names>\w+(?:\s*,\s*\w+){0,16})(?:\s+[*\w.]+)?\s*(?::=|=)\s*")
_ASSIGNED = re.compile(r"(?P<name>\w+(?:\.\w+){0,4})\s*=\s*")
_STRUCT = re.compile(r"(\w+)\s+struct\b")
_FIELD = re.compile(r"(?:(\w+(?:\s*,\s*\w+)*)\s+)?\*?([\w.]+)\s*(?:\"[^\"]*\"|`[^`]*`)?\Z")
_KEYED = re.compile(r"(\w+)\s*:\s*")
_LITERAL = re.compile(r"(?:[\w.]+\.)?(\w+)\s*\{")
_TYPES = {
    STANDARD: {"ServeMux"},
    "github.com/gorilla/mux": {"Router"},
    "github.com/go-chi/chi": {"Router", "Mux"},
    "github.com/gin-gonic/gin": {"Engine", "RouterGroup", "IRouter", "IRoutes"},
    "github.com/labstack/echo": {"Echo", "Group"},
}


def plain_module(module: str) -> str:
    """Return an import path without its major version."""
    return _VERSION.sub("", module)


def is_router_type(ground: Ground, type_name: str) -> bool:
    """True for a type that a framework gives its routers."""
    head, _, name = type_name.partition(".")
    return name in _TYPES.get(plain_module(ground.imports.get(head, ("", ""))[0]), ())


class GoFile(NamedTuple):
    """The ground of one file, the fields of types that are routers, and what is set anew: (name, offset, value)."""

    ground: Ground
    fields: frozenset[str]
    later: tuple[tuple[str, int, Span], ...]


def go_file(raw: bytes, pieces: tuple[Piece, ...]) -> GoFile:
    """Return the ground of one file, with every name that it imports and declares."""
    outline = Outline(raw, pieces)
    ground = Ground(raw, outline, [(piece.start, piece.end) for piece in outline.of_kind(*GO_FUNCTIONS)], (), lambda name: "@" not in name)
    for piece in outline.of_kind("import_spec"):
        _take_import(ground, outline.code[piece.start : piece.end])
    for piece in outline.of_kind(*GO_FUNCTIONS):
        _take_function(ground, piece)
    for piece in outline.of_kind("short_var_declaration", "var_spec", "const_spec"):
        _take_declared(ground, piece)
    found = (
        (piece.start, piece.end, _ASSIGNED.match(outline.code, piece.start, piece.end)) for piece in outline.of_kind("assignment_statement")
    )
    later = tuple((row["name"], start, outline.trimmed(row.end(), end)) for start, end, row in found if row is not None)
    for piece in outline.of_kind("return_statement"):
        start = ground.within(piece.start)
        for item in outline.commas(piece.start + len("return"), piece.end)[:1] if start in ground.functions else ():
            ground.assign(f"{ground.functions[start].node}.{RETURNS}", item)
    _take_literals(ground)
    return GoFile(ground, _router_fields(ground), later)


def _take_import(ground: Ground, text: str) -> None:
    found = _SPEC.match(text)
    if found is not None:
        module = found["module"].encode("latin-1").decode("utf-8", "replace")
        ground.imports[found["local"] or plain_module(module).rpartition("/")[2]] = (module, "")


def _take_function(ground: Ground, piece: Piece) -> None:
    outline = ground.outline
    found = _FUNCTION.match(outline.code, piece.start, piece.end)
    if found is None:
        ground.functions[piece.start] = Function(f"@{piece.start}", ())
        return
    receiver = _RECEIVER.match(found["receiver"] or "")
    parameters = _parameters(outline, found.end())
    name = found["name"]
    node = f"{receiver.group(2)}.{name}" if receiver and name else name or f"@{piece.start}"
    ground.functions[piece.start] = Function(node, parameters)
    if receiver and receiver.group(1):
        ground.aliases[ground.declare(receiver.group(1), piece.start)] = receiver.group(2)
    for parameter in parameters:
        known = ground.declare(parameter.name, piece.start)
        if parameter.type and "." not in parameter.type:
            ground.aliases[known] = parameter.type


def _parameters(outline: Outline, opened: int) -> tuple[Parameter, ...]:
    """Return the parameters with their types; `a, b *mux.Router` gives both the type."""
    found: list[Parameter] = []
    for span in reversed(outline.items(opened)):
        match = _PARAMETER.match(outline.code, span.start, span.end)
        name, kind = (match.group(1), match.group(2) or "") if match else ("", "")
        found.append(Parameter(name, kind or (found[-1].type if found else "")))
    return tuple(reversed(found))


def _take_declared(ground: Ground, piece: Piece) -> None:
    found = _DECLARED.match(ground.outline.code, piece.start, piece.end)
    if found is None:
        return
    values = ground.outline.commas(found.end(), piece.end)
    for number, name in enumerate(re.split(r"\s*,\s*", found["names"])):
        ground.declare(name, piece.start, values[number] if number < len(values) else None)


def _take_literals(ground: Ground) -> None:
    """Take `&Server{router: r}`, which sets the field `router` of the type."""
    outline = ground.outline
    for piece in outline.of_kind("composite_literal"):
        literal = _LITERAL.match(outline.plain, piece.start, piece.end)
        for item in outline.items(literal.end() - 1) if literal else ():
            key = _KEYED.match(outline.code, item.start, item.end)
            if literal is not None and key is not None:
                ground.assign(f"{literal.group(1)}.{key.group(1)}", Span(key.end(), item.end))


def _router_fields(ground: Ground) -> frozenset[str]:
    """Return the fields of types of this file that are routers; the name of the type alone for a router that it takes in."""
    outline, found, struct = ground.outline, set(), None
    for piece in outline.of_kind("type_spec", "field_declaration"):
        if piece.kind == "type_spec":
            struct = _STRUCT.match(outline.code, piece.start, piece.end)
            continue
        field = _FIELD.match(outline.code, piece.start, piece.end)
        if struct is not None and field is not None and is_router_type(ground, field.group(2)):
            found |= {f"{struct.group(1)}.{name.strip()}" for name in (field.group(1) or field.group(2).rpartition(".")[2]).split(",")}
    return frozenset(found)
