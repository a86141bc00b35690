"""Whether a watcher of ours runs on a repository. Light, takes no lock."""

from __future__ import annotations

import os
from pathlib import Path

from forgewatch.adapters.lock_record import LockRecord, boot_id, find_process, read_lock_record
from forgewatch.adapters.state_folder import folder_name


def running_watcher(root: Path, folder: Path | None) -> LockRecord | None:
    """Return the lock record of the live watcher, None when there is none.

    Place, process id, boot, start time, command line and user must all agree; the user is the owner of the state folder, because only that
    user's daemon could have written the journal. Anyone who may write the repository may write the record: it is believed no further.
    """
    record = read_lock_record(str(root))
    if not isinstance(record, LockRecord) or record.watches not in ("", folder_name(root)):
        # With another name it came here with the repository that was moved; its daemon watches where that was.
        return None
    process = find_process(record.pid)
    if process is None or process.uid != _owner(folder) or "forgewatch" not in process.command:
        return None
    return record if (record.boot_id, record.start_ticks) == (boot_id(), process.start_ticks) else None


def _owner(folder: Path | None) -> int:
    return os.stat(folder).st_uid if folder is not None else os.geteuid()
