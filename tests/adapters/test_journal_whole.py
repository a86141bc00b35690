"""The lines of a journal where they lie: found once, read a run at a time, and never taken from another file than at first."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from forgewatch.adapters.journal_whole import DiskLines, read_whole
from forgewatch.core.errors import EnvironmentFault, TamperDetected
from forgewatch.core.journal_scan import RUN


def written(path: Path, lines: list[bytes], tail: bytes = b"") -> DiskLines:
    path.write_bytes(b"".join(line + b"\n" for line in lines) + tail)
    return DiskLines(path)


def lines_of(count: int) -> list[bytes]:
    return [f"line {number}".encode() for number in range(count)]


@pytest.mark.parametrize("count", [0, 1, 2, RUN - 1, RUN, RUN + 1, 2 * RUN, 3 * RUN + 7])
@pytest.mark.parametrize("tail", [b"", b"no end"])
def test_the_whole_lines_of_a_file_are_a_sequence(tmp_path: Path, count: int, tail: bytes) -> None:
    wanted = lines_of(count)
    lines = written(tmp_path / "journal", wanted, tail)
    assert len(lines) == count
    assert list(lines) == wanted
    assert lines.size == sum(len(line) + 1 for line in wanted)
    assert b"".join(lines.pieces()) == b"".join(line + b"\n" for line in wanted)
    for place in {0, 1, RUN - 1, RUN, count - 1} & set(range(count)):
        assert (lines[place], lines[place - count]) == (wanted[place], wanted[place])
    for first, last in ((0, 0), (0, 3), (RUN - 2, RUN + 2), (5, 2 * RUN + 1), (0, count), (count, count), (count - 1, count + 5)):
        assert lines[first:last] == wanted[first:last]
    with pytest.raises(IndexError):
        lines[count]


def test_lines_may_be_empty_and_longer_than_a_piece_that_is_read(tmp_path: Path) -> None:
    wanted = [b"", b"x" * 3_000_000, b"", b"y"]
    lines = written(tmp_path / "journal", wanted)
    assert list(lines) == wanted


def test_without_a_file_there_are_no_lines(tmp_path: Path) -> None:
    assert list(DiskLines(tmp_path / "journal")) == []
    (tmp_path / "shop").mkdir()
    whole = read_whole(tmp_path / "shop")
    assert (len(whole.lines), whole.note, whole.origin) == (0, None, "forgewatch/shop")


def test_what_is_appended_later_is_not_seen(tmp_path: Path) -> None:
    lines = written(tmp_path / "journal", lines_of(3))
    with (tmp_path / "journal").open("ab") as file:
        file.write(b"more\n")
    assert list(lines) == lines_of(3)


def test_a_file_that_is_replaced_or_cut_meanwhile_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    lines = written(path, lines_of(3))
    (tmp_path / "other").write_bytes(path.read_bytes())
    (tmp_path / "other").rename(path)
    with pytest.raises(EnvironmentFault, match="was changed while it was read"):
        lines[0]
    lines = written(path, lines_of(3))
    os.truncate(path, 4)
    with pytest.raises(EnvironmentFault, match="was changed while it was read"):
        lines[0]
    lines = written(path, lines_of(3))
    path.unlink()
    with pytest.raises(EnvironmentFault, match="cannot be read: No such file"):
        lines[0]


def test_a_link_or_a_pipe_in_its_place_is_refused_and_never_waited_for(tmp_path: Path) -> None:
    (tmp_path / "there").write_bytes(b"x\n")
    (tmp_path / "link").symlink_to(tmp_path / "there")
    with pytest.raises(TamperDetected, match="is a symlink"):
        DiskLines(tmp_path / "link")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(TamperDetected, match="is not a regular file"):
        DiskLines(tmp_path / "pipe")
    with pytest.raises(TamperDetected, match="is not a regular file"):
        DiskLines(tmp_path)
