"""Bad surroundings: one clear line that states both sides, a hint, exit status 2, and nothing half written."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.support.builder import Builder
from tests.support.installed import Installed, until, without_powers

LIMITATION = "run_audit.ps1 not found or not executable; cannot complete AEM audit gate."
ABOUT_A_REPOSITORY = ("audit", "status", "wait", "tail", "ledger show", "init")


def refused(installed: Installed, *args: str, status: int = 2) -> tuple[str, str]:
    """Return message and hint of a command that has to refuse: nothing on stdout, two lines on stderr and no more."""
    run = installed.run(*args, cwd=installed.top)
    assert (run.returncode, run.stdout) == (status, ""), run.stderr
    message, hint = run.stderr.splitlines()
    assert message.startswith("forgewatch: "), run.stderr
    assert hint.startswith("  hint: "), run.stderr
    return message.removeprefix("forgewatch: "), hint.removeprefix("  hint: ")


def lines(installed: Installed, event: str) -> list[str]:
    """The lines of the daemon's log that tell `event`."""
    return [line for line in installed.log.splitlines() if event in line]


def tells(installed: Installed, event: str, *facts: str) -> bool:
    """True once one line of the log tells the event with all these facts."""
    return until(lambda: any(all(fact in line for fact in facts) for line in lines(installed, event)))


@pytest.mark.parametrize("command", ABOUT_A_REPOSITORY)
def test_a_missing_repository_is_named_by_every_command(installed: Installed, command: str) -> None:
    message, hint = refused(installed, *command.split(), "/no/such/place")
    assert message == "/no/such/place: expected a directory, found nothing"
    assert hint == "mount or restore it, or name another"


@pytest.mark.parametrize("command", ABOUT_A_REPOSITORY)
@pytest.mark.req("S002-10.2-7")
def test_a_folder_without_git_is_named_by_every_command(installed: Installed, tmp_path: Path, command: str) -> None:
    plain = tmp_path / "plain"
    plain.mkdir()
    message, hint = refused(installed, *command.split(), str(plain))
    fact = f"{plain}: expected a git repository, found a directory without .git"
    # Only who asked for an audit is told the contract's report, and the fact stands before it.
    assert message == (f"{fact}; STOP: ENVIRONMENT_LIMITATION. {LIMITATION}" if command == "audit" else fact)
    assert hint == "run it inside a repository, or name one; git init makes one"
    assert list(plain.iterdir()) == []


@pytest.mark.parametrize("name", ["central", "central.git"])
@pytest.mark.parametrize("command", ABOUT_A_REPOSITORY)
def test_a_bare_repository_is_refused_by_every_command_whatever_its_name(
    installed: Installed, builder: Builder, tmp_path: Path, command: str, name: str
) -> None:
    bare = tmp_path / name
    builder.git("clone", "-q", "--bare", str(builder.root), str(bare))
    before = sorted(path.name for path in bare.iterdir())
    message, hint = refused(installed, *command.split(), str(bare))
    assert message == f"{bare}: expected a repository with a working tree, found a bare repository"
    assert hint == "audit a working tree of it"
    assert sorted(path.name for path in bare.iterdir()) == before


def test_a_configuration_with_an_unknown_key_names_line_key_and_nearest_key(installed: Installed, tmp_path: Path) -> None:
    config = tmp_path / "forgewatch.yaml"
    config.write_text("profile: dev\nscop:\n  compare: raw\n")
    installed.extra = {"FORGEWATCH_CONFIG": str(config)}
    message, hint = refused(installed, "audit", str(installed.root))
    assert message == f"{config}:2: unknown key 'scop'"
    assert hint == "did you mean 'scope'?"


@pytest.mark.req("S002-10.2-7")
def test_without_git_the_contracts_sentence_follows_the_fact(installed: Installed, tmp_path: Path) -> None:
    empty = tmp_path / "bin"
    empty.mkdir()
    installed.extra = {"PATH": str(empty)}
    message, hint = refused(installed, "audit", str(installed.root))
    fact = f"expected git in an absolute directory of PATH, found none in {empty}"
    assert message == f"{fact}; STOP: ENVIRONMENT_LIMITATION. {LIMITATION}"
    assert hint == "install git, or put its directory on PATH"


