"""Manifests that are tables: pyproject.toml and Pipfile (checks.md A9, Declared). Nothing in them is executed."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from typing import cast

from forgewatch.core.defect import Defect
from forgewatch.core.distributions import normalised
from forgewatch.core.manifest import Declared, Group, Include, Manifest, beside, declare, extra_group, group_of
from forgewatch.core.pytest_settings import of_pyproject
from forgewatch.core.requirements_text import decode_table, read_requirements, requirement_name
from forgewatch.core.values import RepoPath

_PLACE = re.compile(r"\(at line ([0-9]+),")
_Table = Mapping[str, object]
_NOTHING: _Table = {}


def read_pyproject(path: RepoPath, raw: bytes) -> Manifest:
    """Return what a pyproject.toml declares: project, extras, dependency-groups, and the tables of poetry, pdm, uv and hatch.

    Build requirements satisfy `setup.py` only; every other `[tool.*]` table declares nothing. Never raises.
    """
    table = _toml(raw)
    if isinstance(table, Defect):
        return Manifest(path=path, defects=(table,))
    project, tool = _table(table, "project"), _table(table, "tool")
    declared, odd = split_requirements((*_of_project(project), *_of_groups(table, tool)))
    poetry, pdm = _of_poetry(_table(tool, "poetry"), enriches=_is_whole(project)), _of_pdm(path, _table(tool, "pdm"))
    includes = tuple(_of_dynamic(path, _table(_table(tool, "setuptools"), "dynamic")))
    shipped = _shipped(path, tool)
    places = bool(project or declared or pdm.declared or includes or "dependency-groups" in table or "poetry" in tool)
    name = project.get("name", _table(tool, "poetry").get("name"))
    return Manifest(
        path=path,
        name=normalised(name) if isinstance(name, str) else "",
        declares=places,
        declared=(*declared, *poetry, *pdm.declared),
        includes=includes,
        build=tuple(normalised(name) for name in map(requirement_name, _texts(_table(table, "build-system").get("requires"))) if name),
        pythons=_pythons(project, _table(_table(tool, "poetry"), "dependencies")),
        roots=(*of_pyproject(path, table).pythonpath, *shipped),
        shipped=shipped,
        defects=(*odd, *(Defect(defect.why) for defect in pdm.defects)),
    )


def _of_project(project: _Table) -> Iterable[tuple[str, Group]]:
    yield from ((text, Group.RUNTIME) for text in _texts(project.get("dependencies")))
    for extra, listed in _table(project, "optional-dependencies").items():
        yield from ((text, extra_group(extra)) for text in _texts(listed))


def _of_groups(table: _Table, tool: _Table) -> Iterable[tuple[str, Group]]:
    for listed in _table(table, "dependency-groups").values():
        yield from ((text, Group.DEVELOPMENT) for text in _texts(listed))
    yield from ((text, Group.DEVELOPMENT) for text in _texts(_table(tool, "uv").get("dev-dependencies")))
    environments = _table(_table(tool, "hatch"), "envs")
    for name in environments:
        environment = _table(environments, name)
        listed = (*_texts(environment.get("dependencies")), *_texts(environment.get("extra-dependencies")))
        yield from ((text, Group.DEVELOPMENT) for text in listed)
    tox = _table(tool, "tox")
    for environment in (_table(tox, "env_run_base"), *(_table(_table(tox, "env"), name) for name in _table(tox, "env"))):
        yield from ((text, Group.DEVELOPMENT) for text in _texts(environment.get("deps")) if requirement_name(text))


def _of_pdm(path: RepoPath, pdm: _Table) -> Manifest:
    # Here alone a line may be one of a requirements file: `-e file:///${PROJECT_ROOT}/plugins#egg=plugins`.
    lines = [text for listed in _table(pdm, "dev-dependencies").values() for text in _texts(listed)]
    return read_requirements(path, "\n".join(lines).encode(), Group.DEVELOPMENT)


def _is_whole(project: _Table) -> bool:
    """True when the table says itself what is installed, and leaves none of it to a tool."""
    dynamic = {"dependencies", "optional-dependencies"}.intersection(_texts(project.get("dynamic")))
    return bool(project.get("dependencies") or project.get("optional-dependencies")) and not dynamic


def _of_poetry(poetry: _Table, *, enriches: bool) -> tuple[Declared, ...]:
    # Beside dependencies of the project poetry only reads from here where those come from, and installs nothing more.
    runtime = _NOTHING if enriches else _table(poetry, "dependencies")
    groups = _table(poetry, "group")
    names = [(name, Group.OPTIONAL if _table(runtime, name).get("optional") is True else Group.RUNTIME) for name in runtime]
    names += [(name, Group.DEVELOPMENT) for name in _table(poetry, "dev-dependencies")]
    names += [(name, Group.DEVELOPMENT) for group in groups for name in _table(_table(groups, group), "dependencies")]
    return tuple(entry for name, group in names if name != "python" for entry in declare((name,), group))


def _pythons(project: _Table, poetry: _Table) -> tuple[str, ...]:
    return tuple(text for text in (project.get("requires-python"), poetry.get("python")) if isinstance(text, str))


def _shipped(path: RepoPath, tool: _Table) -> tuple[str, ...]:
    setuptools = _table(tool, "setuptools")
    wheel = _table(_table(_table(_table(tool, "hatch"), "build"), "targets"), "wheel")
    packages = _table(tool, "poetry").get("packages")
    included = [_table({"": item}, "").get("from") for item in packages] if isinstance(packages, list) else []
    named = [
        *_texts(_table(_table(setuptools, "packages"), "find").get("where")),
        *_texts(list(_table(setuptools, "package-dir").values())),
        *_texts(included),
        *(text.rpartition("/")[0] for text in _texts(wheel.get("packages"))),
        *_texts(wheel.get("only-include")),
    ]
    return tuple(dict.fromkeys(place for place in (beside(path, text) for text in named) if place is not None))


def _of_dynamic(path: RepoPath, dynamic: _Table) -> Iterable[Include]:
    yield from _dynamic_files(path, _table(dynamic, "dependencies"), Group.RUNTIME)
    extras = _table(dynamic, "optional-dependencies")
    for extra in extras:
        yield from _dynamic_files(path, _table(extras, extra), extra_group(extra))


def _dynamic_files(path: RepoPath, table: _Table, group: Group) -> tuple[Include, ...]:
    listed = table.get("file")
    named = [listed] if isinstance(listed, str) else _texts(listed)
    return tuple(Include(place, group) for place in (beside(path, text) for text in named) if place)


def read_pipfile(path: RepoPath, raw: bytes) -> Manifest:
    """Return what a Pipfile declares: `packages`, `dev-packages`, and its own categories as optional. Never raises."""
    table = _toml(raw)
    if isinstance(table, Defect):
        return Manifest(path=path, defects=(table,))
    declared: tuple[Declared, ...] = ()
    for name in table:
        if name not in ("source", "requires", "scripts", "pipenv"):
            declared += declare(_table(table, name), Group.RUNTIME if name == "packages" else group_of(name))
    version = _table(table, "requires").get("python_version")
    return Manifest(path=path, declared=declared, pythons=(version,) if isinstance(version, str) else ())


def split_requirements(listed: Iterable[tuple[str, Group]]) -> tuple[list[Declared], list[Defect]]:
    """Return what requirements of PEP 508 declare, each in its group, and a defect for each text that is none."""
    declared: list[Declared] = []
    odd: list[Defect] = []
    for text, group in listed:
        name = requirement_name(text)
        if name:
            declared.extend(declare((name,), group))
        else:
            odd.append(Defect(f"expected a requirement, found '{text[:80]}'"))
    return declared, odd


def _toml(raw: bytes) -> _Table | Defect:
    text = decode_table(raw)
    if isinstance(text, Defect):
        return text
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as fault:
        place = _PLACE.search(str(fault))
        return Defect(f"expected TOML, found: {str(fault)[:160]}", int(place.group(1)) if place else None)


def _table(table: _Table, key: str) -> _Table:
    value = table.get(key)
    return cast("_Table", value) if isinstance(value, dict) else _NOTHING


def _texts(value: object) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []
