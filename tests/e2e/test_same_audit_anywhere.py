"""The installed command gives one verdict digest and one snapshot digest, whoever calls it from wherever."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.support.builder import Builder
from tests.support.installed import COMMAND, Installed


@pytest.fixture
def work(builder: Builder) -> Builder:
    """Work with findings of several checks."""
    for name in ("zeta", "ISIK", "İstanbul", "mid"):
        builder.write(f"app/{name}.py", f"import {name.encode('ascii', 'ignore').decode()}_lib\n")
        builder.write(f"app/api/routers/{name}.py", "import asyncpg\n")
    return builder.write("app/a.py", "x = 2\n").record().claims("app/a.py", "app/gone.py").completes()


def poison(folder: Path) -> dict[str, str]:
    """Variables and a home that would have git and Python do something else."""
    (folder / "home").mkdir()
    marker = f"touch {folder}/ran"
    (folder / "home/.gitconfig").write_text(f"[core]\n\tfsmonitor = {marker}\n\texcludesFile = {folder}/all\n\tautocrlf = true\n")
    (folder / "all").write_text("*\n")
    wishes = {
        "DIR": f"{folder}/nowhere",
        "INDEX_FILE": f"{folder}/none",
        "WORK_TREE": "/",
        "OBJECT_DIRECTORY": "/nonexistent",
        "EXTERNAL_DIFF": marker,
        "CONFIG_COUNT": "1",
        "CONFIG_KEY_0": "core.fsmonitor",
        "CONFIG_VALUE_0": marker,
        "PYTHON_GIT_EXECUTABLE": "/bin/false",
    }
    home = {"HOME": f"{folder}/home", "XDG_CONFIG_HOME": f"{folder}/home"}
    return {**home, **{f"GIT_{name}": value for name, value in wishes.items()}}


CALLS: dict[str, dict[str, Any]] = {
    "hash seed 0": {"env": {"PYTHONHASHSEED": "0"}},
    "hash seed 1": {"env": {"PYTHONHASHSEED": "1"}},
    "hash seed random": {"env": {"PYTHONHASHSEED": "random"}},
    "far east": {"env": {"TZ": "Pacific/Kiritimati"}},
    "C locale": {"env": {"LC_ALL": "C", "TZ": "America/Caracas"}},
    "Turkish": {"env": {"LC_ALL": "tr_TR.UTF-8", "LANGUAGE": "tr", "LANG": "tr_TR.UTF-8"}},
    "no umask": {"umask": 0o000},
    "tight umask": {"umask": 0o077},
    "folder inside": {"cwd": "app/api"},
    "root folder": {"cwd": "/"},
    "poisoned": {"poisoned": True},
    "poisoned Turkish seed 1": {"env": {"LC_ALL": "tr_TR.UTF-8", "PYTHONHASHSEED": "1"}, "poisoned": True, "cwd": "app", "umask": 0o077},
}


def told(installed: Installed, folder: Path, call: dict[str, Any]) -> dict[str, Any]:
    """What an audit says with a state directory of its own, without its circumstances."""
    folder.mkdir()
    environment = {**installed.environment, **(poison(folder) if call.get("poisoned") else {}), **call.get("env", {})}
    run = subprocess.run(
        [str(COMMAND), "audit", str(installed.root), "--dry-run", "--json"],
        env={**environment, "FORGEWATCH_STATE_DIR": str(folder / "state")},
        cwd=installed.root / call.get("cwd", ""),
        umask=call.get("umask", -1),
        capture_output=True,
        check=False,
    )
    assert (run.returncode, run.stderr) == (1, b""), run.stderr
    assert not (folder / "ran").exists()
    document: dict[str, Any] = json.loads(run.stdout)
    del document["envelope"]
    return document


@pytest.mark.req("S002-10.7-1")
def test_one_audit_is_the_same_to_every_caller(work: Builder, installed: Installed, tmp_path: Path) -> None:
    wanted = told(installed, tmp_path / "plain", {})
    assert {result["code"] for result in wanted["results"] if result["verdict"] == "FAIL"} >= {"A1", "A4", "A9"}
    for name, call in CALLS.items():
        assert told(installed, tmp_path / name, call) == wanted, name


def test_a_replay_is_the_same_to_every_caller(work: Builder, installed: Installed, tmp_path: Path) -> None:
    status, document = installed.audit()
    assert status == 1
    for number, call in enumerate(CALLS.values()):
        folder = tmp_path / str(number)
        folder.mkdir()
        extra = {**(poison(folder) if call.get("poisoned") else {}), **call.get("env", {})}
        command = Installed(installed.root, installed.top, extra=extra)
        run = command.run("audit", str(installed.root), "--replay", document["entry"]["leaf"], "--json")
        assert run.returncode == 1, run.stderr
        assert {**json.loads(run.stdout), "replay": None} == {**document, "replay": None}
        assert not os.path.exists(folder / "ran")
