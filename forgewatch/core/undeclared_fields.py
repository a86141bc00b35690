"""Which fields this cycle brought into requests and responses, and which of them `physics.yaml` does not declare (contract §5.1).

A field is new when its class has it now and had it nowhere at HEAD. Its class counts when a handler takes or gives it, or a class that
does names it; classes of files that did not change bring nothing new.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from forgewatch.core.defect import Defect
from forgewatch.core.facts import RouteFacts
from forgewatch.core.model_fields import ModelField, model_fields
from forgewatch.core.paths_of_tests import is_test
from forgewatch.core.physics import Physics
from forgewatch.core.physics_fields import Fields, parse_fields, plain_field
from forgewatch.core.route_graph import ResolvedRoute
from forgewatch.core.route_paths import ANY, plain_path
from forgewatch.core.snapshot import Snapshot
from forgewatch.core.source_kinds import language_of
from forgewatch.core.undeclared_routes import routes_now
from forgewatch.core.values import RepoPath

_CLASS = re.compile(rb"\nclass[ \t]+(\w+)")
_Class = tuple[RepoPath, str]
_Models = Mapping[RepoPath, Mapping[str, Mapping[str, ModelField]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewField:
    """A field that is new in a request or a response of a route, and the class and file it stands in."""

    field: ModelField
    model: str
    path: RepoPath
    response: bool
    route: ResolvedRoute

    @property
    def key(self) -> tuple[str, int, str, str, bool]:
        """What is told once, however many routes have it."""
        return self.path, self.field.line, self.model, self.field.name, self.response

    @property
    def names(self) -> frozenset[str]:
        """Every name of the field, as names are compared."""
        return frozenset(map(plain_field, (self.field.name, *self.field.aliases)))


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldRuling:
    """The new fields that are not declared, how many were compared, and why others were not; `why` is empty when all were."""

    unknown: tuple[NewField, ...] = ()
    judged: int = 0
    why: str = ""


def judge_fields(snapshot: Snapshot, contract: Physics, raw: bytes, routes: Iterable[ResolvedRoute]) -> FieldRuling:
    """Compare the new fields of this cycle with the contract. Without new fields there is nothing to judge and nothing to be told; where
    handlers are of a language whose classes are not read, every change in it is told."""
    listed = list(routes)
    ruling = _judge(snapshot, contract, raw, listed)
    unread = _languages(route.file for route in listed) & _languages(change.path for change in snapshot.changes if not is_test(change.path))
    why = (*([ruling.why] if ruling.why else []), *(f"fields of {name} are not read" for name in sorted(unread)))
    return replace(ruling, why=", ".join(why))


def _languages(paths: Iterable[RepoPath]) -> set[str]:
    return {named[1] for path in paths if (named := language_of(path)) is not None}


def _judge(snapshot: Snapshot, contract: Physics, raw: bytes, listed: list[ResolvedRoute]) -> FieldRuling:
    facts = routes_now(snapshot)
    names = {name.rpartition(".")[2] for route in listed for name in (*route.takes, *route.gives)}
    if not names:
        return FieldRuling(why="no handler names a class" if any(_classes(snapshot, after=True)) else "")
    names |= {original for file in {route.file for route in listed} for _, _, original in facts[file].imports}
    now = _models(_classes(snapshot, after=True), names)
    before = _models(_classes(snapshot, after=False), names) if now else {}
    found = list(_in_routes(dict(_new(now, before)), now, listed, facts))
    if not found:
        return FieldRuling()
    declared = parse_fields(raw)
    if isinstance(declared, Defect):
        return FieldRuling(why=f"physics.yaml is no YAML: {declared}")
    whole = _whole(declared, contract)
    sides = [(one, _side(one, whole)) for one in found]
    judged = {one.key: one for one, side in sides if side is not None}
    unknown = {one.key: one for one, side in reversed(sides) if side is not None and one.names.isdisjoint(side)}
    silent = len({one.key for one in found} - judged.keys())
    why = f"physics.yaml names no fields, or not all, for {silent}" if silent else ""
    return FieldRuling(unknown=tuple(unknown[key] for key in sorted(unknown)), judged=len(judged), why=why)


def _classes(snapshot: Snapshot, *, after: bool) -> Iterator[tuple[RepoPath, frozenset[bytes], bytes]]:
    """Yield the changed files that define classes, the names of these, by one look at the lines, and the bytes."""
    for change in snapshot.changes:
        entry = change.after if after else change.before
        raw = snapshot.contents.get(entry.oid) if entry is not None else None
        if change.path.endswith(".py") and not is_test(change.path) and isinstance(raw, bytes):
            names = frozenset(_CLASS.findall(b"\n" + raw))
            if names:
                yield change.path, names, raw


def _models(classes: Iterable[tuple[RepoPath, frozenset[bytes], bytes]], names: set[str]) -> _Models:
    """Return the fields of the files that define one of the names, or a class that one of those names; `names` grows by these. Files that
    have nothing to do with a route are not taken apart."""
    found: dict[RepoPath, Mapping[str, Mapping[str, ModelField]]] = {}
    waiting, wanted = list(classes), {name.encode() for name in names}
    while more := [one for one in waiting if not wanted.isdisjoint(one[1])]:
        waiting = [one for one in waiting if wanted.isdisjoint(one[1])]
        for path, _, raw in more:
            found[path] = model_fields(raw)
            types = (name for fields in found[path].values() for field in fields.values() for name in field.types)
            names |= {name.rpartition(".")[2] for name in types}
        wanted = {name.encode() for name in names}
    return found


def _new(now: _Models, before: _Models) -> Iterator[tuple[_Class, list[ModelField]]]:
    known: dict[str, set[str]] = {}
    for classes in before.values():
        for model, fields in classes.items():
            known.setdefault(model, set()).update(fields)
    for path, classes in now.items():
        for model, fields in classes.items():
            fresh = [field for name, field in fields.items() if name not in known.get(model, set())]
            if fresh:
                yield (path, model), fresh


def _in_routes(
    new: Mapping[_Class, list[ModelField]], now: _Models, routes: Iterable[ResolvedRoute], facts: Mapping[RepoPath, RouteFacts]
) -> Iterator[NewField]:
    places: dict[str, list[RepoPath]] = {}
    for path, classes in now.items():
        for model in classes:
            places.setdefault(model, []).append(path)
    for route in routes:
        for response, names in ((False, route.takes), (True, route.gives)):
            meant = [one for name in names for one in _meant(name, route.file, facts[route.file], places)]
            brought = [(path, model, field) for path, model in _with_inner(meant, now, places) for field in new.get((path, model), [])]
            for path, model, field in brought:
                yield NewField(field=field, model=model, path=path, response=response, route=route)


def _meant(name: str, file: RepoPath, facts: RouteFacts, places: Mapping[str, list[RepoPath]]) -> Iterator[_Class]:
    """Yield the changed classes that a name in a file of handlers may mean: its own, or those of the module it is imported from."""
    head, _, model = name.rpartition(".")
    found = (one for one in facts.imports if one[0] == (head or name))
    _, module, original = next(found, ("", "", ""))
    wanted = ".".join(filter(None, (module, original))) if head else module
    model = model if head else original or name
    for path in places.get(model, []):
        if path == file if not wanted else f".{wanted}." in f".{path.replace('/', '.')}":
            yield path, model


def _with_inner(meant: Iterable[_Class], now: _Models, places: Mapping[str, list[RepoPath]]) -> list[_Class]:
    found = dict.fromkeys(meant)
    waiting = list(found)
    while waiting:
        path, model = waiting.pop()
        types = sorted({name.rpartition(".")[2] for field in now[path][model].values() for name in field.types})
        more = [(other, name) for name in types for other in places.get(name, []) if (other, name) not in found]
        found.update(dict.fromkeys(more))
        waiting += more
    return list(found)


def _whole(declared: Mapping[tuple[str, str], Fields], contract: Physics) -> Mapping[tuple[str, str], Fields]:
    """Return the declared fields under every path by which they may be reached."""
    behind = {(plain_path(prefix + path), method): fields for prefix in contract.prefixes for (path, method), fields in declared.items()}
    return {**behind, **declared}


def _side(one: NewField, declared: Mapping[tuple[str, str], Fields]) -> frozenset[str] | None:
    path = one.route.path or ""
    fields = declared.get((path, one.route.method)) or declared.get((path, ANY))
    return None if fields is None else fields.response if one.response else fields.request
