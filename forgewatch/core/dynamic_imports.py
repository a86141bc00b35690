"""Calls that import what a constant names (checks.md A9; A4, bare dotted names).

Decided: calls of `import_module`, `__import__`, `runpy.run_module` and `pkgutil.resolve_name`, also under a name that the file assigns to
them, out of a namespace (`builtins.__dict__['__import__']`), and through `partial`; and code that `exec` or `eval` runs. The argument
has to be constant text, or a name that the file binds once, to such text or, in a loop, to those of a list. Not decided: importers that are
handed over as arguments, and whatever the program makes up while it runs.
"""

from __future__ import annotations

import ast
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from forgewatch.core.constants import constant_text, dotted_name
from forgewatch.core.facts import Import
from forgewatch.core.python_source import spelled

_IMPORTERS = frozenset({"import_module", "__import__", "_gcd_import"})
_RUNNERS = {"runpy": "run_module", "pkgutil": "resolve_name"}
_CODE = frozenset({"exec", "eval", "builtins.exec", "builtins.eval"})
_COMPILERS = frozenset({"compile", "builtins.compile"})
_ROUNDS = 3
_TURNS = 256
_WORDS = re.compile(r"import_module|importlib|__import__|builtins|run_module|resolve_name|\b(?:exec|eval)\s*\(")


@dataclass(frozen=True, slots=True)
class _Names:
    """What calls mean in one file: names of importers, of functions that run a module, names of constant text, and names that loops bind
    to one constant text after the other.
    """

    importers: frozenset[str]
    runners: frozenset[str]
    texts: Mapping[str, str]
    loops: Mapping[str, tuple[str, ...]]

    def turns(self, call: ast.Call) -> Iterator[_Names]:
        """Yield what holds in each turn of the loop whose name stands in the arguments; once what always holds where none does."""
        used = (node.id for word in call.args for node in ast.walk(word) if isinstance(node, ast.Name)) if self.loops else iter(())
        name = next((name for name in used if name in self.loops), None)
        if name is None:
            yield self
            return
        yield from (replace(self, texts={**self.texts, name: text}) for text in self.loops[name])


def may_import(text: str) -> bool:
    """False when no call of the source can be one of ours, however its identifiers are spelled."""
    return _WORDS.search(spelled(text)) is not None


def dynamic_imports(tree: ast.Module, guarded: frozenset[int]) -> Iterator[Import | tuple[str, int, bool]]:
    """Yield the imports, and (source, line, guarded) of code that is constant text. `guarded` are the ids of guarded nodes."""
    nodes = list(ast.walk(tree))
    names = _names_of(nodes)
    for node in nodes:
        if isinstance(node, ast.Call):
            found = (_meaning(node, known, guarded=id(node) in guarded) for known in names.turns(node))
            yield from (meant for meant in found if meant is not None)


def _meaning(node: ast.Call, names: _Names, *, guarded: bool) -> Import | tuple[str, int, bool] | None:
    dotted, called = dotted_name(node.func), _called(node.func)
    if dotted in _CODE and node.args:
        first = node.args[0]
        inner = first.args[0] if isinstance(first, ast.Call) and dotted_name(first.func) in _COMPILERS and first.args else first
        code = constant_text(inner, names.texts)
        return None if code is None else (code.strip(), node.lineno, guarded)
    if called in names.importers:
        return _imported(node, node.args, names, guarded=guarded)
    if called == "partial" and node.args and _called(node.args[0]) in names.importers:
        return _imported(node, node.args[1:], names, guarded=guarded)
    if dotted in names.runners:
        return _imported(node, node.args[:1], names, guarded=guarded)
    return None


def _names_of(nodes: list[ast.AST]) -> _Names:
    pairs = [pair for node in nodes for pair in _assigned(node)]
    runners = {name for node in nodes if isinstance(node, ast.Import | ast.ImportFrom) for name in _runners(node)}
    single = _bound_once(nodes)
    texts = _texts(pairs, single)
    return _Names(frozenset(_importers(nodes, pairs)), frozenset(runners), texts, _loops(nodes, pairs, single, texts))


