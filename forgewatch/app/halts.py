"""What goes on while work is halted: a new cycle, a file that changes (contract §10.4, default behaviour rule 2). Each is told once.

A commit is told by `heads`. If we crash before a line of these is recorded, the next look finds the same and records it.
"""

from __future__ import annotations

from dataclasses import dataclass

from forgewatch.app.desk import Desk
from forgewatch.app.heads import follow_head, look
from forgewatch.core.authority_events import HaltBroken
from forgewatch.core.authority_state import SignedOff
from forgewatch.core.authorization import changed_since
from forgewatch.core.events import AuditRecorded, Recorded
from forgewatch.core.places import Places
from forgewatch.core.record_state import RecordState
from forgewatch.core.repository_facts import Facts
from forgewatch.core.values import RepoPath

NEW_CYCLE = "new cycle"
FILE_CHANGE = "file change"

SHOWN_FILES = 3
"""Files that one `HaltBroken` names; the rest is counted."""


LOOKS_REST = 100
"""How much longer than a look at the halted tree the pause after it is, in which nothing is to happen."""


@dataclass(frozen=True, slots=True)
class Followed:
    """HEAD was followed, or a halted tree looked at: what was recorded of it. The tree is not to be looked at for `rest` seconds."""

    recorded: tuple[Recorded, ...]
    rest: float = 0.0


def is_to_be_observed(state: RecordState) -> bool:
    """True while work is halted and no changed file is told yet."""
    signed = state.authority.signed
    return signed is not None and not _is_told(signed, FILE_CHANGE)


def follow(desk: Desk) -> Followed:
    """Record what HEAD's commits mean; and that a halt was broken, where a crash came between that and the record of it."""
    told = follow_head(desk)
    return Followed((*told, *tell_new_cycle(desk, _opened_since(desk.governed.record.state()))))


def observe_halt(desk: Desk) -> Followed:
    """Look whether a file changed since the sign-off, and record that once. Raises EnvironmentFault when that cannot be said now."""
    began = desk.clock.monotonic()
    # An authorized commit ends the halt, and any other one is told as such: it comes first.
    told = follow_head(desk)
    state = desk.governed.record.state()
    if is_to_be_observed(state):
        facts = look(desk, work=True)
        told += _tell_changed(desk, state, facts)
    return Followed(told, rest=LOOKS_REST * (desk.clock.monotonic() - began))


def _opened_since(state: RecordState) -> int | None:
    """Return the cycle that was opened after the one whose audit is signed off, None without one."""
    signed = state.authority.signed
    audit = None if signed is None else state.entries.get(signed.entry)
    audited = audit.trigger.cycle if audit is not None and audit.trigger is not None else state.cycle
    return state.cycle if state.cycle > audited else None


def tell_new_cycle(desk: Desk, cycle: int | None) -> tuple[Recorded, ...]:
    """Record once that `cycle` was opened while work is halted."""
    record = desk.governed.record
    with record.exclusive():
        signed = record.state().authority.signed
        if cycle is None or signed is None or _is_told(signed, f"{NEW_CYCLE}: cycle {cycle} "):
            return ()
        return (record.tell(HaltBroken(at=desk.clock.now(), entry=signed.entry, how=NEW_CYCLE, detail=f"cycle {cycle} was opened")),)


def _tell_changed(desk: Desk, seen: RecordState, facts: Facts) -> tuple[Recorded, ...]:
    record = desk.governed.record
    with record.exclusive():
        state = record.state()
        signed, against = state.authority.signed, changed_since(state, facts)
        # The facts are about the halt that was seen; what was recorded meanwhile is another one, or its end.
        if signed is None or signed != seen.authority.signed or against is None:
            return ()
        detail = f"{_named(_other_files(desk, signed, facts))}; expected {against.expected}, found {against.actual}"
        return (record.tell(HaltBroken(at=desk.clock.now(), entry=signed.entry, how=FILE_CHANGE, detail=detail)),)


def _other_files(desk: Desk, signed: SignedOff, facts: Facts) -> list[RepoPath]:
    """Return the files that are changed now and were not when audited, or the other way round."""
    audit, places = desk.governed.record.event_at(signed.entry), desk.governed.places
    audited = {one.path for one in audit.report.changed} if isinstance(audit, AuditRecorded) and audit.report else set()
    now = {change.path for change in facts.work.changes if _is_work(change.path, places)} if facts.work else set()
    return sorted(now ^ audited)


def _is_work(path: RepoPath, places: Places) -> bool:
    return not places.is_neutral(path) and not places.is_private(path)


def _named(files: list[RepoPath]) -> str:
    rest = len(files) - SHOWN_FILES
    more = f" and {rest} more" if rest > 0 else ""
    return ", ".join(files[:SHOWN_FILES]) + more if files else "a file that was audited"


def _is_told(signed: SignedOff, beginning: str) -> bool:
    return any(one.startswith(beginning) for one in signed.broken)
