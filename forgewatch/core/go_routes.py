"""The HTTP handlers of one Go file: net/http, gorilla/mux, chi, gin and echo (checks.md W3)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from forgewatch.core.code_outline import Call, Span
from forgewatch.core.facts import RouteFacts
from forgewatch.core.go_names import OWN_PACKAGE, STANDARD, GoFile, go_file, is_router_type, plain_module
from forgewatch.core.route_paths import ANY, METHODS, MOUNT, SOME
from forgewatch.core.router_ground import Ground
from forgewatch.core.source_pieces import Piece

_FACTORIES = {
    STANDARD: {"NewServeMux"},
    "github.com/gorilla/mux": {"NewRouter"},
    "github.com/go-chi/chi": {"NewRouter", "NewMux"},
    "github.com/gin-gonic/gin": {"Default", "New"},
    "github.com/labstack/echo": {"New"},
}
_VERBS = {method.title(): method for method in METHODS.values() if method not in (ANY, "WEBSOCKET")} | {
    method: method for method in METHODS.values() if method not in (ANY, "WEBSOCKET")
}
_SAME = frozenset({"With", "Use", "NewRoute", "StrictSlash", "UseEncodedPath", "SkipClean"})
_NARROWING = frozenset({"Methods", "Path", "PathPrefix", "Host", "Queries", "Headers", "Schemes", "MatcherFunc", "Name", "BuildOnly"})
_HANDLED = frozenset({"Handler", "HandlerFunc"})
_HANDED = re.compile(r"(?:\w*(?:[rR]outer?s?|[mM]ux|[aA]pi|[aA]pp|[gG]roup|[eE]ngine)|[regv]\d?)\Z")
_PATTERN = re.compile(r"(?:(?P<method>[A-Z]+)[ \t]+)?(?P<host>[^/\s]*)(?P<path>/.*)\Z", re.DOTALL)
_END = "{$}"


@dataclass(slots=True)
class _Matcher:
    """A route of gorilla/mux while it is narrowed down, call by call."""

    owner: str
    offset: int
    path: str | None = ""
    methods: list[str] = field(default_factory=list)
    open_end: bool = False
    handled: bool = False


@dataclass(slots=True)
class _Reading:
    """One file: its ground, and what calls gave that is no router."""

    ground: Ground
    standard: bool
    matchers: dict[str, _Matcher] = field(default_factory=dict)
    stripped: dict[str, tuple[str | None, str]] = field(default_factory=dict)
    plain: set[str] = field(default_factory=lambda: {STANDARD})
    """Routers of net/http, in a file that may know others, too."""

    def is_plain(self, owner: str) -> bool:
        """True for a router for which a slash at the end of a path stands for everything below it."""
        return self.standard or owner in self.plain or self.ground.meaning(owner) in self.plain


def go_routes(raw: bytes, pieces: tuple[Piece, ...]) -> RouteFacts:
    """Return routers, routes, mounts and names of UTF-8 source. Never raises."""
    file = go_file(raw, pieces)
    ground = file.ground
    others = set(_FACTORIES) - {STANDARD}
    modules = {plain_module(module) for module, _ in ground.imports.values()}
    reading = _Reading(ground, standard=modules.isdisjoint(others))
    for call in ground.outline.calls():
        ground.values[call.close] = (call.start, _value(reading, call))
    for matcher in reading.matchers.values():
        if matcher.handled:
            for method in matcher.methods or [ANY]:
                _add(ground, matcher.owner, MOUNT if matcher.open_end else method, matcher.path, matcher.offset)
    _settle(file)
    return ground.facts(lambda parameter: is_router_type(ground, parameter.type))


def _settle(file: GoFile) -> None:
    """Give fields of values to their types, and names that another file of the folder may declare to the folder."""
    ground = file.ground
    for name, offset, span in file.later:
        head, dot, rest = ground.known_as(name, offset).partition(".")
        owner = ground.meaning(head) if dot else ""
        ground.assign(f"{owner or head}{dot}{rest}", span)
    for router in sorted(file.fields):
        if not ground.sets(router):
            ground.routers[router] = ""
    used = {name.partition(".")[0] for row in ground.mounts for name in row[:2]} | {owner.partition(".")[0] for owner, _ in ground.routes}
    used |= {name.partition(".")[0] for name in ground.made.values()}
    for head in used | {ground.meaning(name).partition(".")[0] for name in used}:
        if head.isidentifier() and head not in ground.imports and not ground.sets(head):
            ground.imports[head] = (OWN_PACKAGE, head)


def _value(reading: _Reading, call: Call) -> str:
    """Return the name of what a call gives, and take the routes that it makes."""
    ground = reading.ground
    owner = ground.name_of(call.owner) if call.owner else ""
    module = plain_module(ground.imports.get(owner, ("", ""))[0])
    if call.word in _FACTORIES.get(module, ()):
        made = ground.make(call)
        reading.plain |= {made} if module == STANDARD else set()
        return made
    if module == STANDARD:
        return _standard(reading, call)
    if owner in reading.matchers:
        return _narrowed(reading, call, owner)
    if owner and not module:
        value = _routed(reading, call, owner)
        if value is not None:
            return value
    ground.hand_over(call, lambda name: _HANDED.match(name) is not None)
    return ground.result(call)


def _standard(reading: _Reading, call: Call) -> str:
    """Take a call of net/http: its own router, and the prefix that is taken off before another one is asked."""
    ground, items = reading.ground, reading.ground.outline.items(call.open)
    if call.word in ("Handle", "HandleFunc"):
        ground.routers[STANDARD] = ""
        _take_pattern(reading, call, STANDARD, items)
    elif call.word == "StripPrefix" and len(items) > 1:
        node = f"@{call.close}"
        reading.stripped[node] = (ground.text(items[0]), ground.name_of(items[1]))
        return node
    elif call.word == "HandlerFunc" and items:
        return ground.name_of(items[0])
    return ground.result(call)


def _routed(reading: _Reading, call: Call, owner: str) -> str | None:
    """Take a call that may be one of a router; None for a word that no router knows."""
    ground, items = reading.ground, reading.ground.outline.items(call.open)
    word = call.word
    if word in _SAME:
        return owner
    if word in ("Handle", "HandleFunc", "Method", "MethodFunc", "Add"):
        return _take_pattern(reading, call, owner, items)
    if word in ("Any", "Static", "StaticFS") and len(items) > 1:
        _add(ground, owner, ANY if word == "Any" else MOUNT, ground.text(items[0]), call.close)
        return owner
    if word in ("Route", "Group", "Mount"):
        return _below(reading, call, owner, items)
    if word in _NARROWING:
        name = f"@{call.close}"
        reading.matchers[name] = _Matcher(owner, call.close)
        return _narrowed(reading, call, name)
    if word not in _VERBS or len(items) < 2:
        return None
    path = ground.text(items[0])
    if path is None or path.startswith("/") or not path:
        _add(ground, owner, _VERBS[word], path, call.close)
    return owner


def _below(reading: _Reading, call: Call, owner: str, items: list[Span]) -> str | None:
    """Take what stands behind a prefix: a function of chi that is given a router, a group of gin or echo, a mounted router."""
    ground = reading.ground
    if not items:
        return None
    last, prefix = items[-1], ground.texts.prefix(items[0])
    if last.start in ground.functions and call.word != "Mount":
        child = f"{ground.functions[last.start].node}.$0"
        ground.mounts[owner, child, "" if len(items) == 1 else prefix] = None
        return owner
    if call.word == "Group":
        return ground.make(call, owner, prefix)
    child = ground.name_of(last)
    if len(items) < 2:
        return owner
    if child and call.word == "Route":
        ground.mounts[owner, f"{child}.$0", prefix] = None
    else:
        _mount(reading, owner, child, prefix, call.close)
    return owner


def _mount(reading: _Reading, owner: str, child: str, prefix: str | None, offset: int) -> None:
    if child:
        reading.ground.mounts[owner, child, prefix] = None
    if prefix and prefix.startswith("/"):
        reading.ground.add(owner, SOME, prefix, offset)


def _take_pattern(reading: _Reading, call: Call, owner: str, items: list[Span]) -> str:
    """Take `Handle("GET /x", h)`, `Handle("/x", h)` and `Method("GET", "/x", h)`."""
    ground = reading.ground
    if len(items) < 2:
        return ground.result(call)
    pattern = ground.text(items[1 if len(items) > 2 else 0])
    if len(items) > 2 or pattern is None:
        if pattern is None or pattern.startswith("/"):
            # A pattern that is not constant has no method that could be read.
            _add(ground, owner, _method(ground, items[0]), pattern, call.close)
        return owner
    found = _PATTERN.match(pattern)
    if found is None:
        return owner
    return _take_tree(reading, call, owner, found, items[1])


def _take_tree(reading: _Reading, call: Call, owner: str, found: re.Match[str], handler: Span) -> str:
    """Take one pattern with its handler. For net/http a slash at the end stands for everything below."""
    ground, path = reading.ground, found["path"]
    child = ground.name_of(handler)
    off, inner = reading.stripped.get(child, ("", child))
    if path.endswith("/") and reading.is_plain(owner):
        if inner and call.word == "Handle":
            ground.mounts[owner, inner, off] = None
        _add(ground, owner, SOME if call.word == "Handle" else MOUNT, path, call.close)
        if path != "/" or call.word == "Handle":
            return owner
    if path.endswith("/*") and call.word == "Handle":
        _add(ground, owner, MOUNT, path.removesuffix("/*") or "/", call.close)
        return owner
    name = f"@{call.close}"
    methods = [found["method"]] if found["method"] else []
    reading.matchers[name] = _Matcher(owner, call.close, path.removesuffix(_END), methods, handled=True)
    return name


def _narrowed(reading: _Reading, call: Call, name: str) -> str:
    """Take a call on a route of gorilla/mux."""
    ground, matcher = reading.ground, reading.matchers[name]
    items = ground.outline.items(call.open)
    if call.word == "Methods":
        matcher.methods += [_method(ground, item) for item in items]
    elif call.word in ("Path", "PathPrefix") and items:
        text = ground.text(items[0])
        matcher.path = None if text is None or matcher.path is None else matcher.path + text
        matcher.open_end = call.word == "PathPrefix"
    elif call.word == "Subrouter":
        return ground.make(call, matcher.owner, matcher.path)
    elif call.word in _HANDLED and items:
        _handled(reading, matcher, items[0])
    return name


def _handled(reading: _Reading, matcher: _Matcher, handler: Span) -> None:
    child = reading.ground.name_of(handler)
    off, inner = reading.stripped.get(child, ("", child))
    matcher.handled = True
    if matcher.open_end and inner and "." not in inner:
        matcher.handled = False
        reading.ground.mounts[matcher.owner, inner, off] = None
        _add(reading.ground, matcher.owner, SOME, matcher.path, matcher.offset)


def _add(ground: Ground, owner: str, method: str, path: str | None, offset: int) -> None:
    if path is None and method in (MOUNT, SOME):
        return
    # What answers everything below its router may be the pages of a front end.
    if path == "/*":
        method, path = SOME, ""
    ground.add(owner, SOME if path == "/" and method == MOUNT else method, path, offset)


def _method(ground: Ground, span: Span) -> str:
    """Return the method of `"GET"` or `http.MethodGet`, ANY of what is not constant."""
    text = ground.text(span) or ""
    return text.upper() if text.lower() in METHODS else ANY
