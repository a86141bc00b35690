"""Notes signed with Ed25519, and checkpoints of a tree as such notes (C2SP signed-note and tlog-checkpoint; ledger.md section 1).

    forgewatch/shop-0123456789abcdef
    42
    sFodV/vSp5O8n9a8QpW6PRY97tfOSW5bsc2Xl/EQi08=

    — forgewatch/shop-0123456789abcdef hI2DJw…

The name of the key is the origin. Nothing here signs or verifies: both are handed in.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass

from forgewatch.core.merkle import Frontier
from forgewatch.core.values import Refused

NOTE_BYTES = 8 * 1024
"""A note that is longer is none of ours."""

_ED25519 = b"\x01"
_LINE = "— "
_SIZE = re.compile(r"(?:0|[1-9][0-9]{0,15})")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a log says of itself: its name, how many lines it has, and the root hash over them (32 bytes)."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> bytes:
        """The text that is signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n".encode()


def checkpoint_of(origin: str, tree: Frontier) -> Checkpoint:
    """Return the checkpoint of a tree."""
    return Checkpoint(origin, tree.size, tree.root)


def key_id(name: str, public: bytes) -> bytes:
    """Return the four bytes by which a note names an Ed25519 key (32 bytes) of this name."""
    return hashlib.sha256(name.encode() + b"\n" + _ED25519 + public).digest()[:4]


def sign_checkpoint(checkpoint: Checkpoint, public: bytes, sign: Callable[[bytes], bytes]) -> bytes:
    """Return the checkpoint as a signed note."""
    signature = base64.b64encode(key_id(checkpoint.origin, public) + sign(checkpoint.text)).decode()
    return checkpoint.text + f"\n{_LINE}{checkpoint.origin} {signature}\n".encode()


@dataclass(frozen=True, slots=True)
class SignedCheckpoint:
    """A checkpoint as it was read, not verified yet: `key` is the id of the key that signed it by its own word, `signature` 64 bytes."""

    checkpoint: Checkpoint
    key: bytes
    signature: bytes


def parse_checkpoint(note: bytes) -> SignedCheckpoint | Refused:
    """Return what a note says, or why these bytes are no checkpoint as `sign_checkpoint` writes them."""
    if len(note) > NOTE_BYTES:
        return Refused("", f"is larger than {NOTE_BYTES} bytes")
    try:
        text = note.decode()
    except UnicodeDecodeError:
        return Refused("", "is not UTF-8")
    lines = text.split("\n")
    if len(lines) != 6 or lines[3] or lines[5] or not lines[0] or _SIZE.fullmatch(lines[1]) is None:
        return Refused(text[:80], "is no checkpoint of three lines and one signature")
    mark, _, signed = lines[4].rpartition(" ")
    root, signature = _bytes_of(lines[2]), _bytes_of(signed)
    if root is None or len(root) != 32 or signature is None or len(signature) != 68:
        return Refused(text[:80], "holds a hash or a signature of another form")
    if mark != f"{_LINE}{lines[0]}":
        return Refused(text[:80], "is signed under another name than its own")
    return SignedCheckpoint(Checkpoint(lines[0], int(lines[1]), root), signature[:4], signature[4:])


def _bytes_of(text: str) -> bytes | None:
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return raw if base64.b64encode(raw).decode() == text else None
