"""The imports of a Python file, wherever they stand and however they are written (checks.md A9; A4, bare dotted names).

What is decided: `import` and `from` at any depth, and the calls with constant text that `dynamic_imports` names, the source that `exec` and
`eval` are given included. A name that only exists when the program runs cannot be decided here.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from forgewatch.core.constants import dotted_name
from forgewatch.core.defect import Defect
from forgewatch.core.dynamic_imports import dynamic_imports, may_import
from forgewatch.core.facts import Import, SourceFacts
from forgewatch.core.import_guards import Guards, fallbacks, guards_of, handler_of_missing, skipped_without, suppresses_missing
from forgewatch.core.inline_metadata import inline_dependencies
from forgewatch.core.limits import LIMITS
from forgewatch.core.python_source import decode_source, inner_statements, parse_source
from forgewatch.core.source_pieces import Spans
from forgewatch.core.type_guards import type_guards
from forgewatch.core.values import RepoPath
from forgewatch.core.version_branches import FIRST, LAST, Span, version_spans

_NESTED = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class _Marks:
    """What holds for all imports of one block. `in_function`: it runs when somebody calls, not when the file is loaded."""

    guarded: bool = False
    type_only: bool = False
    in_function: bool = False
    since: int = FIRST
    until: int = LAST

    def under(self, span: Span) -> _Marks:
        return replace(self, since=max(self.since, span[0]), until=min(self.until, span[1]))


def extract_imports(path: RepoPath, raw: bytes) -> SourceFacts:
    """Return every import of the file, in order of lines, or the defect that kept us from them (`line 3: invalid syntax`).

    Relative imports keep their level (`absolute_names` resolves them). Never raises, whatever the bytes.
    """
    if len(raw) > LIMITS.source_bytes:
        return SourceFacts(defect=f"expected at most {LIMITS.source_bytes} bytes, found {len(raw)}")
    text = decode_source(raw)
    if isinstance(text, Defect):
        return SourceFacts(defect=str(text))
    tree = parse_source(text)
    if isinstance(tree, Defect):
        return SourceFacts(defect=str(tree))
    return SourceFacts(imports=imports_of(tree, text), declared=tuple(sorted(inline_dependencies(text))))


def imports_of(tree: ast.Module, text: str, nested: int = _NESTED) -> tuple[Import, ...]:
    """Return every import of a parsed file, in order of lines. `text` is its source; code in constants is followed `nested` times."""
    guards = guards_of(tree, text)
    marked = list(_marked_statements(tree, guards))
    found = [entry for node, marks in marked for entry in _static(node, marks)]
    if nested and may_import(text):
        found.extend(_dynamic(tree, marked, nested))
    if "importorskip" in text:
        skips = skipped_without(tree, guards)
        found = [_skipped(entry, skips) for entry in found]
    return tuple(sorted(found, key=lambda entry: (entry.line, entry.dynamic)))


def _skipped(entry: Import, skips: Mapping[str, Spans]) -> Import:
    spans = skips.get(entry.module.partition(".")[0])
    return replace(entry, guarded=True) if spans is not None and spans.cover(entry.line) else entry


def absolute_names(path: RepoPath, entry: Import) -> tuple[str, ...]:
    """Return the dotted names an import makes reachable: the module, and the module with each imported name.

    A relative import is resolved with the folder of `path`, one folder per dot after the first; climbing out of the repository
    ends at its root.
    """
    module = entry.module
    if entry.level:
        folder = path.split("/")[:-1]
        package = folder[: max(0, len(folder) - entry.level + 1)]
        module = ".".join([*package, module] if module else package)
    below = tuple(f"{module}.{name}" if module else name for name in entry.names if name != "*")
    return (module, *below) if module else below


def _marked_statements(tree: ast.Module, guards: Guards) -> Iterator[tuple[ast.stmt, _Marks]]:
    """Yield every statement with what holds for it."""
    type_only = type_guards(tree)
    waiting: list[tuple[ast.AST, _Marks]] = [(node, _Marks()) for node in tree.body]
    while waiting:
        node, marks = waiting.pop()
        if isinstance(node, ast.stmt):
            yield node, marks
        waiting.extend(_inner(node, marks, guards, type_only))


def _inner(node: ast.AST, marks: _Marks, guards: Guards, type_only: frozenset[str]) -> Iterator[tuple[ast.AST, _Marks]]:
    marked: list[ast.stmt] = []
    inside = marks
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        # The guard around a definition is gone when the function is called.
        marks = replace(marks, guarded=False, in_function=True)
    elif isinstance(node, ast.Try | ast.TryStar) and (handler := handler_of_missing(node, guards, in_function=marks.in_function)):
        marked, inside = [*node.body, *fallbacks(node.body, handler)], replace(marks, guarded=True)
    elif isinstance(node, ast.With) and suppresses_missing(node, guards):
        marked, inside = node.body, replace(marks, guarded=True)
    elif isinstance(node, ast.If) and dotted_name(node.test) in type_only:
        marked, inside = node.body, replace(marks, type_only=True)
    elif isinstance(node, ast.If) and (spans := version_spans(node.test, guards.versions)):
        marked, inside, marks = node.body, marks.under(spans[0]), marks.under(spans[1])
    skip = {id(inner) for inner in marked}
    yield from ((inner, inside) for inner in marked)
    for inner in inner_statements(node):
        if isinstance(inner, ast.ExceptHandler):
            yield from ((below, marks) for below in inner.body if id(below) not in skip)
        elif id(inner) not in skip:
            yield inner, marks


def _static(node: ast.stmt, marks: _Marks) -> Iterator[Import]:
    plain = Import(module="", line=0, guarded=marks.guarded, type_only=marks.type_only, since=marks.since, until=marks.until)
    if isinstance(node, ast.Import):
        yield from (replace(plain, module=alias.name, line=node.lineno) for alias in node.names)
    if isinstance(node, ast.ImportFrom):
        names = tuple(alias.name for alias in node.names)
        yield replace(plain, module=node.module or "", line=node.lineno, level=node.level or 0, names=names)


def _dynamic(tree: ast.Module, marked: list[tuple[ast.stmt, _Marks]], nested: int) -> Iterator[Import]:
    guarded = frozenset(id(inner) for node, marks in marked if marks.guarded for inner in ast.walk(node))
    for found in dynamic_imports(tree, guarded):
        if isinstance(found, Import):
            yield found
            continue
        code, line, inside = found
        inner = parse_source(code)
        if not isinstance(inner, Defect):
            entries = imports_of(inner, code, nested - 1)
            yield from (replace(entry, line=line, dynamic=True, guarded=entry.guarded or inside) for entry in entries)
