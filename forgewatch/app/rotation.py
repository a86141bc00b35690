"""A change of the key that signs the journal, by the operator's word (ledger.md section 1, Rotation of keys)."""

from __future__ import annotations

from forgewatch.core.events import KeyRotated, Recorded
from forgewatch.core.ports import Clock, Journal, KeyMaker


def rotate(journal: Journal, keys: KeyMaker, clock: Clock, actor: str) -> Recorded:
    """Sign with a new key from the next event on. Raises LedgerUnwritable, TamperDetected: then the old key goes on.

    1. the new key is durable beside the old one
    2. the event that names it, signed by the old one, is durable: from here on only the new one signs
    3. the new key takes the place of the old one, which is gone then
    If we crash between 2 and 3 whoever signs next does 3.
    """
    with journal.exclusive():
        journal.read()
        return journal.append(KeyRotated(at=clock.now(), public=keys.prepare(), actor=actor))
