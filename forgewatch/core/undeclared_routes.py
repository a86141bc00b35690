"""Which handlers a contract does not declare: the comparison that W3 and X-PHYSICS share (checks.md W3, Further checks)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from forgewatch.core.facts import RouteFacts
from forgewatch.core.paths_of_tests import is_test
from forgewatch.core.physics import Physics
from forgewatch.core.route_graph import ResolvedRoute, resolve_routes
from forgewatch.core.route_modules import is_python
from forgewatch.core.route_paths import ANY, MOUNT, SOME, plain_path
from forgewatch.core.routes import extract_routes
from forgewatch.core.snapshot import Snapshot
from forgewatch.core.values import RepoPath

_IMPLIED = frozenset({"HEAD", "OPTIONS"})


def undeclared(contract: Physics, routes: Iterable[ResolvedRoute]) -> Iterator[ResolvedRoute]:
    """Yield the handlers whose method and whole path the contract does not name. Of a contract in which nothing could be read: none."""
    if contract.defect is not None and not contract.routes:
        return
    behind = {(plain_path(prefix + route.path), route.method) for prefix in contract.prefixes for route in contract.routes}
    declared = {(route.path, route.method) for route in contract.routes} | behind
    paths = {path for path, _ in declared}
    for route in routes:
        if route.path is None or not route.whole or route.method in (MOUNT, SOME, *_IMPLIED):
            continue
        known = route.path in paths if route.method == ANY else {(route.path, route.method), (route.path, ANY)} & declared
        if not known:
            yield route


def handlers(facts: Mapping[RepoPath, RouteFacts]) -> tuple[ResolvedRoute, ...]:
    """Return the handlers of the product; those of test files do not count. In other languages than Python only the product is read."""
    return resolve_routes({path: fact for path, fact in facts.items() if not (is_python(path) and is_test(path))})


def routes_now(snapshot: Snapshot) -> dict[RepoPath, RouteFacts]:
    """Return the routes of every file that could be read."""
    return {path: facts for path, facts in snapshot.routes.items() if isinstance(facts, RouteFacts)}


def routes_before(snapshot: Snapshot) -> dict[RepoPath, RouteFacts]:
    """Return the routes of changed files as they were before this cycle."""
    found = {path: facts for path, facts in snapshot.base_routes.items() if isinstance(facts, RouteFacts)}
    for change in snapshot.changes:
        raw = snapshot.contents.get(change.before.oid) if change.before is not None else None
        if change.path.endswith(".py") and isinstance(raw, bytes):
            found[change.path] = extract_routes(change.path, raw)
    return found
