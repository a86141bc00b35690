"""The HTTP handlers of one TypeScript or JavaScript file: Express, Hono and, by its place, Next (checks.md W3).

Only what hangs on a router counts, and a router is what a framework made, in this file or another: `axios.get("/users")` is none.
"""

from __future__ import annotations

import re
from dataclasses import replace

from forgewatch.core.code_outline import Call, Span
from forgewatch.core.facts import OTHERS, RouteFacts
from forgewatch.core.next_routes import take_next
from forgewatch.core.route_paths import ANY, METHODS, MOUNT, SOME, UNKNOWN
from forgewatch.core.router_ground import Ground, Parameter
from forgewatch.core.script_names import EXPORTS, script_ground, take_require
from forgewatch.core.source_pieces import Piece
from forgewatch.core.values import RepoPath

_HONO = frozenset({f"{EXPORTS}.Hono", f"{EXPORTS}.OpenAPIHono"})
_EXPRESS = frozenset({EXPORTS, f"{EXPORTS}.default", f"{EXPORTS}.Router", f"{EXPORTS}.default.Router"})
_FACTORIES = {
    "express": _EXPRESS,
    "express-promise-router": _EXPRESS,
    "hono": _HONO,
    "hono/tiny": _HONO,
    "hono/quick": _HONO,
    "@hono/hono": _HONO,
    "@hono/zod-openapi": _HONO,
}
_TYPES = frozenset({"Express", "Application", "Router", "IRouter", "Hono", "OpenAPIHono"})
_TYPED_BY = frozenset({*_FACTORIES, "express-serve-static-core"})
_PLAIN_NAMES = frozenset({"app", "router", "r"})
_VERSION = re.compile(r"(?:npm:|jsr:)/?|(?<=.)@[\w.^~-]+(?=/|\Z)")
_VERBS = {
    name: method for name, method in METHODS.items() if name.isalpha() and name not in ("any", "ws", "websocket", "connect", "trace")
} | {"del": "DELETE"}
_SAME = frozenset({"onError", "notFound", "set", "enable", "disable", "engine", "param", "doc", "doc31"})
_HANDED = re.compile(r"(?:\w*(?:[aA]pp|[rR]outer?s?|[aA]pi|[sS]erver|[hH]ono)|r)\Z")
_PREFIX_NAME = re.compile(r"(?:.*\.)?[A-Z][A-Z0-9_]+\Z|(?i:.*(?:prefix|path|base|url|root))", re.DOTALL)
_ALL = re.compile(r"/?(?:\*\w*|\{\*\w+\}|\(\.\*\))\Z")
_OWN = (".", "/", "@/", "~", "#", "$")
_TABLE = re.compile(
    r"\{\s*path\s*:\s*(['\"])(?P<path>/[^'\"\n]*)\1\s*,\s*(?:route|router|routes|handler)\s*:\s*(?P<name>[\w$.]+)\s*,?\s*\}"
)
_ALIASES = 3
_REGEX_GROUP = re.compile(r"(?<=\w)\([^()]*\)")
_OPTIONAL = re.compile(r"/:\w+\?\Z|/?\{/:\w+\}\Z")


def script_routes(path: RepoPath, raw: bytes, pieces: tuple[Piece, ...]) -> RouteFacts:
    """Return routers, routes, mounts and names of UTF-8 source. Never raises."""
    ground = script_ground(raw, pieces)
    frameworks = {local for local, (module, _) in ground.imports.items() if _plain(module) in _TYPED_BY}
    for call in ground.outline.calls():
        ground.values[call.close] = (call.start, _value(ground, call))
    if _untold_mounts(ground):
        _take_table(ground)
    take_next(ground, path)
    facts = ground.facts(lambda parameter: _is_router(parameter, frameworks))
    return replace(facts, unread=OTHERS) if ground.undescribed else facts


def _plain(module: str) -> str:
    return _VERSION.sub("", module)


def _is_router(parameter: Parameter, frameworks: set[str]) -> bool:
    head, _, name = parameter.type.rpartition(".")
    typed = name in _TYPES and (head or name).partition(".")[0] in frameworks
    return typed or (not parameter.type and parameter.name in _PLAIN_NAMES and bool(frameworks))


