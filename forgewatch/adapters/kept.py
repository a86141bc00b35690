"""Plain values in files of the state folder: caches that may be lost, are written whole or not at all, and are never half believed."""

from __future__ import annotations

import contextlib
import marshal
import os
import zlib

_MAX = 1024 * 1024 * 1024


def read_kept(path: str, version: str) -> object | None:
    """Return the value that `write_kept` stored under the same version, None when there is none that is whole."""
    try:
        with open(path, "rb") as file:
            raw = file.read(_MAX)
    except OSError:
        return None
    head = version.encode("ascii") + b"\n"
    if not raw.startswith(head) or len(raw) < len(head) + 4:
        return None
    body = memoryview(raw)[len(head) + 4 :]
    if zlib.crc32(body) != int.from_bytes(raw[len(head) : len(head) + 4], "big"):
        return None
    try:
        value: object = marshal.loads(body)
    except (ValueError, EOFError, TypeError):
        return None
    return value


def write_kept(path: str, version: str, value: object) -> None:
    """Store plain values (text, bytes, numbers, tuples, dicts) atomically; nothing is promised about durability."""
    body = marshal.dumps(value)  # type: ignore[arg-type]
    temp = f"{path}.{os.getpid()}.new"
    try:
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        with open(temp, "wb") as file:
            file.write(version.encode("ascii") + b"\n" + zlib.crc32(body).to_bytes(4, "big") + body)
        os.replace(temp, path)
    except OSError:
        with contextlib.suppress(OSError):
            os.unlink(temp)
