"""A repository that this process holds the locks of, with everything that serves it. Wiring makes one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from forgewatch.app.auditing import Governed
from forgewatch.core.ports import Guard
from forgewatch.core.settings import RepositorySettings, Settings
from forgewatch.core.values import CommitId


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenure:
    """`governed.root` is a real path.

    `notes` are (event, fact) pairs that taking the locks gave, to be logged once.
    """

    governed: Governed
    guard: Guard
    notes: tuple[tuple[str, str], ...] = ()

    @property
    def head(self) -> Callable[[], CommitId | None]:
        """Read HEAD now (None: no commit yet; raises EnvironmentFault)."""
        return self.governed.head


Occupy = Callable[[RepositorySettings, Settings], Tenure]
"""Take the locks of a repository and open what serves it. Raises AlreadyRunning, RepositoryUnavailable, other ForgewatchErrors."""
