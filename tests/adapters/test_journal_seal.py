"""A signed journal as files: keys and checkpoint come by themselves, and nothing that was not signed is believed."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from forgewatch.adapters.clock import SystemClock
from forgewatch.adapters.journal import FileJournal
from forgewatch.adapters.journal_keys import NEXT, ROOT, SIGNING, KeyFolder, public_of, verifies
from forgewatch.adapters.journal_seal import JournalSeal
from forgewatch.adapters.journal_whole import read_whole
from forgewatch.adapters.state_folder import CHECKPOINT, JOURNAL
from forgewatch.app.rotation import rotate
from forgewatch.core.errors import EnvironmentFault, ForgewatchError, LedgerUnwritable, TamperDetected
from forgewatch.core.events import CycleOpened, KeyRotated
from forgewatch.core.journal_exam import Trust, examine
from forgewatch.core.journal_line import encode_line, signature_of
from forgewatch.core.signed_note import SignedCheckpoint, parse_checkpoint
from tests.support.disk import FaultyDisk
from tests.support.signed import journal_of, opened


def signed(folder: Path) -> FileJournal:
    """Return a journal as the daemon opens it."""
    return FileJournal(folder, seal=JournalSeal(folder))


def cycles(journal: FileJournal) -> list[int]:
    return [one.event.cycle for one in journal.read() if isinstance(one.event, CycleOpened)]


def holds(folder: Path) -> int:
    """Assert that whoever knows the root key believes the whole journal. Return how many lines there are."""
    whole = read_whole(folder)
    found = examine(whole.lines, whole.note, Trust(whole.origin, KeyFolder(folder).root(), verifies))
    assert found.flaws == ()
    return found.signed


def size_of(folder: Path) -> int:
    """Return of how many lines the checkpoint speaks."""
    found = parse_checkpoint((folder / CHECKPOINT).read_bytes())
    assert isinstance(found, SignedCheckpoint)
    return found.checkpoint.size


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A state folder with five signed events."""
    made = tmp_path / "shop-0123456789abcdef"
    (made / "keys").mkdir(parents=True, mode=0o700)
    journal = signed(made)
    for cycle in range(5):
        journal.append(opened(cycle))
    return made


def test_key_and_checkpoint_come_with_the_first_line(folder: Path) -> None:
    assert holds(folder) == size_of(folder) == 5
    assert stat.S_IMODE((folder / "keys" / SIGNING).stat().st_mode) == 0o600
    assert read_whole(folder).origin == "forgewatch/shop-0123456789abcdef"
    assert all(signature_of(line) for line in read_whole(folder).lines)


@pytest.mark.parametrize("mode", [0o755, 0o700, 0o750])
def test_the_checkpoint_is_as_readable_as_its_folder_whatever_the_umask(folder: Path, mode: int) -> None:
    folder.chmod(mode)
    before = os.umask(0o077)
    try:
        signed(folder).append(opened(5))
    finally:
        os.umask(before)
    assert stat.S_IMODE((folder / CHECKPOINT).stat().st_mode) == mode & 0o666
    assert stat.S_IMODE((folder / "keys" / ROOT).stat().st_mode) == 0o600


