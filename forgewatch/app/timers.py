"""What is due when, on the monotonic clock."""

from __future__ import annotations

import heapq
from enum import Enum, auto
from itertools import count


class Due(Enum):
    """Why a timer was set for a repository: to look at settling documents, to begin a task again, to look at everything."""

    SETTLE = auto()
    TASK = auto()
    ALL = auto()


class Timers:
    """One timer per repository and reason; a new one replaces the old one."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, int, Due]] = []
        self._valid: dict[tuple[int, Due], float] = {}
        self._order = count()

    def set(self, repository: int, due: Due, at: float) -> None:
        """Set or replace a timer."""
        self._valid[repository, due] = at
        heapq.heappush(self._heap, (at, next(self._order), repository, due))

    def cancel(self, repository: int, due: Due) -> None:
        """Forget a timer."""
        self._valid.pop((repository, due), None)

    def next(self) -> float | None:
        """Return when the next one is due, None when there is none."""
        while self._heap and self._valid.get((self._heap[0][2], self._heap[0][3])) != self._heap[0][0]:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def pop(self, now: float) -> tuple[int, Due] | None:
        """Take one that is due, None when none is."""
        at = self.next()
        if at is None or at > now:
            return None
        _, _, repository, due = heapq.heappop(self._heap)
        del self._valid[repository, due]
        return repository, due
