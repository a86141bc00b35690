"""Where a repository keeps programs of its own, and that only what the operator shows lies outside of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from forgewatch.adapters.tool_places import ProjectTools, RepositoryTools
from forgewatch.core.errors import UsageError


def program(path: Path, mode: int = 0o755) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(mode)
    return str(path)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "repository"
    folder.mkdir()
    return folder


@pytest.mark.parametrize("name", [".venv", "venv"])
def test_the_usual_environment_is_found_without_a_word(root: Path, name: str) -> None:
    python = program(root / name / "bin/python")
    assert RepositoryTools(root).tools("").find("python", "") == python


def test_the_hidden_environment_comes_first_and_one_without_programs_is_none(root: Path) -> None:
    python = program(root / "venv/bin/python")
    (root / ".venv").mkdir()
    assert RepositoryTools(root).tools("").find("python", "") == python
    hidden = program(root / ".venv/bin/python")
    assert RepositoryTools(root).tools("").find("python", "") == hidden


def test_without_an_environment_the_nearest_modules_are_looked_at(root: Path) -> None:
    near, far = program(root / "web/node_modules/.bin/tsc"), program(root / "node_modules/.bin/tsc")
    tools = RepositoryTools(root).tools("")
    assert (tools.find("tsc", "web"), tools.find("tsc", ""), tools.find("eslint", "web")) == (near, far, None)
    assert ProjectTools(root, None).find("python", "") is None


def test_what_cannot_be_run_is_no_program(root: Path) -> None:
    program(root / ".venv/bin/pytest", 0o644)
    (root / ".venv/bin/ruff").mkdir()
    (root / ".venv/bin/loop").symlink_to("loop")
    tools = RepositoryTools(root).tools("")
    assert [tools.find(word, "") for word in ("pytest", "ruff", "loop", "none")] == [None] * 4


@pytest.mark.parametrize("named", ["env", "./env/", "tools/../env"])
def test_the_environment_that_is_named_is_taken(root: Path, named: str) -> None:
    program(root / ".venv/bin/python")
    python = program(root / "env/bin/python")
    assert RepositoryTools(root).tools(named).find("python", "") == python


@pytest.mark.parametrize("named", ["../elsewhere", "/elsewhere", "a/../../elsewhere", "."])
def test_an_environment_outside_is_refused_with_what_the_operator_has_to_write(root: Path, named: str) -> None:
    with pytest.raises(UsageError, match="outside of the repository") as raised:
        RepositoryTools(root).tools(named)
    assert "tests: visible: [/" in raised.value.hint


def test_an_environment_outside_is_taken_where_the_operator_shows_it_or_a_folder_above(root: Path, tmp_path: Path) -> None:
    python = program(tmp_path / "envs/shop/bin/python")
    for visible in ("envs/shop", "envs"):
        place = RepositoryTools(root, [str(tmp_path / visible)])
        assert place.tools(str(tmp_path / "envs/shop")).find("python", "") == python
    with pytest.raises(UsageError, match="outside"):
        RepositoryTools(root, [str(tmp_path / "envs/other")]).tools(str(tmp_path / "envs/shop"))


def test_an_environment_that_is_named_and_not_there_has_no_programs(root: Path) -> None:
    """A checkout on a build host has none, and runs its tests by the machine's."""
    program(root / "venv/bin/python")
    assert RepositoryTools(root).tools(".venv").find("python", "") is None
