"""The request and response fields that `physics.yaml` declares for a route (contract §5.1; requirements.md S002-5-5).

Real contracts write fields in many ways: `response: {id: uuid}`, `items: Trade[]`, JSON schemas with `$ref`, `{ id: int }` as a text. Every
key and every word of a side counts as declared, so what is not among them was not declared in any of these ways. A side that is open
(`type: object` and no more, a schema nobody defined) cannot be judged.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import count

from forgewatch.core.canonical import Json
from forgewatch.core.defect import Defect
from forgewatch.core.limits import LIMITS, Limits
from forgewatch.core.route_paths import METHODS, plain_path
from forgewatch.core.strict_yaml import parse_yaml

_RESPONSE = re.compile(r"(?:respon|return|output|success)", re.IGNORECASE)
_TOLD = frozenset({"summary", "description", "auth", "tags", "security", "operationid", "deprecated", "notes", "method", "path", "errors"})
_SCHEMAS = ("schemas", "models", "definitions", "types", "entities")
_WORD = re.compile(r"[A-Za-z_]\w*")
_TYPE = re.compile(r"(?:\w+[\[<])?[A-Z]\w*[a-z]\w*[\])>\[]*(?:[ \t]*\|[ \t]*\w+)*\Z")
_NAMED = re.compile(r"[A-Z]\w*[a-z]\w*")
_OPEN = frozenset({"object", "any", "dict", "json", "map"})
_TEXTS = frozenset({"type", "$ref", "description", "summary", "example", "examples", "format"})
_FAULT = re.compile(r"(?:[345][0-9X]{2}|default)\Z", re.IGNORECASE)
_DEPTH = 24
_WORK = 200_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Fields:
    """The declared fields of one route in small letters without `_`; None for a side that says nothing, or cannot be judged."""

    request: frozenset[str] | None
    response: frozenset[str] | None


def parse_fields(raw: bytes, limits: Limits = LIMITS) -> Mapping[tuple[str, str], Fields] | Defect:
    """Return the fields by (path with `{}`, METHOD), or why the document cannot be read as YAML. Never raises, whatever the bytes."""
    document = parse_yaml(raw, limits)
    if isinstance(document, Defect):
        return document
    if not isinstance(document, Mapping):
        return {}
    schemas = dict(_schemas(document))
    work = count()
    return {key: _fields(body, document, schemas, work) for key, body in _bodies(document)}


def plain_field(name: str) -> str:
    """Return a field as it is compared: `userId`, `user_id` and `user-id` are one."""
    return re.sub(r"[_-]", "", name).lower()


def _schemas(document: Mapping[str, Json]) -> Iterator[tuple[str, Json]]:
    for holder in (document, document.get("components")):
        for key in _SCHEMAS:
            listed = holder.get(key) if isinstance(holder, Mapping) else None
            yield from listed.items() if isinstance(listed, Mapping) else ()


def _bodies(document: Mapping[str, Json]) -> Iterator[tuple[tuple[str, str], Json]]:
    paths = next((value for key in ("paths", "routes", "endpoints") if isinstance(value := document.get(key), Mapping)), document)
    for path, methods in paths.items():
        named = methods if path.startswith("/") and isinstance(methods, Mapping) else {}
        shared: Json = {"parameters": named.get("parameters")}
        yield from (((plain_path(path), METHODS[key.lower()]), [body, shared]) for key, body in named.items() if key.lower() in METHODS)


def _fields(bodies: Json, document: Mapping[str, Json], schemas: Mapping[str, Json], work: Iterator[int]) -> Fields:
    sides: dict[bool, list[Json]] = {True: [], False: []}
    for body in bodies if isinstance(bodies, list) else []:
        for key, value in body.items() if isinstance(body, Mapping) else ():
            if value is not None and key.lower() not in _TOLD:
                sides[_RESPONSE.match(key) is not None].append(value)
    request, response = (_Side(document, schemas, work).names(sides[answer]) for answer in (False, True))
    return Fields(request=request, response=response)


class _Open(Exception):
    """A side may hold fields that it does not name."""


class _Side:
    """The names of one side while it is read, each schema once. `work` counts what is read for all sides: many routes that share a large
    schema are open when there is too much of it."""

    def __init__(self, document: Mapping[str, Json], schemas: Mapping[str, Json], work: Iterator[int]) -> None:
        self._work = work
        self._document = document
        self._schemas = schemas
        self._seen: set[str] = set()

    def names(self, values: list[Json]) -> frozenset[str] | None:
        """Return the names, None when there are none or the side is open."""
        try:
            return frozenset(plain_field(name) for value in values for name in self._names(value, _DEPTH)) or None
        except _Open:
            return None

    def _names(self, node: Json, depth: int) -> Iterator[str]:
        if depth == 0 or next(self._work) > _WORK:
            raise _Open
        if isinstance(node, Mapping):
            yield from self._of_mapping(node, depth)
        elif isinstance(node, list):
            for item in node:
                yield from self._names(item, depth - 1)
        elif isinstance(node, str):
            yield from self._of_text(node, depth)

    def _of_mapping(self, node: Mapping[str, Json], depth: int) -> Iterator[str]:
        kind = node.get("type")
        extra = node.get("additionalProperties")
        if (
            extra is True
            or isinstance(extra, Mapping)
            or (kind == "object" and not node.keys() & {"properties", "$ref", "allOf", "schema"})
        ):
            raise _Open
        reference = node.get("$ref")
        if isinstance(reference, str):
            yield from self._referred(reference, depth)
        for key, value in node.items():
            if _FAULT.match(key):
                # What is answered when something fails is no class of the handler's.
                continue
            yield key
            # What a schema says of itself names types and no fields.
            if key not in _TEXTS or isinstance(value, Mapping):
                yield from self._names(value, depth - 1)

    def _referred(self, reference: str, depth: int) -> Iterator[str]:
        node: Json = self._document
        for part in reference.removeprefix("#/").split("/"):
            node = node.get(part) if isinstance(node, Mapping) else None
        if node is None:
            raise _Open
        yield from self._once(reference, node, depth)

    def _of_text(self, text: str, depth: int) -> Iterator[str]:
        kind = re.split(r" \(|,", text, maxsplit=1)[0].strip()
        if kind.lower() in _OPEN:
            raise _Open
        if _TYPE.match(kind):
            for name in _NAMED.findall(kind):
                if name not in self._schemas:
                    raise _Open
                yield from self._once(name, self._schemas[name], depth)
        yield from _WORD.findall(text)

    def _once(self, name: str, node: Json, depth: int) -> Iterator[str]:
        if name not in self._seen:
            self._seen.add(name)
            yield from self._names(node, depth - 1)
