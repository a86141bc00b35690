"""The steps of a TypeScript or JavaScript project: its package.json and the settings beside it decide (contract §9, §9.1)."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from forgewatch.core.bench import Part, Step
from forgewatch.core.defect import Defect
from forgewatch.core.limits import LIMITS
from forgewatch.core.package_json import PACKAGE_JSON
from forgewatch.core.stack import Side
from forgewatch.core.step_names import name_of
from forgewatch.core.strict_json import parse_json
from forgewatch.core.values import Content, RepoPath

TSCONFIG = "tsconfig.json"
_ESLINT_FILES = (
    *(f"eslint.config.{ending}" for ending in ("js", "mjs", "cjs", "ts", "mts", "cts")),
    *(f".eslintrc{ending}" for ending in ("", ".js", ".cjs", ".json", ".yml", ".yaml")),
)
NODE_FILES = (PACKAGE_JSON, TSCONFIG, *_ESLINT_FILES)
"""Names of the files that are looked at."""

MANAGERS = frozenset({"npm", "pnpm", "yarn", "bun"})
_SCRIPT_WORDS = 2
_LANGUAGES = ("typescript", "javascript", "node", "ts", "js", "react", "vue", "svelte", "next")
_PLACEHOLDER = "no test specified"
"""What `npm init` writes as the test script: there is none."""
_VITEST = ("vitest", "run", "--reporter=default", "--reporter=junit", "--outputFile={report}")
_JEST = ("jest", "--ci", "--json", "--outputFile={report}")
_LIMITS = replace(LIMITS, contract_bytes=LIMITS.document_bytes)

Files = Mapping[RepoPath, Content]


def is_node(language: str) -> bool:
    """True for a name of the language, in lower case, as forge.json files have it (`typescript`, `node20`, `react`)."""
    return language.startswith(_LANGUAGES)


def node_steps(side: Side, files: Files, folder: str) -> Iterator[Step]:
    """Yield the steps of the package in `folder`. What it names as its test script is its test, else vitest or jest where it has it."""
    package = _package(files, folder)
    if _has(files, folder, TSCONFIG):
        yield Step(part=Part.STATIC, name="tsc", argv=("tsc", "--noEmit", "-p", "."), folder=folder)
    if "eslintConfig" in package or any(_has(files, folder, name) for name in _ESLINT_FILES):
        yield Step(part=Part.STATIC, name="eslint", argv=("eslint", "."), folder=folder)
    if side.build_cmd:
        built = _command(side, side.build_cmd, package)
        yield Step(part=Part.STATIC, name=name_of(built), argv=built, folder=folder)
    framework = side.test_framework.casefold()
    if side.test_cmd or script_of(files, folder, "test"):
        tested = _command(side, side.test_cmd or "test", package)
        yield Step(part=Part.BEHAVIOR, name=name_of(tested), argv=tested, folder=folder)
    elif framework in ("vitest", "jest") or any(name in _declared(package) for name in ("vitest", "jest")):
        argv = _JEST if framework == "jest" or (framework != "vitest" and "vitest" not in _declared(package)) else _VITEST
        yield Step(part=Part.BEHAVIOR, name=argv[0], argv=argv, folder=folder)


def script_named(argv: Sequence[str]) -> str:
    """Return the script of a package.json that a command runs, empty when it runs none."""
    if argv[0] not in MANAGERS or len(argv) < _SCRIPT_WORDS:
        return ""
    return argv[2] if argv[1] == "run" and len(argv) > _SCRIPT_WORDS else "test" if argv[1] == "test" else ""


def script_of(files: Files, folder: str, name: str) -> str:
    """Return a script of the package in `folder`, empty when it has none of that name."""
    scripts = _package(files, folder).get("scripts")
    script = scripts.get(name) if isinstance(scripts, Mapping) else None
    return script if isinstance(script, str) and script.strip() and _PLACEHOLDER not in script else ""


def _command(side: Side, told: str, package: Mapping[str, object]) -> tuple[str, ...]:
    """Return the command for the name of a script, or for words that are a command of their own."""
    scripts = package.get("scripts")
    words = tuple(shlex.split(told))
    if len(words) > 1 and not (isinstance(scripts, Mapping) and told in scripts):
        return words
    manager = side.package_manager or "npm"
    return (manager, "test") if told == "test" else (manager, "run", told)


def _declared(package: Mapping[str, object]) -> frozenset[str]:
    tables = (package.get(key) for key in ("dependencies", "devDependencies"))
    return frozenset(str(name) for table in tables if isinstance(table, Mapping) for name in table)


def _package(files: Files, folder: str) -> Mapping[str, object]:
    raw = files.get(_in(folder, PACKAGE_JSON))
    value = parse_json(raw, _LIMITS) if isinstance(raw, bytes) else {}
    return value if isinstance(value, Mapping) and not isinstance(value, Defect) else {}


def _has(files: Files, folder: str, name: str) -> bool:
    return isinstance(files.get(_in(folder, name)), bytes)


def _in(folder: str, name: str) -> RepoPath:
    return RepoPath(f"{folder}/{name}" if folder else name)
