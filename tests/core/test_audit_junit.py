"""JUnit XML of one audit: counts that add up, one case per check, and nothing a builder writes is markup."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forgewatch.core.audit_junit import SHOWN, audit_junit
from forgewatch.core.checklist import CHECKLIST
from forgewatch.core.events import AuditRecorded
from forgewatch.core.report import Report
from forgewatch.core.values import Phase
from forgewatch.core.verdict import Fault, Finding, Outcome, Ruling, Severity, StopReason
from tests.support.answers import PHASE, envelope, failing, report, results, unclaimed

SECRET = Finding(code="W101", path="app/a.py", line=3, message="token")
MIXED = results(
    A1=Ruling(basis="3 changed, 2 claimed", findings=(unclaimed(),)),
    A4=Fault("no such object"),
    A5=Ruling(basis="nothing to do", applicable=False),
    W1=Ruling(basis="one", findings=(SECRET,)),
    W3=Fault("bad yaml"),
)
COUNTS = ("tests", "failures", "errors", "skipped")


def event(told: Report | None, outcome: Outcome | None = None, **parts: Any) -> AuditRecorded:
    values: dict[str, Any] = {"phase": PHASE, "iteration": 2, "loopback": 1, "loopback_limit": 3, "stop": None, "trigger": None}
    ended = outcome or (told.audit.outcome if told else Outcome.ERROR)
    return AuditRecorded(report=told, outcome=ended, envelope=envelope(), **{**values, **parts})


def suite_of(told: AuditRecorded) -> ElementTree.Element:
    """Return the one suite, after what every consumer counts on was asserted."""
    top = ElementTree.fromstring(audit_junit(told, "Entry: 41").encode())
    (suite,) = top
    assert (top.tag, top.get("name"), suite.tag, suite.get("name")) == ("testsuites", "forgewatch", "testsuite", "forgewatch audit")
    # Between the elements stands nothing.
    assert "".join([*(one.tail or "" for one in top.iter()), *(one.text or "" for one in top.iter() if len(one))]).strip() == ""
    assert [top.get(count) for count in COUNTS] == [suite.get(count) for count in COUNTS]
    # The order of the schema that Ant's report writer set: properties, cases, output.
    assert [child.tag for child in suite] == ["properties", *["testcase"] * len(list(suite.iter("testcase"))), "system-out"]
    cases = list(suite.iter("testcase"))
    counted = [len(cases), *(len(list(suite.iter(tag))) for tag in ("failure", "error", "skipped"))]
    assert [int(suite.get(count, "")) for count in COUNTS] == counted
    for case in cases:
        assert [child.tag for child in case if child.tag != "system-out"] in ([], ["failure"], ["error"], ["skipped"])
        assert case[-1].tag == "system-out"
    return suite


def shown(told: AuditRecorded) -> dict[str, str]:
    """Return check -> how it is shown."""
    cases = suite_of(told).iter("testcase")
    return {str(case.get("classname")).removeprefix("forgewatch."): case[0].tag for case in cases if case[0].tag != "system-out"}


def case_of(told: AuditRecorded, check: str) -> ElementTree.Element:
    (case,) = (case for case in suite_of(told).iter("testcase") if case.get("classname") == f"forgewatch.{check}")
    return case


def test_each_verdict_is_shown_as_what_it_does_to_the_audit() -> None:
    assert shown(event(report(results=MIXED))) == {"A1": "failure", "A4": "error", "A5": "skipped", "W3": "skipped"}
    assert [suite_of(event(report(results=MIXED))).get(count) for count in COUNTS] == [str(len(CHECKLIST)), "1", "1", "2"]
    assert shown(event(report())) == {}


def test_a_warning_that_a_setting_made_blocking_fails_and_errs() -> None:
    strict = tuple(replace(one, severity=Severity.BLOCKING) for one in MIXED)
    told = shown(event(report(results=strict)))
    assert (told["W1"], told["W3"]) == ("failure", "error")


def test_a_failed_case_as_a_whole() -> None:
    case = case_of(event(report(results=MIXED)), "A1")
    assert case.attrib == {"classname": "forgewatch.A1", "name": "A1 Scope compliance", "time": "0.000"}
    failure, out = case
    assert failure.attrib == {"message": "3 changed, 2 claimed", "type": "FAIL"}
    assert failure.text == "A101 backdoor.py: changed but not claimed (untracked)"
    assert out.text == "FAIL: 3 changed, 2 claimed\nA101 backdoor.py: changed but not claimed (untracked)"


def test_what_was_not_judged_says_why_and_a_warning_is_told_in_the_output() -> None:
    told = event(report(results=MIXED))
    error = case_of(told, "A4")[0]
    assert (error.attrib, error.text) == (
        {"message": "could not be judged: no such object", "type": "ERROR"},
        "could not be judged: no such object",
    )
    assert case_of(told, "W3")[0].attrib == {"message": "could not be judged: bad yaml"}
    assert case_of(told, "A5")[0].attrib == {"message": "not applicable: nothing to do"}
    (out,) = case_of(told, "W1")
    assert out.text == "WARN: one\nW101 app/a.py:3: token"


def test_the_basis_of_a_pass_is_in_its_output() -> None:
    (out,) = case_of(event(report()), "A2")
    assert out.text == "PASS: A2 looked at"


def test_the_suite_tells_time_outcome_and_place_but_no_host() -> None:
    told = event(failing(), stop=StopReason.CONTRACT_CONFLICT)
    suite = suite_of(told)
    assert (suite.get("timestamp"), suite.get("time"), suite.get("hostname")) == ("2026-11-20T12:00:00", "0.112", None)
    assert {one.get("name"): one.get("value") for one in suite.iter("property")} == {
        "outcome": "FAIL",
        "stop": "CONTRACT_CONFLICT",
        "phase": "Phase 1 -- Things",
        "audit_id": told.report.identity if told.report else "",
    }
    assert suite[-1].text == "Overall: FAIL\nSTOP: CONTRACT_CONFLICT\nEntry: 41"
    assert "testhost" not in audit_junit(told, "")


def test_what_takes_seconds_and_stops_for_nothing() -> None:
    passing = event(report())
    suite = suite_of(replace(passing, envelope=replace(passing.envelope, duration_ms=62_500)))
    assert suite.get("time") == "62.500"
    assert [one.get("value") for one in suite.iter("property") if one.get("name") == "stop"] == ["none"]


@pytest.mark.parametrize("outcome", [Outcome.FAIL, Outcome.ERROR])
def test_an_audit_without_a_report_has_no_case_that_passed(outcome: Outcome) -> None:
    suite = suite_of(event(None, outcome, why="the ledger is missing", hint="restore it"))
    assert [suite.get(count) for count in COUNTS] == ["12", "0", "9", "3"]
    assert suite[-1].text == f"Overall: {outcome}\nNot judged: the ledger is missing; restore it\nEntry: 41"


@pytest.mark.parametrize(
    "path", ["]]><failure/>", '"><error/>', "<!-- x", "&amp;", "a\x00\x08\x1f\x7fb", "\ud800", "caf\udce9", "\ufffe\uffff", "a\nb\tc"]
)
def test_nothing_a_builder_writes_is_markup(path: str) -> None:
    hostile = results(A1=Ruling(basis=path, findings=(unclaimed(path),)), A4=Fault(path), A5=Ruling(basis=path, applicable=False))
    text = audit_junit(event(report(results=hostile), phase=Phase(path)), "Entry: 41")
    assert not [char for char in text if not char.isprintable() and char != "\n"]
    assert "]]>" not in text
    assert shown(event(report(results=hostile), phase=Phase(path))) == {"A1": "failure", "A4": "error", "A5": "skipped"}


def test_ten_thousand_findings_below_a_folder_are_summed() -> None:
    below = tuple(unclaimed(f"dist/{number}.js") for number in range(10_000))
    (failure, _) = case_of(event(failing("x", *below)), "A1")
    assert failure.text == "A101 dist/: changed but not claimed (10000 untracked)"


@pytest.mark.parametrize(
    ("count", "last"),
    [
        (SHOWN, f"A101 d{SHOWN - 1}/x: changed but not claimed (untracked)"),
        (SHOWN + 1, "and 1 more lines: forgewatch audit --json lists each finding"),
        (10_000, "and 9800 more lines: forgewatch audit --json lists each finding"),
    ],
)
def test_of_many_lines_two_hundred_stand_in_a_case_and_the_others_are_counted(count: int, last: str) -> None:
    apart = tuple(unclaimed(f"d{number}/x") for number in range(count))
    lines = str(case_of(event(failing("x", *apart)), "A1")[0].text).splitlines()
    assert len(lines) == min(count, SHOWN + 1)
    assert lines[-1] == last


@settings(deadline=None, max_examples=100)
@given(st.text(), st.text(), st.one_of(st.none(), st.text()))
def test_whatever_a_builder_writes_the_document_parses_and_is_the_same_twice(text: str, phase: str, path: str | None) -> None:
    finding = Finding(code="A101", path=path, message=text, actual=text)
    told = event(report(results=results(A1=Ruling(basis=text or "b", findings=(finding,)), A2=Fault(text))), phase=Phase(phase))
    assert audit_junit(told, text) == audit_junit(told, text)
    assert shown(told) == {"A1": "failure", "A2": "error"}
