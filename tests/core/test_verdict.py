"""Verdicts are derived: nobody can build a PASS with findings, or pass an audit without results."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forgewatch.core.verdict import Audit, CheckCode, CheckResult, Fault, Finding, Outcome, Ruling, Severity, Verdict

FOUND = Finding(code="A101", message="changed but not claimed")
ANSWERS = st.sampled_from(
    [Fault("broke"), Ruling(basis="fine"), Ruling(basis="bad", findings=(FOUND,)), Ruling(basis="not here", applicable=False)]
)
RESULTS = st.builds(CheckResult, code=st.just(CheckCode("A1")), title=st.just("t"), severity=st.sampled_from(Severity), answer=ANSWERS)


def result(answer: Ruling | Fault, severity: Severity = Severity.BLOCKING) -> CheckResult:
    return CheckResult(code=CheckCode("A1"), title="Scope compliance", severity=severity, answer=answer)


@pytest.mark.parametrize(
    ("answer", "severity", "verdict"),
    [
        (Ruling(basis="b"), Severity.BLOCKING, Verdict.PASS),
        (Ruling(basis="b", notes=(FOUND,)), Severity.BLOCKING, Verdict.PASS),
        (Ruling(basis="b", findings=(FOUND,)), Severity.BLOCKING, Verdict.FAIL),
        (Ruling(basis="b", findings=(FOUND,)), Severity.WARNING, Verdict.WARN),
        (Ruling(basis="b", applicable=False), Severity.BLOCKING, Verdict.NOT_APPLICABLE),
        (Fault("x"), Severity.WARNING, Verdict.ERROR),
    ],
)
def test_the_verdict_follows_from_ruling_and_severity(answer: Ruling | Fault, severity: Severity, verdict: Verdict) -> None:
    assert result(answer, severity).verdict is verdict


def test_a_ruling_without_a_basis_or_with_findings_that_do_not_apply_cannot_be_built() -> None:
    with pytest.raises(ValueError, match="basis"):
        Ruling(basis="")
    with pytest.raises(ValueError, match="no findings"):
        Ruling(basis="b", findings=(FOUND,), applicable=False)


def test_an_audit_without_results_has_not_passed() -> None:
    assert not Audit(()).passed
    assert Audit(()).outcome is Outcome.ERROR


def test_a_fail_outweighs_an_error_and_a_lone_error_is_an_error() -> None:
    failed, broken, fine = result(Ruling(basis="b", findings=(FOUND,))), result(Fault("x")), result(Ruling(basis="b"))
    assert Audit((failed, broken)).outcome is Outcome.FAIL
    assert Audit((fine, broken)).outcome is Outcome.ERROR
    assert Audit((fine,)).outcome is Outcome.PASS
    assert failed.findings == (FOUND,)
    assert broken.findings == ()


@pytest.mark.req("S002-10.7-4")
def test_warnings_never_fail_an_audit() -> None:
    warned = result(Ruling(basis="b", findings=(FOUND,)), Severity.WARNING)
    assert Audit((warned, result(Fault("x"), Severity.WARNING))).passed


@given(st.lists(RESULTS, max_size=4).map(tuple))
def test_an_audit_passes_exactly_when_it_has_results_and_none_blocks(results: tuple[CheckResult, ...]) -> None:
    audit = Audit(results)
    assert audit.passed == (bool(results) and not any(r.blocks for r in results))
    assert (audit.outcome is Outcome.PASS) == audit.passed
