"""The steps of a Python project: compiled, imported, linted where that is configured, tested (contract §9, §9.1)."""

from __future__ import annotations

import configparser
import tomllib
from collections.abc import Iterator, Mapping

from forgewatch.core.bench import Part, Step
from forgewatch.core.defect import Defect
from forgewatch.core.pytest_settings import PYTEST_FILES, pytest_settings, read_ini
from forgewatch.core.requirements_text import decode_manifest
from forgewatch.core.stack import Side
from forgewatch.core.values import Absent, Content, RepoPath

PYTHON_MARKERS = ("pyproject.toml", "requirements.txt", "setup.py", "setup.cfg", "Pipfile")
_RUFF_FILES = ("ruff.toml", ".ruff.toml")
_FLAKE8_FILES = (".flake8", "setup.cfg", "tox.ini")
PYTHON_FILES = tuple(dict.fromkeys((*PYTHON_MARKERS, *_RUFF_FILES, *_FLAKE8_FILES, *PYTEST_FILES)))
"""Names of the files that are looked at."""

NOT_COMPILED = "(^|/)([.]venv|venv|env|node_modules|vendor|[.]git)(/|$)"
"""What is beside the product and is not ours to compile: it is visible to the tests, and cannot be written."""

PACKAGE_MARKER = "__init__.py"

Files = Mapping[RepoPath, Content]


def markers_of(side: Side) -> tuple[RepoPath, ...]:
    """Return what makes the folder of the tests a package, where it is there: unittest finds tests by it."""
    return (RepoPath(f"{side.test_dir}/{PACKAGE_MARKER}"),) if side.test_dir else ()


def python_steps(side: Side, files: Files) -> Iterator[Step]:
    """Yield the steps in order. The interpreter is the word `python`: who runs them knows which one it is.

    Where `dir` holds the tests, the project lives in that folder: it is imported, linted and tested from there.
    """
    compiled = ("python", "-m", "compileall", "-q", "-x", NOT_COMPILED, ".")
    folder = _home_of(side)
    yield Step(part=Part.STATIC, name="compileall", argv=compiled)
    if side.entry_module:
        yield Step(part=Part.STATIC, name="import", argv=("python", "-c", _import_of(side.entry_module)), folder=folder)
    for name, has, argv in (("ruff", _has_ruff, ("ruff", "check", "--no-cache", ".")), ("flake8", _has_flake8, ("flake8", "."))):
        place = next((place for place in ("", folder) if has(_below(files, place))), None)
        if place is not None:
            yield Step(part=Part.STATIC, name=name, argv=argv, folder=place)
    yield from _tests(side, files, folder)


def _home_of(side: Side) -> str:
    inside = side.dir and side.test_dir and side.test_dir.startswith(f"{side.dir}/")
    return str(side.dir) if inside else ""


def _below(files: Files, folder: str) -> Files:
    """Return the files of a folder by their names in it."""
    lead = f"{folder}/" if folder else ""
    return {RepoPath(path.removeprefix(lead)): content for path, content in files.items() if path.startswith(lead)}


def _tests(side: Side, files: Files, folder: str) -> Iterator[Step]:
    framework, test_dir = side.test_framework.casefold(), (side.test_dir or "").removeprefix(f"{folder}/" if folder else "")
    if framework == "unittest":
        # Below another top the folder has to be a package; one that is none is a top of its own.
        packaged = any(not isinstance(files.get(path, Absent()), Absent) for path in markers_of(side))
        where = ("-s", test_dir, *(("-t", ".") if packaged else ())) if test_dir else ()
        yield Step(part=Part.BEHAVIOR, name="unittest", argv=("python", "-m", "unittest", "discover", "-v", *where), folder=folder)
    elif not framework or "pytest" in framework:
        # Where pytest is told by its own settings what to collect, forge.json must not narrow it.
        named = (test_dir,) if test_dir and not _has_testpaths(_below(files, folder)) else ()
        report = ("-o", "junit_family=xunit1", "--junitxml", "{report}")
        argv = ("python", "-m", "pytest", "-p", "no:cacheprovider", "-ra", *report, *named)
        yield Step(part=Part.BEHAVIOR, name="pytest", argv=argv, folder=folder)


def _import_of(entry: str) -> str:
    """Return the program that imports `app.main`, `app.main:app`, `app/main.py` or `src/app/main.py`."""
    name = entry.partition(":")[0].strip()
    path = "import sys; sys.path.insert(0, 'src'); " if name.startswith("src/") else ""
    if name.endswith(".py"):
        name = name.removeprefix("src/").removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    if all(part.isidentifier() for part in name.split(".")):
        return f"{path}import {name}"
    # Quoted: a name that is none ends in an ImportError that says so.
    return f"import importlib; importlib.import_module({name!r})"


def _has_ruff(files: Files) -> bool:
    if any(isinstance(files.get(RepoPath(name)), bytes) for name in _RUFF_FILES):
        return True
    raw = files.get(RepoPath("pyproject.toml"))
    text = decode_manifest(raw) if isinstance(raw, bytes) else ""
    try:
        told = tomllib.loads(text) if isinstance(text, str) else {}
    except (tomllib.TOMLDecodeError, RecursionError, ValueError):
        # ruff will not read it either, and says so.
        return "[tool.ruff" in str(text)
    tools = told.get("tool")
    return isinstance(tools, Mapping) and "ruff" in tools


def _has_flake8(files: Files) -> bool:
    for name in _FLAKE8_FILES:
        raw = files.get(RepoPath(name))
        text = decode_manifest(raw) if isinstance(raw, bytes) else ""
        parser: configparser.RawConfigParser | Defect = read_ini(text) if isinstance(text, str) else text
        if not isinstance(parser, Defect) and parser.has_section("flake8"):
            return True
    return False


def _has_testpaths(files: Files) -> bool:
    found = ((RepoPath(name), files.get(RepoPath(name))) for name in PYTEST_FILES)
    return any(isinstance(raw, bytes) and pytest_settings(path, raw).testpaths for path, raw in found)
