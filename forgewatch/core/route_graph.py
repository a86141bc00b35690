"""Full paths of handlers: prefixes joined over files, along imports, re-exports and mounts (checks.md W3).

The graph is the builder's: cycles end, re-exports are followed twelve steps, mounts 32 levels, and a router has at most 64 prefixes of
at most 256 characters.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from forgewatch.core.facts import Route, RouteFacts
from forgewatch.core.route_modules import Modules, is_python
from forgewatch.core.route_paths import MOUNT, SOME, UNKNOWN, plain_path
from forgewatch.core.values import RepoPath

_STEPS = 12
_PREFIXES = 64
_LEVELS = 32
_LONGEST = 256

_Node = tuple[RepoPath, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvedRoute:
    """One handler. `path` has `{}` for parameters, None when it is not a constant.

    `whole` is False when a prefix before `path` is not a constant: then only the end of the real path is known. `method` MOUNT: everything
    below `path` is answered by another application. SOME: something answers `path` itself, in front of the handlers below it.
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
    modules: Modules
    imports: dict[RepoPath, dict[str, tuple[str, str]]] = field(default_factory=dict)
    routers: dict[_Node, str] = field(default_factory=dict)
    parents: dict[_Node, list[tuple[_Node, str | None]]] = field(default_factory=dict)
    known: dict[_Node, tuple[str, ...]] = field(default_factory=dict)
    weak: set[_Node] = field(default_factory=set)
    made: set[_Node] = field(default_factory=set)
    answers: dict[_Node, tuple[int, _Node | None]] = field(default_factory=dict)
    starred: dict[_Node, tuple[int, _Node | None]] = field(default_factory=dict)


def resolve_routes(facts: Mapping[RepoPath, RouteFacts]) -> tuple[ResolvedRoute, ...]:
    """Return every handler under each of its full paths, sorted by file and line. Bounded, whatever the files say."""
    graph = _build({path: facts[path] for path in sorted(facts)})
    found = {
        _resolved(prefix, path, route)
        for path in graph.facts
        for owner, route in facts[path].routes
        if (node := _owner(graph, path, owner)) is not None
        for prefix in _prefixes(graph, node, frozenset())
    }
    return tuple(sorted(_told_apart(found), key=lambda route: (route.file, route.line, route.method, route.path or "")))


def _owner(graph: _Graph, path: RepoPath, owner: str) -> _Node | None:
    """Return the router of a handler. In Python a decorator says enough; elsewhere what no framework made is none."""
    found = _follow(graph, path, owner, _STEPS)
    return (path, owner) if found is None and (is_python(path) or not owner) else found


def _told_apart(routes: set[ResolvedRoute]) -> Iterator[ResolvedRoute]:
    """What answers with no handler below it is an application of its own; with some, it stands in front of them."""
    served = sorted(route.path for route in routes if route.path is not None and route.whole and route.method not in (MOUNT, SOME))
    for route in routes:
        below = f"{(route.path or '').rstrip('/')}/"
        at = bisect_right(served, below)
        alone = route.method == SOME and not (at < len(served) and served[at].startswith(below))
        yield replace(route, method=MOUNT) if alone else route


def _resolved(prefix: str, file: RepoPath, route: Route) -> ResolvedRoute:
    if route.path is None:
        return ResolvedRoute(method=route.method, path=None, whole=False, file=file, line=route.line)
    full = _joined(prefix, route.path)
    whole, path = not full.startswith(UNKNOWN), plain_path(full.removeprefix(UNKNOWN))
    return ResolvedRoute(method=route.method, path=path, whole=whole, file=file, line=route.line, takes=route.takes, gives=route.gives)


def _build(facts: Mapping[RepoPath, RouteFacts]) -> _Graph:
    graph = _Graph(facts, Modules(facts))
    for path, fact in facts.items():
        graph.imports[path] = {local: (module, name) for local, module, name in fact.imports}
        graph.routers.update({(path, name): prefix for name, prefix in fact.routers})
        graph.weak.update((path, name) for name in fact.weak)
        graph.made.update((path, name) for name in fact.made)
    for node in sorted(graph.made):
        _made(graph, node, _STEPS)
    for path, fact in facts.items():
        for owner, child, prefix in fact.mounts:
            _mount(graph, path, owner, child, prefix)
    return graph


