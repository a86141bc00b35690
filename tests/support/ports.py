"""The ports in memory, with the ports' names. `fail_before` and `fail_after` make the nth call fail before or after its effect."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from forgewatch.core.canonical import digest_of_bytes
from forgewatch.core.errors import ForgewatchError, LedgerUnwritable, TamperDetected
from forgewatch.core.events import Event, Recorded
from forgewatch.core.journal_line import decode_line, encode_line
from forgewatch.core.record_memory import RecordMemory
from forgewatch.core.values import Absent, Content, Digest, Refused, RepoPath, Unreadable


@dataclass
class Faults:
    """Which calls fail: number of the call (from 1) to the error it raises, before or after it took effect."""

    fail_before: dict[int, ForgewatchError] = field(default_factory=dict)
    fail_after: dict[int, ForgewatchError] = field(default_factory=dict)
    calls: int = 0

    @contextlib.contextmanager
    def around(self) -> Iterator[None]:
        """Count a call and fail it as planned."""
        self.calls += 1
        if self.calls in self.fail_before:
            raise self.fail_before[self.calls]
        yield
        if self.calls in self.fail_after:
            raise self.fail_after[self.calls]


class MemoryJournal:
    """`ports.Journal`: lines in a list, encoded and decoded like the real ones."""

    def __init__(self, faults: Faults | None = None) -> None:
        self.lines: list[bytes] = []
        self.faults = faults or Faults()
        self._guard = threading.RLock()

    def read(self) -> Sequence[Recorded]:
        return tuple(_believed(seq, line) for seq, line in enumerate(self.lines))

    def append(self, event: Event) -> Recorded:
        with self.exclusive(), self.faults.around():
            self.lines.append(encode_line(event)[:-1])
            return _believed(len(self.lines) - 1, self.lines[-1])

    @contextlib.contextmanager
    def exclusive(self) -> Iterator[None]:
        with self._guard:
            yield

    @contextlib.contextmanager
    def undisturbed(self) -> Iterator[bool]:
        with self._guard:
            yield True

    def fingerprint(self, size: int) -> Digest | None:
        lines = b"".join(line + b"\n" for line in self.lines[:size])
        return digest_of_bytes(lines) if size <= len(self.lines) else None

    @property
    def events(self) -> list[Event]:
        """What was recorded, without places."""
        return [recorded.event for recorded in self.read()]


def _believed(seq: int, line: bytes) -> Recorded:
    recorded = decode_line(seq, line)
    if isinstance(recorded, Refused):
        raise TamperDetected(f"journal line {seq + 1} {recorded.why}")
    return recorded


class MemoryFiles:
    """`ports.TreeFiles` and `ports.EvidenceFiles` over one dictionary. A value may be Unreadable: a symlink, say."""

    def __init__(self, files: dict[str, bytes | Unreadable] | None = None, faults: Faults | None = None) -> None:
        self.files: dict[str, bytes | Unreadable] = files if files is not None else {}
        self.faults = faults or Faults()

    def read(self, path: RepoPath, limit: int) -> Content:
        found = self.files.get(path, Absent())
        return Unreadable(f"is over the limit of {limit} bytes") if isinstance(found, bytes) and len(found) > limit else found

    def append(self, path: RepoPath, data: bytes) -> int:
        with self.faults.around():
            before = self.files.get(path, b"")
            if isinstance(before, Unreadable):
                raise LedgerUnwritable(f"{path} {before.why}")
            self.files[path] = before + data
            return len(before)

    def replace(self, path: RepoPath, data: bytes) -> None:
        with self.faults.around():
            self.files[path] = data


class MemoryVault:
    """`ports.Vault` in a dictionary."""

    def __init__(self, faults: Faults | None = None) -> None:
        self.kept: dict[Digest, bytes] = {}
        self.faults = faults or Faults()

    def keep(self, data: bytes) -> Digest:
        with self.faults.around():
            digest = digest_of_bytes(data)
            self.kept[digest] = data
            return digest

    def fetch(self, digest: Digest) -> bytes:
        if digest not in self.kept:
            raise TamperDetected(f"{digest} is gone")
        return self.kept[digest]


class MemoryMemory:
    """`ports.Memory` in a variable."""

    def __init__(self) -> None:
        self.kept: RecordMemory | None = None

    def recall(self) -> RecordMemory | None:
        return self.kept

    def keep(self, memory: RecordMemory) -> None:
        self.kept = memory


class FixedClock:
    """`ports.Clock` that only moves when a test moves it: `seconds` since 2026-11-20T12:00:00Z."""

    def __init__(self, seconds: int = 0) -> None:
        self.seconds = seconds

    def now(self) -> str:
        hours, rest = divmod(self.seconds, 3600)
        return f"2026-11-20T{12 + hours:02d}:{rest // 60:02d}:{rest % 60:02d}Z"

    def monotonic(self) -> float:
        return float(self.seconds)
