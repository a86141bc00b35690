"""The system calls of a durable write, one method each, so that tests can make any one of them fail. Nothing is decided here."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
APPEND = os.O_RDWR | os.O_APPEND | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
CREATE = os.O_CREAT | os.O_EXCL
FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class Disk:
    """The real calls. All raise OSError."""

    def open(self, path: str | os.PathLike[str], flags: int, mode: int = 0o600, *, folder: int | None = None) -> int:
        """Open `path`, relative to the descriptor `folder` when that is given."""
        return os.open(path, flags, mode, dir_fd=folder)

    def write(self, descriptor: int, piece: bytes) -> int:
        """Write; may write less."""
        return os.write(descriptor, piece)

    def pread(self, descriptor: int, size: int, offset: int) -> bytes:
        """Read `size` bytes at `offset`; may read less."""
        return os.pread(descriptor, size, offset)

    def fdatasync(self, descriptor: int) -> None:
        """Wait until the bytes and the size are on the disk."""
        os.fdatasync(descriptor)

    def fsync(self, descriptor: int) -> None:
        """Wait until a folder's names are on the disk."""
        os.fsync(descriptor)

    def ftruncate(self, descriptor: int, size: int) -> None:
        """Cut or extend a file."""
        os.ftruncate(descriptor, size)

    def allocate(self, descriptor: int, size: int) -> None:
        """Reserve real blocks."""
        os.posix_fallocate(descriptor, 0, size)

    def rename(self, old: str, new: str, folder: int) -> None:
        """Rename within one folder."""
        os.rename(old, new, src_dir_fd=folder, dst_dir_fd=folder)

    def unlink(self, name: str, folder: int) -> None:
        """Remove a name of a folder."""
        os.unlink(name, dir_fd=folder)


SYSTEM = Disk()
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


def is_full(error: OSError) -> bool:
    """True when there is no room for more bytes: disk, quota or file size limit."""
    return error.errno in _FULL


def remedy(error: OSError, otherwise: str) -> str:
    """Return the hint for a failed write: room is what a full disk lacks, whoever owns the folder."""
    return "make room on that disk" if is_full(error) else otherwise


def again(call: Callable[[], T]) -> T:
    """Return what `call` returns, made again as long as a signal interrupts it (EINTR)."""
    while True:
        with contextlib.suppress(InterruptedError):
            return call()


def write_all(disk: Disk, descriptor: int, whole: bytes) -> None:
    """Write every byte. The kernel takes a line in one call; only a short write needs another."""
    rest = memoryview(whole)
    while rest:
        written = again(lambda rest=rest: disk.write(descriptor, bytes(rest)))  # type: ignore[misc]
        rest = rest[written:]


def read_exactly(disk: Disk, descriptor: int, size: int, offset: int) -> bytes:
    """Return the `size` bytes at `offset`, fewer only when the file ends before."""
    pieces: list[bytes] = []
    while size > 0:
        piece = again(lambda size=size, offset=offset: disk.pread(descriptor, size, offset))  # type: ignore[misc]
        if not piece:
            break
        pieces.append(piece)
        size -= len(piece)
        offset += len(piece)
    return b"".join(pieces)


def replace_whole(disk: Disk, folder: int, name: str, data: bytes, mode: int = 0o600, *, durable: bool = True, temporary: str = "") -> None:
    """Put `data` under `name` in the folder at once: whoever opens the name finds the old bytes or the new ones.

    When it returns the bytes were read back, and with `durable` they and the name are on the disk. `temporary` is the name they have
    before, one that only this process uses (default: made of `name`, which then has to be short). Raises OSError: then the name
    stands for what it stood for before, unless only the last step, the folder's own fsync, failed.
    """
    temporary = temporary or f".{name}.{os.getpid()}.new"
    # Left by a process that had our number and was killed between open and rename.
    with contextlib.suppress(FileNotFoundError):
        disk.unlink(temporary, folder)
    descriptor, placed = disk.open(temporary, APPEND | CREATE, mode, folder=folder), False
    try:
        # The umask must not hide from people what they are shown.
        os.fchmod(descriptor, mode)
        write_all(disk, descriptor, data)
        if read_exactly(disk, descriptor, len(data), 0) != data:
            raise OSError(errno.EIO, "what was written does not come back")
        if durable:
            again(lambda: disk.fdatasync(descriptor))
        # A crash before this line leaves the old file and a temporary name; after it, the new file.
        disk.rename(temporary, name, folder)
        placed = True
    finally:
        # Also when a person interrupts us: the folder may be one of their project.
        if not placed:
            with contextlib.suppress(OSError):
                disk.unlink(temporary, folder)
        os.close(descriptor)
    if durable:
        disk.fsync(folder)
