"""Layer rules that `init` writes: valid for every framework, about the folders that are there, without a rule that is broken today."""

from __future__ import annotations

import json

import pytest

from forgewatch.cli.arguments import BOUNDARIES
from forgewatch.core.boundaries import governing, parse_boundaries, scan
from forgewatch.core.layer_rules import Boundaries
from forgewatch.core.starter_layers import FRAMEWORKS, MOST_FOLDERS, Hit, framework_of, starter_rules
from forgewatch.core.values import RepoPath

INSIDE = {
    "python": ("app/api/routers/orders.py", "app/services/orders.py", "app/repos/orders.py", "app/llm/client.py"),
    "typescript": ("src/routes/orders.ts", "src/services/orders.ts", "src/repos/orders.ts", "src/llm/client.ts"),
    "go": ("internal/handlers/orders.go", "internal/services/orders.go", "internal/repos/orders.go", "internal/llm/client.go"),
    "nestjs": ("src/orders/orders.controller.ts", "src/orders/orders.service.ts", "src/orders/orders.repository.ts", "src/llm/client.ts"),
    "next": ("app/api/orders/route.ts", "src/services/orders.ts", "src/repos/orders.ts", "src/llm/client.ts"),
}
LAYERS = ["routers", "services", "repos", "llm"]


def rules_of(raw: bytes) -> Boundaries:
    rules = parse_boundaries(raw)
    assert isinstance(rules, Boundaries), rules
    return rules


def hits(raw: bytes, path: str, text: str) -> list[str]:
    """The reasons why a file breaks the rules."""
    return [hit.reason for hit in scan(rules_of(raw), RepoPath(path), text.encode()).hits]


@pytest.mark.req("S002-4-2")
@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_the_template_of_every_framework_is_valid_and_governs_its_four_layers(framework: str) -> None:
    rules = rules_of(starter_rules(framework, ()))
    assert rules.pattern_defects == ()
    assert rules.known_violations == ()
    paths = INSIDE.get(framework, INSIDE[FRAMEWORKS[framework][0]])
    assert [[layer.name for layer in governing(rules, RepoPath(path))] for path in paths] == [[name] for name in LAYERS]


def test_the_command_offers_every_template_and_no_other() -> None:
    assert tuple(BOUNDARIES) == tuple(FRAMEWORKS)


@pytest.mark.req("S002-4-2")
@pytest.mark.parametrize(
    ("framework", "path", "text", "reason"),
    [
        ("fastapi", "app/api/routers/a.py", "import asyncpg\n", "the database belongs to the repos layer"),
        ("fastapi", "app/api/routers/a.py", "from sqlalchemy.orm import Session\n", "the database belongs to the repos layer"),
        ("fastapi", "app/api/routers/a.py", "q = 'SELECT id FROM orders'\n", "SQL belongs to the repos layer"),
        ("fastapi", "app/api/routers/a.py", "from openai import OpenAI\n", "calls of a language model belong to the llm layer"),
        ("flask", "app/services/a.py", "from flask import request\n", "HTTP belongs to the routers layer"),
        ("flask", "app/repos/a.py", "    import flask\n", "HTTP belongs to the routers layer"),
        ("python", "app/llm/a.py", "import sqlite3\n", "the database belongs to the repos layer"),
        ("express", "src/routes/a.ts", "import { Pool } from 'pg';\n", "the database belongs to the repos layer"),
        ("express", "src/routes/a.js", 'const p = require("pg");\n', "the database belongs to the repos layer"),
        ("express", "src/services/a.ts", "import type { Request } from 'express'\n", "HTTP belongs to the routers layer"),
        ("nestjs", "src/a/a.controller.ts", "import { Repository } from 'typeorm';\n", "the database belongs to the repos layer"),
        ("next", "app/api/a/route.ts", "import { PrismaClient } from '@prisma/client'\n", "the database belongs to the repos layer"),
        ("gin", "internal/handlers/a.go", 'import "database/sql"\n', "the database belongs to the repos layer"),
        ("chi", "internal/services/a.go", 'import "github.com/go-chi/chi/v5"\n', "HTTP belongs to the routers layer"),
    ],
)
def test_what_belongs_to_another_layer_is_found(framework: str, path: str, text: str, reason: str) -> None:
    assert hits(starter_rules(framework, ()), path, text) == [reason]


