"""Opening what a command of authority needs, and saying at its end what is still to be made up for."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from forgewatch.cli import screen
from forgewatch.wiring.authority import Bureau, open_bureau


@contextlib.contextmanager
def opened(root: Path, config: str | None) -> Iterator[Bureau]:
    """Give the objects behind the command; at the end say when the newest entry has no checkpoint yet. Raises EnvironmentFault."""
    with open_bureau(root, config) as bureau:
        yield bureau
        screen.unsealed(bureau.desk.governed.unsealed())
