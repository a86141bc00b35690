"""The reports of test runners: what they count, and that nothing a test writes there can hurt."""

from __future__ import annotations

import json
from typing import Any

import pytest

from forgewatch.core import step_report
from forgewatch.core.step_report import REPORT_BYTES, Counts, read_report
from tests.support.memory_bench import junit

PYTEST = b"""<?xml version="1.0" encoding="utf-8"?><testsuites name="pytest tests"><testsuite name="pytest" errors="0" failures="1"
 skipped="1" tests="4" time="0.05"><testcase classname="tests.test_a.TestX" name="test_in[1-a]" file="tests/test_a.py" line="3" time="0.001"
 /><testcase classname="tests.test_a" name="test_no" file="tests/test_a.py" line="9" time="0.1"><failure message="assert 1 == 2">E</failure>
 <system-out>out</system-out></testcase><testcase classname="tests.test_a" name="test_later" file="tests/test_a.py" line="9"><skipped
 type="pytest.skip" message="no"/></testcase><testcase classname="" name="tests.test_b" time="0"><error message="collection failure"/>
</testcase></testsuite></testsuites>"""
VITEST = b"""<?xml version="1.0" encoding="UTF-8" ?><testsuites name="vitest tests" tests="2"><testsuite name="src/a.test.ts"><testcase
 classname="src/a.test.ts" name="adds &gt; two numbers" time="0.001"></testcase></testsuite></testsuites>"""


def outcomes(raw: bytes) -> dict[str, str]:
    found = read_report(raw)
    assert found is not None, raw
    return dict(found.outcomes)


def jest(*tests: Any, **suite: Any) -> bytes:
    return json.dumps(
        {"numTotalTests": 1, "testResults": [{"name": "/repo/src/a.test.js", "assertionResults": list(tests), **suite}]}
    ).encode()


def test_a_report_of_pytest_names_each_test_as_pytest_does() -> None:
    found = read_report(PYTEST)
    assert found is not None
    assert found.outcomes == {
        "tests/test_a.py::TestX::test_in[1-a]": "passed",
        "tests/test_a.py::test_no": "failed",
        "tests/test_a.py::test_later": "skipped",
        "tests.test_b": "failed",
    }
    assert (found.passed, found.failed, found.skipped, found.executed) == (1, 2, 1, 3)
    assert found.failing == ("tests.test_b", "tests/test_a.py::test_no")


def test_a_report_of_vitest_names_file_and_test() -> None:
    assert outcomes(VITEST) == {"src/a.test.ts::adds > two numbers": "passed"}


def test_a_failure_beside_a_skip_is_a_failure() -> None:
    both = b'<testsuite><testcase name="a"><skipped/><failure/><skipped/></testcase></testsuite>'
    assert outcomes(both) == {"a": "failed"}


def test_two_tests_of_one_name_are_two_tests() -> None:
    twice = b'<testsuite><testcase name="a"/><testcase name="a"><failure/></testcase><testcase name="a"/></testsuite>'
    assert outcomes(twice) == {"a": "passed", "a (2)": "failed", "a (3)": "passed"}


def test_what_stands_inside_of_a_case_or_beside_it_is_no_case_and_no_failure() -> None:
    odd = b'<testsuite><failure/><skipped/><testcase name="a"><testcase name="b"/></testcase><testcase/></testsuite>'
    assert outcomes(odd) == {"a": "passed", "": "passed"}


def test_a_report_of_jest_is_read() -> None:
    raw = jest(
        {"fullName": "adds numbers", "status": "passed"},
        {"title": "fails", "status": "failed"},
        {"fullName": "later", "status": "todo"},
        "no test",
    )
    assert outcomes(raw) == {"a.test.js::adds numbers": "passed", "a.test.js::fails": "failed", "a.test.js::later": "skipped"}


def test_a_file_that_jest_cannot_load_is_a_failure() -> None:
    assert outcomes(jest(status="failed")) == {"a.test.js": "failed"}
    assert outcomes(jest(status="passed")) == {}
    assert outcomes(b'{"testResults": [3, {"assertionResults": 3, "status": "failed"}]}') == {"": "failed"}


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b" \n",
        b"no report",
        b"<html></html>",
        b"<testsuite><testcase></testsuite>",
        b"{",
        b"[]",
        b'{"testResults": 3}',
        b"\x00\xff\xfe",
        b'<?xml version="1.0" encoding="latin-1"?><testsuite><testcase name="\xe9"/></testsuite>',
        b"<testsuite/>" + b" " * REPORT_BYTES,
        b"<testsuite>" + b"<a>" * 500 + b"</a>" * 500 + b"</testsuite>",
    ],
    ids=range(12),
)
def test_what_is_no_report_is_none(raw: bytes) -> None:
    assert read_report(raw) is None


def test_ten_lines_of_entities_are_no_report() -> None:
    bomb = b'<!DOCTYPE t [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><testsuite><testcase name="&b;"/></testsuite>'
    assert read_report(bomb) is None


def test_a_report_of_no_test_counts_nothing() -> None:
    assert read_report(b"<testsuites/>") == Counts(passed=0, failed=0, skipped=0, outcomes={})
    assert read_report(junit()) == Counts(passed=0, failed=0, skipped=0, outcomes={})


def test_a_report_without_end_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(step_report, "MOST_TESTS", 10)
    many = b"<testsuite>" + b'<testcase name="a"/>' * 12 + b"</testsuite>"
    assert read_report(many) is None
    assert read_report(jest(*({"title": str(number), "status": "passed"} for number in range(12)))) is None


def test_a_name_is_bounded() -> None:
    long = b'<testsuite><testcase classname="c" name="' + b"n" * 5000 + b'"/></testsuite>'
    assert [len(name) for name in outcomes(long)] == [400]
