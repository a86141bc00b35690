"""A journal as it lies there, for whoever judges it: nothing is believed, nothing refused (ledger.md section 1, Verify)."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from forgewatch.adapters.disk import READ, SYSTEM, Disk
from forgewatch.adapters.journal_seal import JournalSeal
from forgewatch.adapters.state_folder import JOURNAL
from forgewatch.core.errors import EnvironmentFault


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeJournal:
    """The whole lines without newlines, the bytes of the checkpoint (None: there is none), and the name the journal signs as."""

    lines: Sequence[bytes]
    note: bytes | None
    origin: str


def read_whole(folder: Path, disk: Disk = SYSTEM) -> WholeJournal:
    """Read the checkpoint, then the lines: a writer does it the other way round. Bytes behind the last newline are no line.

    Raises EnvironmentFault when one cannot be read, TamperDetected when one is a symlink.
    """
    seal = JournalSeal(folder, disk)
    note = seal.read()
    path = folder / JOURNAL
    try:
        descriptor = disk.open(path, READ)
        with os.fdopen(descriptor, "rb") as file:
            raw = file.read()
    except FileNotFoundError:
        raw = b""
    except OSError as error:
        raise EnvironmentFault(f"{path} cannot be read: {error.strerror}", "check the disk and the owner of that folder") from error
    return WholeJournal(lines=raw.split(b"\n")[:-1], note=note, origin=seal.origin)
