"""The short cut of a restart as a file: whole and ours, or not there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from forgewatch.adapters.record_memory import FileMemory
from forgewatch.core.canonical import digest_of_bytes
from forgewatch.core.ledger_projection import Projection
from forgewatch.core.record_memory import RecordMemory, memory_of
from forgewatch.core.record_state import RecordState
from tests.core.test_record_state import Story
from tests.support.answers import digest, failing, report
from tests.support.disk import Fault, FaultyDisk


def memory() -> RecordMemory:
    """Return the memory of two entries."""
    story = Story()
    story.audit(failing("1"))
    story.audit(report("2"))
    return memory_of(story.state, Projection().grown(b"text\n"), digest("journal"), "0")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A state folder with its cache."""
    (tmp_path / "cache").mkdir()
    return tmp_path


def test_what_was_kept_is_recalled(folder: Path) -> None:
    FileMemory(folder).keep(memory())
    assert FileMemory(folder).recall() == memory()
    assert os.listdir(folder / "cache") == ["record.json"]
    assert (folder / "cache/record.json").stat().st_mode & 0o777 == 0o600


def test_the_newest_takes_the_place_of_the_one_before(folder: Path) -> None:
    FileMemory(folder).keep(memory())
    empty = memory_of(RecordState(), Projection(), digest("journal"), "0")
    FileMemory(folder).keep(empty)
    assert FileMemory(folder).recall() == empty


def test_without_a_folder_nothing_is_kept_and_nothing_recalled(tmp_path: Path) -> None:
    FileMemory(tmp_path).keep(memory())
    assert FileMemory(tmp_path).recall() is None


def sealed(body: bytes) -> bytes:
    """Return a body under its digest."""
    return digest_of_bytes(body).encode() + b"\n" + body


BROKEN = {
    "empty": lambda whole: b"",
    "torn": lambda whole: whole[:-7],
    "edited": lambda whole: whole.replace(b'"size":2', b'"size":3'),
    "no digest": lambda whole: whole.partition(b"\n")[2],
    "no json": lambda whole: sealed(b"{"),
    "deep": lambda whole: sealed(b"[" * 100_000),
    "another value": lambda whole: sealed(b'{"is":"Nothing"}'),
    "no text": lambda whole: b"\xff\xff\n\xff",
}


@pytest.mark.parametrize("change", BROKEN.values(), ids=BROKEN.keys())
def test_bytes_that_are_not_whole_and_ours_are_not_there(folder: Path, change: object) -> None:
    FileMemory(folder).keep(memory())
    path = folder / "cache/record.json"
    path.write_bytes(change(path.read_bytes()))  # type: ignore[operator]
    assert FileMemory(folder).recall() is None


def test_a_link_in_its_place_is_not_followed(folder: Path) -> None:
    (folder / "cache/record.json").symlink_to("/dev/zero")
    assert FileMemory(folder).recall() is None
    FileMemory(folder).keep(memory())
    assert FileMemory(folder).recall() == memory()


@pytest.mark.parametrize("kind", ["ENOSPC", "EIO", "lying write", "garbled write"])
def test_a_disk_that_fails_leaves_the_old_one_or_none_that_is_believed(folder: Path, kind: str) -> None:
    FileMemory(folder).keep(memory())
    counter = FaultyDisk()
    FileMemory(folder, counter).keep(memory())
    for call in range(len(counter.calls)):
        FileMemory(folder, FaultyDisk(Fault(kind, call))).keep(memory())
        assert FileMemory(folder).recall() in (memory(), None)
        FileMemory(folder, FaultyDisk(Fault(kind, call))).recall()
    FileMemory(folder).keep(memory())
    assert FileMemory(folder).recall() == memory()
