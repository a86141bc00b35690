"""X-PHYSICS: routes, and fields of requests and responses, that are new since BASE are declared in physics.yaml (contract §5.1, §9.3), or
the finding holds the lines to add.

W3 tells every handler that is not declared; this check tells those which this cycle brought. Not applicable without physics.yaml, and
where no handlers are found; what is not read is named. New fields that cannot be compared are told in the basis.
"""

from __future__ import annotations

import re
from itertools import count

from forgewatch.core.physics import Physics, parse_physics
from forgewatch.core.route_graph import ResolvedRoute
from forgewatch.core.snapshot import Snapshot
from forgewatch.core.text import counted
from forgewatch.core.undeclared_fields import NewField, judge_fields
from forgewatch.core.undeclared_routes import handlers, routes_before, routes_now, undeclared
from forgewatch.core.unseen_routes import unread_routes
from forgewatch.core.verdict import Finding, Ruling

_PARAMETER = re.compile(r"\{\}")


def judge(snapshot: Snapshot) -> Ruling:
    """Return findings per new route, XR01 (path not declared) and XR02 (method not declared), and per new field, XR03."""
    work = snapshot.document(snapshot.places.physics)
    if not isinstance(work, bytes):
        return Ruling(basis="there is no physics.yaml to read", applicable=False)
    now = handlers(routes_now(snapshot))
    if not now:
        return Ruling(basis="; ".join(filter(None, ("no handlers were found", unread_routes(snapshot)))), applicable=False)
    contract = parse_physics(work)
    missing = list(undeclared(contract, now))
    known = _known(snapshot) if missing else frozenset()
    new = [route for route in missing if (route.method, route.path) not in known]
    fields = judge_fields(snapshot, contract, work, now)
    told = [f"{counted(len(new), 'new route')} not declared" if new else "no new route that is not declared"]
    told += [f"{counted(fields.judged, 'new field')} compared"] if fields.judged else []
    told += [f"new fields not judged: {fields.why}"] if fields.why else []
    return Ruling(basis=", ".join(told), findings=(*(_finding(route, contract) for route in new), *map(_field, fields.unknown)))


def _known(snapshot: Snapshot) -> frozenset[tuple[str, str | None]]:
    """Return method and path of every handler at HEAD."""
    changed = {change.path for change in snapshot.changes}
    unchanged = {path: facts for path, facts in routes_now(snapshot).items() if path not in changed}
    return frozenset((route.method, route.path) for route in handlers({**unchanged, **routes_before(snapshot)}))


def _finding(route: ResolvedRoute, contract: Physics) -> Finding:
    shown = f"{route.method} {route.path}"
    others = sorted(declared.method for declared in contract.routes if declared.path == route.path)
    told = f"physics.yaml declares {', '.join(others)} there" if others else "physics.yaml does not declare the path"
    return Finding(
        code="XR02" if others else "XR01",
        path=route.file,
        line=route.line,
        message=f"{shown} is new, and {told}",
        expected=_proposal(route),
        actual=shown,
    )


def _field(new: NewField) -> Finding:
    route, side = new.route, "response" if new.response else "request"
    return Finding(
        code="XR03",
        path=new.path,
        line=new.field.line,
        message=f"{new.model}.{new.field.name} is new in the {side} of {route.method} {route.path}, and physics.yaml does not declare it",
        expected=f"{_place(route)}      {side}:\n        {new.field.name}: to be described\n",
        actual=f"{new.model}.{new.field.name}",
    )


def _proposal(route: ResolvedRoute) -> str:
    """Return the smallest addition to the contract, as YAML; parameters get names, because only their places are known."""
    return f"{_place(route)}      summary: to be described\n"


def _place(route: ResolvedRoute) -> str:
    numbers = count(1)
    path = _PARAMETER.sub(lambda _: f"{{id{number}}}" if (number := next(numbers)) > 1 else "{id}", route.path or "")
    return f"paths:\n  {path}:\n    {route.method.lower()}:\n"
