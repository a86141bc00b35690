"""Blob ids of raw bytes: of a regular file or of a symlink's text, in an open directory, of what stood still meanwhile."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from dataclasses import dataclass

from forgewatch.adapters.file_kind import kind_of
from forgewatch.adapters.files import FILE, TRIES, identity_of, read_all

_WHOLE = 8 * 1024 * 1024
_CHUNK = 1024 * 1024


@dataclass(frozen=True, slots=True)
class HashRules:
    """`algorithm` is sha1 or sha256 (git's object format); `limit` the bytes a file may have."""

    algorithm: str
    limit: int


class Moved(Exception):
    """Something vanished, was swapped or was written to while it was looked at. The message names it."""


def hash_file(folder: int, name: str, seen: os.stat_result, before: str, rules: HashRules) -> tuple[str, str] | str:
    """Return (mode and blob id as recorded in a tree, blob id with the other line endings or ""), or the reason why not.

    The second is tried only for a text file that differs from the regular blob `before`. Raises Moved after three tries.
    """
    for _ in range(TRIES):
        if not (stat.S_ISREG(seen.st_mode) or stat.S_ISLNK(seen.st_mode)):
            return f"is a {kind_of(seen.st_mode)}"
        if seen.st_size > rules.limit:
            return f"is over the limit of {rules.limit} bytes: it has {seen.st_size}"
        try:
            look = _hash_link if stat.S_ISLNK(seen.st_mode) else _hash_still
            found = look(folder, name, seen, before, rules)
        except OSError as error:
            if error.errno in (errno.EACCES, errno.EPERM):
                return "is an unreadable file"
            found = None
        if found is not None:
            return found
        try:
            seen = os.stat(name, dir_fd=folder, follow_symlinks=False)
        except OSError as error:
            raise Moved(f"{name} was there and is gone") from error
    raise Moved(f"{name} changed during the read, {TRIES} times")


def blob_id(algorithm: str, body: bytes) -> str:
    """Return git's id of a blob."""
    hasher = hashlib.new(algorithm, b"blob %d\0" % len(body), usedforsecurity=False)
    hasher.update(body)
    return hasher.hexdigest()


def _hash_link(folder: int, name: str, seen: os.stat_result, _: str, rules: HashRules) -> tuple[str, str] | None:
    text = os.fsencode(os.readlink(name, dir_fd=folder))
    if identity_of(os.stat(name, dir_fd=folder, follow_symlinks=False)) != identity_of(seen):
        return None
    return f"120000 {blob_id(rules.algorithm, text)}", ""


def _hash_still(folder: int, name: str, seen: os.stat_result, before: str, rules: HashRules) -> tuple[str, str] | None:
    handle = os.open(name, FILE, dir_fd=folder)
    try:
        opened = os.fstat(handle)
        if identity_of(opened) != identity_of(seen) or not stat.S_ISREG(opened.st_mode):
            return None
        hashed = _hash_open(handle, opened.st_size, before, rules)
        if hashed is None or identity_of(os.fstat(handle)) != identity_of(opened):
            return None
        return _mode(opened) + hashed[0], hashed[1]
    finally:
        os.close(handle)


def _mode(seen: os.stat_result) -> str:
    return "100755 " if seen.st_mode & stat.S_IXUSR else "100644 "


def _hash_open(handle: int, size: int, before: str, rules: HashRules) -> tuple[str, str] | None:
    if size > _WHOLE:
        return _hash_large(handle, size, rules)
    raw = read_all(handle, size)
    if len(raw) != size:
        return None
    oid = blob_id(rules.algorithm, raw)
    turned = _turn_lines(raw) if before.startswith("100") and before[7:] != oid else None
    return oid, blob_id(rules.algorithm, turned) if turned is not None else ""


def _hash_large(handle: int, size: int, rules: HashRules) -> tuple[str, str] | None:
    hasher = hashlib.new(rules.algorithm, b"blob %d\0" % size, usedforsecurity=False)
    have = 0
    while have <= size and (chunk := os.read(handle, _CHUNK)):
        hasher.update(chunk)
        have += len(chunk)
    return (hasher.hexdigest(), "") if have == size else None


def _turn_lines(raw: bytes) -> bytes | None:
    """Return a text with all its line endings turned to the other kind; None when they are mixed, there are none, or it is no text."""
    lines, returns, both = raw.count(b"\n"), raw.count(b"\r"), raw.count(b"\r\n")
    if not lines or b"\0" in raw:
        return None
    if both == lines == returns:
        return raw.replace(b"\r\n", b"\n")
    return raw.replace(b"\n", b"\r\n") if not returns else None
