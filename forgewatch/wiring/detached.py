"""Having a repository watched by a process that stays: `difflog start --watch`, `watch --detach` (contract §10.1.1)."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from forgewatch.adapters.state_folder import find_folder
from forgewatch.adapters.watcher_state import running_watcher
from forgewatch.core.errors import EnvironmentFault

WATCH_SECONDS = 20.0
"""How long a watcher that was started has time to hold its locks."""


@dataclass(frozen=True, slots=True)
class Watcher:
    """The process that watches the repository, and whether it was started for this."""

    pid: int
    started: bool


def watching(root: Path) -> Watcher | None:
    """Return the watcher that runs on the repository, None when none does."""
    found = running_watcher(root, find_folder(root, os.environ))
    return Watcher(found.pid, started=False) if found is not None else None


def have_watched(root: Path, command: Sequence[str]) -> Watcher:
    """Have a watcher run on the repository; safe to call again, also at the same time: a second one leaves by itself (contract §10.1.1).

    It is a process of its own and stays when this one ends. Raises EnvironmentFault when none holds the locks in time.
    """
    there = watching(root)
    if there is not None:
        return there
    null = subprocess.DEVNULL
    process = subprocess.Popen(command, cwd="/", stdin=null, stdout=null, stderr=null, start_new_session=True)
    ends = time.monotonic() + WATCH_SECONDS
    while time.monotonic() < ends:
        found = running_watcher(root, find_folder(root, os.environ))
        if found is not None:
            return Watcher(found.pid, started=found.pid == process.pid)
        if process.poll() not in (None, 0):
            break
        time.sleep(0.02)
    raise EnvironmentFault("the watcher that was started does not watch this repository", f"{' '.join(command)} says why")
