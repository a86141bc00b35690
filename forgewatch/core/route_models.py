"""Which classes a handler takes and gives, by its annotations and `response_model` (FastAPI and frameworks that read annotations)."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from forgewatch.core.constants import dotted_name
from forgewatch.core.model_fields import names_in

_INJECTED = frozenset({"Depends", "Security"})


def models_of(handler: ast.AST, decorator: ast.Call) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the dotted names that a handler takes and those it gives; none for what is no function."""
    if not isinstance(handler, ast.FunctionDef | ast.AsyncFunctionDef):
        return (), ()
    stated = next((keyword.value for keyword in decorator.keywords if keyword.arg == "response_model"), handler.returns)
    takes = (name for annotation in _taken(handler.args) for name in names_in(annotation))
    return tuple(dict.fromkeys(takes)), names_in(stated)


def _taken(arguments: ast.arguments) -> Iterator[ast.expr]:
    """Yield the annotations of what the caller sends; what another function provides is none of it."""
    listed = [*arguments.posonlyargs, *arguments.args]
    defaults: list[ast.expr | None] = [None] * (len(listed) - len(arguments.defaults))
    pairs = [*zip(listed, [*defaults, *arguments.defaults], strict=True), *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)]
    for argument, default in pairs:
        if argument.annotation is not None and not any(map(_is_injected, (default, *ast.walk(argument.annotation)))):
            yield argument.annotation


def _is_injected(node: ast.AST | None) -> bool:
    called = dotted_name(node.func).rpartition(".")[2] if isinstance(node, ast.Call) else ""
    return called in _INJECTED and isinstance(node, ast.Call) and bool(node.args or node.keywords)
