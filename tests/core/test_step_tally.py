"""Listening to the output of a step: the counts of the usual runners, the last line, and bounds on everything."""

from __future__ import annotations

import pytest

from forgewatch.core.step_report import Counts
from forgewatch.core.step_tally import LINE_BYTES, Tally

GO = """=== RUN   TestAdd
=== RUN   TestAdd/two
--- PASS: TestAdd (0.00s)
    --- PASS: TestAdd/two (0.00s)
--- FAIL: TestSub (0.00s)
    sub_test.go:9: no
--- SKIP: TestLater (0.00s)
FAIL
FAIL\texample.org/calc\t0.002s
?   \texample.org/none\t[no test files]
--- PASS: TestAdd (0.00s)
ok  \texample.org/more\t0.002s
FAIL
"""
UNITTEST = """test_a (tests.test_a.T.test_a) ... ok
test_b (tests.test_a.T.test_b) ... skipped 'no'
----------------------------------------------------------------------
Ran 2 tests in 0.001s

OK (skipped=1)
"""


def heard(text: str | bytes, size: int = 7) -> Tally:
    raw, tally = text if isinstance(text, bytes) else text.encode(), Tally()
    for start in range(0, len(raw), size):
        tally.heard(raw[start : start + size])
    return tally


def counts(text: str) -> tuple[int, int, int] | None:
    found = heard(text).counts()
    return (found.passed, found.failed, found.skipped) if found else None


RULE = "=" * 70 + "\n"
FAILURES = f"{RULE}FAIL: test_a (tests.test_a.T.test_a) (i=3)\n{RULE}ERROR: test_b (tests.test_a.T)\n"
FAILURES += "Ran 3 tests in 0.1s\n\nFAILED (failures=1, errors=1)\n"


@pytest.mark.req("S002-9.2-6")
def test_unittest_names_the_tests_that_failed_in_both_of_its_spellings() -> None:
    found = heard(FAILURES).counts()
    assert found is not None and found.failing == ("tests.test_a.T::test_a", "tests.test_a.T::test_b")
    assert (found.passed, found.failed) == (1, 2)


@pytest.mark.parametrize(
    "text",
    [
        f"{RULE}FAIL: test_a (a.T.test_a)\nRan 1 test in 0.1s\n\nOK\n",
        "FAIL: test_a (a.T.test_a)\nRan 1 test in 0.1s\n\nFAILED (failures=1)\n",
        f"{RULE}FAIL: test_a (9 passed)\nRan 1 test in 0.1s\n\nFAILED (failures=1)\n",
        f"{RULE}FAIL: a (T.a)\n{RULE}FAIL: b (T.b)\nRan 1 test in 0.1s\n\nFAILED (failures=1)\n",
    ],
)
def test_what_a_test_prints_is_no_name_of_one_that_failed(text: str) -> None:
    found = heard(text).counts()
    assert found is not None and found.failing == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (UNITTEST, (1, 0, 1)),
        ("Ran 3 tests in 0.1s\n\nFAILED (failures=1, errors=1)\n", (1, 2, 0)),
        ("Ran 0 tests in 0.000s\n\nNO TESTS RAN\n", (0, 0, 0)),
        ("Test Files  1 passed (1)\n     Tests  3 passed | 1 skipped (4)\n", (3, 0, 0)),
        ("Tests:       1 failed, 2 passed, 3 total\n", (2, 1, 0)),
        ("===== 12 passed in 0.41s =====\n", (12, 0, 0)),
        ("  2 passing (5ms)\n  1 pending\n  1 failing\n", (2, 1, 1)),
        ("ℹ tests 3\nℹ pass 1\nℹ fail 1\nℹ cancelled 1\nℹ skipped 1\nℹ todo 0\n", (1, 2, 1)),
        ("# pass 0\n# fail 0\n", (0, 0, 0)),
        ("\x1b[32m  2 passing\x1b[39m (5ms)\n", (2, 0, 0)),
        ("No tests found, exiting with code 0\n", (0, 0, 0)),
        ("No test files found, exiting with code 0\n", (0, 0, 0)),
        ("?   \texample.org/x\t[no test files]\n", None),
        ("everything is fine\nbuilt 3 modules\n", None),
        ("", None),
    ],
)
def test_the_usual_summaries_are_counted(text: str, expected: tuple[int, int, int] | None) -> None:
    assert counts(text) == expected


def test_go_names_its_tests_and_subtests_are_part_of_theirs() -> None:
    assert heard(GO).counts() == Counts(
        passed=2,
        failed=1,
        skipped=1,
        outcomes={
            "example.org/calc::TestAdd": "passed",
            "example.org/calc::TestSub": "failed",
            "example.org/calc::TestLater": "skipped",
            "example.org/more::TestAdd": "passed",
        },
    )


def test_a_go_package_that_died_before_its_last_line_counts() -> None:
    assert heard("--- FAIL: TestA (0.00s)\npanic: no\n").counts() == Counts(passed=0, failed=1, skipped=0, outcomes={"TestA": "failed"})


def test_a_failure_that_a_test_prints_far_from_the_end_is_none() -> None:
    text = "1 failed in 0.1s\n" + "line 1\n" * 100 + "==== 4 passed in 1.00s ====\n"
    assert counts(text) == (5, 0, 0)
    assert counts("line 1\n==== 1 failed, 4 passed in 1.00s ====\n") == (4, 1, 0)


def test_the_last_line_is_the_last_that_says_something() -> None:
    tally = heard(b"one\n\n  \n")
    assert tally.last == "one"
    tally.heard(b"10%\r20%\r30%\ntw")
    assert tally.last == "30%"
    tally.heard(b"o\x1b]0;title\x07\n")
    assert tally.last == "two"


def test_any_bytes_are_heard_and_what_is_kept_is_bounded() -> None:
    tally = Tally()
    for _ in range(300):
        tally.heard(b"\xff\x00\x1b[" * 16384)
    assert len(tally._rest) <= LINE_BYTES
    tally.heard(b"\n" + b"9 lines\n" * 20000)
    assert len(tally._lines) == 4000
    tally.heard("".join(f"--- PASS: T{number} (0s)\n" for number in range(60_000)).encode())
    found = tally.counts()
    assert found is not None and found.passed == 50_000
