"""What `audit --replay` uses: the record as it is, and a worker."""

from __future__ import annotations

import os
from pathlib import Path

from forgewatch.adapters.config import load_settings
from forgewatch.adapters.state_folder import find_folder
from forgewatch.adapters.worker_process import WorkerProcesses
from forgewatch.app.replaying import Replayed, find_entry, replay
from forgewatch.core.errors import UsageError
from forgewatch.wiring.commands import listed, refuse_foreign
from forgewatch.wiring.journals import open_to_read
from forgewatch.wiring.repository import govern_record


def replay_entry(root: Path, name: str, config: str | None) -> Replayed:
    """Judge the entry `name` again. Records nothing and makes no record. Raises ForgewatchError."""
    settings = load_settings(config, os.environ)
    repository = listed(root, settings)
    refuse_foreign(repository, os.environ)
    folder = find_folder(Path(repository.path), os.environ)
    if folder is None:
        raise UsageError(f"there is no record of {root}", "nothing was audited here, or FORGEWATCH_STATE_DIR names another place")
    entry = find_entry(open_to_read(folder).read(), name)
    auditor = WorkerProcesses()
    try:
        return replay(govern_record(repository, settings, os.environ), settings, auditor, entry)
    finally:
        auditor.close()
