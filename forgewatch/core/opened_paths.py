"""Which paths source code opens, runs or loads by a constant text: what it depends on beside its imports (contract §0)."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from forgewatch.core.added_lines import text_of
from forgewatch.core.python_source import decode_source, parse_source

_OPENERS = frozenset(
    {"open", "Path", "PurePath", "import_module", "run", "Popen", "call", "check_call", "check_output", "read_text", "read_bytes"}
    | {"exists", "isfile", "isdir", "listdir", "walk", "glob", "iglob", "abspath", "spec_from_file_location", "copy", "copyfile"}
)
_OTHER = re.compile(
    r"\b(?:require|import|from|open\w*|readFile\w*|readdir\w*|fetch|ReadFile|Open|path\.(?:join|resolve)|include\w*)\b"
    r"[^'\"`\n]{0,80}['\"`](?P<path>[^'\"`\n]{1,300})['\"`]"
)


def opened_paths(path: str, raw: bytes) -> tuple[tuple[int, str], ...]:
    """Return (line from 1, text) of each constant path that a file opens. Python is read by its syntax, others line by line.

    What does not parse opens nothing here: A9 tells it. Never raises.
    """
    if not path.endswith((".py", ".pyw")):
        lines = text_of(raw).splitlines()
        return tuple((number, found.group("path")) for number, line in enumerate(lines, 1) for found in _OTHER.finditer(line))
    text = decode_source(raw)
    tree = parse_source(text) if isinstance(text, str) else text
    if not isinstance(tree, ast.Module):
        return ()
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call) and _name(node.func) in _OPENERS)
    return tuple(sorted((text.lineno, str(text.value)) for call in calls for text in _texts(call)))


def _name(function: ast.expr) -> str:
    match function:
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name
        case _:
            return ""


def _texts(call: ast.Call) -> Iterator[ast.Constant]:
    for argument in (*call.args, *(keyword.value for keyword in call.keywords)):
        parts = argument.elts if isinstance(argument, ast.List | ast.Tuple) else [argument]
        yield from (part for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str))
