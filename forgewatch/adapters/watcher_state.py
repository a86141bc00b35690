"""Whether a watcher runs on a repository. Light, takes no lock.

Anyone who may write the repository may write the record. What it says is believed only of the user whose journal is read; of anybody
else it is believed that there is such a process: same place, process id, boot, start time and command line.
"""

from __future__ import annotations

import os
import pwd
from pathlib import Path
from typing import NamedTuple

from forgewatch.adapters.lock_record import LockRecord, Process, boot_id, find_process, read_lock_record
from forgewatch.adapters.state_folder import folder_name


class Stranger(NamedTuple):
    """A process of another user that looks like a watcher of the repository. Whether it is one, only that user can know."""

    pid: int
    user: str

    def __str__(self) -> str:
        return f"a watcher of user {self.user} (PID {self.pid}) runs"


def running_watcher(root: Path, folder: Path | None) -> LockRecord | None:
    """Return the lock record of the live watcher, None when there is none.

    Place, process id, boot, start time, command line and user must all agree; the user is the owner of the state folder, because only that
    user's daemon could have written the journal.
    """
    record, process = _named(root)
    return record if process is not None and process.uid == _owner(folder) else None


def foreign_watcher(root: Path, folder: Path | None) -> Stranger | None:
    """Return who else runs what looks like a watcher of the repository, None when nobody does. Nothing may be decided by it."""
    _, process = _named(root)
    if process is None or process.uid == _owner(folder):
        return None
    return Stranger(process.pid, user_name(process.uid))


def user_name(uid: int) -> str:
    """Return the name of a user, the number where there is none."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"id {uid}"


def _named(root: Path) -> tuple[LockRecord | None, Process | None]:
    """Return the record, and the live process when it fits the record in everything but the user."""
    record = read_lock_record(str(root))
    if not isinstance(record, LockRecord) or record.watches not in ("", folder_name(root)):
        # With another name it came here with the repository that was moved; its daemon watches where that was.
        return None, None
    process = find_process(record.pid)
    if process is None or "forgewatch" not in process.command:
        return record, None
    return record, process if (record.boot_id, record.start_ticks) == (boot_id(), process.start_ticks) else None


def _owner(folder: Path | None) -> int:
    return os.stat(folder).st_uid if folder is not None else os.geteuid()
