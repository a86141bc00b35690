"""Bytes kept by digest."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from forgewatch.adapters.vault import QUARANTINE, FolderVault, LedgerPrefix
from forgewatch.core.canonical import digest_of_bytes
from forgewatch.core.errors import LedgerUnwritable, TamperDetected
from forgewatch.core.values import RepoPath
from tests.support.ports import MemoryFiles

LEDGER = RepoPath("Forge/evidence/audit_ledger.md")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A state folder with its quarantine."""
    (tmp_path / QUARANTINE).mkdir(mode=0o700)
    return tmp_path


@pytest.mark.parametrize("data", [b"", b"text\n", b"\x00" * 100_000])
def test_bytes_come_back_by_their_digest(folder: Path, data: bytes) -> None:
    vault = FolderVault(folder)
    digest = vault.keep(data)
    assert digest == digest_of_bytes(data)
    assert FolderVault(folder).fetch(digest) == data
    assert os.listdir(folder / QUARANTINE) == [digest.removeprefix("sha256:")]


def test_keeping_twice_writes_once(folder: Path) -> None:
    vault = FolderVault(folder)
    path = folder / QUARANTINE / vault.keep(b"x").removeprefix("sha256:")
    before = path.stat().st_ino
    vault.keep(b"x")
    assert path.stat().st_ino == before


def test_a_changed_copy_is_mended_by_keeping_again(folder: Path) -> None:
    vault = FolderVault(folder)
    digest = vault.keep(b"x")
    (folder / QUARANTINE / digest.removeprefix("sha256:")).write_bytes(b"y")
    assert vault.keep(b"x") == digest
    assert vault.fetch(digest) == b"x"


def test_changed_bytes_are_not_given_out(folder: Path) -> None:
    vault = FolderVault(folder)
    digest = vault.keep(b"x")
    (folder / QUARANTINE / digest.removeprefix("sha256:")).write_bytes(b"y")
    with pytest.raises(TamperDetected, match="changed"):
        vault.fetch(digest)


@pytest.mark.parametrize("kind", ["gone", "symlink", "directory"])
def test_bytes_that_cannot_be_read_are_tampering(folder: Path, kind: str) -> None:
    vault = FolderVault(folder)
    digest = vault.keep(b"x")
    path = folder / QUARANTINE / digest.removeprefix("sha256:")
    path.unlink()
    if kind == "symlink":
        path.symlink_to("/dev/zero")
    elif kind == "directory":
        path.mkdir()
    with pytest.raises(TamperDetected):
        vault.fetch(digest)


def test_without_its_folder_nothing_can_be_kept(tmp_path: Path) -> None:
    with pytest.raises(LedgerUnwritable, match="cannot be written"):
        FolderVault(tmp_path).keep(b"x")


class TestTheLedgerFileForWhoMayNotReadTheQuarantine:
    @pytest.mark.parametrize("old", [b"old text\n", b"old text\n\n", b"old\r\ntext without an end", b"x"])
    def test_older_text_is_found_at_its_beginning_and_proved(self, old: bytes) -> None:
        files = MemoryFiles({LEDGER: old + b"\n\n---\n## Audit Entry: ours\n"})
        assert LedgerPrefix(files, LEDGER).fetch(digest_of_bytes(old)) == old

    def test_changed_text_is_not_believed(self) -> None:
        files = MemoryFiles({LEDGER: b"other text\n"})
        assert LedgerPrefix(files, LEDGER).fetch(digest_of_bytes(b"old text\n")) == b""

    def test_a_missing_ledger_holds_nothing(self) -> None:
        assert LedgerPrefix(MemoryFiles({}), LEDGER).fetch(digest_of_bytes(b"old text\n")) == b""

    def test_a_reader_keeps_nothing(self) -> None:
        with pytest.raises(LedgerUnwritable, match="belongs to another user"):
            LedgerPrefix(MemoryFiles({}), LEDGER).keep(b"x")
