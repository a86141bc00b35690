"""What holds for every command: any folder inside, one configuration, one state directory, results on stdout; and a lost record."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from forgewatch.cli.commands import COMMANDS
from tests.support.builder import Builder
from tests.support.installed import Installed, codes, until, verdicts

READERS = (
    ("status",),
    ("wait", "--timeout", "1"),
    ("tail",),
    ("doctor",),
    ("ledger", "show"),
    ("approve", "check", "t1"),
    ("gate", "read"),
    ("blocks", "list", "-"),
    ("audit",),
)
AS_JSON = (
    ("status",),
    ("wait", "--timeout", "1"),
    ("tail",),
    ("doctor",),
    ("difflog", "check"),
    ("difflog", "finalize"),
    ("ledger", "show"),
    ("ledger", "commits"),
    ("approve", "check", "t1"),
    ("gate", "read"),
    ("blocks", "list", "-"),
    ("audit",),
    ("explain",),
)
DEEDS = (("init",), ("ledger", "adopt", "--yes"), ("approve", "init", "t1"), ("blocks", "apply", "-"))
RUNNERS = (("test",),)
WORDS = (("signoff",), ("authorize", "--yes"), ("unblock", "--reason", "r", "--yes"), ("dispute", "1", "--reason", "r"))
SAID = (0, 0, 2, 2)
"""What each word of authority says of one passed audit: done, done, nothing is blocked, nothing failed."""


@pytest.fixture
def audited(builder: Builder, installed: Installed) -> Iterator[Installed]:
    """A repository with one passed audit."""
    builder.write("app/a.py", "x = 2\n").record().claims("app/a.py").completes()
    assert installed.run("audit").returncode == 0
    yield installed


def test_every_command_is_known_here() -> None:
    known = {command[0] for command in (*READERS, *AS_JSON, *DEEDS, *RUNNERS, *WORDS)} | {"watch"}
    assert {command.name for command in COMMANDS if command.help} == known


@pytest.mark.req("S002-0-1")
def test_a_folder_inside_means_its_repository(audited: Installed) -> None:
    for command in READERS:
        told = [audited.run(*command, cwd=audited.root / "app/api"), audited.run(*command, str(audited.root / "app/api"), cwd=audited.top)]
        plain = audited.run(*command)
        assert {(run.returncode, run.stdout) for run in told} == {(plain.returncode, plain.stdout)}, command
        assert plain.stdout, command


def test_the_configuration_of_the_environment_is_read_and_a_wrong_key_ends_each_command(audited: Installed) -> None:
    config = audited.top / "forgewatch.yaml"
    config.write_text("profile: dev\nprofil: dev\n")
    wrong = Installed(audited.root, audited.top, extra={"FORGEWATCH_CONFIG": str(config)})
    for command in (*READERS, *RUNNERS):
        run = wrong.run(*command)
        assert f"{config}:2" in run.stdout + run.stderr, command
        assert "did you mean 'profile'" in run.stdout + run.stderr, command
        # doctor tells what is wrong as one of its lines; everything else ends.
        assert (run.returncode, run.stdout == "") == ((1, False) if command == ("doctor",) else (2, True)), command


def test_json_is_one_document_on_stdout_and_nothing_else(audited: Installed) -> None:
    for command in (*AS_JSON, *DEEDS):
        run = audited.run(*command, "--json")
        assert json.loads(run.stdout)["schema"].startswith("forgewatch/"), command
        assert (run.stdout.count("\n"), run.stderr) == (1, ""), command


def test_words_of_authority_are_about_the_repository_around_and_told_as_one_document_or_not_at_all(audited: Installed) -> None:
    for command, status in zip(WORDS, SAID, strict=True):
        run = audited.run(*command, "--json", cwd=audited.root / "app/api")
        assert run.returncode == status, (command, run.stderr)
        assert (run.stdout.count("\n"), run.stderr.count("\n")) == ((1, 0) if status == 0 else (0, 2)), command
        assert status or json.loads(run.stdout)["repository"] == str(audited.root)
    # Refused, it is one document too, and the exit status says so.
    again = audited.run("authorize", "--yes", "--json", str(audited.root / "app"), cwd=audited.top)
    assert (again.returncode, json.loads(again.stdout)["refused"]["field"]) == (1, "authorization")


def test_words_of_authority_read_the_configuration_and_need_a_repository(audited: Installed, tmp_path: Path) -> None:
    config = audited.top / "forgewatch.yaml"
    config.write_text("profil: dev\n")
    outside = tmp_path / "outside"
    outside.mkdir()
    for command in WORDS:
        for run in (audited.run(*command, "--config", str(config)), audited.run(*command, cwd=outside)):
            assert (run.returncode, run.stdout, run.stderr.count("\n")) == (2, "", 2), command


def test_a_runner_is_about_the_repository_around_and_tells_one_document_also_without_a_result(audited: Installed) -> None:
    """Here are no tests that could run: the document says so, and the exit status does."""
    for command in RUNNERS:
        told = audited.run(*command, "--json", cwd=audited.root / "app/api")
        assert (told.returncode in (1, 2), told.stdout.count("\n")) == (True, told.returncode % 2), told.stderr
        assert told.returncode == 2 or json.loads(told.stdout)["repository"] == str(audited.root)


def test_another_state_directory_knows_nothing_of_the_audit(audited: Installed) -> None:
    elsewhere = Installed(audited.root, audited.top, extra={"FORGEWATCH_STATE_DIR": str(audited.top / "elsewhere")})
    for command in (("status",), ("tail",), ("doctor",)):
        assert audited.run(*command).stdout != elsewhere.run(*command).stdout, command
    assert not (audited.top / "elsewhere").exists()


@pytest.mark.req("S002-10.6-11")
def test_a_lost_state_directory_is_told_until_the_operator_adopts_what_is_there(builder: Builder, audited: Installed) -> None:
    before = audited.ledger
    shutil.rmtree(audited.top / "state")
    builder.starts()
    builder.record(start="2026-11-20T11:00:00Z").completes()
    status, document = audited.audit()
    assert (status, verdicts(document)["A6"], "A601" in codes(document)) == (1, "FAIL", True)
    assert audited.ledger.startswith(before)
    assert audited.run("ledger", "adopt", "--yes", "--reason", "the disk of the record was lost").returncode == 0
    builder.record(start="2026-11-20T11:05:00Z")
    status, document = audited.audit()
    assert status == 0, codes(document)
    assert audited.ledger.startswith(before)


@pytest.mark.req("S002-0-6")
def test_the_toolkit_removed_while_watched_is_said_and_its_return_is_served(builder: Builder, installed: Installed) -> None:
    daemon = installed.watch()
    builder.claims("app/a.py").starts()
    builder.write("app/a.py", "x = 2\n").record().completes()
    assert installed.settles(1)
    kept = installed.top / "kept"
    shutil.copytree(builder.root / "Forge", kept)
    shutil.rmtree(builder.root / "Forge")
    assert until(lambda: "workspace.gone" in installed.log), installed.log
    assert daemon.poll() is None
    shutil.copytree(kept, builder.root / "Forge")
    builder.starts()
    builder.write("app/a.py", "x = 3\n").record(start="2026-11-20T11:00:00Z").completes()
    assert installed.settles(2), installed.log
    assert installed.outcomes == ["PASS", "PASS"], installed.ledger


@pytest.mark.req("S002-10.2-8")
def test_wait_ends_when_the_daemon_has_the_result_and_gives_its_status(builder: Builder, installed: Installed) -> None:
    installed.watch()
    builder.claims("app/a.py").starts()
    assert installed.run("wait", "--timeout", "0.2").returncode == 124
    builder.write("app/a.py", "x = 2\n").write("b.py", "").record().completes()
    failed = installed.run("wait", "--timeout", "30")
    assert failed.returncode == 1, failed.stderr
    assert "A101 b.py" in failed.stdout
    builder.starts()
    builder.claims("app/a.py", "b.py").record(start="2026-11-20T11:00:00Z").completes()
    passed = installed.run("wait", "--timeout", "30")
    assert (passed.returncode, "Overall: PASS" in passed.stdout) == (0, True), passed.stdout
    installed.stop()
    builder.starts()
    dead = installed.run("wait", "--timeout", "1")
    assert dead.returncode == 124
    assert "no watcher" in dead.stderr + dead.stdout or "not running" in dead.stderr + dead.stdout


def test_version_is_one_line_and_needs_no_repository(installed: Installed, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    run = installed.run("--version", cwd=outside)
    assert (run.returncode, run.stderr, run.stdout.count("\n")) == (0, "", 1)
    assert run.stdout.startswith("forgewatch ")
