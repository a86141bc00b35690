"""A push is a process of its own: how it ended is taken in without waiting, and none is left behind."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from forgewatch.adapters.anchor_process import COMMAND, AnchorProcesses
from forgewatch.core.anchor import Anchored, AnchorFault
from tests.support.installed import until

GOOD = '{"schema": "forgewatch/ledger-anchor/v1", "entries": 7, "pushed": true}'


def ended(command: list[str], config: str | None = None) -> Anchored | AnchorFault:
    runs = AnchorProcesses(config, {"PATH": os.environ["PATH"]}, command)
    runs.start("/root")
    found: dict[str, Anchored | AnchorFault] = {}
    assert until(lambda: bool(found.update(runs.ended()) or found))
    assert runs.ended() == {}, "each end is told once"
    runs.close()
    return found["/root"]


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        (f"echo '{GOOD}'", Anchored(7, pushed=True)),
        ("echo 'forgewatch: it is away' >&2; echo '  hint: look' >&2; exit 2", AnchorFault("it is away")),
        ("echo 'forgewatch: they disagree' >&2; exit 1", AnchorFault("they disagree", tampered=True)),
        ("printf 'forgewatch: a\\033[31mb' >&2; exit 2", AnchorFault("a\\x1b[31mb")),
        ("exit 70", AnchorFault("it ended with status 70")),
        ("kill -9 $$", AnchorFault("it ended with status -9")),
        ("echo nonsense", AnchorFault("it ended with status 0")),
        ("echo '{}'", AnchorFault("it ended with status 0")),
    ],
)
def test_how_a_push_ended_is_told(script: str, expected: Anchored | AnchorFault) -> None:
    assert ended(["sh", "-c", script, "push"]) == expected


def test_a_program_that_is_not_there_is_how_it_ended(tmp_path: Path) -> None:
    assert ended([str(tmp_path / "none")]) == AnchorFault("no process can be started: No such file or directory")


def test_a_push_gets_the_repository_the_configuration_and_little_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    given = {"HOME": "/home/x", "SSH_AUTH_SOCK": "/agent", "GIT_DIR": "/x", "PYTHONPATH": "/x", "LD_PRELOAD": "/x", "PATH": "/usr/bin:/bin"}
    runs = AnchorProcesses("c.yaml", given, ["sh", "-c", 'echo "$@" >&2; env >&2; pwd >&2; exit 2', "push"])
    runs.start("/root")
    process = runs._running["/root"]
    _, said = process.communicate(timeout=60)
    lines = said.splitlines()
    assert lines[0] == f"--config {tmp_path}/c.yaml --repository /root"
    assert {line.partition("=")[0] for line in lines[1:-1]} - {"PWD", "OLDPWD", "_", "SHLVL"} == {"HOME", "SSH_AUTH_SOCK", "PATH"}
    assert lines[-1] == "/"


def test_the_command_is_our_own_in_isolation() -> None:
    assert (sys.executable, "-I", "-m", "forgewatch", "ledger", "anchor", "--json") == COMMAND


def test_what_is_still_on_its_way_is_killed_at_the_end(tmp_path: Path) -> None:
    script = f"echo $$ > '{tmp_path}/pid'; cat /dev/zero > /dev/null"
    runs = AnchorProcesses(None, {"PATH": os.environ["PATH"]}, ["sh", "-c", script, "push"])
    runs.start("/root")
    assert until(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text().strip() != "")
    assert runs.ended() == {}
    runs.close()
    assert not Path(f"/proc/{(tmp_path / 'pid').read_text().strip()}").exists()
    assert runs.ended() == {}
