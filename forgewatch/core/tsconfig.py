"""What a tsconfig.json or jsconfig.json says about names of imports: `paths`, `baseUrl`, and which other files it takes in."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from forgewatch.core.canonical import Json
from forgewatch.core.defect import Defect
from forgewatch.core.jsonc import parse_jsonc
from forgewatch.core.values import Absent, Content, RepoPath

CONFIGS = ("tsconfig.json", "jsconfig.json")
MOST_CONFIGS = 64
"""Files that one configuration may take in, directly and through others."""


@dataclass(frozen=True, slots=True)
class Alias:
    """Names like `pattern` (one `*` at most) mean one of `targets`, paths of the repository with the same `*`."""

    pattern: str
    targets: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TsConfig:
    """One file: its aliases, the folder that bare names may be looked up in (None: none), and what it refers to, as written."""

    aliases: tuple[Alias, ...] = ()
    base: str | None = None
    refers: tuple[str, ...] = ()


@lru_cache(maxsize=1024)
def read_tsconfig(path: RepoPath, raw: bytes) -> TsConfig | Defect:
    """Return what the file says, or the Defect that makes it unbelievable. Never raises, whatever the bytes."""
    value = parse_jsonc(raw) if raw.strip() else {}
    if isinstance(value, Defect):
        return value
    if not isinstance(value, Mapping):
        return Defect(f"expected an object, found {type(value).__name__}")
    options = value.get("compilerOptions")
    options = options if isinstance(options, Mapping) else {}
    folder, named = path.rpartition("/")[0], options.get("baseUrl")
    base = inside(folder, named) if isinstance(named, str) else None
    paths = options.get("paths")
    aliases = tuple(_aliases(paths, folder if base is None else base)) if isinstance(paths, Mapping) else ()
    return TsConfig(aliases=aliases, base=base, refers=tuple(_refers(value)))


def inside(folder: str, path: str) -> str | None:
    """Return the path of the repository that `path` means in `folder` (empty: the root), None when it leads out of it."""
    joined = posixpath.normpath(posixpath.join(folder, path))
    return None if joined == ".." or joined.startswith(("../", "/")) else "" if joined == "." else joined


def configs_of(
    first: Iterable[RepoPath], content: Callable[[RepoPath], Content], packages: Mapping[str, str]
) -> Iterator[tuple[RepoPath, TsConfig | Defect]]:
    """Yield the configurations `first` that are there and all they take in, each once, at most 64. Circles end.

    `packages` maps names of packages of the repository to their folders: a configuration may be taken from one of those. What lies
    outside of the repository says nothing here.
    """
    waiting, seen = list(first), set[RepoPath]()
    while waiting and len(seen) < MOST_CONFIGS:
        path = waiting.pop(0)
        raw = Absent() if path in seen else content(path)
        seen.add(path)
        if not isinstance(raw, bytes):
            continue
        config = read_tsconfig(path, raw)
        yield path, config
        if isinstance(config, TsConfig):
            waiting.extend(place for text in config.refers for place in _places(path, text, packages))


def _aliases(paths: Mapping[str, Json], base: str) -> Iterator[Alias]:
    for pattern, targets in paths.items():
        told = [inside(base, text) for text in targets if isinstance(text, str)] if isinstance(targets, list) else []
        yield Alias(pattern, tuple(place for place in told if place is not None))


def _refers(value: Mapping[str, Json]) -> Iterator[str]:
    extends, references = value.get("extends"), value.get("references")
    yield from (text for text in (extends if isinstance(extends, list) else [extends]) if isinstance(text, str))
    paths = [entry.get("path") for entry in references if isinstance(entry, Mapping)] if isinstance(references, list) else []
    yield from (f"./{text}" for text in paths if isinstance(text, str))


def _places(path: RepoPath, text: str, packages: Mapping[str, str]) -> Iterator[RepoPath]:
    place = inside(path.rpartition("/")[0], text) if text.startswith(".") else _in_package(text, packages)
    if place is not None:
        names = (place,) if place.endswith(".json") else (f"{place}.json", posixpath.join(place, CONFIGS[0]))
        yield from map(RepoPath, names)


def _in_package(text: str, packages: Mapping[str, str]) -> str | None:
    name = "/".join(text.split("/")[: 2 if text.startswith("@") else 1])
    return inside(packages[name], text[len(name) + 1 :]) if name in packages else None
