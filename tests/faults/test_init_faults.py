"""`init` that is killed or refused at any point: every file that is there is whole, and the next run makes the rest."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.builder import Builder
from tests.support.installed import COMMAND, Installed
from tests.support.strace import Injection, require, run_traced


@pytest.mark.parametrize(
    "injection",
    [
        Injection("mkdir,mkdirat", "signal=KILL", 3),
        Injection("linkat", "signal=KILL", 1),
        Injection("linkat", "signal=KILL", 9),
        Injection("fdatasync", "signal=KILL", 15),
        Injection("fdatasync", "error=EIO", 4),
        Injection("linkat", "error=ENOSPC", 12),
    ],
    ids=lambda one: f"{one.call} {one.fault} {one.nth}",
)
def test_what_is_there_after_a_fault_is_whole_and_a_second_run_completes_it(tmp_path: Path, injection: Injection) -> None:
    require()
    wanted, broken = tmp_path / "wanted" / "shop", tmp_path / "broken" / "shop"
    for root in (wanted, broken):
        root.mkdir(parents=True)
        Builder(root).git("init", "-q")
    first = Installed(wanted, tmp_path)
    assert first.run("init").returncode == 0
    whole = files(wanted)
    installed = Installed(broken, tmp_path)
    run, happened = run_traced([str(COMMAND), "init"], injection, tmp_path / "report", broken, installed.environment)
    assert happened and run.returncode != 0
    if "error" in injection.fault:
        assert (run.returncode, run.stdout) == (2, "")
        assert "cannot be created" in run.stderr
    found = files(broken)
    assert len(found) < len(whole)
    assert {path: data for path, data in found.items() if whole.get(path) != data} == {}
    assert installed.run("init").returncode == 0
    assert files(broken) == whole


def files(root: Path) -> dict[str, bytes]:
    """Every file of a working tree, hidden ones and half ones too."""
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file() and ".git/" not in f"{path}/"}
