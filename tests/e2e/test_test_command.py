"""`forgewatch test` as it is installed: real tests in a real sandbox, and builders who would rather not run them (contract §9.2)."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.support.benches import require_sandbox
from tests.support.builder import Builder
from tests.support.installed import Installed, codes, verdicts

LATEST = "Forge/evidence/test_runs_latest.md"
RUNS = "Forge/evidence/test_runs.md"
PYTHON = {"backend": {"language": "python", "test_framework": "unittest", "test_dir": "tests", "entry_module": "app.a"}}
PASSING = "import unittest\n\n\nclass T(unittest.TestCase):\n    def test_a(self):\n        self.assertTrue(True)\n"
FAILING = PASSING.replace("self.assertTrue(True)", "self.assertEqual(1, 2)")


@pytest.fixture
def project(builder: Builder) -> Builder:
    """A project with one passing test, committed before anybody looks."""
    require_sandbox()
    builder.write("forge.json", json.dumps(PYTHON)).write("tests/__init__.py", "").write("tests/test_a.py", PASSING)
    return builder.commit("a project with a test")


def run(installed: Installed, *words: str) -> tuple[int, dict[str, Any]]:
    """Run `test --json`; return exit status and document."""
    told = installed.run("test", "--json", *words)
    assert told.stdout, told.stderr
    return told.returncode, json.loads(told.stdout)


def basis(document: dict[str, Any], code: str = "A8") -> str:
    return next(str(result["basis"]) for result in document["results"] if result["code"] == code)


def text(builder: Builder, path: str) -> str:
    return (builder.root / path).read_text("utf-8")


@pytest.mark.req("S002-9.2-7")
def test_an_attested_record_is_told_apart_from_a_stale_one_and_one_written_by_hand(project: Builder, installed: Installed) -> None:
    project.write("app/a.py", "x = 2\n").claims("app/a.py")
    told = installed.run("test")
    assert (told.returncode, told.stderr) == (0, "")
    assert [line.split(":")[0] for line in told.stdout.splitlines()[:3]] == [
        "PASS static compileall",
        "PASS static import",
        "PASS behavior unittest",
    ]
    assert told.stdout.endswith("\nStatus: PASS\n") and "\nattested; entry " in told.stdout
    assert project.git("status", "--porcelain").splitlines() == ["M app/a.py", "?? Forge/evidence/"]
    project.completes()
    status, document = installed.audit("--profile", "strict", "--dry-run")
    assert status == 0
    assert basis(document).endswith("attested: 1 test in bubblewrap, network none")
    # Written by hand, with every word of the real one and the right tree.
    real = text(project, LATEST)
    project.write(LATEST, real.replace("\nEnd: ", "\nEnd:  "))
    assert basis(installed.audit("--dry-run")[1]).endswith("unattested")
    project.write(LATEST, real)
    # An edit after the run.
    project.write("app/a.py", "x = 3\n")
    status, document = installed.audit("--dry-run")
    assert (status, codes(document)) == (1, {"A804"})


@pytest.mark.req("S002-9.2-3")
@pytest.mark.req("S002-9.2-7")
def test_what_fails_is_named_and_the_next_step_runs_all_the_same(project: Builder, installed: Installed) -> None:
    project.write("app/a.py", "x = (\n").write("tests/test_a.py", FAILING)
    told = installed.run("test")
    assert told.returncode == 1
    assert "FAIL static compileall: ended with 1" in told.stdout and "FAIL static import: ended with 1" in told.stdout
    assert "FAIL behavior unittest: 1 failed, 0 passed" in told.stdout
    assert told.stdout.endswith("\nSTOP: EVIDENCE_MISSING\nStatus: FAIL\n")
    latest = text(project, LATEST)
    assert latest.startswith("Status: FAIL\n") and "\n| AssertionError: 1 != 2\n" in latest
    # No test at all is no pass.
    project.write("app/a.py", "x = 1\n").write("tests/test_a.py", "")
    status, document = run(installed)
    assert (status, document["failing"], document["executed"]) == (1, ["behavior unittest: no tests ran"], 0)
    # Nor is a file of tests that ends the runner before it has counted one.
    project.write("tests/__init__.py", "import os\n\nos._exit(0)\n").write("tests/test_a.py", FAILING)
    status, document = run(installed)
    assert (status, document["failing"], document["attested"]) == (1, ["behavior unittest: no tests ran"], False)
    project.write("tests/__init__.py", "").write("tests/test_a.py", PASSING)
    assert run(installed)[0] == 0
    assert text(project, RUNS).count("\n## Test Run ") == 4


@pytest.mark.req("S002-9.2-4")
def test_a_killed_run_leaves_the_beginning_of_its_entry_and_the_next_one_goes_on(project: Builder, installed: Installed) -> None:
    project.write(
        "tests/test_a.py", PASSING.replace("self.assertTrue(True)", "print('at work', flush=True)\n        import time; time.sleep(600)")
    )
    first = subprocess.Popen(
        [str(installed.command), "test"], cwd=project.root, env=installed.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    assert first.stdout is not None
    assert first.stdout.readline().startswith(b"PASS static compileall")
    second = installed.run("test")
    assert (second.returncode, second.stdout) == (2, "")
    assert f"the tests of this repository run already (PID {first.pid})" in second.stderr
    assert "STOP: ENVIRONMENT_LIMITATION\n" in second.stderr
    first.send_signal(signal.SIGKILL)
    first.wait()
    first.stdout.close()
    assert not (project.root / LATEST).exists()
    assert text(project, RUNS).endswith("- Command: forgewatch test\n")
    project.write("tests/test_a.py", PASSING)
    status, document = run(installed)
    assert (status, document["attested"]) == (0, True)
    runs = text(project, RUNS)
    assert (runs.count("## Test Run "), runs.count("- Status: ")) == (2, 1)


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_run_says_so_in_its_entry(project: Builder, installed: Installed, number: int, status: int) -> None:
    project.write("tests/test_a.py", PASSING.replace("self.assertTrue(True)", "import time; time.sleep(600)"))
    process = subprocess.Popen([str(installed.command), "test"], cwd=project.root, env=installed.environment, stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    process.send_signal(number)
    process.wait(60)
    process.stdout.close()
    assert process.returncode == status
    assert text(project, RUNS).endswith("- Status: FAIL, interrupted\n")


def test_a_change_cannot_talk_its_tests_away(project: Builder, installed: Installed) -> None:
    loosened = {"backend": PYTHON["backend"], "test": {"static": [], "behavior": ["true"]}}
    project.write("forge.json", json.dumps(loosened)).write("tests/test_a.py", FAILING)
    status, document = run(installed)
    assert (status, document["status"]) == (1, "FAIL")
    assert [step["name"] for step in document["steps"]] == ["true", "compileall-base", "import-base", "unittest-base"]
    assert document["failing"] == ["tests.test_a.T::test_a"]
    # A new command that makes the tests pass for those that come behind it.
    mends = [["cp", "app/good.py", "tests/test_a.py"]]
    project.write("forge.json", json.dumps({**PYTHON, "test": {"static": mends}})).write("app/good.py", PASSING)
    status, document = run(installed)
    assert [(step["name"], step["passed"]) for step in document["steps"]] == [
        ("cp", True),
        ("unittest", True),
        ("compileall-base", True),
        ("import-base", True),
        ("unittest-base", False),
    ]
    assert (status, document["attested"]) == (1, False)


@pytest.mark.req("S002-9.1-3")
def test_tests_that_do_not_end_the_same_every_time_are_named(project: Builder, installed: Installed) -> None:
    listed = {"test": {"static": [], "behavior": [{"run": "python flaky.py", "name": "go-test"}]}}
    told = "print(f\"--- {'PASS' if os.urandom(1)[0] < 128 else 'SKIP'}: T{n} (0s)\")"
    flaky = f"import os\nfor n in range(20):\n    {told}\nprint('--- PASS: Steady (0s)')\n"
    project.write("forge.json", json.dumps(listed)).write("flaky.py", flaky).commit("flaky")
    assert run(installed)[0] == 0
    told = installed.run("test", "--repeat", "2")
    assert (told.returncode, "\nSTOP: NON_DETERMINISTIC_BEHAVIOR\n" in told.stdout) == (1, True)
    assert "- not the same every time: T" in told.stdout and "Steady:" not in told.stdout
    assert text(project, LATEST).startswith("Status: FAIL\n")


@pytest.mark.req("S002-9.1-3")
def test_a_test_that_needs_the_network_fails_offline(project: Builder, installed: Installed) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        calls = f"import socket; socket.create_connection(('127.0.0.1', {server.getsockname()[1]}), 5).close()"
        project.write("tests/test_a.py", PASSING.replace("self.assertTrue(True)", calls))
        config = installed.top / "forgewatch.yaml"
        config.write_text("tests: {network: host}\n")
        assert run(installed, "--config", str(config))[0] == 0
        status, document = run(installed, "--config", str(config), "--offline")
        assert (status, document["offline"], document["surroundings"][0]) == (1, True, "network none")
        # Without a sandbox it cannot be kept: nothing runs.
        config.write_text("tests: {sandbox: none}\n")
        told = installed.run("test", "--config", str(config), "--offline")
        assert (told.returncode, told.stdout, "STOP: ENVIRONMENT_LIMITATION" in told.stderr) == (2, "", True)


def tool(project: Builder, name: str, script: str) -> None:
    """Give the project a program of its own, ignored by git."""
    project.write(f".venv/bin/{name}", f"#!/bin/sh\n{script}\n")
    (project.root / f".venv/bin/{name}").chmod(0o755)


@pytest.mark.req("S002-9.2-1")
def test_go_and_node_have_their_own_commands(project: Builder, installed: Installed) -> None:
    stack = {
        "backend": {"language": "go", "dependency_file": "go.mod"},
        "frontend": {"language": "typescript", "dependency_file": "web/package.json"},
    }
    project.write("forge.json", json.dumps(stack)).write("go.mod", "module example.org/x\n").write("web/tsconfig.json", "{}")
    project.write("web/package.json", json.dumps({"scripts": {"test": "vitest run"}})).write(".gitignore", ".venv/\n").commit("two sides")
    tool(project, "go", 'test "$1" = vet || printf -- "--- PASS: TestA (0.00s)\\nok  \\tx\\t0.1s\\n"')
    tool(project, "tsc", 'pwd; test "$1" = --noEmit')
    tool(project, "npm", 'echo " Tests  3 passed (3)"')
    status, document = run(installed)
    assert [(step["part"], step["name"], step["passed"]) for step in document["steps"]] == [
        ("static", "vet", True),
        ("static", "tsc", True),
        ("behavior", "go-test", True),
        ("behavior", "npm", True),
    ]
    assert (status, document["executed"]) == (0, 4)
    one = run(installed, "--scope", "frontend")[1]
    assert ([step["name"] for step in one["steps"]], one["attested"], one["scope"]) == (["tsc", "npm"], False, "frontend")


def test_a_tool_that_is_configured_and_missing_fails_and_is_named(project: Builder, installed: Installed) -> None:
    project.write("ruff.toml", "")
    status, document = run(installed)
    (ruff,) = [step for step in document["steps"] if step["name"] == "ruff"]
    assert (status, ruff["exit"], ruff["why"]) == (1, None, "not found: ruff")
    assert "static ruff exit: none\nstatic ruff summary: not found: ruff in " in text(project, LATEST)
    assert document["stop"] == "ENVIRONMENT_LIMITATION"
    assert ruff["hint"].startswith("python3 -m venv .venv && .venv/bin/pip install ruff, ")
    # The cycle cannot end on it, and is told what it waits for.
    start = ("start", "--phase", "Phase 1", "--summary", "work", "--files", "ruff.toml", "--token", "OVERWRITE")
    assert installed.run("difflog", *start).returncode == 0
    told = installed.run("difflog", "finish", "--summary", "done", "--verification", "runtime=PASS boots", "contract=PASS same")
    assert (told.returncode, told.stdout.splitlines()[0]) == (1, "STOP: EVIDENCE_MISSING")
    assert "  found    'Status: FAIL'; static ruff: not found: ruff in " in told.stdout
    assert "  hint: python3 -m venv .venv && .venv/bin/pip install ruff, " in told.stdout


@pytest.mark.req("S002-0-4")
@pytest.mark.parametrize("raw", ["{", '{"backend": {"language": 3}}', '{"test": {"behavior": "pytest"}}'])
def test_a_forge_json_that_cannot_be_believed_exits_2(project: Builder, installed: Installed, raw: str) -> None:
    project.write("forge.json", raw)
    told = installed.run("test")
    assert (told.returncode, told.stdout) == (2, "")
    assert told.stderr.startswith("STOP: CONTRACT_CONFLICT\nforgewatch: forge.json: ")
    assert "- Status: FAIL, forge.json: " in text(project, RUNS)


@pytest.mark.parametrize("path", [RUNS, LATEST])
def test_nothing_is_written_through_a_link(project: Builder, installed: Installed, path: str, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_text("mine\n")
    (project.root / "Forge/evidence").mkdir(parents=True, exist_ok=True)
    (project.root / path).symlink_to(outside)
    told = installed.run("test")
    assert outside.read_text() == "mine\n"
    # A link in place of the newest record is replaced by it; the log is never written anew.
    assert (told.returncode, (project.root / path).is_symlink()) == ((2, True) if path == RUNS else (0, False))


def test_an_environment_outside_of_the_repository_is_refused_with_what_to_do(
    project: Builder, installed: Installed, tmp_path: Path
) -> None:
    venv = tmp_path / "elsewhere"
    (venv / "bin").mkdir(parents=True)
    (venv / "bin/python").symlink_to("/usr/bin/python3")
    project.write("forge.json", json.dumps({"backend": {**PYTHON["backend"], "venv_path": str(venv)}}))
    told = installed.run("test")
    assert (told.returncode, f"tests: visible: [{venv}]" in told.stderr) == (2, True)
    config = installed.top / "forgewatch.yaml"
    config.write_text(f"tests: {{visible: [{venv}]}}\n")
    status, document = run(installed, "--config", str(config))
    assert (status, document["runtime"]) == (0, f"{venv}/bin/python"), document["steps"]


def test_the_daemon_audits_an_attested_record(project: Builder, installed: Installed) -> None:
    installed.watch()
    project.claims("app/a.py").starts()
    project.write("app/a.py", "x = 2\n")
    assert run(installed)[0] == 0
    project.completes()
    assert installed.settles(1), installed.log
    assert (installed.outcomes, "attested: 1 test in bubblewrap" in installed.ledger) == (["PASS"], True)
    assert verdicts(installed.audit("--dry-run")[1])["A8"] == "PASS"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give the record to another user")
def test_beside_another_users_record_the_files_are_written_and_nothing_is_attested(project: Builder, installed: Installed) -> None:
    assert installed.run("ledger", "adopt", "--yes").returncode == 0
    (folder,) = (installed.top / "state").iterdir()
    for path in (folder, *folder.rglob("*")):
        os.chown(path, 65534, -1)
    journal = (folder / "journal.jsonl").read_bytes()
    told = installed.run("test")
    assert (told.returncode, f"not attested: the record in {folder} belongs to " in told.stdout) == (0, True), told.stderr
    assert text(project, LATEST).startswith("Status: PASS\n") and text(project, RUNS).count("- Status: PASS") == 1
    assert (folder / "journal.jsonl").read_bytes() == journal
