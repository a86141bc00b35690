"""Imports, exports, functions and declared names of a TypeScript or JavaScript file, as ground for its routes (checks.md W3).

What a file exports is known as `=`: `=.users` for the export `users`, `=.default` for the default one, `=` for `module.exports`.
"""

from __future__ import annotations

import re

from forgewatch.core.code_outline import Outline, Span
from forgewatch.core.router_ground import RETURNS, Function, Ground, Parameter
from forgewatch.core.source_pieces import CLASSES, SCRIPT_FUNCTIONS, Piece

EXPORTS = "="
_TARGETS = 4
_SOURCE = r"""(?:"(?P<double>[^"\n]*)"|'(?P<single>[^'\n]*)')"""
_IMPORT = re.compile(rf"import\s+(?:type\s+)?(?P<clause>[^'\"]{{0,20000}}?)\s*(?:from\s*|=\s*require\s*\(\s*){_SOURCE}", re.DOTALL)
_EXPORT_FROM = re.compile(rf"export\s+(?:type\s+)?(?P<what>\*(?:\s*as\s+[\w$]+)?|\{{[^}}]*\}})\s*from\s*{_SOURCE}", re.DOTALL)
_EXPORT_LIST = re.compile(r"export\s*\{(?P<names>[^}]*)\}\s*;?\s*\Z", re.DOTALL)
_EXPORT_DEFAULT = re.compile(r"export\s+default\s+")
_EXPORT_EQUALS = re.compile(r"export\s*=\s*")
_EXPORT_DECLARED = re.compile(
    r"export\s+(?:declare\s+|async\s+|abstract\s+)*(?P<kind>const|let|var|function\b\s*\*?|class)\s*(?P<name>[\w$]+|\{[^}=]*\}(?=\s*=))"
)
_REQUIRED = re.compile(rf"require\s*\(\s*{_SOURCE}\s*\)\Z")
_EQUALS = re.compile(r"=\s*require\b")
_NAMED = re.compile(r"(?:type\s+)?([\w$]+)(?:\s*(?:as|:)\s*([\w$]+))?")
_TARGET = re.compile(r"([\w$]+)\s*[?!]?\s*(?::[^=]{0,200}?)?=(?![=>])\s*")
_PATTERN = re.compile(r"\{([^{}]*)\}\s*(?::[^=]{0,200}?)?=\s*")
_ASSIGNED = re.compile(r"((?:this|[\w$]+)(?:\s*\.\s*#?[\w$]+){0,4})\s*=(?![=>])\s*")
_FIELD = re.compile(r"(?:(?:public|private|protected|readonly|static|declare|override)\s+)*#?([\w$]+)\s*[?!]?\s*(?::[^=]{0,200}?)?=\s*")
_FUNCTION = re.compile(
    r"(?:async\s+)?(?:function\b\s*\*?\s*)?(?:(?:public|private|protected|static|async|override|get|set)\s+)*\*?\s*#?([\w$]*)\s*(?:<[^()<>]{0,200}>)?\s*"
)
_PARAMETER = re.compile(r"(?:@[\w.]+(?:\([^()]*\))?\s*)?((?:public|private|protected|readonly)\s+)*([\w$]+)\s*\??\s*(?::\s*([\w$.]+))?")
_ARROW = re.compile(r"=>\s*")
_CLASS = re.compile(r"(?:abstract\s+)?class\s+(?!extends\b)([\w$]+)")


