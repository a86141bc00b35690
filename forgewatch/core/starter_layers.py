"""Layer rules for a project that has none yet: the contract's default layering in the words of its framework (contract §4; S002-4-2).

Rules are about what is certain for every project: imports of a framework, a database or a model provider, and SQL. A layer governs the
folders of its usual names that are there, else the one where it usually stands. A rule that the project breaks today is left out and
named: rules that an honest cycle cannot keep would be switched off.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from forgewatch.core.paths_of_tests import is_test
from forgewatch.core.values import RepoPath

PYTHON, SCRIPT, GO = "python", "typescript", "go"

FRAMEWORKS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "fastapi": (PYTHON, ("fastapi",)),
    "django": (PYTHON, ("django",)),
    "flask": (PYTHON, ("flask",)),
    "nestjs": (SCRIPT, ("@nestjs/core", "@nestjs/common")),
    "next": (SCRIPT, ("next",)),
    "hono": (SCRIPT, ("hono",)),
    "express": (SCRIPT, ("express",)),
    "gin": (GO, ("github.com/gin-gonic/gin",)),
    "echo": (GO, ("github.com/labstack/echo",)),
    "chi": (GO, ("github.com/go-chi/chi",)),
    "python": (PYTHON, ()),
    "typescript": (SCRIPT, ()),
    "go": (GO, ()),
}
"""Each template by its name: the language, and the packages that tell it; the three last are for projects without a known framework."""

MOST_FOLDERS = 12
"""Folders that one layer governs; a project with more of one name has its own order."""


@dataclass(frozen=True, slots=True)
class Hit:
    """Today's use of what a rule would forbid: by the name of its layer, the pattern, and in how many files."""

    layer: str
    pattern: str
    files: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Layer:
    name: str
    folders: frozenset[str]
    place: Mapping[str, str]
    description: str
    forbids: tuple[str, ...]


_LAYERS = (
    _Layer(
        name="routers",
        folders=frozenset({"routers", "routes", "controllers", "endpoints", "views", "blueprints"}),
        place={PYTHON: "app/api/routers", SCRIPT: "src/routes", GO: "internal/handlers"},
        description="HTTP only: parse the request, call a service, return the response",
        forbids=("database", "sql", "model"),
    ),
    _Layer(
        name="services",
        folders=frozenset({"services", "service", "usecases", "use_cases"}),
        place={PYTHON: "app/services", SCRIPT: "src/services", GO: "internal/services"},
        description="orchestration and business logic",
        forbids=("web", "sql"),
    ),
    _Layer(
        name="repos",
        folders=frozenset({"repos", "repo", "repositories", "repository", "dal", "dao"}),
        place={PYTHON: "app/repos", SCRIPT: "src/repos", GO: "internal/repos"},
        description="reads and writes the database, and nothing else does",
        forbids=("web", "model"),
    ),
    _Layer(
        name="llm",
        folders=frozenset({"llm", "llms"}),
        place={PYTHON: "app/llm", SCRIPT: "src/llm", GO: "internal/llm"},
        description="the only place that calls a language model",
        forbids=("web", "database", "sql"),
    ),
)
_OWN_PLACES = {
    ("nestjs", "routers"): "src/**/*.controller.ts",
    ("nestjs", "services"): "src/**/*.service.ts",
    ("nestjs", "repos"): "src/**/*.repository.ts",
    ("next", "routers"): "{app,src/app}/api/**/*.{ts,tsx,js,jsx}",
}
"""Where a framework has a place of its own for a layer, whatever folders there are."""
_ENDINGS = {PYTHON: "*.py", SCRIPT: "*.{ts,tsx,js,jsx,mts,mjs,cts,cjs}", GO: "*.go"}
_SUFFIXES = {PYTHON: (".py",), SCRIPT: (".ts", ".tsx", ".js", ".jsx", ".mts", ".mjs", ".cts", ".cjs"), GO: (".go",)}
# Names of Python modules alone are import rules too, whatever the spelling of the import.
_MODULES = ("sqlalchemy", "asyncpg", "psycopg", "sqlite3", "pymongo")
_WORDS = {
    (PYTHON, "web"): ("fastapi", "starlette", "flask", r"django\.http"),
    (PYTHON, "model"): ("openai", "anthropic"),
    (SCRIPT, "database"): ("pg", "mysql2?", "sqlite3", "better-sqlite3", "mongodb", "mongoose", "knex", "typeorm", "@prisma/client"),
    (SCRIPT, "web"): ("express", "hono", "next/server"),
    (SCRIPT, "model"): ("openai", "@anthropic-ai/sdk"),
    (GO, "database"): ("database/sql", r"gorm\.io", r"github\.com/jackc/pgx", r"go\.mongodb\.org"),
    (GO, "web"): (r"github\.com/gin-gonic/gin", r"github\.com/labstack/echo", r"github\.com/go-chi/chi"),
    (GO, "model"): (r"github\.com/sashabaranov/go-openai", r"github\.com/openai/openai-go", r"github\.com/anthropics/anthropic-sdk-go"),
}
_IMPORT = {
    PYTHON: r"^[ \t]*(?:from|import)[ \t]+(?:{words})\b",
    SCRIPT: r"(?:\bfrom|\bimport|\brequire\(|\bimport\()\s*['\"`](?:{words})(?:['\"`]|/)",
    GO: r"\"(?:{words})(?:\"|/)",
}
_SQL = r"\b(?:SELECT\s[^;]{1,200}\sFROM|INSERT\s+INTO|DELETE\s+FROM)\s"
_REASONS = {
    "database": "the database belongs to the repos layer",
    "sql": "SQL belongs to the repos layer",
    "model": "calls of a language model belong to the llm layer",
    "web": "HTTP belongs to the routers layer",
}


