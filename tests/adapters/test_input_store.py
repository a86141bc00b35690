"""Stored inputs in a private folder: whole or not at all, bounded, and believed only under their digest."""

from __future__ import annotations

import os
import stat
import zlib
from pathlib import Path

import pytest

from forgewatch.adapters.disk import Disk
from forgewatch.adapters.input_store import FolderInputs
from forgewatch.adapters.state_folder import create_folder
from forgewatch.core.canonical import digest_of_bytes
from forgewatch.core.errors import InputsGone
from forgewatch.core.inputs import INPUT_BYTES
from forgewatch.core.values import Digest


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A state folder as the daemon makes it."""
    root = tmp_path / "repository"
    root.mkdir(mode=0o755)
    return create_folder(tmp_path / "state", root)


def names(folder: Path) -> set[str]:
    return set(os.listdir(folder / "replay"))


def name_of(data: bytes) -> str:
    return digest_of_bytes(data).removeprefix("sha256:")


def kept(store: FolderInputs, data: bytes) -> Digest:
    digest = store.keep(data)
    assert digest is not None
    return digest


def aged(folder: Path, data: bytes, seconds: int) -> None:
    """Let a file be as old as that: the clock of a file system is too coarse to tell two writes apart."""
    os.utime(folder / "replay" / name_of(data), (1_700_000_000 + seconds, 1_700_000_000 + seconds))


def test_what_is_kept_comes_back_and_only_its_owner_may_read_it(folder: Path) -> None:
    store = FolderInputs(folder)
    assert store.fetch(kept(store, b"inputs")) == b"inputs"
    assert stat.S_IMODE(os.stat(folder / "replay").st_mode) == 0o700
    assert {stat.S_IMODE(os.stat(folder / "replay" / name).st_mode) for name in names(folder)} == {0o600}


def test_the_same_bytes_are_one_file_and_young_again(folder: Path) -> None:
    store = FolderInputs(folder, files=2)
    kept(store, b"first")
    aged(folder, b"first", 0)
    kept(store, b"second")
    aged(folder, b"second", 1)
    kept(store, b"first")
    kept(store, b"third")
    assert names(folder) == {name_of(b"first"), name_of(b"third")}


def test_the_oldest_are_given_up_beyond_the_number(folder: Path) -> None:
    store = FolderInputs(folder, files=3)
    for place, data in enumerate((b"a", b"b", b"c", b"d", b"e")):
        kept(store, data)
        aged(folder, data, place)
    assert names(folder) == {name_of(data) for data in (b"c", b"d", b"e")}


def test_the_oldest_are_given_up_beyond_the_bytes(folder: Path) -> None:
    pieces = [os.urandom(1000) for _ in range(4)]
    store = FolderInputs(folder, total=2500)
    for place, data in enumerate(pieces):
        kept(store, data)
        aged(folder, data, place)
    assert names(folder) == {name_of(data) for data in pieces[2:]}


def test_left_over_temporary_files_are_given_up_with_the_others(folder: Path) -> None:
    left = folder / "replay" / f".{'0' * 64}.1.new"
    left.write_bytes(b"cut short by a crash")
    os.utime(left, (0, 0))
    store = FolderInputs(folder, files=1)
    kept(store, b"new")
    assert names(folder) == {name_of(b"new")}


def test_what_is_gone_is_said_to_be_gone(folder: Path) -> None:
    with pytest.raises(InputsGone, match="are gone"):
        FolderInputs(folder).fetch(digest_of_bytes(b"never kept"))


@pytest.mark.parametrize(
    ("bytes_", "found"),
    [
        (zlib.compress(b"other"), "sha256:"),
        (zlib.compress(b"inputs")[:-5], "too few bytes"),
        (zlib.compress(b"inputs") + b"x", "too few bytes or too many"),
        (b"", "too few bytes"),
        (b"plain", "nobody compressed"),
        (zlib.compress(bytes(INPUT_BYTES + 1), 9), "too many"),
    ],
    ids=["other bytes", "cut", "longer", "empty", "not compressed", "bomb"],
)
def test_changed_bytes_are_refused_with_both_sides(folder: Path, bytes_: bytes, found: str) -> None:
    store = FolderInputs(folder)
    digest = kept(store, b"inputs")
    (folder / "replay" / name_of(b"inputs")).write_bytes(bytes_)
    with pytest.raises(InputsGone, match=f"were changed: .*expected {digest}, found .*{found}"):
        store.fetch(digest)


def test_a_file_of_more_bytes_than_can_be_ours_is_not_read(folder: Path) -> None:
    store = FolderInputs(folder)
    digest = kept(store, b"inputs")
    os.truncate(folder / "replay" / name_of(b"inputs"), 6 * 1024**3)
    with pytest.raises(InputsGone, match="found a file of 6442450944 bytes"):
        store.fetch(digest)


def test_a_pipe_is_not_waited_for_and_makes_room_for_the_file(folder: Path) -> None:
    store = FolderInputs(folder)
    path = folder / "replay" / name_of(b"inputs")
    os.mkfifo(path)
    with pytest.raises(InputsGone, match="found no file"):
        store.fetch(digest_of_bytes(b"inputs"))
    assert store.fetch(kept(store, b"inputs")) == b"inputs"


def test_a_symlink_is_neither_followed_nor_written_through(folder: Path, tmp_path: Path) -> None:
    store, target = FolderInputs(folder), tmp_path / "target"
    target.write_bytes(zlib.compress(b"inputs"))
    (folder / "replay" / name_of(b"inputs")).symlink_to(target)
    with pytest.raises(InputsGone, match="cannot be read"):
        store.fetch(digest_of_bytes(b"inputs"))
    assert store.fetch(kept(store, b"inputs")) == b"inputs"
    assert target.read_bytes() == zlib.compress(b"inputs")


def test_a_folder_in_the_way_keeps_nothing_and_breaks_nothing(folder: Path) -> None:
    store = FolderInputs(folder, files=1)
    (folder / "replay" / name_of(b"inputs")).mkdir()
    assert store.keep(b"inputs") is None
    with pytest.raises(InputsGone):
        store.fetch(digest_of_bytes(b"inputs"))
    assert kept(store, b"others") == digest_of_bytes(b"others")


class Failing(Disk):
    """A disk on which one call fails."""

    def __init__(self, call: str) -> None:
        self.call = call

    def _fail(self, call: str) -> None:
        if call == self.call:
            raise OSError(28, "No space left on device")

    def open(self, path: str | os.PathLike[str], flags: int, mode: int = 0o600, *, folder: int | None = None) -> int:
        self._fail("open")
        return super().open(path, flags, mode, folder=folder)

    def write(self, descriptor: int, piece: bytes) -> int:
        self._fail("write")
        return super().write(descriptor, piece)

    def pread(self, descriptor: int, size: int, offset: int) -> bytes:
        self._fail("pread")
        return super().pread(descriptor, size, offset)

    def rename(self, old: str, new: str, folder: int) -> None:
        self._fail("rename")
        super().rename(old, new, folder)


@pytest.mark.parametrize("call", ["open", "write", "pread", "rename"])
def test_a_disk_that_fails_costs_the_replay_and_leaves_no_half_file(folder: Path, call: str) -> None:
    assert FolderInputs(folder, Failing(call)).keep(b"inputs") is None
    assert names(folder) == set()


def test_a_file_that_cannot_be_given_up_stays(folder: Path) -> None:
    class Kept(Disk):
        def unlink(self, name: str, folder: int) -> None:
            raise PermissionError(1, "Operation not permitted") if not name.startswith(".") else FileNotFoundError(2, "gone")

    store = FolderInputs(folder, Kept(), files=1)
    assert store.keep(b"first") is not None
    assert store.keep(b"second") is not None
    assert names(folder) == {name_of(b"first"), name_of(b"second")}


def test_a_disk_that_cannot_be_read_is_no_tampering(folder: Path) -> None:
    digest = kept(FolderInputs(folder), b"inputs")
    with pytest.raises(InputsGone, match="cannot be read"):
        FolderInputs(folder, Failing("pread")).fetch(digest)


@pytest.mark.parametrize("name", ["sha256:../../keys/key", "sha256:", "", "/etc/passwd", "sha256:" + "A" * 64, "\x1b[31m"])
def test_a_name_that_is_no_digest_opens_nothing(folder: Path, name: str) -> None:
    with pytest.raises(InputsGone, match="expected a digest") as raised:
        FolderInputs(folder, Failing("open")).fetch(Digest(name))
    assert "\x1b" not in str(raised.value)
