"""`init --service`: installs, enables and removes exactly its own, and asks the service manager for nothing else."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from forgewatch.adapters.config import load_settings
from forgewatch.cli.made import made_text
from forgewatch.cli.service import drifted, install, is_ours, marked, may_write, uninstall, write_files
from forgewatch.core.errors import UsageError
from forgewatch.core.places import ROOT, Layout
from tests.cli.conftest import tree, valid
from tests.support.builder import Builder
from tests.support.installed import COMMAND, Installed

UNITS = Path(__file__).resolve().parents[2] / "systemd"


class Manager:
    """A service manager in memory: knows which units are enabled and which run, and remembers what it was asked."""

    def __init__(self, why: str = "", refuses: str = "", enabled: bool = False, active: bool = False) -> None:
        self.why, self.refuses, self.enabled, self.active = why, refuses, enabled, active
        self.asked: list[str] = []

    def absent(self) -> str:
        return self.why

    def ask(self, *words: str) -> str:
        self.asked.append(" ".join(words))
        if words[0] == self.refuses:
            return "Access denied"
        if words[0] in ("enable", "disable"):
            self.enabled = words[0] == "enable"
        states = {"is-enabled": self.enabled, "is-active": self.active}
        return "" if states.get(words[0], True) else f"systemctl {words[0]} ended with status 1"


def told(installed: Installed, *args: str) -> dict[str, Any]:
    """Return what `init --json` says, checked against its schema."""
    run = installed.run("init", *args, "--json")
    assert run.returncode == 0, run.stderr
    return valid("init-v1", run.stdout)


def test_uninstall_without_service_is_wrong_usage(bare: Path, tmp_path: Path) -> None:
    run = Installed(bare, tmp_path).run("init", "--uninstall")
    assert run.returncode == 2
    assert "--uninstall needs --service" in run.stderr


def test_the_user_service_is_the_shipped_unit_with_a_drop_in_for_this_machine(bare: Path, tmp_path: Path) -> None:
    run = Installed(bare, tmp_path).run("init", "--service", "user")
    assert run.returncode == 0, run.stderr
    home = tmp_path / ".config"
    assert (home / "systemd/user/forgewatch.service").read_bytes() == (UNITS / "forgewatch-user.service").read_bytes()
    drop_in = (home / "systemd/user/forgewatch.service.d/10-this-machine.conf").read_text()
    # Its own configuration, also where the system has one.
    assert f'ExecStart=\nExecStart="{COMMAND}" watch --config "{home}/forgewatch/forgewatch.yaml"\n' in drop_in
    assert f'  - "{bare}"\n' in (home / "forgewatch/forgewatch.yaml").read_text()
    assert "next: systemctl --user enable --now forgewatch" in run.stdout


def test_uninstall_removes_exactly_what_install_wrote(bare: Path, tmp_path: Path) -> None:
    installed = Installed(bare, tmp_path)
    (tmp_path / ".config").mkdir()
    (tmp_path / ".config" / "other").write_text("x")
    installed.run("init")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    installed.run("init", "--service", "user")
    assert {path for path in tmp_path.rglob("*") if path.is_file()} - set(before)
    run = installed.run("init", "--service", "user", "--uninstall")
    assert (run.returncode, run.stdout.splitlines()[-1]) == (0, "next: systemctl --user disable --now forgewatch")
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_uninstall_needs_no_repository_and_takes_its_empty_folders_with_it(bare: Path, tmp_path: Path) -> None:
    installed = Installed(bare, tmp_path)
    installed.run("init", "--service", "user")
    outside = tmp_path / "outside"
    outside.mkdir()
    run = installed.run("init", "--service", "user", "--uninstall", cwd=outside)
    assert (run.returncode, run.stderr) == (0, "")
    for folder in ("forgewatch", "systemd/user", "systemd"):
        assert f"  removed {tmp_path}/.config/{folder}/" in run.stdout.splitlines()
    assert list((tmp_path / ".config").iterdir()) == []
    again = told(installed, "--service", "user", "--uninstall")
    assert again["repository"] is None
    assert {row["result"] for row in again["service"]["files"]} == {"absent"}


def test_uninstall_leaves_folders_that_hold_something_of_somebody_else(bare: Path, tmp_path: Path) -> None:
    installed = Installed(bare, tmp_path)
    installed.run("init", "--service", "user")
    units = tmp_path / ".config/systemd/user"
    (units / "other.service").write_text("x")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / ".config/forgewatch/forgewatch.yaml").rename(tmp_path / "elsewhere/forgewatch.yaml")
    (tmp_path / ".config/forgewatch").rmdir()
    (tmp_path / ".config/forgewatch").symlink_to(tmp_path / "elsewhere")
    run = installed.run("init", "--service", "user", "--uninstall")
    assert run.returncode == 0
    assert [path.name for path in units.iterdir()] == ["other.service"]
    assert (tmp_path / ".config/forgewatch").is_symlink()
    assert (tmp_path / "elsewhere").is_dir()


def test_uninstall_keeps_what_the_operator_edited(bare: Path, tmp_path: Path) -> None:
    installed = Installed(bare, tmp_path)
    installed.run("init", "--service", "user")
    config = tmp_path / ".config/forgewatch/forgewatch.yaml"
    config.write_text(config.read_text() + "profile: strict\n")
    run = installed.run("init", "--service", "user", "--uninstall")
    assert f"kept    {config} (was changed since)" in run.stdout
    assert config.exists()


def test_a_second_repository_is_not_written_into_the_operators_configuration(bare: Path, tmp_path: Path) -> None:
    Installed(bare, tmp_path).run("init", "--service", "user")
    config = tmp_path / ".config/forgewatch/forgewatch.yaml"
    before = config.read_bytes()
    other = Builder.with_repository(tmp_path / "other")
    run = Installed(other.root, tmp_path).run("init", "--service", "user")
    assert f"add to the repositories of {config}: {other.root}" in run.stdout
    assert config.read_bytes() == before


def test_a_unit_that_is_there_is_kept_and_named(tmp_path: Path) -> None:
    path = tmp_path / "systemd" / "forgewatch.service"
    told = [made_text(made) for text in (b"ours", b"ours", b"newer") for made in write_files({path: text})]
    assert told == [f"  created {path}", f"  kept    {path}", f"  kept    {path} (differs from what would be written)"]
    assert path.read_bytes() == b"ours"


def test_a_path_with_quotes_line_ends_and_percents_stays_one_value(tmp_path: Path) -> None:
    odd = tmp_path / 'a "b"\nExecStartPre=evil %h'
    environ = {"HOME": str(tmp_path)}
    install("user", odd, '/opt/$x/"y"\n%', environ, Manager())
    drop_in = (tmp_path / ".config/systemd/user/forgewatch.service.d/10-this-machine.conf").read_text().splitlines()
    assert [line for line in drop_in if line.startswith("Exec")] == [
        "ExecStart=",
        f'ExecStart="/opt/$$x/\\"y\\"\\n%%" watch --config "{tmp_path}/.config/forgewatch/forgewatch.yaml"',
    ]
    assert may_write([str(odd)]).splitlines() == [f'ReadWritePaths="-{tmp_path}/a \\"b\\"\\nExecStartPre=evil %%h"']
    uninstall("user", environ, Manager())


@pytest.mark.skipif(os.geteuid() == 0, reason="the tests run as root")
def test_the_system_service_needs_root(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="needs root"):
        install("system", tmp_path, "forgewatch", {"HOME": str(tmp_path)}, Manager())


def test_a_marked_file_is_ours_until_someone_edits_it() -> None:
    data = marked("repositories: []\n")
    assert is_ours(data, b"")
    assert is_ours(b"shipped", b"shipped")
    assert not is_ours(data + b"# mine\n", b"")
    assert not is_ours(b"", b"shipped")


def test_json_of_a_service_tells_what_was_installed_and_taken_away_again(bare: Path, tmp_path: Path) -> None:
    installed = Installed(bare, tmp_path)
    service = told(installed, "--service", "user")["service"]
    paths = [row["path"] for row in service["files"]]
    assert {row["result"] for row in service["files"]} == {"created"}
    assert all(Path(path).is_file() for path in paths)
    assert service["next"] == ["systemctl --user enable --now forgewatch"]
    Path(paths[-1]).write_text("mine")
    taken = told(installed, "--service", "user", "--uninstall")
    rows = {row["path"]: (row["result"], row["remark"]) for row in taken["service"]["files"]}
    assert taken["files"] == []
    assert rows.pop(paths[-1]) == ("kept", "was changed since")
    assert set(rows.values()) == {("removed", "")}
    assert {row["result"] for row in told(installed, "--service", "user", "--uninstall")["service"]["files"]} == {"absent", "kept"}


@pytest.mark.skipif(os.geteuid() == 0, reason="the tests run as root")
def test_a_system_service_without_root_changes_nothing_in_the_repository(bare: Path, tmp_path: Path) -> None:
    run = Installed(bare, tmp_path).run("init", "--service", "system", "--json")
    assert (run.returncode, run.stdout) == (2, "")
    assert "needs root" in run.stderr
    assert tree(bare) == {}


def installs(home: Path, manager: Manager, root: Path = Path("/srv/shop"), **more: Any) -> tuple[str, ...]:
    """Install the user's unit, and return remarks and next steps."""
    deeds = install("user", root, "/opt/forgewatch", {"HOME": str(home)}, manager, **more)
    return (*deeds.notes, *deeds.next)


