"""`doctor`: tells what is, and what to do about it."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from forgewatch.cli.doctor_lines import Level, grammars
from forgewatch.cli.doctor_room import Room, room_line, size
from forgewatch.cli.doctor_tests import sandbox
from forgewatch.core.settings import BenchSettings, Sandbox, Settings
from forgewatch.wiring.languages import LazyGrammars
from tests.cli.conftest import valid
from tests.support.answers import report
from tests.support.benches import require_sandbox
from tests.support.installed import Installed
from tests.support.recorded import Keeper, advertise


def lines(installed: Installed, *args: str) -> dict[str, dict[str, Any]]:
    document = valid("doctor-v1", installed.run("doctor", "--json", *args).stdout)
    return {line["name"]: line for line in document["lines"]}


def test_python_git_and_state_directory_are_named(installed: Installed) -> None:
    found = lines(installed)
    assert sys.executable in found["python"]["fact"]
    assert "/git" in found["git"]["fact"]
    assert installed.environment["FORGEWATCH_STATE_DIR"] in found["state directory"]["fact"]
    assert {found[name]["level"] for name in ("python", "git", "state directory")} == {"ok"}


def test_the_grammars_are_named_with_their_versions_or_with_what_brings_them(installed: Installed) -> None:
    assert lines(installed)["grammars"] == {"level": "ok", "name": "grammars", "fact": LazyGrammars().edition(), "remedy": ""}
    lacking = grammars("")
    assert lacking.level is Level.NOTE
    assert "forgewatch[polyglot] is not installed" in lacking.fact
    assert "'forgewatch[polyglot]'" in lacking.remedy


def test_doctor_creates_nothing(installed: Installed) -> None:
    before = set(installed.top.rglob("*"))
    installed.run("doctor")
    assert set(installed.top.rglob("*")) == before


def test_every_effective_value_has_its_source(installed: Installed) -> None:
    config = installed.top / "forgewatch.yaml"
    config.write_text("profile: strict\nwatch:\n  sweep_seconds: 5\n")
    found = lines(installed, "--config", str(config))
    assert found["profile"]["fact"] == f"strict ({config}:1)"
    assert found["watch.sweep_seconds"]["fact"] == f"5 ({config}:3)"
    assert found["loopback.limit"]["fact"] == "3 (default)"
    assert found["repositories"]["fact"] == "none (default)"


def test_a_bad_configuration_is_a_bad_line_and_the_rest_is_still_told(installed: Installed) -> None:
    config = installed.top / "forgewatch.yaml"
    config.write_text("profle: strict\n")
    run = installed.run("doctor", "--config", str(config))
    assert run.returncode == 1
    assert "unknown key 'profle'" in run.stdout
    assert "remedy: did you mean 'profile'?" in run.stdout
    assert "python:" in run.stdout


def test_outside_a_repository_the_environment_is_still_told(installed: Installed) -> None:
    outside = installed.top / "outside"
    outside.mkdir()
    run = installed.run("doctor", cwd=outside)
    assert run.returncode == 1
    assert "bad   repository:" in run.stdout
    assert "ok    git:" in run.stdout


def test_git_that_is_missing_is_a_bad_line(installed: Installed) -> None:
    command = Installed(installed.root, installed.top, extra={"PATH": str(installed.top)})
    assert lines(command)["git"]["level"] == "bad"


def test_git_of_the_repository_is_never_run(installed: Installed) -> None:
    trap = installed.root / "git"
    trap.write_text(f"#!/bin/sh\ntouch {installed.top}/trapped\n")
    trap.chmod(0o755)
    command = Installed(installed.root, installed.top, extra={"PATH": f"{installed.root}:.:{os.environ['PATH']}"})
    assert lines(command)["git"]["level"] == "ok"
    assert not (installed.top / "trapped").exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_state_directory_we_cannot_write_is_a_bad_line(installed: Installed) -> None:
    command = Installed(installed.root, installed.top, extra={"FORGEWATCH_STATE_DIR": "/proc/state"})
    assert lines(command)["state directory"]["level"] == "bad"


def test_watcher_record_and_ledger_are_told(keeper: Keeper, installed: Installed, watcher_process: int) -> None:
    assert lines(installed)["watcher"]["remedy"] == f"forgewatch watch {installed.root}"
    keeper.audit(report())
    advertise(installed.root, watcher_process)
    found = lines(installed)
    assert found["watcher"]["fact"].startswith(f"PID {watcher_process} since")
    assert (found["ledger"]["level"], found["ledger"]["fact"]) == ("ok", "last entry matches")
    assert "assurance local" in found["record"]["fact"]


def test_a_stale_or_broken_lock_record_is_told(installed: Installed) -> None:
    advertise(installed.root, 1)
    assert "a lock record names PID 1" in lines(installed)["watcher"]["fact"]
    (installed.root / ".forge_watcher.lock").write_bytes(b"junk")
    assert "the lock record expected 'PID: <number>'" in lines(installed)["watcher"]["fact"]


def test_a_tampered_and_a_missing_ledger_are_bad(keeper: Keeper, installed: Installed) -> None:
    keeper.audit(report())
    ledger = installed.root / "Forge/evidence/audit_ledger.md"
    text = ledger.read_bytes()
    ledger.unlink()
    assert (lines(installed)["ledger"]["level"], lines(installed)["ledger"]["fact"]) == ("bad", "missing")
    ledger.write_bytes(text[:-5])
    assert lines(installed)["ledger"]["level"] == "note"
    keeper.tampered("byte 17 differs")
    assert lines(installed)["ledger"]["fact"] == "tampered: byte 17 differs"


@pytest.mark.req("S002-10.7-5")
def test_missing_governed_files_and_shims_are_named(installed: Installed) -> None:
    (installed.root / "forge.json").unlink()
    run = installed.run("doctor")
    missing = [line.split()[-1] for line in run.stdout.splitlines() if line.startswith("note  missing:")]
    assert missing == ["forge.json", "Forge/scripts/run_audit", "Forge/scripts/run_tests"]
    installed.run("init")
    assert "Forge/scripts/run_audit" not in installed.run("doctor").stdout


@pytest.mark.req("S002-10.7-5")
def test_a_script_of_another_version_is_named_and_under_aem_a_lost_audit_script_is_a_stop(installed: Installed) -> None:
    installed.run("init")
    audit, tests = (installed.root / f"Forge/scripts/{name}" for name in ("run_audit", "run_tests"))
    # Git may turn line ends on the way out: that is no other script.
    tests.with_suffix(".py").write_bytes(tests.with_suffix(".py").read_bytes().replace(b"\n", b"\r\n"))
    tests.with_suffix(".ps1").write_bytes(b"exit 0\r\n")
    told = lines(installed)
    assert (told["script"]["level"], told["script"]["fact"]) == ("note", "Forge/scripts/run_tests.ps1 is not the script of this version")
    audit.with_suffix(".ps1").unlink()
    audit.with_suffix(".py").unlink()
    audit.with_suffix(".py").symlink_to("/etc/passwd")
    run = installed.run("doctor")
    assert (run.returncode, "STOP" in run.stdout) == (0, False), run.stdout
    (installed.root / "Forge/Contracts/directive.md").write_text("AEM: enabled\n")
    run = installed.run("doctor")
    stop = "STOP: ENVIRONMENT_LIMITATION. run_audit.ps1 not found or not executable; cannot complete AEM audit gate."
    assert (run.returncode, f"Forge/scripts/run_audit: AEM is on, {stop}\n" in run.stdout) == (1, True), run.stdout


def test_the_drop_in_for_configured_repositories_is_printed(installed: Installed) -> None:
    tool = installed.top / "bin"
    tool.mkdir()
    (tool / "systemctl").write_text("#!/bin/sh\n")
    (tool / "systemctl").chmod(0o755)
    config = installed.top / "forgewatch.yaml"
    config.write_text(f"repositories: [{installed.root}, '/srv/shop of 100%']\n")
    command = Installed(installed.root, installed.top, extra={"PATH": f"{tool}:{os.environ['PATH']}"})
    drop_in = ["[Service]", f'ReadWritePaths="-{installed.root}"', 'ReadWritePaths="-/srv/shop of 100%%"']
    assert lines(command, "--config", str(config))["systemd"]["remedy"].splitlines()[1:] == drop_in
    printed = [line.strip() for line in command.run("doctor", "--config", str(config)).stdout.splitlines()]
    assert printed[printed.index("[Service]") :] == drop_in
    assert lines(command)["systemd"]["fact"] == "present; no repositories are configured"
    without = Installed(installed.root, installed.top, extra={"PATH": str(installed.top)})
    assert lines(without)["systemd"]["level"] == "note"


def test_the_sandbox_for_tests_is_started_and_its_version_told(installed: Installed) -> None:
    require_sandbox()
    line = lines(installed)["sandbox for tests"]
    assert line["level"] == "ok"
    assert line["fact"].startswith("bubblewrap ")
    assert line["fact"].endswith("/bwrap, network none")


@pytest.mark.parametrize("program", ["", "echo 'setting up uid map: Permission denied' >&2; exit 1", "exit 1", "kill -9 $$"])
def test_a_sandbox_that_is_missing_or_may_not_be_made_is_told_with_its_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str
) -> None:
    monkeypatch.setattr(os, "defpath", "/nonexistent")
    if program:
        (tmp_path / "bwrap").write_text(f"#!/bin/sh\n{program}\n")
        (tmp_path / "bwrap").chmod(0o755)
    line = sandbox(None, Settings(), {"PATH": str(tmp_path)})
    assert line.level is Level.NOTE
    assert "tests: sandbox: none" in line.remedy
    assert ("Permission denied" if "Permission" in program else "it says nothing" if program else "found none") in line.fact


def test_a_sandbox_that_the_operator_does_not_want_is_worth_a_note(tmp_path: Path) -> None:
    line = sandbox(tmp_path, Settings(tests=BenchSettings(sandbox=Sandbox.NONE)), {})
    assert (line.level, "can do what their user can" in line.fact, bool(line.remedy)) == (Level.NOTE, True, True)


def test_room_is_told_in_units_a_person_reads() -> None:
    told = [size(number) for number in (0, 1023, 1024, 3 * 1024**2 // 2, 1024**5)]
    assert told == ["0 bytes", "1023 bytes", "1.0 KiB", "1.5 MiB", "1024.0 TiB"]


def test_the_room_below_a_state_directory_that_is_not_there_yet_is_that_of_its_nearest_folder(installed: Installed) -> None:
    found = lines(installed)
    assert re.fullmatch(rf"[\d.]+ [KMGT]iB free below {installed.top}", found["state disk"]["fact"])
    assert re.fullmatch(rf"[\d.]+ [KMGT]iB free below {installed.root}", found["repository disk"]["fact"])


@pytest.mark.parametrize(
    ("blocks", "files", "level", "said"),
    [
        (256, (10, 5), "ok", "1.0 MiB free below /"),
        (255, (10, 5), "bad", "full: 1020.0 KiB free below /"),
        (0, (10, 5), "bad", "full: 0 bytes free below /"),
        (1000, (10, 0), "bad", "no file numbers (inodes) left below /"),
        (1000, (0, 0), "ok", "3.9 MiB free below /"),
    ],
)
def test_a_disk_without_room_or_file_numbers_is_bad(blocks: int, files: tuple[int, int], level: str, said: str) -> None:
    disk = Room(block=4096, blocks=blocks, files=files[0], files_left=files[1])
    line = room_line("state disk", Path("/"), disk)
    assert (line.level.value, line.fact) == (level, said)
    assert bool(line.remedy) is (level == "bad")


@pytest.mark.parametrize("below", ["", "/deep/down"])
def test_a_state_directory_that_is_a_file_is_bad(installed: Installed, below: str) -> None:
    place = installed.top / "occupied"
    place.write_text("")
    command = Installed(installed.root, installed.top, extra={"FORGEWATCH_STATE_DIR": f"{place}{below}"})
    line = lines(command)["state directory"]
    assert (line["level"], line["fact"]) == ("bad", f"{place}{below}: {place} is no folder")
    assert command.run("doctor").returncode == 1


def test_where_commits_and_checkpoints_go_is_told(installed: Installed) -> None:
    told = lines(installed)
    assert [(told[name]["level"], told[name]["fact"]) for name in ("push", "anchor")] == [("ok", "off"), ("ok", "off")]
    config = installed.top / "forgewatch.yaml"
    config.write_text(f"repositories:\n  - {{path: '{installed.root}', push: 'git://nowhere.invalid/x'}}\n")
    told = lines(installed, "--config", str(config))
    assert (told["push"]["level"], told["push"]["fact"]) == ("note", "git://nowhere.invalid/x: nobody proves there who writes")
