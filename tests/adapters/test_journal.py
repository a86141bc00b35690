"""The journal as a file: durable lines, several writers, and every way to tamper with it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest

from forgewatch.adapters.disk import SYSTEM
from forgewatch.adapters.journal import FileJournal
from forgewatch.adapters.journal_lines import JournalLines
from forgewatch.adapters.state_folder import JOURNAL
from forgewatch.core.canonical import digest_of_bytes
from forgewatch.core.errors import EnvironmentFault, LedgerUnwritable, TamperDetected
from forgewatch.core.events import CycleOpened, LedgerTampered
from forgewatch.core.journal_line import encode_line, leaf_of
from tests.support.answers import digest

PROJECT = Path(__file__).resolve().parents[2]
AT = "2026-11-20T12:00:00Z"


def opened(cycle: int) -> CycleOpened:
    """Return an event that can be told from others."""
    return CycleOpened(at=AT, cycle=cycle, document=digest(f"log {cycle}"))


def cycles(journal: FileJournal) -> list[int]:
    """Return what is in a journal of such events."""
    return [recorded.event.cycle for recorded in journal.read() if isinstance(recorded.event, CycleOpened)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty state folder."""
    (tmp_path / "state").mkdir(mode=0o755)
    return tmp_path / "state"


@pytest.fixture
def journal(folder: Path) -> FileJournal:
    """A journal with five events."""
    journal = FileJournal(folder)
    for cycle in range(5):
        journal.append(opened(cycle))
    return journal


def test_an_empty_journal_reads_as_nothing_and_creates_nothing(folder: Path) -> None:
    assert list(FileJournal(folder).read()) == []
    assert not (folder / JOURNAL).exists()


def test_a_folder_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    journal = FileJournal(tmp_path / "nothing")
    assert list(journal.read()) == []
    with pytest.raises(LedgerUnwritable, match="is not there"):
        journal.append(opened(1))
    assert not (tmp_path / "nothing").exists()


def test_what_was_appended_is_read_in_order_by_everyone(journal: FileJournal, folder: Path) -> None:
    assert cycles(journal) == cycles(FileJournal(folder)) == [0, 1, 2, 3, 4]
    assert [recorded.seq for recorded in journal.read()] == [0, 1, 2, 3, 4]


def test_the_file_holds_one_canonical_line_per_event(journal: FileJournal, folder: Path) -> None:
    lines = (folder / JOURNAL).read_bytes().splitlines(keepends=True)
    assert lines == [encode_line(opened(cycle)) for cycle in range(5)]
    assert [recorded.leaf for recorded in journal.read()] == [leaf_of(line[:-1]) for line in lines]


def test_append_returns_what_will_be_read(folder: Path) -> None:
    journal = FileJournal(folder)
    event = LedgerTampered(at=AT, digest=None, detail="bad\udcff")
    returned = journal.append(event)
    assert returned == FileJournal(folder).read()[0]
    assert returned.event != event


def test_events_are_a_sequence_with_slices_and_places_from_the_end(journal: FileJournal) -> None:
    events = journal.read()
    assert len(events) == 5
    assert events[-1] == events[4]
    assert list(events[3:]) == [events[3], events[4]]
    assert [one.seq for one in events[::-2]] == [4, 2, 0]
    assert list(events[3:][1:]) == [events[4]]
    assert [one.seq for one in events[1:4][::-1]] == [3, 2, 1]
    assert list(events[7:]) == []
    with pytest.raises(IndexError):
        events[5]


def test_the_fingerprint_digests_the_first_lines_as_they_stand_in_the_file(journal: FileJournal, folder: Path) -> None:
    lines = (folder / JOURNAL).read_bytes().splitlines(keepends=True)
    fresh = FileJournal(folder)
    assert fresh.fingerprint(1) is None
    fresh.read()
    for size in range(6):
        assert fresh.fingerprint(size) == journal.fingerprint(size) == digest_of_bytes(b"".join(lines[:size]))
    assert fresh.fingerprint(6) is None


