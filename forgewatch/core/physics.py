"""The routes that `physics.yaml` declares (contract §5; checks.md W3).

The usual shape is `paths: /users: get:`; lists of `{path, method}`, keys such as `GET /users`, groups and nested paths are read too.
A third of real files are no valid YAML (`status: "ok" | "down"`): their path and method keys are read by indentation, and the fault is
kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from forgewatch.core.canonical import Json
from forgewatch.core.defect import Defect
from forgewatch.core.limits import LIMITS, Limits
from forgewatch.core.route_paths import ANY, METHODS, plain_path
from forgewatch.core.strict_yaml import parse_yaml

_SECTIONS = ("paths", "routes", "endpoints")
_PATH_KEY = re.compile(r"""( *)(?:- )?(["']?)((?:[A-Za-z]+ +)?/[^"'\s]*?)\2 *:(?:\s|\Z)""")
_WORD_KEY = re.compile(r"""( +)(["']?)([A-Za-z]+)\2 *:(?:\s|\Z)""")
_SECTION_KEY = re.compile(rf"""(["']?)({"|".join(_SECTIONS)})\1 *:\s*(?:#.*)?\Z""", re.IGNORECASE)
_SERVER = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]*:)?//[^/]*(/[^?#]*)\Z")
_INSIGNIFICANT = re.compile(r"\s*(?:#.*)?\Z")


@dataclass(frozen=True, slots=True, order=True)
class Declared:
    """One declared route: METHOD (or ANY), path with `{}`, and the 1-based line of its path where it was found."""

    path: str
    method: str
    line: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Physics:
    """What a contract declares. `defect`: the YAML is invalid and was read by indentation. `prefixes`: base paths of its servers."""

    routes: tuple[Declared, ...] = ()
    prefixes: tuple[str, ...] = ()
    defect: Defect | None = None


def parse_physics(raw: bytes, limits: Limits = LIMITS) -> Physics:
    """Return the declared routes, each (method, path) once and sorted. Never raises, whatever the bytes."""
    text = raw.decode("utf-8-sig", "replace") if len(raw) <= limits.contract_bytes else ""
    document = parse_yaml(raw, limits)
    if isinstance(document, Defect):
        return Physics(routes=_unique(_by_indentation(text)), defect=document)
    lines = _lines_of_paths(text)
    found = ((path, method) for section in _sections(document) for path, method in _group(section, ""))
    routes = _unique(Declared(plain_path(path), method, lines.get(plain_path(path))) for path, method in found)
    return Physics(routes=routes, prefixes=tuple(_prefixes(document)))


def _unique(found: Iterator[Declared]) -> tuple[Declared, ...]:
    kept: dict[tuple[str, str], Declared] = {}
    for route in found:
        kept.setdefault((route.path, route.method), route)
    return tuple(kept[key] for key in sorted(kept))


def _sections(document: Json) -> Iterator[Json]:
    if not isinstance(document, Mapping):
        yield document
        return
    named = [value for key, value in document.items() if key.lower() in _SECTIONS]
    yield from named or [{key: value for key, value in document.items() if key.startswith("/")}]


def _group(node: Json, prefix: str) -> Iterator[tuple[str, str]]:
    """Yield (path, method) of a mapping or list that holds paths, at any depth."""
    if isinstance(node, Mapping):
        own = node.get("prefix")
        prefix += own if isinstance(own, str) and own.startswith("/") else ""
        for key, value in node.items():
            yield from _member(key.strip(), value, prefix)
    elif isinstance(node, list):
        for item in node:
            yield from _item(item, prefix)


def _member(key: str, value: Json, prefix: str) -> Iterator[tuple[str, str]]:
    method, _, path = key.partition(" ")
    if key.startswith("/"):
        yield from _path(prefix + key, value)
    elif method.lower() in METHODS and path.strip().startswith("/"):
        yield prefix + path.strip(), METHODS[method.lower()]
    else:
        yield from _group(value, prefix)


def _item(item: Json, prefix: str) -> Iterator[tuple[str, str]]:
    """Yield the routes of one list item: `GET /users`, `/users`, or a mapping with a path and its methods."""
    if isinstance(item, str):
        yield from _member(item.strip(), None, prefix)
    elif isinstance(item, Mapping):
        named = next((value for key in ("path", "route", "url", "endpoint") if isinstance(value := item.get(key), str)), "")
        if named.startswith("/"):
            yield from _path(prefix + named, item)
        else:
            yield from _group(item, prefix)


def _path(path: str, value: Json) -> Iterator[tuple[str, str]]:
    """Yield (path, method) of what stands below a path; ANY when no method does."""
    nested = [(key, below) for key, below in value.items() if key.startswith("/")] if isinstance(value, Mapping) else []
    methods = list(_methods(value))
    yield from ((path, method) for method in methods or ([] if nested else [ANY]))
    for key, below in nested:
        yield from _path(path + key, below)


def _methods(value: Json) -> Iterator[str]:
    if isinstance(value, str):
        yield from (METHODS[word] for word in re.split(r"[\s,|/]+", value.lower()) if word in METHODS)
    elif isinstance(value, list):
        for item in value:
            yield from _methods(item)
    elif isinstance(value, Mapping):
        yield from (METHODS[key.lower()] for key in value if key.lower() in METHODS)
        for key in ("method", "methods"):
            yield from _methods(value.get(key))


def _prefixes(document: Json) -> Iterator[str]:
    if not isinstance(document, Mapping):
        return
    servers = document.get("servers")
    places: list[Json] = [server.get("url") for server in servers if isinstance(server, Mapping)] if isinstance(servers, list) else []
    for place in [*places, document.get("basePath"), document.get("base_path"), document.get("base_url")]:
        found = _SERVER.match(place) if isinstance(place, str) else None
        path = found.group(1) if found else place if isinstance(place, str) and place.startswith("/") else "/"
        if plain_path(path) != "/":
            yield plain_path(path)


def _lines_of_paths(text: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for number, line in enumerate(text.split("\n"), 1):
        key = _PATH_KEY.match(line)
        if key:
            found.setdefault(plain_path(key.group(3).rpartition(" ")[2]), number)
    return found


def _by_indentation(text: str) -> Iterator[Declared]:
    """Yield the routes of a document that is no YAML, from the indentation of its path and method keys."""
    base: int | None = None
    inside, path, named, below = False, None, False, 0
    for number, raw in enumerate([*text.expandtabs(8).split("\n"), "end:"], 1):
        if _INSIGNIFICANT.match(raw):
            continue
        indent = len(raw) - len(raw.lstrip(" "))
        key = _PATH_KEY.match(raw) if inside else None
        starts = key is not None and indent == (indent if base is None else base)
        if path is not None and (starts or indent == 0) and not named:
            yield Declared(path[0], ANY, path[1])
        if starts and key is not None:
            base, path, named, below = indent, (plain_path(key.group(3)), number), False, 0
        elif indent == 0:
            inside, path, base = _SECTION_KEY.match(raw) is not None, None, None
        elif path is not None and base is not None and indent > base:
            below = below or indent
            word = _WORD_KEY.match(raw)
            if word and indent == below and word.group(3).lower() in METHODS:
                named = True
                yield Declared(path[0], METHODS[word.group(3).lower()], path[1])
