"""A repository with a Python back end and a TypeScript front end is audited on both sides, by the installed command."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.builder import Builder
from tests.support.installed import Installed, codes, verdicts

pytest.importorskip("tree_sitter_typescript")

BOUNDARIES = {
    "layers": [
        {"name": "routers", "glob": "app/api/routers/*.py", "forbidden": [{"pattern": "asyncpg", "reason": "database belongs in repos"}]},
        {"name": "views", "glob": "web/packages/*/src/**/*.{ts,tsx}", "forbidden": [{"pattern": "axios", "reason": "calls belong in api"}]},
    ]
}
FORGE = {
    "backend": {"language": "python", "dependency_file": "requirements.txt"},
    "frontend": {"enabled": True, "language": "typescript", "dependency_file": "web/package.json", "test_dir": "web/checks"},
}


@pytest.fixture
def monorepo(builder: Builder) -> Builder:
    """A Python service and a workspace of two TypeScript packages."""
    builder.write("forge.json", json.dumps(FORGE)).write("Forge/Contracts/boundaries.json", json.dumps(BOUNDARIES))
    root = {"name": "web", "private": True, "workspaces": ["packages/*"], "devDependencies": {"vitest": "3", "typescript": "5"}}
    builder.write("web/package.json", json.dumps(root))
    ui = {"name": "@acme/ui", "dependencies": {"react": "19"}, "devDependencies": {"@types/geojson": "7946"}}
    builder.write("web/packages/ui/package.json", json.dumps(ui))
    builder.write("web/packages/model/package.json", '{"name": "@acme/model"}')
    builder.write("web/tsconfig.base.json", '{"compilerOptions": {"baseUrl": ".", "paths": {"@/*": ["packages/ui/src/*"],}}} // shared\n')
    builder.write("web/packages/ui/tsconfig.json", '{"extends": "../../tsconfig.base.json"}')
    builder.write("web/packages/ui/src/app.tsx", "export const App = () => null;\n")
    return builder.commit("monorepo")


def honest(builder: Builder) -> list[str]:
    sources = {
        "app/a.py": "from fastapi import FastAPI\n",
        "web/packages/ui/src/app.tsx": (
            "// axios is not used here\nimport fs from 'node:fs';\nimport path from 'path';\nimport { useState } from 'react';\n"
            "import { jsx } from 'react/jsx-runtime';\nimport { User } from '@acme/model';\nimport { button } from '@/button';\n"
            "import type { Feature } from 'geojson';\nimport './style.css';\nexport const App = () => <div>{useState(0)}</div>;\n"
        ),
        "web/packages/ui/src/button.ts": "export const button = (): Promise<unknown> => import('./app');\n",
        "web/packages/ui/src/app.test.tsx": "import { test } from 'vitest';\ntest('a', () => {});\n",
        "web/checks/all.ts": "import { test } from 'vitest';\ntest('b', () => {});\n",
    }
    for path, text in sources.items():
        builder.write(path, text)
    builder.record().claims(*sources).completes()
    return list(sources)


def findings(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [finding for result in document["results"] for finding in result["findings"]]


@pytest.mark.req("S002-10.7-A9")
def test_honest_work_on_both_sides_passes(monorepo: Builder, installed: Installed) -> None:
    honest(monorepo)
    status, document = installed.audit()
    assert status == 0, findings(document)
    basis = next(result["basis"] for result in document["results"] if result["code"] == "A9")
    assert "1 Python file" in basis and "4 TypeScript or JavaScript files" in basis


def test_an_undeclared_import_on_either_side_fails_and_names_the_nearest_manifest(monorepo: Builder, installed: Installed) -> None:
    claimed = honest(monorepo)
    monorepo.write("app/a.py", "import requests\n").write("web/packages/ui/src/button.ts", "import pad from 'left-pad';\nexport { pad };\n")
    monorepo.claims(*claimed).completes()
    status, document = installed.audit()
    assert (status, codes(document), verdicts(document)["A9"]) == (1, {"A901"}, "FAIL")
    assert {(found["path"], found["line"], found["expected"]) for found in findings(document)} == {
        ("app/a.py", 1, "requests in requirements.txt"),
        ("web/packages/ui/src/button.ts", 1, "left-pad in web/packages/ui/package.json"),
    }
    allowed = [step["files_allowed"] for step in document["fix_plan"] if step["path"].startswith("web/")]
    evidence = ["Forge/evidence/diff_log.md", "Forge/evidence/test_runs_latest.md"]
    assert allowed == [["web/packages/ui/src/button.ts", "web/packages/ui/package.json", *evidence]]


@pytest.mark.req("S002-10.7-A4")
def test_a_comment_breaks_no_layer_of_the_front_end_and_an_import_does(monorepo: Builder, installed: Installed) -> None:
    claimed = honest(monorepo)
    monorepo.write("web/packages/ui/src/button.ts", "// no axios\nexport const b = 1;\nimport('axi\\u006fs');\n").claims(
        *claimed
    ).completes()
    document = installed.audit()[1]
    assert [(found["code"], found["path"], found["line"]) for found in findings(document) if found["code"] == "A404"] == [
        ("A404", "web/packages/ui/src/button.ts", 3)
    ]
