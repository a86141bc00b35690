"""The house rules (architecture.md, House rules; style.md), asserted over the whole package."""

from __future__ import annotations

import ast
import io
import re
import statistics
import subprocess
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

# The package is read here and not run: there is nothing to count.
pytestmark = pytest.mark.no_cover

TOP = Path(__file__).resolve().parents[1]
PACKAGE = sorted(path for path in (TOP / "forgewatch").rglob("*.py"))
TESTS = sorted(path for path in (TOP / "tests").rglob("*.py"))
BROAD = ("forgewatch/app/daemon.py", "forgewatch/app/engine.py")
DISPATCHER = "forgewatch/cli/commands.py"
LOADER = "forgewatch/wiring/languages.py"
"""Loads the grammars of an extra when a file first needs them."""
PURE = {"os", "io", "subprocess", "time", "logging", "structlog", "watchdog", "git", "filelock", "socket", "random"}
Function = ast.FunctionDef | ast.AsyncFunctionDef
NESTING = (ast.If, ast.For, ast.While, ast.Try, ast.Match, ast.AsyncFor)


def name_of(path: Path) -> str:
    return str(path.relative_to(TOP))


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"), name_of(path))


def functions(tree: ast.AST) -> Iterator[Function]:
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def length(function: Function) -> int:
    """Lines of a function without its docstring and decorators."""
    lines = (function.end_lineno or function.lineno) - function.lineno + 1
    first = function.body[0]
    documented = ast.get_docstring(function, clean=False) is not None
    return lines - ((first.end_lineno or first.lineno) - first.lineno + 1 if documented else 0)


def nesting(node: ast.AST) -> int:
    """How deep blocks stand below each other; `elif` is no deeper than its `if`, a nested function begins again."""
    deepest = 0
    for child in ast.iter_child_nodes(node):
        if isinstance(child, Function | ast.Lambda | ast.ClassDef):
            continue
        is_elif = isinstance(node, ast.If) and isinstance(child, ast.If) and node.orelse == [child]
        deepest = max(deepest, nesting(child) + (1 if isinstance(child, NESTING) and not is_elif else 0))
    return deepest


def is_broad(handler: ast.ExceptHandler) -> bool:
    caught = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(kind is None or (isinstance(kind, ast.Name) and kind.id in ("Exception", "BaseException")) for kind in caught)


def code_lines(path: Path) -> int:
    """Lines that hold code: not blank, not comment only, not docstring only."""
    text = path.read_text("utf-8")
    skip = (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENCODING, tokenize.ENDMARKER)
    docstrings = {
        line
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    }
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in skip:
            lines.update(range(token.start[0], token.end[0] + 1))
    return len(lines - docstrings)


def test_a_module_is_at_most_300_lines() -> None:
    lengths = {name_of(path): len(path.read_text("utf-8").splitlines()) for path in PACKAGE}
    assert {name: lines for name, lines in lengths.items() if lines > 300} == {}


def test_functions_are_at_most_40_lines_without_their_docstring() -> None:
    assert [(name_of(path), f.name, length(f)) for path in PACKAGE for f in functions(tree_of(path)) if length(f) > 40] == []


def test_functions_are_flat() -> None:
    assert [(name_of(path), f.name, nesting(f)) for path in PACKAGE for f in functions(tree_of(path)) if nesting(f) > 3] == []


def test_the_median_function_is_short() -> None:
    lengths = sorted(length(function) for path in PACKAGE for function in functions(tree_of(path)))
    assert statistics.median(lengths) <= 9


def test_exactly_two_handlers_are_broad_and_they_are_in_the_engine_and_the_daemon() -> None:
    found = [
        name_of(path) for path in PACKAGE for node in ast.walk(tree_of(path)) if isinstance(node, ast.ExceptHandler) and is_broad(node)
    ]
    assert tuple(found) == BROAD


def test_only_the_dispatcher_and_the_loader_of_grammars_import_by_name_and_nobody_imports_inside_a_function() -> None:
    inside, by_name = [], []
    for path in PACKAGE:
        tree = tree_of(path)
        inside += [
            (name_of(path), f.name) for f in functions(tree) for node in ast.walk(f) if isinstance(node, ast.Import | ast.ImportFrom)
        ]
        names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        by_name += [name_of(path)] if names & {"import_module", "__import__"} else []
    assert inside == []
    assert by_name == [DISPATCHER, LOADER]


