"""The components of a Python file: repositories, services and clients, and how names of the file lead to each other (contract §9.5).

A name leads to what its definition mentions. Where reading begins is a matter of the whole project (`wiring`); what runs by itself
when the file is loaded, or is given to somebody by a decorator, is a beginning of its own.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from forgewatch.core.constants import dotted_name
from forgewatch.core.limits import LIMITS
from forgewatch.core.paths_of_tests import is_test
from forgewatch.core.python_source import decode_source, inner_statements, parse_source
from forgewatch.core.values import RepoPath

_LAYER = r"(?:repo|repositor(?:y|ie)|dao|dal|store|gateway|service|client)s?"
_PLACE = re.compile(rf"(?:[^/]*[_-])?{_LAYER}(?:[_-]layer)?(?:\.\w+)?\Z|{_LAYER}\.\w+\Z", re.IGNORECASE)
_NAMED = re.compile(rf"(?:.*[ _-])?{_LAYER}(?:[ _-].*)?\Z", re.IGNORECASE)
_WORD = re.compile(r"[A-Za-z_]\w*")
_INERT = re.compile(
    r"(?:dataclass|attrs?\.(?:s|define|frozen|mutable)|static_?method|classmethod|(?:cached_)?property|abstract\w+|final|override|overload"
    r"|(?:lru_)?cache|wraps|(?:async)?contextmanager|runtime_checkable|total_ordering|retry|\w+\.(?:setter|getter|deleter))\Z"
)
"""Decorators that give what they stand at to nobody."""
_PLAIN_BASES = frozenset({"object", "ABC", "abc.ABC", "Protocol", "typing.Protocol", "Generic", "typing.Generic"})

_Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass(frozen=True, slots=True)
class Component:
    """A public class, function, or method (`TradeRepo.insert_trade`) of a layer, and the line of its definition from 1."""

    name: str
    line: int

    @property
    def word(self) -> str:
        """What others have to write to use it."""
        return self.name.rpartition(".")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class ComponentFacts:
    """The components of one file. `leads`: (name, names it mentions) of everything the file defines. `roots`: names that are used by the
    file itself when it is loaded."""

    components: tuple[Component, ...] = ()
    leads: tuple[tuple[str, tuple[str, ...]], ...] = ()
    roots: tuple[str, ...] = ()


def is_layer_name(name: str) -> bool:
    """True for the name of a layer of boundaries.json that holds repositories, services or clients."""
    return _NAMED.match(name) is not None


def holds_components(path: RepoPath) -> bool:
    """True for a file of the product that is, or lies in a folder of, repositories, services or clients, by its name."""
    folders = path.split("/")
    return not is_test(path) and any(map(_PLACE.match, folders))


def extract_components(path: RepoPath, raw: bytes) -> ComponentFacts:
    """Return the components of a Python file. Never raises; a file that does not parse has none."""
    text = decode_source(raw) if len(raw) <= LIMITS.source_bytes else None
    tree = parse_source(text) if isinstance(text, str) else None
    if not isinstance(tree, ast.Module):
        return ComponentFacts()
    defined, loose = _taken_apart(tree)
    names = {name for name, _ in defined}
    words = {name: _words_of(nodes) for name, nodes in _joined(defined).items()}
    known = names | {name.rpartition(".")[2] for name in names}
    return ComponentFacts(
        components=tuple(_components(tree)),
        leads=tuple((name, tuple(sorted(found & known))) for name, found in words.items() if found & known),
        roots=tuple(sorted((_words_of(loose) & known) | set(_handed_over(tree)))),
    )


def _components(tree: ast.Module) -> Iterator[Component]:
    for node in tree.body:
        if not isinstance(node, _Definition) or node.name.startswith("_"):
            continue
        yield Component(node.name, node.lineno)
        # What a foreign base calls, nobody here has to name.
        if isinstance(node, ast.ClassDef) and all(_base(base) in _PLAIN_BASES for base in node.bases):
            yield from (
                Component(f"{node.name}.{inner.name}", inner.lineno)
                for inner in node.body
                if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef) and not inner.name.startswith("_")
            )


def _base(node: ast.expr) -> str:
    return dotted_name(node.value if isinstance(node, ast.Subscript) else node)


def _taken_apart(tree: ast.Module) -> tuple[list[tuple[str, list[ast.AST]]], list[ast.AST]]:
    """Return what each name of the module is defined by, and what runs when it is loaded. Imports are neither."""
    defined: list[tuple[str, list[ast.AST]]] = []
    loose: list[ast.AST] = []
    waiting: list[ast.AST] = list(reversed(tree.body))
    while waiting:
        node = waiting.pop()
        if isinstance(node, _Definition):
            defined.extend(_parts(node))
        elif targets := _targets(node):
            defined.extend((target, [node]) for target in targets if target != "__all__")
        elif isinstance(node, ast.If | ast.Try | ast.With | ast.TryStar):
            waiting.extend(reversed(list(inner_statements(node))))
            loose.extend([node.test] if isinstance(node, ast.If) else [])
        elif not isinstance(node, ast.Import | ast.ImportFrom):
            loose.append(node)
    return defined, loose


def _parts(node: _Definition) -> Iterator[tuple[str, list[ast.AST]]]:
    """Yield a definition by its name; the methods of a class are names of their own."""
    if not isinstance(node, ast.ClassDef):
        yield node.name, [node]
        return
    methods = [inner for inner in node.body if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef)]
    rest: list[ast.AST] = [*node.bases, *node.keywords, *node.decorator_list, *(inner for inner in node.body if inner not in methods)]
    yield node.name, [*rest, *(method for method in methods if method.name.startswith("_"))]
    public: list[tuple[str, list[ast.AST]]] = [(f"{node.name}.{one.name}", [one]) for one in methods if not one.name.startswith("_")]
    yield from public


def _targets(node: ast.AST) -> list[str]:
    listed = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign | ast.AugAssign) else []
    return [target.id for target in listed if isinstance(target, ast.Name)]


def _joined(defined: list[tuple[str, list[ast.AST]]]) -> dict[str, list[ast.AST]]:
    found: dict[str, list[ast.AST]] = {}
    for name, nodes in defined:
        found.setdefault(name, []).extend(nodes)
    return found


def _words_of(nodes: Sequence[ast.AST]) -> set[str]:
    """Return the names that code mentions, in texts that are no docstring too: `getattr(repo, "insert")`."""
    found: set[str] = set()
    for node in (inner for outer in nodes for inner in ast.walk(outer)):
        if isinstance(node, ast.Name):
            found.add(node.id)
        elif isinstance(node, ast.Attribute):
            found.add(node.attr)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and "\n" not in node.value:
            found.update(_WORD.findall(node.value))
    return found


def _handed_over(tree: ast.Module) -> Iterator[str]:
    """Yield what stands at a decorator that may give it to somebody: a route, a task, a fixture, a registry."""
    for node in tree.body:
        if not isinstance(node, _Definition):
            continue
        if node.name.startswith("__") and node.name.endswith("__"):
            # `__getattr__` of a module: the interpreter calls it.
            yield node.name
        inner = node.body if isinstance(node, ast.ClassDef) else []
        for one, name in [(node, node.name), *((m, f"{node.name}.{m.name}") for m in inner if isinstance(m, _Definition))]:
            names = (dotted_name(mark.func if isinstance(mark, ast.Call) else mark) for mark in one.decorator_list)
            if not all(_INERT.match(mark) or _INERT.match(mark.rpartition(".")[2]) for mark in names):
                yield name