def script_ground(raw: bytes, pieces: tuple[Piece, ...]) -> Ground:
    """Return the ground of one file, with every name that it imports, declares and exports."""
    outline = Outline(raw, pieces)
    functions = [(piece.start, piece.end) for piece in outline.of_kind(*SCRIPT_FUNCTIONS)]
    classes = [piece for piece in outline.of_kind(*CLASSES) if outline.code.startswith(("class", "abstract"), piece.start)]
    ground = Ground(raw, outline, functions, [(piece.start, piece.end) for piece in classes], lambda name: name.startswith((EXPORTS, "*")))
    for piece in classes:
        _take_class(ground, piece)
    for piece in outline.of_kind(*SCRIPT_FUNCTIONS):
        _take_function(ground, piece)
    for piece in outline.of_kind("import_statement"):
        _take_import(ground, outline.code[piece.start : piece.end])
    for piece in outline.of_kind("variable_declarator", "public_field_definition", "field_definition"):
        _take_declared(ground, piece)
    for piece in outline.of_kind("assignment_expression"):
        _take_assigned(ground, piece)
    for piece in outline.of_kind("return_statement"):
        start = ground.within(piece.start)
        if start in ground.functions:
            value = outline.trimmed(piece.start + len("return"), _end(outline, piece))
            ground.assign(f"{ground.functions[start].node}.{RETURNS}", value)
    for piece in outline.of_kind("export_statement"):
        _take_export(ground, piece)
    return ground


def take_require(ground: Ground, text: str) -> str:
    """Return the name of what `require("x")` gives, empty when `text` is no such call."""
    found = _REQUIRED.match(text)
    if found is None:
        return ""
    source = _source(found)
    ground.imports[f"require({source})"] = (source, EXPORTS)
    return f"require({source})"


def _source(found: re.Match[str]) -> str:
    text = found["double"] if found["double"] is not None else found["single"]
    return text.encode("latin-1").decode("utf-8", "replace")


def _end(outline: Outline, piece: Piece) -> int:
    return piece.end - 1 if outline.code[piece.end - 1] == ";" else piece.end


def _take_class(ground: Ground, piece: Piece) -> None:
    found = _CLASS.match(ground.outline.code, piece.start, piece.end)
    ground.class_names[piece.start] = ground.declare(found.group(1), piece.start) if found else f"@{piece.start}"


def _take_function(ground: Ground, piece: Piece) -> None:
    outline, node = ground.outline, f"@{piece.start}"
    found = _FUNCTION.match(outline.code, piece.start, piece.end)
    name, opened = (found.group(1), found.end()) if found else ("", piece.start)
    parameters: list[Parameter] = []
    if outline.plain[opened : opened + 1] == "(":
        parameters = [_parameter(outline, span) for span in outline.items(opened)]
    elif piece.kind == "arrow_function":
        parameters = [Parameter(name)]
    if piece.kind == "method_definition":
        owner = ground.known_as("this", piece.start)
        node = f"{owner}.{name}" if owner and name != "constructor" else owner or node
    ground.functions[piece.start] = Function(node, tuple(parameters))
    if piece.kind.endswith("_declaration") and name:
        # The name of a function stands where the function does, not in itself.
        ground.aliases[ground.declare(name, piece.start - 1)] = node
    if piece.kind == "arrow_function":
        _take_body(ground, piece, opened, node)
    for parameter in parameters:
        ground.declare(parameter.name, piece.start)
    if piece.kind == "method_definition" and name == "constructor":
        _take_properties(ground, node, opened, piece.start)


def _take_body(ground: Ground, piece: Piece, opened: int, node: str) -> None:
    outline = ground.outline
    arrow = _ARROW.search(outline.plain, outline.pairs.get(opened, opened), piece.end)
    if arrow is not None and outline.plain[arrow.end() : arrow.end() + 1] not in ("{", ""):
        ground.assign(f"{node}.{RETURNS}", outline.trimmed(arrow.end(), piece.end))


def _take_properties(ground: Ground, node: str, opened: int, start: int) -> None:
    """Take `constructor(private app: Express)`, which sets the field `app`."""
    for span in ground.outline.items(opened):
        found = _PARAMETER.match(ground.outline.code, span.start, span.end)
        if found is not None and found.group(1):
            ground.aliases[f"{node}.{found.group(2)}"] = f"{found.group(2)}@{start}"


def _parameter(outline: Outline, span: Span) -> Parameter:
    found = _PARAMETER.match(outline.code, span.start, span.end)
    return Parameter(found.group(2), found.group(3) or "") if found else Parameter("")


