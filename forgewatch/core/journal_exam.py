"""Judging a whole journal without believing anything but one public key (ledger.md section 1, Verify; Tamper classes).

  1. every line by itself: canonical bytes of an event, signed from the first signed one on (journal_scan.py)
  2. every change of key, by the key before it
  3. the checkpoint, by its key; the root it names, against the tree
  4. every line behind the checkpoint, by its signature
When something does not hold, the signatures say where it began. Each covers the place of its line and the root over all lines before it:
the first that does not fit is found by halving, because behind it none fits any more.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from forgewatch.core.events import KeyRotated
from forgewatch.core.journal_line import decode_line, signature_of, signed_bytes
from forgewatch.core.journal_scan import RUN, Lines, Run, scan
from forgewatch.core.merkle import Frontier, leaf_hash
from forgewatch.core.signed_note import SignedCheckpoint, key_id, parse_checkpoint
from forgewatch.core.tampering import Flaw, Tampering
from forgewatch.core.values import Refused

Verifies = Callable[[bytes, bytes, bytes], bool]
"""(32 public bytes, 64 bytes of signature, message) -> whether it fits."""

NEAR = 1024
"""So many places before a line are looked at to find the one it was signed for."""


def _nowhere(line: bytes) -> str:
    return ""


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
    """What is believed beforehand: the name of the journal, its first public key, and how signatures are verified. `elsewhere` tells of
    a line where in another repository's journal it stands, empty when nobody knows; it is only asked for a line that does not fit."""

    origin: str
    public: bytes
    verifies: Verifies
    elsewhere: Callable[[bytes], str] = _nowhere


def runs_of(lines: Sequence[bytes]) -> Iterable[Run]:
    """Yield the runs of the lines, in order."""
    return (scan(first, lines[first : first + RUN]) for first in range(0, len(lines), RUN))


def examine(lines: Sequence[bytes], note: bytes | None, trust: Trust, runs: Iterable[Run] | None = None) -> Examined:
    """Judge the lines (without newlines) and the bytes of the checkpoint. `runs`: what was found in the lines already. Never raises."""
    return _Exam(Lines(lines, tuple(runs_of(lines) if runs is None else runs)), trust).examined(note)


