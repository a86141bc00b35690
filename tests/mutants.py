"""What the last `make mutants` found, as Markdown: one row per module, then what each surviving mutant changes.

`python -m tests.mutants` prints all of it, `python -m tests.mutants core.stop checks.a1_scope` these modules only.

`python -m tests.mutants --bare` is for a scratch clone: it rewrites the package there so that the bodies of properties and cached
functions are mutated too. The tool leaves out what has a decorator.
"""

from __future__ import annotations

import ast
import difflib
import json
import re
import sys
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

TOP = Path(__file__).resolve().parents[1]
FOLDER = TOP / "mutants"
KILLED = (1, 3)
"""Exit codes of a test run that a mutant did not survive: a test failed, or pytest itself broke over it."""
SURVIVED = (0,)
UNTESTED = (5, 33)
"""No test of the selection runs the function."""
MISTYPED = (37,)
"""The type checker refuses it."""


def kind_of(code: int | None) -> str:
    """Return the column that an exit code belongs to."""
    if code is None:
        return "not run"
    if code in UNTESTED:
        return "no test"
    if code in MISTYPED:
        return "mistyped"
    # What is left is the signal of a limit of time or memory.
    return "killed" if code in KILLED else "survived" if code in SURVIVED else "timeout"


COLUMNS = ("mistyped", "killed", "timeout", "survived", "no test", "not run")


def results(folder: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield (module, mutant -> kind) for every module that was mutated."""
    for path in sorted(folder.glob("forgewatch/*/*.py.meta")):
        codes = json.loads(path.read_text("utf-8"))["exit_code_by_key"]
        if codes:
            yield f"{path.parent.name}.{path.name.removesuffix('.py.meta')}", {name: kind_of(code) for name, code in codes.items()}


def row(name: str, counts: Counter[str]) -> str:
    """Return a row of the table."""
    return f"| {name} | {counts.total()} | " + " | ".join(str(counts[column]) for column in COLUMNS) + " |"


@cache
def functions_of(path: Path) -> dict[str, str]:
    """Return the text of every function of a mutated module; the tool keeps the original and all mutants side by side."""
    text = path.read_text("utf-8")
    lines = text.splitlines()
    return {
        node.name: "\n".join(lines[node.lineno - 1 : node.end_lineno]).replace(node.name, "", 1)
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef)
    }


def change_of(folder: Path, module: str, mutant: str) -> str:
    """Return the lines that a mutant takes away and puts in, without what surrounds them."""
    functions = functions_of(folder / "forgewatch" / f"{module.replace('.', '/')}.py")
    name = mutant.rpartition(".")[2]
    before, after = functions[f"{name.partition('__mutmut_')[0]}__mutmut_orig"], functions[name]
    lines = list(difflib.unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm=""))[2:]
    return "\n".join(f"{line[0]} {line[1:].strip()}" for line in lines if line[0] in "+-")


def report(folder: Path, wanted: tuple[str, ...]) -> Iterator[str]:
    """Yield the lines of the report over the modules that are wanted, over all that were run where none is named."""
    found = [(module, kinds) for module, kinds in results(folder) if module in wanted or not (wanted or {*kinds.values()} <= {"not run"})]
    yield "| module | mutants | " + " | ".join(COLUMNS) + " |"
    yield "|---|" + "---|" * (len(COLUMNS) + 1)
    yield from (row(module, Counter(kinds.values())) for module, kinds in found)
    yield row("all", sum((Counter(kinds.values()) for _, kinds in found), Counter()))
    for module, kinds in found:
        for mutant, kind in kinds.items():
            if kind in ("survived", "no test"):
                yield f"\n{module} {mutant.rpartition('.')[2]} ({kind})\n{change_of(folder, module, mutant)}"


WRAPPED = re.compile(r"(property|cached_property|cache|lru_cache\(.*\))")


def bare(text: str) -> str:
    """Return the module with every wrapped function `f` as a plain `f__of` and `f = wrapper(f__of)` below it. A Protocol stays as it is."""
    tree = ast.parse(text)
    protocols = [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef) and "Protocol" in map(ast.unparse, node.bases)]
    declared = {member for protocol in protocols for member in protocol.body}
    lines = text.splitlines()
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node not in declared]
    for node in sorted(functions, key=lambda node: -node.lineno):
        wrapper = ast.unparse(node.decorator_list[0]) if len(node.decorator_list) == 1 else ""
        if WRAPPED.fullmatch(wrapper):
            lines.insert(node.end_lineno or 0, f"{' ' * node.col_offset}{node.name} = {wrapper}({node.name}__of)")
            lines[node.lineno - 1] = lines[node.lineno - 1].replace(f"def {node.name}(", f"def {node.name}__of(", 1)
            del lines[node.decorator_list[0].lineno - 1]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    if sys.argv[1:] == ["--bare"]:
        for path in (*TOP.glob("forgewatch/core/*.py"), *TOP.glob("forgewatch/checks/*.py")):
            path.write_text(bare(path.read_text("utf-8")), "utf-8")
    else:
        print(*report(FOLDER, tuple(sys.argv[1:])), sep="\n")
