"""Whether every entry's bytes stand in the ledger file where the projection says (ledger.md section 1, Verify: every Markdown range)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from forgewatch.core.journal_scan import Block
from forgewatch.core.ledger_markdown import HEADER
from forgewatch.core.ledger_projection import first_difference, line_difference, rewrite_of
from forgewatch.core.ledger_reader import references
from forgewatch.core.tampering import Flaw, Tampering
from forgewatch.core.values import Absent, Content, Digest, Unreadable

MOST = 20
"""So many entries are named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """Where entry `seq` stands in the file: from `start` on the bytes of `lead` (header, kept text, a line end), then its own `size` bytes
    with this SHA-256."""

    seq: int
    start: int
    lead: bytes
    size: int
    digest: bytes

    @property
    def stop(self) -> int:
        """The offset behind it."""
        return self.start + len(self.lead) + self.size

    def holds(self, found: bytes) -> bool:
        """True when these bytes are in the file at their place."""
        own = self.start + len(self.lead)
        return found.startswith(self.lead, self.start) and hashlib.sha256(memoryview(found)[own : self.stop]).digest() == self.digest


@dataclass(frozen=True, slots=True)
class Compared:
    """What is wrong with the ledger file, and in words how it compares."""

    flaws: tuple[Flaw, ...]
    said: str


def ranges_of(blocks: Iterable[Block], kept: Callable[[Digest], bytes | None]) -> tuple[Range, ...] | Flaw:
    """Return where each block stands. `kept` gives text that was kept under its digest, None when that is gone or was changed: then the
    flaw is returned, because nobody knows where the blocks behind it stand."""
    placed: list[Range] = []
    end, ended = 0, True
    for block in blocks:
        foreign = b"" if block.foreign is None else kept(block.foreign)
        if foreign is None:
            return Flaw(kind=Tampering.KEPT, entry=block.seq, detail=str(block.foreign))
        ended = foreign.endswith(b"\n") if foreign else ended
        header = HEADER if not end + len(foreign) else b"" if ended else b"\n"
        lead = foreign + (header if block.size else b"")
        placed.append(Range(seq=block.seq, start=end, lead=lead, size=block.size, digest=block.digest))
        end, ended = placed[-1].stop, ended or block.size > 0
    return tuple(placed)


def compare_ranges(found: Content, ranges: Sequence[Range], rendered: Callable[[int], bytes]) -> Compared:
    """Compare the file. `rendered` gives the own bytes of an entry, and is only asked when something differs.

    A file that ends early is no flaw: a stash or a crash leaves such a one, and the next audit completes it. Neither are bytes behind
    the last entry, which the contract lets builders write. Both are said.
    """
    total = ranges[-1].stop if ranges else 0
    if isinstance(found, Unreadable):
        return Compared((Flaw(kind=Tampering.LEDGER_UNREADABLE, detail=found.why),), f"cannot be read: {found.why}")
    if isinstance(found, Absent):
        gone = (Flaw(kind=Tampering.LEDGER_GONE, detail=f"expected {total} bytes"),) if total else ()
        return Compared(gone, "is missing" if total else "is not there yet")
    bad = [each for each in ranges if not each.holds(found)]
    if not bad:
        extra = len(found) - total
        return Compared((), f"has {extra} bytes behind its last entry that are not forgewatch's" if extra else "equals the journal")
    expected = b"".join(each.lead + (rendered(each.seq) if each.size else b"") for each in ranges)
    if expected.startswith(found):
        return Compared((), f"ends after {len(found)} of {total} bytes; the next audit completes it")
    return Compared(_named(bad, expected, found), "differs from the journal (forgewatch ledger restore)")


def unknown_in(texts: Iterable[bytes], leaf_of: Callable[[int], Digest | None]) -> tuple[Flaw, ...]:
    """Return the entries that ledger text of others names and a journal does not hold at that place: it was put back to an older state, or
    the text is that of another record. `leaf_of` gives the leaf of an entry, None when there are not so many."""
    told = dict.fromkeys(reference for text in texts for reference in references(text))
    ahead = ((seq, leaf) for seq, leaf in told if leaf_of(seq) != leaf)
    return tuple(Flaw(kind=Tampering.LEDGER_AHEAD, entry=seq, detail=leaf) for seq, leaf in islice(ahead, MOST))


def _named(bad: Sequence[Range], expected: bytes, found: bytes) -> tuple[Flaw, ...]:
    if rewritten := rewrite_of(expected, found):
        return (Flaw(kind=Tampering.LEDGER_REWRITTEN, detail=rewritten),)
    first = _flaw(Tampering.LEDGER_EDITED, bad[0], expected, found)
    start = bad[0].start + first_difference(expected[bad[0].start :], found[bad[0].start :])
    if len(found) > len(expected) and found.endswith(expected[start:]):
        return (_flaw(Tampering.LEDGER_INSERTED, bad[0], expected, found),)
    if len(found) < len(expected) and expected.endswith(found[start:]):
        return (_flaw(Tampering.LEDGER_CUT, bad[0], expected, found),)
    # With another length what stands behind the first is out of its place, changed or not.
    aligned = bad[1:MOST] if len(found) == len(expected) else ()
    return (first, *(_flaw(Tampering.LEDGER_EDITED, each, expected, found) for each in aligned))


def _flaw(kind: Tampering, place: Range, expected: bytes, found: bytes) -> Flaw:
    start = place.start + first_difference(expected[place.start : place.stop], found[place.start : place.stop])
    return Flaw(kind=kind, entry=place.seq, detail=line_difference(expected, found, start))
