"""Our own reading of a copy of the repository's index. It is only ever asked for more findings, never for fewer (hostile.md, Change set).

Versions 2, 3 and 4, both object formats, the sparse-directory extension. A split index, an unknown required extension or a wrong
checksum is a defect: then nothing of the index is believed and the defect is an obstacle.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

INDEX_LIMIT = 256 * 1024 * 1024

_HEADER = struct.Struct(">4sII")
_EXTENSION = struct.Struct(">4sI")
_MODES = {0o100644: "100644", 0o100755: "100755", 0o120000: "120000", 0o160000: "160000", 0o40000: "040000"}
_ASSUME_VALID, _EXTENDED, _STAGE, _LENGTH = 0x8000, 0x4000, 0x3000, 0x0FFF
_SKIP_WORKTREE, _INTENT_TO_ADD = 0x4000, 0x2000


@dataclass(frozen=True, slots=True)
class IndexFile:
    """What an index says. `recorded` maps paths of stage 0 to `<mode> <id>`; `folders` are sparse directories with their tree ids.

    `flags` are (path, flag) of entries that ask git to look away; `unmerged` the paths of a conflict; `defect` why nothing is known.
    """

    recorded: dict[str, str] = field(default_factory=dict)
    folders: dict[str, str] = field(default_factory=dict)
    flags: tuple[tuple[str, str], ...] = ()
    unmerged: tuple[str, ...] = ()
    defect: str = ""


class _Defect(Exception):
    """The bytes are no index that we read; the message says why."""


def parse_index(raw: bytes, algorithm: str) -> IndexFile:
    """Return what the bytes of an index say, or its defect. `algorithm` is sha1 or sha256."""
    try:
        return _parse(raw, algorithm)
    except _Defect as defect:
        return IndexFile(defect=str(defect))
    except (struct.error, ValueError, IndexError):
        return IndexFile(defect="an index that ends early")


def _parse(raw: bytes, algorithm: str) -> IndexFile:
    size = hashlib.new(algorithm, usedforsecurity=False).digest_size
    signature, version, count = _HEADER.unpack_from(raw)
    if signature != b"DIRC" or version not in (2, 3, 4):
        raise _Defect(f"expected an index of version 2, 3 or 4, found {signature!r} {version}")
    end = len(raw) - size
    checksum = raw[end:]
    # All zeros means that git was told to skip the checksum; the entries are findings at most, so that is no harm.
    if any(checksum) and hashlib.new(algorithm, memoryview(raw)[:end], usedforsecurity=False).digest() != checksum:
        raise _Defect("an index whose checksum is wrong")
    recorded: dict[str, str] = {}
    folders: dict[str, str] = {}
    flags: list[tuple[str, str]] = []
    unmerged: dict[str, None] = {}
    end_of_entries = _HEADER.size
    for after, path, mode, oid, bits, more in _entries(raw, version, count, size):
        end_of_entries = after
        text = _MODES.get(mode)
        if text is None:
            raise _Defect(f"an index that holds the mode {mode:o}")
        if bits & _STAGE:
            unmerged[path] = None
        elif text == "040000":
            folders[path.removesuffix("/")] = oid
        else:
            recorded[path] = f"{text} {oid}"
        if bits & (_ASSUME_VALID | _EXTENDED):
            flags += _flags(path, bits, more)
    _check_extensions(raw, end_of_entries, end)
    return IndexFile(recorded, folders, tuple(flags), tuple(unmerged))


def _flags(path: str, bits: int, more: int) -> Iterator[tuple[str, str]]:
    if bits & _ASSUME_VALID:
        yield path, "assume-unchanged"
    if more & _SKIP_WORKTREE:
        yield path, "skip-worktree"
    if more & _INTENT_TO_ADD:
        yield path, "intent-to-add"


def _entries(raw: bytes, version: int, count: int, size: int) -> Iterator[tuple[int, str, int, str, int, int]]:
    """Yield (place after it, path, mode, object id, flag bits, extended flag bits) of each entry."""
    at, previous = _HEADER.size, b""
    for _ in range(count):
        mode = int.from_bytes(raw[at + 24 : at + 28], "big")
        oid = raw[at + 40 : at + 40 + size].hex()
        name_at = at + 42 + size
        bits = int.from_bytes(raw[name_at - 2 : name_at], "big")
        more = 0
        if bits & _EXTENDED:
            more = int.from_bytes(raw[name_at : name_at + 2], "big")
            name_at += 2
        if version == 4:
            strip, name_at = _varint(raw, name_at)
            name_end = raw.index(b"\0", name_at)
            previous = previous[: len(previous) - strip] + raw[name_at:name_end]
            name, at = previous, name_end + 1
        else:
            length = bits & _LENGTH
            name_end = name_at + length if length < _LENGTH else raw.index(b"\0", name_at)
            name = raw[name_at:name_end]
            at += (name_end - at + 8) & ~7
        yield at, name.decode("utf-8", "surrogateescape"), mode, oid, bits, more


def _varint(raw: bytes, at: int) -> tuple[int, int]:
    value = raw[at] & 0x7F
    while raw[at] & 0x80:
        at += 1
        value = ((value + 1) << 7) | (raw[at] & 0x7F)
    return value, at + 1


def _check_extensions(raw: bytes, at: int, end: int) -> None:
    while at < end:
        name, size = _EXTENSION.unpack_from(raw, at)
        if name == b"link":
            raise _Defect("a split index (git update-index --no-split-index)")
        if name != b"sdir" and not name[:1].isupper():
            raise _Defect(f"an index with the required extension {name!r}")
        at += _EXTENSION.size + size
    if at != end:
        raise _Defect("an index that ends early")
