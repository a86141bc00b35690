"""The ledger file against the lines of a journal, for `ledger verify`: every entry's bytes at their place (ledger.md section 1, Verify)."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from forgewatch.adapters.evidence import RepositoryEvidence
from forgewatch.adapters.files import RootFiles
from forgewatch.adapters.journal import FileJournal
from forgewatch.adapters.journal_whole import DiskLines, WholeJournal, read_whole
from forgewatch.adapters.vault import QUARANTINE, FolderVault
from forgewatch.app.ledger_file import LedgerFile
from forgewatch.core.errors import TamperDetected
from forgewatch.core.events import Adopted, Recorded
from forgewatch.core.journal_line import decode_line
from forgewatch.core.journal_scan import Block
from forgewatch.core.ledger_markdown import render_event
from forgewatch.core.ledger_ranges import Compared, compare_ranges, ranges_of, unknown_in
from forgewatch.core.ledger_reader import LEDGER_BYTES
from forgewatch.core.merkle import leaf_hash
from forgewatch.core.record_state import FIRST_CONTACT
from forgewatch.core.tampering import Flaw
from forgewatch.core.values import Absent, Content, Digest, Refused, RepoPath

_ADOPTED = b'"is":"Adopted"'
LOCK_SECONDS = 2.0
"""How long a reader waits for whoever writes; without the lock it may find an entry in one place that is not yet in the other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """Journal and ledger file as they stood together. `begun`: the file was there before, with something of ours. `still`: nobody wrote
    between the readings of the two."""

    whole: WholeJournal
    ledger: Content
    begun: bool
    still: bool


def read_moment(root: Path, folder: Path, path: RepoPath) -> Moment:
    """Read both while no writer is between the two, where the lock is to be had. Raises EnvironmentFault, TamperDetected."""
    vault = FolderVault(folder)
    file = LedgerFile(path, RootFiles(str(root)), RepositoryEvidence(root), vault)
    with FileJournal(folder, lock_seconds=LOCK_SECONDS).undisturbed() as still:
        whole = read_whole(folder)
        limit = LEDGER_BYTES + 4 * whole.lines.size
        ledger = file.read(limit)
        begun = not isinstance(ledger, Absent) or isinstance(file.read_first(limit), Absent)
    return Moment(whole=whole, ledger=ledger, begun=begun, still=still)


def compare_moment(moment: Moment, blocks: Sequence[Block], folder: Path) -> Compared:
    """Compare the ledger file with what the lines of a journal that holds add to it."""
    foreign = any(block.foreign is not None for block in blocks)
    if foreign and not os.access(folder / QUARANTINE, os.X_OK):
        return Compared((), "was not compared: it holds text that only the owner of the record can read")
    vault, lines = FolderVault(folder), moment.whole.lines

    def kept(digest: Digest) -> bytes | None:
        try:
            return vault.fetch(digest)
        except TamperDetected:
            return None

    def rendered(seq: int) -> bytes:
        recorded = decode_line(seq, lines[seq])
        return b"" if isinstance(recorded, Refused) else render_event(recorded)

    ranges = ranges_of(blocks, kept)
    if isinstance(ranges, Flaw):
        return Compared((ranges,), "was not compared: text that was kept is not there any more")
    # A first entry without its file may be a death between the two.
    ledger = b"" if len(blocks) == 1 and not foreign and not moment.begun else moment.ledger
    compared = compare_ranges(ledger, ranges, rendered)
    if compared.flaws or not isinstance(ledger, bytes):
        return compared
    # Without the lock what stands behind the last entry may be one that was recorded since.
    behind = ledger[ranges[-1].stop if ranges else 0 :] if moment.still else b""
    ahead = _unknown(lines, [(block.seq, kept(block.foreign) or b"") for block in blocks if block.foreign], behind)
    return Compared(ahead, f"{compared.said}, and tells of another record (forgewatch ledger adopt)") if ahead else compared


def _unknown(lines: DiskLines, foreign: Sequence[tuple[int, bytes]], behind: bytes) -> tuple[Flaw, ...]:
    """Return the entries that foreign text names and nobody recorded here; what stood there when the operator adopted is taken over."""

    def leaf_of(seq: int) -> Digest | None:
        return Digest(f"sha256:{leaf_hash(lines[seq]).hex()}") if seq < len(lines) else None

    texts = [*foreign, (len(lines), behind)]
    if not unknown_in([text for _, text in texts], leaf_of):
        return ()
    adopted = max((seq for seq, line in enumerate(lines) if _is_adoption(seq, line)), default=0)
    return unknown_in([text for seq, text in texts if seq > adopted], leaf_of)


def _is_adoption(seq: int, line: bytes) -> bool:
    if _ADOPTED not in line:
        return False
    recorded = decode_line(seq, line)
    return isinstance(recorded, Recorded) and isinstance(recorded.event, Adopted) and recorded.event.actor != FIRST_CONTACT
