"""The daemon's one queue: hints of the watch, ends of tasks, wishes of the operator. Anyone may put in, one thread takes out."""

from __future__ import annotations

import queue
from dataclasses import dataclass, field
from enum import Enum, auto

from forgewatch.core.ports import Spot
from forgewatch.core.requests import Request


@dataclass(frozen=True, slots=True)
class Hint:
    """Something happened to the file at the absolute path; see `WatchSink.stirred`."""

    spot: Spot
    name: str
    closed: bool


@dataclass(frozen=True, slots=True)
class Ended:
    """A task of the repository ended; `outcome` is what it returned or a fault."""

    repository: int
    outcome: object


class _Wake(Enum):
    OVERFLOW = auto()
    DEATH = auto()


@dataclass(slots=True)
class Batch:
    """Everything that came since the last look. `hints`: repository to {absolute path: closed}; of several hints the last counts."""

    hints: dict[int, dict[str, bool]] = field(default_factory=dict)
    ended: list[Ended] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    overflowed: bool = False
    died: bool = False


class Intake:
    """Fulfils `WatchSink`. `SimpleQueue.put` is reentrant: signal handlers and any thread may call every method but `gather`."""

    def __init__(self) -> None:
        self._queue: queue.SimpleQueue[Hint | Ended | Request | _Wake] = queue.SimpleQueue()
        self._overflow_noted = False

    def stirred(self, spot: Spot, name: str, closed: bool) -> None:
        """Note a hint."""
        self._queue.put(Hint(spot, name, closed))

    def overflowed(self) -> None:
        """Note that hints were lost; the watch may say so once for every directory."""
        if not self._overflow_noted:
            self._overflow_noted = True
            self._queue.put(_Wake.OVERFLOW)

    def died(self) -> None:
        """Note that the reader ended."""
        self._queue.put(_Wake.DEATH)

    def ended(self, repository: int, outcome: object) -> None:
        """Note that a task ended."""
        self._queue.put(Ended(repository, outcome))

    def ask(self, request: Request) -> None:
        """Note a request."""
        self._queue.put(request)

    def gather(self, seconds: float) -> Batch:
        """Wait at most so many seconds for something, then return all there is."""
        batch = Batch()
        try:
            self._sort(self._queue.get(timeout=seconds) if seconds > 0 else self._queue.get_nowait(), batch)
            while True:
                self._sort(self._queue.get_nowait(), batch)
        except queue.Empty:
            return batch

    def _sort(self, note: Hint | Ended | Request | _Wake, batch: Batch) -> None:
        match note:
            case Hint(spot=spot, name=name, closed=closed):
                batch.hints.setdefault(spot.repository, {})[f"{spot.path}/{name}"] = closed
            case Ended():
                batch.ended.append(note)
            case Request():
                batch.requests.append(note)
            case _Wake.OVERFLOW:
                self._overflow_noted = False
                batch.overflowed = True
            case _Wake.DEATH:
                batch.died = True
