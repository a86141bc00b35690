"""Which file system a directory is on, and whether its events reach us (watching.md, Backends)."""

from __future__ import annotations

import os
import re

DEAF = frozenset({"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "virtiofs", "overlay", "afs", "ceph", "glusterfs"})
"""Changes by others on these never become events here. Every `fuse` type counts too."""

_ESCAPE = re.compile(r"\\([0-7]{3})")


def deafness(path: str, mountinfo: str = "/proc/self/mountinfo") -> str:
    """Return why events below `path` cannot be trusted, empty when they can or when the mounts cannot be read."""
    kind = filesystem_type(path, mountinfo)
    if kind in DEAF or kind.split(".")[0] in ("fuse", "fuseblk"):
        return f"events of a {kind} file system cannot be trusted"
    return ""


def filesystem_type(path: str, mountinfo: str = "/proc/self/mountinfo") -> str:
    """Return the type of the mount that holds `path`; empty when it cannot be told."""
    try:
        with open(mountinfo, encoding="utf-8", errors="surrogateescape") as file:
            mounts = [_mount(line) for line in file]
    except OSError:
        return ""
    # Later lines are mounted over earlier ones, so of equally long mount points the last one counts.
    held = [(len(point), order, kind) for order, (point, kind) in enumerate(mounts) if _holds(point, os.path.realpath(path))]
    return max(held)[2] if held else ""


def _mount(line: str) -> tuple[str, str]:
    left, _, right = line.partition(" - ")
    fields, kinds = left.split(" "), right.split(" ")
    point = fields[4] if len(fields) > 4 else ""
    return _ESCAPE.sub(lambda found: chr(int(found.group(1), 8)), point), kinds[0]


def _holds(point: str, path: str) -> bool:
    return bool(point) and (path == point or path.startswith(point.rstrip("/") + "/"))
