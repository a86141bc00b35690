"""W3, physics route coverage: what the contract declares is handled, and what is handled is declared (contract §5; checks.md W3).

The contract of the working tree is judged in both directions. A route that BASE declares and this cycle took out counts as declared
unless its handler existed and went with it: taking a line out of the contract is no way to silence a warning.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from forgewatch.core.facts import RouteFacts
from forgewatch.core.physics import Declared, Physics, parse_physics
from forgewatch.core.route_graph import ResolvedRoute
from forgewatch.core.route_paths import ANY, MOUNT, SOME, plain_path
from forgewatch.core.snapshot import Snapshot
from forgewatch.core.text import counted
from forgewatch.core.undeclared_routes import handlers as product_handlers
from forgewatch.core.undeclared_routes import routes_before, routes_now, undeclared
from forgewatch.core.unseen_routes import unread_routes, unseen_backend
from forgewatch.core.values import Absent, Content, RepoPath, Unreadable
from forgewatch.core.verdict import Finding, Ruling

_LOOSE = 500


@dataclass(frozen=True, slots=True)
class _Handlers:
    """The handlers of one version of the code, indexed by what they are compared by."""

    routes: tuple[ResolvedRoute, ...]
    exact: frozenset[tuple[str, str]]
    paths: frozenset[str]
    loose: tuple[ResolvedRoute, ...]

    @property
    def served(self) -> int:
        """The number of handlers, without what stands for other applications."""
        return sum(route.method not in (MOUNT, SOME) for route in self.routes)

    def answer(self, declared: Declared, prefixes: tuple[str, ...]) -> bool:
        """True when a handler answers the declared route, at its path or behind a base path of the contract."""
        paths = [declared.path, *(plain_path(prefix + declared.path) for prefix in prefixes)]
        return any(self._answers(path, declared.method) for path in paths)

    def _answers(self, path: str, method: str) -> bool:
        if (path, method) in self.exact or (path, ANY) in self.exact:
            return True
        if method == ANY and path in self.paths:
            return True
        return any(_loosely(route, path, method) for route in self.loose)


def judge(snapshot: Snapshot) -> Ruling:
    """Compare declared routes and handlers (W301, W302, W303; notes W304, W305).

    Not applicable where the routes are declared for a backend whose handlers are not read, by its language or framework or for want of
    the extra; PASS "no routes" where there are none at all.
    """
    place = snapshot.places.physics
    base, work = snapshot.base_document(place), snapshot.document(place)
    contract = _contract(work if isinstance(work, bytes) else base)
    handlers = _handlers(routes_now(snapshot))
    defects = tuple(_defects(place, base, work, contract, handlers))
    dropped = _dropped(snapshot, base, contract)
    if not contract.routes and not handlers.routes and not dropped:
        return Ruling(basis="no routes", findings=defects)
    declared, unread = counted(len(contract.routes), "route"), unread_routes(snapshot)
    unseen = unseen_backend(snapshot)
    if not handlers.routes and (unseen or unread):
        return Ruling(basis=f"{declared} declared, {unseen or unread}", applicable=False)
    findings = (
        *defects,
        # What a backend answers that cannot be read is not known to be missing.
        *(_unhandled(place, contract, dropped, handlers) if not unseen else ()),
        *(_undeclared(contract, handlers) if isinstance(work, bytes) else ()),
    )
    notes = (*_not_constant(handlers), *_changed(place, base, work))
    told = "; ".join(filter(None, (f"{declared} declared, {counted(handlers.served, 'handler')} found", unseen or unread)))
    return Ruling(basis=told, findings=findings, notes=notes)


def _contract(content: Content) -> Physics:
    return parse_physics(content) if isinstance(content, bytes) else Physics()


def _handlers(facts: Mapping[RepoPath, RouteFacts]) -> _Handlers:
    routes = product_handlers(facts)
    exact = frozenset(
        (route.path, ANY if route.method == SOME else route.method)
        for route in routes
        if route.path is not None and route.whole and route.method != MOUNT
    )
    loose = tuple(route for route in routes if route.path is not None and (not route.whole or route.method == MOUNT))
    return _Handlers(routes, exact, frozenset(path for path, _ in exact), loose[:_LOOSE])


def _loosely(route: ResolvedRoute, path: str, method: str) -> bool:
    """True when a mount covers the path, or the known end of a handler's path is the end of this one."""
    own = route.path or ""
    if route.method == MOUNT:
        return path == own or path.startswith(f"{own.rstrip('/')}/")
    return path.endswith(own) and (route.method == method or ANY in (route.method, method))


