"""The text that a builder writes: a file that somebody names, whole or while it grows, or standard input."""

from __future__ import annotations

import errno
import os
import stat
import time
from collections.abc import Iterator

from forgewatch.core.errors import EnvironmentFault, UsageError

STANDARD_INPUT = "-"
_CHUNK = 64 * 1024
_LOOK_EVERY = 0.1
_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def whole_text(name: str) -> Iterator[bytes]:
    """Yield the bytes of the file `name`, or of standard input for `-`, in pieces as they come, to the end.

    Raises UsageError for what is no regular file, EnvironmentFault when it cannot be read.
    """
    if name == STANDARD_INPUT:
        yield from _pieces(0, "standard input")
        return
    handle = _open(name)
    try:
        yield from _pieces(handle, name)
    finally:
        os.close(handle)


def growing_text(name: str) -> Iterator[bytes | None]:
    """Yield the bytes of the file `name` as they come, without end. None: it was cut short or replaced, and is read from its beginning.

    Raises as `whole_text` does, for a file that is gone only at first: its writer may be about to put another in its place.
    """
    handle, offset = _open(name), 0
    try:
        while True:
            for piece in _pieces(handle, name):
                offset += len(piece)
                yield piece
            time.sleep(_LOOK_EVERY)
            other = _replacement(name, handle)
            if other is not None:
                # What was written to the old one after our last look.
                yield from _pieces(handle, name)
                os.close(handle)
                handle, offset = other, 0
                yield None
            elif os.fstat(handle).st_size < offset:
                os.lseek(handle, 0, os.SEEK_SET)
                offset = 0
                yield None
    finally:
        os.close(handle)


def _replacement(name: str, handle: int) -> int | None:
    """Return a descriptor of the file that has the name now, None while it is the one that is open, or there is none."""
    here = os.fstat(handle)
    try:
        there = os.stat(name, follow_symlinks=False)
    except OSError:
        return None
    return None if (there.st_dev, there.st_ino) == (here.st_dev, here.st_ino) else _open(name)


def _open(name: str) -> int:
    try:
        handle = os.open(name, _FLAGS)
    except OSError as error:
        found = "a symlink" if error.errno == errno.ELOOP else (error.strerror or "an error").lower()
        raise UsageError(f"{name}: expected a file, found {found}", "name a file, or - for standard input") from error
    if stat.S_ISREG(os.fstat(handle).st_mode):
        return handle
    os.close(handle)
    raise UsageError(f"{name}: expected a regular file, found something else", "name a file, or - for standard input")


def _pieces(handle: int, name: str) -> Iterator[bytes]:
    while True:
        try:
            piece = os.read(handle, _CHUNK)
        except BlockingIOError:
            # A pipe that its maker set not to block. Its text is waited for.
            os.set_blocking(handle, True)
            continue
        except OSError as error:
            raise EnvironmentFault(f"{name} cannot be read: {error.strerror}", "name another file") from error
        if not piece:
            return
        yield piece
