"""What a reading of the diff log holds, in the words that checks share."""

from __future__ import annotations

from typing import assert_never

from forgewatch.core.difflog import Blocked, Complete, DiffLog, DiffLogReading, InProcess, Malformed, Unknown
from forgewatch.core.values import Absent, Unreadable


def log_of(reading: DiffLogReading) -> DiffLog | None:
    """Return the log that could be read, whatever its status; None when there is none to judge."""
    match reading:
        case InProcess(log=log) | Blocked(log=log) | Unknown(log=log) | Complete(log=log):
            return log
        case Malformed() | Absent() | Unreadable():
            return None
        case other:
            assert_never(other)


def seen_in(reading: DiffLogReading) -> str:
    """Return what was found as a lower-case fact, the status when a log could be read."""
    match reading:
        case Absent():
            return "is missing"
        case Unreadable(why=why):
            return why
        case Malformed(reason=reason):
            return reason
        case InProcess(log=log) | Blocked(log=log) | Unknown(log=log) | Complete(log=log):
            return log.status.value
        case other:
            assert_never(other)
