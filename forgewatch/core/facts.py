"""What pure extractors say about one file. A fact depends on bytes and ruleset only, so it is cached by (blob, ruleset)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """One import of a Python file. `module` is absolute and dotted; `line` is 1-based.

    `level` > 0: a relative import, `module` as written after the dots. `names`: what `from module import a, b` names. It runs under
    minor versions `since` to `until` of Python 3 only, where tests of `sys.version_info` stand around it.
    """

    module: str
    line: int
    level: int = 0
    names: tuple[str, ...] = ()
    guarded: bool = False
    type_only: bool = False
    dynamic: bool = False
    since: int = 0
    until: int = 99


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFacts:
    """Imports of a source file, or the reason it does not parse (`line 3: invalid syntax`).

    `declared`: the distributions that a script names in itself, sorted.
    """

    imports: tuple[Import, ...] = ()
    defect: str | None = None
    declared: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerHit:
    """A forbidden pattern found in a file of a layer. `line` is 1-based."""

    layer: str
    pattern: str
    reason: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerFacts:
    """All hits of one file against the layers that govern it; `defect` when the bytes are no text (A405)."""

    hits: tuple[LayerHit, ...] = ()
    defect: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One HTTP handler. `path` is as written, without prefixes; None when it is not a constant. `method` MOUNT: another application.

    `takes` and `gives`: the names of the classes that its annotations name, as written.
    """

    method: str
    path: str | None
    line: int
    takes: tuple[str, ...] = ()
    gives: tuple[str, ...] = ()


OTHERS = "a framework that is not read makes some of them"
"""Why a file is `unread` whose framework makes routes of decorators, documents or objects of other files."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteFacts:
    """Routes of one file before prefixes of other files are known.

    `routers`: (variable, own prefix) of each router made here. `routes`: (variable it hangs on, route).
    `mounts`: (parent variable, mounted dotted name, prefix) of include_router, register_blueprint, mount, use.
    `imports`: (local name, module, original name) needed to follow a mount to its file; an empty module is this file (an alias).
    `blueprints`: the routers whose own prefix is replaced by the prefix of a mount instead of being added to it. A prefix that is not
    constant is `?` in `routers` and None in `mounts`. `weak`: the routers that are some only where a router leads to them. `made`: the
    aliases that stand for what a call gives, each for another router. `unread`: why nothing is known of a file that names a framework,
    empty for any other.
    """

    routers: tuple[tuple[str, str], ...] = ()
    routes: tuple[tuple[str, Route], ...] = ()
    mounts: tuple[tuple[str, str, str | None], ...] = ()
    imports: tuple[tuple[str, str, str], ...] = ()
    blueprints: tuple[str, ...] = ()
    weak: tuple[str, ...] = ()
    made: tuple[str, ...] = ()
    unread: str = ""
