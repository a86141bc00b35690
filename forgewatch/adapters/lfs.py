"""Large-file pointers: a pointer in HEAD is kept by the file whose digest and size it names (hostile.md, Change set)."""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass

from forgewatch.adapters.files import FILE, folder_of

POINTER_LIMIT = 1024

_POINTER = re.compile(
    rb"version https://git-lfs\.github\.com/spec/v1\n(?:[a-z0-9.-]+ [^\n]*\n)*?oid sha256:([0-9a-f]{64})\nsize ([0-9]{1,18})\n"
)
_CHUNK = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Pointer:
    """What a pointer names: the SHA-256 of the content, and its size in bytes."""

    sha256: str
    size: int


def parse_pointer(raw: bytes) -> Pointer | None:
    """Return the pointer that a blob is, None when it is anything else."""
    found = _POINTER.match(raw)
    return Pointer(found.group(1).decode("ascii"), int(found.group(2))) if found else None


def content_of(root: int, path: str) -> Pointer | None:
    """Return the digest and size of a working-tree file, None when it cannot be read."""
    hasher, size = hashlib.sha256(), 0
    try:
        with folder_of(root, path) as (folder, name):
            handle = os.open(name, FILE, dir_fd=folder)
            try:
                while chunk := os.read(handle, _CHUNK):
                    hasher.update(chunk)
                    size += len(chunk)
            finally:
                os.close(handle)
    except OSError:
        return None
    return Pointer(hasher.hexdigest(), size)