def _dropped(snapshot: Snapshot, base: Content, contract: Physics) -> tuple[Declared, ...]:
    """Return the routes that BASE declares, the working tree does not, and no handler answered before this cycle."""
    declared = {(route.path, route.method) for route in contract.routes}
    gone = [route for route in _contract(base).routes if (route.path, route.method) not in declared]
    if not gone:
        return ()
    earlier = _handlers({**routes_now(snapshot), **routes_before(snapshot)})
    return tuple(route for route in gone if not earlier.answer(route, contract.prefixes))


def _defects(place: RepoPath, base: Content, work: Content, contract: Physics, handlers: _Handlers) -> Iterator[Finding]:
    match work:
        case Unreadable(why=why):
            yield _defect(place, None, f"{why}: the version of BASE is judged")
        case Absent() if not isinstance(base, Absent):
            yield _defect(place, None, "was removed in this cycle: the version of BASE is judged")
        case Absent() if handlers.served:
            yield _defect(place, None, f"is absent in spite of {counted(handlers.served, 'handler')}")
        case bytes() if contract.defect is not None:
            yield _defect(place, contract.defect.line, f"{contract.defect}; {counted(len(contract.routes), 'route')} read by indentation")
        case _:
            return


def _defect(place: RepoPath, line: int | None, why: str) -> Finding:
    return Finding(
        code="W303", path=place, line=line, message=f"{place}: {why}", expected="strict YAML with the declared routes", actual=why
    )


def _unhandled(place: RepoPath, contract: Physics, dropped: tuple[Declared, ...], handlers: _Handlers) -> Iterator[Finding]:
    for route in contract.routes:
        if not handlers.answer(route, contract.prefixes):
            yield _no_handler(place, route, "")
    for route in dropped:
        if not handlers.answer(route, contract.prefixes):
            yield _no_handler(place, route, ", and this cycle took the declaration out")


def _no_handler(place: RepoPath, route: Declared, also: str) -> Finding:
    shown = f"{route.method} {route.path}"
    message = f"{shown} is declared and has no handler{also}"
    return Finding(code="W301", path=place, line=None if also else route.line, message=message, expected=shown, actual="no handler")


def _undeclared(contract: Physics, handlers: _Handlers) -> Iterator[Finding]:
    for route in undeclared(contract, handlers.routes):
        shown = f"{route.method} {route.path}"
        yield Finding(
            code="W302",
            path=route.file,
            line=route.line,
            message=f"{shown} has a handler and is not declared",
            expected="a declaration in physics.yaml",
            actual=shown,
        )


def _not_constant(handlers: _Handlers) -> Iterator[Finding]:
    for route in handlers.routes:
        if route.method != SOME and (route.path is None or not route.whole):
            shown = f"{route.method} {'?' if route.path is None else '?' + route.path}"
            yield Finding(
                code="W304", path=route.file, line=route.line, message=f"{shown}: the path is not a constant, so it was not compared"
            )


def _changed(place: RepoPath, base: Content, work: Content) -> Iterator[Finding]:
    if base == work or isinstance(base, Absent):
        return
    before = {(route.path, route.method) for route in _contract(base).routes}
    after = {(route.path, route.method) for route in _contract(work).routes}
    for told, rows in (("declared in this cycle", after - before), ("taken out in this cycle", before - after)):
        if rows:
            shown = ", ".join(f"{method} {path}" for path, method in sorted(rows)[:8])
            more = f" and {len(rows) - 8} more" if len(rows) > 8 else ""
            yield Finding(code="W305", path=place, message=f"{told}: {shown}{more}")
