"""The anchor: checkpoints of the journal kept in another repository, so that a whole older state is noticed (ledger.md section 1, Anchors).

One branch may serve many journals: each has a file of its own, named by its origin. What lies there is believed as far as a key of the
journal signed it; what nobody of ours signed under our name is a finding, not a reason to look away.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass

from forgewatch.core.events import KeyRotated
from forgewatch.core.journal_exam import Trust
from forgewatch.core.journal_line import decode_line
from forgewatch.core.merkle import Frontier, leaf_hash
from forgewatch.core.signed_note import parse_checkpoint
from forgewatch.core.tampering import Flaw, Tampering
from forgewatch.core.values import Refused, RepoPath

_ROTATED = b'"is":"KeyRotated"'

ANCHOR_REF = "refs/heads/forgewatch/anchor"
"""A branch like any other: what keeps a server from accepting rewritten history often speaks of branches alone."""


@dataclass(frozen=True, slots=True)
class Anchored:
    """A checkpoint of `entries` lines is at the anchor; `pushed`: it was not there before."""

    entries: int
    pushed: bool


@dataclass(frozen=True, slots=True)
class AnchorFault:
    """A push that did not succeed. `tampered`: the anchor and the journal disagree."""

    why: str
    tampered: bool = False


def anchor_path(origin: str) -> RepoPath:
    """Return where the checkpoint of a journal lies on the branch."""
    return RepoPath(f"{origin}/checkpoint")


def keys_of(lines: Sequence[bytes], first: bytes) -> tuple[bytes, ...]:
    """Return every public key that lines of a journal name, the first one too. Nothing is verified here."""
    named = (decode_line(seq, line) for seq, line in enumerate(lines) if _ROTATED in line)
    later = (_bytes_of(one.event.public) for one in named if not isinstance(one, Refused) and isinstance(one.event, KeyRotated))
    return (first, *later)


def anchor_flaw(note: bytes, lines: Sequence[bytes], trust: Trust) -> Flaw | None:
    """Compare what the anchor keeps of a journal with the journal's lines (without newlines). None: it is of their beginning."""
    claimed = parse_checkpoint(note)
    if isinstance(claimed, Refused):
        return Flaw(kind=Tampering.NO_NOTE, detail=f"at the anchor: it {claimed.why}")
    checkpoint, count = claimed.checkpoint, len(lines)
    if checkpoint.origin != trust.origin:
        return Flaw(kind=Tampering.ORIGIN, detail=f"at the anchor: expected {trust.origin}, found {checkpoint.origin}")
    sizes = f"the anchor speaks of {checkpoint.size} lines, the journal holds {count}"
    if not any(trust.verifies(public, claimed.signature, checkpoint.text) for public in keys_of(lines, trust.public)):
        return Flaw(kind=Tampering.OTHER_KEY, detail=f"{sizes}, and no key of it signed that")
    if checkpoint.size > count:
        return Flaw(kind=Tampering.STALE, detail=sizes)
    if Frontier().grown(map(leaf_hash, lines[: checkpoint.size])).root != checkpoint.root:
        return Flaw(kind=Tampering.FORK, detail=f"{sizes}, and its first {checkpoint.size} are others")
    return None


def _bytes_of(text: str) -> bytes:
    try:
        return base64.b64decode(text)
    except ValueError:
        # Whoever wrote that was not us; a key of no bytes verifies nothing.
        return b""


def size_of(note: bytes) -> int:
    """Return how many lines a checkpoint speaks of by its own word, 0 for what is none."""
    claimed = parse_checkpoint(note)
    return 0 if isinstance(claimed, Refused) else claimed.checkpoint.size
