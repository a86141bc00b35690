"""Manifests that are ini files: setup.cfg, tox.ini and pytest.ini (checks.md A9, Declared). Nothing in them is executed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from forgewatch.core.defect import Defect
from forgewatch.core.manifest import Group, Include, Manifest, beside, extra_group
from forgewatch.core.project_tables import split_requirements
from forgewatch.core.pytest_settings import pytest_settings, read_ini
from forgewatch.core.requirements_text import decode_table, read_requirements
from forgewatch.core.values import RepoPath

_FACTOR = re.compile(r"^[\w.,!{}-]+:\s+")


def read_setup_cfg(path: RepoPath, raw: bytes) -> Manifest:
    """Return what a setup.cfg declares: install_requires, extras, tests_require, and where packages and tests import from. Never raises."""
    sections = _sections(raw)
    if isinstance(sections, Defect):
        return Manifest(path=path, defects=(sections,))
    options, extras = sections.get("options", {}), sections.get("options.extras_require", {})
    listed = [(options.get("install_requires", ""), Group.RUNTIME), (options.get("tests_require", ""), Group.DEVELOPMENT)]
    listed += [(text, extra_group(extra)) for extra, text in extras.items()]
    includes = tuple(include for text, group in listed for include in _files(path, text, group))
    lines = [(line, group) for text, group in listed if not text.startswith("file:") for line in text.replace(",\n", "\n").splitlines()]
    declared, odd = split_requirements((line.strip(), group) for line, group in lines if line.strip() and not line.strip().startswith("#"))
    shipped = _shipped(path, options.get("package_dir", ""), sections.get("options.packages.find", {}).get("where", ""))
    return Manifest(
        path=path,
        declares="install_requires" in options or bool(extras),
        declared=tuple(declared),
        includes=includes,
        pythons=tuple(filter(None, (options.get("python_requires"),))),
        roots=(*pytest_settings(path, raw).pythonpath, *shipped),
        shipped=shipped,
        defects=tuple(odd),
    )


def read_tox_ini(path: RepoPath, raw: bytes) -> Manifest:
    """Return what the environments of a tox.ini install, all of it for development. It is no place for the product's. Never raises."""
    sections = _sections(raw)
    roots = pytest_settings(path, raw).pythonpath
    if isinstance(sections, Defect):
        return Manifest(path=path, declares=False)
    told = [section.get("deps", "") for name, section in sections.items() if name.startswith("testenv")]
    lines = [_FACTOR.sub("", line.strip()) for text in told for line in text.splitlines()]
    # What tox substitutes (`{[base]deps}`, `{toxinidir}/x.txt`) stands elsewhere in the file, or for the folder of the file.
    kept = "\n".join(line for line in (line.replace("{toxinidir}/", "") for line in lines) if "{" not in line)
    read = read_requirements(path, kept.encode(), Group.DEVELOPMENT)
    return Manifest(path=path, declares=False, declared=read.declared, includes=read.includes, roots=roots)


def read_pytest_ini(path: RepoPath, raw: bytes) -> Manifest:
    """Return the folders that a pytest.ini puts on the import path. It declares nothing. Never raises."""
    return Manifest(path=path, declares=False, roots=pytest_settings(path, raw).pythonpath)


def _sections(raw: bytes) -> dict[str, dict[str, str]] | Defect:
    text = decode_table(raw)
    if isinstance(text, Defect):
        return text
    parser = read_ini(text)
    if isinstance(parser, Defect):
        return parser
    return {name: dict(parser[name]) for name in parser.sections()}


def _shipped(path: RepoPath, package_dir: str, where: str) -> tuple[str, ...]:
    named = [line.partition("=")[2].strip() for line in package_dir.splitlines() if "=" in line]
    named += [line.strip() for line in where.splitlines()]
    return tuple(dict.fromkeys(place for place in (beside(path, text) for text in named if text) if place is not None))


def _files(path: RepoPath, text: str, group: Group) -> Iterator[Include]:
    named: Iterable[str] = text.removeprefix("file:").split(",") if text.startswith("file:") else ()
    yield from (Include(place, group) for place in (beside(path, name.strip()) for name in named) if place)
