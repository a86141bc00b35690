"""What a walk remembers: per directory, the files it saw with their stat keys and blob ids (hostile.md, stat cache).

A stat key may stand for a file's bytes only on a local file system that moves time stamps with every write, and only for a file that
was not young when it was hashed: a store through a mapping to a dirty page moves no time stamp until the page is written back.
Losing the cache costs time only. It lives in the state folder, whose permissions are its integrity.
"""

from __future__ import annotations

import contextlib
import sys
import time
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any

from forgewatch.adapters.filesystems import filesystem_type
from forgewatch.adapters.kept import read_kept, write_kept

TRUSTED_TYPES = frozenset({"ext4", "xfs", "btrfs"})
YOUNG_SECONDS = 60.0

Key = tuple[int, int, int, int, int]
"""(ino, size, mtime_ns, ctime_ns, mode) of a file; its device is the directory's."""

Deviation = tuple[str, str, str, str]
"""(path, entry in the tree or "", entry found or "", blob id with the other line endings or "")."""

_VERSION = f"forgewatch-walk/1 {sys.implementation.cache_tag}"


@dataclass(slots=True)
class Folder:
    """One directory as it was last listed, and what came of comparing it.

    `key` (dev, ino, mtime_ns, ctime_ns) is None when the directory was young. `keys` and `recorded` have the same names: visible files.
    `judged` is what it was compared with: (tree id or "", inside an ignored directory, rules); everything after it follows from that.
    """

    key: tuple[int, int, int, int] | None
    keys: dict[str, Key | None]
    recorded: dict[str, str]
    turned: dict[str, str]
    judged: tuple[str, bool, str]
    below: tuple[tuple[str, str, bool], ...] = ()
    deviations: tuple[Deviation, ...] = ()
    obstacles: tuple[tuple[str, str], ...] = ()
    gitlinks: tuple[tuple[str, str], ...] = ()
    ignored: tuple[tuple[str, int], ...] = ()
    newly: tuple[tuple[str, bool], ...] = ()
    size: int = 0


Folders = dict[str, Folder]
"""Directories by path: `""` for the root, else with a trailing `/`."""


@dataclass(frozen=True, slots=True)
class Trust:
    """Which stat keys stand for bytes: files on device `device` that were last touched before `before_ns`; none when `device` is -1."""

    device: int
    before_ns: int

    def covers(self, device: int, mtime_ns: int, ctime_ns: int) -> bool:
        """True when a file with these times cannot be written to without its key changing."""
        return device == self.device and mtime_ns < self.before_ns and ctime_ns < self.before_ns


NO_TRUST = Trust(-1, 0)


def trust_of(root: str, device: int) -> Trust:
    """Return what may be trusted now below `root`, whose device number is `device`."""
    seconds = max(YOUNG_SECONDS, 2 * _writeback_seconds())
    if filesystem_type(root) not in TRUSTED_TYPES or seconds == float("inf"):
        return NO_TRUST
    return Trust(device, time.time_ns() - int(seconds * 1e9))


def _writeback_seconds() -> float:
    """Return how long a dirty page may stay dirty: age at which the kernel writes it back, and the pause between two looks."""
    try:
        parts = [_number(f"/proc/sys/vm/dirty_{name}_centisecs") for name in ("expire", "writeback")]
    except (OSError, ValueError):
        return 0.0
    return sum(parts) / 100 if all(parts) else float("inf")


def _number(path: str) -> int:
    with open(path, encoding="utf-8") as file:
        return int(file.read())


@dataclass(slots=True)
class FolderStore:
    """Keeps folders in a file. `saved` counts what the file holds, so that a small change is not written again."""

    path: str
    saved: int = 0
    unsaved: set[str] = field(default_factory=set)

    def load(self) -> Folders:
        """Return what was saved; nothing when there is nothing usable."""
        folders: Folders = {}
        raw = read_kept(self.path, _VERSION)
        with contextlib.suppress(ValueError, TypeError, KeyError, IndexError):
            folders = _unpack(raw) if raw is not None else {}
        self.saved = len(folders)
        return folders

    def save(self, folders: Folders) -> None:
        """Write the folders when enough of them changed. A failure to write is no fault: the cache may be lost."""
        if len(self.unsaved) * 8 > self.saved:
            write_kept(self.path, _VERSION, _pack(folders))
            self.saved = len(folders)
            self.unsaved.clear()


def pack_folder(folder: Folder) -> tuple[object, ...]:
    """Return a folder as plain values, for a pipe."""
    return tuple(getattr(folder, name) for name in Folder.__slots__)


def unpack_folder(values: Sequence[object]) -> Folder:
    """Return the folder that `pack_folder` gave."""
    return Folder(*values)  # type: ignore[arg-type]


# On disk files are columns over all folders: one text of names, one array of numbers. It loads ten times faster than nested tuples.
_NO_KEY: Key = (0, 0, 0, 0, 0)


def _pack(folders: Folders) -> object:
    rest = [(path, len(folder.keys), *pack_folder(folder)[:1], *pack_folder(folder)[3:]) for path, folder in folders.items()]
    keys = [key or _NO_KEY for folder in folders.values() for key in folder.keys.values()]
    numbers = array("q", (number for column in zip(*keys, strict=True) for number in column))
    names = [name for folder in folders.values() for name in folder.keys]
    recorded = [folder.recorded[name] for folder in folders.values() for name in folder.keys]
    return (rest, numbers.tobytes(), _joined(names), "\0".join(recorded))


def _unpack(raw: Any) -> Folders:
    rest, packed, joined, recorded_text = raw
    numbers = array("q")
    numbers.frombytes(packed)
    names, values = _split(joined), recorded_text.split("\0") if recorded_text else []
    count = len(names)
    columns = [numbers[start * count : (start + 1) * count] for start in range(5)]
    keys = list(zip(*columns, strict=True))
    ends = list(accumulate(row[1] for row in rest))
    if count != len(values) or count * 5 != len(numbers) or (ends and ends[-1] != count):
        raise ValueError("columns of different lengths")
    folders: Folders = {}
    for row, end in zip(rest, ends, strict=True):
        start = end - row[1]
        own = dict(zip(names[start:end], _live(keys[start:end]), strict=True))
        folders[row[0]] = Folder(row[2], own, dict(zip(names[start:end], values[start:end], strict=True)), *row[3:])
    return folders


def _live(keys: Iterable[Key]) -> list[Key | None]:
    found: list[Key | None] = list(keys)
    return [None if key == _NO_KEY else key for key in found] if _NO_KEY in found else found


def _joined(names: Sequence[str]) -> bytes:
    return "\0".join(names).encode("utf-8", "surrogateescape")


def _split(joined: bytes) -> list[str]:
    return joined.decode("utf-8", "surrogateescape").split("\0") if joined else []
