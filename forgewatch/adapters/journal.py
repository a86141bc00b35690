"""The journal as a file of signed lines (ledger.md section 1, Commit order and Recovery).

One append, under `<folder>/lock`:
  1. catch up: read what others appended; refuse a file that lost or changed what we know, or lines that are not signed
  2. cut a torn tail (bytes after the last newline: a writer died inside step 3)
  3. write the signed line, or all lines of a group, with one O_APPEND call
  4. read it back
  5. fdatasync: the commit point
  6. when the lock is given back: the checkpoint over all lines, after whatever the caller wrote because of them

If we crash in 3 or 4 the next writer cuts the tail, or finds a whole line that nobody was told about and believes it: an entry too
many is a repeat the record knows how to treat, an entry too few would be a lie. Nothing is announced before 5. If we crash before 6
the lines behind the checkpoint are believed by their signatures.
"""

from __future__ import annotations

import contextlib
import os
import stat
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

from filelock import FileLock, Timeout

from forgewatch.adapters.disk import APPEND, CREATE, FOLDER, SYSTEM, Disk, again, is_full, read_exactly, remedy, write_all
from forgewatch.adapters.journal_lines import Events, JournalLines
from forgewatch.adapters.journal_seal import JournalSeal
from forgewatch.adapters.reserve import Reserve
from forgewatch.adapters.state_folder import JOURNAL
from forgewatch.core.errors import LedgerFull, LedgerUnwritable
from forgewatch.core.events import Event, KeyRotated, Recorded
from forgewatch.core.journal_line import decode_line, encode_event
from forgewatch.core.values import Digest, Refused

_LOCK_NAME = "lock"
_POLL = 0.002


