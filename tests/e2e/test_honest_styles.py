"""Honest cycles in the styles of different builders: tables, code blocks, emoji, Windows, whole projects. All of them PASS."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest

from tests.support.builder import VERIFICATION, Builder
from tests.support.installed import Installed


def passes(installed: Installed, why: str) -> None:
    status, document = installed.audit()
    assert status == 0, (why, [finding for result in document["results"] for finding in result["findings"]])


def finished(builder: Builder, *claimed: str, **parts: str) -> None:
    builder.record().claims(*claimed).completes(**parts)


def adopted(builder: Builder, installed: Installed) -> None:
    builder.commit("so far")
    assert installed.run("ledger", "adopt", "--yes", "--reason", "the project so far").returncode == 0


def every(builder: Builder, installed: Installed, logs: Sequence[str]) -> None:
    """Audit one change under many diff logs; every record is a run of its own."""
    for number, text in enumerate(logs):
        builder.record(start=f"2026-11-20T10:{number:02}:00Z").writes_log(text)
        passes(installed, text)


CLAIMS = [
    "## Files Changed\n```\napp/a.py\napp/b.py\n```",
    "## Files Changed\n```text\nM  app/a.py\n?? app/b.py\n```",
    "## Files Changed\n\n    app/a.py\n    app/b.py",
    "## 📁 Files Changed\n- [x] **app/a.py** — value\n- [x] `app/b.py` (new, +1 line)\n- Total: 2 files changed (+2/-1)",
    "## 3. Files Changed\n\n| # | Action | File | Lines |\n|---|---|---|---|\n| 1 | M | `app/a.py` | +1 |\n| 2 | A | app\\b.py | +1 |\n"
    "| | **Total** | 2 files | +2 |",
    "## Files Changed\n\n### New\n1. `app/b.py`\n\n### Modified\n1. [app/a.py](app/a.py)\n\n### Deleted\n(none)\n\n**Total:** 2 files",
    "## Files Changed:\n- Backend\n  - app/a.py\n    - changed `x`, see helper.py\n  - app/b.py\n- evidence/test_runs.md",
    "## Files Created\n- `app/b.py`\n\n## Files Modified\nThe following files were modified:\n\n"
    "- app/a.py: value\n\nNo other files were touched.",
    "## Files Created/Modified\n- `app/a.py`,\n  `app/b.py`\n- No deletions",
    "## Files Changed\n| Status | Changed file |\n|---|---|\n| **Backend** | |\n| M | `app/a.py`<br>`app/b.py` |",
    "## Files Changed\n- `M` <app/a.py>\n- 📄 app/b.py\u00a0(new)",
]


@pytest.mark.req("S002-10.1.1-8")
def test_the_ways_to_list_the_changed_files(builder: Builder, installed: Installed) -> None:
    builder.write("app/a.py", "x = 2\n").write("app/b.py", "y = 1\n")
    plain = builder.claims().difflog("COMPLETE")
    every(builder, installed, [plain.replace("## Files Changed (staged)\n- (none)", claim) for claim in CLAIMS])


REPORTS = [
    "### 1. Static Correctness ✅\n- mypy: 0 errors\n### 2. Runtime Sanity ✅\n- boots\n### 3. Behavioural Intent ✅\n- 14 passed\n"
    "### 4. Contract Compliance ✅\n- boundaries: none violated\n### Tests\n- 14 passed",
    "| # | Step | Status | Evidence |\n|--:|:--|:-:|---|\n| 1 | Static | ✅ PASS | compileall |\n| 2 | Runtime | ✅ PASS | boots |\n"
    "| 3 | Behavior | ✅ PASS | 12 tests |\n| 4 | Contract | ✅ PASS | clean |",
    "**Static**: ✅ compileall\n**Runtime**: ✅ boots\n**Behavior**: ✅ 3 passed, 0 failed\n**Contract**: ✅ ok",
    "- [PASS] Static — compileall\n- [PASS] Runtime — boots\n- [PASS] Behavior — 3 tests\n- [PASS] Contract — ok",
    "Step 1 — Static: ok\n\nStep 2 — Runtime: ok\n\nStep 3 — Behavior: ok\n\nStep 4 — Contract: ok",
    "### Static\n```\n$ python -m compileall app\nTODO: x\n```\n"
    "### Runtime\n```\n200\n```\n### Behavior\n```\n12 passed\n```\n### Contract\n```\nok\n```",
    "- Static: n/a (doc-only)\n- Runtime: N/A\n- Behavior: PASS after the fix, FAIL before it\n- Contract: fail-closed paths reviewed",
    "1) Static correctness\n   - lint: OK\n2) Runtime sanity\n   - boots\n"
    "3) Behavioral intent\n   - fixed\n4) Contract compliance\n   - matches",
]


@pytest.mark.req("S002-9-1")
def test_the_ways_to_report_the_verification(builder: Builder, installed: Installed) -> None:
    builder.write("app/a.py", "x = 2\n").claims("app/a.py")
    every(builder, installed, [builder.difflog("COMPLETE", verification=report) for report in REPORTS])


def test_the_ways_to_head_sections_and_to_state_the_status(builder: Builder, installed: Installed) -> None:
    log = builder.write("app/a.py", "x = 2\n").claims("app/a.py").difflog("COMPLETE")
    emoji = log.replace("## Summary", "## 📝 Summary").replace("## Cycle Status", "## 🚦 Cycle Status").replace("## Ver", "## ✅ Ver")
    deeper, bold = log.replace("## ", "### "), log.replace("## Summary", "## **Summary**").replace("## Notes", "## 5) Notes:")
    status = log.replace("- Status: COMPLETE", "**Status:** `COMPLETE` (2026-11-20)")
    windows = "\ufeff" + log.replace("app/a.py", "app\\a.py").replace("\n", "\r\n")
    ruled = log.replace("\n\n## ", "\n---\n\n## ")
    every(builder, installed, [emoji, deeper, bold, status, windows, ruled])


@pytest.mark.req("S002-10.7-A5")
def test_words_and_hunks_that_look_like_placeholders_are_none(builder: Builder, installed: Installed) -> None:
    builder.write("app/todo.py", "# TODO: later\nx = 1\n")
    hunks = "\n```diff\n+# TODO: x\n+## Files Changed\n+- ghost.py\n+Status: BLOCKED\n```\n\n--- a/x\n+++ b/x\n+TODO: y\n+## Cycle Status\n"
    said = (
        "- Added the todo list\n- Removed the last TODO from `app/a.py`\n- `TODO:` items are found now\n"
        "- The check for\n  TODO marks works\n"
        "- Added `GET /users/<id>`\n- New component <UserCard> in the page\n- TODO.md is gone"
    )
    details = f"{VERIFICATION}\n\n<details>\n<summary>Output</summary>\n\n```\nTODO: x\nStatus: FAIL\n```\n\n</details>"
    finished(builder, "app/todo.py", summary=said, extra=hunks, verification=details)
    passes(installed, "words")


RECORDS = [
    "\ufeffStatus: PASS\r\nStart: 2026-02-14T22:21:20Z\r\nHEAD: {head}\r\nimport_sanity exit: 0\r\npytest exit: 0\r\n"
    "pytest summary: 40 passed, 1 skipped, 2 warnings in 0.64s\r\ngit status -sb:\r\n```\r\n## main\r\n M app/a.py\r\n```\r\n",
    "Status: PASS\nStart: x\nEnd: y\nHEAD: {head} (dirty)\n\npytest exit: 0\n\n## Failing tests\n(none)\n\n"
    "Note: 2 failed logins lock the account\n Test Files  3 passed (3)\n      Tests  12 passed (12)\n 0 failed\n",
    "Status: PASS\nCommand: cd web && npm run test:e2e\nTests: end to end (proposal, onboarding)\nBranch: main\nHEAD: {head}\n",
    "Status: PASS\nHEAD: {short}\nplaywright test:e2e exit: 0\ntsc: pass (1 pre-existing TS2339, no new errors)\n=== pytest (exit 0) ===\n",
]


@pytest.mark.req("S002-10.7-A8")
def test_the_shapes_of_honest_test_records(builder: Builder, installed: Installed) -> None:
    builder.write("app/a.py", "x = 2\n").claims("app/a.py").completes()
    for record in RECORDS:
        builder.write("Forge/evidence/test_runs_latest.md", record.format(head=builder.head, short=builder.head[:7]))
        passes(installed, record)


def forge_json(builder: Builder, **backend: str) -> None:
    builder.write("forge.json", json.dumps({"project_name": "sample", "backend": {"language": "python", **backend}}))


@pytest.mark.req("S002-10.7-A9")
def test_a_project_with_a_source_folder_groups_and_optional_imports(builder: Builder, installed: Installed) -> None:
    table = (
        "[project]\nname = 'pkg'\nversion = '1'\ndependencies = ['httpx', 'pydantic-settings', 'PyYAML']\n[dependency-groups]\n"
        "dev = ['pytest', 'respx', 'boto3-stubs']\n[tool.pytest.ini_options]\npythonpath = ['src']\n"
    )
    forge_json(builder, dependency_file="pyproject.toml")
    builder.write("pyproject.toml", table)
    adopted(builder, installed)
    files = {
        "src/pkg/__init__.py": "from .core import go\n",
        "src/pkg/core.py": "import httpx, yaml\nfrom pydantic_settings import BaseSettings\nfrom pkg.plugins import mail\n",
        "src/pkg/plugins/mail.py": "try:\n    import orjson as json\nexcept ImportError:\n    import json\n",
        "src/pkg/old.py": "try:\n    import tomllib\nexcept ModuleNotFoundError:\n    import tomli as tomllib\n",
        "src/pkg/typed.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from boto3_stubs import x\n",
        "tests/conftest.py": "import pytest, respx\nfrom tests.helpers import h\n",
        "tests/helpers.py": "h = 1\n",
        "tests/test_p.py": "import pytest\nfrom pkg import go\nfrom helpers import h\nimport conftest\n",
    }
    for path, text in files.items():
        builder.write(path, text)
    finished(builder, *files)
    passes(installed, "src layout")


@pytest.mark.req("S002-10.7-A9")
def test_web_and_data_projects_of_several_frameworks(builder: Builder, installed: Installed) -> None:
    files = {
        "requirements.txt": "fastapi\nDjango>=5\ndjangorestframework\nPillow\npsycopg2-binary\npython-dotenv\n"
        "Flask\nflask-sqlalchemy\nPyJWT\n"
        "python-dateutil\nbeautifulsoup4\nopencv-python-headless\nscikit-learn\nalembic\nsqlalchemy\npython-jose[cryptography]\numap-learn\n",
        "manage.py": "def main():\n    try:\n        from django.core.management import call_command\n    except ImportError as e:\n"
        "        raise ImportError('is it installed?') from e\n",
        "shop/models.py": "from django.db import models\nfrom PIL import Image\nimport psycopg2\n",
        "shop/views.py": "from rest_framework import viewsets\nfrom shop.models import models\nfrom dotenv import load_dotenv\n",
        "site_/app.py": "from flask import Flask\nfrom flask_sqlalchemy import SQLAlchemy\n"
        "import jwt\nfrom dateutil import parser\nimport bs4\n",
        "alembic/env.py": "from alembic import context\nfrom sqlalchemy import engine_from_config\nfrom jose import jwt\n",
        "notebooks/01.ipynb": json.dumps({"cells": [{"cell_type": "code", "source": ["import numpy\n"]}]}),
        "src/features/build.py": "import cv2, sklearn, umap\nfrom src.data.load import go\n",
        "src/data/load.py": "def go(): ...\n",
        "data/raw/x.csv": "a,b\n1,2\n",
    }
    for path, text in files.items():
        builder.write(path, text)
    finished(builder, *files)
    passes(installed, "frameworks")


def test_a_monorepo_with_a_frontend_and_new_ignore_rules(builder: Builder, installed: Installed) -> None:
    forge_json(builder, dependency_file="backend/requirements.txt", test_dir="backend/tests")
    builder.write("backend/requirements.txt", "fastapi\nhttpx\n").write("backend/requirements-dev.txt", "-r requirements.txt\npytest\n")
    adopted(builder, installed)
    files = {
        "backend/app/__init__.py": "",
        "backend/app/main.py": "from fastapi import FastAPI\nfrom app.core import cfg\nimport httpx\n",
        "backend/app/core.py": "cfg = 1\n",
        "backend/tests/test_m.py": "import pytest\nfrom app.main import FastAPI\n",
        "frontend/package.json": json.dumps({"dependencies": {"react": "18"}}),
        "frontend/app/users/[id]/page.tsx": "export default 1\n",
        "frontend/app/(auth)/login/page.tsx": "export default 1\n",
        "frontend/.gitignore": "node_modules\ndist\n",
        ".gitignore": "venv/\n.tox/\nhtmlcov/\n*.egg-info/\n*.db\n",
    }
    for path, text in files.items():
        builder.write(path, text)
    for path in (
        "frontend/node_modules/react/index.js",
        "venv/pyvenv.cfg",
        "venv/lib/python3.11/site-packages/x.py",
        ".tox/py/pyvenv.cfg",
        ".tox/py/lib/python3.11/site-packages/x.py",
        "htmlcov/coverage_html_cb_6fb7b396.js",
        "pkg.egg-info/PKG-INFO",
        "a.db",
    ):
        builder.write(path, "1\n")
    finished(builder, *files)
    passes(installed, "monorepo")


def test_a_genesis_of_forty_files_a_deleted_module_and_a_change_of_contracts(builder: Builder, installed: Installed) -> None:
    module = [f"old/m{number}.py" for number in range(4)]
    for path in module:
        builder.write(path, f"import json\n\nv = '{path}'\n")
    adopted(builder, installed)
    names = [f"app/m{number}/f{part}.py" for number in range(10) for part in range(4)]
    for path in names:
        builder.write(path, f"import os\n\nNAME = '{path}'\nWHERE = os.sep\n")
    for path in module:
        builder.delete(path)
    builder.write("Forge/Contracts/phases.md", "# Phases\n").write("Forge/scripts/run_tests.ps1", "\ufeffexit 0\n")
    finished(builder, *names, *module, "Contracts/phases.md", "scripts/run_tests.ps1", "evidence/test_runs.md", phase="Phase 0 -- Genesis")
    passes(installed, "genesis")
