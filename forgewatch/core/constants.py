"""Expressions of a syntax tree that are text already: constants, their concatenations, dotted names. Depth is bounded, nothing is run."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping

_DEPTH = 64
_LENGTH = 4096
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_NONE: Mapping[str, str] = {}


def constant_text(node: ast.expr | None, known: Mapping[str, str] = _NONE, depth: int = _DEPTH) -> str | None:
    """Return the text that `node` always has, None when it is not constant, longer than 4096 characters or no valid Unicode.

    Literals, `+` between constants, f-strings of constants, plain `%s`, `{}` and `join` of constants, and names that `known` maps to
    their text.
    """
    if depth == 0 or node is None:
        return None
    text: str | None = None
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        text = node.value
    elif isinstance(node, ast.Name):
        text = known.get(node.id)
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        text = _joined([node.left, node.right], known, depth)
    elif isinstance(node, ast.JoinedStr):
        text = _joined([part.value if isinstance(part, ast.FormattedValue) else part for part in node.values], known, depth)
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod):
        text = _filled(node.left, "%s", node.right.elts if isinstance(node.right, ast.Tuple) else [node.right], known, depth)
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and not node.keywords:
        text = _called(node.func, node.args, known, depth)
    return text if text is not None and len(text) <= _LENGTH and not _SURROGATE.search(text) else None


def dotted_name(node: ast.expr | None) -> str:
    """Return `a.b.c` for a name or a chain of attributes, the empty text for everything else."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return ""
    return ".".join([node.id, *reversed(parts)])


def _joined(nodes: list[ast.expr], known: Mapping[str, str], depth: int) -> str | None:
    texts = [constant_text(node, known, depth - 1) for node in nodes]
    return None if None in texts else "".join(text or "" for text in texts)


def _called(func: ast.Attribute, args: list[ast.expr], known: Mapping[str, str], depth: int) -> str | None:
    if func.attr == "format":
        return _filled(func.value, "{}", args, known, depth)
    if func.attr != "join" or len(args) != 1 or not isinstance(args[0], ast.List | ast.Tuple):
        return None
    between = constant_text(func.value, known, depth - 1)
    texts = [constant_text(node, known, depth - 1) for node in args[0].elts]
    return None if between is None or None in texts else between.join(text or "" for text in texts)


def _filled(pattern: ast.expr, slot: str, values: list[ast.expr], known: Mapping[str, str], depth: int) -> str | None:
    """Return the pattern with its slots filled; None when it has other slots, or more or fewer than there are values."""
    text = constant_text(pattern, known, depth - 1)
    texts = [constant_text(node, known, depth - 1) for node in values]
    parts = [] if text is None else text.split(slot)
    if len(parts) != len(texts) + 1 or None in texts or any(set(part) & set(slot[:1] + "}") for part in parts):
        return None
    return "".join(part + (value or "") for part, value in zip(parts, [*texts, ""], strict=True))
