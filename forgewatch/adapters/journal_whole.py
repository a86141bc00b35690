"""A journal as it lies there, for whoever judges it: nothing is believed, nothing refused (ledger.md section 1, Verify)."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import overload

from forgewatch.adapters.disk import READ, SYSTEM, Disk, again, read_exactly
from forgewatch.adapters.journal_seal import JournalSeal
from forgewatch.adapters.state_folder import JOURNAL
from forgewatch.core.errors import EnvironmentFault, TamperDetected
from forgewatch.core.journal_scan import RUN

_PIECE = 1024 * 1024
_RESTORE = "restore the state folder from a backup"
_CHECK = "check the disk and the owner of that folder"


class DiskLines(Sequence[bytes]):
    """The whole lines of a file, without newlines, as many as there were when it was opened. One run of them is in memory.

    Access raises EnvironmentFault when the file cannot be read, or is another one than before.
    """

    def __init__(self, path: Path, disk: Disk = SYSTEM) -> None:
        self._path = path
        self._disk = disk
        self._file: tuple[int, int] | None = None
        # Where each run begins, and behind them the end of the last whole line.
        self._starts = [0]
        self._count = 0
        self._held: tuple[int, list[bytes]] = (-1, [])
        self._find_runs()

    @property
    def size(self) -> int:
        """Bytes of all whole lines."""
        return self._starts[-1]

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[bytes]:
        for number in range(len(self._starts) - 1):
            yield from self.run(number)

    @overload
    def __getitem__(self, place: int) -> bytes: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[bytes]: ...

    def __getitem__(self, place: int | slice) -> bytes | Sequence[bytes]:
        if isinstance(place, slice):
            first, last, _ = place.indices(self._count)
            found = [line for number in range(first // RUN, -(-last // RUN)) for line in self.run(number)]
            return found[first - first // RUN * RUN :][: max(0, last - first)]
        seq = range(self._count)[place]
        return self.run(seq // RUN)[seq % RUN]

    def run(self, number: int) -> list[bytes]:
        """Return the lines of the run with this number, the first being 0."""
        if self._held[0] != number:
            start, end = self._starts[number], self._starts[number + 1]
            self._held = (number, self._read(start, end).split(b"\n")[:-1])
        return self._held[1]

    def pieces(self) -> Iterator[bytes]:
        """Yield all bytes of the lines with their newlines, a run at a time."""
        for start, end in zip(self._starts, self._starts[1:], strict=False):
            yield self._read(start, end)

    def _find_runs(self) -> None:
        try:
            descriptor = again(lambda: self._disk.open(self._path, READ))
        except FileNotFoundError:
            return
        except OSError as error:
            if error.errno == errno.ELOOP:
                raise TamperDetected(f"{self._path} is a symlink", _RESTORE) from error
            raise self._unreadable(error) from error
        try:
            found = os.fstat(descriptor)
            if not stat.S_ISREG(found.st_mode):
                raise TamperDetected(f"{self._path} is not a regular file", _RESTORE)
            self._file = (found.st_dev, found.st_ino)
            self._take(descriptor)
        except OSError as error:
            raise self._unreadable(error) from error
        finally:
            os.close(descriptor)

    def _take(self, descriptor: int) -> None:
        base = last = 0
        while piece := read_exactly(self._disk, descriptor, _PIECE, base):
            place = piece.find(b"\n")
            while place >= 0:
                self._count += 1
                last = base + place + 1
                if not self._count % RUN:
                    self._starts.append(last)
                place = piece.find(b"\n", place + 1)
            base += len(piece)
        if self._count % RUN:
            self._starts.append(last)

    def _read(self, start: int, end: int) -> bytes:
        try:
            descriptor = again(lambda: self._disk.open(self._path, READ))
            try:
                found = os.fstat(descriptor)
                raw = read_exactly(self._disk, descriptor, end - start, start)
            finally:
                os.close(descriptor)
        except OSError as error:
            raise self._unreadable(error) from error
        if (found.st_dev, found.st_ino) != self._file or len(raw) != end - start:
            raise EnvironmentFault(f"{self._path} was changed while it was read", "verify again")
        return raw

    def _unreadable(self, error: OSError) -> EnvironmentFault:
        return EnvironmentFault(f"{self._path} cannot be read: {error.strerror}", _CHECK)


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeJournal:
    """The whole lines without newlines, the bytes of the checkpoint (None: there is none), and the name the journal signs as."""

    lines: DiskLines
    note: bytes | None
    origin: str


def read_whole(folder: Path, disk: Disk = SYSTEM) -> WholeJournal:
    """Read the checkpoint, then find the lines: a writer does it the other way round. Bytes behind the last newline are no line.

    Raises EnvironmentFault when one cannot be read, TamperDetected when one is a symlink or no file.
    """
    seal = JournalSeal(folder, disk)
    note = seal.read()
    return WholeJournal(lines=DiskLines(folder / JOURNAL, disk), note=note, origin=seal.origin)