def test_a_unit_that_was_written_is_enabled_and_not_started(tmp_path: Path) -> None:
    manager = Manager()
    told = installs(tmp_path, manager)
    assert manager.asked == ["daemon-reload", "enable forgewatch"]
    assert told == (
        "systemd has read the units again",
        "enabled forgewatch: it starts at your next login",
        "systemctl --user start forgewatch",
    )
    assert installs(tmp_path, manager) == told


def test_what_is_new_is_to_be_committed_before_the_service_starts(bare: Path, tmp_path: Path) -> None:
    installed = Installed(bare, tmp_path)
    (note,) = told(installed, "--service", "user")["notes"]
    assert note.startswith("before the service starts: git add Forge/Contracts Forge/evidence ")
    add, commit = note.removeprefix("before the service starts: git add ").split(" && ")
    assert (add.endswith(" .gitignore"), commit) == (True, f"git commit -m 'Governance files' -- {add}")
    assert told(installed, "--service", "user")["notes"] == []


def test_where_no_manager_runs_nothing_is_asked_and_the_command_is_told(tmp_path: Path) -> None:
    manager = Manager(why="systemd is not running here")
    assert installs(tmp_path, manager) == (
        "systemd is not running here: nothing was enabled",
        "systemctl --user enable --now forgewatch",
    )
    gone = uninstall("user", {"HOME": str(tmp_path)}, manager)
    assert (gone.notes, gone.next) == (
        ("systemd is not running here: nothing was disabled",),
        ("systemctl --user disable --now forgewatch",),
    )
    assert manager.asked == []


