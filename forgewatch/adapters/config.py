"""The operator's configuration file as `Settings`. Strict: an unknown key, a wrong type or a key that does nothing is an error.

Whoever controls this file decides how strict the audits are: it belongs where the audited party cannot write.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import yaml

from forgewatch.adapters.config_place import find_config
from forgewatch.adapters.config_reader import (
    Place,
    Reader,
    address,
    entries,
    globs,
    items,
    one_of,
    pairs,
    severities,
    shown_paths,
    text,
    texts,
    tiers,
    variables,
    whole,
    word,
    writable_paths,
)
from forgewatch.core.checklist import CHECKLIST
from forgewatch.core.errors import UsageError
from forgewatch.core.limits import LIMITS, MIB
from forgewatch.core.places import ACTIONS, Layout
from forgewatch.core.settings import (
    AuditSettings,
    AuthoritySettings,
    Backend,
    BenchSettings,
    Compare,
    Network,
    Profile,
    RepositorySettings,
    Sandbox,
    ScopeSettings,
    Settings,
    WatchSettings,
)

_YAML_HINT = "look at this line and the one above it: spaces and no tabs before a key, quotes and brackets closed, a space after each colon"

_TEXT = "tag:yaml.org,2002:str"

LATER = ("drift", "alerts")
"""Keys of later versions. Accepting one now would be a promise nobody keeps."""


def load_settings(path: str | None, environ: Mapping[str, str]) -> Settings:
    """Return the settings of the configuration file, the defaults where there is none (cli.md, Configuration).

    `path` is --config. Raises UsageError with file, line, both sides and the nearest valid name.
    """
    place = find_config(path, environ)
    if place is None:
        return Settings()
    try:
        raw = _bytes_of(place)
        node = yaml.compose(raw, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        raise _unreadable(place, error) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise UsageError(f"{place}: is not YAML: {' '.join(str(error).split())}", _YAML_HINT) from error
    return Settings() if node is None else _settings(Place("", node, place))


def _unreadable(place: str, error: yaml.MarkedYAMLError) -> UsageError:
    mark = error.problem_mark or error.context_mark
    where = f"{place}:{mark.line + 1}" if mark else place
    began = f" {error.context}" if error.context else ""
    if began and error.context_mark and mark and error.context_mark.line != mark.line:
        began += f" from line {error.context_mark.line + 1}"
    return UsageError(f"{where}: is not YAML: {error.problem or 'it cannot be read'}{began}", _YAML_HINT)


def _bytes_of(place: str) -> bytes:
    try:
        with open(place, "rb") as file:
            raw = file.read(MIB + 1)
    except OSError as error:
        raise UsageError(f"{place}: cannot be read: {error.strerror}") from error
    if len(raw) > MIB:
        raise UsageError(f"{place}: expected at most {MIB} bytes, found more")
    return raw


def _repositories(place: Place) -> tuple[RepositorySettings, ...]:
    found: dict[str, RepositorySettings] = {}
    for item in items(place):
        repository = _repository(item)
        if repository.path in found:
            raise item.wrong("a repository that is not listed yet")
        found[repository.path] = repository
    return tuple(found.values())


def _repository(item: Place) -> RepositorySettings:
    if not isinstance(item.node, yaml.MappingNode):
        return RepositorySettings(path=_absolute(item))
    readers: dict[str, Reader] = {"path": _absolute, "layout": one_of(*Layout), "push": address, "anchor": address}
    values = _values(item, readers, strip=f"{item.key}.")
    if "path" not in values:
        raise UsageError(f"{item.source}: {item.key}: the key 'path' is missing")
    return RepositorySettings(**values)


def _absolute(place: Place) -> str:
    path = text(place)
    if not os.path.isabs(path):
        raise place.wrong("an absolute path")
    return os.path.normpath(path)


def _absolute_or_none(place: Place) -> str:
    return "" if isinstance(place.node, yaml.ScalarNode) and place.node.tag == _TEXT and not place.node.value else _absolute(place)


KEYS: dict[str, Reader] = {
    "repositories": _repositories,
    "profile": one_of(Profile.DEV, Profile.STRICT),
    "watch.sweep_seconds": whole(1),
    "watch.backend": one_of(*Backend),
    "audit.deadline_seconds": whole(1),
    "audit.memory_mb": whole(64),
    "audit.severities": severities({code: ("warn", "fail") for code, _ in CHECKLIST if not code.startswith("A")}),
    "audit.fingerprints": texts,
    "audit.import_names": pairs,
    "scope.ignore": texts,
    "scope.data": globs,
    "scope.compare": one_of(*Compare),
    "authority.allowed_signers": _absolute_or_none,
    "authority.revoked": _absolute_or_none,
    "authority.tiers": tiers(*ACTIONS),
    "authority.threshold": whole(2),
    "authority.builders": texts,
    "tests.sandbox": one_of(*Sandbox),
    "tests.timeout_seconds": whole(1),
    "tests.memory_mb": whole(0),
    "tests.visible": shown_paths,
    "tests.writable": writable_paths,
    "tests.network": one_of(*Network),
    "tests.environment": variables,
    "limits.tree_entries": whole(1),
    "limits.tree_depth": whole(1),
    "limits.tree_bytes": whole(1),
    "limits.tree_seconds": whole(1),
    "loopback.limit": whole(1),
    "log.level": word("debug", "info", "warning", "error"),
    "log.format": word("auto", "console", "json"),
}
"""Every key there is, dotted, with what reads it."""

_GROUPS = frozenset(key.split(".")[0] for key in KEYS if "." in key)


def _settings(top: Place) -> Settings:
    values: dict[str, Any] = {}
    sources: list[tuple[str, str]] = []
    for key, place in entries(top):
        inner = entries(place) if key in _GROUPS else iter([(key, place)])
        for _, leaf in inner:
            values[leaf.key] = _reader(leaf, KEYS)(leaf)
            sources.append((leaf.key, leaf.source))
    return _compose(values, tuple(sources))


def _compose(values: dict[str, Any], sources: tuple[tuple[str, str], ...]) -> Settings:
    audit = _group(values, "audit")
    extra = {name: audit.pop(name) for name in ("fingerprints", "import_names") if name in audit}
    log = {f"log_{name}": value for name, value in _group(values, "log").items()}
    loopback = {f"loopback_{name}": value for name, value in _group(values, "loopback").items()}
    plain = {name: values[name] for name in ("repositories", "profile") if name in values}
    return Settings(
        watch=WatchSettings(**_group(values, "watch")),
        audit=AuditSettings(**audit),
        scope=ScopeSettings(**_group(values, "scope")),
        authority=AuthoritySettings(**_group(values, "authority")),
        tests=BenchSettings(**_group(values, "tests")),
        limits=replace(LIMITS, **_group(values, "limits")),
        sources=sources,
        **plain,
        **extra,
        **log,
        **loopback,
    )


def _group(values: dict[str, Any], name: str) -> dict[str, Any]:
    return {key.removeprefix(f"{name}."): value for key, value in values.items() if key.startswith(f"{name}.")}


def _values(place: Place, readers: Mapping[str, Reader], strip: str) -> dict[str, Any]:
    return {key: _reader(leaf, readers, strip)(leaf) for key, leaf in entries(place)}


def _reader(leaf: Place, readers: Mapping[str, Reader], strip: str = "") -> Reader:
    key = leaf.key.removeprefix(strip)
    reader = readers.get(key)
    if reader is not None:
        return reader
    if key in LATER:
        raise UsageError(f"{leaf.source}: {key!r} is not in this version", "remove the key; it would do nothing")
    names = [*readers, *(_GROUPS if not strip else ())]
    near = difflib.get_close_matches(key, names, n=1, cutoff=0.5)
    raise UsageError(f"{leaf.source}: unknown key {key!r}", f"did you mean {near[0]!r}?" if near else f"known keys: {', '.join(readers)}")
