"""May new work begin, as the record stands? (contract §1 item 10; S002-1-6). One rule for `gate read` and `difflog start`.

A phase that failed goes on as its loopback, under the same number; another phase waits until somebody resolved it. What is signed off
halts all work, also in its own phase (contract §10.4).
"""

from __future__ import annotations

from dataclasses import dataclass

from forgewatch.core.amendments import blocked, blocked_phases
from forgewatch.core.authority_state import SignedOff
from forgewatch.core.phase_words import phase_number
from forgewatch.core.record_state import EntrySummary, RecordState
from forgewatch.core.values import UNKNOWN_PHASE, Phase
from forgewatch.core.verdict import Outcome, StopReason

_ADOPT = "the operator takes over what is there: forgewatch ledger adopt"
_UNRESOLVED = frozenset({Outcome.FAIL, Outcome.ERROR})


@dataclass(frozen=True, slots=True)
class Hold:
    """Why no new work may begin, the ways out, each of which is enough, and the STOP of who begins all the same. Raw: a phase in it is
    what a builder wrote."""

    why: str
    ways: tuple[str, ...]
    stop: StopReason = StopReason.CONTRACT_CONFLICT


def hold_on(state: RecordState, phase: Phase = UNKNOWN_PHASE) -> Hold | None:
    """Return what holds new work in `phase`, None when it may begin (contract §1, §10.3, §10.4).

    A phase that is not known is held only by what holds every phase: nobody can say that it is another one than the one that failed.
    """
    if state.tampered is not None:
        why = f"the ledger cannot be believed: {state.tampered.detail}"
        return Hold(why, ("the operator: forgewatch ledger restore",), StopReason.EVIDENCE_MISSING)
    for used_up in blocked_phases(state):
        # It is the end of the loop, and not of a rule (contract §10.3, 5).
        ways = ("the operator looks at it, then: forgewatch unblock --reason WHY",)
        return Hold(blocked(used_up), ways, StopReason.RISK_EXCEEDS_SCOPE)
    if state.authority.signed is not None:
        return _halted(state, state.authority.signed)
    failed = failed_work(state)
    if failed is None or UNKNOWN_PHASE in (phase, failed.phase) or phase_number(phase) == phase_number(failed.phase):
        return None
    named = phase_number(failed.phase)
    word = "FAIL" if failed.outcome is Outcome.FAIL else "not judged"
    codes = f" ({', '.join(failed.failed)})" if failed.failed else ""
    return Hold(
        f"entry {failed.seq}, {failed.phase}, is {word}{codes}, and {phase_number(phase)} is other work",
        (f"go on with {named} until its audit passes: mend what failed, complete the cycle again", _ADOPT),
    )


def failed_work(state: RecordState) -> EntrySummary | None:
    """Return the newest audit of the work at hand when it did not pass: the work that may go on is its loopback (contract §10.3)."""
    work = state.work
    return work if work is not None and work.outcome in _UNRESOLVED else None


def _halted(state: RecordState, signed: SignedOff) -> Hold:
    grant = state.authority.grant_of(signed.entry)
    if grant is not None:
        why = f"entry {signed.entry}, {signed.phase}, is authorized by entry {grant.seq} and not committed yet"
        return Hold(why, ("commit the audited tree with git", "the operator: forgewatch authorize --commit MESSAGE", _ADOPT))
    why = f"entry {signed.entry}, {signed.phase}, is {Outcome.SIGNED_OFF.value}"
    return Hold(why, ("the operator: forgewatch authorize", _ADOPT))
