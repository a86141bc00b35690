"""The names of dependencies in manifests of any stack, and the names that a directive approves (contract §7.1)."""

from __future__ import annotations

import re
from collections.abc import Mapping

from forgewatch.core.added_lines import text_of
from forgewatch.core.distributions import normalised
from forgewatch.core.manifests import declared, is_python_manifest
from forgewatch.core.strict_json import parse_json
from forgewatch.core.values import RepoPath

_NODE_TABLES = ("dependencies", "devDependencies", "peerDependencies", "optionalDependencies")
_GO_REQUIRED = re.compile(r"\s*(?:require\s+)?(?P<module>[\w.~-]+\.[\w.~-]+/[\w./~-]+)\s+v\d\S*\s*\Z")
_TOKEN = re.compile(r"@?[A-Za-z0-9][\w./@-]*")
_REFUSED = re.compile(
    r"\b(?:do not|don't|must not|may not|never|avoid|without|forbidden|instead of|rather than|alternatives?)\b", re.IGNORECASE
)


def is_manifest(path: RepoPath) -> bool:
    """True for a manifest whose dependencies are read here."""
    return is_python_manifest(path) or path.rpartition("/")[2] in ("package.json", "go.mod")


def dependency_names(path: RepoPath, raw: bytes) -> frozenset[str]:
    """Return what a manifest declares, build requirements left out; names of Python by PEP 503. What cannot be read declares nothing."""
    name = path.rpartition("/")[2]
    if name == "package.json":
        return _of_node(raw)
    if name == "go.mod":
        # What is only needed by others is marked, and the line does not end behind its version.
        return frozenset(found.group("module") for line in text_of(raw).splitlines() if (found := _GO_REQUIRED.match(line)))
    return frozenset(entry.name for entry in declared(path, raw).declared)


def line_of(name: str, raw: bytes) -> int | None:
    """Return the first line from 1 of a manifest that names a dependency, None when none does in so many words."""
    lines = enumerate(text_of(raw).splitlines(), 1)
    return next((number for number, line in lines if name in _tokens(line)), None)


def approved_names(directive: bytes) -> frozenset[str]:
    """Return every name a directive mentions, except behind words that refuse it on the same line. Wide, for prose approves, too."""
    found: set[str] = set()
    for line in text_of(directive).splitlines():
        refused = _REFUSED.search(line)
        found.update(_tokens(line[: refused.start()] if refused else line))
    return frozenset(found)


def _of_node(raw: bytes) -> frozenset[str]:
    document = parse_json(raw)
    tables = [document.get(key) for key in _NODE_TABLES] if isinstance(document, Mapping) else []
    return frozenset(str(name) for table in tables if isinstance(table, Mapping) for name in table)


def _tokens(line: str) -> set[str]:
    words = {word.rstrip("./-_@") for word in _TOKEN.findall(line)}
    # A scoped package or a module path is a name as a whole; of `uvicorn/httptools` both are.
    parts = {part for word in words for part in word.split("/")}
    return {*words, *parts, *(normalised(word) for word in (*words, *parts))}
