"""The reading side of a record: what the journal says now, and what the Markdown must hold (ledger.md section 1)."""

from __future__ import annotations

import threading

from forgewatch import __version__
from forgewatch.app.ledger_file import LedgerFile
from forgewatch.core.events import Adopted, Event, LedgerClaimed, Recorded
from forgewatch.core.ledger_markdown import render_event
from forgewatch.core.ledger_projection import Projection
from forgewatch.core.ledger_reader import references, unknown_references
from forgewatch.core.ports import Journal, Memory, Vault
from forgewatch.core.record_fold import fold
from forgewatch.core.record_memory import FORM, memory_of, projection_of, state_of
from forgewatch.core.record_state import FIRST_CONTACT, RecordState
from forgewatch.core.values import Digest

KEEP_EVERY = 256
"""So many events may have to be folded again at a restart, or a sixteenth of the journal, whichever is more."""


class RecordReading:
    """State and projection of one repository, folded event by event. Safe between threads."""

    def __init__(self, journal: Journal, vault: Vault, ledger: LedgerFile, memory: Memory | None) -> None:
        self._journal = journal
        self._vault = vault
        self._ledger = ledger
        self._memory = memory
        # Taken after the journal's own lock or without it, never the other way round.
        self._guard = threading.RLock()
        self._kept = 0
        self._unknown: tuple[tuple[Digest, ...], tuple[str, ...]] = ((), ())
        self.state = RecordState()
        self.projection = Projection()

    def catch_up(self) -> RecordState:
        """Fold what was appended since the last look and return the state. Raises TamperDetected."""
        events = self._journal.read()
        with self._guard:
            if events and not self.state.size:
                self._recall(len(events))
            for recorded in events[self.state.size :]:
                self._take(recorded)
            return self.state

    def append(self, event: Event) -> tuple[Recorded, bytes]:
        """Append an event and return it with the bytes it adds to the Markdown. The caller holds the journal. Raises LedgerUnwritable."""
        with self._guard:
            recorded = self._journal.append(event)
            return recorded, self._take(recorded)

    def unknown_entries(self) -> tuple[str, ...]:
        """Return the entries that foreign ledger text names and the journal does not know; read again when there is other text."""
        state = self.state
        legacy = () if state.legacy is None or state.legacy_accepted else (state.legacy,)
        texts = (*legacy, *state.claims)
        if self._unknown[0] != texts:
            events, told = self._journal.read(), [one for text in texts for one in references(self._vault.fetch(text))]
            known = {seq: events[seq].leaf for seq, _ in told if seq < len(events)}
            self._unknown = (texts, unknown_references(told, known))
        return self._unknown[1]

    def whole(self) -> bytes:
        """Return the whole Markdown ledger as the journal says it must be, rendered from its first event on."""
        grown, pieces = Projection(), []
        for recorded in self._journal.read():
            pieces.append(self._addition(grown, recorded))
            grown = grown.grown(pieces[-1])
        return b"".join(pieces)

    def keep(self) -> None:
        """Leave a short cut for the next start when enough was folded since the last one."""
        due = self.state.size - self._kept >= max(KEEP_EVERY, self._kept // 16)
        journal = self._journal.fingerprint(self.state.size) if self._memory and due else None
        if self._memory and journal:
            self._memory.keep(memory_of(self.state, self.projection, journal, __version__))
            self._kept = self.state.size

    def _recall(self, size: int) -> None:
        memory = self._memory.recall() if self._memory else None
        if memory is None or (memory.form, memory.engine) != (FORM, __version__) or not 0 < memory.size <= size:
            return
        if self._journal.fingerprint(memory.size) != memory.journal:
            return
        found = self._ledger.read(2 * memory.ledger_size + KEEP_EVERY)
        projection = projection_of(memory, found if isinstance(found, bytes) else b"")
        if projection is not None:
            self.state, self.projection, self._kept = state_of(memory), projection, memory.size

    def _take(self, recorded: Recorded) -> bytes:
        addition = self._addition(self.projection, recorded)
        self.state = fold(self.state, recorded)
        self.projection = self.projection.grown(addition)
        return addition

    def _addition(self, before: Projection, recorded: Recorded) -> bytes:
        match recorded.event:
            case Adopted(actor=actor, legacy=legacy) if actor == FIRST_CONTACT and legacy is not None:
                return self._vault.fetch(legacy)
            case LedgerClaimed(digest=digest):
                foreign = self._vault.fetch(digest)
                return foreign + before.grown(foreign).due(render_event(recorded))
            case _:
                return before.due(render_event(recorded))
