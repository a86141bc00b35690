"""Does a change of source add behaviour that a test could be about (contract §9.1)? Told by syntax, never by running anything.

Comments, docstrings, layout, imports, literal settings at the top of a module, and code that only moved or went away add none.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterable, Iterator

from forgewatch.core.added_lines import text_of
from forgewatch.core.defect import Defect
from forgewatch.core.development_paths import is_build_script, is_for_development
from forgewatch.core.paths_of_tests import is_test
from forgewatch.core.python_source import decode_source, parse_source
from forgewatch.core.snapshot import PathTable
from forgewatch.core.source_kinds import language_of
from forgewatch.core.values import RepoPath
from forgewatch.core.versions import Version

_SETTINGS = re.compile(r"(?:.*\.config\.\w+|\..*|.*\.d\.[cm]?ts|.*\.ipynb|.*\.h)\Z", re.DOTALL)
_NO_CODE = re.compile(r"\s*(?:\Z|//|/?\*|#(?!\[)|import\b|from\b|package\b|use\b|export\s+(?:\*|\{[^}]*\})\s+from\b|[\])}{;,(\s]*\Z)")
_OWN_TESTS = re.compile(rb"#\[(?:\w+::)?test\]|#\[cfg\(test\)\]")

PARSED_BYTES = 128 * 1024
"""So much Python, both versions together, is compared by syntax; of more the lines are compared, for an audit has to stay fast."""

Items = Counter[tuple[str, str]]


def is_product(path: RepoPath, paths: PathTable, test_dir: str | None = None) -> bool:
    """True for source of the product itself: no test, no documentation, script, build program or setting beside it."""
    if is_test(path, test_dir) or is_for_development(path, paths) or is_build_script(path, paths):
        return False
    if path.endswith(".py"):
        return True
    return language_of(path) is not None and _SETTINGS.match(path.rpartition("/")[2]) is None


def adding_behaviour(changed: Iterable[Version]) -> tuple[RepoPath, ...]:
    """Return the paths whose version now holds code that no changed file held at HEAD.

    Lines are compared first. Only Python files with new lines are parsed, and of very large changes none: their lines are the answer.
    """
    files = tuple(changed)
    kept = Counter(line.strip() for version in files for line in _lines(version.before))
    fresh = [version for version in files if _has_new_line(version, kept)]
    python = [version for version in fresh if version.path.endswith(".py")]
    if sum(len(version.before or b"") + len(version.after or b"") for version in python) > PARSED_BYTES:
        return tuple(version.path for version in fresh)
    known = sum((_items(version.before) for version in python if version.before is not None), Counter[tuple[str, str]]())
    same = {version.path for version in python if version.after is not None and not _items(version.after) - known}
    return tuple(version.path for version in fresh if version.path not in same)


def says_something(version: Version) -> bool:
    """True when a file has a new line that is code: a test was added or updated, and not only reworded."""
    return _has_new_line(version, Counter(line.strip() for line in _lines(version.before)))


def holds_own_tests(version: Version) -> bool:
    """True for a source file that holds its own tests, as Rust has them."""
    return version.path.endswith(".rs") and version.after is not None and _OWN_TESTS.search(version.after) is not None


def _lines(raw: bytes | None) -> list[str]:
    return text_of(raw).splitlines() if raw is not None else []


def _has_new_line(version: Version, kept: Counter[str]) -> bool:
    """True when a line that is code stands more often in the file than in what was kept of HEAD."""
    now = Counter(line.strip() for line in _lines(version.after) if _NO_CODE.match(line) is None)
    return any(count > kept[line] for line, count in now.items())


def _items(raw: bytes) -> Items:
    """Return the parts of a module that do something, each by its syntax; what does not parse is one part."""
    text = decode_source(raw)
    tree = parse_source(text) if isinstance(text, str) else text
    if isinstance(tree, Defect):
        return Counter([("", repr(raw))])
    return Counter(_parts("", tree.body))


def _parts(owner: str, body: list[ast.stmt]) -> Iterator[tuple[str, str]]:
    for node in body:
        match node:
            case ast.Import() | ast.ImportFrom() | ast.Pass() | ast.Expr(value=ast.Constant()):
                continue
            case ast.ClassDef():
                yield from _parts(f"{owner}.{node.name}", node.body)
            case ast.Assign(value=value) | ast.AnnAssign(value=value) if value is None or _is_literal(value):
                continue
            case _:
                yield owner, _dump(node)


def _is_literal(value: ast.expr) -> bool:
    return all(isinstance(node, _LITERAL) for node in ast.walk(value))


_LITERAL = (ast.Constant, ast.Tuple, ast.List, ast.Dict, ast.Set, ast.UnaryOp, ast.USub, ast.Load)


def _dump(node: ast.stmt) -> str:
    """Return the syntax of a statement without its docstrings."""
    for inner in ast.walk(node):
        if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and ast.get_docstring(inner, clean=False) is not None:
            inner.body = inner.body[1:]
    return ast.dump(node)
