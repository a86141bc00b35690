"""Frames over real pipes: whole, torn, oversized, late."""

from __future__ import annotations

import os
import struct
import threading
from collections.abc import Iterator

import pytest

from forgewatch.adapters.frames import FRAME_LIMIT, FrameBroken, read_frame, write_frame


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    reader, writer = os.pipe()
    yield reader, writer
    for fd in (reader, writer):
        try:
            os.close(fd)
        except OSError:
            continue


def test_a_frame_larger_than_the_pipe_arrives_whole(pipe: tuple[int, int]) -> None:
    value = {"text": "x" * 1_000_000, "odd": "\udcff\u202e"}
    sender = threading.Thread(target=write_frame, args=(pipe[1], value))
    sender.start()
    assert read_frame(pipe[0], seconds=10) == value
    sender.join()


def test_an_end_in_the_middle_is_a_broken_frame(pipe: tuple[int, int]) -> None:
    os.write(pipe[1], struct.pack(">I", 100) + b"{")
    os.close(pipe[1])
    with pytest.raises(FrameBroken, match="ended"):
        read_frame(pipe[0], seconds=5)


def test_silence_is_broken_off_at_the_deadline(pipe: tuple[int, int]) -> None:
    with pytest.raises(FrameBroken, match="within the time"):
        read_frame(pipe[0], seconds=0.05)


def test_a_length_over_the_limit_is_refused_before_it_is_read(pipe: tuple[int, int]) -> None:
    os.write(pipe[1], struct.pack(">I", FRAME_LIMIT + 1))
    with pytest.raises(FrameBroken, match="over the limit"):
        read_frame(pipe[0], seconds=5)


@pytest.mark.parametrize("body", [b"{", b"\xff", b"[" * 100_000])
def test_what_is_no_json_is_a_broken_frame(pipe: tuple[int, int], body: bytes) -> None:
    sender = threading.Thread(target=os.write, args=(pipe[1], struct.pack(">I", len(body)) + body))
    sender.start()
    with pytest.raises(FrameBroken):
        read_frame(pipe[0], seconds=5)
    os.close(pipe[0])
    sender.join()


def test_writing_to_a_side_that_is_gone_is_a_broken_frame(pipe: tuple[int, int]) -> None:
    os.close(pipe[0])
    with pytest.raises(FrameBroken, match="gone"):
        write_frame(pipe[1], [1])
