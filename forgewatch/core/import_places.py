"""Where the imports of changed Python files lead, told by their names alone (checks.md A9)."""

from __future__ import annotations

from collections.abc import Mapping

from forgewatch.core.facts import Import, SourceFacts
from forgewatch.core.python_imports import absolute_names
from forgewatch.core.values import RepoPath, Unreadable

_NEVER_JUDGED = frozenset({"__pycache__", "node_modules"})
"""Folders that tools fill unasked and A1 leaves out by default, whose names an import can spell."""


def unjudged_place(path: RepoPath, item: Import) -> str | None:
    """Return the name with which an import of `path` leads into a folder that no audit looks into, None when it does not."""
    return next((name for name in absolute_names(path, item) if not _NEVER_JUDGED.isdisjoint(name.split("."))), None)


def is_imported(path: RepoPath, sources: Mapping[RepoPath, SourceFacts | Unreadable]) -> bool:
    """True when another of the files `sources` imports the module that `path` is."""
    dotted = path.removesuffix(".py").replace("/", ".")
    names = {dotted, dotted.rpartition(".")[2]}
    others = ((other, facts) for other, facts in sources.items() if other != path and isinstance(facts, SourceFacts))
    return any(not names.isdisjoint(absolute_names(other, item)) for other, facts in others for item in facts.imports)