def _value(ground: Ground, call: Call) -> str:
    """Return the name of what a call gives, and take the routes that it makes."""
    if required := take_require(ground, ground.outline.code[call.start : call.close + 1] if call.word == "require" else ""):
        return required
    callee = ground.callee(call)
    if _is_factory(ground, callee):
        return ground.make(call)
    if call.word == "createRoute" and (described := _described(ground, call)):
        ground.described[ground.result(call)] = described
    owner = ground.name_of(call.owner) if call.owner else ""
    if owner and (call.word in _VERBS or call.word in _WORDS):
        return _routed(ground, call, owner)
    if owner and call.word in _SAME:
        return owner
    ground.hand_over(call, lambda name: _HANDED.match(name) is not None)
    return ground.result(call)


def _is_factory(ground: Ground, callee: str) -> bool:
    for _ in range(_ALIASES):
        head = next((head for head in _heads(callee) if head in ground.imports), "")
        if head:
            module, name = ground.imports[head]
            return f"{name}{callee[len(head) :]}" in _FACTORIES.get(_plain(module), ())
        head, dot, rest = callee.partition(".")
        callee = f"{ground.meaning(head)}{dot}{rest}"
    return False


def _routed(ground: Ground, call: Call, owner: str) -> str:
    items = ground.outline.items(call.open)
    match call.word:
        case "use":
            _take_use(ground, owner, items, call)
        case "route" | "basePath":
            return _below(ground, call, owner, items)
        case "mount":
            if items and (prefix := ground.text(items[0])) and prefix.startswith("/"):
                ground.add(owner, SOME if prefix == "/" else MOUNT, prefix, call.start)
        case "on":
            _take_on(ground, owner, items, call)
        case "openapi" if items:
            _take_described(ground, owner, items[0], call)
        case word if word in _VERBS:
            _take_handler(ground, owner, _VERBS[word], items, call)
    return owner


_WORDS = frozenset({"use", "route", "basePath", "mount", "on", "openapi"})


def _below(ground: Ground, call: Call, owner: str, items: list[Span]) -> str:
    """Take `app.route("/x")`, `app.basePath("/x")`, and the `app.route("/x", sub)` of Hono."""
    if not items:
        return owner
    prefix = ground.texts.prefix(items[0])
    if call.word == "basePath" or len(items) == 1:
        if prefix is not None and not prefix.startswith(("/", UNKNOWN)):
            return owner
        node = ground.make(call, owner, prefix)
        ground.chained.update([node] if call.word == "route" else [])
        return node
    _mount(ground, owner, items[1], prefix)
    return owner


def _mount(ground: Ground, owner: str, span: Span, prefix: str | None) -> str:
    child = ground.name_of(span)
    if child:
        ground.mounts[owner, child, prefix] = None
    return child


def _take_use(ground: Ground, owner: str, items: list[Span], call: Call) -> None:
    if not items:
        return
    prefixes, rest = _prefixes(ground, items)
    for prefix in prefixes:
        children = [_mount(ground, owner, span, prefix) for span in rest]
        if prefix and prefix.startswith("/") and children and _is_foreign(ground, children[-1]):
            ground.add(owner, SOME, prefix, call.close)


def _prefixes(ground: Ground, items: list[Span]) -> tuple[list[str | None], list[Span]]:
    """Return the prefixes that the first argument of `use` gives, and the other arguments; what is no prefix is something that is used."""
    paths, first = _paths(ground, items[0]), items[0]
    if paths and None not in paths:
        return paths, items[1:]
    prefix = ground.texts.prefix(first)
    is_named = _PREFIX_NAME.match(ground.outline.dotted(first)) is not None or ground.outline.code[first.start] == "`"
    return ([prefix], items[1:]) if len(items) > 1 and (prefix or is_named) else ([""], items)


def _is_foreign(ground: Ground, name: str) -> bool:
    """True for what a package brings: what it answers cannot be known."""
    found = next((ground.imports[head] for head in _heads(ground.origin(name)) if head in ground.imports), None)
    return found is not None and not found[0].startswith(_OWN)


