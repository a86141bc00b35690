"""Judging a whole journal without believing anything but one public key (ledger.md section 1, Verify; Tamper classes).

First every line is read and the tree grown: canonical bytes, the signature of every line behind the checkpoint and of every change of key,
the root against the checkpoint, the checkpoint against the key. Only when that fails the signatures of all lines are looked at, to name
what was done: each covers the place of its line and the root over the lines before it, so the first that does not fit is where it began.
"""

from __future__ import annotations

import base64
import json
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from forgewatch.core.events import KeyRotated
from forgewatch.core.journal_line import decode_line, signature_of, signed_bytes
from forgewatch.core.merkle import Frontier, leaf_hash
from forgewatch.core.signed_note import SignedCheckpoint, key_id, parse_checkpoint
from forgewatch.core.values import Refused

Verifies = Callable[[bytes, bytes, bytes], bool]
"""(32 public bytes, 64 bytes of signature, message) -> whether it fits."""

ROTATED = b'"is":"KeyRotated"'


class Tampering(StrEnum):
    """What was done to a journal or its checkpoint, as far as it shows."""

    EDITED = "a line was changed"
    REENCODED = "a line was written again in another form"
    CRLF = "line ends were rewritten (LF to CRLF)"
    BOM = "a byte order mark was put in front"
    NORMALIZED = "a line was rewritten in another normal form"
    TRUNCATED = "lines are missing at the end"
    DELETED = "lines are missing inside"
    SWAPPED = "two lines changed places"
    INSERTED = "a line was put in"
    DUPLICATED = "a line is there twice"
    FORGED = "a line was added that the key did not sign"
    REPLAYED = "a line that the key signed for another place was added"
    SPLICED = "the lines are of another journal"
    UNSIGNED = "a line without a signature stands behind signed ones"
    NO_CHECKPOINT = "the checkpoint is gone"
    NO_NOTE = "the checkpoint is no checkpoint"
    ORIGIN = "the checkpoint is of another journal"
    OTHER_KEY = "the checkpoint is signed by another key"
    OVERSIZE = "the checkpoint speaks of more lines than there are"
    STALE = "the checkpoint is older than one that was seen"
    FORK = "two checkpoints of one size differ"


@dataclass(frozen=True, slots=True)
class Flaw:
    """What is wrong, and at which line (from 1; None: at the checkpoint or the whole file)."""

    kind: Tampering
    line: int | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """The tree over all lines, and what is wrong with them; nothing is wrong when `flaws` is empty. `signed` is how many lines a checkpoint
    or their own signature vouches for. `keys` are the public keys that signed, oldest first."""

    tree: Frontier
    signed: int
    keys: tuple[bytes, ...]
    flaws: tuple[Flaw, ...]


@dataclass(frozen=True, slots=True)
class Trust:
    """What is believed beforehand: the name of the journal, its first public key, and how signatures are verified."""

    origin: str
    public: bytes
    verifies: Verifies


class _Keys:
    """Which key signs which line: each change of key takes effect with the line behind it."""

    def __init__(self, first: bytes) -> None:
        self._held = [(0, first)]

    @property
    def all(self) -> tuple[bytes, ...]:
        return tuple(public for _, public in self._held)

    def at(self, size: int) -> bytes:
        return next(public for first, public in reversed(self._held) if first <= size)

    def learn(self, seq: int, line: bytes) -> None:
        recorded = decode_line(seq, line)
        if not isinstance(recorded, Refused) and isinstance(recorded.event, KeyRotated):
            self._held.append((seq + 1, base64.b64decode(recorded.event.public)))


def examine(lines: Sequence[bytes], note: bytes | None, trust: Trust) -> Examined:
    """Judge the lines (without newlines) and the bytes of the checkpoint. Never raises."""
    claimed = _claimed(note, trust)
    size = claimed.checkpoint.size if isinstance(claimed, SignedCheckpoint) else 0
    keys, tree, at_size = _Keys(trust.public), Frontier(), Frontier().root
    flaws: list[Flaw] = []
    for seq, line in enumerate(lines):
        if seq >= size or ROTATED in line:
            flaw = _signature_flaw(seq, line, tree, keys, trust)
            flaws += [flaw] if flaw else []
            keys.learn(seq, line)
        tree = tree.grown((leaf_hash(line),))
        if tree.size == size:
            at_size = tree.root
        if flaws:
            break
    named: tuple[Flaw, ...] = ()
    if isinstance(claimed, Flaw):
        flaws.insert(0, claimed)
    elif claimed.key not in (key_id(trust.origin, public) for public in keys.all):
        flaws = [Flaw(Tampering.OTHER_KEY)]
    else:
        flaws += [] if flaws else _checkpoint_flaws(claimed, at_size, len(lines), keys, trust)
        named = _named(lines, size, trust) if flaws else ()
    return Examined(tree=tree, signed=tree.size if not flaws else 0, keys=keys.all, flaws=named or tuple(flaws))


