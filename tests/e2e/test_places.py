"""Where the record may be, what an audit beside another user's record needs, and a repository that is moved away."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from tests.support.builder import Builder
from tests.support.installed import COMMAND, Installed, until

EVERY = (("audit",), ("audit", "--dry-run"), ("status",), ("wait", "--timeout", "1"), ("tail",), ("ledger", "show"))
HINT = "  hint: set FORGEWATCH_STATE_DIR to an absolute path outside every repository"


def elsewhere(installed: Installed, state: str) -> Installed:
    """The same command with another state directory."""
    return Installed(installed.root, installed.top, extra={"FORGEWATCH_STATE_DIR": state})


def bad_lines(run: subprocess.CompletedProcess[str]) -> dict[str, str]:
    """Return name -> fact of the bad lines of `doctor --json`."""
    return {line["name"]: line["fact"] for line in json.loads(run.stdout)["lines"] if line["level"] == "bad"}


def test_a_relative_state_directory_is_refused_by_every_command_and_nothing_is_made(builder: Builder, installed: Installed) -> None:
    builder.starts().record().completes()
    command = elsewhere(installed, "state")
    said = "FORGEWATCH_STATE_DIR: expected an absolute path, found 'state'"
    for words in (*EVERY, ("watch",)):
        run = command.run(*words)
        assert (run.returncode, run.stdout, run.stderr.splitlines()) == (2, "", [f"forgewatch: {said}", HINT]), words
    doctor = command.run("doctor", "--json")
    assert (doctor.returncode, bad_lines(doctor)["state directory"]) == (1, said)
    assert not (builder.root / "state").exists()


@pytest.mark.parametrize("through", ["itself", "a link"])
def test_a_state_directory_inside_the_repository_is_refused_and_nothing_is_made(
    builder: Builder, installed: Installed, through: str
) -> None:
    builder.starts().record().completes()
    (installed.top / "link").symlink_to(builder.root)
    state = (builder.root if through == "itself" else installed.top / "link") / ".state"
    command = elsewhere(installed, str(state))
    said = f"expected the state directory outside the repository {builder.root}, found {state} inside"
    for words in EVERY:
        run = command.run(*words)
        assert (run.returncode, run.stdout, run.stderr.splitlines()) == (2, "", [f"forgewatch: {said}", HINT]), words
    doctor = command.run("doctor", "--json")
    assert (doctor.returncode, bad_lines(doctor)["state directory"]) == (1, said)
    assert not state.exists()


def test_the_usual_state_directory_is_refused_too_where_the_home_is_the_repository(builder: Builder, installed: Installed) -> None:
    builder.starts().record().completes()
    run = Installed(installed.root, installed.top, extra={"FORGEWATCH_STATE_DIR": "", "HOME": str(builder.root)}).run("audit")
    assert (run.returncode, run.stdout, run.stderr.splitlines()[1]) == (2, "", HINT)
    assert not (builder.root / ".local").exists()


def test_the_daemon_refuses_the_repository_that_its_state_is_in_and_serves_the_others(builder: Builder, installed: Installed) -> None:
    other = Builder.with_repository(installed.top / "other")
    command = elsewhere(installed, str(other.root / ".state"))
    command.watch(str(builder.root), str(other.root))
    try:
        builder.starts().record().completes()
        assert command.settles(1)
        refused = [json.loads(line) for line in command.log.splitlines() if "repository.unavailable" in line]
        assert [(line["repository"], "outside the repository" in line["why"]) for line in refused] == [(str(other.root), True)]
        assert not (other.root / ".forge_watcher.lock").exists()
    finally:
        command.stop()


@pytest.mark.parametrize("base", ["", " "])
def test_an_empty_base_is_wrong_usage_and_not_another_audit(builder: Builder, installed: Installed, base: str) -> None:
    builder.starts().record().completes()
    run = installed.run("audit", "--base", base)
    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr.startswith(f"forgewatch: --base: expected a commit, branch or tag, found '{base}'\n")
    assert installed.entries == 0


@pytest.mark.parametrize("claimed", ["", "(none)", "none", " , "])
def test_an_empty_claim_and_an_empty_phase_are_what_the_contract_says(builder: Builder, installed: Installed, claimed: str) -> None:
    # Contract §10.7: the claim may be empty where nothing changed; the phase is optional and `unknown` without one.
    builder.starts().record().completes()
    _, document = installed.audit("--claimed-files", claimed, "--phase", "")
    assert (document["claimed"], document["phase"]) == ([], "unknown")
    assert [result["verdict"] for result in document["results"] if result["code"] == "A1"] == ["PASS"]


def test_without_room_for_any_file_an_audit_of_our_own_needs_no_temporary_folder(builder: Builder, installed: Installed) -> None:
    builder.starts().record().completes()
    assert installed.run("audit").returncode == 0
    builder.starts().record(start="2026-11-20T11:00:00Z").completes()
    run = limited(installed, 'ulimit -f 0; exec "$0" audit')
    assert (run.returncode, run.stdout) == (2, "")
    assert "journal.jsonl: File too large" in run.stderr
    assert len(run.stderr.splitlines()) == 2


def given_away(installed: Installed) -> Path:
    """The record, given to another user: its folder."""
    if os.geteuid() != 0:
        pytest.skip("only root can give a folder away")
    folder = next((installed.top / "state").iterdir())
    os.chown(folder, 12345, -1)
    return folder


def test_beside_another_users_record_a_missing_temporary_folder_is_one_line_and_two(builder: Builder, installed: Installed) -> None:
    builder.starts().record().completes()
    assert installed.run("audit").returncode == 0
    given_away(installed)
    beside = limited(installed, 'exec "$0" audit')
    assert beside.returncode == 0, beside.stderr
    assert "Entry: none (not recorded)\nnot recorded: the record in " in beside.stdout
    run = limited(installed, 'ulimit -f 0; exec "$0" audit')
    assert (run.returncode, run.stdout) == (2, "")
    first, hint = run.stderr.splitlines()
    assert first.startswith("forgewatch: no temporary folder can be made, which an audit beside another user's record needs: ")
    assert hint == "  hint: set TMPDIR to a folder you can write"


def test_another_users_record_is_neither_written_nor_doubled_by_the_operators_commands(builder: Builder, installed: Installed) -> None:
    # Not by root's either: what root leaves in that folder its owner cannot read.
    builder.starts().record().completes()
    assert installed.run("audit").returncode == 0
    folder = given_away(installed)
    before = (folder / "journal.jsonl").read_bytes(), (builder.root / "Forge/evidence/audit_ledger.md").read_bytes()
    for words in (("adopt", "--yes"), ("restore", "--yes")):
        run = installed.run("ledger", *words)
        assert (run.returncode, run.stdout) == (2, ""), words
        assert run.stderr.splitlines() == [
            f"forgewatch: the record in {folder} belongs to #12345",
            "  hint: run it as that user: runuser -u #12345 -- forgewatch ...",
        ]
    shown = installed.run("ledger", "show")
    assert (shown.returncode, "was not compared: the record in" in shown.stdout) == (0, True)
    after = (folder / "journal.jsonl").read_bytes(), (builder.root / "Forge/evidence/audit_ledger.md").read_bytes()
    assert (after, list((installed.top / "state").iterdir())) == (before, [folder])


def limited(installed: Installed, line: str) -> subprocess.CompletedProcess[str]:
    """Run a shell line in which `$0` is the command, unmeasured: what measures it writes files, too."""
    unmeasured = {name: value for name, value in installed.environment.items() if not name.startswith("COVERAGE_")}
    return subprocess.run(
        ["bash", "-c", line, str(COMMAND)],
        cwd=installed.root,
        env=unmeasured,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_repository_that_was_moved_away_is_not_watched_at_its_new_place(builder: Builder, installed: Installed) -> None:
    daemon = installed.watch()
    assert installed.run("status").returncode == 0
    away = installed.top / "away"
    shutil.move(builder.root, away)
    status = installed.run("status", str(away), "--json", cwd=installed.top)
    assert (status.returncode, json.loads(status.stdout)["watcher"]["running"]) == (3, False)
    assert "no watcher runs" in installed.run("wait", str(away), "--timeout", "0", cwd=installed.top).stderr
    assert "watcher" not in fine_lines(installed.run("doctor", str(away), "--json", cwd=installed.top))
    shutil.move(away, builder.root)
    assert until(lambda: installed.run("status").returncode == 0)
    # Another path to the same place is the same place.
    Path(away).symlink_to(builder.root)
    assert installed.run("status", str(away), cwd=installed.top).returncode == 0
    daemon.send_signal(signal.SIGTERM)
    assert daemon.wait(60) == 0


def fine_lines(run: subprocess.CompletedProcess[str]) -> set[str]:
    """Return the names of the fine lines of `doctor --json`."""
    return {line["name"] for line in json.loads(run.stdout)["lines"] if line["level"] == "fine"}
