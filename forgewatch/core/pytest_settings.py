"""What the settings of pytest say about folders: where tests are, and what is put on the import path (checks.md A9, first party)."""

from __future__ import annotations

import configparser
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass

from forgewatch.core.defect import Defect
from forgewatch.core.manifest import beside
from forgewatch.core.requirements_text import decode_manifest
from forgewatch.core.values import RepoPath

_SECTIONS = {"setup.cfg": "tool:pytest"}
PYTEST_FILES = ("pytest.ini", ".pytest.ini", "pyproject.toml", "tox.ini", "setup.cfg")
"""Where pytest looks for its settings, in its order."""


@dataclass(frozen=True, slots=True)
class PytestSettings:
    """Folders of the repository: `pythonpath` is put on the import path, `testpaths` hold the tests. Places outside are left out."""

    pythonpath: tuple[str, ...] = ()
    testpaths: tuple[str, ...] = ()


def pytest_settings(path: RepoPath, raw: bytes) -> PytestSettings:
    """Return what the file `path`, one of PYTEST_FILES, says to pytest; nothing when it cannot be read as such. Never raises."""
    text = decode_manifest(raw)
    if isinstance(text, Defect):
        return PytestSettings()
    if path.endswith(".toml"):
        return of_pyproject(path, _toml(text))
    parser = read_ini(text)
    section = _SECTIONS.get(path.rpartition("/")[2], "pytest")
    return PytestSettings() if isinstance(parser, Defect) or not parser.has_section(section) else _of_table(path, dict(parser[section]))


def of_pyproject(path: RepoPath, table: Mapping[str, object]) -> PytestSettings:
    """Return what a pyproject.toml, read, says to pytest: in `[tool.pytest.ini_options]`, or in `[tool.pytest]` itself."""
    told: object = table
    for key in ("tool", "pytest"):
        told = told.get(key) if isinstance(told, Mapping) else None
    options = told.get("ini_options", told) if isinstance(told, Mapping) else None
    return _of_table(path, options) if isinstance(options, Mapping) else PytestSettings()


def _of_table(path: RepoPath, table: Mapping[str, object]) -> PytestSettings:
    return PytestSettings(_places(path, table.get("pythonpath")), _places(path, table.get("testpaths")))


def read_ini(text: str) -> configparser.RawConfigParser | Defect:
    """Return the sections of an ini file; what is none, or says something twice, is a Defect as it is for the tools that read it."""
    parser = configparser.RawConfigParser()
    try:
        parser.read_string(text)
    except configparser.Error as fault:
        # Each of its errors keeps the line in a place of its own.
        lines = [getattr(fault, "lineno", None), *(line for line, _ in getattr(fault, "errors", ()))]
        told = str(fault).splitlines()[0][:160]
        return Defect(f"expected an ini file, found {told}", next(filter(None, lines), None))
    return parser


def _toml(text: str) -> Mapping[str, object]:
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError, ValueError):
        return {}


def _places(path: RepoPath, value: object) -> tuple[str, ...]:
    named = value.split() if isinstance(value, str) else value if isinstance(value, list) else ()
    places = (beside(path, text.strip("\"'")) for text in named if isinstance(text, str))
    return tuple(place for place in places if place is not None)
