"""What something is that is no regular file. Light: `status` starts here."""

from __future__ import annotations

import stat


def kind_of(mode: int) -> str:
    """Return what a file that is no regular file is called, empty for a regular one."""
    if stat.S_ISREG(mode):
        return ""
    names = (
        (stat.S_ISDIR, "directory"),
        (stat.S_ISLNK, "symlink"),
        (stat.S_ISFIFO, "FIFO"),
        (stat.S_ISSOCK, "socket"),
    )
    return next((name for test, name in names if test(mode)), "device")