def _heads(name: str) -> list[str]:
    parts = name.split(".")
    return [".".join(parts[:count]) for count in range(len(parts), 0, -1)]


def _take_on(ground: Ground, owner: str, items: list[Span], call: Call) -> None:
    """Take the `app.on("PURGE", "/x", handler)` of Hono."""
    if len(items) < 3:
        return
    for method in _texts(ground, items[0]):
        for path in _paths(ground, items[1]):
            _add(ground, owner, (method or ANY).upper(), path, call)


def _take_handler(ground: Ground, owner: str, method: str, items: list[Span], call: Call) -> None:
    """Take `router.get(path, handler)`, and the `.get(handler)` behind `router.route(path)`."""
    if not items:
        return
    paths = _paths(ground, items[0])
    # A chained call names no path, and neither does the only argument that is a function.
    alone = len(items) == 1 and items[0].start in ground.functions
    if (owner in ground.chained or ground.meaning(owner) in ground.chained or alone) and not any(paths):
        _add(ground, owner, method, "", call)
        return
    for path in paths if len(items) > 1 else ():
        _add(ground, owner, method, path, call)


def _add(ground: Ground, owner: str, method: str, path: str | None, call: Call) -> None:
    if path and _ALL.match(path):
        ground.add(owner, SOME, "", call.close)
        return
    plain = None if path is None else _REGEX_GROUP.sub("", path)
    ground.add(owner, method, plain, call.close)
    if plain is not None and (optional := _OPTIONAL.search(plain)):
        ground.add(owner, SOME, plain[: optional.start()], call.close)


def _take_described(ground: Ground, owner: str, span: Span, call: Call) -> None:
    """Take the `app.openapi(createRoute({ method, path }), handler)` of Hono."""
    name = ground.name_of(span)
    described = ground.described.get(name) or ground.described.get(ground.meaning(name))
    if described:
        _add(ground, owner, *described, call)
    # An object of another file says which route it is.
    ground.undescribed |= not described


def _described(ground: Ground, call: Call) -> tuple[str, str | None] | None:
    """Return method and path of `createRoute({ method: "get", path: "/x" })`."""
    items = ground.outline.items(call.open)
    told = dict(ground.fields(items[0])) if items else {}
    texts = [ground.text(told[name]) if name in told else None for name in ("method", "path")]
    return ((texts[0] or ANY).upper(), texts[1]) if "path" in told else None


def _texts(ground: Ground, span: Span) -> list[str | None]:
    """Return the constant texts of an expression or of a written-out list of them."""
    if ground.outline.plain[span.start] == "[":
        return [ground.text(item) for item in ground.outline.items(span.start)]
    return [ground.text(span)]


def _paths(ground: Ground, span: Span) -> list[str | None]:
    """Return the paths of the first argument; what is constant and no path is a setting or an event, and gives none."""
    texts = _texts(ground, span)
    return [text for text in texts if text is None or text.startswith(("/", "*")) or not text]


def _untold_mounts(ground: Ground) -> list[tuple[str, str, str | None]]:
    """Return the mounts whose router is a parameter: those of a loop over a table."""
    parameters = {f"{row.name}@{start}" for start, function in ground.functions.items() for row in function.parameters}
    return [row for row in ground.mounts if row[2] is None and row[1].partition(".")[0] in parameters]


def _take_table(ground: Ground) -> None:
    """Take `[{ path: "/users", route: users }].forEach(({ path, route }) => router.use(path, route))`.

    Where the table is not written out, every router that the file imports stands behind a prefix that is not known.
    """
    owners = {owner for owner, _, _ in _untold_mounts(ground)}
    rows = [(row["path"], ground.known_as(row["name"], row.start())) for row in _TABLE.finditer(ground.outline.code)]
    imported = [(None, local) for local, (module, _) in ground.imports.items() if module.startswith(_OWN)]
    for owner in sorted(owners):
        for prefix, child in rows or imported:
            ground.mounts[owner, child, prefix] = None
