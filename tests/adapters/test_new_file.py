"""A file that a person asked for: new, whole, theirs alone, and never in the place of another."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from forgewatch.adapters.new_file import write_new
from forgewatch.core.errors import EnvironmentFault, UsageError


def test_a_new_file_is_whole_and_its_owners_alone_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        write_new(tmp_path / "request", b"\x00whole\n" * 10_000)
    finally:
        os.umask(before)
    assert (tmp_path / "request").read_bytes() == b"\x00whole\n" * 10_000
    assert stat.S_IMODE((tmp_path / "request").stat().st_mode) == 0o600


@pytest.mark.parametrize("kind", ["file", "folder", "link", "dangling link", "fifo"])
def test_what_is_there_already_stays_as_it_is(tmp_path: Path, kind: str) -> None:
    place, other = tmp_path / "request", tmp_path / "other"
    other.write_text("kept")
    match kind:
        case "file":
            place.write_text("kept")
        case "folder":
            place.mkdir()
        case "link":
            place.symlink_to(other)
        case "dangling link":
            place.symlink_to(tmp_path / "nowhere")
        case _:
            os.mkfifo(place)
    before = os.lstat(place)
    with pytest.raises(UsageError, match="is there already") as raised:
        write_new(place, b"new")
    assert raised.value.hint == "name a new file"
    assert os.lstat(place).st_ino == before.st_ino
    assert other.read_text() == "kept"
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize("place", ["none/request", "file/request", "x" * 300])
def test_a_place_that_cannot_be_written_is_named_with_the_reason(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EnvironmentFault, match="cannot be written: ") as raised:
        write_new(tmp_path / place, b"new")
    assert str(tmp_path / place) in str(raised.value)


def test_a_disk_that_takes_no_more_leaves_no_half_a_file_in_the_way_of_the_next_try(tmp_path: Path) -> None:
    program = (
        "import resource, signal, sys; from pathlib import Path; from forgewatch.adapters.new_file import write_new;"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096));"
        "write_new(Path(sys.argv[1]), b'x' * 5000)"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "request")]
    run = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False)
    assert "EnvironmentFault" in run.stderr and "cannot be written: File too large" in run.stderr
    assert list(tmp_path.iterdir()) == []
    write_new(tmp_path / "request", b"x" * 5000)
