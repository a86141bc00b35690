"""No watches at all: every directory is looked at by the sweep. Chosen where events cannot be trusted."""

from __future__ import annotations

from forgewatch.core.ports import Spot


class NoWatch:
    """`DirectoryWatch` that declines every directory with one reason; the daemon then sweeps it every second."""

    def __init__(self, why: str) -> None:
        self._why = why

    def add(self, spot: Spot, names: frozenset[str]) -> str:
        """Decline."""
        return self._why

    def remove(self, spot: Spot) -> None:
        """Nothing is watched."""

    def alive(self) -> bool:
        """There is no reader that could die."""
        return True

    def close(self) -> None:
        """There is nothing to end."""
