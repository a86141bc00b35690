"""A repository that knew nothing of forgewatch: `init`, a commit, and the first honest cycle of a builder passes without a warning."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.benches import require_sandbox
from tests.support.builder import VERIFICATION, Builder
from tests.support.installed import Installed, codes, verdicts

MAIN = """from fastapi import FastAPI

from app.api.routers import orders

app = FastAPI()
app.include_router(orders.router)
"""
ORDERS = """from fastapi import APIRouter
from sqlalchemy.orm import Session

router = APIRouter(prefix='/orders')


@router.get('/{order_id}')
def one(order_id: int):
    return {}


@router.post('')
def add():
    return {}
"""
CARTS = """from fastapi import APIRouter
from sqlalchemy.orm import Session

from app.services.orders import doubled

router = APIRouter()
"""
TESTS = """from app.services.orders import total


def test_total():
    assert total() == 1
"""
MORE_TESTS = """from app.api.routers import carts
from app.services.orders import doubled, total


def test_total():
    assert total() == 1


def test_doubled():
    assert doubled() == 2 and carts.router
"""
SHOP = {
    "requirements.txt": "fastapi==0.110\nsqlalchemy==2.0\nopenai==1.0\n",
    "app/__init__.py": "",
    "app/api/__init__.py": "",
    "app/api/routers/__init__.py": "",
    "app/api/routers/orders.py": ORDERS,
    "app/services/__init__.py": "",
    "app/services/orders.py": "def total():\n    return 1\n",
    "app/main.py": MAIN,
    "tests/test_orders.py": TESTS,
}
CYCLE = {
    "app/services/orders.py": "def total():\n    return 1\n\n\ndef doubled():\n    return 2\n",
    # The project gives its routers a session of the database: so does an honest new one.
    "app/api/routers/carts.py": CARTS,
    "tests/test_orders.py": MORE_TESTS,
}


def finishes(project: Builder, evidence: str, changed: dict[str, str], phase: str = "Phase 1 -- Carts") -> None:
    """Do the work, and write test record and diff log where the layout has them."""
    for path, text in changed.items():
        project.write(path, text)
    project.write(
        f"{evidence}/test_runs_latest.md",
        f"Status: PASS\nStart: 2026-11-20T10:00:00Z\nEnd: 2026-11-20T10:00:02Z\nBranch: main\nHEAD: {project.head}\npytest exit: 0\n",
    )
    project.claims(*changed)
    project.write(f"{evidence}/diff_log.md", project.difflog("COMPLETE", phase=phase, verification=VERIFICATION))


def test_a_first_honest_cycle_after_init_passes_without_a_warning(tmp_path: Path) -> None:
    project = Builder(tmp_path / "shop")
    project.root.mkdir()
    project.git("init", "-q")
    for path, text in SHOP.items():
        project.write(path, text)
    project.commit("a shop")
    installed = Installed(project.root, tmp_path)
    told = installed.run("init")
    assert told.returncode == 0, told.stderr
    assert (
        "  created Forge/Contracts/boundaries.json (default layering, fastapi, 1 rule left out that the code breaks today)" in told.stdout
    )
    assert "  created Forge/Contracts/physics.yaml (with 2 routes of the code)" in told.stdout
    # What it says comes next is what a newcomer types.
    add, commit = (line.removeprefix("next:").strip() for line in told.stdout.splitlines()[-3:-1])
    project.git(*add.removeprefix("git ").split())
    project.git(*shlex.split(commit)[1:])
    assert project.git("status", "--porcelain") == ""
    assert installed.run("init", "--check").returncode == 0
    finishes(project, "Forge/evidence", CYCLE)
    status, document = installed.audit()
    assert (status, document["outcome"], codes(document)) == (0, "PASS", set()), document
    assert set(verdicts(document).values()) <= {"PASS", "NOT_APPLICABLE"}


def test_the_same_with_the_contracts_at_the_root(tmp_path: Path) -> None:
    project = Builder(tmp_path / "shop")
    project.root.mkdir()
    project.git("init", "-q")
    project.write("scripts/mine.sh", "echo mine\n").write("main.py", "print(1)\n").commit("a tool")
    project.write("scripts/mine.sh", "echo not committed yet\n")
    config = tmp_path / "forgewatch.yaml"
    config.write_text(f"repositories:\n  - {{path: {json.dumps(str(project.root))}, layout: root}}\n")
    installed = Installed(project.root, tmp_path, extra={"FORGEWATCH_CONFIG": str(config)})
    told = installed.run("init")
    assert told.returncode == 0, told.stderr
    assert not (project.root / "Forge").exists()
    assert "evidence/diff_log.md" in (project.root / "Contracts/BUILDER.md").read_text()
    assert "Forge" not in (project.root / "Contracts/BUILDER.md").read_text()
    (add,) = (line.removeprefix("next:").strip() for line in told.stdout.splitlines() if line.startswith("next:"))
    project.git(*add.removeprefix("git ").split())
    project.git("commit", "-q", "-m", "Governance files")
    # What the user had not committed stays so.
    assert project.git("status", "--porcelain") == "M scripts/mine.sh"
    project.git("checkout", "-q", "scripts/mine.sh")
    assert installed.run("init", "--check").returncode == 0
    finishes(project, "evidence", {"README.md": "How it prints.\n"}, phase="Phase 1 -- Print")
    status, document = installed.audit()
    assert (status, document["outcome"], codes(document)) == (0, "PASS", set()), document
    assert set(verdicts(document).values()) <= {"PASS", "NOT_APPLICABLE"}


def test_a_genesis_by_the_example_of_the_plan_passes_without_a_warning(tmp_path: Path) -> None:
    project = Builder(tmp_path / "shop")
    project.root.mkdir()
    project.git("init", "-q")
    installed = Installed(project.root, tmp_path)
    assert installed.run("init", "--boundaries", "fastapi").returncode == 0
    # The director takes plan and table of the templates as they are.
    for name, marks in (("phases", ("```markdown\n", "```\n")), ("schema", ("> ",))):
        path = f"Forge/Contracts/{name}.md"
        text = (project.root / path).read_text()
        for mark in marks:
            text = text.replace(mark, "")
        project.write(path, text)
    project.commit("contracts")
    health = "from fastapi import FastAPI\n\napp = FastAPI()\n\n\n@app.get('/health')\ndef health():\n    return {}\n"
    physics = "paths:\n  /health:\n    get:\n      summary: alive\n"
    test = "from app.main import health\n\n\ndef test_health():\n    assert health() == {}\n"
    work = {"app/main.py": health, "requirements.txt": "fastapi\n", "tests/test_health.py": test, "Forge/Contracts/physics.yaml": physics}
    finishes(project, "Forge/evidence", work, phase="Phase 0 -- Genesis")
    status, document = installed.audit()
    assert (status, document["outcome"], codes(document)) == (0, "PASS", set()), document


def test_a_first_cycle_in_typescript_passes_too(tmp_path: Path) -> None:
    project = Builder(tmp_path / "shop")
    project.root.mkdir()
    project.git("init", "-q")
    project.write("package.json", '{"name": "shop", "dependencies": {"express": "4", "pg": "8"}, "devDependencies": {"vitest": "1"}}')
    project.write("src/server.ts", "import express from 'express';\nconst app = express();\napp.get('/health', (q, r) => r.send('ok'));\n")
    project.write("src/routes/users.ts", "import { Pool } from 'pg';\nexport const pool = new Pool();\n")
    project.commit("a shop")
    installed = Installed(project.root, tmp_path)
    assert "(with 1 route of the code)" in installed.run("init").stdout
    project.commit("Governance files")
    test = "import { test } from 'vitest';\nimport { two } from './two';\ntest('two', () => two());\n"
    work = {"src/services/two.ts": "export function two(): number {\n  return 2;\n}\n", "src/services/two.test.ts": test}
    finishes(project, "Forge/evidence", work, phase="Phase 1 -- Two")
    status, document = installed.audit()
    assert (status, document["outcome"], codes(document)) == (0, "PASS", set()), document


@pytest.mark.req("S002-10.2-6")
def test_a_script_that_init_made_is_the_audit(tmp_path: Path) -> None:
    project = Builder(tmp_path / "shop")
    project.root.mkdir()
    project.git("init", "-q")
    installed = Installed(project.root, tmp_path)
    installed.run("init")
    project.write("main.py", "print(1)\n").commit("all of it")
    finishes(project, "Forge/evidence", {"main.py": "print(2)\n"})
    path = f"{installed.command.parent}:{installed.environment['PATH']}"
    run = subprocess.run(
        [sys.executable, project.root / "Forge/scripts/run_audit.py"],
        env={**installed.environment, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.returncode, "Overall: PASS" in run.stdout) == (0, True), run.stdout + run.stderr


def test_a_project_of_unittests_goes_from_init_through_phase_0_without_a_word_or_an_edit(tmp_path: Path) -> None:
    require_sandbox()
    project = Builder(tmp_path / "calc")
    project.root.mkdir()
    project.git("init", "-q")
    test = "import unittest\n\nfrom calc.ops import add\n\n\nclass T(unittest.TestCase):\n"
    test += "    def test_add(self):\n        self.assertEqual(add(1, 2), 3)\n"
    # No package of tests, no manifest, no commit yet.
    project.write("calc/ops.py", "def add(a, b):\n    return a + b\n").write("tests/test_ops.py", test)
    installed = Installed(project.root, tmp_path)
    assert installed.run("init").returncode == 0
    begun = installed.run("difflog", "start", "--phase", "Phase 0 -- Genesis", "--summary", "begin", "--files", "calc", "tests")
    assert (begun.returncode, "?? forge.json\n" in begun.stdout, "OVERWRITE" in begun.stdout) == (0, True, False), begun.stdout
    tested = installed.run("test")
    assert (tested.returncode, "PASS behavior unittest: 1 passed in " in tested.stdout) == (0, True), tested.stdout
    said = ("--verification", "runtime=n/a: a library", "contract=PASS no routes")
    assert installed.run("difflog", "finish", "--summary", "begun", *said).returncode == 0
    status, document = installed.audit()
    assert (status, document["outcome"], codes(document)) == (0, "PASS", set()), document
