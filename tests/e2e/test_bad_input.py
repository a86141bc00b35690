"""Bad surroundings: one clear line that states both sides, a hint, exit status 2, and nothing half written."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support.builder import Builder
from tests.support.installed import Installed, until


def refused(installed: Installed, *args: str) -> str:
    run = installed.run(*args, cwd=installed.top)
    assert run.returncode == 2, (run.stdout, run.stderr)
    assert "Traceback" not in run.stderr
    lines = [line for line in run.stderr.splitlines() if line.strip()]
    assert 1 <= len(lines) <= 2, run.stderr
    return run.stderr


def test_a_missing_repository_is_named(installed: Installed) -> None:
    assert "/no/such/place" in refused(installed, "audit", "/no/such/place")


def test_a_folder_without_git_is_named(installed: Installed, tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    plain.mkdir()
    assert "git" in refused(installed, "audit", str(plain))


def test_a_bare_repository_is_refused(installed: Installed, builder: Builder, tmp_path: Path) -> None:
    builder.git("clone", "-q", "--bare", str(builder.root), str(tmp_path / "bare.git"))
    assert "bare" in refused(installed, "audit", str(tmp_path / "bare.git"))


def test_a_configuration_with_an_unknown_key_names_line_key_and_nearest_key(installed: Installed, tmp_path: Path) -> None:
    config = tmp_path / "forgewatch.yaml"
    config.write_text("profile: dev\nscop:\n  compare: raw\n")
    installed.extra = {"FORGEWATCH_CONFIG": str(config)}
    message = refused(installed, "audit", str(installed.root))
    assert "2" in message
    assert "scop" in message
    assert "scope" in message


@pytest.mark.req("S002-10.2-7")
def test_without_git_the_contracts_sentence_is_told(installed: Installed, tmp_path: Path) -> None:
    empty = tmp_path / "bin"
    empty.mkdir()
    installed.extra = {"PATH": str(empty)}
    run = installed.run("audit", str(installed.root))
    assert run.returncode == 2
    assert "run_audit.ps1 not found or not executable; cannot complete AEM audit gate." in run.stdout + run.stderr


def test_git_in_the_repository_root_is_never_run(builder: Builder, installed: Installed, tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    builder.write("git", f"#!/bin/sh\ntouch {marker}\n")
    os.chmod(builder.root / "git", 0o755)
    builder.write("yaml.py", f"open({str(marker)!r}, 'w')\n").write("re2.py", f"open({str(marker)!r}, 'w')\n")
    installed.extra = {
        "PATH": f"{builder.root}:.:{os.environ['PATH']}",
        "PYTHONPATH": str(builder.root),
        "GIT_DIR": "/nowhere",
        "GIT_EXTERNAL_DIFF": str(builder.root / "git"),
    }
    builder.record().claims("git", "yaml.py", "re2.py").completes()
    status, document = installed.audit()
    assert not marker.exists()
    assert status in (0, 1)
    assert document["changed"]


def test_a_repository_that_goes_away_is_marked_and_the_others_are_served(builder: Builder, installed: Installed, tmp_path: Path) -> None:
    second = Builder.with_repository(tmp_path / "second")
    installed.watch(str(builder.root), str(second.root))
    builder.root.rename(tmp_path / "moved away")
    second.write("app/a.py", "x = 2\n").record().claims("app/a.py").completes()
    other = Installed(second.root, tmp_path)
    assert until(lambda: other.entries == 1), installed.log
    assert until(lambda: "repository.unavailable" in installed.log or "workspace.gone" in installed.log), installed.log
    (tmp_path / "moved away").rename(builder.root)
    assert until(lambda: installed.log.count("repository.available") >= 1, 40), installed.log
    builder.write("app/a.py", "x = 2\n").record().claims("app/a.py").completes()
    assert installed.settles(1), installed.log


def test_no_commits_and_no_evidence_is_no_reason_not_to_start(tmp_path: Path) -> None:
    root = tmp_path / "new"
    root.mkdir()
    builder = Builder(root)
    builder.git("init", "-q")
    installed = Installed(root, tmp_path)
    installed.watch()
    builder.write("app.py", "x = 1\n").record(head="none").claims("app.py").completes(phase="Phase 0 -- Genesis")
    assert installed.settles(1), installed.log
    installed.stop()


@pytest.mark.req("S002-10.6-10")
def test_a_deleted_ledger_stops_the_audit_until_the_operator_restores_it(builder: Builder, installed: Installed) -> None:
    builder.write("app/a.py", "x = 2\n").record().claims("app/a.py").completes()
    assert installed.audit()[0] == 0
    before = installed.ledger
    (builder.root / "Forge/evidence/audit_ledger.md").unlink()
    status, document = installed.audit()
    assert status != 0
    assert document["stop"] == "EVIDENCE_MISSING"
    restored = installed.run("ledger", "restore", "--yes")
    assert restored.returncode == 0, restored.stderr
    assert installed.ledger.startswith(before)
    assert installed.audit()[0] == 0
