"""A builder's whole cycle by commands alone: from `init` to a commit that is AUTHORIZED, in both layouts, with the daemon running.

Nobody writes evidence by hand here: diff log, test record and sign-off come from the commands that the README shows.
"""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import pytest

from tests.support.benches import require_sandbox
from tests.support.builder import Builder
from tests.support.installed import Installed, until

CODE = '"""Prices."""\n\n\ndef net(gross: int) -> int:\n    """Return the price without tax."""\n    return gross * 100 // 119\n'
TEST = (
    "from unittest import TestCase\n\nfrom app.prices import net\n\n\nclass TestNet(TestCase):\n"
    "    def test_net(self) -> None:\n        self.assertEqual(net(119), 100)\n"
)
STACK = {"backend": {"language": "python", "test_framework": "unittest", "test_dir": "tests", "entry_module": "app.prices"}}


@pytest.fixture(params=["forge", "root"])
def placed(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Builder, Installed, str]:
    """A project without governance yet, the installed command, and where the governance will lie."""
    root = tmp_path / "shop"
    root.mkdir()
    builder = Builder(root)
    builder.git("init", "-q")
    builder.write("app/__init__.py", "").write("app/prices.py", "").write("tests/__init__.py", "")
    builder.write("requirements.txt", "").write("forge.json", json.dumps(STACK)).commit("project")
    config = tmp_path / "forgewatch.yaml"
    config.write_text(f"repositories:\n  - path: {json.dumps(str(root))}\n    layout: {request.param}\n")
    installed = Installed(root, tmp_path, extra={"FORGEWATCH_CONFIG": str(config)})
    return builder, installed, "" if request.param == "root" else "Forge/"


def says(installed: Installed, *words: str, status: int = 0) -> str:
    """Run a command, hold it to its status, and return what it printed."""
    run = installed.run(*words)
    assert run.returncode == status, (words, run.returncode, run.stdout, run.stderr)
    return run.stdout


def watcher(installed: Installed) -> int | None:
    """The process id of the watcher, None when none runs."""
    found = json.loads(installed.run("status", "--json").stdout)["watcher"]
    return found["pid"] if found else None


def test_a_cycle_from_init_to_authorized_by_commands_alone(placed: tuple[Builder, Installed, str]) -> None:
    require_sandbox()
    builder, installed, base = placed
    # The operator prepares the repository, and commits what was made.
    says(installed, "init")
    builder.commit("governance")
    # 1. The builder reads, 2. announces what it will do, and has the watcher started.
    assert "blueprint.md" in says(installed, "gate", "read", "--ack")
    planned = ("--files", "app/prices.py", "tests/test_prices.py")
    said = says(installed, "difflog", "start", "--phase", "Phase 1 -- Prices", "--summary", "net prices", *planned, "--watch")
    assert said
    assert until(lambda: watcher(installed) is not None)
    pid = watcher(installed)
    try:
        assert "in process" in says(installed, "status")
        # 3. It works, 4. runs the tests, 5. finishes.
        builder.write("app/prices.py", CODE).write("tests/test_prices.py", TEST)
        assert "Status: PASS" in says(installed, "test")
        assert (builder.root / f"{base}evidence/test_runs_latest.md").read_text().startswith("Status: PASS\n")
        told = ("--verification", "runtime=PASS imports", "--verification", "contract=PASS no route, no table")
        says(installed, "difflog", "finish", "--summary", "net prices", *told)
        says(installed, "difflog", "finalize")
        # 6. The watcher audits.
        result = says(installed, "wait", "--timeout", "30")
        assert "Overall: PASS" in result
        assert "A8 Test gate:              PASS -- " in result and "attested" in result
        # 7. Sign-off, and the operator's word.
        assert "=== PHASE SIGN-OFF: PASS ===" in says(installed, "signoff")
        assert "committed as" in says(installed, "authorize", "--yes", "--actor", "olga", "--commit", "Net prices")
        assert builder.git("status", "--porcelain", "app", "tests") == ""
        assert "AUTHORIZED (committed)" in (builder.root / f"{base}evidence/audit_ledger.md").read_text()
        assert "holds" in says(installed, "ledger", "verify")
    finally:
        if pid:
            os.kill(pid, signal.SIGTERM)