def test_a_group_with_an_event_that_would_not_be_read_again_is_not_written_at_all(journal: FileJournal, folder: Path) -> None:
    before = (folder / JOURNAL).read_bytes()
    with pytest.raises(ValueError):
        journal.append_all((opened(5), opened(2**53)))
    assert (folder / JOURNAL).read_bytes() == before
    assert [one.seq for one in journal.append_all((opened(5), opened(6)))] == [5, 6]
    assert cycles(FileJournal(folder)) == list(range(7))


def test_an_event_with_a_number_too_large_to_be_exact_is_a_bug_in_the_caller(folder: Path) -> None:
    with pytest.raises(ValueError):
        FileJournal(folder).append(opened(2**60))
    assert not (folder / JOURNAL).exists()


def test_events_already_read_are_looked_up_again_and_not_when_the_file_is_gone(journal: FileJournal, folder: Path) -> None:
    events = journal.read()
    (folder / JOURNAL).unlink()
    with pytest.raises(EnvironmentFault, match="cannot be read"):
        events[0]


def test_a_journal_follows_what_others_append(journal: FileJournal, folder: Path) -> None:
    other = FileJournal(folder)
    assert len(other.read()) == 5
    journal.append(opened(5))
    assert len(other.read()) == 6
    assert other.append(opened(6)).seq == 6
    assert cycles(journal) == list(range(7))


def test_lines_longer_than_a_read_piece_are_read_whole(folder: Path) -> None:
    journal = FileJournal(folder)
    for size in (10, 3_000_000, 10, 1_500_000):
        journal.append(LedgerTampered(at=AT, digest=None, detail="x" * size))
    details = [len(one.event.detail) for one in FileJournal(folder).read() if isinstance(one.event, LedgerTampered)]
    assert details == [10, 3_000_000, 10, 1_500_000]


def test_what_stands_behind_the_last_line_takes_no_memory_however_long_it_is(journal: FileJournal, folder: Path) -> None:
    with (folder / JOURNAL).open("ab") as file:
        file.truncate(file.tell() + 64 * 1024 * 1024)
    fresh = FileJournal(folder)
    tracemalloc.start()
    try:
        assert cycles(fresh) == [0, 1, 2, 3, 4]
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 8 * 1024 * 1024
    # It is a torn tail like any other: the next line takes its place.
    fresh.append(opened(5))
    assert cycles(FileJournal(folder)) == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize("mode", [0o755, 0o700, 0o750])
def test_the_file_is_as_readable_as_its_folder_whatever_the_umask(folder: Path, mode: int) -> None:
    folder.chmod(mode)
    before = os.umask(0o077)
    try:
        FileJournal(folder).append(opened(1))
    finally:
        os.umask(before)
    assert (folder / JOURNAL).stat().st_mode & 0o777 == mode & 0o666


# ---- torn tails


@pytest.mark.parametrize("tail", [b"{", b'{"e":{"at":"2026', b"\x00" * 4096, encode_line(opened(9))[:-1]])
def test_a_torn_tail_is_no_line_and_the_next_append_cuts_it(journal: FileJournal, folder: Path, tail: bytes) -> None:
    with (folder / JOURNAL).open("ab") as file:
        file.write(tail)
    for reader in (journal, FileJournal(folder)):
        assert cycles(reader) == [0, 1, 2, 3, 4]
    FileJournal(folder).append(opened(5))
    assert cycles(journal) == [0, 1, 2, 3, 4, 5]
    assert b"\x00" not in (folder / JOURNAL).read_bytes()


# ---- tampering


def rewrite(folder: Path, change: object) -> None:
    """Change the journal's lines in place, as an editor would that keeps the inode."""
    path = folder / JOURNAL
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(change(lines)))  # type: ignore[operator]


