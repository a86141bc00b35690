"""Writing the ledger in a repository that the builder owns."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from forgewatch.adapters.disk import remedy
from forgewatch.adapters.evidence import RepositoryEvidence
from forgewatch.core.errors import LedgerUnwritable
from forgewatch.core.places import FORGE
from tests.support.disk import FaultyDisk

LEDGER = FORGE.ledger


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository without any Forge folder."""
    (tmp_path / "repository").mkdir()
    return tmp_path / "repository"


@pytest.mark.req("S002-10.6-9")
def test_folder_and_file_are_made_when_they_are_missing(root: Path) -> None:
    assert RepositoryEvidence(root).append(LEDGER, b"one\n") == 0
    assert (root / LEDGER).read_bytes() == b"one\n"
    assert (root / LEDGER).stat().st_mode & 0o777 == 0o644


@pytest.mark.req("S002-10.6-1")
def test_appending_leaves_every_earlier_byte_and_the_mode(root: Path) -> None:
    evidence = RepositoryEvidence(root)
    evidence.append(LEDGER, b"one\n")
    (root / LEDGER).chmod(0o600)
    inode = (root / LEDGER).stat().st_ino
    assert evidence.append(LEDGER, b"two\n") == 4
    assert (root / LEDGER).read_bytes() == b"one\ntwo\n"
    assert ((root / LEDGER).stat().st_ino, (root / LEDGER).stat().st_mode & 0o777) == (inode, 0o600)


@pytest.mark.req("S002-9.2-6")
def test_replacing_is_a_new_file_with_the_old_mode_and_leaves_no_temporary(root: Path) -> None:
    evidence = RepositoryEvidence(root)
    evidence.append(LEDGER, b"one\n")
    (root / LEDGER).chmod(0o640)
    evidence.replace(LEDGER, b"two\n")
    assert (root / LEDGER).read_bytes() == b"two\n"
    assert (root / LEDGER).stat().st_mode & 0o777 == 0o640
    assert os.listdir(root / FORGE.evidence) == ["audit_ledger.md"]


def test_replacing_what_is_not_there_makes_it(root: Path) -> None:
    RepositoryEvidence(root).replace(LEDGER, b"two\n")
    assert (root / LEDGER).read_bytes() == b"two\n"


def test_a_left_over_temporary_of_a_crash_is_replaced(root: Path) -> None:
    evidence = RepositoryEvidence(root)
    evidence.append(LEDGER, b"one\n")
    left = root / FORGE.evidence / f".audit_ledger.md.{os.getpid()}.new"
    left.symlink_to("/etc/passwd")
    evidence.replace(LEDGER, b"two\n")
    assert not left.is_symlink()


@pytest.mark.parametrize("linked", ["Forge", "Forge/evidence", "Forge/evidence/audit_ledger.md"])
def test_a_symlink_on_the_way_is_never_followed(root: Path, tmp_path: Path, linked: str) -> None:
    outside = tmp_path / "outside"
    (outside / "evidence").mkdir(parents=True)
    target = outside if not linked.endswith(".md") else outside / "target"
    if target != outside:
        target.write_bytes(b"precious\n")
    (root / linked).parent.mkdir(parents=True, exist_ok=True)
    (root / linked).symlink_to(target)
    with pytest.raises(LedgerUnwritable, match="cannot be written: it is a symlink"):
        RepositoryEvidence(root).append(LEDGER, b"one\n")
    assert sorted(path.name for path in outside.rglob("*") if path.is_file()) == (["target"] if target != outside else [])
    assert target == outside or target.read_bytes() == b"precious\n"


def test_replacing_a_symlink_replaces_the_link_and_not_its_target(root: Path, tmp_path: Path) -> None:
    (tmp_path / "target").write_bytes(b"precious\n")
    (root / FORGE.evidence).mkdir(parents=True)
    (root / LEDGER).symlink_to(tmp_path / "target")
    RepositoryEvidence(root).replace(LEDGER, b"two\n")
    assert (tmp_path / "target").read_bytes() == b"precious\n"
    assert not (root / LEDGER).is_symlink() and (root / LEDGER).read_bytes() == b"two\n"


@pytest.mark.parametrize("kind", ["fifo", "directory", "file for a folder"])
def test_what_is_no_file_is_refused_without_blocking(root: Path, kind: str) -> None:
    (root / "Forge").mkdir()
    if kind == "file for a folder":
        (root / FORGE.evidence).write_text("x")
    else:
        (root / FORGE.evidence).mkdir()
        (os.mkfifo if kind == "fifo" else os.mkdir)(root / LEDGER)
    with pytest.raises(LedgerUnwritable):
        RepositoryEvidence(root).append(LEDGER, b"one\n")


def test_two_writers_at_once_are_told_where_their_bytes_went(root: Path) -> None:
    class Racing(FaultyDisk):
        def write(self, descriptor: int, piece: bytes) -> int:
            if not self.calls.count("write"):
                with (root / LEDGER).open("ab") as other:
                    other.write(b"theirs\n")
            return super().write(descriptor, piece)

    RepositoryEvidence(root).append(LEDGER, b"one\n")
    assert RepositoryEvidence(root, Racing()).append(LEDGER, b"two\n") == len(b"one\ntheirs\n")
    assert (root / LEDGER).read_bytes() == b"one\ntheirs\ntwo\n"


def test_what_another_writer_added_is_not_taken_back_with_our_half_entry(root: Path) -> None:
    class Failing(FaultyDisk):
        def fdatasync(self, descriptor: int) -> None:
            with (root / LEDGER).open("ab") as other:
                other.write(b"theirs\n")
            raise OSError(5, "Input/output error")

    RepositoryEvidence(root).append(LEDGER, b"one\n")
    with pytest.raises(LedgerUnwritable, match="Input/output error"):
        RepositoryEvidence(root, Failing()).append(LEDGER, b"two\n")
    assert (root / LEDGER).read_bytes() == b"one\ntwo\ntheirs\n"


def test_a_repository_that_is_gone_is_told(tmp_path: Path) -> None:
    with pytest.raises(LedgerUnwritable, match="cannot be written"):
        RepositoryEvidence(tmp_path / "gone").append(LEDGER, b"one\n")


def test_a_folder_cannot_be_replaced_by_a_ledger(root: Path) -> None:
    (root / LEDGER).mkdir(parents=True)
    with pytest.raises(LedgerUnwritable):
        RepositoryEvidence(root).replace(LEDGER, b"two\n")
    assert os.listdir(root / FORGE.evidence) == ["audit_ledger.md"]


def test_the_root_itself_may_be_reached_through_a_symlink(root: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(root)
    RepositoryEvidence(tmp_path / "link").append(LEDGER, b"one\n")
    assert (root / LEDGER).read_bytes() == b"one\n"


def test_a_full_disk_needs_room_and_no_other_owner(root: Path) -> None:
    class Full(FaultyDisk):
        def write(self, descriptor: int, piece: bytes) -> int:
            raise OSError(28, "No space left on device")

    with pytest.raises(LedgerUnwritable, match="No space left on device; make room on that disk") as caught:
        RepositoryEvidence(root, Full()).append(LEDGER, b"one\n")
    assert caught.value.hint == ""


@pytest.mark.parametrize(("number", "hint"), [(28, "make room on that disk"), (122, "make room on that disk"), (13, "ask the owner")])
def test_the_remedy_of_a_full_disk_is_room(number: int, hint: str) -> None:
    assert remedy(OSError(number, "x"), "ask the owner") == hint
