"""The entries of a journal as `ledger show` tells them: each audit once, with the outcome that later entries gave it (C-03)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from forgewatch.core.events import Adopted, AuditRecorded, Recorded
from forgewatch.core.ledger_reader import OlderEntries
from forgewatch.core.result_line import blocking, warning
from forgewatch.core.text import escape, recordable
from forgewatch.core.values import Digest
from forgewatch.core.verdict import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One audit: its entry, the outcome it ended with, and the entries that amended it, oldest first."""

    seq: int
    leaf: Digest
    event: AuditRecorded
    outcome: Outcome
    amended_by: tuple[int, ...] = ()


def entries_of(events: Iterable[Recorded]) -> tuple[Shown, ...]:
    """Return the audits in order. An amending entry changes the outcome of the one it amends and is not shown by itself."""
    shown: dict[int, Shown] = {}
    base: dict[int, int] = {}
    for recorded in events:
        event = recorded.event
        if not isinstance(event, AuditRecorded):
            continue
        amended = base.get(event.amends) if event.amends is not None else None
        base[recorded.seq] = recorded.seq if amended is None else amended
        if amended is None:
            shown[recorded.seq] = Shown(seq=recorded.seq, leaf=recorded.leaf, event=event, outcome=event.outcome)
        else:
            before = shown[amended]
            shown[amended] = replace(before, outcome=event.outcome, amended_by=(*before.amended_by, recorded.seq))
    return tuple(shown.values())


def entry_text(entry: Shown) -> str:
    """Return one escaped line."""
    event = entry.event
    codes = [result.code for result in (*blocking(event), *warning(event))]
    why = f"  {escape(event.why)}" if event.why else ""
    amended = f"  (entry {entry.amended_by[-1]})" if entry.amended_by else ""
    stop = f"  STOP {event.stop}" if event.stop else ""
    found = f"  {' '.join(codes)}" if codes else ""
    phase = f"{escape(event.phase)}, iteration {event.iteration}"
    return f"{entry.seq:>6}  {event.envelope.at}  {entry.outcome}{amended}  {phase}{found}{stop}{why}"


def adopted_text(events: Iterable[Recorded]) -> Digest | None:
    """Return the digest of the ledger text that stood there at first contact, None when there was none."""
    found = (one.event.legacy for one in events if isinstance(one.event, Adopted))
    return next((legacy for legacy in found if legacy is not None), None)


def older_text(older: OlderEntries) -> str:
    """Return one escaped line about text of before the journal: history that nobody vouches for."""
    count = {0: "no entries", 1: "1 entry"}.get(older.count, f"{older.count} entries")
    if older.last is None:
        return f"before them: adopted text with {count}"
    iteration = f", iteration {older.last.iteration}" if older.last.iteration is not None else ""
    last = f"{older.last.timestamp}  {older.last.outcome}  {older.last.phase}{iteration}"
    return f"before them: {count} of adopted text, which nothing vouches for; the last: {escape(last)}"


def older_json(older: OlderEntries | None) -> dict[str, object] | None:
    """Return the JSON object of older text; its strings are as they stand there."""
    if older is None:
        return None
    last = older.last
    told = (
        {
            "phase": recordable(last.phase),
            "iteration": last.iteration,
            "outcome": recordable(last.outcome),
            "at": recordable(last.timestamp),
        }
        if last
        else None
    )
    return {"entries": older.count, "last": told}


def entry_json(entry: Shown) -> dict[str, object]:
    """Return the JSON object of an entry: `outcome` is the last one, `recorded_outcome` what the audit itself said."""
    event = entry.event
    return {
        "seq": entry.seq,
        "leaf": entry.leaf,
        "at": event.envelope.at,
        "phase": recordable(event.phase),
        "iteration": event.iteration,
        "outcome": entry.outcome.value,
        "recorded_outcome": event.outcome.value,
        "amended_by": list(entry.amended_by),
        "stop": event.stop.value if event.stop else None,
        "failed": [result.code for result in blocking(event)],
        "warned": [result.code for result in warning(event)],
        "why": recordable(event.why),
    }
