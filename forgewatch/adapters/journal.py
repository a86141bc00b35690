"""The journal as a file of lines (ledger.md section 1, Commit order and Recovery).

One append, under `<folder>/lock`:
  1. catch up: read what others appended; refuse a file that lost or changed what we know
  2. cut a torn tail (bytes after the last newline: a writer died inside step 3)
  3. write the line with one O_APPEND call
  4. read it back
  5. fdatasync: the commit point

If we crash in 3 or 4 the next writer cuts the tail, or finds a whole line that nobody was told about and believes it: an entry too
many is a repeat the record knows how to treat, an entry too few would be a lie. Nothing is announced before 5.
Who controls this file can drop or rewrite the whole history until entries are signed; the Markdown projection then disagrees.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import stat
import threading
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import overload

from filelock import FileLock, Timeout

from forgewatch.adapters.disk import APPEND, CREATE, FOLDER, READ, SYSTEM, Disk, again, is_full, read_exactly, write_all
from forgewatch.adapters.reserve import Reserve
from forgewatch.adapters.state_folder import JOURNAL
from forgewatch.core.errors import EnvironmentFault, LedgerFull, LedgerUnwritable, TamperDetected
from forgewatch.core.events import Event, Recorded
from forgewatch.core.journal_line import decode_line, encode_line
from forgewatch.core.values import Refused

_CHUNK = 1024 * 1024
_LOCK_NAME = "lock"
_POLL = 0.002
_RESTORE = "restore the state folder from a backup, or move it away and run forgewatch ledger adopt"


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


class FileJournal:
    """Implements `ports.Journal` on `<folder>/journal.jsonl`. Safe between processes and between threads."""

    def __init__(self, folder: Path, disk: Disk = SYSTEM, lock_seconds: float = 10.0) -> None:
        self._path = folder / JOURNAL
        self._folder = folder
        self._disk = disk
        self._lock = FileLock(
            folder / _LOCK_NAME, timeout=lock_seconds, mode=0o600, thread_local=False, poll_interval=_POLL, fallback_to_soft=False
        )
        self._guard = threading.RLock()
        self._reserve = Reserve(folder, disk)
        self._seen: _Signature | None = None
        self._digest = hashlib.sha256()
        # starts[n] is the offset of line n; the last one is the end of the last whole line.
        self._starts = array("Q", [0])
        self._broken = ""

    @contextlib.contextmanager
    def exclusive(self) -> Iterator[None]:
        """Keep every other writer out for several steps; may be nested. Raises LedgerUnwritable when the lock is not to be had."""
        with self._guard:
            if not self._folder.is_dir():
                raise LedgerUnwritable(f"the state folder {self._folder} is not there", "start forgewatch watch or audit once")
            try:
                self._lock.acquire()
            except Timeout as error:
                raise LedgerUnwritable(f"{self._folder / _LOCK_NAME} is held by another process", "see who: fuser -v on that file") from error
            except OSError as error:
                raise LedgerUnwritable(f"{self._folder} cannot be locked: {error.strerror}", "run as the owner of that folder") from error
            try:
                yield
            finally:
                self._lock.release()

    def read(self) -> Sequence[Recorded]:
        """Return all events, decoded when they are looked at. Raises TamperDetected, here or on access, naming the line.

        A torn tail is not yet a line.
        """
        with contextlib.ExitStack() as held, self._guard:
            # With the lock no other writer can be between writing a line and taking it back; other users read without it.
            with contextlib.suppress(LedgerUnwritable):
                held.enter_context(self.exclusive())
            self._catch_up()
            return _Lines(self, 0, len(self._starts) - 1)

    def append(self, event: Event) -> Recorded:
        """Make the event durable and return it as it will be read. Raises LedgerUnwritable, LedgerFull, TamperDetected."""
        line = encode_line(event)
        with self.exclusive():
            if self._broken:
                raise LedgerUnwritable(self._broken, "restart after the disk has been checked")
            self._reserve.keep()
            self._catch_up()
            recorded = decode_line(len(self._starts) - 1, line[:-1])
            if isinstance(recorded, Refused):
                raise ValueError(f"an event that would not be read again: {recorded.why}")
            self._commit(line)
            return recorded

    def line(self, seq: int) -> bytes:
        """Return the bytes of line `seq` without newline."""
        start, end = self._starts[seq], self._starts[seq + 1]
        descriptor = self._open(READ)
        try:
            return read_exactly(self._disk, descriptor, end - start, start)[:-1]
        finally:
            os.close(descriptor)

    def lines(self, first: int, last: int) -> Iterator[tuple[int, bytes]]:
        """Yield (seq, line) of the lines from `first` up to `last`, read in large pieces."""
        seq = first
        while seq < last:
            stop = seq + 1
            while stop < last and self._starts[stop + 1] - self._starts[seq] <= _CHUNK:
                stop += 1
            base = self._starts[seq]
            descriptor = self._open(READ)
            try:
                piece = read_exactly(self._disk, descriptor, self._starts[stop] - base, base)
            finally:
                os.close(descriptor)
            for number in range(seq, stop):
                yield number, piece[self._starts[number] - base : self._starts[number + 1] - base - 1]
            seq = stop

    @property
    def _end(self) -> int:
        return self._starts[-1]

    def _open(self, flags: int) -> int:
        try:
            return self._disk.open(self._path, flags)
        except OSError as error:
            if error.errno == errno.ELOOP:
                raise TamperDetected(f"{self._path} is a symlink", _RESTORE) from error
            raise

    def _catch_up(self) -> None:
        try:
            descriptor = self._open(READ)
        except FileNotFoundError:
            if self._end:
                raise TamperDetected(f"{self._path} is gone; it held {len(self._starts) - 1} events", _RESTORE) from None
            return
        except OSError as error:
            raise EnvironmentFault(f"{self._path} cannot be read: {error.strerror}", "run as the owner of that folder") from error
        try:
            found = os.fstat(descriptor)
            signature = _Signature.of(found)
            if signature != self._seen:
                self._verify_known(descriptor, found)
                self._read_on(descriptor, found.st_size)
                self._seen = signature
        finally:
            os.close(descriptor)

    def _verify_known(self, descriptor: int, found: os.stat_result) -> None:
        if not stat.S_ISREG(found.st_mode):
            raise TamperDetected(f"{self._path} is not a regular file", _RESTORE)
        if found.st_size < self._end:
            raise TamperDetected(f"{self._path}: expected at least {self._end} bytes, found {found.st_size}", _RESTORE)
        if self._seen is None:
            return
        if (found.st_dev, found.st_ino) != (self._seen.device, self._seen.inode):
            raise TamperDetected(f"{self._path} was replaced by another file", _RESTORE)
        fresh = hashlib.sha256()
        for piece in self._pieces(descriptor, 0, self._end):
            fresh.update(piece)
        if fresh.digest() != self._digest.digest():
            raise TamperDetected(f"{self._path}: the first {self._end} bytes changed", _RESTORE)

    def _read_on(self, descriptor: int, size: int) -> None:
        rest = b""
        for piece in self._pieces(descriptor, self._end, size):
            rest += piece
            whole, newline, rest = rest.rpartition(b"\n")
            self._take(whole + newline)

    def _take(self, lines: bytes) -> None:
        self._digest.update(lines)
        base, at = self._end, lines.find(b"\n")
        while at >= 0:
            self._starts.append(base + at + 1)
            at = lines.find(b"\n", at + 1)

    def _pieces(self, descriptor: int, start: int, end: int) -> Iterator[bytes]:
        while start < end:
            piece = read_exactly(self._disk, descriptor, min(_CHUNK, end - start), start)
            if not piece:
                return
            start += len(piece)
            yield piece

    def _commit(self, line: bytes) -> None:
        end = self._end
        try:
            descriptor = self._open_to_append()
        except OSError as error:
            raise self._refusal(error) from error
        try:
            if os.fstat(descriptor).st_size != end:
                self._disk.ftruncate(descriptor, end)
            self._write(descriptor, line, end)
            self._take(line)
            self._seen = _Signature.of(os.fstat(descriptor))
        except OSError as error:
            self._withdraw(descriptor, end)
            raise self._refusal(error) from error
        finally:
            os.close(descriptor)

    def _write(self, descriptor: int, line: bytes, end: int) -> None:
        write_all(self._disk, descriptor, line)
        if read_exactly(self._disk, descriptor, len(line), end) != line:
            self._withdraw(descriptor, end)
            raise LedgerUnwritable(f"{self._path} does not hold what was written to it", "check the disk")
        try:
            again(lambda: self._disk.fdatasync(descriptor))
        except OSError as error:
            # After a failed sync nobody knows which pages are on the disk, and a second sync may lie: never retried.
            self._broken = f"{self._path} could not be made durable: {error.strerror}"
            raise

    def _withdraw(self, descriptor: int, end: int) -> None:
        try:
            self._disk.ftruncate(descriptor, end)
        except OSError as error:
            self._broken = self._broken or f"{self._path} holds bytes that could not be withdrawn: {error.strerror}"
        self._seen = _Signature.of(os.fstat(descriptor))

    def _refusal(self, error: OSError) -> LedgerUnwritable:
        if is_full(error):
            self._reserve.release()
            return LedgerFull(f"{self._path}: {error.strerror}", "make room on that disk")
        return LedgerUnwritable(f"{self._path}: {error.strerror}", "check the disk and the owner of that folder")

    def _open_to_append(self) -> int:
        with contextlib.suppress(FileNotFoundError):
            return self._open(APPEND)
        mode = stat.S_IMODE(self._folder.stat().st_mode) & 0o666
        descriptor = self._disk.open(self._path, APPEND | CREATE, mode)
        # The name must be as durable as the first line.
        folder = self._disk.open(self._folder, FOLDER)
        try:
            self._disk.fsync(folder)
        finally:
            os.close(folder)
        return descriptor


class _Lines(Sequence[Recorded]):
    """Lines `first` up to `last` of a journal, decoded one by one."""

    def __init__(self, journal: FileJournal, first: int, last: int) -> None:
        self._journal = journal
        self._places = range(first, last)

    def __len__(self) -> int:
        return len(self._places)

    def __iter__(self) -> Iterator[Recorded]:
        for seq, line in self._journal.lines(self._places.start, self._places.stop):
            yield _believed(seq, line)

    @overload
    def __getitem__(self, place: int) -> Recorded: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[Recorded]: ...

    def __getitem__(self, place: int | slice) -> Recorded | Sequence[Recorded]:
        if isinstance(place, slice):
            wanted = self._places[place]
            return _Lines(self._journal, wanted.start, wanted.stop) if wanted.step == 1 else [self[seq] for seq in range(len(self))[place]]
        seq = self._places[place]
        return _believed(seq, self._journal.line(seq))


def _believed(seq: int, line: bytes) -> Recorded:
    recorded = decode_line(seq, line)
    if isinstance(recorded, Refused):
        raise TamperDetected(f"journal line {seq + 1} {recorded.why}", _RESTORE)
    return recorded