def _assigned(node: ast.AST) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Yield (target, value) of what a statement or expression assigns, tuples element by element."""
    if isinstance(node, ast.AnnAssign | ast.NamedExpr) and node.value is not None:
        yield node.target, node.value
    if isinstance(node, ast.Assign):
        for target in node.targets:
            if isinstance(target, ast.Tuple | ast.List) and isinstance(node.value, ast.Tuple | ast.List):
                yield from zip(target.elts, node.value.elts, strict=False)
            else:
                yield target, node.value


def _importers(nodes: list[ast.AST], pairs: list[tuple[ast.expr, ast.expr]]) -> set[str]:
    aliases: defaultdict[str, list[str]] = defaultdict(list)
    for target, value in pairs:
        aliases[_called(value)].append(_called(target))
    for node in nodes:
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                aliases[alias.name].append(alias.asname or alias.name)
    found: set[str] = set()
    waiting = list(_IMPORTERS)
    while waiting:
        name = waiting.pop()
        if name and name not in found:
            found.add(name)
            waiting.extend(aliases[name])
    return found


def _runners(node: ast.Import | ast.ImportFrom) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (f"{alias.asname or alias.name}.{_RUNNERS[alias.name]}" for alias in node.names if alias.name in _RUNNERS)
    elif node.module in _RUNNERS and not node.level:
        yield from (alias.asname or alias.name for alias in node.names if alias.name == _RUNNERS[node.module])


def _bound_once(nodes: list[ast.AST]) -> frozenset[str]:
    """Return the names that are bound once in the whole file."""
    bound: Counter[str] = Counter()
    for node in nodes:
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            bound[node.id] += 1
        elif isinstance(node, ast.arg):
            bound[node.arg] += 1
        elif isinstance(node, ast.alias):
            bound[node.asname or node.name] += 1
    return frozenset(name for name, times in bound.items() if times == 1)


def _texts(pairs: list[tuple[ast.expr, ast.expr]], single: frozenset[str]) -> Mapping[str, str]:
    """Return the names that always mean the same constant text, which may be made of such names."""
    told = [(target.id, value) for target, value in pairs if isinstance(target, ast.Name) and target.id in single]
    known: Mapping[str, str] = {}
    for _ in range(_ROUNDS):
        known = {name: text for name, value in told if (text := constant_text(value, known)) is not None}
    return known


def _loops(
    nodes: list[ast.AST], pairs: list[tuple[ast.expr, ast.expr]], single: frozenset[str], texts: Mapping[str, str]
) -> Mapping[str, tuple[str, ...]]:
    """Return the names that a loop binds to the constant texts of a list: one that stands there, or under a name of its own."""
    lists = {target.id: value for target, value in pairs if isinstance(target, ast.Name) and target.id in single}
    found: dict[str, tuple[str, ...]] = {}
    for node in nodes:
        if isinstance(node, ast.For | ast.AsyncFor | ast.comprehension) and isinstance(node.target, ast.Name) and node.target.id in single:
            over = lists.get(node.iter.id) if isinstance(node.iter, ast.Name) else node.iter
            parts = over.elts[:_TURNS] if isinstance(over, ast.List | ast.Tuple | ast.Set) else []
            found[node.target.id] = tuple(text for part in parts if (text := constant_text(part, texts)) is not None)
    return {name: told for name, told in found.items() if told}


def _called(func: ast.expr) -> str:
    """Return the last part of the name that is called: of an attribute, of `getattr(x, 'name')`, of `x['name']`."""
    if isinstance(func, ast.NamedExpr):
        func = func.value
    if isinstance(func, ast.Subscript):
        return constant_text(func.slice) or ""
    if isinstance(func, ast.Call) and dotted_name(func.func).rpartition(".")[2] == "getattr" and len(func.args) > 1:
        return constant_text(func.args[1]) or ""
    return dotted_name(func).rpartition(".")[2]


def _imported(node: ast.Call, args: list[ast.expr], names: _Names, *, guarded: bool) -> Import | None:
    given = {keyword.arg: keyword.value for keyword in node.keywords}
    first = args[0] if args else given.get("name") or given.get("mod_name")
    name = (constant_text(first, names.texts) or "").partition(":")[0]
    if not name.strip("."):
        return None
    module = name.lstrip(".")
    level = len(name) - len(module) or _level(args, given)
    package = constant_text(args[1] if len(args) > 1 else given.get("package"), names.texts)
    if level and package:
        parts = package.split(".")
        module, level = ".".join([*parts[: max(0, len(parts) - level + 1)], module]), 0
    return Import(module=module, line=node.lineno, level=level, guarded=guarded, dynamic=True)


def _level(args: list[ast.expr], given: dict[str | None, ast.expr]) -> int:
    told = args[4] if len(args) > 4 else given.get("level")
    value = told.value if isinstance(told, ast.Constant) else 0
    return value if isinstance(value, int) and 0 < value < 100 else 0
