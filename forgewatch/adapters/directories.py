"""Cheap looks at names on the disk for the watch set: `lstat` and nothing more."""

from __future__ import annotations

import os
import stat

from forgewatch.core.ports import Stamp


class LocalDirectories:
    """`Directories` of this machine. Whatever cannot be looked at counts as not there."""

    def identity(self, path: str) -> tuple[int, int] | None:
        """Return device and inode of a real directory, no symlink."""
        try:
            found = os.lstat(path)
        except OSError:
            return None
        return (found.st_dev, found.st_ino) if stat.S_ISDIR(found.st_mode) else None

    def stamp(self, path: str) -> Stamp | None:
        """Return the stamp of a name, whatever kind of file it is."""
        try:
            found = os.lstat(path)
        except OSError:
            return None
        return (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)

    def folders(self, path: str, limit: int) -> tuple[str, ...]:
        """Return the real directories in a directory, sorted, the first `limit` of them."""
        try:
            with os.scandir(path) as entries:
                names = [entry.name for entry in entries if entry.is_dir(follow_symlinks=False)]
        except OSError:
            return ()
        return tuple(sorted(names)[:limit])