def framework_of(language: str, packages: Iterable[str]) -> str:
    """Return the template of a project: that of the first known framework which it declares, else that of its language.

    Go packages count with what follows them: `github.com/go-chi/chi/v5` is chi.
    """
    declared = set(packages)
    for name, (of, told) in FRAMEWORKS.items():
        if of == language and any(one == each or one.startswith(f"{each}/") for each in told for one in declared):
            return name
    return language


def starter_rules(framework: str, paths: Iterable[RepoPath], hits: Iterable[Hit] = ()) -> bytes:
    """Return a `boundaries.json` for a framework of FRAMEWORKS, over the source files `paths`, without the rules that `hits` break.

    A layer whose rules are all broken is left out with them. What was left out stands in the file, below a key of its own.
    """
    language = FRAMEWORKS[framework][0]
    sources = [path for path in paths if path.endswith(_SUFFIXES[language]) and not is_test(path)]
    broken = {(hit.layer, hit.pattern): hit.files for hit in hits}
    layers: list[dict[str, object]] = []
    left_out: list[dict[str, object]] = []
    for layer in _LAYERS:
        rules = _rules(layer, language, framework)
        kept = [rule for rule in rules if (layer.name, rule["pattern"]) not in broken]
        left_out += [
            {"layer": layer.name, **rule, "files": files} for rule in rules if (files := broken.get((layer.name, rule["pattern"])))
        ]
        if kept:
            glob = _glob(layer, language, framework, sources)
            layers.append({"name": layer.name, "glob": glob, "description": layer.description, "forbidden": kept})
    document: dict[str, object] = {
        "_about": f"default layering, {framework}; * does not cross /, ** does; patterns are google-re2, a bare name is an import rule too",
        "layers": layers or [_nothing(language)],
        "known_violations": [],
    }
    if left_out:
        document["_left_out"] = left_out
    return (json.dumps(document, indent=2) + "\n").encode("ascii")


def _nothing(language: str) -> dict[str, object]:
    # A document without a layer is none (A401): a project that keeps no default rule gets a layer to write its own into.
    glob = f"**/{_ENDINGS[language]}"
    return {"name": "all", "glob": glob, "description": "no default rule is kept today: write the first one here", "forbidden": []}


def _glob(layer: _Layer, language: str, framework: str, sources: list[RepoPath]) -> str:
    if (framework, layer.name) in _OWN_PLACES:
        return _OWN_PLACES[framework, layer.name]
    names = _names(layer, language)
    folders = sorted({found for path in sources if (found := _folder(names, path))})
    ending = _ENDINGS[language]
    if len(folders) > MOST_FOLDERS:
        return f"**/{_either(sorted(names))}/**/{ending}"
    return f"{_either(folders or [layer.place[language]])}/**/{ending}"


def _either(words: list[str]) -> str:
    return "{" + ",".join(words) + "}" if len(words) > 1 else words[0]


def _names(layer: _Layer, language: str) -> frozenset[str]:
    # Elsewhere than in Go handlers are as often those of messages, logs or errors, and may use a database.
    return layer.folders | ({"handlers", "handler"} if (layer.name, language) == ("routers", GO) else set())


def _folder(names: frozenset[str], path: RepoPath) -> str:
    """Return the outermost folder above a file that has one of the names, empty when none has, or its own name cannot be in a glob."""
    parts = path.split("/")[:-1]
    at = next((number for number, part in enumerate(parts, 1) if part.lower() in names), 0)
    folder = "/".join(parts[:at])
    return folder if re.fullmatch(r"[\w./@ +-]+", folder) else ""


def _rules(layer: _Layer, language: str, framework: str) -> list[dict[str, str]]:
    return [rule for kind in layer.forbids for rule in _rules_about(kind, language, framework)]


def _rules_about(kind: str, language: str, framework: str) -> list[dict[str, str]]:
    reason = _REASONS[kind]
    if kind == "sql":
        return [{"pattern": _SQL, "reason": reason, "case": "sensitive"}]
    names = _MODULES if (language, kind) == (PYTHON, "database") else ()
    # Nest decorates services as it does controllers, and Django's middleware speaks HTTP everywhere.
    words = () if kind == "web" and framework in ("django", "nestjs") else _WORDS.get((language, kind), ())
    joined = [{"pattern": _IMPORT[language].format(words="|".join(words)), "reason": reason}] if words else []
    return [*({"pattern": name, "reason": reason} for name in names), *joined]
