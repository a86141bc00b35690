"""The files of a builder's output on a real disk: whole, inside, and no other (S002-0.1-2, S002-0.1-4)."""

from __future__ import annotations

import os
import socket
import stat
from pathlib import Path

import pytest

from forgewatch.adapters.block_files import BlockFiles
from forgewatch.adapters.disk import Disk
from forgewatch.core.block_order import Deed, Fate
from forgewatch.core.errors import RepositoryUnavailable
from forgewatch.core.settings import Settings
from forgewatch.core.values import RepoPath

NEW, CHANGED, UNCHANGED = (Deed(fate) for fate in (Fate.NEW, Fate.CHANGED, Fate.UNCHANGED))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "root").mkdir()
    return tmp_path / "root"


def put(root: Path, path: str, content: bytes = b"new\n") -> Deed:
    """Look first, then put: what was foretold happens."""
    files = BlockFiles(root)
    before = sorted(os.walk(root))
    foretold = files.look(RepoPath(path), content)
    assert sorted(os.walk(root)) == before
    deed = files.put(RepoPath(path), content)
    assert deed == foretold
    return deed


def test_a_new_file_is_0644_and_its_folders_are_made_whatever_the_umask(root: Path) -> None:
    before = os.umask(0o027)
    try:
        assert put(root, "a/b/c.py") == NEW
    finally:
        os.umask(before)
    made = root / "a/b/c.py"
    assert (made.read_bytes(), stat.S_IMODE(made.stat().st_mode), os.listdir(made.parent)) == (b"new\n", 0o644, ["c.py"])


@pytest.mark.req("S002-0.1-4")
def test_a_file_that_is_there_is_replaced_at_once_and_keeps_its_mode(root: Path) -> None:
    script = root / "run.sh"
    script.write_bytes(b"old\n")
    script.chmod(0o750)
    with script.open("rb") as reader:
        assert put(root, "run.sh") == CHANGED
        assert reader.read() == b"old\n"
    assert (script.read_bytes(), stat.S_IMODE(script.stat().st_mode)) == (b"new\n", 0o750)


def test_powers_of_the_owner_are_not_kept(root: Path) -> None:
    (root / "run").write_bytes(b"old\n")
    (root / "run").chmod(0o4755)
    assert put(root, "run") == CHANGED
    assert stat.S_IMODE((root / "run").stat().st_mode) == 0o755


@pytest.mark.req("S002-0.1-4")
def test_the_same_bytes_again_touch_nothing(root: Path) -> None:
    put(root, "a.py")
    before = (root / "a.py").stat()
    assert put(root, "a.py") == UNCHANGED
    after = (root / "a.py").stat()
    assert (after.st_ino, after.st_mtime_ns, after.st_ctime_ns) == (before.st_ino, before.st_mtime_ns, before.st_ctime_ns)
    assert put(root, "a.py", b"NEW\n") == CHANGED
    assert put(root, "a.py", b"") == CHANGED
    assert put(root, "a.py", b"") == UNCHANGED


def test_a_hard_link_elsewhere_keeps_its_bytes(root: Path, tmp_path: Path) -> None:
    (tmp_path / "outside").write_bytes(b"kept\n")
    os.link(tmp_path / "outside", root / "a")
    assert put(root, "a") == CHANGED
    assert (tmp_path / "outside").read_bytes() == b"kept\n"


@pytest.mark.req("S002-0.1-2")
@pytest.mark.parametrize(
    ("link", "path", "why"),
    [
        ("out", "out/x", "lies behind out, which is a symlink"),
        ("a/out", "a/out/b/x", "lies behind a/out, which is a symlink"),
        ("x", "x", "is a symlink"),
        ("a/x", "a/x", "is a symlink"),
    ],
)
@pytest.mark.parametrize("target", ["outside", "nowhere", "inside"])
def test_nothing_is_written_through_a_symlink(root: Path, tmp_path: Path, link: str, path: str, why: str, target: str) -> None:
    place = root / link
    place.parent.mkdir(exist_ok=True)
    (tmp_path / "outside").mkdir()
    (root / "real").mkdir()
    place.symlink_to({"outside": tmp_path / "outside", "nowhere": tmp_path / "nowhere", "inside": root / "real"}[target])
    assert put(root, path) == Deed(Fate.REFUSED, why)
    assert place.is_symlink()
    assert not (tmp_path / "nowhere").exists()
    assert os.listdir(tmp_path / "outside") == os.listdir(root / "real") == []


