"""What keeping checkpoints elsewhere needs from the outside, as Protocols (see core/ports.py)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from forgewatch.core.anchor import Anchored, AnchorFault
from forgewatch.core.values import CommitId


class AnchorBranch(Protocol):
    """The branch of another repository that keeps checkpoints. `read` and `keep` are over the commit that `newest` gave."""

    def newest(self) -> CommitId | None:
        """Fetch the newest commit; None when there is no branch yet. Raises AnchorUnreachable."""

    def read(self, origin: str) -> bytes | None:
        """Return the checkpoint of a journal. Raises AnchorUnreachable."""

    def keep(self, origin: str, note: bytes, at: str) -> None:
        """Push a checkpoint, if no commit came meanwhile. Raises PushFailed."""


class AnchorRuns(Protocol):
    """Pushes to the anchor, each in a process of its own, by the root of the repository."""

    def start(self, root: str) -> None:
        """Start one. Never raises: what keeps it from starting is how it ended."""

    def ended(self) -> Mapping[str, Anchored | AnchorFault]:
        """Return how those ended that ended since the last question."""