class FileJournal:
    """Implements `ports.Journal` on `<folder>/journal.jsonl`. Safe between processes and between threads."""

    def __init__(self, folder: Path, disk: Disk = SYSTEM, lock_seconds: float = 10.0, *, seal: JournalSeal | None = None) -> None:
        self._path = folder / JOURNAL
        self._folder = folder
        self._disk = disk
        self._lock = FileLock(
            folder / _LOCK_NAME, timeout=lock_seconds, mode=0o600, thread_local=False, poll_interval=_POLL, fallback_to_soft=False
        )
        self._guard = threading.RLock()
        self._reserve = Reserve(folder, disk)
        self._lines = JournalLines(self._path, disk)
        self._seal = seal
        self._depth = 0
        self._broken = ""
        self._unsealed = ""

    @contextlib.contextmanager
    def exclusive(self) -> Iterator[None]:
        """Keep every other writer out for several steps; may be nested. Raises LedgerUnwritable when the lock is not to be had."""
        with self._guard:
            if not os.path.isdir(self._folder):
                raise LedgerUnwritable(f"the state folder {self._folder} is not there", "start forgewatch watch, or audit once")
            try:
                self._lock.acquire()
            except Timeout as error:
                raise LedgerUnwritable(
                    f"{self._folder / _LOCK_NAME} is held by another process", "see who: fuser -v on that file"
                ) from error
            except OSError as error:
                raise LedgerUnwritable(
                    f"{self._folder} cannot be locked: {error.strerror}", remedy(error, "run as the owner of that folder")
                ) from error
            self._depth += 1
            try:
                yield
            finally:
                self._depth -= 1
                if self._seal is not None and not self._depth and not self._broken:
                    # What fails here is made up for by the next writer: the lines are durable and signed.
                    self._unsealed = self._seal.settle()
                self._lock.release()

    @contextlib.contextmanager
    def undisturbed(self) -> Iterator[bool]:
        """Keep every other writer out while somebody only reads, and tell whether that could be: other users read without the lock."""
        with contextlib.ExitStack() as held, self._guard:
            had = False
            with contextlib.suppress(LedgerUnwritable):
                held.enter_context(self.exclusive())
                had = True
            yield had

    def read(self) -> Sequence[Recorded]:
        """Return all events, decoded when they are looked at. Raises TamperDetected, here or on access, naming the line.

        A torn tail is not yet a line.
        """
        # No other writer can be between writing a line and taking it back.
        with self.undisturbed():
            self._catch_up()
            return Events(self._lines, 0, len(self._lines))

    def append(self, event: Event) -> Recorded:
        """Make the event durable and return it as it will be read. Raises LedgerUnwritable, LedgerFull, TamperDetected."""
        return self.append_all((event,))[0]

    def append_all(self, events: Sequence[Event]) -> tuple[Recorded, ...]:
        """Make the events durable with one write and one sync, and return them as they will be read. Raises what `append` raises, and
        then none of them was recorded.

        Only a crash can leave some: the first few, as whole lines, which nobody was told of. Facts that hold only together belong into
        one event. A change of key may only be the last of a group.
        """
        if any(isinstance(event, KeyRotated) for event in events[:-1]):
            raise ValueError(
                "what follows a change of key is signed by the next one, and that is not in place before the change is durable"
            )
        bodies = [encode_event(event) for event in events]
        with self.exclusive():
            if self._broken:
                raise LedgerUnwritable(self._broken, "restart after the disk has been checked")
            self._reserve.keep()
            self._catch_up()
            lines = self._lines_of(bodies)
            recorded = tuple(_readable(seq, line) for seq, line in enumerate(lines, len(self._lines)))
            if lines:
                self._commit(lines)
            return recorded

    @property
    def unsealed(self) -> str:
        """Why the checkpoint did not follow the lines when the lock was given back last; empty when it did, and without signatures."""
        return self._unsealed

    def fingerprint(self, size: int) -> Digest | None:
        """Return the digest of the first `size` lines, None when there are fewer. Raises EnvironmentFault."""
        with self._guard:
            found = self._lines.digest_of(size)
        return None if found is None else Digest(f"sha256:{found}")

    def _catch_up(self) -> None:
        if self._seal is None:
            self._lines.catch_up()
            return
        # In this order: who writes the two does it the other way round.
        note = self._seal.read()
        self._lines.catch_up()
        self._seal.take(note, self._lines)

    def _lines_of(self, bodies: Sequence[bytes]) -> list[bytes]:
        if self._seal is None:
            return [b'{"e":' + body + b"}\n" for body in bodies]
        self._seal.begin()
        return self._seal.lines_of(bodies)

    def _commit(self, lines: Sequence[bytes]) -> None:
        piece = b"".join(lines)
        try:
            descriptor = self._open_to_append()
        except OSError as error:
            raise self._refusal(error) from error
        try:
            if os.fstat(descriptor).st_size != self._lines.end:
                self._disk.ftruncate(descriptor, self._lines.end)
            self._write(descriptor, piece)
            self._lines.appended(piece, descriptor)
            if self._seal is not None:
                self._seal.appended(lines)
        except OSError as error:
            self._withdraw(descriptor)
            raise self._refusal(error) from error
        finally:
            os.close(descriptor)

    def _write(self, descriptor: int, piece: bytes) -> None:
        write_all(self._disk, descriptor, piece)
        if read_exactly(self._disk, descriptor, len(piece), self._lines.end) != piece:
            self._withdraw(descriptor)
            raise LedgerUnwritable(f"{self._path} does not hold what was written to it", "check the disk")
        try:
            again(lambda: self._disk.fdatasync(descriptor))
        except OSError as error:
            # After a failed sync nobody knows which pages are on the disk, and a second sync may lie: never retried.
            self._broken = f"{self._path} could not be made durable: {error.strerror}"
            raise

    def _withdraw(self, descriptor: int) -> None:
        try:
            self._disk.ftruncate(descriptor, self._lines.end)
        except OSError as error:
            # Until a restart nobody may append behind bytes that were refused; after it they are a tail or an entry nobody heard of.
            self._broken = self._broken or f"{self._path} holds bytes that could not be withdrawn: {error.strerror}"

    def _refusal(self, error: OSError) -> LedgerUnwritable:
        hint = remedy(error, "check the disk and the owner of that folder")
        if is_full(error):
            self._reserve.release()
            return LedgerFull(f"{self._path}: {error.strerror}", hint)
        return LedgerUnwritable(f"{self._path}: {error.strerror}", hint)

    def _open_to_append(self) -> int:
        with contextlib.suppress(FileNotFoundError):
            return self._lines.open(APPEND)
        mode = stat.S_IMODE(self._folder.stat().st_mode) & 0o666
        descriptor = self._lines.open(APPEND | CREATE, mode)
        # The umask must not hide from people what the repository shows them.
        os.fchmod(descriptor, mode)
        # The name must be as durable as the first line.
        folder = self._disk.open(self._folder, FOLDER)
        try:
            self._disk.fsync(folder)
        finally:
            os.close(folder)
        return descriptor


def _readable(seq: int, line: bytes) -> Recorded:
    recorded = decode_line(seq, line[:-1])
    if isinstance(recorded, Refused):
        raise ValueError(f"an event that would not be read again: {recorded.why}")
    return recorded
