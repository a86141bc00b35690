"""Creating what is missing: never over something, never through a symlink."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from forgewatch.adapters.scaffold import make_file, make_folder
from forgewatch.core.errors import EnvironmentFault, UsageError


def test_folders_are_created_all_the_way_and_told_apart_from_kept_ones(tmp_path: Path) -> None:
    assert make_folder(tmp_path, "Forge/Contracts") is True
    assert make_folder(tmp_path, "Forge/Contracts") is False
    assert (tmp_path / "Forge/Contracts").is_dir()


def test_a_file_is_written_once_and_never_again(tmp_path: Path) -> None:
    assert make_file(tmp_path, "Forge/a.txt", b"first") is True
    assert make_file(tmp_path, "Forge/a.txt", b"second") is False
    assert (tmp_path / "Forge/a.txt").read_bytes() == b"first"


def test_the_mode_is_the_wanted_one(tmp_path: Path) -> None:
    make_file(tmp_path, "run.py", b"", 0o755)
    assert os.access(tmp_path / "run.py", os.X_OK)


@pytest.mark.parametrize("target", ["elsewhere", "nowhere"])
def test_a_symlink_in_the_place_of_a_file_is_kept_and_not_followed(tmp_path: Path, target: str) -> None:
    (tmp_path / "elsewhere").write_bytes(b"precious")
    (tmp_path / "forge.json").symlink_to(tmp_path / target)
    assert make_file(tmp_path, "forge.json", b"{}") is False
    assert (tmp_path / "elsewhere").read_bytes() == b"precious"
    assert not (tmp_path / "nowhere").exists()


def test_a_symlink_in_the_place_of_a_folder_is_refused(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    root = tmp_path / "root"
    root.mkdir()
    (root / "Forge").symlink_to(outside)
    for make in (lambda: make_file(root, "Forge/a.txt", b""), lambda: make_folder(root, "Forge/scripts")):
        with pytest.raises(UsageError, match="found a symlink or a file in it"):
            make()
    assert list(outside.iterdir()) == []


def test_a_file_in_the_place_of_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "Forge").write_bytes(b"")
    with pytest.raises(UsageError, match="Forge/evidence: expected folders all the way"):
        make_folder(tmp_path, "Forge/evidence")


def test_a_fifo_in_the_place_of_a_file_is_kept_and_does_not_block(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "forge.json")
    assert make_file(tmp_path, "forge.json", b"{}") is False


def test_what_the_system_refuses_is_told_with_its_path(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentFault, match=r"a{300}: cannot be created: File name too long"):
        make_file(tmp_path, "a" * 300, b"")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes files for others")
def test_what_root_makes_belongs_to_the_owner_of_the_folder_it_is_made_in(tmp_path: Path) -> None:
    root, groups = tmp_path / "repository", os.getgroups()
    root.mkdir()
    os.chown(root, 65534, 65533)
    make_folder(root, "Forge/evidence")
    make_file(root, "Forge/scripts/run.py", b"x")
    made = list(root.rglob("*"))
    assert len(made) == 4
    assert {(path.stat().st_uid, path.stat().st_gid) for path in made} == {(65534, 65533)}
    # A folder of root's stays root's, and we are root again with all our groups.
    (root / "ours").mkdir()
    make_file(root, "ours/a.txt", b"x")
    assert (root / "ours/a.txt").stat().st_uid == 0
    assert (os.geteuid(), os.getegid(), os.getgroups()) == (0, 0, groups)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes files for others")
def test_root_does_nothing_in_a_folder_that_its_owner_may_not_do(tmp_path: Path) -> None:
    root = tmp_path / "repository"
    root.mkdir(mode=0o555)
    os.chown(root, 65534, 65533)
    with pytest.raises(EnvironmentFault, match="Permission denied"):
        make_file(root, "forge.json", b"x")
    assert os.geteuid() == 0
