"""Which imports may fail and the program goes on without them (checks.md A9, guarded imports)."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from forgewatch.core.constants import constant_text, dotted_name
from forgewatch.core.python_source import spelled, statements
from forgewatch.core.source_pieces import Spans
from forgewatch.core.standard_library import MINORS, REMOVED, is_standard

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
_PYTHON_2 = frozenset(
    {
        *("__builtin__", "_winreg", "anydbm", "BaseHTTPServer", "cPickle", "cStringIO", "CGIHTTPServer", "ConfigParser", "Cookie"),
        *("cookielib", "copy_reg", "dbhash", "DocXMLRPCServer", "dumbdbm", "HTMLParser", "htmlentitydefs", "httplib", "Queue"),
        *("robotparser", "ScrolledText", "SimpleHTTPServer", "SimpleXMLRPCServer", "SocketServer", "StringIO", "tkFileDialog", "tkFont"),
        *("Tkinter", "tkMessageBox", "tkSimpleDialog", "urllib2", "urlparse", "UserDict", "UserList", "UserString", "whichdb", "xmlrpclib"),
        *("dummy_thread", "md5", "sha"),
    }
)
_OF_OTHER_PYTHONS = _PYTHON_2 | REMOVED
_IMPORTS_AND_NAMES = (ast.Import, ast.ImportFrom, ast.Assign, ast.AnnAssign)
_EVERY_ERROR = re.compile(r"\bexcept\b[^:]*Exception\b")
_ENDLESS = 1 << 31
_WORDS = (*_MISSING, "version_info", "importorskip")
_KNOWN = (("contextlib", "suppress"), ("pytest", "raises"), ("pytest", "importorskip"), ("sys", "version_info"))
_KNOWN_MODULES = frozenset(module for module, _ in _KNOWN)


@dataclass(frozen=True, slots=True)
class Guards:
    """The names that mean what they seem to mean in one file: exceptions of a missing module, and of everything; `contextlib.suppress`
    and `pytest.raises`; `pytest.importorskip`; `sys.version_info`.
    """

    missing: frozenset[str] = frozenset()
    everything: frozenset[str] = frozenset()
    suppressors: frozenset[str] = frozenset()
    skippers: frozenset[str] = frozenset()
    versions: frozenset[str] = frozenset()


def guards_of(tree: ast.Module, text: str) -> Guards:
    """Return what guards an import in this file. A name to which the file gives a meaning of its own, anywhere, guards nothing."""
    plain = spelled(text)
    if not any(word in plain for word in _WORDS) and not _EVERY_ERROR.search(plain):
        return Guards()
    found = [node for node in statements(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    stored = set(_stored(tree))

    def kept(*wanted: tuple[str, str]) -> frozenset[str]:
        names = (name for node in found for name in _names_of(node, wanted))
        return frozenset(name for name in names if name.partition(".")[0] not in stored)

    return Guards(
        missing=_MISSING - stored,
        everything=_EVERYTHING - stored,
        suppressors=kept(*_KNOWN[:2]),
        skippers=kept(_KNOWN[2]),
        versions=kept(_KNOWN[3]),
    )


def handler_of_missing(node: ast.Try | ast.TryStar, guards: Guards, *, in_function: bool) -> ast.ExceptHandler | None:
    """Return the handler that goes on without a missing module. One that always raises, or ends the program, needs the module.

    Inside a function it may raise an error of its own: the program runs without the module, and tells those who call the function what
    to install. A handler of every error counts where the body holds nothing but imports and assignments.
    """
    for handler in node.handlers:
        every = handler.type is None or _names_missing(handler.type, guards.everything)
        if every and not all(isinstance(inner, _IMPORTS_AND_NAMES) for inner in node.body):
            return None
        if every or _names_missing(handler.type, guards.missing):
            goes_on = not _never_goes_on(handler.body) or (in_function and _tells(handler.body))
            return handler if goes_on else None
    return None


def suppresses_missing(node: ast.With, guards: Guards) -> bool:
    """True for `with suppress(ImportError)` and `with pytest.raises(ImportError)`."""
    calls = [item.context_expr for item in node.items if isinstance(item.context_expr, ast.Call)]
    return any(
        dotted_name(call.func) in guards.suppressors and any(_names_missing(kind, guards.missing) for kind in call.args) for call in calls
    )


def fallbacks(body: list[ast.stmt], handler: ast.ExceptHandler) -> list[ast.stmt]:
    """Return the statements of the handler that only older Pythons need: `try: import tomllib` / `except ImportError: import tomli`.

    The body has to be imports of the standard library and nothing else. Where it names modules that all Pythons have, only the names of
    known backports count: `from json import nope` would let any import run that looks like one for older Pythons. What only another
    Python has in its own library counts beside any body.
    """
    old = [node for node in handler.body if _OF_OTHER_PYTHONS.issuperset(_tops(node))]
    names = [name for node in body for name in _tops(node)]
    if not names or not all(is_standard(name, frozenset(MINORS)) for name in names):
        return old
    if not all(is_standard(name, frozenset({minor})) for name in names for minor in MINORS):
        return handler.body
    return [node for node in handler.body if (_BACKPORTS | _OF_OTHER_PYTHONS).issuperset(_tops(node))]


def skipped_without(tree: ast.Module, guards: Guards) -> Mapping[str, Spans]:
    """Return, by top-level module, the lines where `pytest.importorskip` has ended the test if the module is missing.

    Only a call that stands directly in the file, or directly in a function for the rest of that, has surely been made.
    """
    blocks = [(tree.body, _ENDLESS)]
    blocks += [(node.body, node.end_lineno or 0) for node in statements(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    calls = ((node.value, last) for body, last in blocks for node in body if isinstance(node, ast.Expr | ast.Assign))
    found = ((call, last) for call, last in calls if isinstance(call, ast.Call) and dotted_name(call.func) in guards.skippers and call.args)
    spans: dict[str, list[tuple[int, int]]] = {}
    for call, last in found:
        top = (constant_text(call.args[0]) or "").partition(".")[0]
        spans.setdefault(top, []).append((call.lineno + 1, last + 1))
    return {top: Spans(lines) for top, lines in spans.items()}


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


def _tells(body: list[ast.stmt]) -> bool:
    """True when the block raises an error with words of its own."""
    return any(isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and bool(node.exc.args) for node in body)


def _is_exit(value: ast.expr) -> bool:
    return isinstance(value, ast.Call) and dotted_name(value.func) in _EXITS


def _names_missing(kind: ast.expr | None, names: frozenset[str]) -> bool:
    options = kind.elts if isinstance(kind, ast.Tuple) else [kind]
    return any(dotted_name(option).removeprefix("builtins.") in names for option in options)


def _names_of(node: ast.Import | ast.ImportFrom, wanted: tuple[tuple[str, str], ...] = _KNOWN) -> Iterator[str]:
    """Yield what the file calls the wanted (module, name) pairs that this statement brings."""
    if isinstance(node, ast.Import):
        yield from (f"{alias.asname or alias.name}.{name}" for alias in node.names for module, name in wanted if alias.name == module)
    elif not node.level:
        yield from (alias.asname or alias.name for alias in node.names if (node.module, alias.name) in wanted)


def _stored(tree: ast.Module) -> Iterator[str]:
    """Yield every name that the file binds, those apart that `contextlib`, `pytest` and `sys` bring."""
    for node in ast.walk(tree):
        match node:
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.arg(arg=name):
                yield name
            case ast.Name(id=name, ctx=ast.Store()):
                yield name
            case ast.Import(names=names):
                yield from (alias.asname or alias.name.partition(".")[0] for alias in names if alias.name not in _KNOWN_MODULES)
            case ast.Attribute(attr="version_info", ctx=ast.Store()) as place:
                yield from ("sys", dotted_name(place.value), "version_info")
            case ast.ImportFrom(names=names) if not list(_names_of(node)):
                yield from (alias.asname or alias.name for alias in names)
