"""Full paths of handlers: prefixes joined over files, along imports, re-exports and mounts (checks.md W3).

The graph is the builder's: cycles end, re-exports are followed twelve steps, mounts 32 levels, and a router has at most 64 prefixes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import takewhile

from forgewatch.core.facts import Route, RouteFacts
from forgewatch.core.route_paths import plain_path
from forgewatch.core.routes import UNKNOWN
from forgewatch.core.values import RepoPath

_STEPS = 12
_PREFIXES = 64
_LEVELS = 32

_Node = tuple[RepoPath, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvedRoute:
    """One handler. `path` has `{}` for parameters, None when it is not a constant.

    `whole` is False when a prefix before `path` is not a constant: then only the end of the real path is known. `method` MOUNT: everything
    below `path` is answered by another application.
    """

    method: str
    path: str | None
    whole: bool
    file: RepoPath
    line: int
    takes: tuple[str, ...] = ()
    gives: tuple[str, ...] = ()


@dataclass(slots=True)
class _Graph:
    """All files, the modules they are, and the mounts that lead to each router."""

    facts: Mapping[RepoPath, RouteFacts]
    modules: dict[str, list[RepoPath]] = field(default_factory=dict)
    imports: dict[RepoPath, dict[str, tuple[str, str]]] = field(default_factory=dict)
    routers: dict[_Node, str] = field(default_factory=dict)
    parents: dict[_Node, list[tuple[_Node, str | None]]] = field(default_factory=dict)
    known: dict[_Node, tuple[str, ...]] = field(default_factory=dict)


def resolve_routes(facts: Mapping[RepoPath, RouteFacts]) -> tuple[ResolvedRoute, ...]:
    """Return every handler under each of its full paths, sorted by file and line. Bounded, whatever the files say."""
    graph = _build({path: facts[path] for path in sorted(facts)})
    found = {
        _resolved(prefix, path, route)
        for path in graph.facts
        for owner, route in facts[path].routes
        for prefix in _prefixes(graph, _follow(graph, path, owner, _STEPS) or (path, owner), frozenset())
    }
    return tuple(sorted(found, key=lambda route: (route.file, route.line, route.method, route.path or "")))


def _resolved(prefix: str, file: RepoPath, route: Route) -> ResolvedRoute:
    if route.path is None:
        return ResolvedRoute(method=route.method, path=None, whole=False, file=file, line=route.line)
    whole = not prefix.startswith(UNKNOWN)
    path = plain_path(prefix.removeprefix(UNKNOWN) + route.path)
    return ResolvedRoute(method=route.method, path=path, whole=whole, file=file, line=route.line, takes=route.takes, gives=route.gives)


def _build(facts: Mapping[RepoPath, RouteFacts]) -> _Graph:
    graph = _Graph(facts)
    for path, fact in facts.items():
        for name in _module_names(path):
            graph.modules.setdefault(name, []).append(path)
        graph.imports[path] = {local: (module, name) for local, module, name in fact.imports}
        graph.routers.update({(path, name): prefix for name, prefix in fact.routers})
    for path, fact in facts.items():
        for owner, child, prefix in fact.mounts:
            _mount(graph, path, owner, child, prefix)
    return graph


def _mount(graph: _Graph, path: RepoPath, owner: str, child: str, prefix: str | None) -> None:
    node = _follow(graph, path, child, _STEPS)
    if node is not None:
        parent = _follow(graph, path, owner, _STEPS) or (path, owner)
        graph.parents.setdefault(node, []).append((parent, prefix))


def _module_names(path: RepoPath) -> list[str]:
    """Return every dotted name under which the file may be imported: import roots may be any folder above it."""
    parts = path.removesuffix(".py").removesuffix("/__init__").split("/")
    return [".".join(parts[drop:]) for drop in range(len(parts))]


def _locate(graph: _Graph, module: str, importer: RepoPath) -> RepoPath | None:
    """Return the file of a module: of several, the one that shares most folders with the importer."""
    options = graph.modules.get(module, [])
    return max(options, key=lambda path: (_shared(path, importer), -len(path), path), default=None)


def _shared(one: str, other: str) -> int:
    pairs = zip(one.split("/"), other.split("/"), strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _follow(graph: _Graph, path: RepoPath, name: str, steps: int) -> _Node | None:
    """Return the router that `name` means in the file, through imports and aliases; None when no file here makes it."""
    if (path, name) in graph.routers:
        return path, name
    if steps == 0 or not name:
        return None
    head, rest = _imported(graph.imports.get(path, {}), name)
    if not head:
        return None
    module, original = graph.imports[path][head]
    below = ".".join(part for part in (original, rest) if part)
    if not module:
        return _follow(graph, path, below, steps - 1)
    inner = _locate(graph, f"{module}.{original}", path) if original and rest else None
    if inner is not None and (found := _follow(graph, inner, rest, steps - 1)):
        return found
    outer = _locate(graph, module, path)
    return None if outer is None else _follow(graph, outer, below, steps - 1)


def _imported(imports: Mapping[str, tuple[str, str]], name: str) -> tuple[str, str]:
    """Split a dotted name into the longest part that is imported and the rest."""
    parts = name.split(".")
    for count in range(len(parts), 0, -1):
        head = ".".join(parts[:count])
        if head in imports:
            return head, ".".join(parts[count:])
    return "", ""


def _prefixes(graph: _Graph, node: _Node, above: frozenset[_Node]) -> tuple[str, ...]:
    """Return the full prefixes of a router: its own, behind those of every place where it is mounted."""
    if node in graph.known:
        return graph.known[node]
    own = graph.routers.get(node, "")
    found: dict[str, None] = {}
    for parent, given in graph.parents.get(node, []):
        if parent in above or parent == node or len(above) == _LEVELS or len(found) >= _PREFIXES:
            continue
        replaces = bool(given) and node[1] in graph.facts[node[0]].blueprints
        found.update((_joined(prefix, given, "" if replaces else own), None) for prefix in _prefixes(graph, parent, above | {node}))
    # Remembered inside a cycle too: what it lacks are prefixes that no framework would serve, and the cost stays linear.
    graph.known[node] = tuple(found)[:_PREFIXES] or (own,)
    return graph.known[node]


def _joined(*parts: str | None) -> str:
    """Join prefixes; what stands before one that is not constant is lost."""
    text = ""
    for part in parts:
        unknown = part is None or part.startswith(UNKNOWN)
        text = UNKNOWN + (part or "").removeprefix(UNKNOWN) if unknown else text + (part or "")
    return text
