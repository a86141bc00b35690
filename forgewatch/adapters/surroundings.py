"""What a step sees beside the copy: folders that git ignores and the project needs, interpreters and tools, what the operator lists."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from forgewatch.adapters.files import folder_of
from forgewatch.adapters.toolchains import (
    LITERAL_PATH,
    SYSTEM,
    TOOLS,
    Ground,
    Toolchain,
    identity,
    interpreter_of,
    is_below,
    module_cache,
    tool_of,
)
from forgewatch.core.settings import BenchSettings

DEFAULT = (".venv", "venv", "env", "node_modules", "vendor")
NESTED = (".venv", "venv", "node_modules")
FARM = "node_modules"
"""Tools write caches into this folder, so a step gets one of its own, with a link to each package."""

_FOLDERS = 1000
_PACKAGES = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """`inside` are paths below the repository's root that are shown read-only, `farms` those of node_modules, `links` symlinks there that
    the operator allows (path, text). `outside` are absolute paths that are shown, `aliases` absolute symlinks (path, target), `writable`
    what may be changed. `path` goes before the literal PATH, `variables` into the environment. `notes` are for the record. `identities`
    says which one was looked at, of what a builder could swap (a path below the root, or an absolute one)."""

    inside: tuple[str, ...] = ()
    farms: tuple[str, ...] = ()
    links: tuple[tuple[str, str], ...] = ()
    outside: tuple[str, ...] = ()
    aliases: tuple[tuple[str, str], ...] = ()
    writable: tuple[str, ...] = ()
    path: tuple[str, ...] = ()
    variables: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    identities: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """`root` is the repository (real, absolute), `copy` the copy of it, `kept` what no step may see: state folder, configuration. `home` is
    the home of who asks, seen only where the operator lists it."""

    root: str
    copy: str
    kept: tuple[str, ...] = ()
    home: str = ""


def look_around(place: Place, settings: BenchSettings, environ: Mapping[str, str]) -> Surroundings:
    """Return what is shown. Only looks: nothing is made, and nothing of the builder's is run."""
    listed = tuple(path for path in settings.visible if os.path.isabs(path))
    inside: dict[str, str] = {}
    links: list[tuple[str, str]] = []
    away: list[str] = []
    missing = [path for path in (*listed, *settings.writable) if not os.path.exists(path)]
    wanted = [path for path in settings.visible if not os.path.isabs(path)]
    for path in dict.fromkeys((*wanted, *_candidates(place.root))):
        kind, which = _kind_of(place, path)
        target = os.path.realpath(f"{place.root}/{path}") if kind == "symlink" else ""
        if kind in ("folder", "file"):
            inside[path] = which
        elif target and is_below(target, listed):
            links.append((path, target))
        elif target or _leads_away(place, path, listed):
            away.append(path)
        elif path in wanted and kind != "copied":
            missing.append(path)
    environments = [*(f"{place.root}/{path}" for path in inside), *(target for _, target in links), *listed]
    ground = Ground([place.root, *place.kept], environ)
    tools = _toolchains(environments, environ, place.root, ground)
    told = [tool for tool in tools if isinstance(tool, str)]
    chains = [tool for tool in tools if isinstance(tool, Toolchain)]
    cache = module_cache(environ) if _has_go(place.copy) else ""
    outside = [*listed, *(folder for chain in chains for folder in chain.folders), *([cache] if cache else [])]
    mounted = _outermost(path for path in outside if os.path.exists(path))
    return Surroundings(
        inside=tuple(path for path in inside if os.path.basename(path) != FARM),
        farms=tuple(path for path in inside if os.path.basename(path) == FARM),
        links=tuple(links),
        outside=mounted,
        aliases=tuple(dict.fromkeys(link for chain in chains for link in chain.links)),
        writable=tuple(path for path in settings.writable if os.path.exists(path)),
        path=tuple(dict.fromkeys((*_scripts(place.root, [*inside, *dict(links)]), *(each for chain in chains for each in chain.path)))),
        variables=(("GOMODCACHE", cache),) if cache else (),
        notes=_notes([*inside, *dict(links)], outside, settings.writable, (missing, away), told),
        identities=(*inside.items(), *((path, ground.seen[path]) for path in mounted if path in ground.seen and path not in listed)),
    )


