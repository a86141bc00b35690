"""Reading the journal's lines from a file that others append to and someone may tamper with (ledger.md section 1, Recovery).

What was read once is remembered by size, digest and inode, so every later look proves that it is still there.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from array import array
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import overload

from forgewatch.adapters.disk import READ, Disk, read_exactly
from forgewatch.adapters.state_folder import LOST
from forgewatch.core.errors import EnvironmentFault, TamperDetected
from forgewatch.core.events import Recorded
from forgewatch.core.journal_line import decode_line
from forgewatch.core.values import Refused

_CHUNK = 1024 * 1024


@dataclass(frozen=True, slots=True)
class _Signature:
    """What fstat says of a file nobody touched. Times in nanoseconds."""

    device: int
    inode: int
    size: int
    modified: int
    changed: int

    @classmethod
    def of(cls, found: os.stat_result) -> _Signature:
        return cls(found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)


class JournalLines:
    """The whole lines of the journal at `path`: how many, where each begins, and a digest of them all.

    Not safe between threads; the journal that owns it is.
    """

    def __init__(self, path: Path, disk: Disk) -> None:
        self._path = path
        self._disk = disk
        self._seen: _Signature | None = None
        self._digest = hashlib.sha256()
        # starts[n] is the offset of line n; the last one is the end of the last whole line.
        self._starts = array("Q", [0])

    @property
    def end(self) -> int:
        """The offset behind the last whole line."""
        return self._starts[-1]

    def __len__(self) -> int:
        return len(self._starts) - 1

    def catch_up(self) -> None:
        """Take in what was appended since the last look. Bytes after the last newline are no line yet.

        Raises TamperDetected when the file is gone, replaced, shortened, changed in what was read before, or no regular file;
        EnvironmentFault when it cannot be read.
        """
        try:
            self._catch_up()
        except OSError as error:
            raise EnvironmentFault(
                f"{self._path} cannot be read: {error.strerror}", "check the disk and the owner of that folder"
            ) from error

    def appended(self, lines: bytes, descriptor: int) -> None:
        """Take in whole lines that the caller has just made durable through `descriptor`."""
        self._digest.update(lines)
        self._begin(lines, self.end)
        self._seen = _Signature.of(os.fstat(descriptor))

    def open(self, flags: int, mode: int = 0o600) -> int:
        """Open the file. Raises OSError, and TamperDetected for a symlink."""
        try:
            return self._disk.open(self._path, flags, mode)
        except OSError as error:
            if error.errno == errno.ELOOP:
                raise TamperDetected(f"{self._path} is a symlink", LOST) from error
            raise

    def digest_of(self, size: int) -> str | None:
        """Return the SHA-256 in hex of the first `size` lines, read again; None when there are fewer."""
        if size > len(self):
            return None
        if size == len(self):
            return self._digest.hexdigest()
        fresh = hashlib.sha256()
        for _, line in self.lines(0, size):
            fresh.update(line + b"\n")
        return fresh.hexdigest()

    def line(self, seq: int) -> bytes:
        """Return the bytes of line `seq` without newline."""
        return self._between(seq, seq + 1)[:-1]

    def lines(self, first: int, last: int) -> Iterator[tuple[int, bytes]]:
        """Yield (seq, line) of the lines from `first` up to `last`, read in large pieces."""
        for seq, batch in self.batches(first, last):
            yield from enumerate(batch, seq)

    def batches(self, first: int, last: int) -> Iterator[tuple[int, list[bytes]]]:
        """Yield the lines from `first` up to `last` as they are read: many at once, with the place of the first of them."""
        seq = first
        while seq < last:
            stop = max(seq + 1, bisect_right(self._starts, self._starts[seq] + _CHUNK, seq + 1, last + 1) - 1)
            base, piece = self._starts[seq], self._between(seq, stop)
            batch = piece.split(b"\n")
            if len(batch) != stop - seq + 1 or batch.pop():
                # The file is not what it was: whoever judges the lines gets what is at their places now.
                batch = [piece[self._starts[number] - base : self._starts[number + 1] - base - 1] for number in range(seq, stop)]
            yield seq, batch
            seq = stop

    def _catch_up(self) -> None:
        try:
            descriptor = self.open(READ)
        except FileNotFoundError:
            if self.end:
                raise TamperDetected(f"{self._path} is gone; it held {len(self)} events", LOST) from None
            return
        try:
            found = os.fstat(descriptor)
            if _Signature.of(found) != self._seen:
                self._verify_known(descriptor, found)
                self._read_on(descriptor, found.st_size)
                self._seen = _Signature.of(found)
        finally:
            os.close(descriptor)

    def _between(self, first: int, last: int) -> bytes:
        start, end = self._starts[first], self._starts[last]
        try:
            descriptor = self.open(READ)
            try:
                return read_exactly(self._disk, descriptor, end - start, start)
            finally:
                os.close(descriptor)
        except OSError as error:
            raise EnvironmentFault(
                f"{self._path} cannot be read: {error.strerror}", "check the disk and the owner of that folder"
            ) from error

    def _verify_known(self, descriptor: int, found: os.stat_result) -> None:
        if not stat.S_ISREG(found.st_mode):
            raise TamperDetected(f"{self._path} is not a regular file", LOST)
        if found.st_size < self.end:
            raise TamperDetected(f"{self._path} lost lines: expected at least {self.end} bytes, found {found.st_size}", LOST)
        if self._seen is not None and (found.st_dev, found.st_ino) != (self._seen.device, self._seen.inode):
            raise TamperDetected(f"{self._path} was replaced by another file", LOST)
        fresh = hashlib.sha256()
        for piece in self._pieces(descriptor, 0, self.end):
            fresh.update(piece)
        if fresh.digest() != self._digest.digest():
            raise TamperDetected(f"{self._path} changed within its first {self.end} bytes", LOST)

    def _read_on(self, descriptor: int, size: int) -> None:
        # Never more than a piece in memory: whoever can write here can put any number of bytes behind the last newline.
        digest, base = self._digest.copy(), self.end
        for piece in self._pieces(descriptor, base, size):
            whole = piece.rfind(b"\n") + 1
            digest.update(piece[:whole])
            if whole:
                self._digest = digest.copy()
                self._begin(piece, base)
            digest.update(piece[whole:])
            base += len(piece)

    def _begin(self, piece: bytes, base: int) -> None:
        """Note where lines begin in a piece that lies at `base`."""
        place = piece.find(b"\n")
        while place >= 0:
            self._starts.append(base + place + 1)
            place = piece.find(b"\n", place + 1)

    def _pieces(self, descriptor: int, start: int, end: int) -> Iterator[bytes]:
        while start < end:
            piece = read_exactly(self._disk, descriptor, min(_CHUNK, end - start), start)
            if not piece:
                return
            start += len(piece)
            yield piece


class Events(Sequence[Recorded]):
    """Lines `first` up to `last`, decoded when they are looked at. Access raises TamperDetected, naming the line, for one that is
    not canonical or no event."""

    def __init__(self, lines: JournalLines, first: int, last: int) -> None:
        self._lines = lines
        self._places = range(first, last)

    def __len__(self) -> int:
        return len(self._places)

    def __iter__(self) -> Iterator[Recorded]:
        for seq, line in self._lines.lines(self._places.start, self._places.stop):
            yield _believed(seq, line)

    @overload
    def __getitem__(self, place: int) -> Recorded: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[Recorded]: ...

    def __getitem__(self, place: int | slice) -> Recorded | Sequence[Recorded]:
        if isinstance(place, slice):
            wanted = self._places[place]
            return Events(self._lines, wanted.start, wanted.stop) if wanted.step == 1 else [self[n] for n in range(len(self))[place]]
        seq = self._places[place]
        return _believed(seq, self._lines.line(seq))


def _believed(seq: int, line: bytes) -> Recorded:
    recorded = decode_line(seq, line)
    if isinstance(recorded, Refused):
        raise TamperDetected(f"journal line {seq + 1} {recorded.why}", LOST)
    return recorded
