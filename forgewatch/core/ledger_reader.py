"""Reading ledger Markdown that anyone may have written: ours, the original's, a builder's. Nothing read here has authority.

Accepts `—`, `--` and `-` before `Iteration`, either header, any line ending, a byte order mark (contract §10.6; ledger.md section 1).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from forgewatch.core.limits import MIB
from forgewatch.core.phase_words import phase_number
from forgewatch.core.values import Digest, Phase

LEDGER_BYTES = 64 * MIB
"""How much text of a ledger is read that nothing else bounds."""

_HEADING = re.compile(r"## Audit Entry:\s*(?P<phase>.*?)(?:\s*(?:—|–|-{1,2})\s*Iteration\s+(?P<iteration>\d{1,9}))?\s*\Z")
_SIGNED = ("SIGNED-OFF", "AUTHORIZED", "AUTO-AUTHORIZED")
_BLOCK = re.compile(r"## ")
_FIELD = re.compile(r"(Timestamp|Outcome|Entry):\s*(.*?)\s*\Z")
_REFERENCE = re.compile(r"(\d{1,15}) (sha256:[0-9a-f]{64})\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadEntry:
    """One audit entry as the text tells it. `line` is 1-based. `iteration` is None where the heading tells none (people wrote such
    entries), `seq` and `leaf` where it names no journal entry."""

    line: int
    phase: str
    iteration: int | None
    outcome: str = ""
    timestamp: str = ""
    seq: int | None = None
    leaf: Digest | None = None


@dataclass(frozen=True, slots=True)
class OlderEntries:
    """What ledger text that is older than the journal tells: `count` audit entries, the last of them, the last one that was signed off,
    and of each phase whose last entry is a FAIL that entry. Nothing of it is believed."""

    count: int
    last: ReadEntry | None
    signed: ReadEntry | None = None
    failing: tuple[ReadEntry, ...] = ()


def older_entries(text: bytes) -> OlderEntries:
    """Return what older ledger text tells."""
    entries = read_ledger(text)
    signed = [entry for entry in entries if entry.outcome.upper().startswith(_SIGNED)]
    newest = {phase_number(Phase(entry.phase)): entry for entry in entries}
    failing = tuple(entry for entry in newest.values() if entry.outcome.upper().startswith("FAIL"))
    return OlderEntries(len(entries), entries[-1] if entries else None, signed[-1] if signed else None, failing)


def read_ledger(text: bytes) -> tuple[ReadEntry, ...]:
    """Return the audit entries of ledger text in order. Bytes that are not UTF-8 are read as `\\ufffd`; what is no entry is skipped."""
    entries: list[ReadEntry] = []
    inside = False
    for number, line in enumerate(_lines(text), 1):
        heading = _HEADING.match(line)
        if heading:
            told = heading["iteration"]
            entries.append(ReadEntry(line=number, phase=heading["phase"], iteration=int(told) if told else None))
            inside = True
        elif _BLOCK.match(line):
            inside = False
        elif inside:
            entries[-1] = _with_field(entries[-1], line)
    return tuple(entries)


def references(text: bytes) -> tuple[tuple[int, Digest], ...]:
    """Return every (seq, leaf) that an `Entry:` line names, in order, also those of notes."""
    found = (_FIELD.match(line) for line in _lines(text))
    told = (_REFERENCE.match(field[2]) for field in found if field and field[1] == "Entry")
    return tuple((int(one[1]), Digest(one[2])) for one in told if one)


def unknown_references(told: Iterable[tuple[int, Digest]], known: Mapping[int, Digest]) -> tuple[str, ...]:
    """Return the references that `known` (seq to leaf) does not hold, as `<seq> <leaf>`, without repeats."""
    return tuple(dict.fromkeys(f"{seq} {leaf}" for seq, leaf in told if known.get(seq) != leaf))


def _lines(text: bytes) -> list[str]:
    # A carriage return at the end is white space, which no pattern keeps.
    return text.decode("utf-8-sig", "replace").split("\n")


def _with_field(entry: ReadEntry, line: str) -> ReadEntry:
    found = _FIELD.match(line)
    if not found:
        return entry
    name, value = found.groups()
    reference = _REFERENCE.match(value)
    if name == "Outcome" and not entry.outcome:
        return replace(entry, outcome=value)
    if name == "Timestamp" and not entry.timestamp:
        return replace(entry, timestamp=value)
    if name == "Entry" and reference:
        return replace(entry, seq=int(reference[1]), leaf=Digest(reference[2]))
    return entry
