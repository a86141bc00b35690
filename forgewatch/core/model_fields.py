"""The fields of classes that describe requests and responses: pydantic models, dataclasses and their like, by their annotations."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass

from forgewatch.core.constants import constant_text, dotted_name
from forgewatch.core.defect import Defect
from forgewatch.core.python_source import decode_source, parse_source

_BASES = 32
_ALIASES = ("alias", "serialization_alias", "validation_alias")


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelField:
    """A field, its other names, the line of its definition from 1, and the classes that its annotation names."""

    name: str
    aliases: tuple[str, ...]
    line: int
    types: tuple[str, ...]


def model_fields(raw: bytes) -> Mapping[str, Mapping[str, ModelField]]:
    """Return the fields by class, those of bases in the same file among them. Never raises; a file that does not parse has none."""
    text = decode_source(raw)
    tree = parse_source(text) if not isinstance(text, Defect) else text
    if isinstance(text, Defect) or isinstance(tree, Defect):
        return {}
    classes = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
    known: dict[str, dict[str, ModelField]] = {}
    return {name: _fields_of(name, classes, known, _BASES) for name in classes}


def names_in(node: ast.expr | None) -> tuple[str, ...]:
    """Return the dotted names that an annotation is made of: `list[UserOut]` is `list` and `UserOut`."""
    if node is None:
        return ()
    inner = {id(part.value) for part in ast.walk(node) if isinstance(part, ast.Attribute)}
    named = (dotted_name(part) for part in ast.walk(node) if isinstance(part, ast.Name | ast.Attribute) and id(part) not in inner)
    return tuple(dict.fromkeys(name for name in named if name))


def _fields_of(
    name: str, classes: Mapping[str, ast.ClassDef], known: dict[str, dict[str, ModelField]], depth: int
) -> dict[str, ModelField]:
    if name not in known:
        # A class among its own bases finds this, and every class is read once.
        known[name] = {}
        found: dict[str, ModelField] = {}
        for base in map(dotted_name, classes[name].bases):
            if base in classes and depth:
                found.update(_fields_of(base, classes, known, depth - 1))
        found.update((field.name, field) for field in map(_field, classes[name].body) if field is not None)
        known[name] = found
    return known[name]


def _field(node: ast.stmt) -> ModelField | None:
    if not isinstance(node, ast.AnnAssign) or not isinstance(node.target, ast.Name):
        return None
    name, types = node.target.id, names_in(node.annotation)
    given = node.value.keywords if isinstance(node.value, ast.Call) else []
    hidden = any(one.arg == "exclude" and isinstance(one.value, ast.Constant) and one.value.value is True for one in given)
    if name.startswith("_") or name == "model_config" or hidden or types[:1] in (("ClassVar",), ("typing.ClassVar",)):
        return None
    aliases = tuple(text for one in given if one.arg in _ALIASES and (text := constant_text(one.value)))
    return ModelField(name=name, aliases=aliases, line=node.lineno, types=types)