CLASSES = {
    "byte edit": lambda lines: [*lines[:2], lines[2].replace(b'"cycle":2', b'"cycle":7'), *lines[3:]],
    "re-encode": lambda lines: [json.dumps(json.loads(line)).encode() + b"\n" for line in lines],
    "crlf": lambda lines: [line.replace(b"\n", b"\r\n") for line in lines],
    "bom": lambda lines: [b"\xef\xbb\xbf", *lines],
    "truncated by a line": lambda lines: lines[:-1],
    "truncated within a line": lambda lines: [*lines[:-1], lines[-1][:20]],
    "truncated to nothing": lambda lines: [],
    "deleted in the middle": lambda lines: [*lines[:2], *lines[3:]],
    "swapped": lambda lines: [lines[1], lines[0], *lines[2:]],
    "inserted": lambda lines: [*lines[:2], encode_line(opened(9)), *lines[2:]],
    "duplicated": lambda lines: [*lines[:3], lines[2], *lines[3:]],
    "empty line": lambda lines: [*lines[:3], b"\n", *lines[3:]],
    "spliced from another repository": lambda lines: [encode_line(opened(n)) for n in range(20, 26)],
}


@pytest.mark.parametrize("change", CLASSES.values(), ids=CLASSES.keys())
def test_a_running_reader_sees_every_change_of_what_it_has_read(journal: FileJournal, folder: Path, change: object) -> None:
    list(journal.read())
    rewrite(folder, change)
    with pytest.raises(TamperDetected, match=r"journal\.jsonl"):
        journal.read()
    with pytest.raises(TamperDetected):
        journal.append(opened(5))


NAMED = {
    "byte edit": (lambda lines: [*lines[:2], lines[2].replace(b'"cycle":2', b'"cycle":2.0'), *lines[3:]], "line 3 is no canonical JSON"),
    "re-encode": (CLASSES["re-encode"], "line 1 is not in canonical form"),
    "crlf": (CLASSES["crlf"], "line 1 is not in canonical form"),
    "bom": (CLASSES["bom"], "line 1 is not in canonical form"),
    "empty line": (CLASSES["empty line"], "line 4 is no canonical JSON"),
    "foreign event": (lambda lines: [*lines, b'{"e":{"is":"Nothing"}}\n'], "line 6 holds no event"),
}


@pytest.mark.parametrize(("change", "named"), NAMED.values(), ids=NAMED.keys())
def test_a_fresh_reader_names_the_line_it_does_not_believe(journal: FileJournal, folder: Path, change: object, named: str) -> None:
    rewrite(folder, change)
    with pytest.raises(TamperDetected, match=named):
        list(FileJournal(folder).read())


def test_a_replaced_file_is_seen_though_its_bytes_are_the_same(journal: FileJournal, folder: Path) -> None:
    path = folder / JOURNAL
    copy = folder / "copy"
    copy.write_bytes(path.read_bytes())
    os.replace(copy, path)
    with pytest.raises(TamperDetected, match="replaced"):
        journal.read()


def test_a_deleted_file_is_seen(journal: FileJournal, folder: Path) -> None:
    (folder / JOURNAL).unlink()
    with pytest.raises(TamperDetected, match="is gone; it held 5 events"):
        journal.append(opened(5))


def test_touching_the_file_alarms_nobody(journal: FileJournal, folder: Path) -> None:
    os.utime(folder / JOURNAL)
    assert len(journal.read()) == 5


@pytest.mark.parametrize("kind", ["symlink", "fifo", "directory"])
def test_what_is_no_regular_file_is_refused_without_blocking(folder: Path, tmp_path: Path, kind: str) -> None:
    path = folder / JOURNAL
    if kind == "symlink":
        (tmp_path / "target").write_bytes(b"")
        path.symlink_to(tmp_path / "target")
    elif kind == "fifo":
        os.mkfifo(path)
    else:
        path.mkdir()
    for attempt in (FileJournal(folder).read, lambda: FileJournal(folder).append(opened(1))):
        with pytest.raises(TamperDetected, match=r"symlink|not a regular file"):
            attempt()


