"""What one package.json declares (checks.md A9, TypeScript and JavaScript)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from forgewatch.core.canonical import Json
from forgewatch.core.defect import Defect
from forgewatch.core.limits import LIMITS
from forgewatch.core.strict_json import parse_json
from forgewatch.core.values import RepoPath

PACKAGE_JSON = "package.json"
_RUNTIME = ("dependencies", "peerDependencies", "optionalDependencies")
_DEVELOPMENT = "devDependencies"
_LIMITS = replace(LIMITS, contract_bytes=LIMITS.document_bytes)
_DEEPEST = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageJson:
    """One manifest. `workspaces` are the globs of its members, None where it has no such key; `imports` maps `#names`, with one `*` at
    most, to all that they may mean.
    """

    path: RepoPath
    name: str = ""
    runtime: frozenset[str] = frozenset()
    development: frozenset[str] = frozenset()
    workspaces: tuple[str, ...] | None = None
    imports: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @property
    def folder(self) -> str:
        """The folder it stands in, empty for the root."""
        return self.path.rpartition("/")[0]


@lru_cache(maxsize=2048)
def read_package(path: RepoPath, raw: bytes) -> PackageJson | Defect:
    """Return what the manifest declares, or the Defect that makes it unbelievable. Never raises, whatever the bytes.

    A private package that has no section but `devDependencies` is bundled: what it declares there is what it is made of.
    """
    value = parse_json(raw, _LIMITS)
    if isinstance(value, Defect):
        return value
    if not isinstance(value, Mapping):
        return Defect(f"expected an object, found {type(value).__name__}")
    wrong = next((key for key in (*_RUNTIME, _DEVELOPMENT) if not isinstance(value.get(key) or {}, Mapping)), None)
    if wrong is not None:
        return Defect(f"expected {wrong} as an object, found {type(value[wrong]).__name__}")
    development = _names(value, _DEVELOPMENT)
    bundled = value.get("private") is True and not any(key in value for key in _RUNTIME)
    name = value.get("name")
    return PackageJson(
        path=path,
        name=name if isinstance(name, str) else "",
        runtime=development if bundled else _names(value, *_RUNTIME),
        development=development,
        workspaces=_workspaces(value.get("workspaces")),
        imports=_imports(value.get("imports")),
    )


def _names(value: Mapping[str, Json], *keys: str) -> frozenset[str]:
    sections = (value.get(key) for key in keys)
    return frozenset(name for section in sections if isinstance(section, Mapping) for name in section)


def _workspaces(value: Json) -> tuple[str, ...] | None:
    told = value.get("packages") if isinstance(value, Mapping) else value
    if not isinstance(told, list):
        return None
    return tuple(text.removeprefix("./").rstrip("/") for text in told if isinstance(text, str))


def _imports(value: Json) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple((key, tuple(_targets(target))) for key, target in value.items()) if isinstance(value, Mapping) else ()


def _targets(value: Json, depth: int = 0) -> Iterator[str]:
    # Conditions (`node`, `default`) stand inside of each other.
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping | list) and depth < _DEEPEST:
        for inner in value.values() if isinstance(value, Mapping) else value:
            yield from _targets(inner, depth + 1)