@pytest.mark.parametrize("kind", ["directory", "FIFO", "socket"])
def test_what_is_no_file_stays_as_it_is_and_nobody_waits_for_it(root: Path, kind: str) -> None:
    place = root / "x"
    with socket.socket(socket.AF_UNIX) as listener:
        if kind == "directory":
            place.mkdir()
        elif kind == "FIFO":
            os.mkfifo(place)
        else:
            listener.bind(str(place))
        mode = place.lstat().st_mode
        assert put(root, "x") == Deed(Fate.REFUSED, f"is a {kind}")
        if kind != "directory":
            assert put(root, "x/y") == Deed(Fate.REFUSED, f"lies behind x, which is a {kind}")
        assert place.lstat().st_mode == mode


def test_a_file_in_the_place_of_a_folder_is_in_the_way(root: Path) -> None:
    (root / "a").write_bytes(b"")
    assert put(root, "a/b/c") == Deed(Fate.REFUSED, "lies behind a, which is a file")


def test_a_name_may_be_as_long_as_the_file_system_takes_and_odd(root: Path) -> None:
    assert put(root, "a/" + "n" * 255) == NEW
    assert put(root, "caf\udce9 \u202e.py") == NEW
    assert os.listdir(os.fsencode(root / "a")) == [b"n" * 255]
    assert b"caf\xe9 \xe2\x80\xae.py" in os.listdir(os.fsencode(root))
    told = BlockFiles(root).put(RepoPath("a/" + "n" * 256), b"")
    assert told == Deed(Fate.FAILED, "cannot be written: File name too long")


def test_a_temporary_name_is_one_that_no_audit_counts(root: Path) -> None:
    assert "*.swp" in Settings().scope.ignore


def test_a_root_that_is_gone_ends_it(tmp_path: Path) -> None:
    with pytest.raises(RepositoryUnavailable, match="expected a directory, found No such file"):
        BlockFiles(tmp_path / "gone").put(RepoPath("a"), b"")


def test_a_root_that_is_reached_by_a_symlink_is_a_root(root: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(root)
    assert put(tmp_path / "link", "a/b") == NEW


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give up being root")
def test_a_file_that_we_may_not_read_is_replaced_and_a_folder_that_we_may_not_write_is_told(root: Path) -> None:
    root.chmod(0o777)
    (root / "secret").write_bytes(b"old\n")
    (root / "secret").chmod(0)
    (root / "closed").mkdir(mode=0o755)
    child = os.fork()
    if not child:
        try:
            # From inside: the folders above are closed to others.
            os.chdir(root)
            os.setgid(65534)
            os.setuid(65534)
            files = BlockFiles(Path("."))
            told = [files.put(RepoPath("secret"), b"new\n"), files.put(RepoPath("closed/x"), b""), files.put(RepoPath("closed/y/x"), b"")]
            denied = Deed(Fate.FAILED, "cannot be written: Permission denied")
            os._exit(0 if told == [CHANGED, denied, denied] else 1)
        finally:
            os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert (root / "secret").read_bytes() == b"new\n"


class Interrupted(Disk):
    """A disk during whose write a person presses Ctrl-C."""

    def write(self, descriptor: int, piece: bytes) -> int:
        super().write(descriptor, piece[:1])
        raise KeyboardInterrupt


def test_who_interrupts_a_write_finds_the_old_file_and_nothing_beside_it(root: Path) -> None:
    (root / "a").write_bytes(b"old\n")
    with pytest.raises(KeyboardInterrupt):
        BlockFiles(root, Interrupted()).put(RepoPath("a"), b"new\n")
    assert (os.listdir(root), (root / "a").read_bytes()) == (["a"], b"old\n")
