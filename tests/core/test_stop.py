"""One STOP reason per failed audit, none for a passed one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forgewatch.core.checklist import CHECKLIST
from forgewatch.core.stop import PRECEDENCE, stop_of, stops_of
from forgewatch.core.verdict import Audit, CheckCode, CheckResult, Fault, Finding, Ruling, Severity, StopReason

FAILS = Ruling(basis="looked", findings=(Finding(code="X1", message="wrong"),))
PASSES = Ruling(basis="looked")
BREAKS = Fault("broke")

CONFLICT, MISSING = StopReason.CONTRACT_CONFLICT, StopReason.EVIDENCE_MISSING


def audit(severity: Severity = Severity.BLOCKING, **answers: Ruling | Fault) -> Audit:
    return Audit(
        tuple(
            CheckResult(
                code=code,
                title=title,
                severity=severity if not code.startswith("A") else Severity.BLOCKING,
                answer=answers.get(code, PASSES),
            )
            for code, title in CHECKLIST
        )
    )


@pytest.mark.req("S002-10.3-1")
@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("A1", CONFLICT),
        ("A2", CONFLICT),
        ("A3", MISSING),
        ("A4", CONFLICT),
        ("A5", MISSING),
        ("A6", CONFLICT),
        ("A7", MISSING),
        ("A8", MISSING),
        ("A9", MISSING),
        ("W1", CONFLICT),
        ("W2", MISSING),
        ("W3", CONFLICT),
        ("X-PS1", CONFLICT),
        ("X-LAYOUT", CONFLICT),
        ("X-PHYSICS", MISSING),
        ("X-DEPS", MISSING),
        ("X-TESTS", MISSING),
        ("X-SCHEMA", StopReason.AMBIGUOUS_INTENT),
        ("X-DOCS", MISSING),
        ("X-BOOT", MISSING),
        ("X-SILENCE", CONFLICT),
        ("X-CHURN", CONFLICT),
    ],
)
def test_each_failed_check_has_its_reason(code: str, reason: StopReason) -> None:
    assert stop_of(audit(**{code: FAILS})) is reason


@pytest.mark.req("S002-3-3")
def test_an_unclaimed_file_is_a_contract_conflict() -> None:
    assert stop_of(audit(A1=FAILS)) is CONFLICT


@pytest.mark.req("S002-8-1")
def test_of_several_reasons_the_first_by_precedence_is_told_and_the_others_are_kept() -> None:
    assert stops_of(audit(A8=FAILS, A1=FAILS)) == (CONFLICT, MISSING)
    assert stop_of(audit(A8=FAILS, A1=FAILS)) is CONFLICT


def test_a_passed_audit_has_no_reason_even_with_warnings() -> None:
    warned = audit(Severity.WARNING, W1=FAILS, W2=BREAKS)
    assert warned.passed
    assert stop_of(warned) is None
    assert stop_of(warned, exhausted=True) is None


def test_checks_that_could_not_be_judged_stop_for_the_environment() -> None:
    assert stop_of(audit(A1=BREAKS, A8=BREAKS)) is StopReason.ENVIRONMENT_LIMITATION
    assert stop_of(Audit(())) is StopReason.ENVIRONMENT_LIMITATION


LIMIT, RISK, INTENT = StopReason.ENVIRONMENT_LIMITATION, StopReason.RISK_EXCEEDS_SCOPE, StopReason.AMBIGUOUS_INTENT


@pytest.mark.req("S002-8-1")
@pytest.mark.parametrize(
    ("answers", "exhausted", "reasons"),
    [
        ({"A8": FAILS, "X-SCHEMA": FAILS}, False, (MISSING, INTENT)),
        ({"X-SCHEMA": FAILS}, True, (RISK, INTENT)),
        ({"A2": FAILS, "A4": FAILS}, False, (CONFLICT,)),
        ({"A6": FAILS, "A9": FAILS, "X-SCHEMA": FAILS}, False, (CONFLICT, MISSING, INTENT)),
        ({"A6": FAILS, "A9": FAILS, "X-SCHEMA": FAILS}, True, (RISK, CONFLICT, MISSING, INTENT)),
        # A check that could not be judged, beside one that failed (docs/decisions/0016).
        ({"A1": BREAKS, "A8": FAILS}, False, (LIMIT, MISSING)),
        ({"A1": BREAKS, "A8": FAILS}, True, (LIMIT, RISK, MISSING)),
        ({"A1": FAILS, "A5": BREAKS, "A8": FAILS}, True, (LIMIT, RISK, CONFLICT, MISSING)),
    ],
)
def test_the_precedence_of_reasons_whatever_fails_together(
    answers: dict[str, Ruling | Fault], exhausted: bool, reasons: tuple[StopReason, ...]
) -> None:
    assert stops_of(audit(**answers), exhausted=exhausted) == reasons
    assert stop_of(audit(**answers), exhausted=exhausted) is reasons[0]


@pytest.mark.req("S002-10.3-6")
def test_the_last_fail_that_the_limit_allows_is_a_risk() -> None:
    assert stops_of(audit(A1=FAILS, A3=FAILS), exhausted=True) == (StopReason.RISK_EXCEEDS_SCOPE, CONFLICT, MISSING)


def test_an_error_never_exhausts_the_limit() -> None:
    assert stop_of(audit(A1=BREAKS), exhausted=True) is StopReason.ENVIRONMENT_LIMITATION


def test_a_check_nobody_mapped_still_stops() -> None:
    odd = CheckResult(code=CheckCode("X-LATER"), title="t", severity=Severity.BLOCKING, answer=FAILS)
    assert stop_of(Audit((odd,))) is CONFLICT


ANSWERS = st.dictionaries(st.sampled_from([code for code, _ in CHECKLIST]), st.sampled_from([FAILS, PASSES, BREAKS]))


@given(ANSWERS, st.booleans())
def test_there_is_a_reason_exactly_when_the_audit_did_not_pass(answers: dict[str, Ruling | Fault], exhausted: bool) -> None:
    judged = audit(**answers)
    reasons = stops_of(judged, exhausted=exhausted)
    assert bool(reasons) is not judged.passed
    assert list(reasons) == sorted(reasons, key=PRECEDENCE.index)


def test_every_reason_of_the_contract_has_a_rank() -> None:
    assert set(PRECEDENCE) == set(StopReason)


@pytest.mark.req("S002-12-6")
def test_scope_that_grew_beyond_its_plan_exceeds_the_risk_and_hides_no_other_reason() -> None:
    grown, unclaimed = (Finding(code=code, message="wrong") for code in ("A112", "A101"))
    assert stops_of(audit(A1=Ruling(basis="looked", findings=(grown,)))) == (StopReason.RISK_EXCEEDS_SCOPE,)
    both = audit(A1=Ruling(basis="looked", findings=(unclaimed, grown)))
    assert stops_of(both) == (StopReason.RISK_EXCEEDS_SCOPE, CONFLICT)


@pytest.mark.req("S002-5-4")
@pytest.mark.req("S002-9.2-2")
@pytest.mark.req("S002-9.5-3")
@pytest.mark.parametrize(
    ("check", "code", "reason"),
    [
        ("X-PHYSICS", "XR01", MISSING),
        ("X-PHYSICS", "XR02", CONFLICT),
        ("X-PHYSICS", "XR03", MISSING),
        ("X-TESTS", "XT01", MISSING),
        ("X-TESTS", "XT02", CONFLICT),
        ("X-WIRING", "XW01", MISSING),
        ("X-WIRING", "XW02", CONFLICT),
        ("X-WIRING", "XW03", StopReason.AMBIGUOUS_INTENT),
    ],
)
def test_a_finding_stops_for_the_reason_that_the_contract_gives_it(check: str, code: str, reason: StopReason) -> None:
    assert stops_of(audit(**{check: Ruling(basis="looked", findings=(Finding(code=code, message="wrong"),))})) == (reason,)
