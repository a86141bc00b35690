"""Removing what tests left behind: deep, unreadable, linked."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from forgewatch.adapters.tree_removal import empty_folder, remove_folder


def test_a_tree_deeper_than_any_path_is_removed(tmp_path: Path) -> None:
    (tmp_path / "top").mkdir()
    handle = os.open(tmp_path / "top", os.O_RDONLY)
    for _ in range(3000):
        os.mkdir("deep", dir_fd=handle)
        below = os.open("deep", os.O_RDONLY, dir_fd=handle)
        os.close(handle)
        handle = below
    os.close(handle)
    remove_folder(str(tmp_path / "top"))
    assert list(tmp_path.iterdir()) == []


def test_folders_without_permissions_are_removed_and_symlinks_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept/file").write_text("1")
    (tmp_path / "top/a/b").mkdir(parents=True)
    (tmp_path / "top/a/.moved-0").mkdir()
    (tmp_path / "top/.moved-1").write_text("1")
    (tmp_path / "top/a/b/link").symlink_to(tmp_path / "kept")
    os.mkfifo(tmp_path / "top/a/pipe")
    (tmp_path / "top/a/b").chmod(0)
    (tmp_path / "top/a").chmod(0)
    empty_folder(str(tmp_path / "top"))
    assert list((tmp_path / "top").iterdir()) == []
    assert (tmp_path / "kept/file").read_text() == "1"


def test_a_folder_that_is_gone_is_no_error_and_a_symlink_in_its_place_is_one(tmp_path: Path) -> None:
    remove_folder(str(tmp_path / "nothing"))
    (tmp_path / "kept").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "kept")
    with pytest.raises(OSError):
        remove_folder(str(tmp_path / "link"))
    assert (tmp_path / "kept").is_dir()
