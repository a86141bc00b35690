"""Under which minor versions of Python 3 the two branches of a test of `sys.version_info` can run (checks.md A9).

Decided: one comparison of `sys.version_info`, a slice, `[0]`, `[1]`, `.major` or `.minor` of it with constant numbers. Versions of
Python 2 run nothing here.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Iterable
from typing import Any

from forgewatch.core.constants import dotted_name

FIRST, LAST = 0, 99
"""The minor versions between which an import runs that no test of the version stands around."""

Span = tuple[int, int]
_NEVER: Span = (1, 0)
_COMPARED: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
_PARTS = {"major": 0, "minor": 1}
_MICRO = 99

_Read = Callable[[tuple[int, int, int]], object]


def version_spans(test: ast.expr, names: frozenset[str]) -> tuple[Span, Span] | None:
    """Return the (first, last) minor versions with which `test` can be true, and can be false; None when it is no such test.

    `names` are what `sys.version_info` is called in the file. A branch that can never run has an empty span.
    """
    if not isinstance(test, ast.Compare) or len(test.ops) != 1 or type(test.ops[0]) not in _COMPARED:
        return None
    read, wanted = _read(test.left, names), _numbers(test.comparators[0])
    if read is None or wanted is None or isinstance(wanted, tuple) != isinstance(read((3, 0, 0)), tuple):
        return None
    compared = _COMPARED[type(test.ops[0])]
    told = [(minor, compared(read((3, minor, micro)), wanted)) for minor in range(FIRST, LAST + 1) for micro in (0, _MICRO)]
    return _span(minor for minor, true in told if true), _span(minor for minor, true in told if not true)


def _span(minors: Iterable[int]) -> Span:
    listed = list(minors)
    return (listed[0], listed[-1]) if listed else _NEVER


def _read(left: ast.expr, names: frozenset[str]) -> _Read | None:
    """Return what `left` is for a given version: all of it, a slice, or one part; None when it is no version."""
    name = dotted_name(left)
    if name in names:
        return lambda version: version
    base, _, part = name.rpartition(".")
    if base in names and part in _PARTS:
        return lambda version: version[_PARTS[part]]
    if not isinstance(left, ast.Subscript) or dotted_name(left.value) not in names:
        return None
    match left.slice:
        case ast.Constant(value=int() as index) if index in (0, 1):
            return lambda version: version[index]
        case ast.Slice(lower=None, upper=ast.Constant(value=int() as length), step=None) if length > 0:
            return lambda version: version[:length]
    return None


def _numbers(value: ast.expr) -> int | tuple[int, ...] | None:
    parts = value.elts if isinstance(value, ast.Tuple) else [value]
    numbers = tuple(part.value for part in parts if isinstance(part, ast.Constant) and type(part.value) is int)
    if len(numbers) != len(parts):
        return None
    return numbers if isinstance(value, ast.Tuple) else numbers[0]
