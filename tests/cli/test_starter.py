"""Templates that `init` writes: filled where the repository tells, and no example in them counts for anything."""

from __future__ import annotations

import json
import os
import re
from importlib.resources import files
from pathlib import Path

import pytest

from forgewatch.app.engine import pass_gate
from forgewatch.checks.x_docs import SECTIONS
from forgewatch.checks.x_docs import judge as judge_instructions
from forgewatch.cli.commands import COMMANDS
from forgewatch.cli.skeleton import create_missing
from forgewatch.cli.stack import stack_of
from forgewatch.core.boundaries import parse_boundaries, scan
from forgewatch.core.directive import parse_directive
from forgewatch.core.evidence_bundle import GATE, ground_of
from forgewatch.core.forge_json import ForgeJson, read_forge_json
from forgewatch.core.layer_rules import Boundaries
from forgewatch.core.manifesto import lacking_sections
from forgewatch.core.phases import parse_phases
from forgewatch.core.physics import parse_physics
from forgewatch.core.places import FORGE, ROOT, USER_INSTRUCTIONS, Places
from forgewatch.core.schema_tables import parse_tables
from forgewatch.core.settings import Profile
from forgewatch.core.starter_layers import FRAMEWORKS
from forgewatch.core.values import Absent, Phase, RepoPath
from forgewatch.core.verdict import StopReason, Verdict
from tests.cli.conftest import tree
from tests.support.builder import Builder
from tests.support.snapshots import snapshot

PLAN = b"## Phase 0 -- Genesis\n- frame\n## Phase 1 -- Ship\n- all\n"
RULES = "Forge/Contracts/boundaries.json"
PHYSICS = "Forge/Contracts/physics.yaml"


def made(root: Path, framework: str = "", governed: Places = FORGE) -> dict[str, str]:
    """Run init and return the text of every document by its path."""
    create_missing(root, governed, framework)
    return {path: raw.decode("utf-8-sig") for path, raw in tree(root).items()}


@pytest.mark.parametrize("governed", [FORGE, ROOT])
def test_no_example_of_a_template_counts(bare: Path, governed: Places) -> None:
    texts = {path.removeprefix(governed.contracts + "/"): text.encode() for path, text in made(bare, governed=governed).items()}
    directive = parse_directive(texts["directive.md"])
    assert (directive.aem, directive.auto_authorize, directive.boot_script, directive.phase) == (False, False, False, None)
    assert parse_phases(texts["phases.md"]) == ()
    assert parse_tables(texts["schema.md"]) == ()
    assert parse_physics(texts["physics.yaml"]).routes == ()
    assert lacking_sections(texts["manifesto.md"]) == ()
    # The TODOs of this one keep it from passing its gate as it is.
    assert b"TODO" in texts.pop("evidence_bundle.md")
    for path, text in texts.items():
        assert not re.search(rb"TODO|TBD|FIXME|\$\w|<[a-z]+>", text) or path.endswith((".py", ".ps1", ".json")), path


def test_an_example_that_is_taken_out_of_its_fence_is_what_the_checks_read(bare: Path) -> None:
    phases = made(bare)["Forge/Contracts/phases.md"].replace("```markdown\n", "").replace("```\n", "")
    assert [phase.name for phase in parse_phases(phases.encode())] == ["Phase 0", "Phase 1"]
    schema = made(bare)["Forge/Contracts/schema.md"].replace("> ", "")
    assert [table.name for table in parse_tables(schema.encode())] == ["orders"]
    routes = re.sub(r"(?m)^# ?(?=paths:|  )", "", made(bare)[PHYSICS].replace("paths: {}\n", ""))
    assert [(route.method, route.path) for route in parse_physics(routes.encode()).routes] == [("GET", "/orders/{}")]


