"""What an audit would say of a diff log by itself: the rulings of A5 and A7, and rows of the claim that are no path (S002-11-9; C-09); and
what A8 would say of the test record beside it.

They are the audit's own functions over a snapshot that holds nothing else, so `check`, `finish` and `finalize` cannot disagree
with it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from forgewatch.checks import a1_scope, a5_difflog, a7_order, a8_tests
from forgewatch.core.canonical import digest_of_bytes
from forgewatch.core.claim_resolution import resolve_claim
from forgewatch.core.difflog import Claim, DiffLogReading
from forgewatch.core.difflog_steps import Refusal
from forgewatch.core.places import Places
from forgewatch.core.readings import log_of
from forgewatch.core.record_state import RecordState
from forgewatch.core.repository_facts import Facts
from forgewatch.core.settings import Profile
from forgewatch.core.snapshot import Ancestry, History, LedgerCondition, LedgerFacts, PathTable, RecordHistory, Snapshot
from forgewatch.core.testrecord import TestRecordReading
from forgewatch.core.values import UNKNOWN_PHASE, Absent, RepoPath
from forgewatch.core.verdict import Finding, StopReason

MOST_FINDINGS = 20
"""Findings that one refusal tells; the rest is counted."""

_NOTHING = digest_of_bytes(b"")


@dataclass(frozen=True, slots=True)
class Judged:
    """What A5, A7 and the reader of the claim find, in this order, and what they only note."""

    gate: tuple[Finding, ...]
    order: tuple[Finding, ...]
    claim: tuple[Finding, ...]
    notes: tuple[Finding, ...] = ()

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Everything that an audit of this log would fail for."""
        return (*self.gate, *self.order, *self.claim)


def judge_log(reading: DiffLogReading, places: Places, exists: Callable[[RepoPath], bool]) -> Judged:
    """Judge a log, whatever its status. `exists` tells whether a path is known to HEAD or the working tree."""
    snapshot = _snapshot(reading, places)
    gate, order = a5_difflog.judge(snapshot), a7_order.judge(snapshot)
    log = log_of(reading)
    claim = resolve_claim(log.claim, exists, places) if log else Claim()
    # What A1 has against the log itself is a row that names no path; the rest is about files.
    scope = a1_scope.judge(replace(snapshot, claim=claim))
    rows = tuple(finding for finding in scope.findings if finding.path == places.diff_log)
    return Judged(gate.findings, order.findings, rows, (*gate.notes, *order.notes))


def findings_refusal(findings: Sequence[Finding], step: int, exits: str, stop: StopReason = StopReason.CONTRACT_CONFLICT) -> Refusal | None:
    """Return what an audit would say as a refusal, None where it would say nothing."""
    if not findings:
        return None
    told = [f"{finding.code} {finding.message}" for finding in findings[:MOST_FINDINGS]]
    rest = len(findings) - MOST_FINDINGS
    found = "; ".join([*told, *([f"and {rest} more"] if rest > 0 else [])])
    return Refusal(step=step, stop=stop, expected="what an audit has nothing against", found=found, exit=exits)


def judge_record(record: TestRecordReading, state: RecordState, facts: Facts, places: Places) -> tuple[Finding, ...]:
    """Return what A8 would fail the test record for on the tree as it is: that it is stale, that nothing ran, that it denies a run that
    failed. Whether it has to be attested is left to the audit."""
    snapshot = replace(
        _snapshot(Absent(), places),
        test_record=record,
        tree=facts.work.tree if facts.work else _NOTHING,
        history=History(head=facts.head, anchor=None, ancestry=facts.ancestry),
        record_history=RecordHistory(seen=tuple(state.record_trees), failing=state.failing),
    )
    return a8_tests.judge(snapshot).findings


def _snapshot(reading: DiffLogReading, places: Places) -> Snapshot:
    return Snapshot(
        places=places,
        phase=UNKNOWN_PHASE,
        profile=Profile.DEV,
        difflog=reading,
        claim=Claim(),
        test_record=Absent(),
        tree=_NOTHING,
        paths=PathTable({}, {}),
        history=History(head=None, anchor=None, ancestry=Ancestry.NO_ANCHOR),
        ledger=LedgerFacts(LedgerCondition.NEW),
    )