def _take_import(ground: Ground, statement: str) -> None:
    found = _IMPORT.match(statement)
    if found is None:
        return
    source, clause = _source(found), found["clause"]
    names, _, rest = clause.partition("{")
    for part in names.split(","):
        words = part.split()
        if words and words[0] == "*":
            ground.imports[words[-1]] = (source, EXPORTS)
        elif words:
            ground.imports[words[0]] = (source, EXPORTS if _EQUALS.search(statement) else f"{EXPORTS}.default")
    for original, local in _NAMED.findall(rest):
        ground.imports[local or original] = (source, f"{EXPORTS}.{original}")


def _take_declared(ground: Ground, piece: Piece) -> None:
    code, end = ground.outline.code, _end(ground.outline, piece)
    if piece.kind != "variable_declarator":
        owner, found = ground.known_as("this", piece.start), _FIELD.match(code, piece.start, piece.end)
        if owner and found is not None:
            ground.assign(f"{owner}.{found.group(1)}", ground.outline.trimmed(found.end(), end))
        return
    if (pattern := _PATTERN.match(code, piece.start, piece.end)) is not None:
        value = ground.outline.trimmed(pattern.end(), end)
        for original, local in _NAMED.findall(pattern.group(1)):
            ground.declare(local or original, piece.start, value, original)
        return
    target = _TARGET.match(code, piece.start, piece.end)
    if target is not None:
        ground.declare(target.group(1), piece.start, _last_value(ground.outline, ground.outline.trimmed(target.end(), end)))


def _take_assigned(ground: Ground, piece: Piece) -> None:
    outline = ground.outline
    found = _ASSIGNED.match(outline.code, piece.start, piece.end)
    if found is None:
        return
    name, value = re.sub(r"\s+|#", "", found.group(1)), outline.trimmed(found.end(), piece.end)
    value = _last_value(outline, value)
    head, _, path = name.removeprefix("module.").partition(".")
    if head == "exports":
        _take_exports(ground, path, value)
    else:
        ground.assign(ground.known_as(name, piece.start), value)


def _take_exports(ground: Ground, path: str, value: Span) -> None:
    """Take `module.exports = value` and `exports.path = value`."""
    ground.assign(f"{EXPORTS}.{path}" if path else EXPORTS, value)
    if not path:
        ground.aliases[f"{EXPORTS}.default"] = EXPORTS


def _last_value(outline: Outline, value: Span) -> Span:
    """Return what is set in the end by `app = module.exports = express()`."""
    for _ in range(_TARGETS):
        again = _ASSIGNED.match(outline.code, value.start, value.end)
        value = outline.trimmed(again.end(), value.end) if again else value
    return value


def _take_export(ground: Ground, piece: Piece) -> None:
    code, end = ground.outline.code, _end(ground.outline, piece)
    if (found := _EXPORT_FROM.match(code, piece.start, piece.end)) is not None:
        source, what = _source(found), found["what"]
        if what.startswith("*"):
            name = what[1:].split()
            local = f"{EXPORTS}.{name[-1]}" if name else f"*{len(ground.imports)}"
            ground.imports[local] = (source, EXPORTS)
        for original, local in _NAMED.findall(what) if what.startswith("{") else ():
            ground.imports[f"{EXPORTS}.{local or original}"] = (source, f"{EXPORTS}.{original}")
    elif (found := _EXPORT_LIST.match(code, piece.start, piece.end)) is not None:
        for original, local in _NAMED.findall(found["names"]):
            ground.aliases[f"{EXPORTS}.{local or original}"] = original
    elif (found := _EXPORT_DEFAULT.match(code, piece.start, piece.end)) is not None:
        value = ground.outline.trimmed(found.end(), end)
        made = _CLASS.match(code, value.start, value.end)
        ground.assign(f"{EXPORTS}.default", Span(made.start(1), made.end(1)) if made else value)
    elif (found := _EXPORT_EQUALS.match(code, piece.start, piece.end)) is not None:
        _take_exports(ground, "", ground.outline.trimmed(found.end(), end))
    elif (found := _EXPORT_DECLARED.match(code, piece.start, piece.end)) is not None:
        for original, local in _NAMED.findall(found["name"]):
            ground.aliases[f"{EXPORTS}.{local or original}"] = local or original
