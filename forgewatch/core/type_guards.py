"""Which tests mean "never true when the program runs": only `TYPE_CHECKING` as `typing` defines it (checks.md A9, type-only imports)."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from forgewatch.core.constants import dotted_name
from forgewatch.core.python_source import statements

_NAME = "TYPE_CHECKING"
_HOMES = frozenset({"typing", "typing_extensions"})


def type_guards(tree: ast.Module) -> frozenset[str]:
    """Return the dotted names that are `TYPE_CHECKING` in this file.

    It has to come from `typing` or be assigned `False`; a file that stores anything else under the name, anywhere, has no such guard:
    `TYPE_CHECKING = True` would let an import run that looks type-only.
    """
    found = [node for node in statements(tree) if isinstance(node, ast.Import | ast.ImportFrom | ast.Assign | ast.AnnAssign)]
    guards = {name for node in found for name in _guards_of(node)}
    if not guards:
        return frozenset()
    stored = set(_stored(tree))
    return frozenset(name for name in guards if name not in stored)


def _guards_of(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (f"{alias.asname or alias.name}.{_NAME}" for alias in node.names if alias.name in _HOMES)
    elif isinstance(node, ast.ImportFrom) and node.module in _HOMES and not node.level:
        yield from (alias.asname or alias.name for alias in node.names if alias.name == _NAME)
    elif isinstance(node, ast.Assign | ast.AnnAssign) and _is_false(node.value):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        yield from (name for name in map(dotted_name, targets) if name == _NAME)


def _stored(tree: ast.Module) -> Iterator[str]:
    """Yield every name that the file gives a value of its own, `NAME = False` apart."""
    harmless = {id(target) for node in statements(tree) if isinstance(node, ast.Assign | ast.AnnAssign) for target in _false_targets(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Store) and id(node) not in harmless:
            yield dotted_name(node)


def _false_targets(node: ast.Assign | ast.AnnAssign) -> list[ast.expr]:
    if not _is_false(node.value):
        return []
    return node.targets if isinstance(node, ast.Assign) else [node.target]


def _is_false(value: ast.expr | None) -> bool:
    return isinstance(value, ast.Constant) and value.value is False
