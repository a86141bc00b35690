"""An index that holds exactly one tree, written by us: git would run what its configuration names, and believe what the old index says.

What the old index knew of files that did not change is carried over, so that git need not read them all again; so is `skip-worktree`, for
whoever keeps a sparse checkout. Caches, `assume-unchanged` and what was staged beyond the tree are gone.
"""

from __future__ import annotations

import hashlib
import os
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from forgewatch.adapters.index import parse_index, stat_of_entries
from forgewatch.adapters.trees import Recorded

_HEADER = struct.Struct(">4sII")
_STAT = struct.Struct(">10I")
_WORD = 0xFFFFFFFF
_LENGTH, _EXTENDED, _SKIP_WORKTREE = 0x0FFF, 0x4000, 0x4000
_UNKNOWN = bytes(40)


@dataclass(frozen=True, slots=True)
class OldIndex:
    """What is carried over: the entry and file status of each path, and the paths (folders end with a slash) that are not checked out."""

    recorded: Mapping[str, Recorded]
    status: Mapping[str, bytes]
    skipped: frozenset[str]


def read_old(raw: bytes | None, algorithm: str) -> OldIndex:
    """Return what is carried over from the bytes of an index; nothing when there is none, or it has a defect."""
    if raw is None:
        return OldIndex({}, {}, frozenset())
    index = parse_index(raw, algorithm)
    skipped = frozenset(path for path, flag in index.flags if flag == "skip-worktree")
    return OldIndex(index.recorded, stat_of_entries(raw, algorithm), skipped)


def index_bytes(tree: Mapping[str, Recorded], old: OldIndex, fresh: Mapping[str, os.stat_result], algorithm: str) -> bytes:
    """Return an index (version 2, or 3 for a sparse checkout) of the paths of a tree.

    `fresh`: the status of files whose bytes were compared with the tree just now. What is known of neither way git looks up itself.
    """
    entries = list(_entries(tree, old, fresh))
    version = 3 if any(extended for extended, _ in entries) else 2
    body = _HEADER.pack(b"DIRC", version, len(entries)) + b"".join(entry for _, entry in entries)
    return body + hashlib.new(algorithm, body, usedforsecurity=False).digest()


def _entries(tree: Mapping[str, Recorded], old: OldIndex, fresh: Mapping[str, os.stat_result]) -> Iterator[tuple[bool, bytes]]:
    ordered = sorted((path.encode("utf-8", "surrogateescape"), path, value) for path, value in tree.items())
    for name, path, value in ordered:
        same = old.recorded.get(path) == value
        status = _status(fresh[path]) if path in fresh else old.status.get(path, _UNKNOWN) if same else _UNKNOWN
        extended = bool(old.skipped) and path not in fresh and _is_skipped(path, old.skipped)
        yield extended, _entry(name, value, status, extended)


def _is_skipped(path: str, skipped: frozenset[str]) -> bool:
    parts = path.split("/")
    return path in skipped or any("/".join(parts[:count]) + "/" in skipped for count in range(1, len(parts)))


def _entry(name: bytes, value: Recorded, status: bytes, extended: bool) -> bytes:
    mode = int(value[:6], 8).to_bytes(4, "big")
    flags = min(len(name), _LENGTH) | (_EXTENDED if extended else 0)
    more = _SKIP_WORKTREE.to_bytes(2, "big") if extended else b""
    raw = status[:24] + mode + status[28:] + bytes.fromhex(value[7:]) + flags.to_bytes(2, "big") + more + name
    return raw + bytes(8 - len(raw) % 8)


def _status(seen: os.stat_result) -> bytes:
    changed, modified = divmod(seen.st_ctime_ns, 10**9), divmod(seen.st_mtime_ns, 10**9)
    words = (*changed, *modified, seen.st_dev, seen.st_ino, 0, seen.st_uid, seen.st_gid, seen.st_size)
    return _STAT.pack(*(word & _WORD for word in words))
