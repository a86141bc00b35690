"""The HTTP handlers of one Python file: FastAPI, Starlette and Flask, by their syntax tree (checks.md W3).

Prefixes of other files are not known here; `route_graph.resolve_routes` joins them. A file that names no route costs one search.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import re2

from forgewatch.core.constants import constant_text, dotted_name
from forgewatch.core.defect import Defect
from forgewatch.core.facts import Route, RouteFacts
from forgewatch.core.known_names import beginnings
from forgewatch.core.limits import LIMITS
from forgewatch.core.python_source import decode_source, parse_source, statements
from forgewatch.core.route_models import models_of
from forgewatch.core.route_paths import ANY, METHODS, MOUNT, UNKNOWN
from forgewatch.core.values import RepoPath

_HINT = re2.compile(
    rb"[Rr]oute|FastAPI|Flask|Starlette|Quart|[Bb]lueprint|add_url_rule|\.\s*mount\b|@[^\n]{0,200}\.\s*(?:get|put|post|delete|patch|websocket)\b"
)
_FACTORIES = frozenset({"FastAPI", "APIRouter", "Starlette", "Router", "Flask", "Blueprint", "Quart", "APIFlask", "APIBlueprint"})
_BLUEPRINTS = frozenset({"Blueprint", "APIBlueprint"})
_DECORATORS = {word: method for word, method in METHODS.items() if word.isalpha()} | {
    "route": "",
    "api_route": "",
    "websocket_route": "WEBSOCKET",
}
_ADDERS = {
    "add_api_route": "",
    "add_route": "",
    "add_url_rule": "",
    "add_api_websocket_route": "WEBSOCKET",
    "add_websocket_route": "WEBSOCKET",
}
_LISTED = {"Route": "", "APIRoute": "", "WebSocketRoute": "WEBSOCKET", "APIWebSocketRoute": "WEBSOCKET", "Mount": MOUNT}
_MOUNTERS = {"include_router": "prefix", "register_blueprint": "url_prefix", "mount": "path"}
_ROUTER_NAME = re.compile(r"(?:\A|[._])(?:app|api|router|bp|blueprint)\d*\Z")
_NESTING = 16


@dataclass(slots=True)
class _Reading:
    """One file while it is read: what its names mean, and what was found so far."""

    nodes: list[ast.AST]
    constants: Mapping[str, str]
    origins: Mapping[str, tuple[str, str]]
    loops: Mapping[str, tuple[str, ...]]
    routers: dict[str, str] = field(default_factory=dict)
    blueprints: list[str] = field(default_factory=list)
    routes: list[tuple[str, Route]] = field(default_factory=list)
    mounts: list[tuple[str, str, str | None]] = field(default_factory=list)


def extract_routes(path: RepoPath, raw: bytes) -> RouteFacts:
    """Return routers, routes, mounts and imports of a Python file. Never raises; a file that does not parse has none."""
    package = path.endswith("/__init__.py") or path == "__init__.py"
    if len(raw) > LIMITS.source_bytes or not (package or _HINT.search(raw)):
        return RouteFacts()
    text = decode_source(raw)
    tree = parse_source(text) if not isinstance(text, Defect) else text
    if isinstance(text, Defect) or isinstance(tree, Defect):
        return RouteFacts()
    found = _read(path, tree)
    return RouteFacts(
        routers=tuple(found.routers.items()),
        routes=tuple(found.routes),
        mounts=tuple(found.mounts),
        imports=tuple(sorted((local, module, name) for local, (module, name) in found.origins.items())),
        blueprints=tuple(found.blueprints),
    )


def _read(path: RepoPath, tree: ast.Module) -> _Reading:
    nodes = list(ast.walk(tree))
    origins = {**_origins(path, tree), **_aliases(tree)}
    found = _Reading(nodes=nodes, constants=_constants(tree), origins=origins, loops=dict(_loops(nodes)))
    for node in nodes:
        _take_router(found, node)
    for node in nodes:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            for decorator in node.decorator_list:
                _take_decorator(found, decorator, node)
        elif isinstance(node, ast.Call):
            _take_call(found, node)
    _take_listed(found)
    return found


def _origins(path: RepoPath, tree: ast.Module) -> dict[str, tuple[str, str]]:
    """Return local name -> (absolute module, name in it or empty)."""
    found: dict[str, tuple[str, str]] = {}
    for node in statements(tree):
        if isinstance(node, ast.Import):
            found.update((alias.asname or alias.name, (alias.name, "")) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = _absolute(path, node)
            for alias in node.names:
                # Each `import *` of a file is kept; the one name they share would hide all but the last.
                local = f"*{len(found)}" if alias.name == "*" else alias.asname or alias.name
                found[local] = module, alias.name
    return found


def _absolute(path: RepoPath, node: ast.ImportFrom) -> str:
    folder = path.split("/")[:-1]
    package = folder[: max(0, len(folder) - node.level + 1)] if node.level else []
    return ".".join([*package, *([node.module] if node.module else [])])


def _aliases(tree: ast.Module) -> dict[str, tuple[str, str]]:
    return {
        dotted_name(node.targets[0]): ("", dotted_name(node.value))
        for node in statements(tree)
        if isinstance(node, ast.Assign) and dotted_name(node.targets[0]) and dotted_name(node.value)
    }


def _constants(tree: ast.Module) -> dict[str, str]:
    """Return the names that one assignment of the module gives a constant text."""
    known: dict[str, str] = {}
    seen: set[str] = set()
    for node in tree.body:
        value = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
        targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        for name in map(dotted_name, targets):
            text = constant_text(value, known)
            if text is not None and name not in seen:
                known[name] = text
            elif name in seen:
                known.pop(name, None)
            seen.add(name)
    return known


def _loops(nodes: list[ast.AST]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for node in nodes:
        if isinstance(node, ast.For) and isinstance(node.target, ast.Name) and isinstance(node.iter, ast.Tuple | ast.List):
            yield node.target.id, tuple(dotted_name(item) for item in node.iter.elts)


def _take_router(found: _Reading, node: ast.AST) -> None:
    if not isinstance(node, ast.Assign | ast.AnnAssign | ast.NamedExpr) or not isinstance(node.value, ast.Call):
        return
    kind = _original(found, node.value.func)
    if kind not in _FACTORIES:
        return
    prefix = _argument(node.value, "url_prefix" if kind in _BLUEPRINTS else "prefix")
    text = "" if prefix is None else constant_text(prefix, found.constants)
    for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
        if name := dotted_name(target):
            found.routers[name] = UNKNOWN if text is None else text
            if kind in _BLUEPRINTS:
                found.blueprints.append(name)


def _take_decorator(found: _Reading, node: ast.expr, handler: ast.AST) -> None:
    if not isinstance(node, ast.Call):
        return
    owner, word = _routed_by(found, node)
    if word:
        method = ANY if isinstance(handler, ast.ClassDef) else _DECORATORS[word]
        _add(found, node, owner, method, models_of(handler, node))


def _routed_by(found: _Reading, node: ast.Call) -> tuple[str, str]:
    """Return (router, word) of a call that takes a path and gives a decorator: `app.get("/x")`, or `g("/x")` after `g = app.get`."""
    if isinstance(node.func, ast.Attribute):
        owner, word = dotted_name(node.func.value), node.func.attr
    else:
        # What is imported by name has no dot, so it names no router.
        owner, _, word = found.origins.get(dotted_name(node.func), ("", ""))[1].rpartition(".")
    return (owner, word) if word in _DECORATORS else ("", "")


def _take_call(found: _Reading, node: ast.Call) -> None:
    if isinstance(node.func, ast.Call):
        # `app.get("/x")(handler)` is a decorator without its sign. What a client is asked for is no router.
        owner = _routed_by(found, node.func)[0]
        if owner in found.routers or _ROUTER_NAME.search(owner) is not None:
            _take_decorator(found, node.func, node)
    if not isinstance(node.func, ast.Attribute):
        return
    word, owner = node.func.attr, dotted_name(node.func.value)
    if word in _ADDERS:
        _add(found, node, owner, _ADDERS[word])
    elif word in _MOUNTERS:
        _take_mount(found, node, owner, word)


def _take_mount(found: _Reading, node: ast.Call, owner: str, word: str) -> None:
    first = 1 if word == "mount" else 0
    child = node.args[first] if len(node.args) > first else _argument(node, "router", "blueprint", "app")
    given = node.args[0] if word == "mount" and node.args else _argument(node, _MOUNTERS[word])
    prefix = "" if given is None else constant_text(given, found.constants)
    name = dotted_name(child)
    if not owner:
        return
    if word == "mount" and name not in (*found.routers, *found.origins) and prefix and prefix.startswith("/"):
        found.routes.append((owner, Route(method=MOUNT, path=prefix, line=node.lineno)))
    elif name:
        found.mounts.extend((owner, each, prefix) for each in found.loops.get(name, (name,)) if each)


def _add(found: _Reading, node: ast.Call, owner: str, method: str, models: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())) -> None:
    """Add the routes of a decorator or an adding call. What has no path with a slash, such as `mock.patch("a.b")`, is none."""
    given = node.args[0] if node.args else _argument(node, "path", "rule")
    if given is None or not owner:
        return
    path = constant_text(given, found.constants)
    known = owner in found.routers or owner in found.origins or _ROUTER_NAME.search(owner) is not None
    if (path is None or not path) and not known:
        return
    if path and not path.startswith("/"):
        return
    for each in [method] if method else _methods(node):
        found.routes.append((owner, Route(method=each, path=path, line=node.lineno, takes=models[0], gives=models[1])))


def _methods(node: ast.Call) -> list[str]:
    """Return the methods of `methods=[...]`; GET when it is missing, ANY when it is not constant or a class answers."""
    given = _argument(node, "methods")
    if given is None:
        view = _argument(node, "view_func") or (node.args[2] if len(node.args) > 2 else None)
        return [ANY] if isinstance(view, ast.Call) else ["GET"]
    if not isinstance(given, ast.List | ast.Tuple | ast.Set):
        return [ANY]
    texts = [constant_text(item) for item in given.elts]
    return [text.upper() if text else ANY for text in texts]


def _take_listed(found: _Reading) -> None:
    """Take `Route(...)` and `Mount(...)` objects, wherever they are listed."""
    calls = [node for node in found.nodes if isinstance(node, ast.Call) and _listed(found, node) is not None]
    nested = {id(inner) for call in calls if _listed(found, call) == MOUNT for inner in _inner_routes(call)}
    for call in calls:
        if id(call) not in nested:
            _add_listed(found, call, "", _NESTING)


def _listed(found: _Reading, node: ast.Call) -> str | None:
    local = dotted_name(node.func)
    module = next((found.origins[part][0] for part in beginnings(local) if part in found.origins), "")
    return _LISTED.get(_original(found, node.func)) if module.partition(".")[0] in ("starlette", "fastapi") else None


def _add_listed(found: _Reading, node: ast.Call, prefix: str, depth: int) -> None:
    method = _listed(found, node)
    path = constant_text(node.args[0] if node.args else _argument(node, "path"), found.constants)
    if method is None or depth == 0:
        return
    inner = _inner_routes(node) if method == MOUNT else []
    for route in inner:
        _add_listed(found, route, UNKNOWN if path is None else prefix + path, depth - 1)
    if not inner:
        full = None if path is None else prefix + path
        found.routes.extend(("", Route(method=each, path=full, line=node.lineno)) for each in ([method] if method else _methods(node)))


def _inner_routes(node: ast.Call) -> list[ast.Call]:
    listed = _argument(node, "routes")
    return [item for item in listed.elts if isinstance(item, ast.Call)] if isinstance(listed, ast.List | ast.Tuple) else []


def _argument(node: ast.Call, *names: str) -> ast.expr | None:
    return next((keyword.value for keyword in node.keywords if keyword.arg in names), None)


def _original(found: _Reading, func: ast.expr) -> str:
    """Return the last part of what is called, as its module names it."""
    local = dotted_name(func)
    name = found.origins.get(local, ("", ""))[1] or local
    return name.rpartition(".")[2]
