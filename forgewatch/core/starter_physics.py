"""A `physics.yaml` for a project that has none yet: the routes that its code answers today (contract §5)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from itertools import count

from forgewatch.core.physics import Physics
from forgewatch.core.route_graph import ResolvedRoute
from forgewatch.core.undeclared_routes import undeclared

MOST_ROUTES = 2_000
"""Routes that are written; a contract of more would be over the size that is read."""

_PLAIN = re.compile(r"/[\w./{}~-]*\Z", re.ASCII)
_PARAMETER = re.compile(r"\{\}")
_NONE = """paths: {}

# One entry per path, its methods below, and what each takes and gives:
#
# paths:
#   /orders/{id}:
#     get:
#       summary: one order
#       response:
#         id: integer
#         total: number
"""


def starter_physics(about: str, routes: Iterable[ResolvedRoute]) -> bytes:
    """Return comment lines that say what `about` says, and each constant route once; without routes an example in comments.

    Nothing that W3 compares is undeclared then, but for routes beyond MOST_ROUTES.
    """
    methods: dict[str, list[str]] = {}
    for route in list(undeclared(Physics(), routes))[:MOST_ROUTES]:
        below = methods.setdefault(route.path or "", [])
        if route.method not in below:
            below.append(route.method)
    lines = "\n".join(_lines(methods))
    head = "\n".join(f"# {line}".rstrip() for line in about.strip().splitlines())
    return f"{head}\n\n{f'paths:{chr(10)}{lines}{chr(10)}' if methods else _NONE}".encode()


def _lines(methods: dict[str, list[str]]) -> Iterator[str]:
    for path in sorted(methods):
        named = _named(path)
        yield f"  {named if _PLAIN.match(named) else json.dumps(named)}:"
        for method in sorted(methods[path]):
            yield f"    {method.lower()}:"
            yield "      summary: to be described"


def _named(path: str) -> str:
    """Return the path with names for its parameters, of which only the places are known."""
    numbers = count(1)
    return _PARAMETER.sub(lambda _: f"{{id{number}}}" if (number := next(numbers)) > 1 else "{id}", path)
