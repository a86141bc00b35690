"""The quick look at the end of a journal agrees with the journal itself."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forgewatch.adapters import journal_glance
from forgewatch.adapters.journal import FileJournal
from forgewatch.adapters.journal_glance import journal_stamp, newest_by_kind, newest_events
from forgewatch.adapters.journal_seal import JournalSeal
from forgewatch.core.codec import encode
from forgewatch.core.errors import EnvironmentFault, TamperDetected
from forgewatch.core.events import Adopted, CycleOpened
from tests.support.answers import digest


def opened(cycle: int) -> CycleOpened:
    return CycleOpened(at="2026-11-20T12:00:00Z", cycle=cycle, document=digest(f"document {cycle}"))


def test_events_come_newest_first_with_the_leaf_the_journal_gave_them(tmp_path: Path) -> None:
    journal = FileJournal(tmp_path)
    recorded = [journal.append(opened(cycle)) for cycle in range(1, 4)]
    assert list(newest_events(tmp_path)) == [(each.leaf, encode(each.event)) for each in reversed(recorded)]


def test_no_journal_gives_nothing(tmp_path: Path) -> None:
    assert list(newest_events(tmp_path)) == []
    assert newest_by_kind(None) == {}
    assert journal_stamp(tmp_path) == (0, 0, 0)


def test_a_torn_tail_is_not_a_line(tmp_path: Path) -> None:
    FileJournal(tmp_path).append(opened(1))
    with (tmp_path / "journal.jsonl").open("ab") as file:
        file.write(b'{"e":{"is":"CycleOpened","cycle":99')
    assert [event["cycle"] for _, event in newest_events(tmp_path)] == [1]


@pytest.mark.parametrize("line", [b"", b"not json", b"[]", b'{"x":1}', b'"e"', b'{"e":7}', b'{"e":[]}', b"[" * 100_000])
def test_a_line_that_is_no_event_ends_the_look(tmp_path: Path, line: bytes) -> None:
    journal = FileJournal(tmp_path)
    journal.append(opened(1))
    with (tmp_path / "journal.jsonl").open("ab") as file:
        file.write(line + b"\n")
    assert list(newest_events(tmp_path)) == []


def test_the_newest_of_each_kind_is_found_with_its_age(tmp_path: Path) -> None:
    journal = FileJournal(tmp_path)
    for event in (opened(1), opened(2), Adopted(at="2026-11-20T12:00:00Z", commit=None, legacy=None, actor="first contact")):
        journal.append(event)
    found = newest_by_kind(tmp_path)
    assert {kind: (event["age"], event.get("cycle")) for kind, event in found.items()} == {"Adopted": (0, None), "CycleOpened": (1, 2)}


def test_a_journal_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "journal.jsonl").symlink_to("/dev/zero")
    with pytest.raises(EnvironmentFault, match="cannot be read"):
        list(newest_events(tmp_path))


def test_a_signed_journal_without_its_checkpoint_and_a_checkpoint_without_its_journal_are_told(tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir(mode=0o700)
    journal, checkpoint = tmp_path / "journal.jsonl", tmp_path / "checkpoint"
    FileJournal(tmp_path, seal=JournalSeal(tmp_path)).append(opened(1))
    assert len(list(newest_events(tmp_path))) == 1
    note = checkpoint.read_bytes()
    checkpoint.unlink()
    with pytest.raises(TamperDetected, match="checkpoint is gone"):
        list(newest_events(tmp_path))
    journal.unlink()
    assert list(newest_events(tmp_path)) == []
    checkpoint.write_bytes(note)
    for empty in (False, True):
        if empty:
            journal.touch()
        with pytest.raises(TamperDetected, match="has no lines, and checkpoint does not say that there are none"):
            list(newest_events(tmp_path))
    checkpoint.write_bytes(note.replace(b"\n1\n", b"\n0\n"))
    assert list(newest_events(tmp_path)) == []
    checkpoint.unlink()
    checkpoint.symlink_to(journal)
    with pytest.raises(TamperDetected, match="does not say that there are none"):
        list(newest_events(tmp_path))


@pytest.mark.parametrize("kind", ["fifo", "folder"])
def test_what_stands_in_place_of_the_journal_is_no_record_without_entries(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "journal.jsonl"
    _ = os.mkfifo(path) if kind == "fifo" else path.mkdir()
    with pytest.raises(EnvironmentFault, match="is not a regular file"):
        list(newest_events(tmp_path))


def test_the_stamp_moves_with_every_append(tmp_path: Path) -> None:
    journal = FileJournal(tmp_path)
    stamps = []
    for cycle in range(3):
        journal.append(opened(cycle))
        stamps.append(journal_stamp(tmp_path))
    assert len(set(stamps)) == 3


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 200), max_size=30), st.integers(0, 50))
def test_lines_of_every_length_are_found_across_the_pieces_of_the_read(
    tmp_path_factory: pytest.TempPathFactory, sizes: list[int], torn: int
) -> None:
    folder = tmp_path_factory.mktemp("journal")
    lines = [b'{"e":{"n":%d,"pad":"%s"}}' % (number, b"x" * size) for number, size in enumerate(sizes)]
    (folder / "journal.jsonl").write_bytes(b"".join(line + b"\n" for line in lines) + b"y" * torn)
    found = list(journal_glance.lines_backwards(folder / "journal.jsonl", chunk=64))
    assert found == lines[::-1]
    assert os.path.getsize(folder / "journal.jsonl") == sum(len(line) + 1 for line in lines) + torn