@pytest.mark.req("S002-9.7-1")
@pytest.mark.parametrize("title", [title for title, _ in SECTIONS])
def test_the_instructions_begin_as_eight_headings_and_each_that_is_removed_is_missed_in_the_last_phase(bare: Path, title: str) -> None:
    stub = made(bare)["USER_INSTRUCTIONS.md"]
    assert re.findall(r"^## (.*)$", stub, re.M) == [each for each, _ in SECTIONS]

    def codes(text: str, phase: str) -> list[str]:
        documents = {FORGE.phases: PLAN, USER_INSTRUCTIONS: text.encode()}
        ruling = judge_instructions(snapshot(phase=Phase(phase), documents=documents, base_documents={FORGE.phases: PLAN}))
        return [f"{found.code} {found.expected}" for found in ruling.findings if found.path == USER_INSTRUCTIONS]

    filled = re.sub(r"(?m)^(## .*)$", r"\1\n\nDo this.", stub)
    assert codes(stub, "Phase 0") == []
    assert codes(filled, "Phase 1") == []
    assert codes(filled.replace(f"## {title}\n\nDo this.\n", ""), "Phase 1") == [f"XU02 {title}"]
    assert codes(filled.replace(f"## {title}\n\nDo this.\n", f"## {title}\n"), "Phase 1") == [f"XU03 {title}"]


@pytest.mark.parametrize("governed", [FORGE, ROOT])
def test_the_page_for_builders_names_every_stop_the_places_of_the_layout_and_commands_that_exist(bare: Path, governed: Places) -> None:
    page = made(bare, governed=governed)[f"{governed.contracts}/BUILDER.md"]
    assert [reason for reason in StopReason if f"\n- {reason}: " not in page] == []
    assert governed.diff_log in page and governed.physics in page and f"`{governed.base}scripts/`" in page
    named = set(re.findall(r"`forgewatch (\w+)", page))
    assert named >= {"gate", "difflog", "test", "wait", "signoff", "authorize", "explain", "dispute"}
    assert named <= {command.name for command in COMMANDS}
    assert max(map(len, page.splitlines())) <= 130


@pytest.mark.req("S002-2-1")
@pytest.mark.parametrize("governed", [FORGE, ROOT])
def test_the_template_of_an_evidence_bundle_is_there_and_passes_no_gate_as_it_is(bare: Path, governed: Places) -> None:
    template = made(bare, governed=governed)[f"{governed.contracts}/evidence_bundle.md"]
    ground = ground_of("bundle.md", template.encode(), lambda _: Absent(), governed)
    assert [result.verdict for result in pass_gate(GATE, ground, Profile.DEV).results] == [Verdict.FAIL] * 6


def test_a_name_of_a_folder_that_is_no_plain_text_moves_nothing(tmp_path: Path) -> None:
    for number, name in enumerate(["a\n# Phase 1", "<!-- x", "$project ${x}", "b\udcff", "TODO: x"]):
        root = tmp_path / str(number) / name
        root.mkdir(parents=True)
        Builder(root).git("init", "-q")
        texts = made(root)
        assert isinstance(read_forge_json(texts["forge.json"].encode()), ForgeJson)
        blueprint = texts["Forge/Contracts/blueprint.md"]
        assert blueprint.startswith("# Blueprint: ") and "\n\nWhat is built" in blueprint
        assert " <!--" not in blueprint and parse_phases(texts["Forge/Contracts/phases.md"].encode()) == ()
        assert parse_physics(texts[PHYSICS].encode()).defect is None


@pytest.mark.req("S002-4-2")
@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_a_framework_that_is_asked_for_decides_rules_and_language(bare: Path, framework: str) -> None:
    texts = made(bare, framework)
    language = FRAMEWORKS[framework][0]
    assert json.loads(texts["forge.json"])["backend"]["language"] == language
    assert isinstance(read_forge_json(texts["forge.json"].encode()), ForgeJson)
    assert isinstance(parse_boundaries(texts[RULES].encode()), Boundaries)
    assert f"- Framework: {framework if framework != language else 'none'}\n" in texts["Forge/Contracts/stack.md"]


@pytest.mark.parametrize(
    ("written", "framework"),
    [
        ({"requirements.txt": "fastapi==0.1\n"}, "fastapi"),
        ({"requirements.txt": "flask\n", "package.json": '{"dependencies": {"express": "1"}}'}, "flask"),
        ({"pyproject.toml": "[project]\nname = 'a'\ndependencies = ['Django>=4']\n"}, "django"),
        ({"package.json": '{"dependencies": {"express": "1", "@nestjs/core": "1"}}'}, "nestjs"),
        ({"package.json": '{"devDependencies": {"hono": "1"}}'}, "hono"),
        ({"package.json": "not json"}, "typescript"),
        ({"go.mod": "module a\n\nrequire github.com/labstack/echo/v4 v4.1.0\n"}, "echo"),
        ({"go.mod": "what\x00"}, "go"),
        ({}, "python"),
    ],
)
def test_the_framework_is_what_the_manifest_declares(bare: Path, written: dict[str, str], framework: str) -> None:
    for path, text in written.items():
        Builder(bare).write(path, text)
    assert stack_of(bare).framework == framework


