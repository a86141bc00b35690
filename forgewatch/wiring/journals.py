"""How the journal of one repository is opened: verified where it is ours. Light: `tail` and `wait` start here."""

from __future__ import annotations

import os
from pathlib import Path

from forgewatch.adapters.disk import SYSTEM
from forgewatch.adapters.journal import FileJournal
from forgewatch.adapters.journal_lines import JournalLines
from forgewatch.adapters.journal_seal import JournalSeal
from forgewatch.adapters.state_folder import JOURNAL


def open_journal(folder: Path) -> FileJournal:
    """Return the journal in a folder of ours, signed. Whoever reads another user's has no key to verify it with."""
    return FileJournal(folder, seal=JournalSeal(folder))


def open_to_read(folder: Path) -> FileJournal:
    """Return the journal in `folder` for who only reads it: one of ours is verified like by those who write it, so that nobody is shown
    what an audit would refuse; another user's is read as it lies there, for the folder of its keys is closed to us."""
    return open_journal(folder) if os.stat(folder).st_uid == os.geteuid() else FileJournal(folder)


def examined(folder: Path) -> tuple[int, JournalSeal]:
    """Return how many lines a journal of ours holds, and its seal: verified without taking the lock and without writing anything.

    Raises what reading it raises: TamperDetected, EnvironmentFault.
    """
    seal, lines = JournalSeal(folder), JournalLines(folder / JOURNAL, SYSTEM)
    note = seal.read()
    lines.catch_up()
    seal.take(note, lines)
    return len(lines), seal