def _claimed(note: bytes | None, trust: Trust) -> SignedCheckpoint | Flaw:
    if note is None:
        return Flaw(Tampering.NO_CHECKPOINT)
    claimed = parse_checkpoint(note)
    if isinstance(claimed, Refused):
        return Flaw(Tampering.NO_NOTE, None, claimed.why)
    if claimed.checkpoint.origin != trust.origin:
        return Flaw(Tampering.ORIGIN, None, f"expected {trust.origin}, found {claimed.checkpoint.origin}")
    return claimed


def _checkpoint_flaws(claimed: SignedCheckpoint, root: bytes, count: int, keys: _Keys, trust: Trust) -> list[Flaw]:
    checkpoint = claimed.checkpoint
    public = keys.at(min(checkpoint.size, count))
    if claimed.key != key_id(trust.origin, public) or not trust.verifies(public, claimed.signature, checkpoint.text):
        return [Flaw(Tampering.OTHER_KEY)]
    if checkpoint.size > count:
        return [Flaw(Tampering.TRUNCATED, None, f"the checkpoint speaks of {checkpoint.size} lines, found {count}")]
    return [] if root == checkpoint.root else [Flaw(Tampering.EDITED)]


def _signature_flaw(seq: int, line: bytes, tree: Frontier, keys: _Keys, trust: Trust) -> Flaw | None:
    parts = signature_of(line)
    if parts is None:
        return _form_flaw(seq, line) or Flaw(Tampering.UNSIGNED, seq + 1)
    if trust.verifies(keys.at(seq), parts[1], signed_bytes(seq, tree.root, parts[0])):
        return None
    return Flaw(Tampering.FORGED, seq + 1)


def _form_flaw(seq: int, line: bytes) -> Flaw | None:
    """Return how the line differs from canonical bytes, None when it does not."""
    if line.startswith(b"\xef\xbb\xbf"):
        return Flaw(Tampering.BOM, seq + 1)
    if line.endswith(b"\r"):
        return Flaw(Tampering.CRLF, seq + 1)
    recorded = decode_line(seq, line)
    if not isinstance(recorded, Refused):
        return None
    text = line.decode("utf-8", "replace")
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        return Flaw(Tampering.EDITED, seq + 1, recorded.why)
    plain = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    if plain == text and not unicodedata.is_normalized("NFC", text):
        return Flaw(Tampering.NORMALIZED, seq + 1)
    return Flaw(Tampering.REENCODED if plain != text else Tampering.EDITED, seq + 1, recorded.why)


def _named(lines: Sequence[bytes], size: int, trust: Trust) -> tuple[Flaw, ...]:
    """Return what was done, found by the signatures of all lines; nothing when all of them fit."""
    keys, tree, roots = _Keys(trust.public), Frontier(), [Frontier().root]
    signed = False
    for seq, line in enumerate(lines):
        flaw = _form_flaw(seq, line)
        if flaw is None and signature_of(line) is None:
            flaw = Flaw(Tampering.UNSIGNED, seq + 1) if signed else None
        elif flaw is None:
            signed = True
            flaw = None if _fits(line, seq, tree.root, keys, trust) else _done_to(lines, seq, size, roots, keys, trust)
        if flaw is not None:
            return (flaw,)
        keys.learn(seq, line)
        tree = tree.grown((leaf_hash(line),))
        roots.append(tree.root)
    return (Flaw(Tampering.TRUNCATED, None, f"the checkpoint speaks of {size} lines, found {len(lines)}"),) if len(lines) < size else ()


def _done_to(lines: Sequence[bytes], seq: int, size: int, roots: Sequence[bytes], keys: _Keys, trust: Trust) -> Flaw:
    line, after, root = lines[seq], lines[seq + 1] if seq + 1 < len(lines) else b"", roots[seq]
    if line in lines[:seq]:
        return Flaw(Tampering.DUPLICATED, seq + 1, f"it equals line {lines.index(line) + 1}")
    if after and _fits(after, seq, root, keys, trust):
        behind = _root_behind(lines[:seq], after)
        return Flaw(Tampering.SWAPPED if _fits(line, seq + 1, behind, keys, trust) else Tampering.INSERTED, seq + 1)
    earlier = next((place for place in range(seq) if _fits(line, place, roots[place], keys, trust)), None)
    if earlier is not None:
        return Flaw(Tampering.REPLAYED, seq + 1, f"it was signed as line {earlier + 1}")
    if seq >= size:
        return Flaw(Tampering.FORGED, seq + 1)
    if len(lines) < size:
        return Flaw(Tampering.DELETED, seq + 1, f"the checkpoint speaks of {size} lines, found {len(lines)}")
    return Flaw(Tampering.EDITED, seq + 1)


def _root_behind(before: Sequence[bytes], line: bytes) -> bytes:
    return Frontier().grown(map(leaf_hash, (*before, line))).root


def _fits(line: bytes, seq: int, root: bytes, keys: _Keys, trust: Trust) -> bool:
    parts = signature_of(line)
    return parts is not None and trust.verifies(keys.at(seq), parts[1], signed_bytes(seq, root, parts[0]))
