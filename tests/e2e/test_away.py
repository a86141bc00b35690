"""What keeps a finished cycle from its verdict goes away again: the verdict comes by itself (docs/decisions/0005)."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.builder import Builder
from tests.support.installed import Installed, until


class Git:
    """The git of a daemon's PATH, which can be taken away and brought back."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.folder = folder
        self._path, self._kept = folder / "git", folder / "kept"
        real = shutil.which("git")
        assert real is not None
        self._path.write_text(f'#!/bin/sh\nexec {real} "$@"\n')
        self._path.chmod(0o755)

    def goes(self) -> None:
        os.rename(self._path, self._kept)

    def returns(self) -> None:
        os.rename(self._kept, self._path)


@pytest.fixture
def git(installed: Installed, tmp_path: Path) -> Iterator[Git]:
    made = Git(tmp_path / "bin")
    installed.extra = {**installed.extra, "PATH": f"{made.folder}:{os.environ['PATH']}"}
    yield made


def breaks_off(git: Git, builder: Builder, installed: Installed) -> None:
    """A finished cycle that cannot be judged, and says so."""
    installed.watch()
    git.goes()
    builder.starts().write("app/a.py", "x = 2\n").record().claims("app/a.py").completes()
    assert installed.settles(1), installed.log
    assert until(lambda: "repository.unavailable" in installed.log), installed.log
    assert installed.outcomes == ["FAIL"]
    assert "could not be judged" in installed.ledger


def test_a_cycle_that_could_not_be_judged_gets_its_verdict_when_git_is_back(git: Git, builder: Builder, installed: Installed) -> None:
    breaks_off(git, builder, installed)
    assert installed.run("wait", "--timeout", "20").returncode == 2
    # Asked again in vain, at least once: no second entry.
    assert not until(lambda: installed.entries > 1, 3)
    git.returns()
    assert installed.settles(2), installed.log
    assert installed.outcomes == ["FAIL", "PASS"]
    assert until(lambda: "repository.available" in installed.log), installed.log
    assert installed.log.count("repository.unavailable") == 1
    assert installed.run("wait", "--timeout", "20").returncode == 0
    assert installed.run("ledger", "show").returncode == 0


def test_the_verdict_comes_after_a_kill_as_well_and_only_once(git: Git, builder: Builder, installed: Installed) -> None:
    breaks_off(git, builder, installed)
    installed.stop()
    git.returns()
    for _ in range(2):
        installed.watch()
        assert installed.settles(2), installed.log
        installed.stop()
    assert installed.outcomes == ["FAIL", "PASS"]


def test_a_cycle_that_moved_on_meanwhile_is_not_blamed_for_what_came_after_it(git: Git, builder: Builder, installed: Installed) -> None:
    breaks_off(git, builder, installed)
    builder.starts(summary="- next").write("app/b.py", "")
    git.returns()
    assert until(lambda: "audit.superseded" in installed.log), installed.log
    builder.record(start="2026-11-20T11:00:00Z").claims("app/a.py", "app/b.py").completes(summary="- next")
    assert installed.settles(2), installed.log
    assert installed.outcomes == ["FAIL", "PASS"]


def test_an_error_counts_towards_no_loop(git: Git, builder: Builder, installed: Installed) -> None:
    breaks_off(git, builder, installed)
    builder.write("backdoor.py", "")
    git.returns()
    assert installed.settles(2), installed.log
    assert installed.outcomes == ["FAIL", "FAIL"]
    assert "Loopback: 1 of 3" in installed.ledger
