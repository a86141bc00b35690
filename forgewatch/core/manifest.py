"""What one dependency manifest says, as values (checks.md A9, Declared)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from forgewatch.core.defect import Defect
from forgewatch.core.distributions import normalised
from forgewatch.core.values import RepoPath

_WORDS = re.compile(r"[^a-z0-9]+")
_DEVELOPMENT = frozenset(
    {"dev", "devel", "develop", "development", "test", "tests", "testing", "lint", "linting", "linters", "doc", "docs", "ci", "qa"}
    | {"typing", "types", "typecheck", "mypy", "style", "format", "quality", "coverage", "bench", "benchmark", "benchmarks", "debug"}
)

_TOOLS = _DEVELOPMENT - {"types", "style", "format", "quality", "bench", "benchmark", "benchmarks", "debug"}


class Group(StrEnum):
    """For what a distribution is declared. OPTIONAL is an extra of the product; DEVELOPMENT satisfies tests, documentation and scripts."""

    RUNTIME = "runtime"
    OPTIONAL = "optional"
    DEVELOPMENT = "development"


@dataclass(frozen=True, slots=True)
class Declared:
    """A distribution, its name by PEP 503, and the group it is declared in."""

    name: str
    group: Group


@dataclass(frozen=True, slots=True)
class Include:
    """Another manifest that this one takes in (`-r`, `file:`), or only constrains itself by (`-c`). `line` is 1-based or None."""

    path: RepoPath
    group: Group
    constrains: bool = False
    line: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """One manifest, read. `declares` is False for a file that has no place for dependencies (a pyproject.toml with tool settings only).

    `build` are build requirements, by PEP 503: they satisfy build scripts and nothing else. `pythons` are version specifiers of Python.
    `roots` are folders of the repository that the manifest puts on the import path, `shipped` those of them whose packages are installed.
    `defects` are lines or files that cannot be understood. `name` is that of the project, by PEP 503, or empty.
    """

    path: RepoPath
    name: str = ""
    declares: bool = True
    declared: tuple[Declared, ...] = ()
    includes: tuple[Include, ...] = ()
    build: tuple[str, ...] = ()
    pythons: tuple[str, ...] = ()
    roots: tuple[str, ...] = ()
    shipped: tuple[str, ...] = ()
    defects: tuple[Defect, ...] = ()


def group_of(label: str) -> Group:
    """Return the group that the name of a file or an extra tells: `requirements-dev.txt`, `test`, `docs` are for development."""
    return Group.DEVELOPMENT if _DEVELOPMENT & set(_WORDS.split(label.lower())) else Group.OPTIONAL


def extra_group(label: str) -> Group:
    """Return the group of an extra by its name. Extras are for those who use the product: `format`, `debug` or `types` are features."""
    return Group.DEVELOPMENT if _TOOLS & set(_WORDS.split(label.lower())) else Group.OPTIONAL


def declare(names: Iterable[str], group: Group) -> tuple[Declared, ...]:
    """Return the names, normalised, as declared in `group`."""
    return tuple(Declared(normalised(name), group) for name in names)


def beside(path: str, target: str) -> RepoPath | None:
    """Return `target` as seen from the folder of `path`, as a path of the repository; None when it is outside of it or a URL."""
    if target.startswith(("/", "~")) or "$" in target or "\\" in target or ":" in target:
        return None
    parts = path.split("/")[:-1]
    for part in target.split("/"):
        if part == ".." and not parts:
            return None
        if part == "..":
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return RepoPath("/".join(parts))
