"""What a setup.py declares in constants (checks.md A9, Declared). It is parsed and never executed: what it computes is not known.

Read is a call of `setup` at the top of the file, or below `if __name__ == "__main__"`: lists and tables of constant text, joined by `+`,
and names that the file binds once to such.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator, Mapping

from forgewatch.core.constants import dotted_name
from forgewatch.core.defect import Defect
from forgewatch.core.distributions import normalised
from forgewatch.core.manifest import Declared, Group, Manifest, declare, extra_group
from forgewatch.core.python_source import decode_source, parse_source
from forgewatch.core.requirements_text import requirement_name
from forgewatch.core.values import RepoPath

_SETUP = frozenset({"setup", "setuptools.setup"})
_DEPTH = 8

_Bound = Mapping[str, ast.expr]


def read_setup_py(path: RepoPath, raw: bytes) -> Manifest:
    """Return what the constants of a setup.py declare. One without such declares nothing and is no place for it. Never raises."""
    text = decode_source(raw)
    tree = text if isinstance(text, Defect) else parse_source(text)
    if isinstance(tree, Defect):
        return Manifest(path=path, declares=False)
    bound = _bound(tree)
    given = {word.arg: word.value for call in _setup_calls(tree) for word in call.keywords if word.arg}
    declared = tuple(_declared(given, bound))
    build = tuple(normalised(name) for name in map(requirement_name, _texts(given.get("setup_requires"), bound)) if name)
    pythons = tuple(_texts(given.get("python_requires"), bound))
    return Manifest(path=path, declares=bool(declared), declared=declared, build=build, pythons=pythons)


def _setup_calls(tree: ast.Module) -> Iterator[ast.Call]:
    main = (node.body for node in tree.body if isinstance(node, ast.If) and "__name__" in ast.dump(node.test))
    for node in (*tree.body, *(inner for body in main for inner in body)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and dotted_name(node.value.func) in _SETUP:
            yield node.value


def _bound(tree: ast.Module) -> _Bound:
    times = Counter(node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load))
    plain = (node for node in tree.body if isinstance(node, ast.Assign))
    pairs = ((target, node.value) for node in plain for target in node.targets)
    return {target.id: value for target, value in pairs if isinstance(target, ast.Name) and times[target.id] == 1}


def _declared(given: Mapping[str, ast.expr], bound: _Bound) -> Iterator[Declared]:
    yield from _named(given.get("install_requires"), bound, Group.RUNTIME)
    yield from _named(given.get("tests_require"), bound, Group.DEVELOPMENT)
    extras = given.get("extras_require")
    table = bound.get(extras.id) if isinstance(extras, ast.Name) else extras
    if isinstance(table, ast.Dict):
        for key, value in zip(table.keys, table.values, strict=True):
            label = key.value if isinstance(key, ast.Constant) and isinstance(key.value, str) else ""
            yield from _named(value, bound, extra_group(label))


def _named(value: ast.expr | None, bound: _Bound, group: Group) -> tuple[Declared, ...]:
    lines = (line for text in _texts(value, bound) for line in text.splitlines())
    return declare(filter(None, map(requirement_name, lines)), group)


def _texts(value: ast.expr | None, bound: _Bound, depth: int = _DEPTH) -> Iterator[str]:
    """Yield the constant texts that `value` is made of."""
    if depth == 0:
        return
    match value:
        case ast.Constant(value=str() as text):
            yield text
        case ast.List(elts=parts) | ast.Tuple(elts=parts) | ast.Set(elts=parts):
            for part in parts:
                yield from _texts(part, bound, depth - 1)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            yield from _texts(left, bound, depth - 1)
            yield from _texts(right, bound, depth - 1)
        case ast.Starred(value=inner):
            yield from _texts(inner, bound, depth - 1)
        case ast.Name(id=name):
            yield from _texts(bound.get(name), bound, depth - 1)
        case _:
            return