def test_a_manager_that_refuses_is_told_and_the_command_remains(tmp_path: Path) -> None:
    told = installs(tmp_path, Manager(refuses="enable"))
    assert told[1:] == ("forgewatch could not be enabled: Access denied", "systemctl --user enable --now forgewatch")
    assert installs(tmp_path, Manager(refuses="daemon-reload"))[0] == "daemon-reload failed: Access denied"


def test_a_unit_of_somebody_else_is_neither_enabled_nor_disabled(tmp_path: Path) -> None:
    unit = tmp_path / ".config/systemd/user/forgewatch.service"
    unit.parent.mkdir(parents=True)
    unit.write_text("[Service]\nExecStart=/bin/true\n")
    manager = Manager(enabled=True)
    assert f"{unit} is not the unit of this version: it was not enabled" in installs(tmp_path, manager)
    gone = uninstall("user", {"HOME": str(tmp_path)}, manager)
    assert (manager.enabled, gone.next) == (True, ("systemctl --user disable --now forgewatch",))
    assert unit.read_text() == "[Service]\nExecStart=/bin/true\n"


@pytest.mark.parametrize("active", [True, False])
def test_uninstall_disables_what_was_enabled_and_says_how_what_runs_ends(tmp_path: Path, active: bool) -> None:
    manager = Manager(active=active)
    installs(tmp_path, manager)
    manager.asked.clear()
    gone = uninstall("user", {"HOME": str(tmp_path)}, manager)
    assert manager.asked == ["is-enabled --quiet forgewatch", "disable forgewatch", "daemon-reload", "is-active --quiet forgewatch"]
    assert gone.notes == ("disabled forgewatch", "systemd has read the units again")
    assert gone.next == (("systemctl --user stop forgewatch",) if active else ())
    assert list(tmp_path.rglob("*.service")) == []


