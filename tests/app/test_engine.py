"""No path leads from a fault inside a check to PASS."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from forgewatch.app.engine import judge, table_for
from forgewatch.core.settings import Profile
from forgewatch.core.snapshot import Snapshot
from forgewatch.core.verdict import Check, CheckCode, Fault, Finding, Outcome, Ruling, Severity, Verdict
from tests.support.snapshots import snapshot


def passes(_: Snapshot) -> Ruling:
    return Ruling(basis="looked")


def raising(error: BaseException) -> Check:
    def breaks(_: Snapshot) -> Ruling:
        raise error

    return Check(code=CheckCode("A1"), title="t", severity=Severity.BLOCKING, judge=breaks)


def check(code: str, severity: Severity = Severity.BLOCKING) -> Check:
    return Check(code=CheckCode(code), title=code, severity=severity, judge=passes)


FAULTS = st.sampled_from(
    [ValueError("x\ny"), KeyError("k"), RecursionError(), MemoryError(), AssertionError(), UnicodeDecodeError("utf-8", b"", 0, 1, "r")]
)


@given(FAULTS, st.integers(0, 3))
def test_a_check_that_breaks_blocks_and_the_others_are_still_told(error: Exception, place: int) -> None:
    table = [check("A2"), check("A3"), check("A4")]
    table.insert(place, raising(error))
    audit = judge(snapshot(), table)
    assert not audit.passed
    assert audit.outcome is Outcome.ERROR
    assert [result.verdict for result in audit.results].count(Verdict.PASS) == 3


def test_a_fault_is_told_on_one_line() -> None:
    answer = judge(snapshot(), [raising(ValueError("a\nb"))]).results[0].answer
    assert answer == Fault("ValueError: a\\nb")


def test_no_check_carries_a_secret_into_the_record() -> None:
    token = "ghp_" + "R7xQ2mV9tK4wL8sN3bZ6cJ1hY5dF0aGe9uPq"
    quoting = Finding(code="A903", message=f"found '{token}'")

    def quotes(_: Snapshot) -> Ruling:
        return Ruling(basis="b", findings=(quoting,))

    table = [replace(check("A1"), judge=quotes), raising(ValueError(token)), check("A2")]
    assert token not in str(judge(snapshot(), table))


def test_profiles_and_operator_can_only_make_warnings_harder() -> None:
    table = (check("A1"), check("W1", Severity.WARNING), check("W2", Severity.WARNING))
    assert [row.severity for row in table_for(table, Profile.DEV, ())] == ["blocking", "warning", "warning"]
    assert table_for(table, Profile.CI, ())[1].severity is Severity.BLOCKING
    assert table_for(table, Profile.RELEASE, ())[1].severity is Severity.BLOCKING
    harder = table_for(table, Profile.DEV, (("W2", "fail"), ("A1", "warn")))
    assert [row.severity for row in harder] == ["blocking", "warning", "blocking"]
