"""Length-prefixed JSON over pipes: how daemon and worker speak. Four bytes big-endian length, then UTF-8 JSON."""

from __future__ import annotations

import json
import os
import select
import struct
import time

from forgewatch.core.canonical import Json
from forgewatch.core.errors import EnvironmentFault

FRAME_LIMIT = 256 * 1024 * 1024
"""Bytes one frame may have."""

_PREFIX = struct.Struct(">I")
_CHUNK = 1 << 20

PREFIX_BYTES = _PREFIX.size


class FrameBroken(EnvironmentFault):
    """The other side ended, overran the time, or sent something that is no frame."""


def pack(value: Json) -> bytes:
    """Return the frame of a value. Raises FrameBroken when it is over the limit: nobody would read it."""
    body = json.dumps(value, separators=(",", ":")).encode("ascii")
    return _PREFIX.pack(_within_limit(len(body))) + body


def length_of(prefix: bytes) -> int:
    """Return how many bytes follow these PREFIX_BYTES. Raises FrameBroken when they are over the limit."""
    (length,) = _PREFIX.unpack(prefix)
    return _within_limit(length)


def unpack(body: bytes) -> Json:
    """Return the value of a frame's body. Raises FrameBroken."""
    try:
        value: Json = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise FrameBroken("a frame is no JSON") from error
    return value


def write_frame(fd: int, value: Json) -> None:
    """Write one frame completely. Raises FrameBroken when the other side is gone."""
    view = memoryview(pack(value))
    try:
        while view:
            view = view[os.write(fd, view) :]
    except OSError as error:
        raise FrameBroken(f"the other side is gone: {error.strerror}") from error


def read_frame(fd: int, *, seconds: float | None = None) -> Json:
    """Read one frame, waiting at most `seconds` (None: for ever). Raises FrameBroken on end, overrun, oversize or broken JSON."""
    ends = None if seconds is None else time.monotonic() + seconds
    length = length_of(_read_exactly(fd, PREFIX_BYTES, ends))
    return unpack(_read_exactly(fd, length, ends))


def _within_limit(length: int) -> int:
    if length > FRAME_LIMIT:
        raise FrameBroken(f"a frame of {length} bytes is over the limit of {FRAME_LIMIT}")
    return length


def _read_exactly(fd: int, size: int, ends: float | None) -> bytes:
    data = bytearray()
    poll = select.poll()
    poll.register(fd, select.POLLIN)
    while len(data) < size:
        if not poll.poll(None if ends is None else max(0, ends - time.monotonic()) * 1000):
            raise FrameBroken("nothing came within the time")
        chunk = _read(fd, size - len(data))
        if not chunk:
            raise FrameBroken("the other side ended")
        data += chunk
    return bytes(data)


def _read(fd: int, size: int) -> bytes:
    try:
        return os.read(fd, min(size, _CHUNK))
    except OSError as error:
        raise FrameBroken(f"the other side is gone: {error.strerror}") from error
