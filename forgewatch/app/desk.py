"""What one task about a repository needs (architecture.md, Layout)."""

from __future__ import annotations

from dataclasses import dataclass

from forgewatch import __version__
from forgewatch.app.auditing import Governed
from forgewatch.core.events import Envelope
from forgewatch.core.ports import Auditor, Clock
from forgewatch.core.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What one task needs: the repository, the settings it is judged by, who judges, and the clock."""

    governed: Governed
    settings: Settings
    auditor: Auditor
    clock: Clock

    def envelope(self) -> Envelope:
        """Return the circumstances of an entry that no audit stands behind."""
        governed = self.governed
        return Envelope(at=self.clock.now(), duration_ms=0, host=governed.host, assurance=governed.assurance, engine=__version__)