def _mount(graph: _Graph, path: RepoPath, owner: str, child: str, prefix: str | None) -> None:
    node = _follow(graph, path, child, _STEPS)
    if node is None:
        return
    parent = _owner(graph, path, owner)
    if parent is not None or node not in graph.weak:
        parent = parent or (path, owner)
        graph.parents.setdefault(node, []).append((parent, prefix))


def _follow(graph: _Graph, path: RepoPath, name: str, steps: int) -> _Node | None:
    """Return the router that `name` means in the file, through imports and aliases; None when no file here makes it."""
    if (path, name) in graph.made:
        return _made(graph, (path, name), steps)
    if (path, name) in graph.routers:
        return path, name
    if steps == 0 or not name:
        return None
    head, rest = _imported(graph.imports.get(path, {}), name)
    if not head:
        return _reexported(graph, path, name, steps)
    module, original = graph.imports[path][head]
    below = ".".join(part for part in (original, rest) if part)
    if not module:
        return _follow(graph, path, below, steps - 1)
    inner = graph.modules.locate(f"{module}.{original}", path, "") if original and rest and is_python(path) else None
    if inner is not None and (found := _follow(graph, inner, rest, steps - 1)):
        return found
    outer = graph.modules.locate(module, path, below)
    return None if outer is None else _follow(graph, outer, below, steps - 1)


def _made(graph: _Graph, node: _Node, steps: int) -> _Node | None:
    """Return the router that a call gives: one of its own, below which the routes of the function stand that made it; what a function
    only hands through is the same router. Who comes with more steps left than those before looks again.
    """
    asked, found = graph.answers.get(node, (0, None))
    if found is None and steps > asked:
        _, name = graph.imports[node[0]][node[1]]
        inner = _follow(graph, node[0], name, steps - 1)
        own = inner is not None and inner not in graph.weak
        if inner is not None and own:
            graph.parents.setdefault(inner, []).append((node, ""))
        found = node if own else inner
        graph.answers[node] = steps, found
    return found


def _reexported(graph: _Graph, path: RepoPath, name: str, steps: int) -> _Node | None:
    """Return the router of a name that `export *` or `import *` takes over from another file; looked for again as in `_made`."""
    asked, found = graph.starred.get((path, name), (0, None))
    if found is None and steps > asked:
        others = (graph.modules.locate(module, path, name) for local, (module, _) in graph.imports[path].items() if local.startswith("*"))
        told = (_follow(graph, other, name, steps - 1) for other in others if other is not None)
        found = next(filter(None, told), None)
        graph.starred[path, name] = steps, found
    return found


def _imported(imports: Mapping[str, tuple[str, str]], name: str) -> tuple[str, str]:
    """Split a dotted name into the longest part that is imported and the rest."""
    parts = name.split(".")
    for count in range(len(parts), 0, -1):
        head = ".".join(parts[:count])
        if head in imports:
            return head, ".".join(parts[count:])
    return "", ""


def _prefixes(graph: _Graph, node: _Node, above: frozenset[_Node]) -> tuple[str, ...]:
    """Return the full prefixes of a router: its own, behind those of every place where it is mounted. A weak one needs such a place."""
    if node in graph.known:
        return graph.known[node]
    own = graph.routers.get(node, "")
    found: dict[str, None] = {}
    for parent, given in graph.parents.get(node, []):
        if parent in above or parent == node or len(above) == _LEVELS or len(found) >= _PREFIXES:
            continue
        replaces = bool(given) and node[1] in graph.facts[node[0]].blueprints
        before = _prefixes(graph, parent, above | {node}) or (() if node in graph.weak else ("",))
        joined = (_joined(prefix, given, "" if replaces else own) for prefix in before)
        found.update((path, None) for path in joined if len(path) <= _LONGEST)
    # Remembered inside a cycle too: what it lacks are prefixes that no framework would serve, and the cost stays linear.
    graph.known[node] = tuple(found)[:_PREFIXES] or (() if node in graph.weak else (own,))
    return graph.known[node]


def _joined(*parts: str | None) -> str:
    """Join prefixes; what stands before one that is not constant is lost."""
    text = ""
    for part in parts:
        unknown = part is None or part.startswith(UNKNOWN)
        text = UNKNOWN + (part or "").removeprefix(UNKNOWN) if unknown else text + (part or "")
    return text
