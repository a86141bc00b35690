"""Journals as lists of lines, signed by keys of the test's own."""

from __future__ import annotations

from collections.abc import Callable

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from forgewatch.adapters.journal_keys import verifies
from forgewatch.core.events import CycleOpened, Event, KeyRotated
from forgewatch.core.journal_exam import Trust
from forgewatch.core.journal_line import encode_event, encode_line, signed_bytes, signed_line
from forgewatch.core.merkle import Frontier, leaf_hash
from forgewatch.core.signed_note import checkpoint_of, sign_checkpoint
from tests.support.answers import digest

AT = "2026-11-20T12:00:00Z"
ORIGIN = "forgewatch/shop-0123456789abcdef"


def opened(cycle: int) -> CycleOpened:
    """Return an event that can be told from others."""
    return CycleOpened(at=AT, cycle=cycle, document=digest(f"log {cycle}"))


def key(number: int) -> Ed25519PrivateKey:
    """Return the same key for the same number."""
    return Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32)


def public(number: int) -> bytes:
    """Return its 32 public bytes."""
    return key(number).public_key().public_bytes_raw()


def trust(number: int = 1, origin: str = ORIGIN) -> Trust:
    """Return what somebody believes who knows the public key."""
    return Trust(origin, public(number), verifies)


class Lines:
    """A growing journal. `lines` are without newlines."""

    def __init__(self, number: int = 1, origin: str = ORIGIN) -> None:
        self.number, self.origin = number, origin
        self.lines: list[bytes] = []

    @property
    def tree(self) -> Frontier:
        """The tree over all lines."""
        return Frontier().grown(map(leaf_hash, self.lines))

    def unsigned(self, event: Event) -> Lines:
        """Add a line that is older than the key."""
        self.lines.append(encode_line(event)[:-1])
        return self

    def signed(self, *events: Event, index: int | None = None) -> Lines:
        """Add signed lines, signed for place `index` where that is given."""
        for event in events:
            body = encode_event(event)
            place = len(self.lines) if index is None else index
            signature = key(self.number).sign(signed_bytes(place, self.tree.root, body))
            self.lines.append(signed_line(body, signature)[:-1])
            if isinstance(event, KeyRotated):
                self.number += 1
        return self

    def note(self, size: int | None = None) -> bytes:
        """Return the checkpoint over the first `size` lines."""
        tree = Frontier().grown(map(leaf_hash, self.lines[:size]))
        return sign_checkpoint(checkpoint_of(self.origin, tree), public(self.number), key(self.number).sign)


def journal_of(count: int = 8, number: int = 1, first: int = 0, origin: str = ORIGIN) -> Lines:
    """Return a journal of so many signed events."""
    return Lines(number, origin).signed(*(opened(first + cycle) for cycle in range(count)))


def long_journal(count: int, event: Callable[[int], Event] = opened) -> Lines:
    """Return the same for thousands of events: the tree grows with the lines."""
    made, tree, signing = Lines(), Frontier(), key(1)
    for cycle in range(count):
        body = encode_event(event(cycle))
        made.lines.append(signed_line(body, signing.sign(signed_bytes(cycle, tree.root, body)))[:-1])
        tree = tree.grown((leaf_hash(made.lines[-1]),))
    return made
