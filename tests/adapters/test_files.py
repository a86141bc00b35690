"""Reading below a root: whole regular files, within the limit, or the reason why not."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from forgewatch.adapters.files import RootFiles
from forgewatch.core.values import Absent, RepoPath, Unreadable


@pytest.fixture
def files(tmp_path: Path) -> RootFiles:
    return RootFiles(str(tmp_path))


def test_a_file_is_read_whole(files: RootFiles, tmp_path: Path) -> None:
    (tmp_path / "a/b").mkdir(parents=True)
    raw = os.urandom(3_000_000)
    (tmp_path / "a/b/c").write_bytes(raw)
    assert files.read(RepoPath("a/b/c"), 3_000_000) == raw


def test_an_empty_file_is_no_bytes(files: RootFiles, tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    assert files.read(RepoPath("empty"), 0) == b""


def test_one_byte_over_the_limit_is_unreadable(files: RootFiles, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"12345")
    assert files.read(RepoPath("file"), 4) == Unreadable("is over the limit of 4 bytes: it has 5")
    assert files.read(RepoPath("file"), 5) == b"12345"


@pytest.mark.parametrize("path", ["none", "none/file", "file/below"])
def test_what_is_not_there_is_absent(files: RootFiles, tmp_path: Path, path: str) -> None:
    (tmp_path / "file").touch()
    assert files.read(RepoPath(path), 10) == Absent()


def test_a_root_that_is_not_there_has_no_files(tmp_path: Path) -> None:
    files = RootFiles(f"{tmp_path}/none")
    assert files.read(RepoPath("a"), 10) == Absent()
    assert files.stat(RepoPath("a")) is None


def test_a_directory_is_no_file(files: RootFiles, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    assert files.read(RepoPath("folder"), 10) == Unreadable("is a directory")


def test_a_name_that_is_too_long_is_unreadable(files: RootFiles) -> None:
    assert files.read(RepoPath("x" * 300), 10) == Unreadable("cannot be read: file name too long")


def test_a_symlink_on_the_way_or_at_the_end_is_not_followed(files: RootFiles, tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real/file").touch()
    (tmp_path / "link").symlink_to("real")
    (tmp_path / "real/end").symlink_to("file")
    assert files.read(RepoPath("link/file"), 10) == Unreadable("lies behind a symlink")
    assert files.read(RepoPath("real/end"), 10) == Unreadable("is a symlink")
    assert files.stat(RepoPath("link/file")) is None and files.stat(RepoPath("real/end")) is None


def test_the_identity_changes_with_every_write_and_replacement(files: RootFiles, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"one")
    seen = [files.stat(RepoPath("file"))]
    path.write_bytes(b"three")
    seen.append(files.stat(RepoPath("file")))
    (tmp_path / "new").write_bytes(b"three")
    (tmp_path / "new").rename(path)
    seen.append(files.stat(RepoPath("file")))
    os.utime(path, ns=(1, 1))
    seen.append(files.stat(RepoPath("file")))
    assert None not in seen and len(set(seen)) == 4
    assert files.stat(RepoPath("file")) == seen[-1]


def test_no_descriptor_stays_open(files: RootFiles, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a/file").touch()
    (tmp_path / "link").symlink_to("a")
    before = len(os.listdir("/proc/self/fd"))
    for path in ("a/file", "a/none", "link/file", "a", "none/x"):
        files.read(RepoPath(path), 10)
        files.stat(RepoPath(path))
    assert len(os.listdir("/proc/self/fd")) == before
