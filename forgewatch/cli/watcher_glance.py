"""Who watches a repository, for `status`. Light: without a lock record nobody does, and what reads one is not loaded."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from forgewatch.cli.commands import load
from forgewatch.core.places import LOCK_RECORD

if TYPE_CHECKING:
    from forgewatch.adapters.lock_record import LockRecord
    from forgewatch.adapters.watcher_state import Stranger


def running(root: Path, folder: Path | None) -> LockRecord | None:
    """Return what `watcher_state.running_watcher` does."""
    if not os.path.lexists(root / LOCK_RECORD):
        return None
    found: LockRecord | None = load("forgewatch.adapters.watcher_state").running_watcher(root, folder)
    return found


def stranger(root: Path, folder: Path | None) -> Stranger | None:
    """Return what `watcher_state.foreign_watcher` does."""
    if not os.path.lexists(root / LOCK_RECORD):
        return None
    found: Stranger | None = load("forgewatch.adapters.watcher_state").foreign_watcher(root, folder)
    return found
