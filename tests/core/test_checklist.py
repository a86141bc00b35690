"""The contract's checklist."""

from __future__ import annotations

from forgewatch.core.checklist import CHECKLIST, in_order, unjudged
from forgewatch.core.verdict import CheckCode, CheckResult, Fault, Ruling, Severity


def test_the_rows_are_a1_to_a9_and_w1_to_w3() -> None:
    assert [code for code, _ in CHECKLIST] == [*(f"A{n}" for n in range(1, 10)), "W1", "W2", "W3"]


def test_results_are_told_in_the_order_of_the_checklist_and_others_after_it() -> None:
    codes = ["X-TESTS", "W1", "A2", "X-BOOT", "A1"]
    results = [CheckResult(code=CheckCode(code), title=code, severity=Severity.BLOCKING, answer=Ruling(basis="b")) for code in codes]
    assert [result.code for result in in_order(results)] == ["A1", "A2", "W1", "X-TESTS", "X-BOOT"]


def test_an_audit_that_never_began_lists_each_check_as_not_judged() -> None:
    results = unjudged("the ledger cannot be believed")
    assert [(result.code, result.title) for result in results] == list(CHECKLIST)
    assert {result.answer for result in results} == {Fault("the ledger cannot be believed")}
    assert [result.code for result in results if result.blocks] == [f"A{n}" for n in range(1, 10)]
