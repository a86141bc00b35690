"""Where one import of a TypeScript or JavaScript file comes from (checks.md A9)."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from forgewatch.core.node_modules import BROUGHT, HOSTS, TYPES_ALONE, is_builtin, package_of, types_of
from forgewatch.core.package_json import PackageJson
from forgewatch.core.snapshot import PathTable
from forgewatch.core.tsconfig import Alias, inside
from forgewatch.core.values import RepoPath

_SUFFIXES = ("", ".ts", ".tsx", ".d.ts", ".js", ".jsx", ".mts", ".cts", ".mjs", ".cjs", ".json", ".vue", ".svelte")
_WRITTEN = {".js": (".ts", ".tsx"), ".jsx": (".tsx",), ".mjs": (".mts",), ".cjs": (".cts",)}
_INDEX = ("index.ts", "index.tsx", "index.js", "index.jsx", "index.d.ts", "index.mjs", "index.vue", "package.json")
_NO_PACKAGE = ("@/", "~", "#", "$", "%", "^", "/")


class Known(StrEnum):
    """What explains an import. BUNDLER: only the configuration of a bundler could. NOBODY: it needs an entry that is not there."""

    OURS = "the runtime or the repository"
    DECLARED = "declared"
    DEVELOPMENT = "declared for development only"
    BUNDLER = "a bundler"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class ScriptOrigin:
    """`wanted` is the package that would have to be declared, or the alias."""

    known: Known
    wanted: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptSurroundings:
    """What is the same for all imports of one file. `packages` are the manifests above it, nearest first, up to the workspace root.

    `siblings`: names of the packages of the workspace. `bases`: folders that bare names may be looked up in. `bundled`: a bundler is
    configured above the file. `for_development`: what is declared for that satisfies it.
    """

    path: RepoPath
    paths: PathTable
    packages: tuple[PackageJson, ...] = ()
    siblings: frozenset[str] = frozenset()
    aliases: tuple[Alias, ...] = ()
    bases: tuple[str, ...] = ()
    bundled: bool = False
    for_development: bool = False


def script_origin(specifier: str, around: ScriptSurroundings, *, types: bool) -> ScriptOrigin:
    """Return where `specifier` comes from. `types`: only the type checker follows the import. Relative paths are never asked for here
    to exist: a missing file is no matter of dependencies.
    """
    if specifier.startswith((".", "/")) or not specifier or is_builtin(specifier):
        return ScriptOrigin(Known.OURS)
    if any(_leads_inside(alias, specifier, around) for alias in around.aliases):
        return ScriptOrigin(Known.OURS)
    if specifier.startswith("#"):
        return _private_name(specifier, around)
    name = package_of(specifier)
    if name is None:
        return ScriptOrigin(Known.BUNDLER if around.bundled else Known.NOBODY, specifier)
    known = _declared(name, around, types=types)
    if known is Known.NOBODY and any(is_there(posixpath.join(base, specifier), around.paths) for base in around.bases):
        return ScriptOrigin(Known.OURS)
    return ScriptOrigin(known, name)


def _declared(name: str, around: ScriptSurroundings, *, types: bool) -> Known:
    runtime = {entry for package in around.packages for entry in package.runtime}
    development = {entry for package in around.packages for entry in package.development}
    if name in runtime:
        return Known.DECLARED
    if name in around.siblings:
        return Known.OURS
    if name in BROUGHT and BROUGHT[name] in runtime:
        return Known.DECLARED
    told = {name, types_of(name)} if types or name in TYPES_ALONE else {name}
    if told & runtime or (told & development and (types or around.for_development or name in HOSTS | TYPES_ALONE)):
        return Known.DECLARED
    return Known.DEVELOPMENT if name in development else Known.NOBODY


def _private_name(specifier: str, around: ScriptSurroundings) -> ScriptOrigin:
    """Judge `#name` by the `imports` of the nearest manifest that has any: each target is a file of the package, or a package."""
    nearest = next((package.imports for package in around.packages if package.imports), ())
    found = [target for pattern, targets in nearest if starred(pattern, specifier) is not None for target in targets]
    if not found:
        return ScriptOrigin(Known.BUNDLER if around.bundled else Known.NOBODY, specifier)
    for target in found:
        name = None if is_builtin(target) else package_of(target)
        known = Known.OURS if name is None else _declared(name, around, types=False)
        if known in (Known.NOBODY, Known.DEVELOPMENT):
            return ScriptOrigin(known, name or target)
    return ScriptOrigin(Known.OURS)


def starred(pattern: str, name: str) -> str | None:
    """Return what the `*` of the pattern stands for in `name`, None where it does not match."""
    before, star, after = pattern.partition("*")
    if not star:
        return "" if name == pattern else None
    fits = name.startswith(before) and name.endswith(after) and len(name) >= len(before) + len(after)
    return name[len(before) : len(name) - len(after)] if fits else None


def _leads_inside(alias: Alias, specifier: str, around: ScriptSurroundings) -> bool:
    """True where an alias explains a name. A name that could be a package's needs a file that is there: an alias hides no dependency."""
    part = starred(alias.pattern, specifier)
    if part is None:
        return False
    places = [inside("", target.replace("*", part)) for target in alias.targets]
    ours = [place for place in places if place is not None and "node_modules" not in place.split("/")]
    return bool(ours) and (alias.pattern.startswith(_NO_PACKAGE) or any(is_there(place, around.paths) for place in ours))


def is_there(place: str, paths: PathTable) -> bool:
    """True where an import of `place` finds a file of the repository."""
    return any(RepoPath(name) in paths for name in file_names(posixpath.normpath(place)))


def file_names(place: str) -> Iterator[str]:
    """Yield the paths of files that an import of `place` may mean, in the order in which they are looked for."""
    yield from (place + suffix for suffix in _SUFFIXES)
    stem, dot = posixpath.splitext(place)
    yield from (stem + suffix for suffix in _WRITTEN.get(dot, ()))
    yield from (f"{place}/{name}" for name in _INDEX)
