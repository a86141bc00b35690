"""Where the record is kept, and who may look into it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from forgewatch.adapters.state_folder import (
    CHECKPOINT,
    JOURNAL,
    PRIVATE,
    create_folder,
    find_folder,
    folder_of,
    refuse_inside,
    service_user,
    state_directory,
)
from forgewatch.core.errors import EnvironmentFault, UsageError


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"FORGEWATCH_STATE_DIR": "/a", "STATE_DIRECTORY": "/b", "XDG_STATE_HOME": "/c", "HOME": "/h"}, "/a"),
        ({"STATE_DIRECTORY": "/b", "XDG_STATE_HOME": "/c", "HOME": "/h"}, "/b"),
        ({"STATE_DIRECTORY": "/b:/other", "HOME": "/h"}, "/b"),
        ({"XDG_STATE_HOME": "/c", "HOME": "/h"}, "/c/forgewatch"),
        ({"XDG_STATE_HOME": "relative", "HOME": "/h"}, "/h/.local/state/forgewatch"),
        ({"FORGEWATCH_STATE_DIR": "", "STATE_DIRECTORY": "", "HOME": "/h"}, "/h/.local/state/forgewatch"),
    ],
)
def test_the_state_directory_is_the_first_that_is_named(environ: dict[str, str], expected: str) -> None:
    assert state_directory(environ) == Path(expected)


@pytest.mark.parametrize("given", ["state", "./state", "~/state", " /state"])
def test_a_relative_state_directory_is_wrong_usage(given: str) -> None:
    with pytest.raises(UsageError, match="expected an absolute path, found"):
        state_directory({"FORGEWATCH_STATE_DIR": given})


@pytest.mark.parametrize("place", ["repo", "repo/.state", "repo/a/../.git/state", "link/state", "repo/../repo"])
def test_a_state_directory_inside_the_repository_is_refused(tmp_path: Path, place: str) -> None:
    root = tmp_path / "repo"
    root.mkdir()
    (tmp_path / "link").symlink_to(root)
    with pytest.raises(UsageError, match="outside the repository"):
        create_folder(tmp_path / place, root)
    with pytest.raises(UsageError, match="outside the repository"):
        find_folder(root, {"FORGEWATCH_STATE_DIR": f"{tmp_path}/{place}"})
    assert os.listdir(root) == []


@pytest.mark.parametrize("place", [".", "repository", "repo-2/state", "repo/out"])
def test_a_state_directory_beside_or_around_the_repository_is_fine(tmp_path: Path, place: str) -> None:
    root = tmp_path / "repo"
    root.mkdir()
    (root / "out").symlink_to(tmp_path / "elsewhere")
    refuse_inside(tmp_path / place, root)


def test_the_folder_is_named_by_basename_and_real_path(tmp_path: Path) -> None:
    root = tmp_path / "my repo (1)"
    root.mkdir()
    (tmp_path / "link").symlink_to(root)
    folder = folder_of(Path("/s"), root)
    assert folder.parent == Path("/s")
    assert folder.name.startswith("my_repo_1_-") and len(folder.name.rpartition("-")[2]) == 16
    assert folder_of(Path("/s"), tmp_path / "link") == folder
    assert folder_of(Path("/s"), tmp_path) != folder


@pytest.mark.parametrize("name", ["/", "..hidden", "Ünïcode", "x" * 300, "\udcff"])
def test_odd_names_give_plain_folder_names(tmp_path: Path, name: str) -> None:
    folder = folder_of(tmp_path, Path("/nowhere") / name)
    assert folder.parent == tmp_path
    assert folder.name.isascii() and not folder.name.startswith(".") and len(folder.name) < 100


def mode(path: Path) -> int:
    """Return the permission bits."""
    return path.stat().st_mode & 0o7777


@pytest.mark.parametrize(("root_mode", "folder_mode"), [(0o755, 0o755), (0o700, 0o700), (0o750, 0o750), (0o775, 0o755), (0o711, 0o711)])
def test_the_folder_is_as_readable_as_the_repository_and_secrets_are_not(tmp_path: Path, root_mode: int, folder_mode: int) -> None:
    root = tmp_path / "repository"
    root.mkdir()
    root.chmod(root_mode)
    before = os.umask(0o077)
    try:
        folder = create_folder(tmp_path / "deep" / "state", root)
    finally:
        os.umask(before)
    assert mode(folder) == folder_mode
    assert {mode(folder / name) for name in PRIVATE} == {0o700}
    assert mode(tmp_path / "deep" / "state") == 0o711


def test_a_repository_that_becomes_private_takes_its_record_along(tmp_path: Path) -> None:
    root = tmp_path / "repository"
    root.mkdir(mode=0o755)
    create_folder(tmp_path / "state", root)
    root.chmod(0o700)
    assert mode(create_folder(tmp_path / "state", root)) == 0o700


@pytest.mark.parametrize("kind", ["symlink", "file"])
def test_something_else_in_the_folders_place_is_refused(tmp_path: Path, kind: str) -> None:
    root = tmp_path / "repository"
    root.mkdir()
    folder = folder_of(tmp_path / "state", root)
    folder.parent.mkdir()
    if kind == "symlink":
        (tmp_path / "elsewhere").mkdir()
        folder.symlink_to(tmp_path / "elsewhere")
    else:
        folder.write_text("x")
    with pytest.raises(EnvironmentFault, match="expected a folder"):
        create_folder(tmp_path / "state", root)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_a_folder_of_another_user_is_refused_and_its_owner_named(tmp_path: Path) -> None:
    root = tmp_path / "repository"
    root.mkdir()
    folder = create_folder(tmp_path / "state", root)
    os.chown(folder, 12345, 12345)
    with pytest.raises(EnvironmentFault, match="belongs to user id 12345"):
        create_folder(tmp_path / "state", root)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_the_folder_belongs_to_the_repositorys_group(tmp_path: Path) -> None:
    root = tmp_path / "repository"
    root.mkdir()
    os.chown(root, -1, 12345)
    assert create_folder(tmp_path / "state", root).stat().st_gid == 12345


def test_a_state_directory_that_cannot_be_made_is_the_environments_fault(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "repo").mkdir()
    with pytest.raises(EnvironmentFault, match="cannot be made"):
        create_folder(tmp_path / "file" / "state", tmp_path / "repo")


def test_readers_find_their_own_record_first_then_the_systems(tmp_path: Path) -> None:
    root, system = tmp_path / "repository", tmp_path / "system"
    root.mkdir()
    environ = {"FORGEWATCH_STATE_DIR": str(tmp_path / "own")}
    assert find_folder(root, environ, system) is None
    by_system = create_folder(system, root)
    assert find_folder(root, environ, system) is None
    (by_system / JOURNAL).touch()
    assert find_folder(root, environ, system) == by_system
    own = create_folder(tmp_path / "own", root)
    (own / JOURNAL).touch()
    assert find_folder(root, environ, system) == own


def test_a_checkpoint_whose_journal_is_gone_is_a_record_too(tmp_path: Path) -> None:
    root = tmp_path / "repository"
    root.mkdir()
    folder = create_folder(tmp_path / "own", root)
    (folder / CHECKPOINT).touch()
    assert find_folder(root, {"FORGEWATCH_STATE_DIR": str(tmp_path / "own")}, tmp_path / "system") == folder


HEAVY = """
import sys, forgewatch.adapters.state_folder
print(sorted({'git', 'structlog', 'filelock', 'rfc8785', 'jsonschema'} & set(sys.modules)))
"""


def test_status_can_start_here_without_loading_the_heavy_libraries() -> None:
    assert subprocess.run([sys.executable, "-c", HEAVY], capture_output=True, check=True, text=True).stdout.strip() == "[]"


def test_the_services_user_is_the_owner_of_its_record_and_nothing_else_is(tmp_path: Path) -> None:
    root, system = tmp_path / "repo", tmp_path / "system"
    root.mkdir()
    assert service_user(root, system) is None
    folder = create_folder(system, root)
    assert service_user(root, system) == os.geteuid()
    folder.rename(tmp_path / "elsewhere")
    folder.symlink_to(tmp_path / "elsewhere")
    assert service_user(root, system) is None