@pytest.mark.parametrize(
    ("manifest", "text", "tester"),
    [
        ("package.json", '{"devDependencies": {"jest": "29"}}', "jest"),
        ("package.json", '{"devDependencies": {"mocha": "1", "vitest": "1"}}', "vitest"),
        ("package.json", "{}", "vitest"),
        ("requirements.txt", "jest\n", "pytest"),
        ("go.mod", "module a\n", "go test"),
    ],
)
def test_what_runs_the_tests_is_what_the_manifest_declares(bare: Path, manifest: str, text: str, tester: str) -> None:
    Builder(bare).write(manifest, text)
    assert stack_of(bare).backend["test_framework"] == tester


def test_a_test_script_without_a_known_framework_names_none(bare: Path) -> None:
    Builder(bare).write("package.json", '{"scripts": {"test": "node --test"}}').write("test/add.test.js", "")
    assert stack_of(bare).backend == {"language": "typescript", "test_dir": "test", "dependency_file": "package.json"}
    assert "- Tests: the test script of package.json, in test/\n" in made(bare)["Forge/Contracts/stack.md"]


@pytest.mark.parametrize(
    ("written", "folder"),
    [
        (["backend/tests/test_a.py"], "backend"),
        (["backend/tests/test_a.py", "backend/__init__.py"], None),
        (["tests/test_a.py", "backend/app.py"], None),
        (["backend/tests/test_a.py", "backend2/tests/test_b.py"], None),
    ],
)
def test_a_project_lives_in_the_folder_of_its_manifest_where_its_tests_are_there_too(
    bare: Path, written: list[str], folder: str | None
) -> None:
    project = Builder(bare).write("backend/requirements.txt", "flask\n")
    for path in written:
        project.write(path, "")
    assert stack_of(bare).backend.get("dir") == folder
    assert stack_of(bare).backend["dependency_file"] == "backend/requirements.txt"


def test_an_environment_in_the_folder_of_the_project_is_named(bare: Path) -> None:
    project = Builder(bare).write("api/requirements.txt", "flask\n").write("api/tests/test_a.py", "").write("api/.venv/bin/python", "")
    assert stack_of(bare).backend["venv_path"] == "api/.venv"
    project.write(".venv/bin/python", "")
    assert "venv_path" not in stack_of(bare).backend


CASE = "import unittest\n\n\nclass T(unittest.TestCase):\n    def test_a(self):\n        pass\n"


@pytest.mark.parametrize(
    ("written", "tester"),
    [
        ({"tests/test_a.py": CASE}, "unittest"),
        ({"test_a.py": CASE}, "unittest"),
        ({"tests/test_a.py": CASE, "requirements.txt": "flask\n"}, "unittest"),
        ({"tests/test_a.py": CASE, "requirements.txt": "pytest-cov\n"}, "pytest"),
        ({"tests/test_a.py": CASE, "requirements-dev.txt": "pytest\n"}, "pytest"),
        ({"tests/test_a.py": CASE, "pyproject.toml": "[tool.pytest.ini_options]\n"}, "pytest"),
        ({"tests/test_a.py": CASE, "tests/conftest.py": ""}, "pytest"),
        ({"tests/test_a.py": CASE, "Makefile": "test:\n\tpytest\n"}, "pytest"),
        ({"tests/test_a.py": CASE, "tests/test_b.py": "def test_b():\n    pass\n"}, "pytest"),
        ({"tests/test_a.py": CASE, "app/a.py": "def test_connection():\n    pass\n"}, "unittest"),
        ({}, "pytest"),
    ],
)
def test_tests_that_need_unittest_alone_are_run_by_it(bare: Path, written: dict[str, str], tester: str) -> None:
    for path, text in written.items():
        Builder(bare).write(path, text)
    assert stack_of(bare).backend["test_framework"] == tester