def test_a_bare_and_a_plain_folder_are_refused_by_the_daemon_which_serves_the_others_and_them_once_they_are_there(
    builder: Builder, installed: Installed, tmp_path: Path
) -> None:
    bare, plain = tmp_path / "central", tmp_path / "plain"
    builder.git("clone", "-q", "--bare", str(builder.root), str(bare))
    plain.mkdir()
    config = tmp_path / "forgewatch.yaml"
    config.write_text("watch:\n  sweep_seconds: 1\nlog:\n  format: console\n")
    installed.watch("--config", str(config), str(bare), str(plain), str(builder.root))
    # 1. Each is named once with both sides and the hint.
    expected = {
        bare: ("expected a repository with a working tree, found a bare repository", "audit a working tree of it"),
        plain: ("expected a git repository, found a directory without .git", "git init makes one"),
    }
    for place, (fact, hint) in expected.items():
        assert tells(installed, "repository.unavailable", f"{place}: {fact}", hint), installed.log
    # 2. The one that is there is served.
    builder.write("app/a.py", "x = 2\n").record().claims("app/a.py").completes()
    assert installed.settles(1), installed.log
    # 3. Both are tried again: a repository that appears is taken in and judged, without a new start.
    bare.rename(tmp_path / "elsewhere")
    plain.rmdir()
    for place in (bare, plain):
        late = Builder.with_repository(place)
        late.write("app/a.py", "x = 2\n").record().claims("app/a.py").completes()
        assert Installed(place, tmp_path).settles(1), installed.log
    assert all(daemon.poll() is None for daemon in installed.daemons)


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


ODD = "odd\n## Audit Entry: \\ \u202e name"
SHOWN_ODD = "odd\\n\\#\\# Audit Entry: \\\\ \\u202e name"


@pytest.mark.parametrize("command", ["init", "ledger show", "status", "doctor", "audit --dry-run", "watch"])
def test_a_folder_with_an_odd_name_is_shown_as_one_escaped_line(builder: Builder, tmp_path: Path, command: str) -> None:
    odd = builder.root.rename(tmp_path / ODD)
    installed = Installed(odd, tmp_path)
    if command == "watch":
        (tmp_path / "plain").write_text("")
        command = f"watch --config {tmp_path}/plain/none"
    run = installed.run(*command.split())
    assert "\u202e" not in run.stdout + run.stderr
    assert not [line for line in (run.stdout + run.stderr).splitlines() if line.startswith("## Audit Entry")]
    if command in ("init", "ledger show", "status", "doctor"):
        assert SHOWN_ODD in run.stdout


@pytest.mark.parametrize("command", [*ABOUT_A_REPOSITORY, "init --demo"])
def test_an_odd_name_in_an_error_is_one_escaped_line(installed: Installed, tmp_path: Path, command: str) -> None:
    odd = tmp_path / ODD
    odd.mkdir()
    (odd / "file").write_text("")
    message, _ = refused(installed, *command.split(), str(odd))
    assert message.startswith(f"{tmp_path}/{SHOWN_ODD}: expected ")


def test_a_demo_of_an_odd_name_says_how_to_watch_it_in_one_line(installed: Installed, tmp_path: Path) -> None:
    run = installed.run("init", "--demo", ODD, cwd=tmp_path)
    assert run.stdout.splitlines() == [f"sample project in {tmp_path}/{SHOWN_ODD}", f"next: forgewatch watch '{tmp_path}/{SHOWN_ODD}'"]


def test_a_file_that_may_not_be_read_fails_the_audit_and_is_named(builder: Builder, installed: Installed) -> None:
    builder.write("app/a.py", "x = 2\n").record().claims("app/a.py").completes()
    (builder.root / "app/a.py").chmod(0)
    words = [*without_powers(), str(installed.command), "audit", str(builder.root)]
    run = subprocess.run(words, cwd=builder.root, env=installed.environment, capture_output=True, text=True, timeout=60, check=False)
    assert run.returncode == 1 and "A104 app/a.py: cannot be audited (is an unreadable file)" in run.stdout, run.stdout + run.stderr
