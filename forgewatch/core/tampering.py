"""The names of what can be done to a journal, its checkpoint and its ledger file (ledger.md section 1, Tamper classes)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Tampering(StrEnum):
    """What was done, as far as it shows."""

    EDITED = "a line was changed"
    REENCODED = "a line was written again in another form"
    CRLF = "line ends were rewritten (LF to CRLF)"
    BOM = "a byte order mark was put in front"
    NORMALIZED = "a line was rewritten in another normal form"
    TRUNCATED = "lines are missing at the end"
    DELETED = "lines are missing inside"
    SWAPPED = "two lines changed places"
    INSERTED = "a line was put in"
    DUPLICATED = "a line is there twice"
    FORGED = "a line was added that the key did not sign"
    REPLAYED = "a line that the key signed for another place was added"
    SPLICED = "a line of another repository's journal was put in"
    UNSIGNED = "a line without a signature stands behind signed ones"
    NO_CHECKPOINT = "the checkpoint is gone"
    NO_NOTE = "the checkpoint is no checkpoint"
    ORIGIN = "the checkpoint is of another journal"
    OTHER_KEY = "the checkpoint is signed by another key"
    STALE = "the checkpoint is older than one that was seen"
    FORK = "two checkpoints of one size differ"
    LEDGER_EDITED = "the ledger file differs in its block"
    LEDGER_INSERTED = "text was put into the ledger file"
    LEDGER_CUT = "text inside the ledger file is gone"
    LEDGER_REWRITTEN = "the ledger file was written again in another form"
    LEDGER_GONE = "the ledger file is gone"
    LEDGER_AHEAD = "the ledger file names an entry that this journal does not hold"
    LEDGER_UNREADABLE = "the ledger file cannot be read"
    KEPT = "text that was kept for this entry is gone or was changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Flaw:
    """What is wrong, and where: at which line of the journal (from 1) or which entry of the ledger file (its number; entry 0 is line 1);
    neither, when it is the checkpoint or a whole file."""

    kind: Tampering
    line: int | None = None
    detail: str = ""
    entry: int | None = None
