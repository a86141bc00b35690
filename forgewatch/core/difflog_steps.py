"""The eight steps of a cycle (contract §11) as a state machine: what the diff log and the record say gives the next permitted verb, or a
refusal that names the missing step. Pure; nothing is written here.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import assert_never

from forgewatch.core.difflog import Blocked, Complete, DiffLogReading, InProcess, Malformed, Unknown
from forgewatch.core.new_work import Hold, failed_work
from forgewatch.core.phase_words import phase_number
from forgewatch.core.readings import log_of, seen_in
from forgewatch.core.record_state import RecordState
from forgewatch.core.repository_facts import Facts
from forgewatch.core.snapshot import Ancestry
from forgewatch.core.values import UNKNOWN_PHASE, Absent, Digest, Phase, Unreadable
from forgewatch.core.verdict import StopReason

STEPS = MappingProxyType(
    {
        1: "read the diff log and summarise the previous cycle before any overwrite",
        2: "plan scope, files and tests",
        3: "write the scaffold of the diff log, and only after planning",
        4: "mark it IN_PROCESS with planned summary, files, notes and next steps",
        5: "have the watcher run",
        6: "do the work",
        7: "mark it COMPLETE with summary, verification, notes and next steps",
        8: "finalize it, and let it be audited",
    }
)
"""The mandatory sequence of each cycle (contract §11)."""

START = "forgewatch difflog start --phase P --summary TEXT --files PATH"
FINISH = "forgewatch difflog finish --summary TEXT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A verb that comes out of order, or cannot be done in full: the step that is missing, both sides, and which exit there is.

    All but the exit may hold what a builder wrote, raw.
    """

    step: int
    stop: StopReason
    expected: str
    found: str
    exit: str


@dataclass(frozen=True, slots=True)
class Begin:
    """A new cycle may begin: what lies there is the previous one."""


@dataclass(frozen=True, slots=True)
class Renew:
    """The cycle that runs is planned anew: what it says of the previous one stays."""


@dataclass(frozen=True, slots=True)
class Finish:
    """The cycle that runs may be completed, or given up as BLOCKED. `phase` is its own."""

    phase: Phase


@dataclass(frozen=True, slots=True)
class Finalize:
    """The log claims to be done, and may be looked at as such."""


def is_settled(state: RecordState, facts: Facts, document: Digest | None) -> bool:
    """True when the diff log, digested by `document`, needs no audit: it was judged, or HEAD holds these bytes and the record vouches for
    HEAD."""
    return document is not None and (_was_judged(state, document) or _is_vouched(facts, document))


def _was_judged(state: RecordState, document: Digest) -> bool:
    # An audit from a base of the caller's is about another change.
    judged = {entry.document for entry in (state.work, state.last_entry) if entry is not None and not entry.against}
    return document in judged or document in {trigger.document for trigger in state.settled}


def _is_vouched(facts: Facts, document: Digest) -> bool:
    strays = facts.more or not all(commit.neutral for commit in facts.commits)
    return facts.log_at_head == document and facts.ancestry is Ancestry.LINEAR and not strays


def is_open(state: RecordState, facts: Facts, document: Digest | None) -> bool:
    """True when a COMPLETE log, digested by `document`, may be completed once more: nobody judged it yet, or it is the one that failed
    (contract §10.3, 3: the loopback verifies anew and claims anew)."""
    failed = failed_work(state)
    return not is_settled(state, facts, document) or (failed is not None and failed.document == document)


def may_start(reading: DiffLogReading, phase: Phase, *, hold: Hold | None, settled: bool) -> Begin | Renew | Refusal:
    """Decide whether a cycle of `phase` may begin now (S002-1-6, S002-11-8; C-20). `hold` is what the record holds new work of this phase
    with (`new_work.hold_on`), `settled` True when the present log needs no audit."""
    refused = _held(hold) or _unread(reading)
    if refused is not None:
        return refused
    match reading:
        case InProcess(log=log) if _is_same(log.phase, phase):
            return Renew()
        case InProcess(log=log):
            exits = f"{FINISH}; or finish it with --status blocked, and begin {phase} then"
            return _conflict(7, f"{log.phase} finished before {phase} begins", f"{log.phase} is IN_PROCESS", exits)
        case Complete() if not settled:
            exits = "forgewatch wait, while a watcher runs; else forgewatch audit"
            return _conflict(8, "a COMPLETE diff log that was audited", "no audit of this one is recorded", exits)
        case _:
            return Begin()


def may_finish(reading: DiffLogReading, *, hold: Hold | None, still_open: bool) -> Finish | Refusal:
    """Decide whether the cycle may be completed: one that was begun, or one that was completed too early and is `still_open` (`is_open`).
    `hold` is as for `may_start`: a phase that used up its loops is not completed again."""
    match reading:
        case InProcess(log=log):
            return Finish(log.phase)
        case Complete(log=log) if still_open:
            return _held(hold) or Finish(log.phase)
        case Complete() | Blocked() | Unknown() | Malformed() | Absent() | Unreadable():
            return _conflict(4, "a diff log that is IN_PROCESS", f"it {_seen(reading)}", START)
        case other:
            assert_never(other)


def may_finalize(reading: DiffLogReading) -> Finalize | Refusal:
    """Decide whether there is anything to finalize: a log that says the cycle is over (S002-11-9)."""
    match reading:
        case Complete() | Blocked():
            return Finalize()
        case InProcess() | Unknown():
            return _conflict(7, "a diff log that is COMPLETE", f"it {_seen(reading)}", FINISH)
        case Malformed() | Absent() | Unreadable():
            return _conflict(4, "a diff log", f"it {_seen(reading)}", START)
        case other:
            assert_never(other)


def _held(hold: Hold | None) -> Refusal | None:
    """Return why the record lets no such work begin: what failed is mended first, what was signed off waits for a person."""
    if hold is None:
        return None
    return Refusal(step=2, stop=hold.stop, expected="no work that is open", found=hold.why, exit="; or ".join(hold.ways))


def _unread(reading: DiffLogReading) -> Refusal | None:
    """What cannot be read cannot be summarised, and is not overwritten."""
    if not isinstance(reading, Unreadable):
        return None
    return _conflict(1, "a diff log that can be read, or none", f"it {reading.why}", "look at what is there, and move it away")


def _is_same(one: Phase, other: Phase) -> bool:
    """One phase may be named by two titles; what names none is taken for the one that is asked about."""
    return UNKNOWN_PHASE in (one, other) or phase_number(one) == phase_number(other)


def _seen(reading: DiffLogReading) -> str:
    log = log_of(reading)
    return seen_in(reading) if log is None else f"says '{log.status_text}'" if log.status_text else "says no status"


def _conflict(step: int, expected: str, found: str, exits: str) -> Refusal:
    return Refusal(step=step, stop=StopReason.CONTRACT_CONFLICT, expected=expected, found=found, exit=exits)