@pytest.mark.parametrize(
    ("paths", "folder"),
    [
        (["backend/tests/test_a.py", "frontend/tests/a.test.ts"], "backend/tests"),
        (["backend/tests/test_a.py", "tests/test_b.py"], "tests"),
        (["a/tests/test_a.py", "b/tests/test_b.py"], None),
        (["test_a.py", "a.py"], None),
        ([".venv/tests/test_a.py", "a/app.py"], "tests"),
        (["a/tests"], "tests"),
    ],
)
def test_the_folder_of_tests_is_the_one_that_is_there(bare: Path, paths: list[str], folder: str | None) -> None:
    for path in paths:
        Builder(bare).write(path, "")
    assert stack_of(bare).backend.get("test_dir") == folder


@pytest.mark.parametrize(
    ("written", "frontend"),
    [
        ({"web/package.json": "{}"}, "web"),
        ({"requirements.txt": "flask\n", "frontend/package.json": "{}"}, "frontend"),
        ({"requirements.txt": "flask\n", "package.json": '{"dependencies": {"react": "1"}}'}, "."),
        ({"requirements.txt": "flask\n", "package.json": '{"devDependencies": {"prettier": "1"}}'}, None),
        ({"package.json": '{"dependencies": {"next": "1"}}', "web/package.json": "{}"}, "."),
        ({"package.json": '{"dependencies": {"express": "1"}}'}, None),
        ({"web/other.json": "{}"}, None),
        ({}, None),
    ],
)
def test_a_front_end_is_found_and_brings_ui_md(bare: Path, written: dict[str, str], frontend: str | None) -> None:
    for path, text in written.items():
        Builder(bare).write(path, text)
    texts = made(bare)
    assert stack_of(bare).frontend == frontend
    assert ("Forge/Contracts/ui.md" in texts) is (frontend is not None)
    assert f"- Frontend enabled: {'no' if frontend is None else 'yes'}\n" in texts["Forge/Contracts/stack.md"]
    assert json.loads(texts["forge.json"]).get("frontend") == (None if frontend is None else {"enabled": True, "dir": frontend})


def test_routes_of_the_code_become_the_contract_in_every_language_that_is_read(bare: Path) -> None:
    project = Builder(bare)
    project.write(
        "app/main.py", "from flask import Flask\n\napp = Flask(__name__)\n\n\n@app.get('/users/<int:id>')\ndef user(id):\n    pass\n"
    )
    project.write(
        "tests/test_main.py", "from flask import Flask\n\napp = Flask(__name__)\n\n\n@app.get('/only/a/test')\ndef x():\n    pass\n"
    )
    project.write("api/server.js", "const express = require('express');\nconst app = express();\napp.post('/carts', add);\n")
    (bare / "linked.py").symlink_to(bare / "app/main.py")
    os.mkfifo(bare / "pipe.py")
    rows = {one.path: one.remark for one in create_missing(bare, FORGE)}
    assert rows[PHYSICS] == "with 2 routes of the code"
    found = parse_physics((bare / PHYSICS).read_bytes()).routes
    assert [(route.method, route.path) for route in found] == [("POST", "/carts"), ("GET", "/users/{}")]


@pytest.mark.parametrize(
    ("path", "text", "layer"),
    [
        ("app/routers/a.py", b"import sqlite3\n", "routers"),
        ("src/routes/a.ts", b"import { Pool } from 'pg';\n// import x from 'mongodb'\n", "routers"),
        ("internal/services/a.go", b'package a\n\nimport "github.com/gin-gonic/gin"\n', "services"),
        ("app/routers/odd.py", b"# -*- coding: utf-8 -*-\nx = '\xff'\n", "routers"),
    ],
)
def test_no_rule_is_written_that_the_code_breaks_today(bare: Path, path: str, text: bytes, layer: str) -> None:
    Builder(bare).write({".ts": "package.json", ".go": "go.mod", ".py": "requirements.txt"}[os.path.splitext(path)[1]], "{}")
    Builder(bare).write(path, text)
    rows = {one.path: one.remark for one in create_missing(bare, FORGE)}
    assert "left out that the code breaks today" in rows[RULES]
    raw = (bare / RULES).read_bytes()
    rules = parse_boundaries(raw)
    assert isinstance(rules, Boundaries)
    facts = scan(rules, RepoPath(path), text)
    assert facts.hits == ()
    assert {row["layer"] for row in json.loads(raw)["_left_out"]} == {layer}


def test_the_templates_are_part_of_the_package() -> None:
    shipped = {entry.name for entry in (files("forgewatch") / "templates").iterdir()}
    assert len(shipped) == 11
    for name in shipped:
        assert "\r" not in (files("forgewatch") / "templates" / name).read_text("utf-8")
