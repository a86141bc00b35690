"""Which imports may fail and the program goes on without them (checks.md A9, guarded imports)."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from forgewatch.core.constants import dotted_name
from forgewatch.core.python_source import statements
from forgewatch.core.standard_library import MINORS, is_standard

_MISSING = frozenset({"ImportError", "ModuleNotFoundError"})
_EVERYTHING = frozenset({"Exception", "BaseException"})
_EXITS = frozenset({"exit", "quit", "sys.exit", "os._exit", "os.abort"})
_BACKPORTS = frozenset(
    {
        *("async_timeout", "backports", "cached_property", "dataclasses", "exceptiongroup", "graphlib", "importlib_metadata"),
        *("importlib_resources", "mock", "pathlib2", "pkg_resources", "setuptools", "taskgroup", "toml", "tomli", "typing_extensions"),
    }
)
"""What stands in for parts of the standard library on older Pythons."""


@dataclass(frozen=True, slots=True)
class Guards:
    """The names that mean what they seem to mean in one file: exceptions of a missing module, and `contextlib.suppress`."""

    missing: frozenset[str] = frozenset()
    suppressors: frozenset[str] = frozenset()


def guards_of(tree: ast.Module, text: str) -> Guards:
    """Return what guards an import in this file. A name to which the file gives a meaning of its own, anywhere, guards nothing."""
    # Identifiers are NFKC-normalised by the parser: in text that is not ASCII the words may be spelled otherwise.
    if text.isascii() and not any(word in text for word in _MISSING):
        return Guards()
    found = [node for node in statements(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    suppressors = {name for node in found for name in _suppressors(node)}
    stored = set(_stored(tree))
    return Guards(_MISSING - stored, frozenset(name for name in suppressors if name.partition(".")[0] not in stored))


def handler_of_missing(node: ast.Try | ast.TryStar, guards: Guards) -> ast.ExceptHandler | None:
    """Return the handler that goes on without a missing module. One that always raises, or ends the program, needs the module."""
    for handler in node.handlers:
        if _names_missing(handler.type, guards.missing):
            return None if _never_goes_on(handler.body) else handler
        if handler.type is None or _names_missing(handler.type, _EVERYTHING):
            return None
    return None


def suppresses_missing(node: ast.With, guards: Guards) -> bool:
    """True for `with suppress(ImportError)`."""
    calls = [item.context_expr for item in node.items if isinstance(item.context_expr, ast.Call)]
    return any(
        dotted_name(call.func) in guards.suppressors and any(_names_missing(kind, guards.missing) for kind in call.args) for call in calls
    )


def fallbacks(body: list[ast.stmt], handler: ast.ExceptHandler) -> list[ast.stmt]:
    """Return the statements of the handler that only older Pythons need: `try: import tomllib` / `except ImportError: import tomli`.

    The body has to be imports of the standard library and nothing else. Where it names modules that all Pythons have, only the names of
    known backports count: `from json import nope` would let any import run that looks like one for older Pythons.
    """
    names = [name for node in body for name in _tops(node)]
    if not names or not all(is_standard(name, frozenset(MINORS)) for name in names):
        return []
    if not all(is_standard(name, frozenset({minor})) for name in names for minor in MINORS):
        return handler.body
    return [node for node in handler.body if _BACKPORTS.issuperset(_tops(node))]


def _tops(node: ast.stmt) -> list[str]:
    """Return the top-level modules of an import; a relative import and any other statement are no module of the standard library."""
    if isinstance(node, ast.Import):
        return [alias.name.partition(".")[0] for alias in node.names]
    return [node.module.partition(".")[0]] if isinstance(node, ast.ImportFrom) and node.module and not node.level else ["."]


def _never_goes_on(body: list[ast.stmt]) -> bool:
    for node in body:
        if isinstance(node, ast.Raise) or (isinstance(node, ast.Expr) and _is_exit(node.value)):
            return True
        if isinstance(node, ast.If) and node.orelse and _never_goes_on(node.body) and _never_goes_on(node.orelse):
            return True
        if any(isinstance(inner, ast.Return | ast.Break | ast.Continue) for inner in ast.walk(node)):
            return False
    return False


def _is_exit(value: ast.expr) -> bool:
    return isinstance(value, ast.Call) and dotted_name(value.func) in _EXITS


def _names_missing(kind: ast.expr | None, names: frozenset[str]) -> bool:
    options = kind.elts if isinstance(kind, ast.Tuple) else [kind]
    return any(dotted_name(option).removeprefix("builtins.") in names for option in options)


def _suppressors(node: ast.Import | ast.ImportFrom) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (f"{alias.asname or alias.name}.suppress" for alias in node.names if alias.name == "contextlib")
    elif node.module == "contextlib" and not node.level:
        yield from (alias.asname or alias.name for alias in node.names if alias.name == "suppress")


def _stored(tree: ast.Module) -> Iterator[str]:
    """Yield every name that the file binds, those that `contextlib` brings apart."""
    for node in ast.walk(tree):
        match node:
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.arg(arg=name):
                yield name
            case ast.Name(id=name, ctx=ast.Store()):
                yield name
            case ast.Import(names=names):
                yield from (alias.asname or alias.name.partition(".")[0] for alias in names if alias.name != "contextlib")
            case ast.ImportFrom(names=names) if not list(_suppressors(node)):
                yield from (alias.asname or alias.name for alias in names)
