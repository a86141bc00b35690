"""Values to JSON and back by their declared types: one codec for journal, worker frames, caches and `--json`.

`encode` and `decode` are inverses for frozen dataclasses, enums, tuples, mappings with text keys, bytes (base64) and None.
A union of several dataclasses carries the class name in the key `is`. Decoding refuses what the type does not allow, so a frame or
a journal line from elsewhere cannot smuggle in a value of another shape.
"""

from __future__ import annotations

import base64
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from enum import StrEnum
from typing import Any, TypeVar, cast

from forgewatch.core.canonical import Json

T = TypeVar("T")


class Undecodable(ValueError):
    """JSON that is not a value of the wanted type; the message names the place and both sides."""


def encode(value: object) -> Json:
    """Return the JSON form of a value. A dataclass becomes an object with its class name under `is` and one key per field."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    if isinstance(value, tuple | list):
        return [encode(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): encode(item) for key, item in value.items()}
    if is_dataclass(value):
        body: dict[str, Json] = {field.name: encode(getattr(value, field.name)) for field in fields(value)}
        return {"is": type(value).__name__, **body}
    raise TypeError(f"cannot encode {type(value).__name__}")


def decode(wanted: type[T], raw: Json, place: str = "$") -> T:
    """Return the value of type `wanted` that `raw` describes. Raises Undecodable."""
    try:
        return cast("T", _reader(wanted)(raw))
    except _Misfit as misfit:
        raise Undecodable(f"{place}{''.join(reversed(misfit.steps))}: {misfit.why}") from None


Reader = Callable[[Any], Any]


class _Misfit(Exception):
    """What does not fit; `steps` is the way to it, innermost first. The way is only spelled out when something is wrong."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why
        self.steps: list[str] = []


_READERS: dict[Any, Reader] = {}


def _reader(wanted: Any) -> Reader:
    # Types are taken apart once per process: journals and frames hold the same few thousands of times.
    found = _READERS.get(wanted)
    if found is None:
        found = _READERS[wanted] = _made_reader(wanted)
    return found


def _made_reader(wanted: Any) -> Reader:
    while hasattr(wanted, "__supertype__"):
        wanted = wanted.__supertype__
    origin = typing.get_origin(wanted)
    if origin in (types.UnionType, typing.Union):
        return _union_reader(typing.get_args(wanted))
    if origin is tuple:
        return _tuple_reader(typing.get_args(wanted))
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return _mapping_reader(*typing.get_args(wanted))
    if is_dataclass(wanted):
        return _dataclass_reader(cast("type[Any]", wanted))
    if wanted is bytes:
        return _read_bytes
    if isinstance(wanted, type) and issubclass(wanted, StrEnum):
        return _enum_reader(wanted)
    return _plain_reader(wanted)


def _plain_reader(wanted: Any) -> Reader:
    known = wanted in (str, int, bool, type(None))

    def read(raw: Any) -> Any:
        if type(raw) is wanted and known:
            return raw
        raise _Misfit(f"expected {wanted.__name__}, found {type(raw).__name__}")

    return read


def _read_bytes(raw: Any) -> bytes:
    try:
        return base64.b64decode(_a("text", str, raw), validate=True)
    except ValueError as error:
        raise _Misfit(f"expected base64, found {raw!r:.40}") from error


def _enum_reader(wanted: type[StrEnum]) -> Reader:
    members = {member.value: member for member in wanted}

    def read(raw: Any) -> StrEnum:
        if type(raw) is str and raw in members:
            return members[raw]
        raise _Misfit(f"expected one of {', '.join(wanted)}, found {raw!r:.40}")

    return read


def _union_reader(options: tuple[Any, ...]) -> Reader:
    named = {option.__name__: option for option in options}
    classes = {name: option for name, option in named.items() if is_dataclass(option)}
    others = [option for option in options if not is_dataclass(option) and option is not type(None)]
    empty = type(None) in options

    def read(raw: Any) -> Any:
        if raw is None and empty:
            return None
        if isinstance(raw, dict):
            name = raw.get("is")
            if isinstance(name, str) and name in classes:
                return _reader(classes[name])(raw)
        for option in others:
            try:
                return _reader(option)(raw)
            except _Misfit:
                continue
        raise _Misfit(f"expected one of {', '.join(named)}, found {raw!r:.60}")

    return read


def _tuple_reader(args: tuple[Any, ...]) -> Reader:
    if len(args) == 2 and args[1] is Ellipsis:
        return _items_reader(_reader(args[0]))
    readers = [_reader(arg) for arg in args]

    def read(raw: Any) -> tuple[Any, ...]:
        items = _a("array", list, raw)
        if len(items) != len(readers):
            raise _Misfit(f"expected {len(readers)} items, found {len(items)}")
        return tuple([_step(reader, item, f"[{place}]") for place, (reader, item) in enumerate(zip(readers, items, strict=True))])

    return read


def _items_reader(one: Reader) -> Reader:
    def read(raw: Any) -> tuple[Any, ...]:
        items: list[Any] = []
        try:
            for item in _a("array", list, raw):
                items.append(one(item))
        except _Misfit as misfit:
            if isinstance(raw, list):
                misfit.steps.append(f"[{len(items)}]")
            raise
        return tuple(items)

    return read


def _mapping_reader(key: Any, item: Any) -> Reader:
    keys, items = _reader(key), _reader(item)
    return lambda raw: {keys(name): _step(items, one, f".{name}") for name, one in _a("object", dict, raw).items()}


def _dataclass_reader(wanted: type[Any]) -> Reader:
    name = wanted.__name__
    allowed = {"is", *(field.name for field in fields(wanted))}
    plan: list[tuple[str, Reader, str, bool]] = []

    def read(raw: Any) -> Any:
        body = _a("object", dict, raw)
        if body.get("is", name) != name:
            raise _Misfit(f"expected {name}, found {body['is']!r:.40}")
        if not body.keys() <= allowed:
            raise _Misfit(f"unknown key {min(body.keys() - allowed)!r:.40} for {name}")
        if not plan:
            plan.extend(_plan(wanted))
        values = {}
        for key, reader, step, required in plan:
            if key in body:
                values[key] = _step(reader, body[key], step)
            elif required:
                raise _Misfit(f"key {key!r} of {name} is missing")
        try:
            return wanted(**values)
        except ValueError as error:
            raise _Misfit(str(error)) from error

    return read


def _plan(wanted: type[Any]) -> list[tuple[str, Reader, str, bool]]:
    hints = typing.get_type_hints(wanted)
    return [
        (field.name, _reader(hints[field.name]), f".{field.name}", field.default is MISSING and field.default_factory is MISSING)
        for field in fields(wanted)
    ]


def _step(reader: Reader, raw: Any, step: str) -> Any:
    try:
        return reader(raw)
    except _Misfit as misfit:
        misfit.steps.append(step)
        raise


def _a(name: str, kind: type, raw: Any) -> Any:
    if not isinstance(raw, kind):
        raise _Misfit(f"expected {name}, found {type(raw).__name__}")
    return raw
