"""The contract's checklist."""

from __future__ import annotations

from forgewatch.core.checklist import CHECKLIST, TWELVE, in_order, unjudged
from forgewatch.core.verdict import CheckCode, CheckResult, Fault, Ruling, Severity
from forgewatch.wiring.checks import CHECKS


def test_the_rows_are_a1_to_a9_and_w1_to_w3_and_then_the_further_checks() -> None:
    assert [code for code, _ in TWELVE] == [*(f"A{n}" for n in range(1, 10)), "W1", "W2", "W3"]
    assert CHECKLIST[:12] == TWELVE
    assert all(code.startswith("X-") for code, _ in CHECKLIST[12:])


def test_the_checklist_names_each_check_of_the_table_with_its_title() -> None:
    assert [(check.code, check.title) for check in CHECKS] == list(CHECKLIST)


def test_results_are_told_in_the_order_of_the_checklist_and_others_after_it() -> None:
    codes = ["X-LATER", "X-SILENCE", "W1", "A2", "X-EVER", "A1"]
    results = [CheckResult(code=CheckCode(code), title=code, severity=Severity.BLOCKING, answer=Ruling(basis="b")) for code in codes]
    assert [result.code for result in in_order(results)] == ["A1", "A2", "W1", "X-SILENCE", "X-LATER", "X-EVER"]


def test_an_audit_that_never_began_lists_each_of_the_twelve_as_not_judged() -> None:
    results = unjudged("the ledger cannot be believed")
    assert [(result.code, result.title) for result in results] == list(TWELVE)
    assert {result.answer for result in results} == {Fault("the ledger cannot be believed")}
    assert [result.code for result in results if result.blocks] == [f"A{n}" for n in range(1, 10)]
