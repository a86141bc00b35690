"""Listening to a step: its last line for a terminal, and the tests that its output counts (contract §9.2).

Output may be a gigabyte without a line end, in any bytes: what is kept is bounded, whatever comes.
"""

from __future__ import annotations

import re
from collections import deque

from forgewatch.core.step_report import FAILED, PASSED, SKIPPED, Counts, counts_of
from forgewatch.core.testrecord_counts import tests_executed, tests_failed

LINE_BYTES = 4096
"""Bytes of one line that are looked at."""
_LINES = 4000
_SUMMARY_LINES = 60
_MOST_NAMES = 50_000

_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")
_GO = re.compile(r"--- (?P<word>PASS|FAIL|SKIP): (?P<name>\S+)")
_GO_WORDS = {"PASS": PASSED, "FAIL": FAILED, "SKIP": SKIPPED}
_GO_PACKAGE = re.compile(r"(?:ok|FAIL)\s+(?P<package>\S+)\s")
_NODE = re.compile(r"(?:ℹ|#) (?P<word>pass|fail|cancelled|skipped|todo) (?P<count>[0-9]{1,9})\Z")
_MOCHA = re.compile(r"\s*(?P<count>[0-9]{1,9}) (?P<word>passing|failing|pending)\b")
_WORDS = {"pass": PASSED, "passing": PASSED, "fail": FAILED, "cancelled": FAILED, "failing": FAILED}
_UNITTEST = re.compile(r"(?:FAIL|ERROR): (?P<test>\w{1,200}) \((?P<place>[\w.]{1,400})\)")
_RULE = re.compile(r"={60,}\Z")
_SKIPPED = re.compile(r"\bskipped=(?P<count>[0-9]{1,9})\)")
_TELLING = re.compile(r"[0-9]|FAIL|no test", re.IGNORECASE)


class Tally:
    """A `bench.Listener`. Never raises, and holds a few megabytes at most."""

    def __init__(self) -> None:
        self.last = ""
        self._rest = b""
        self._lines: deque[str] = deque(maxlen=_LINES)
        self._go: dict[str, str] = {}
        self._named: list[tuple[str, str]] = []
        self._words: dict[str, int] = {}
        self._unittest: dict[str, str] = {}
        self._was_rule = False

    def heard(self, piece: bytes) -> None:
        """Take the next bytes of output."""
        *lines, rest = (self._rest + piece).split(b"\n")
        for line in lines:
            self._line(line)
        self._rest = rest[:LINE_BYTES]

    def counts(self) -> Counts | None:
        """Return the tests that the output counts, None where it counts none. Skipped ones did not run."""
        self._line(self._rest)
        self._rest = b""
        self._close_package("")
        if self._go:
            return counts_of(self._go)
        if self._words:
            passed, failed = self._words.get(PASSED, 0), self._words.get(FAILED, 0)
            return Counts(passed=passed, failed=failed, skipped=self._words.get(SKIPPED, 0), outcomes={})
        executed = tests_executed(tuple(self._lines))
        if executed is None:
            return None
        # Summaries stand at the end; what a test itself prints in the middle (`1 failed`) is none.
        ends = tuple(self._lines)[-_SUMMARY_LINES:]
        failed = min(tests_failed(ends), executed)
        skipped = sum(int(found.group("count")) for found in map(_SKIPPED.search, ends) if found)
        ran = executed - skipped if any(line.startswith("Ran ") for line in ends) else executed
        # What a test that passed prints is no name of one that failed.
        named = self._unittest if 0 < len(self._unittest) <= failed else {}
        return Counts(passed=max(ran - failed, 0), failed=failed, skipped=skipped, outcomes=named)

    def _line(self, raw: bytes) -> None:
        line = _ESCAPES.sub("", raw[:LINE_BYTES].decode("utf-8", "replace")).rstrip()
        # A line that is written over itself shows what was written last.
        line = line.rpartition("\r")[2]
        if line.strip():
            self.last = line
        was_rule, self._was_rule = self._was_rule, _RULE.match(line) is not None
        if was_rule and (found := _UNITTEST.match(line)) and len(self._unittest) < _MOST_NAMES:
            test, place = found.group("test"), found.group("place").removesuffix(f".{found.group('test')}")
            self._unittest[f"{place}::{test}"] = FAILED
        if found := _GO.match(line):
            if len(self._named) < _MOST_NAMES:
                self._named.append((found.group("name"), _GO_WORDS[found.group("word")]))
        elif found := _GO_PACKAGE.match(line):
            self._close_package(found.group("package"))
        elif found := _NODE.match(line) or _MOCHA.match(line):
            word = _WORDS.get(found.group("word"), SKIPPED)
            self._words[word] = self._words.get(word, 0) + int(found.group("count"))
        elif _TELLING.search(line):
            self._lines.append(line)

    def _close_package(self, package: str) -> None:
        # go names a test, and at the end of its tests the package they are of.
        for name, outcome in self._named:
            self._go[f"{package}::{name}" if package else name] = outcome
        self._named.clear()
