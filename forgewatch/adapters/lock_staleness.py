"""Whether a lock record names a watcher that still lives, for who is about to take its place (watching.md, Lock 1 and 4)."""

from __future__ import annotations

import os
from datetime import UTC, datetime

from forgewatch.adapters.lock_record import PROC, LockRecord, Process, boot_id, find_process

START_TOLERANCE = 10.0
"""Seconds between a process's start and the `Started:` line of an older watcher which gives no start ticks."""


def why_stale(record: LockRecord, proc: str = PROC) -> str:
    """Return why the record names no live watcher, empty when it does: process, boot, start time and command line must all agree.

    A live process of another user is reported as such: we do not obey it (watching.md, Lock 1 and 4).
    """
    process = find_process(record.pid, proc)
    if process is None:
        return f"process {record.pid} is not running"
    if record.pid == os.getpid():
        return f"process id {record.pid} was given to us"
    if process.uid != os.geteuid():
        return f"process {record.pid} belongs to user id {process.uid}, we are {os.geteuid()}"
    boot = boot_id(proc)
    if record.boot_id and record.boot_id != boot:
        return f"it was written in boot {record.boot_id:.36}, this is {boot}"
    if not _same_start(record, process):
        return f"process id {record.pid} was given to another process since"
    if not process.may_watch:
        return f"process {record.pid} is no watcher: {process.command:.80}"
    return ""


def _same_start(record: LockRecord, process: Process) -> bool:
    if record.start_ticks:
        return record.start_ticks == process.start_ticks
    try:
        started = datetime.fromisoformat(record.started)
    except ValueError:
        return False
    stamp = started if started.tzinfo else started.replace(tzinfo=UTC)
    return abs(stamp.timestamp() - process.started) <= START_TOLERANCE