def test_core_and_checks_import_nothing_that_touches_the_world() -> None:
    wrong = []
    for path in (path for path in PACKAGE if path.parent.name in ("core", "checks")):
        for node in ast.walk(tree_of(path)):
            modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            modules += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            wrong += [(name_of(path), module) for module in modules if module.split(".")[0] in PURE]
    assert wrong == []


def test_everything_public_says_what_it_guarantees() -> None:
    assert [(name_of(path), name) for path in PACKAGE for name in undocumented(tree_of(path))] == []


def undocumented(tree: ast.Module) -> Iterator[str]:
    """Yield the public names of a module that have no docstring."""
    if not ast.get_docstring(tree):
        yield "the module"
    public = [node for node in tree.body if isinstance(node, Function | ast.ClassDef) and node.name[0] != "_"]
    methods = [node for owner in public for node in owner.body if isinstance(owner, ast.ClassDef) and isinstance(node, Function)]
    yield from (node.name for node in (*public, *methods) if node.name[0] != "_" and not ast.get_docstring(node))


def test_every_module_has_its_annotations_postponed() -> None:
    annotated = (Function, ast.ClassDef, ast.AnnAssign)
    needing = [path for path in PACKAGE if any(isinstance(node, annotated) for node in tree_of(path).body)]
    assert [name_of(path) for path in needing if "from __future__ import annotations" not in path.read_text("utf-8")] == []


def test_values_are_frozen_and_have_slots() -> None:
    loose = []
    for path in (path for path in PACKAGE if path.parent.name == "core"):
        for node in ast.walk(tree_of(path)):
            for decorator in node.decorator_list if isinstance(node, ast.ClassDef) and node.name[0] != "_" else ():
                text = ast.unparse(decorator)
                if text.startswith("dataclass") and not ("frozen=True" in text and "slots=True" in text):
                    loose.append((name_of(path), node.name))  # type: ignore[union-attr]
    assert loose == []


def test_no_test_mocks_or_sleeps() -> None:
    wrong = []
    # A benchmark may sleep, and a stand-in may be slow; a test waits for a fact.
    for path in (path for path in TESTS if path.stem.startswith(("test_", "conftest"))):
        for node in ast.walk(tree_of(path)):
            modules = (
                [alias.name for alias in node.names]
                if isinstance(node, ast.Import)
                else [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else []
            )
            if any(module.startswith(("unittest.mock", "mock", "pytest_mock")) for module in modules):
                wrong.append((name_of(path), node.lineno, "mock"))  # type: ignore[attr-defined]
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("time.sleep", "sleep", "asyncio.sleep"):
                wrong.append((name_of(path), node.lineno, "sleep"))
    assert wrong == []


def test_names_of_modules_say_what_is_inside() -> None:
    vague = {"utils", "util", "helpers", "helper", "manager", "handler", "common", "misc", "base", "data", "info"}
    assert [name_of(path) for path in PACKAGE if path.stem in vague] == []


def test_the_tree_names_no_machine_and_no_package_host() -> None:
    # Assembled, so that this file does not contain what it looks for.
    forbidden = re.compile(
        "|".join(
            (
                "/wo" + "rk/",
                "/tm" + "p/v",
                "pypi" + r"\.org",
                "/opt/" + "py" + "pi",
                "files.python" + "hosted",
                "registry" + r"\.npmjs",
                "proxy.go" + "lang",
            )
        )
    )
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=TOP, capture_output=True, check=False).stdout
    paths = [TOP / name.decode() for name in listed.split(b"\0") if name] or [*PACKAGE, *TESTS]
    wrong = []
    for path in paths:
        if path.is_file() and not path.is_symlink():
            text = path.read_text("utf-8", "replace")
            wrong += [(name_of(path), found.group()) for found in forbidden.finditer(text)]
    assert wrong == []


def test_comments_and_strings_leave_nothing_undone() -> None:
    undone = re.compile("#.*\\b(TO" + "DO|FIX" + "ME|XXX|HACK)\\b")
    assert [name_of(path) for path in PACKAGE if undone.search(path.read_text("utf-8"))] == []


REACHED = 1.32
"""Lines of test code per line of code, as it was last: may only rise, until it is the 1.5 to 2.5 that the house rules ask for."""


def test_test_code_does_not_fall_behind_the_code() -> None:
    ratio = sum(map(code_lines, TESTS)) / sum(map(code_lines, PACKAGE))
    assert REACHED <= ratio <= 2.5
