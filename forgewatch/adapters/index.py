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
_MODES = {mode.to_bytes(4, "big"): f"{mode:06o}" for mode in (0o100644, 0o100755, 0o120000, 0o160000, 0o40000)}
_FOLDER = "040000"
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
    entries = _Entries(raw, version, size)
    entries.take_all(count)
    _check_extensions(raw, entries.at, end)
    return IndexFile(entries.recorded, entries.folders, tuple(entries.flags), tuple(entries.unmerged))


def stat_of_entries(raw: bytes, algorithm: str) -> dict[str, bytes]:
    """Return the 40 bytes of file status that an index holds for each path of stage 0; nothing when the index has a defect."""
    if parse_index(raw, algorithm).defect:
        return {}
    _, version, count = _HEADER.unpack_from(raw)
    entries = _Entries(raw, version, hashlib.new(algorithm, usedforsecurity=False).digest_size)
    found: dict[str, bytes] = {}
    for _ in range(count):
        at, known = entries.at, len(entries.recorded)
        entries.take()
        if len(entries.recorded) > known:
            found[next(reversed(entries.recorded))] = raw[at : at + 40]
    return found


class _Entries:
    """Reads entry after entry; `at` is the place of the next one."""

    def __init__(self, raw: bytes, version: int, size: int) -> None:
        self._raw = raw
        self._version = version
        self._size = size
        self._previous = b""
        self.at = _HEADER.size
        self.recorded: dict[str, str] = {}
        self.folders: dict[str, str] = {}
        self.flags: list[tuple[str, str]] = []
        self.unmerged: dict[str, None] = {}

    def take_all(self, count: int) -> None:
        """Read all entries. The loop knows only plain ones: no flag, a short name, no shared start; indexes hold little else."""
        raw, recorded, modes = self._raw, self.recorded, _MODES
        oid_end, head = 40 + self._size, 42 + self._size
        plain = _LENGTH if self._version != 4 else 0
        at = self.at
        for _ in range(count):
            name_at = at + head
            length = (raw[name_at - 2] << 8) | raw[name_at - 1]
            text = modes.get(raw[at + 24 : at + 28], _FOLDER)
            if length < plain and text != _FOLDER:
                end = name_at + length
                recorded[raw[name_at:end].decode("utf-8", "surrogateescape")] = f"{text} {raw[at + 40 : at + oid_end].hex()}"
                at += (end - at + 8) & ~7
            else:
                self.at = at
                self.take()
                at = self.at
        self.at = at

    def take(self) -> None:
        """Read one entry of any kind."""
        raw, at = self._raw, self.at
        name_at = at + 42 + self._size
        text = _MODES.get(raw[at + 24 : at + 28])
        if text is None:
            raise _Defect(f"an index that holds the mode {int.from_bytes(raw[at + 24 : at + 28], 'big'):o}")
        bits, more = (raw[name_at - 2] << 8) | raw[name_at - 1], 0
        if bits & _EXTENDED:
            more = int.from_bytes(raw[name_at : name_at + 2], "big")
            name_at += 2
        length = bits & _LENGTH
        if length < _LENGTH and self._version != 4:
            name = raw[name_at : name_at + length]
            self.at = at + ((name_at + length - at + 8) & ~7)
        else:
            name = self._long_name(at, name_at)
        self._keep(name.decode("utf-8", "surrogateescape"), text, raw[at + 40 : at + 40 + self._size].hex(), bits, more)

    def _long_name(self, at: int, name_at: int) -> bytes:
        """Read a name that shares its start with the one before (version 4), or is too long for its length to be told."""
        strip = 0
        if self._version == 4:
            strip, name_at = _varint(self._raw, name_at)
        end = self._raw.index(b"\0", name_at)
        name = self._raw[name_at:end]
        if self._version == 4:
            name = self._previous = self._previous[: len(self._previous) - strip] + name
            self.at = end + 1
        else:
            self.at = at + ((end - at + 8) & ~7)
        return name

    def _keep(self, path: str, text: str, oid: str, bits: int, more: int) -> None:
        if not bits & _STAGE and text != _FOLDER:
            self.recorded[path] = f"{text} {oid}"
        elif bits & _STAGE:
            self.unmerged[path] = None
        else:
            self.folders[path.removesuffix("/")] = oid
        if bits & (_ASSUME_VALID | _EXTENDED):
            self.flags += _flags(path, bits, more)


def _flags(path: str, bits: int, more: int) -> Iterator[tuple[str, str]]:
    if bits & _ASSUME_VALID:
        yield path, "assume-unchanged"
    if more & _SKIP_WORKTREE:
        yield path, "skip-worktree"
    if more & _INTENT_TO_ADD:
        yield path, "intent-to-add"


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
