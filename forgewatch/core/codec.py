"""Values to JSON and back by their declared types: one codec for journal, worker frames, caches and `--json`.

`encode` and `decode` are inverses for frozen dataclasses, enums, tuples, mappings with text keys, bytes (base64) and None.
A union of several dataclasses carries the class name in the key `is`. Decoding refuses what the type does not allow, so a frame or
a journal line from elsewhere cannot smuggle in a value of another shape.
"""

from __future__ import annotations

import base64
import binascii
import types
import typing
from collections.abc import Mapping
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
    return cast("T", _decode(wanted, raw, place))


def _decode(wanted: Any, raw: Any, place: str) -> Any:
    while hasattr(wanted, "__supertype__"):
        wanted = wanted.__supertype__
    origin = typing.get_origin(wanted)
    if origin in (types.UnionType, typing.Union):
        return _decode_union(typing.get_args(wanted), raw, place)
    if origin is tuple:
        return _decode_tuple(typing.get_args(wanted), raw, place)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        key, item = typing.get_args(wanted)
        return {_decode(key, k, place): _decode(item, v, f"{place}.{k}") for k, v in _object(raw, place).items()}
    if is_dataclass(wanted):
        return _decode_dataclass(cast("type[Any]", wanted), raw, place)
    return _decode_plain(wanted, raw, place)


def _decode_plain(wanted: Any, raw: Any, place: str) -> Any:
    if wanted is type(None) and raw is None:
        return None
    if wanted is bytes:
        try:
            return base64.b64decode(_text(raw, place), validate=True)
        except binascii.Error as error:
            raise Undecodable(f"{place}: expected base64, found {raw!r:.40}") from error
    if isinstance(wanted, type) and issubclass(wanted, StrEnum):
        try:
            return wanted(_text(raw, place))
        except ValueError as error:
            raise Undecodable(f"{place}: expected one of {', '.join(wanted)}, found {raw!r:.40}") from error
    if wanted in (str, int, bool) and type(raw) is wanted:
        return raw
    raise Undecodable(f"{place}: expected {getattr(wanted, '__name__', wanted)}, found {type(raw).__name__}")


def _decode_union(options: tuple[Any, ...], raw: Any, place: str) -> Any:
    if isinstance(raw, Mapping):
        for option in options:
            if is_dataclass(option) and raw.get("is") == getattr(option, "__name__", ""):
                return _decode(option, raw, place)
    for option in options:
        if is_dataclass(option):
            continue
        try:
            return _decode(option, raw, place)
        except Undecodable:
            continue
    names = ", ".join(getattr(option, "__name__", str(option)) for option in options)
    raise Undecodable(f"{place}: expected one of {names}, found {raw!r:.60}")


def _decode_tuple(args: tuple[Any, ...], raw: Any, place: str) -> tuple[Any, ...]:
    items = _array(raw, place)
    if len(args) == 2 and args[1] is Ellipsis:
        return tuple(_decode(args[0], item, f"{place}[{index}]") for index, item in enumerate(items))
    if len(args) != len(items):
        raise Undecodable(f"{place}: expected {len(args)} items, found {len(items)}")
    return tuple(_decode(arg, item, f"{place}[{index}]") for index, (arg, item) in enumerate(zip(args, items, strict=True)))


def _decode_dataclass(wanted: type[Any], raw: Any, place: str) -> Any:
    body = dict(_object(raw, place))
    name = body.pop("is", wanted.__name__)
    if name != wanted.__name__:
        raise Undecodable(f"{place}: expected {wanted.__name__}, found {name!r:.40}")
    plan = _plan(wanted)
    unknown = body.keys() - plan.keys()
    if unknown:
        raise Undecodable(f"{place}: unknown key {min(unknown)!r:.40} for {wanted.__name__}")
    values = {}
    for key, (hint, required) in plan.items():
        if key in body:
            values[key] = _decode(hint, body[key], f"{place}.{key}")
        elif required:
            raise Undecodable(f"{place}: key {key!r} of {wanted.__name__} is missing")
    return wanted(**values)


_PLANS: dict[type[Any], dict[str, tuple[Any, bool]]] = {}


def _plan(wanted: type[Any]) -> dict[str, tuple[Any, bool]]:
    # Type hints are costly to resolve and never change, so each class is looked at once per process.
    if wanted not in _PLANS:
        hints = typing.get_type_hints(wanted)
        _PLANS[wanted] = {
            field.name: (hints[field.name], field.default is MISSING and field.default_factory is MISSING) for field in fields(wanted)
        }
    return _PLANS[wanted]


def _object(raw: Any, place: str) -> dict[str, Any]:
    return cast("dict[str, Any]", _a("object", dict, raw, place))


def _array(raw: Any, place: str) -> list[Any]:
    return cast("list[Any]", _a("array", list, raw, place))


def _text(raw: Any, place: str) -> str:
    return cast("str", _a("text", str, raw, place))


def _a(name: str, kind: type, raw: Any, place: str) -> Any:
    if not isinstance(raw, kind):
        raise Undecodable(f"{place}: expected {name}, found {type(raw).__name__}")
    return raw