class _Exam:
    """Judges once. `_keys`: which key signs from which line on."""

    def __init__(self, lines: Lines, trust: Trust) -> None:
        self._lines = lines
        self._trust = trust
        self._keys = [(0, trust.public)]
        self._flaw = lines.flaw()
        self._limit = len(lines) if self._flaw is None or self._flaw.line is None else self._flaw.line - 1

    def examined(self, note: bytes | None) -> Examined:
        self._learn_keys()
        claimed = _claimed(note, self._trust)
        flaws = self._flaws(claimed)
        publics = tuple(public for _, public in self._keys)
        size = len(self._lines)
        return Examined(tree=self._lines.tree, signed=0 if flaws else size, keys=publics, flaws=flaws)

    def _learn_keys(self) -> None:
        """Believe the changes of key, each by the key before it, up to the first that is not."""
        for seq in self._lines.rotations():
            if seq >= self._limit:
                return
            line = self._lines[seq]
            recorded = decode_line(seq, line)
            # A line without a signature may be older than the key, but no such line may name another one.
            signed = self._signs(seq, self._lines.tree_of(seq).root, line)
            if isinstance(recorded, Refused) or not isinstance(recorded.event, KeyRotated) or not signed:
                kind = Tampering.UNSIGNED if signature_of(line) is None else Tampering.FORGED
                self._flaw, self._limit = Flaw(kind=kind, line=seq + 1), seq
                return
            self._keys.append((seq + 1, base64.b64decode(recorded.event.public)))

    def _flaws(self, claimed: SignedCheckpoint | Flaw) -> tuple[Flaw, ...]:
        if isinstance(claimed, Flaw):
            return self._beside(claimed, 0)
        if claimed.key not in (key_id(self._trust.origin, public) for _, public in self._keys):
            return self._strange(claimed)
        size = claimed.checkpoint.size
        flaw = self._flaw or self._tail_flaw(size) or self._checkpoint_flaw(claimed)
        if flaw is None:
            return ()
        return self._beside(flaw, size) if flaw.kind is Tampering.OTHER_KEY else (self._named(size) or flaw,)

    def _beside(self, flaw: Flaw, size: int) -> tuple[Flaw, ...]:
        """Return what is wrong with the checkpoint, and what was done to the lines too."""
        named = self._named(size)
        return (flaw, named) if named else (flaw,)

    def _strange(self, claimed: SignedCheckpoint) -> tuple[Flaw, ...]:
        """Judge a checkpoint by a key that is not known. Behind the first line that does not hold nobody knows which keys follow."""
        flaw, size, first, form = Flaw(kind=Tampering.OTHER_KEY), claimed.checkpoint.size, self._lines.first_signed(), self._lines.flaw()
        if first is not None and first < self._limit and self._fits(first):
            # The key that is believed is the one of this journal.
            return (self._named(size) or flaw,)
        if form is not None and form.line is not None and (first is None or form.line <= first + 1):
            return (form,)
        if first is None:
            return self._beside(flaw, size)
        named = self._named(size) if self._is_followed_by(claimed.key) else None
        if named is None:
            return (flaw,)
        doubt = "or the key that is believed is of another journal"
        return (flaw, replace(named, detail=f"{named.detail}; {doubt}" if named.detail else doubt))

    def _is_followed_by(self, key: bytes) -> bool:
        """True when a signed line, believed or not, changes to this key."""
        for seq in self._lines.rotations():
            recorded = decode_line(seq, self._lines[seq])
            if isinstance(recorded, Refused) or not isinstance(recorded.event, KeyRotated) or signature_of(self._lines[seq]) is None:
                continue
            if key_id(self._trust.origin, base64.b64decode(recorded.event.public)) == key:
                return True
        return False

    def _tail_flaw(self, size: int) -> Flaw | None:
        for seq, root in self._lines.roots(size, len(self._lines)):
            line = self._lines[seq]
            if not self._signs(seq, root, line):
                return Flaw(kind=Tampering.UNSIGNED if signature_of(line) is None else Tampering.FORGED, line=seq + 1)
        return None

    def _checkpoint_flaw(self, claimed: SignedCheckpoint) -> Flaw | None:
        checkpoint, count = claimed.checkpoint, len(self._lines)
        public = self._key(min(checkpoint.size, count))
        if claimed.key != key_id(self._trust.origin, public) or not self._trust.verifies(public, claimed.signature, checkpoint.text):
            return Flaw(kind=Tampering.OTHER_KEY)
        if checkpoint.size > count:
            return _missing(checkpoint.size, count)
        if self._lines.tree_of(checkpoint.size).root == checkpoint.root:
            return None
        # The key signed this checkpoint, and these lines to the last one: two histories.
        signed = checkpoint.size > 0 and signature_of(self._lines[checkpoint.size - 1]) is not None
        return (
            Flaw(kind=Tampering.FORK, detail=f"the key signed {checkpoint.size} other lines too") if signed else Flaw(kind=Tampering.EDITED)
        )

    def _named(self, size: int) -> Flaw | None:
        """Return the first that was done to the lines; None when every signature fits and none is missing."""
        low, high = 0, self._limit
        while low < high:
            middle = (low + high) // 2
            low, high = (middle + 1, high) if self._fits(middle) else (low, middle)
        if low < self._limit:
            return self._done_to(low, size)
        if self._flaw is not None:
            return self._done_to(low, size) if self._flaw.kind is Tampering.FORGED else self._flaw
        return _missing(size, len(self._lines)) if len(self._lines) < size else None

    def _done_to(self, seq: int, size: int) -> Flaw:
        """Name what was done to the first line that does not fit."""
        line, place, count = self._lines[seq], seq + 1, len(self._lines)
        known = self._lines.place_of(line, seq)
        if known is not None:
            return Flaw(kind=Tampering.DUPLICATED, line=place, detail=f"it equals line {known + 1}")
        if where := self._trust.elsewhere(line):
            return Flaw(kind=Tampering.SPLICED, line=place, detail=f"it is {where}")
        if seq == self._lines.first_signed() and self._signs(0, Frontier().root, line):
            return Flaw(kind=Tampering.INSERTED, line=1, detail=f"{seq} unsigned lines stand before the first that was signed")
        if self._is_in_front(seq):
            behind = self._lines.tree_of(seq).grown((leaf_hash(self._lines[place]),)).root
            return Flaw(kind=Tampering.SWAPPED if self._signs(place, behind, line) else Tampering.INSERTED, line=place)
        signed = self._place_signed(seq)
        if signed is not None:
            return Flaw(kind=Tampering.REPLAYED, line=place, detail=f"it was signed as line {signed + 1}")
        if seq >= size:
            return Flaw(kind=Tampering.FORGED, line=place)
        if count < size:
            return Flaw(kind=Tampering.DELETED, line=place, detail=f"the checkpoint speaks of {size} lines, found {count}")
        older = f"it, or one of the {seq} unsigned lines before it" if seq and seq == self._lines.first_signed() else ""
        return Flaw(kind=Tampering.EDITED, line=place, detail=older)

    def _is_in_front(self, seq: int) -> bool:
        """True when the line behind this one was signed for its place."""
        return seq + 1 < len(self._lines) and self._signs(seq, self._lines.tree_of(seq).root, self._lines[seq + 1])

    def _place_signed(self, seq: int) -> int | None:
        """Return the place near `seq` for which its line was signed: an earlier one of this journal, or another behind the same lines."""
        line, root, near = self._lines[seq], self._lines.tree_of(seq).root, max(0, seq - NEAR)
        earlier = (at for at, before in self._lines.roots(near, seq) if self._signs(at, before, line))
        misplaced = (at for at in range(near, seq + NEAR) if self._signs(at, root, line))
        return next(chain(earlier, misplaced), None)

    def _fits(self, seq: int) -> bool:
        """True when a line is signed for its place, or is older than the key: such lines stand before all signed ones."""
        line = self._lines[seq]
        return signature_of(line) is None or self._signs(seq, self._lines.tree_of(seq).root, line)

    def _signs(self, place: int, root: bytes, line: bytes) -> bool:
        parts = signature_of(line)
        return parts is not None and self._trust.verifies(self._key(place), parts[1], signed_bytes(place, root, parts[0]))

    def _key(self, size: int) -> bytes:
        """Return the key that signs line `size`, and a checkpoint of so many lines."""
        return next(public for first, public in reversed(self._keys) if first <= size)


def _claimed(note: bytes | None, trust: Trust) -> SignedCheckpoint | Flaw:
    if note is None:
        return Flaw(kind=Tampering.NO_CHECKPOINT)
    claimed = parse_checkpoint(note)
    if isinstance(claimed, Refused):
        return Flaw(kind=Tampering.NO_NOTE, detail=claimed.why)
    if claimed.checkpoint.origin != trust.origin:
        return Flaw(kind=Tampering.ORIGIN, detail=f"expected {trust.origin}, found {claimed.checkpoint.origin}")
    return claimed


def _missing(size: int, count: int) -> Flaw:
    return Flaw(kind=Tampering.TRUNCATED, detail=f"the checkpoint speaks of {size} lines, found {count}")
