"""Why a diff log is not audited as it is, in words."""

from __future__ import annotations

from forgewatch.core.difflog import Blocked, DiffLog, DiffLogReading, InProcess, Malformed, Unknown
from forgewatch.core.values import Absent, Unreadable

_WORD = 40


def why_unaudited(reading: DiffLogReading) -> str:
    """Return what keeps it from an audit, raw, empty for one that says it is complete."""
    match reading:
        case InProcess():
            return "its status is IN_PROCESS"
        case Blocked():
            return "its status is BLOCKED"
        case Unknown(log=log):
            return f"it has an {unknown(log)}" if log.status_line else "it has no status line"
        case Malformed(reason=reason, line=line):
            return f"it is malformed: {reason}" + (f" (line {line})" if line and f"line {line}" not in reason else "")
        case Absent():
            return "it is absent"
        case Unreadable(why=why):
            return f"it cannot be read: {why}"
        case _:
            return ""


def unknown(log: DiffLog) -> str:
    """Return `unknown status 'DONE' (line 3)`, raw; without a status line the first two words."""
    return f"unknown status '{log.status_text[:_WORD]}' (line {log.status_line})" if log.status_line else "unknown status"