def test_a_journal_that_is_only_read_gets_no_key(tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir(mode=0o700)
    assert list(signed(tmp_path).read()) == []
    assert [path.name for path in tmp_path.iterdir() if path.name != "lock"] == ["keys"]
    assert list((tmp_path / "keys").iterdir()) == []


def test_other_processes_follow_and_go_on(folder: Path) -> None:
    one, two = signed(folder), signed(folder)
    assert cycles(one) == cycles(two) == [0, 1, 2, 3, 4]
    for cycle in range(5, 9):
        (one if cycle % 2 else two).append(opened(cycle))
    assert cycles(one) == cycles(two) == list(range(9))
    assert holds(folder) == size_of(folder) == 9


def test_several_lines_under_one_lock_get_one_checkpoint(folder: Path) -> None:
    journal = signed(folder)
    with journal.exclusive():
        for cycle in range(5, 9):
            journal.append(opened(cycle))
        assert size_of(folder) == 5
        assert cycles(signed(folder)) == list(range(9))
    assert holds(folder) == size_of(folder) == 9


def test_a_group_is_written_and_synced_once_and_reads_like_single_lines(tmp_path: Path) -> None:
    (tmp_path / "shop" / "keys").mkdir(parents=True, mode=0o700)
    folder, disk = tmp_path / "shop", FaultyDisk()
    journal = FileJournal(folder, disk, seal=JournalSeal(folder, disk))
    journal.append(opened(0))
    disk.calls.clear()
    recorded = journal.append_all([opened(cycle) for cycle in range(1, 100)])
    # The group, and the checkpoint.
    assert (disk.calls.count("write"), disk.calls.count("fdatasync")) == (2, 2)
    assert list(recorded) == list(signed(folder).read())[1:]
    assert [one.seq for one in recorded] == list(range(1, 100))
    assert journal.append_all(()) == ()
    assert holds(folder) == size_of(folder) == 100


def test_a_change_of_key_may_only_end_a_group(folder: Path) -> None:
    journal, keys = signed(folder), KeyFolder(folder)
    change = KeyRotated(at="2026-11-20T12:00:00Z", public=keys.prepare(), actor="operator")
    with pytest.raises(ValueError, match="signed by the next one"):
        journal.append_all((opened(5), change, opened(6)))
    assert holds(folder) == 5
    journal.append_all((opened(5), change))
    journal.append_all((opened(6), opened(7)))
    assert cycles(signed(folder)) == list(range(8))
    assert holds(folder) == size_of(folder) == 9


def test_lines_of_before_signing_stay_as_they_are_and_are_vouched_for(tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir(mode=0o700)
    old = FileJournal(tmp_path)
    for cycle in range(3):
        old.append(opened(cycle))
    before = (tmp_path / JOURNAL).read_bytes()
    assert cycles(signed(tmp_path)) == [0, 1, 2]
    assert not (tmp_path / CHECKPOINT).exists()
    signed(tmp_path).append(opened(3))
    lines = (tmp_path / JOURNAL).read_bytes()
    assert lines.startswith(before)
    assert [signature_of(line) is not None for line in lines.splitlines()] == [False, False, False, True]
    assert holds(tmp_path) == 4
    (tmp_path / JOURNAL).write_bytes(lines.replace(b'"cycle":1', b'"cycle":7'))
    with pytest.raises(TamperDetected):
        signed(tmp_path).read()


def test_nobody_without_the_key_can_add_a_line(folder: Path) -> None:
    FileJournal(folder).append(opened(9))
    with pytest.raises(TamperDetected, match="line 6 is not signed"):
        signed(folder).read()


TAMPERING: dict[str, tuple[Callable[[Path], object], str]] = {
    "a line changed": (lambda f: rewrite(f, lambda lines: [lines[0].replace(b'"cycle":0', b'"cycle":9'), *lines[1:]]), "not those that"),
    "a line missing": (lambda f: rewrite(f, lambda lines: lines[:-1]), "lost lines: the checkpoint speaks of 5, found 4"),
    "all lines missing": (lambda f: (f / JOURNAL).unlink(), "lost lines: the checkpoint speaks of 5, found 0"),
    "a line more": (lambda f: rewrite(f, lambda lines: [*lines, encode_line(opened(9))]), "line 6 is not signed"),
    "a line of another key more": (
        lambda f: rewrite(f, lambda lines: [*lines, journal_of(6).lines[5] + b"\n"]),
        "signature of journal line 6",
    ),
    "a line twice": (lambda f: rewrite(f, lambda lines: [*lines, lines[4]]), "signature of journal line 6"),
    "checkpoint gone": (lambda f: (f / CHECKPOINT).unlink(), "checkpoint is gone"),
    "as if it had never been signed": (
        lambda f: [(f / CHECKPOINT).unlink(), (f / JOURNAL).write_bytes(b"".join(map(encode_line, map(opened, range(5)))))],
        "checkpoint is gone",
    ),
    "no lines and no checkpoint": (lambda f: [(f / CHECKPOINT).unlink(), (f / JOURNAL).unlink()], "checkpoint is gone"),
    "checkpoint garbage": (lambda f: (f / CHECKPOINT).write_bytes(b"x"), "checkpoint is no checkpoint"),
    "checkpoint a link": (lambda f: relink(f / CHECKPOINT), "checkpoint is a symlink"),
    "checkpoint a folder": (lambda f: [(f / CHECKPOINT).unlink(), (f / CHECKPOINT).mkdir()], "checkpoint is not a regular file"),
    "checkpoint a pipe": (lambda f: [(f / CHECKPOINT).unlink(), os.mkfifo(f / CHECKPOINT)], "checkpoint is not a regular file"),
    "checkpoint of another key": (
        lambda f: (f / CHECKPOINT).write_bytes(journal_of(5, origin=f"forgewatch/{f.name}").note()),
        "not signed by",
    ),
    "checkpoint of another journal": (
        lambda f: (f / CHECKPOINT).write_bytes(journal_of(5, origin="forgewatch/x").note()),
        "of another journal",
    ),
    "key gone": (lambda f: [path.unlink() for path in (f / "keys").iterdir()], "lost the key"),
    "root key no key": (lambda f: (f / "keys" / ROOT).write_bytes(b"x"), "no Ed25519 public key"),
    "root key a link": (lambda f: relink(f / "keys" / ROOT), "cannot be read"),
    "root key a folder": (lambda f: [(f / "keys" / ROOT).unlink(), (f / "keys" / ROOT).mkdir()], "is no file"),
}


def rewrite(folder: Path, change: Callable[[list[bytes]], list[bytes]]) -> None:
    path = folder / JOURNAL
    path.write_bytes(b"".join(change(path.read_bytes().splitlines(keepends=True))))


def relink(path: Path) -> None:
    path.rename(path.with_suffix(".real"))
    path.symlink_to(path.with_suffix(".real"))


@pytest.mark.parametrize(("change", "told"), TAMPERING.values(), ids=TAMPERING)
def test_what_cannot_be_believed_is_refused_and_left_as_it_is(folder: Path, change: Callable[[Path], object], told: str) -> None:
    change(folder)
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    for attempt in (lambda: signed(folder).read(), lambda: signed(folder).append(opened(9))):
        with pytest.raises(TamperDetected, match=told):
            attempt()
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file() and path.name != "reserve"} == {
        path: raw for path, raw in before.items() if path.name != "reserve"
    }


def test_an_old_checkpoint_put_back_is_seen_by_whoever_saw_the_newer_one(folder: Path) -> None:
    old = (folder / CHECKPOINT).read_bytes()
    journal = signed(folder)
    journal.append(opened(5))
    (folder / CHECKPOINT).write_bytes(old)
    with pytest.raises(TamperDetected, match="is an old one: it speaks of 5 lines, an earlier one of 6"):
        journal.read()
    # Nobody who comes later can know: the signatures of the lines behind it hold.
    assert cycles(signed(folder)) == list(range(6))


def test_a_key_that_others_can_read_is_not_used(folder: Path) -> None:
    (folder / "keys" / SIGNING).chmod(0o640)
    assert cycles(signed(folder)) == list(range(5))
    with pytest.raises(EnvironmentFault, match=r"expected mode 0600 and user id \d+, found 0640"):
        signed(folder).append(opened(9))
    (folder / "keys" / SIGNING).chmod(0o600)
    assert signed(folder).append(opened(5)).seq == 5


@pytest.mark.parametrize(
    ("spoil", "mend", "told"),
    [
        (lambda key: key.chmod(0o644), lambda key: key.chmod(0o600), "expected mode 0600"),
        (lambda key: key.parent.chmod(0o755), lambda key: key.parent.chmod(0o700), "expected mode 0700"),
        (lambda key: key.rename(key.with_suffix(".away")), lambda key: key.with_suffix(".away").rename(key), "cannot be read"),
    ],
    ids=["key", "folder", "gone"],
)
def test_who_holds_a_key_for_long_does_not_sign_with_it_while_it_is_open_to_others(
    folder: Path, spoil: Callable[[Path], object], mend: Callable[[Path], object], told: str
) -> None:
    journal = signed(folder)
    journal.append(opened(5))
    spoil(folder / "keys" / SIGNING)
    with pytest.raises(ForgewatchError, match=told):
        journal.append(opened(9))
    mend(folder / "keys" / SIGNING)
    journal.append(opened(6))
    assert cycles(journal) == list(range(7))
    assert holds(folder) == size_of(folder) == 7


@pytest.mark.parametrize(
    ("pem", "told"),
    [(b"x", "is no private key"), (b"", "is no private key")],
)
def test_a_key_file_that_holds_no_key_signs_nothing(folder: Path, pem: bytes, told: str) -> None:
    (folder / "keys" / SIGNING).write_bytes(pem)
    with pytest.raises(TamperDetected, match=told):
        signed(folder).append(opened(9))
    assert cycles(signed(folder)) == list(range(5))


def test_another_key_than_the_journals_signs_nothing(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "other" / "keys").mkdir(parents=True, mode=0o700)
    KeyFolder(tmp_path / "other").create()
    shutil.copy(tmp_path / "other" / "keys" / SIGNING, folder / "keys" / SIGNING)
    with pytest.raises(TamperDetected, match="another key than the journal's"):
        signed(folder).append(opened(9))
    assert holds(folder) == 5


def test_a_torn_tail_behind_signed_lines_is_cut(folder: Path) -> None:
    with (folder / JOURNAL).open("ab") as file:
        file.write(b'{"e":{"at"')
    signed(folder).append(opened(5))
    assert holds(folder) == 6


def test_a_checkpoint_that_cannot_be_written_loses_nothing_and_is_made_up_for(folder: Path) -> None:
    old = (folder / CHECKPOINT).read_bytes()
    journal = signed(folder)
    journal.append(opened(5))
    (folder / CHECKPOINT).write_bytes(old)
    assert size_of(folder) == 5
    signed(folder).read()
    assert holds(folder) == size_of(folder) == 6


def test_a_checkpoint_that_cannot_be_written_is_told_until_it_is(folder: Path) -> None:
    journal, in_the_way = signed(folder), folder / f".checkpoint.{os.getpid()}.new"
    journal.append(opened(5))
    assert journal.unsealed == ""
    in_the_way.mkdir()
    journal.append(opened(6))
    assert journal.unsealed == f"{folder / CHECKPOINT} cannot be written: Is a directory"
    assert (size_of(folder), cycles(signed(folder))) == (6, list(range(7)))
    in_the_way.rmdir()
    journal.read()
    assert (size_of(folder), journal.unsealed, FileJournal(folder).unsealed) == (7, "", "")


@pytest.mark.parametrize("spoil", [lambda key: key.chmod(0o640), lambda key: key.write_bytes(b"x"), lambda key: key.unlink()])
def test_a_key_that_cannot_be_used_keeps_nobody_from_reading_nor_others_from_the_lock(
    folder: Path, spoil: Callable[[Path], object]
) -> None:
    old = (folder / CHECKPOINT).read_bytes()
    signed(folder).append(opened(5))
    (folder / CHECKPOINT).write_bytes(old)
    spoil(folder / "keys" / SIGNING)
    reader = signed(folder)
    assert cycles(reader) == list(range(6))
    with FileJournal(folder, lock_seconds=0.05).exclusive():
        pass
    with pytest.raises(ForgewatchError):
        reader.append(opened(9))
    assert size_of(folder) == 5


def test_a_checkpoint_that_never_could_be_written_keeps_the_first_line_from_being_signed(tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir(mode=0o700)
    (tmp_path / CHECKPOINT).mkdir()
    with pytest.raises(TamperDetected, match="checkpoint is not a regular file"):
        signed(tmp_path).append(opened(0))
    assert not (tmp_path / JOURNAL).exists()


def test_a_root_key_that_cannot_be_written_is_no_key_and_whoever_is_next_begins_again(tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir(mode=0o700)
    journal, in_the_way = signed(tmp_path), tmp_path / "keys" / f".{ROOT}.{os.getpid()}.new"
    in_the_way.mkdir()
    with pytest.raises(LedgerUnwritable, match="keys cannot be written: Is a directory"):
        journal.append(opened(0))
    assert not KeyFolder(tmp_path).exists()
    in_the_way.rmdir()
    signed(tmp_path).append(opened(0))
    journal.append(opened(1))
    assert cycles(journal) == [0, 1]
    assert holds(tmp_path) == 2


def test_a_state_folder_without_a_place_for_keys_signs_nothing(tmp_path: Path) -> None:
    with pytest.raises(LedgerUnwritable, match="keys cannot be written"):
        signed(tmp_path).append(opened(0))


# ---- a change of key


def turned(folder: Path) -> None:
    rotate(signed(folder), KeyFolder(folder), SystemClock(), "operator")


def test_after_a_change_of_key_the_old_one_is_gone_and_all_lines_hold(folder: Path) -> None:
    first = (folder / "keys" / SIGNING).read_bytes()
    running = signed(folder)
    running.read()
    turned(folder)
    assert (folder / "keys" / SIGNING).read_bytes() != first
    assert not (folder / "keys" / NEXT).exists()
    assert holds(folder) == size_of(folder) == 6
    running.append(opened(6))
    turned(folder)
    running.append(opened(8))
    assert holds(folder) == size_of(folder) == 9
    assert cycles(signed(folder)) == [0, 1, 2, 3, 4, 6, 8]


def test_whoever_comes_after_a_crash_in_a_change_of_key_finishes_it(folder: Path) -> None:
    old = {name: (folder / name).read_bytes() for name in (f"keys/{SIGNING}", CHECKPOINT)}
    turned(folder)
    new = (folder / "keys" / SIGNING).read_bytes()
    # As it was before step 3: the event is durable, the key did not take its place, nor did the checkpoint.
    for name, raw in old.items():
        (folder / name).write_bytes(raw)
    (folder / "keys" / NEXT).write_bytes(new)
    os.chmod(folder / "keys" / NEXT, 0o600)
    signed(folder).append(opened(6))
    assert (folder / "keys" / SIGNING).read_bytes() == new
    assert not (folder / "keys" / NEXT).exists()
    assert holds(folder) == 7


def test_a_key_that_was_only_prepared_changes_nothing(folder: Path) -> None:
    KeyFolder(folder).prepare()
    signed(folder).append(opened(5))
    assert holds(folder) == 6
    turned(folder)
    assert holds(folder) == 7


def test_a_public_key_is_read_from_what_openssl_reads_and_from_nothing_else(folder: Path) -> None:
    assert public_of((folder / "keys" / ROOT).read_bytes()) == KeyFolder(folder).root()
    assert public_of(b"-----BEGIN PUBLIC KEY-----\nx\n-----END PUBLIC KEY-----\n") is None
    assert not verifies(b"short", b"x" * 64, b"")