def _candidates(root: str) -> Iterator[str]:
    yield from DEFAULT
    with os.scandir(root) as found:
        names = sorted(one.name for one in found if one.is_dir(follow_symlinks=False) and one.name != ".git")
    for name in names[:_FOLDERS]:
        if name not in DEFAULT:
            yield from (f"{name}/{below}" for below in NESTED)


def _kind_of(place: Place, path: str) -> tuple[str, str]:
    """Return what is at a path below the root, and which one: `copied` when the copy has it, empty when there is nothing to be shown."""
    if os.path.lexists(f"{place.copy}/{path}"):
        return "copied", ""
    root = os.open(place.root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        with folder_of(root, path) as (folder, name):
            found = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except OSError:
        return "", ""
    finally:
        os.close(root)
    kinds = ((stat.S_ISDIR, "folder"), (stat.S_ISREG, "file"), (stat.S_ISLNK, "symlink"))
    return next((kind for test, kind in kinds if test(found.st_mode)), ""), identity(found)


def _leads_away(place: Place, path: str, listed: tuple[str, ...]) -> bool:
    """True for a symlink that the copy has, and that leads out of what the steps see: an environment elsewhere that git does not ignore."""
    target = os.path.realpath(f"{place.root}/{path}")
    return os.path.islink(f"{place.copy}/{path}") and not is_below(target, (place.root, *listed, *SYSTEM))


def _toolchains(environments: list[str], environ: Mapping[str, str], root: str, ground: Ground) -> list[Toolchain | str]:
    interpreters = [interpreter_of(path, ground) for path in environments if os.path.lexists(f"{path}/bin/python")]
    return [*interpreters, *(tool_of(name, environ, root, ground) for name in TOOLS)]


def _has_go(copy: str) -> bool:
    with os.scandir(copy) as found:
        names = [".", *(one.name for one in found if one.is_dir(follow_symlinks=False))]
    return any(os.path.isfile(f"{copy}/{name}/go.mod") for name in names[:_FOLDERS])


def _scripts(root: str, shown: list[str]) -> list[str]:
    folders = [f"{root}/{path}/.bin" if os.path.basename(path) == FARM else f"{root}/{path}/bin" for path in shown if "/" not in path]
    return [folder for folder in folders if os.path.isdir(folder) and os.pathsep not in folder]


def _outermost(paths: Iterator[str]) -> tuple[str, ...]:
    """Return the paths that are below no other one and not part of the system, sorted."""
    found: list[str] = []
    for path in sorted(set(paths)):
        if not is_below(path, (*found, *SYSTEM)):
            found.append(path)
    return tuple(found)


def _notes(
    shown: list[str], outside: list[str], writable: tuple[str, ...], lacking: tuple[list[str], list[str]], told: list[str]
) -> tuple[str, ...]:
    missing, away = lacking
    said = [
        ("visible ", [*shown, *dict.fromkeys(outside)]),
        ("writable ", list(writable)),
        ("not there: ", missing),
        # Whoever wonders why the tests do not find their environment has to read why.
        ("not shown, a symlink whose target tests: visible does not list: ", away),
    ]
    return (*(f"{word}{', '.join(paths)}" for word, paths in said if paths), *told)


def farm_of(source: str) -> Iterator[tuple[str, str]]:
    """Yield what is in a folder of packages: (path, text of the symlink, empty for a package of its own). Folders of a scope (`@org`) are
    entered: what is in them may be links to the project's own packages, which lead somewhere from where they are only."""
    left = _PACKAGES
    for name in sorted(os.listdir(source)):
        scoped = name.startswith("@") and os.path.isdir(f"{source}/{name}") and not os.path.islink(f"{source}/{name}")
        for path in [f"{name}/{below}" for below in sorted(os.listdir(f"{source}/{name}"))] if scoped else [name]:
            left -= 1
            if left >= 0:
                yield path, os.readlink(f"{source}/{path}") if os.path.islink(f"{source}/{path}") else ""


def path_of(surroundings: Surroundings) -> str:
    """Return the PATH of a step."""
    return os.pathsep.join((*surroundings.path, *LITERAL_PATH))
