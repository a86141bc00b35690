"""A receipt for one line of a journal, checkable offline: the text form of C2SP tlog-proof (ledger.md section 1, Checkpoint).

c2sp.org/tlog-proof@v1
index 41
gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ=
…

<the checkpoint, word for word>
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass

from forgewatch.core.merkle import root_of_inclusion
from forgewatch.core.signed_note import SignedCheckpoint, parse_checkpoint
from forgewatch.core.values import Refused

_FIRST = "c2sp.org/tlog-proof@v1"
_INDEX = re.compile(r"index (0|[1-9][0-9]{0,15})")
_LONGEST = 64
"""No tree of fewer than 2^64 lines has a longer path."""


@dataclass(frozen=True, slots=True)
class Proof:
    """Line `index` is in the tree of the checkpoint `note` (bytes as signed): `hashes` lead from its leaf to the root."""

    index: int
    hashes: tuple[bytes, ...]
    note: bytes


def render_proof(proof: Proof) -> bytes:
    """Return the text of a receipt."""
    hashes = "".join(f"{base64.b64encode(one).decode()}\n" for one in proof.hashes)
    return f"{_FIRST}\nindex {proof.index}\n{hashes}\n".encode() + proof.note


def parse_proof(raw: bytes) -> Proof | Refused:
    """Return the receipt that the bytes are, or why they are none."""
    head, gap, note = raw.partition(b"\n\n")
    lines = head.decode("ascii", "replace").split("\n")
    index = _INDEX.fullmatch(lines[1]) if len(lines) > 1 else None
    if not gap or lines[0] != _FIRST or index is None or len(lines) > 2 + _LONGEST:
        return Refused(lines[0][:80], f"is no receipt: expected '{_FIRST}', a line 'index N', hashes, an empty line and a checkpoint")
    try:
        hashes = tuple(base64.b64decode(line, validate=True) for line in lines[2:])
    except (binascii.Error, ValueError):
        return Refused(lines[0], "holds a line that is no hash")
    return Proof(int(index[1]), hashes, note)


def proven(proof: Proof, leaf: bytes) -> SignedCheckpoint | Refused:
    """Return the checkpoint that vouches for this leaf hash, its signature still to be verified, or why the receipt does not fit."""
    claimed = parse_checkpoint(proof.note)
    if isinstance(claimed, Refused):
        return claimed
    if root_of_inclusion(leaf, proof.index, claimed.checkpoint.size, proof.hashes) != claimed.checkpoint.root:
        return Refused(f"index {proof.index}", "does not lead from this line to the root of its checkpoint")
    return claimed
