"""What forge.json says that the dependency gate needs (requirements S002-0-4; checks.md A9)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from forgewatch.core.defect import Defect
from forgewatch.core.strict_json import parse_json
from forgewatch.core.values import Absent, Content, Refused, RepoPath, Unreadable, parse_repo_path

_HIGHEST_TIER = 3
_SCRIPT_LANGUAGES = ("typescript", "javascript", "node", "ts", "js")


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgeJson:
    """`dependency_file` and `test_dir` of the backend, None where nothing is said; `python` is its version as written, or empty,
    `test_framework` the distribution that runs the tests, or empty.
    """

    dependency_file: RepoPath | None = None
    test_dir: RepoPath | None = None
    python: str = ""
    test_framework: str = ""


@dataclass(frozen=True, slots=True)
class Frontend:
    """`dependency_file` and `test_dir` of the side that is written in TypeScript or JavaScript, None where nothing is said."""

    dependency_file: RepoPath | None = None
    test_dir: RepoPath | None = None


def read_frontend(content: Content) -> Frontend:
    """Return what the stack configuration says of the front end, or of a back end in TypeScript or JavaScript. Never raises.

    What cannot be believed says nothing here: `read_forge_json` tells of it.
    """
    value = parse_json(content) if isinstance(content, bytes) else {}
    sides = [value.get(name) for name in ("frontend", "backend")] if isinstance(value, Mapping) else []
    for side in sides:
        if isinstance(side, Mapping) and (side is sides[0] or str(side.get("language")).lower().startswith(_SCRIPT_LANGUAGES)):
            named, tests = _path(side, "dependency_file"), _path(side, "test_dir")
            return Frontend(None if isinstance(named, Defect) else named, None if isinstance(tests, Defect) else tests)
    return Frontend()


def raised_tiers(content: Content) -> tuple[tuple[str, int], ...]:
    """Return the tiers that the repository asks for by action, `"tiers": {"AUTHORIZED": 1}` (ledger.md section 2). Never raises.

    The operator's configuration says the least; what cannot be read here raises nothing.
    """
    value = parse_json(content) if isinstance(content, bytes) else {}
    tiers = value.get("tiers") if isinstance(value, Mapping) else None
    named = tiers.items() if isinstance(tiers, Mapping) else ()
    return tuple((action, tier) for action, tier in named if type(tier) is int and 0 < tier <= _HIGHEST_TIER)


def read_forge_json(content: Content) -> ForgeJson | Defect:
    """Return the stack configuration; an absent file says nothing. Bytes that cannot be believed are a Defect. Never raises."""
    match content:
        case Absent():
            return ForgeJson()
        case Unreadable(why):
            return Defect(why)
        case raw:
            value = parse_json(raw)
    if isinstance(value, Defect):
        return value
    if not isinstance(value, Mapping):
        return Defect(f"expected an object, found {type(value).__name__}")
    backend = value.get("backend") or {}
    return _backend(backend) if isinstance(backend, Mapping) else Defect(f"expected backend as an object, found {type(backend).__name__}")


def _backend(backend: Mapping[str, object]) -> ForgeJson | Defect:
    named = _path(backend, "dependency_file")
    if isinstance(named, Defect):
        return named
    tests = _path(backend, "test_dir")
    version = backend.get("version")
    python = version if isinstance(version, str) and str(backend.get("language", "python")).lower().startswith("python") else ""
    framework = backend.get("test_framework")
    return ForgeJson(
        dependency_file=named,
        test_dir=None if isinstance(tests, Defect) else tests,
        python=python,
        test_framework=framework if isinstance(framework, str) else "",
    )


def _path(backend: Mapping[str, object], key: str) -> RepoPath | Defect | None:
    value = backend.get(key)
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        return Defect(f"expected backend.{key} as text, found {type(value).__name__}")
    place = parse_repo_path(value)
    return (
        Defect(f"expected backend.{key} as a path of the repository, found '{place.raw[:80]}', which {place.why}")
        if isinstance(place, Refused)
        else place
    )