def test_uninstall_disables_nothing_that_is_not_enabled_and_tells_a_refusal(tmp_path: Path) -> None:
    manager = Manager()
    installs(tmp_path, manager)
    manager.enabled = False
    uninstall("user", {"HOME": str(tmp_path)}, manager)
    assert "disable forgewatch" not in manager.asked
    installs(tmp_path, manager)
    manager.refuses = "disable"
    gone = uninstall("user", {"HOME": str(tmp_path)}, manager)
    assert gone.notes[0] == "forgewatch could not be disabled: Access denied"
    assert gone.next == ("systemctl --user disable --now forgewatch",)


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_the_system_service_is_enabled_and_its_next_steps_end_with_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("forgewatch.cli.service.SYSTEM", str(tmp_path / "etc/forgewatch/forgewatch.yaml"))
    monkeypatch.setattr("forgewatch.cli.service.SYSTEM_UNITS", tmp_path / "etc/systemd/system")
    monkeypatch.setattr("forgewatch.cli.service.SYSUSERS", tmp_path / "etc/sysusers.d")
    (tmp_path / "etc").mkdir()
    manager = Manager()
    deeds = install("system", Path("/srv/a shop"), "/opt/forgewatch", {}, manager, ROOT)
    assert "enabled forgewatch: it starts when the machine starts" in deeds.notes
    assert deeds.next[0] == "systemd-sysusers"
    assert deeds.next[1].endswith("-m d:u:forgewatch:rwX '/srv/a shop'/evidence")
    assert deeds.next[2] == "systemctl start forgewatch"
    gone = uninstall("system", {}, manager)
    assert gone.next == ("systemctl disable forgewatch@; systemctl stop 'forgewatch@*'",)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_the_root_layout_is_written_into_the_configuration_of_the_service(tmp_path: Path) -> None:
    installs(tmp_path, Manager(), governed=ROOT)
    config = tmp_path / ".config/forgewatch/forgewatch.yaml"
    assert '  - {path: "/srv/shop", layout: root}' in config.read_text().splitlines()
    assert load_settings(str(config), {}).repositories[0].layout is Layout.ROOT


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda unit, drop_in: unit.write_text("[Unit]\n"), ("forgewatch.service", "was changed")),
        (lambda unit, drop_in: unit.unlink(), ("forgewatch.service", "is missing")),
        (lambda unit, drop_in: drop_in.write_text(drop_in.read_text() + "Nice=1\n"), ("10-this-machine.conf", "was changed")),
        (lambda unit, drop_in: (drop_in.unlink(), drop_in.symlink_to(unit)), ("10-this-machine.conf", "was changed")),
    ],
)
def test_a_changed_file_of_the_service_is_drift(tmp_path: Path, spoil: Callable[[Path, Path], object], why: tuple[str, str]) -> None:
    environ = {"HOME": str(tmp_path)}
    assert drifted("user", environ) == ()
    installs(tmp_path, Manager())
    # What the operator says in the configuration is no drift.
    (tmp_path / ".config/forgewatch/forgewatch.yaml").write_text("repositories: []\n")
    assert drifted("user", environ) == ()
    units = tmp_path / ".config/systemd/user"
    spoil(units / "forgewatch.service", units / "forgewatch.service.d/10-this-machine.conf")
    assert [(path.name, told) for path, told in drifted("user", environ)] == [why]