@pytest.mark.parametrize(
    ("framework", "path", "text"),
    [
        ("fastapi", "app/api/routers/a.py", "from app.services import openai_service\n\nopenai_service.ask()\n"),
        ("fastapi", "app/api/routers/a.py", "NAME = 'Select a user from the list'\n"),
        ("fastapi", "app/services/a.py", "import fastapi_settings\nfrom app.flask_like import thing\n"),
        ("fastapi", "app/api/routers/a.py", "# SELECT id FROM orders stands in the repo, sqlalchemy too\n"),
        ("django", "app/services/a.py", "from django.http import HttpRequest\n"),
        ("express", "src/routes/a.ts", "import pgp from 'pg-promise-like';\nconst pg = 1;\n"),
        ("nestjs", "src/a/a.service.ts", "import { Injectable } from '@nestjs/common';\nimport { Request } from 'express';\n"),
        ("gin", "internal/handlers/a.go", 'import "github.com/gin-gonic/gin"\n'),
    ],
)
def test_what_an_honest_layer_does_is_no_hit(framework: str, path: str, text: str) -> None:
    assert hits(starter_rules(framework, ()), path, text) == []


def globs(raw: bytes) -> dict[str, str]:
    return {layer.name: layer.glob.globs[0] for layer in rules_of(raw).layers}


def test_a_layer_governs_the_folders_of_its_names_that_are_there_and_not_those_of_tests() -> None:
    paths = [
        RepoPath(path) for path in ("shop/views/a.py", "shop/views/deep/routes/b.py", "blog/Views/c.py", "tests/routers/d.py", "views.py")
    ]
    assert globs(starter_rules("flask", paths))["routers"] == "{blog/Views,shop/views}/**/*.py"
    assert globs(starter_rules("flask", paths[:1]))["routers"] == "shop/views/**/*.py"
    assert globs(starter_rules("express", paths))["routers"].startswith("src/routes/**/")


def test_handlers_are_those_of_requests_in_go_only() -> None:
    paths = [RepoPath("pkg/handlers/a.go"), RepoPath("pkg/handlers/a.py")]
    assert globs(starter_rules("go", paths))["routers"] == "pkg/handlers/**/*.go"
    assert globs(starter_rules("python", paths))["routers"] == "app/api/routers/**/*.py"


def test_many_folders_of_one_name_are_governed_by_their_name() -> None:
    paths = [RepoPath(f"part{number}/routers/a.py") for number in range(MOST_FOLDERS + 1)]
    raw = starter_rules("fastapi", paths)
    assert globs(raw)["routers"].startswith("**/{blueprints,controllers,")
    assert all(governing(rules_of(raw), path) for path in paths)


@pytest.mark.parametrize("odd", ["a{b,c}/routers/x.py", "a*/routers/x.py", "a\n/routers/x.py", "\udcff/routers/x.py"])
def test_a_folder_that_no_glob_can_name_is_left_alone(odd: str) -> None:
    assert globs(starter_rules("fastapi", [RepoPath(odd)]))["routers"] == "app/api/routers/**/*.py"


def test_a_rule_that_is_broken_today_is_left_out_and_named() -> None:
    raw = starter_rules("fastapi", (), [Hit("routers", "sqlalchemy", 7)])
    assert hits(raw, "app/api/routers/a.py", "import sqlalchemy\n") == []
    assert hits(raw, "app/api/routers/a.py", "import asyncpg\n") != []
    assert json.loads(raw)["_left_out"] == [
        {"layer": "routers", "pattern": "sqlalchemy", "reason": "the database belongs to the repos layer", "files": 7}
    ]


def test_a_layer_without_a_rule_is_left_out_and_a_document_has_one_layer_at_least() -> None:
    every = [Hit(layer.name, rule.pattern.text, 1) for layer in rules_of(starter_rules("gin", ())).layers for rule in layer.rules]
    routers = starter_rules("gin", (), [hit for hit in every if hit.layer != "routers"])
    assert list(globs(routers)) == ["routers"]
    nothing = starter_rules("gin", (), every)
    assert [(layer.name, layer.rules) for layer in rules_of(nothing).layers] == [("all", ())]


@pytest.mark.parametrize(
    ("language", "packages", "framework"),
    [
        ("python", ["uvicorn", "fastapi"], "fastapi"),
        ("python", ["flask"], "flask"),
        ("python", ["celery"], "python"),
        ("python", ["express"], "python"),
        ("typescript", ["express", "@nestjs/core"], "nestjs"),
        ("typescript", ["react"], "typescript"),
        ("go", ["github.com/go-chi/chi/v5"], "chi"),
        ("go", ["github.com/go-chi/chiller"], "go"),
        ("go", [], "go"),
    ],
)
def test_the_framework_is_the_first_known_one_that_is_declared(language: str, packages: list[str], framework: str) -> None:
    assert framework_of(language, packages) == framework
