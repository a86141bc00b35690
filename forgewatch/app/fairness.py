"""Whose turn it is: one task of a repository at a time, repositories in turn, at most `limit` at once."""

from __future__ import annotations

from collections import deque


class Turns:
    """A queue of repositories that have something to do. A repository that was served goes to the end."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._waiting: deque[int] = deque()
        self._running: set[int] = set()

    def ask(self, repository: int) -> None:
        """The repository has something to do. Asking twice gives one turn; asking while running gives the next one."""
        if repository not in self._waiting:
            self._waiting.append(repository)

    def take(self) -> int | None:
        """Return the repository that may begin now, None when none may."""
        if len(self._running) >= self._limit:
            return None
        for repository in self._waiting:
            if repository not in self._running:
                self._waiting.remove(repository)
                self._running.add(repository)
                return repository
        return None

    def done(self, repository: int) -> None:
        """The repository's task ended."""
        self._running.discard(repository)

    def is_running(self, repository: int) -> bool:
        """True while a task of the repository runs."""
        return repository in self._running

    @property
    def running(self) -> int:
        """How many tasks run."""
        return len(self._running)
