"""What a run of lines is by itself: its part of the tree, whether each line is canonical and an event, what it adds to the Markdown.

Nothing here depends on the lines before, so runs can be looked at in any order and by several processes; `Lines` puts them together.
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from forgewatch.core.events import Adopted, KeyRotated, LedgerClaimed, Recorded
from forgewatch.core.journal_line import decode_line, signature_of
from forgewatch.core.ledger_markdown import render_event
from forgewatch.core.line_shapes import has_quiet_shape
from forgewatch.core.merkle import Frontier, leaf_hash
from forgewatch.core.record_state import FIRST_CONTACT
from forgewatch.core.tampering import Flaw, Tampering
from forgewatch.core.values import Digest, Refused

RUN = 1024
"""Lines of a run: a whole one is one subtree."""


@dataclass(frozen=True, slots=True)
class Block:
    """What entry `seq` adds to the Markdown: text that was kept under `foreign`, and `size` rendered bytes with this SHA-256."""

    seq: int
    foreign: Digest | None
    size: int
    digest: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run of lines, from line `first` (from 0) on, and the tree of them alone. `flaw`: the first that is no canonical line of an event.
    The places of changes of key, of the first signed line, of the first unsigned one, and of the first unsigned one behind a signed one.
    """

    first: int
    tree: Frontier
    flaw: Flaw | None
    rotations: tuple[int, ...]
    signed: int | None
    unsigned: int | None
    lapsed: int | None
    blocks: tuple[Block, ...]


def scan(first: int, lines: Sequence[bytes]) -> Run:
    """Look at the lines (without newlines) of a run. Never raises. What stands behind a flaw is only hashed."""
    found = _Found()
    for seq, line in enumerate(lines, first):
        if has_quiet_shape(line):
            found.sign(seq)
        elif (flaw := found.take(seq, line)) is not None:
            break
    else:
        flaw = None
    return Run(
        first=first,
        tree=Frontier().grown(map(leaf_hash, lines)),
        flaw=flaw,
        rotations=tuple(found.rotations),
        signed=found.signed,
        unsigned=found.unsigned,
        lapsed=found.lapsed,
        blocks=tuple(found.blocks),
    )


class _Found:
    def __init__(self) -> None:
        self.rotations: list[int] = []
        self.blocks: list[Block] = []
        self.signed: int | None = None
        self.unsigned: int | None = None
        self.lapsed: int | None = None

    def sign(self, seq: int) -> None:
        if self.signed is None:
            self.signed = seq

    def lapse(self, seq: int) -> None:
        if self.unsigned is None:
            self.unsigned = seq
        if self.lapsed is None and self.signed is not None:
            self.lapsed = seq

    def take(self, seq: int, line: bytes) -> Flaw | None:
        recorded = decode_line(seq, line)
        if isinstance(recorded, Refused):
            return form_flaw(seq, line, recorded)
        self.lapse(seq) if signature_of(line) is None else self.sign(seq)
        if isinstance(recorded.event, KeyRotated):
            self.rotations.append(seq)
        block = block_of(recorded)
        self.blocks += [block] if block else []
        return None


def block_of(recorded: Recorded) -> Block | None:
    """Return what an event adds to the Markdown, None when it adds nothing."""
    text = render_event(recorded)
    match recorded.event:
        case Adopted(actor=actor, legacy=legacy) if actor == FIRST_CONTACT:
            foreign = legacy
        case LedgerClaimed(digest=digest):
            foreign = digest
        case _:
            foreign = None
    return Block(recorded.seq, foreign, len(text), hashlib.sha256(text).digest()) if text or foreign else None


def form_flaw(seq: int, line: bytes, refused: Refused) -> Flaw:
    """Return how a line that is not taken differs from canonical bytes."""
    place = seq + 1
    if line.startswith(b"\xef\xbb\xbf"):
        return Flaw(kind=Tampering.BOM, line=place)
    if line.endswith(b"\r"):
        return Flaw(kind=Tampering.CRLF, line=place)
    text = line.decode("utf-8", "replace")
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        return Flaw(kind=Tampering.EDITED, line=place, detail=refused.why)
    plain = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    if plain == text and not unicodedata.is_normalized("NFC", text):
        return Flaw(kind=Tampering.NORMALIZED, line=place)
    return Flaw(kind=Tampering.REENCODED if plain != text else Tampering.EDITED, line=place, detail=refused.why)


class Lines:
    """All lines of a journal, with the tree over any number of them from the beginning on."""

    def __init__(self, lines: Sequence[bytes], runs: Sequence[Run]) -> None:
        self._lines = lines
        self.runs = runs
        self._trees = [Frontier()]
        for run in runs:
            self._trees.append(self._trees[-1].joined(run.tree))

    def __len__(self) -> int:
        return self.tree.size

    def __getitem__(self, seq: int) -> bytes:
        return self._lines[seq]

    @property
    def tree(self) -> Frontier:
        """The tree over all lines."""
        return self._trees[-1]

    def tree_of(self, size: int) -> Frontier:
        """Return the tree over the first `size` lines."""
        before = self._trees[min(size // RUN, len(self._trees) - 1)]
        return before.grown(map(leaf_hash, self._lines[before.size : size]))

    def roots(self, first: int, last: int) -> Iterator[tuple[int, bytes]]:
        """Yield (seq, root over the lines before it) for the lines from `first` up to `last`."""
        tree = self.tree_of(first)
        for seq in range(first, last):
            yield seq, tree.root
            tree = tree.grown((leaf_hash(self._lines[seq]),))

    def place_of(self, line: bytes, before: int) -> int | None:
        """Return the first place before `before` where this line stands, None when there is none."""
        for start in range(0, before, RUN):
            piece = self._lines[start : min(start + RUN, before)]
            if line in piece:
                return start + piece.index(line)
        return None

    def flaw(self) -> Flaw | None:
        """Return the first line that no canonical line of an event, or that is not signed and stands behind a signed one."""
        signed = False
        for run in self.runs:
            lapsed = run.unsigned if signed else run.lapsed
            if lapsed is not None:
                return Flaw(kind=Tampering.UNSIGNED, line=lapsed + 1)
            if run.flaw is not None:
                return run.flaw
            signed = signed or run.signed is not None
        return None

    def first_signed(self) -> int | None:
        """Return the place of the first signed line, None when there is none."""
        return next((run.signed for run in self.runs if run.signed is not None), None)

    def rotations(self) -> Iterator[int]:
        """Yield the places of all changes of key."""
        return (seq for run in self.runs for seq in run.rotations)

    def blocks(self) -> Iterator[Block]:
        """Yield what the lines add to the Markdown."""
        return (block for run in self.runs for block in run.blocks)