# ---- several writers


def test_threads_of_one_journal_append_one_after_the_other(folder: Path) -> None:
    journal = FileJournal(folder)
    threads = [threading.Thread(target=lambda: [journal.append(opened(n)) for n in range(25)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(cycles(FileJournal(folder))) == sorted(list(range(25)) * 4)


WRITER = """
import sys
from pathlib import Path
from forgewatch.adapters.disk import SYSTEM
from forgewatch.adapters.journal import FileJournal
from forgewatch.adapters.journal_lines import JournalLines
from tests.adapters.test_journal import opened
journal = FileJournal(Path(sys.argv[1]))
for cycle in range(int(sys.argv[2])):
    journal.append(opened(cycle))
"""


def test_two_processes_append_and_nothing_is_lost_or_torn(folder: Path) -> None:
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, str(folder), "100"], cwd=PROJECT) for _ in range(2)]
    journal = FileJournal(folder)
    while any(writer.poll() is None for writer in writers):
        seen = cycles(journal)
    assert [writer.wait(60) for writer in writers] == [0, 0]
    assert len(seen) <= 200
    assert sorted(cycles(FileJournal(folder))) == sorted(list(range(100)) * 2)


def test_a_lock_that_someone_keeps_is_told_and_nothing_is_written(journal: FileJournal, folder: Path) -> None:
    impatient = FileJournal(folder, lock_seconds=0.05)
    with journal.exclusive(), journal.exclusive():
        assert journal.append(opened(5)).seq == 5
        with pytest.raises(LedgerUnwritable, match="held by another process"):
            impatient.append(opened(6))
        assert len(impatient.read()) == 6
    assert impatient.append(opened(6)).seq == 6


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A state folder that every user may enter."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


OTHER_USER = """
import os, sys
from pathlib import Path
from forgewatch.adapters.disk import SYSTEM
from forgewatch.adapters.journal import FileJournal
from forgewatch.adapters.journal_lines import JournalLines
from forgewatch.core.errors import ForgewatchError
from tests.adapters.test_journal import cycles, opened
os.setuid(12345)
journal = FileJournal(Path(sys.argv[1]))
try:
    print(cycles(journal))
    journal.append(opened(9))
except ForgewatchError as error:
    print(error)
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="needs to become another user")
@pytest.mark.parametrize(
    ("mode", "told"),
    [(0o755, "[0]\n{} cannot be locked: Permission denied"), (0o744, "{}/journal.jsonl cannot be read: Permission denied")],
)
def test_another_user_reads_what_the_folder_shows_and_cannot_write(open_folder: Path, mode: int, told: str) -> None:
    FileJournal(open_folder).append(opened(0))
    open_folder.chmod(mode)
    run = subprocess.run([sys.executable, "-c", OTHER_USER, str(open_folder)], cwd=PROJECT, capture_output=True, text=True, check=False)
    assert run.stdout.strip() == told.format(open_folder), run.stderr


@pytest.mark.parametrize("changed", [b"aaa\nbb\n\ncc\n", b"aaaabbbbb\ncc\n", b"aaa\nbbbbb\nccc", b"aaa\nbbb", b""])
def test_lines_that_changed_since_they_were_found_are_those_at_their_places_now(tmp_path: Path, changed: bytes) -> None:
    path = tmp_path / "journal"
    path.write_bytes(b"aaa\nbbbbb\ncc\n")
    lines = JournalLines(path, SYSTEM)
    lines.catch_up()
    assert list(lines.lines(0, 3)) == [(0, b"aaa"), (1, b"bbbbb"), (2, b"cc")]
    assert list(lines.batches(1, 3)) == [(1, [b"bbbbb", b"cc"])]
    path.write_bytes(changed)
    # As many as there were, whatever they are: a line that is not there must not shorten a history.
    assert list(lines.lines(0, 3)) == [(0, changed[0:3]), (1, changed[4:9]), (2, changed[10:12])]
