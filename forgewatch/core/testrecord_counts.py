"""How many tests ran and failed by the summaries of the usual runners in a test record (checks.md A8)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

_COUNT = re.compile(r"(?<![0-9.])(?P<count>[0-9]{1,9}) (?:tests? )?(?P<word>passed|failed|errors?|xfailed|xpassed)\b")
_BROKEN = frozenset({"failed", "error", "errors"})
_SKIPPED = re.compile(r"(?<![0-9.])[0-9]{1,9} (?:tests? )?skipped\b")
_SUMMARY = re.compile(
    r"summary\b|[0-9] passed|\bin [0-9.]+ ?s|={3}|Tests?\b|[0-9]+ tests completed,|[0-9]+% tests passed,",
    re.IGNORECASE,
)
_NO_TESTS = re.compile(
    r"\b(?:no tests ran|no tests (?:were )?(?:found|executed|collected)|no test files found|collected 0 items)\b", re.IGNORECASE
)
_FILES = re.compile(r"[ \t]*(?:[-*+] )?Test (?:Files|Suites)\b")
_RAN = re.compile(r"[ \t]*(?:[-*+] )?Ran (?P<count>[0-9]{1,9}) tests?\b")
_LEFT_OUT = re.compile(r"(?<![0-9.])[0-9]{1,9} deselected\b")
_UNITTEST = re.compile(r"[ \t]*(?:[-*+] )?FAILED \((?P<counts>[a-z ]{1,40}=[0-9]{1,9}(?:, [a-z ]{1,40}=[0-9]{1,9}){0,5})\)")
_UNITTEST_COUNT = re.compile(r"(?:failures|errors|unexpected successes)=(?P<count>[0-9]{1,9})")
_FAILURE = re.compile(
    r"[ \t]*(?:--- FAIL: |FAIL(?:\t|[ \t]*\Z)|FAILED \S{1,1000}::|[1-9][0-9]{0,8} failing[ \t]*\Z"
    r"|not ok [0-9]{1,9}\b(?!.{0,400}\x23 *(?:TODO|SKIP)\b)|(?:FAILURES|ERRORS)![ \t]*\Z|Failed! +- )"
)
"""What go, pytest, mocha, TAP, phpunit and dotnet write for a test that failed."""
_ALONE = re.compile(
    r"[\W_]*(?:(?:[1-9][0-9]{0,3} examples?, )?"
    r"(?P<before>[0-9]{1,9}) (?:tests? )?(?:failed|failures?|errors?)(?:, [0-9]{1,9} \w{1,20}){0,6}"
    r"|(?:tests? )?(?:fail(?:ed|ures?)?|errors?)\s*[:=|]\s*(?P<after>[0-9]{1,9})|fail\s{1,9}(?P<tap>[0-9]{1,9}))"
    r"(?: tests?)?[\s|*_.!,;]*\Z",
    re.IGNORECASE,
)
"""A line that is nothing but the number of failures."""
_PAIR = re.compile(
    r"\b(?P<word>tests(?: run)?|total(?: tests)?|assertions|passed|succeeded|skipped|failed|failures|errors?)"
    r"\s?[:=]\s{0,9}(?P<count>[0-9]{1,9})(?![\w%]|\.[0-9])",
    re.IGNORECASE,
)
_PAIRS_BROKEN = frozenset({"failed", "failures", "errors", "error"})


def tests_executed(lines: Sequence[str]) -> int | None:
    """Return the tests that ran, summed over the summaries of all runners; None when no line counts tests. Skipped ones did not run."""
    nothing = [
        0 for line in lines if _NO_TESTS.search(line) or (_SUMMARY.search(line) and (_SKIPPED.search(line) or _LEFT_OUT.search(line)))
    ]
    ran = [int(found.group("count")) for found in map(_RAN.match, lines) if found]
    counts = nothing + ran + [count for line in lines if not _FILES.match(line) for count, _ in _counts(line)]
    return sum(counts) if counts else None


def tests_failed(lines: Sequence[str]) -> int:
    """Return the failed tests; where no line counts tests, the failed files, the lines that name a test that failed, or lone counts."""
    tests: list[int] = []
    files: list[int] = []
    for line in lines:
        if _SUMMARY.search(line):
            (files if _FILES.match(line) else tests).extend(count for count, word in _counts(line) if word in _BROKEN)
    for found in filter(None, map(_UNITTEST.match, lines)):
        tests.extend(int(part.group("count")) for part in _UNITTEST_COUNT.finditer(found.group("counts")))
    tests.extend(_paired(lines))
    return sum(tests) or sum(files) or sum(bool(_FAILURE.match(line)) for line in lines) or sum(_alone(lines))


def _counts(line: str) -> Iterator[tuple[int, str]]:
    yield from ((int(found.group("count")), found.group("word")) for found in _COUNT.finditer(line))


def _paired(lines: Iterable[str]) -> Iterator[int]:
    """Yield the failures of summaries like `Tests: 12, Failures: 2` (phpunit, maven, dotnet): two kinds of counts stand in one line."""
    for line in (line for line in lines if not _UNITTEST.match(line)):
        pairs = [(found.group("word").casefold(), int(found.group("count"))) for found in _PAIR.finditer(line)]
        broken = [count for word, count in pairs if word in _PAIRS_BROKEN]
        if len(broken) < len(pairs):
            yield from broken


def _alone(lines: Iterable[str]) -> Iterator[int]:
    for found in filter(None, map(_ALONE.match, lines)):
        yield int(found.group("before") or found.group("after") or found.group("tap"))
