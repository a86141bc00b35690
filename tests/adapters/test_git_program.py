"""The git that is run is never the builder's."""

from __future__ import annotations

from pathlib import Path

import pytest

from forgewatch.adapters.git_program import find_git
from forgewatch.core.errors import GitFailed


def program(folder: Path) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "git"
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return str(path)


def test_the_first_absolute_directory_with_a_git_is_taken(tmp_path: Path) -> None:
    wanted = program(tmp_path / "bin")
    program(tmp_path / "later")
    assert find_git({"PATH": f"{tmp_path / 'none'}:{tmp_path / 'bin'}:{tmp_path / 'later'}"}, []) == wanted


def test_relative_entries_and_entries_below_a_repository_are_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repository = tmp_path / "repository"
    program(repository)
    program(repository / "bin")
    (tmp_path / "link").symlink_to(repository / "bin")
    (tmp_path / "linked").mkdir()
    (tmp_path / "linked/git").symlink_to(repository / "git")
    wanted = program(tmp_path / "bin")
    monkeypatch.chdir(repository)
    path = f".:bin::{repository}:{repository / 'bin'}:{tmp_path / 'link'}:{tmp_path / 'linked'}:{tmp_path / 'bin'}"
    assert find_git({"PATH": path}, [str(repository)]) == wanted


def test_without_git_both_sides_are_told(tmp_path: Path) -> None:
    (tmp_path / "git").write_text("not executable")
    with pytest.raises(GitFailed, match=str(tmp_path)):
        find_git({"PATH": str(tmp_path)}, [])
    with pytest.raises(GitFailed, match="an empty PATH"):
        find_git({"PATH": ""}, [])
