"""The table of commands and the one boundary where errors end."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from forgewatch import __version__
from forgewatch.cli.commands import COMMANDS, build_parser
from tests.support.installed import COMMAND, Installed

NAMES = (
    "init",
    "watch",
    "audit",
    "status",
    "wait",
    "tail",
    "explain",
    "doctor",
    "test",
    "difflog",
    "ledger",
    "signoff",
    "authorize",
    "unblock",
    "dispute",
    "approve",
    "gate",
    "blocks",
)


def test_version_says_name_and_version(installed: Installed) -> None:
    run = installed.run("--version")
    assert (run.returncode, run.stdout, run.stderr) == (0, f"forgewatch {__version__}\n", "")


def test_help_lists_every_command_but_the_hidden_worker(installed: Installed) -> None:
    for args in ((), ("--help",)):
        run = installed.run(*args)
        assert run.returncode == 0
        listed = [line.split()[0] for line in run.stdout.splitlines() if line.startswith("    ") and line[4] != " "]
        assert listed == ["COMMAND", *NAMES] or listed == list(NAMES)
    assert [command.name for command in COMMANDS if command.help is None] == ["worker"]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_every_row_of_the_table_has_a_module_that_runs_it(command: object) -> None:
    assert callable(import_module(command.module).run)  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", NAMES)
def test_every_command_has_help(installed: Installed, name: str) -> None:
    run = installed.run(name, "--help")
    assert run.returncode == 0
    assert run.stdout.startswith(f"usage: forgewatch {name}")


@pytest.mark.parametrize(
    "args", [("bogus",), ("status", "--bogus"), ("ledger",), ("wait", "--timeout", "soon"), ("wait", "--timeout", "-1")]
)
def test_wrong_usage_leaves_with_two_and_says_why(installed: Installed, args: tuple[str, ...]) -> None:
    run = installed.run(*args)
    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr.startswith("forgewatch: ")
    assert run.stderr.count("\n") == 2


def test_options_are_never_guessed_from_a_beginning(installed: Installed) -> None:
    assert installed.run("audit", "--claimed", "a").returncode == 2


@pytest.mark.req("S002-10.1-5")
@pytest.mark.req("S002-10.5-1")
def test_no_option_skips_a_check_or_forces_a_verdict() -> None:
    table = build_parser()._subparsers._group_actions[0].choices  # type: ignore[union-attr]
    options = {option for parser in table.values() for action in parser._actions for option in action.option_strings}  # type: ignore[union-attr,attr-defined]
    forbidden = ("force", "skip", "ignore", "no-check", "override", "only", "disable")
    assert not [option for option in options if any(word in option for word in forbidden)]


def test_an_expected_error_is_one_line_with_a_hint(installed: Installed, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    run = installed.run("status", cwd=outside)
    assert (run.returncode, run.stdout) == (2, "")
    assert [line.split(":")[0] for line in run.stderr.splitlines()] == ["forgewatch", "  hint"]


@pytest.mark.parametrize("name", ["\x1b[2Jred", "two\rlines", "\u202eltr", "bad\udcff"])
def test_a_folders_name_cannot_move_the_cursor(installed: Installed, tmp_path: Path, name: str) -> None:
    outside = tmp_path / "o" / name
    outside.mkdir(parents=True)
    run = installed.run("status", cwd=outside)
    assert run.returncode == 2
    assert all(line.isprintable() for line in run.stderr.splitlines())


def main_with(load: str, installed: Installed) -> subprocess.CompletedProcess[str]:
    """Run `status` through main() with a dispatcher that does `load` in place of loading the command."""
    code = f"""
import os, signal, sys
from forgewatch.__main__ import main
from forgewatch.cli import commands
signal.signal(signal.SIGINT, signal.default_int_handler)  # where the tests run in the background it is ignored, and inherited
commands.load = lambda name: {load}
sys.exit(main(["status"]))
"""
    return subprocess.run([sys.executable, "-c", code], env=installed.environment, capture_output=True, text=True, check=False)


def test_an_unexpected_error_is_a_bug_report_and_seventy(installed: Installed) -> None:
    run = main_with("1 / 0", installed)
    assert run.returncode == 70
    assert "Traceback" in run.stderr
    assert run.stderr.splitlines()[-2] == "forgewatch: this is a bug in forgewatch: ZeroDivisionError: division by zero"


def test_an_interrupt_leaves_with_130_and_no_trace(installed: Installed) -> None:
    run = main_with("os.kill(os.getpid(), signal.SIGINT)", installed)
    assert (run.returncode, run.stdout, run.stderr) == (130, "", "")


def test_a_reader_that_goes_away_is_no_error(installed: Installed) -> None:
    read, write = os.pipe()
    os.close(read)
    run = subprocess.run([str(COMMAND), "explain"], env=installed.environment, stdout=write, stderr=subprocess.PIPE, text=True, check=False)
    os.close(write)
    assert (run.returncode, run.stderr) == (141, "")


def test_a_module_of_the_builder_is_not_imported_by_the_installed_command(installed: Installed) -> None:
    for name in ("forgewatch", "yaml", "json", "argparse"):
        (installed.root / f"{name}.py").write_text("raise SystemExit('hijacked')\n")
    assert "hijacked" not in installed.run("status").stderr
