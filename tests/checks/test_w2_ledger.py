"""W2: what the ledger was found to be when the audit began."""

from __future__ import annotations

import pytest

from forgewatch.checks.w2_ledger import judge
from forgewatch.core.places import ROOT
from forgewatch.core.snapshot import LedgerCondition, LedgerFacts
from tests.support.snapshots import snapshot


@pytest.mark.req("S002-10.7-W2")
@pytest.mark.parametrize(
    ("facts", "basis"),
    [
        (LedgerFacts(LedgerCondition.NEW), "no entries yet"),
        (LedgerFacts(LedgerCondition.INTACT, 1), "1 entry, equals the journal"),
        (LedgerFacts(LedgerCondition.INTACT, 41), "41 entries, equals the journal"),
    ],
)
def test_a_new_and_an_intact_ledger_pass(facts: LedgerFacts, basis: str) -> None:
    ruling = judge(snapshot(ledger=facts))
    assert (ruling.findings, ruling.basis) == ((), basis)


@pytest.mark.req("S002-10.7-W2")
@pytest.mark.parametrize(
    ("condition", "code"),
    [(LedgerCondition.REPAIRED, "W201"), (LedgerCondition.EXTENDED, "W202"), (LedgerCondition.TAMPERED, "W203")],
)
def test_a_ledger_that_was_touched_warns_and_says_what_deviated(condition: LedgerCondition, code: str) -> None:
    finding = judge(snapshot(ledger=LedgerFacts(condition, 3, "byte 812 of 4096"))).findings[0]
    assert (finding.code, finding.path, finding.actual) == (code, "Forge/evidence/audit_ledger.md", "byte 812 of 4096")
    plain = judge(snapshot(ledger=LedgerFacts(condition, 3), places=ROOT)).findings[0]
    assert (plain.path, plain.actual) == ("evidence/audit_ledger.md", condition.value)


def test_every_condition_is_ruled() -> None:
    ruled = {condition: bool(judge(snapshot(ledger=LedgerFacts(condition, 1))).findings) for condition in LedgerCondition}
    assert [condition for condition, found in ruled.items() if not found] == [LedgerCondition.NEW, LedgerCondition.INTACT]
