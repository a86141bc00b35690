"""The report that a test runner writes: JUnit's XML (pytest, vitest) or jest's JSON, to counts and outcomes by test (contract §9.2).

The tests wrote it, so it is a claim of theirs. What cannot be read as a report is None, never an exception.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from xml.parsers.expat import ExpatError, ParserCreate

from forgewatch.core.defect import Defect
from forgewatch.core.limits import MIB, Limits
from forgewatch.core.strict_json import parse_json

REPORT_BYTES = 16 * MIB
"""Bytes of a report that are looked at."""
MOST_TESTS = 200_000
"""Tests of one report; more are nobody's."""
_LIMITS = Limits(contract_bytes=REPORT_BYTES, contract_depth=64)
_NAME_CHARS = 400

PASSED, FAILED, SKIPPED = "passed", "failed", "skipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What became of the tests of one step. `outcomes` by name, where the step names them; errors count as failed."""

    passed: int
    failed: int
    skipped: int
    outcomes: Mapping[str, str]

    @property
    def executed(self) -> int:
        """How many ran: skipped ones did not."""
        return self.passed + self.failed

    @property
    def failing(self) -> tuple[str, ...]:
        """The names of those that failed, sorted."""
        return tuple(sorted(name for name, outcome in self.outcomes.items() if outcome == FAILED))


def read_report(raw: bytes) -> Counts | None:
    """Return what the report says, None when these bytes are no report."""
    if not raw.strip() or len(raw) > REPORT_BYTES:
        return None
    return _of_jest(raw) if raw.lstrip()[:1] == b"{" else _of_junit(raw)


def counts_of(outcomes: Mapping[str, str]) -> Counts:
    """Return the counts of these outcomes."""
    told = list(outcomes.values())
    return Counts(passed=told.count(PASSED), failed=told.count(FAILED), skipped=told.count(SKIPPED), outcomes=outcomes)


class _Stop(Exception):
    """Ends the reading of something that is no report; it never leaves this module."""


class _Junit:
    """Collects the test cases of a JUnit document."""

    def __init__(self) -> None:
        self.outcomes: dict[str, str] = {}
        self.depth = 0
        self.case: tuple[str, int] | None = None
        self.outcome = PASSED
        self.suites = False

    def begin(self, tag: str, attributes: Mapping[str, str]) -> None:
        self.depth += 1
        if self.depth > _LIMITS.contract_depth or len(self.outcomes) > MOST_TESTS:
            raise _Stop
        self.suites = self.suites or tag in ("testsuites", "testsuite")
        if tag == "testcase" and self.case is None:
            self.case, self.outcome = (_junit_name(attributes), self.depth), PASSED
        elif self.case is not None and tag in ("failure", "error"):
            self.outcome = FAILED
        elif self.case is not None and tag == "skipped" and self.outcome == PASSED:
            self.outcome = SKIPPED

    def end(self, _tag: str) -> None:
        if self.case is not None and self.case[1] == self.depth:
            _put(self.outcomes, self.case[0], self.outcome)
            self.case = None
        self.depth -= 1

    def refuse(self, *_: object) -> None:
        # Entities are the way to make ten lines into gigabytes; no runner declares any.
        raise _Stop


def _of_junit(raw: bytes) -> Counts | None:
    found, parser = _Junit(), ParserCreate("UTF-8")
    parser.StartElementHandler, parser.EndElementHandler = found.begin, found.end
    parser.StartDoctypeDeclHandler = found.refuse
    try:
        parser.Parse(raw, True)
    except (ExpatError, _Stop, ValueError):
        return None
    return counts_of(found.outcomes) if found.suites else None


def _junit_name(attributes: Mapping[str, str]) -> str:
    """Return `tests/test_a.py::TestX::test_b` where the file is told, as pytest writes it, else `class::name`."""
    name, place, file = attributes.get("name", ""), attributes.get("classname", ""), attributes.get("file", "")
    module = file.removesuffix(".py").replace("/", ".")
    if file and (place == module or place.startswith(f"{module}.")):
        place = "::".join([file, *filter(None, place[len(module) + 1 :].split("."))])
    return f"{place}::{name}"[:_NAME_CHARS] if place else name[:_NAME_CHARS]


def _of_jest(raw: bytes) -> Counts | None:
    value = parse_json(raw, _LIMITS)
    results = value.get("testResults") if isinstance(value, Mapping) and not isinstance(value, Defect) else None
    if not isinstance(results, list):
        return None
    outcomes: dict[str, str] = {}
    for name, outcome in _jest_tests(results):
        if len(outcomes) > MOST_TESTS:
            return None
        _put(outcomes, name, outcome)
    return counts_of(outcomes)


def _jest_tests(results: Sequence[object]) -> Iterator[tuple[str, str]]:
    for suite in (suite for suite in results if isinstance(suite, Mapping)):
        file = str(suite.get("name") or "").rpartition("/")[2]
        tests = suite.get("assertionResults")
        told = [test for test in tests if isinstance(test, Mapping)] if isinstance(tests, list) else []
        if not told and suite.get("status") == "failed":
            # A file that cannot even be loaded has no test, and is a failure all the same.
            yield file[:_NAME_CHARS], FAILED
        for test in told:
            status = test.get("status")
            outcome = status if status in (PASSED, FAILED) else SKIPPED
            yield f"{file}::{test.get('fullName') or test.get('title') or ''}"[:_NAME_CHARS], str(outcome)


def _put(outcomes: dict[str, str], name: str, outcome: str) -> None:
    """Keep an outcome; two tests of one name are two tests, so the second gets a number."""
    known, number = name, 1
    while known in outcomes:
        number += 1
        known = f"{name} ({number})"
    outcomes[known] = outcome
