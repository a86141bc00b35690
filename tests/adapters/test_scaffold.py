"""Creating what is missing: never over something, never through a symlink."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from forgewatch.adapters.scaffold import make_file, make_folder, refuse_obstacles
from forgewatch.core.errors import EnvironmentFault, UsageError
from tests.support.disk import Fault, FaultyDisk


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


class _NoNamelessFiles(FaultyDisk):
    """A file system that knows no `O_TMPFILE`."""

    def open(self, path: str | os.PathLike[str], flags: int, mode: int = 0o600, *, folder: int | None = None) -> int:
        if flags & os.O_TMPFILE == os.O_TMPFILE:
            raise OSError(errno.EOPNOTSUPP, "Operation not supported")
        return super().open(path, flags, mode, folder=folder)


@pytest.mark.parametrize("kind", [FaultyDisk, _NoNamelessFiles])
@pytest.mark.parametrize("call", [0, 1, 2])
@pytest.mark.parametrize("fault", ["ENOSPC", "EIO"])
def test_a_write_that_fails_leaves_no_file_and_the_next_run_makes_it(tmp_path: Path, kind: type[FaultyDisk], call: int, fault: str) -> None:
    disk = kind(Fault(fault, call))
    with pytest.raises(EnvironmentFault, match=r"a\.txt: cannot be created"):
        make_file(tmp_path, "a.txt", b"whole", disk=disk)
    assert list(tmp_path.iterdir()) == []
    assert make_file(tmp_path, "a.txt", b"whole", disk=kind()) is True
    assert (tmp_path / "a.txt").read_bytes() == b"whole"


@pytest.mark.parametrize("call", [0, 1, 2, 3])
@pytest.mark.parametrize("kill", ["KILL before", "KILL after"])
def test_a_kill_at_any_call_leaves_the_whole_file_or_none(tmp_path: Path, call: int, kill: str) -> None:
    child = os.fork()
    if child == 0:
        make_file(tmp_path, "a.txt", b"whole", disk=FaultyDisk(Fault(kill, call)))
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status)
    assert [path.read_bytes() for path in tmp_path.iterdir()] in ([], [b"whole"])


def test_a_full_disk_is_told_with_its_remedy(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentFault, match="No space left") as told:
        make_file(tmp_path, "a.txt", b"x", disk=FaultyDisk(Fault("ENOSPC", 1)))
    assert told.value.hint == "make room on that disk"


def test_a_name_that_is_taken_costs_no_write(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"mine")
    disk = FaultyDisk()
    assert make_file(tmp_path, "a.txt", b"ours", disk=disk) is False
    assert disk.calls == []


def test_without_nameless_files_a_file_is_made_in_place_and_never_over_another(tmp_path: Path) -> None:
    assert make_file(tmp_path, "a.txt", b"first", 0o755, disk=_NoNamelessFiles()) is True
    assert ((tmp_path / "a.txt").read_bytes(), (tmp_path / "a.txt").stat().st_mode & 0o777) == (b"first", 0o755)
    assert make_file(tmp_path, "a.txt", b"second", disk=_NoNamelessFiles()) is False


@pytest.mark.parametrize("nameless", [True, False])
def test_a_name_that_somebody_takes_meanwhile_is_theirs(tmp_path: Path, nameless: bool) -> None:
    class Racing(FaultyDisk if nameless else _NoNamelessFiles):  # type: ignore[misc]
        def open(self, path: str | os.PathLike[str], flags: int, mode: int = 0o600, *, folder: int | None = None) -> int:
            (tmp_path / "a.txt").write_bytes(b"theirs")
            return int(super().open(path, flags, mode, folder=folder))

    assert make_file(tmp_path, "a.txt", b"ours", disk=Racing()) is False
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"theirs"]


def test_obstacles_are_refused_before_anything_is_made(tmp_path: Path) -> None:
    (tmp_path / "Forge").mkdir()
    (tmp_path / "Forge/scripts").write_bytes(b"")
    refuse_obstacles(tmp_path, ["Forge/evidence/README.md", "new/deep/a.txt", "forge.json"])
    with pytest.raises(UsageError, match=r"Forge/scripts/run.py: expected folders all the way"):
        refuse_obstacles(tmp_path, ["Forge/evidence/README.md", "Forge/scripts/run.py"])
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["Forge", "scripts"]
