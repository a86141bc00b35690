"""An answer becomes an entry: outcome, iteration, loopback and STOP follow from what the record already knows (contract §10.3, §10.6)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from forgewatch.core.catalogue import CodeDoc
from forgewatch.core.cycle_remarks import plan_lines, remarks
from forgewatch.core.events import AuditRecorded, Envelope, Trigger
from forgewatch.core.fix_plan import fix_lines
from forgewatch.core.places import Places
from forgewatch.core.record_state import RecordState
from forgewatch.core.report import Failed, Report
from forgewatch.core.stop import stop_of
from forgewatch.core.text import escape
from forgewatch.core.values import UNKNOWN_PHASE, Phase
from forgewatch.core.verdict import Outcome, StopReason


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryRules:
    """What entries of one repository are made by: its places, the catalogue, and how many FAILs in a row a phase may have."""

    places: Places
    docs: Mapping[str, CodeDoc]
    loopback_limit: int = 3


def entry_of_report(state: RecordState, report: Report, trigger: Trigger | None, envelope: Envelope, rules: EntryRules) -> AuditRecorded:
    """Return the entry of a finished audit. A FAIL is one more in a row, an ERROR neither counts nor forgives, and a PASS forgives its
    phase while the limit is not used up: then only the operator does (C-06). An audit from a base of the caller's does neither.
    """
    outcome = report.audit.outcome
    loopback = state.streak(report.phase) if report.against else _loopback(state, report.phase, outcome, rules.loopback_limit)
    exhausted = outcome is Outcome.FAIL and loopback >= rules.loopback_limit
    return AuditRecorded(
        outcome=outcome,
        phase=report.phase,
        iteration=state.next_iteration(report.phase),
        loopback=loopback,
        loopback_limit=rules.loopback_limit,
        stop=stop_of(report.audit, exhausted=exhausted),
        report=report,
        trigger=trigger,
        envelope=envelope,
        fix_plan=plan_of(report, rules),
        remarks=remarks(state, report),
    )


def _loopback(state: RecordState, phase: Phase, outcome: Outcome, limit: int) -> int:
    before = state.streak(phase)
    match outcome:
        case Outcome.FAIL:
            return state.failed_in_a_row(phase) + 1
        case Outcome.PASS if before < limit:
            return 0
        case _:
            return before


def entry_of_failure(
    state: RecordState, failed: Failed, trigger: Trigger | None, envelope: Envelope, rules: EntryRules, phase: Phase = UNKNOWN_PHASE
) -> AuditRecorded:
    """Return the entry of an audit that could not be done: ERROR. Nothing about the builder's work was judged, so no FAIL is counted."""
    return AuditRecorded(
        outcome=Outcome.ERROR,
        phase=phase,
        iteration=state.next_iteration(phase),
        loopback=state.streak(phase),
        loopback_limit=rules.loopback_limit,
        stop=_stop(failed.stop),
        report=None,
        trigger=trigger,
        envelope=envelope,
        why=failed.why,
        hint=failed.hint,
        fix_plan=_plan(failed.hint),
        again=failed.again,
    )


def entry_of_refusal(
    state: RecordState, why: str, hint: str, trigger: Trigger | None, envelope: Envelope, rules: EntryRules, phase: Phase = UNKNOWN_PHASE
) -> AuditRecorded:
    """Return the entry of an audit the ledger itself stopped: FAIL, EVIDENCE_MISSING (C-16). It counts towards no loop."""
    return AuditRecorded(
        outcome=Outcome.FAIL,
        phase=phase,
        iteration=state.next_iteration(phase),
        loopback=state.streak(phase),
        loopback_limit=rules.loopback_limit,
        stop=StopReason.EVIDENCE_MISSING,
        report=None,
        trigger=trigger,
        envelope=envelope,
        why=why,
        hint=hint,
        fix_plan=_plan(hint),
    )


def plan_of(report: Report, rules: EntryRules) -> tuple[str, ...]:
    """Return the lines of the entry's Fix Plan, none for an audit that passed."""
    generated = fix_lines(report.audit, rules.docs, rules.places)
    return (*generated, *plan_lines(report)) if generated else ()


def _plan(hint: str) -> tuple[str, ...]:
    return (f"A1-A9: {escape(hint)}",) if hint else ()


def _stop(name: str) -> StopReason:
    return StopReason(name) if name in set(StopReason) else StopReason.ENVIRONMENT_LIMITATION
