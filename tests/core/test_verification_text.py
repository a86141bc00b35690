"""The Verification section from a test record: nothing is passed because nothing is known, and nothing shown becomes a statement."""

from __future__ import annotations

import pytest

from forgewatch.core.difflog import Label
from forgewatch.core.difflog_parser import parse_difflog
from forgewatch.core.readings import log_of
from forgewatch.core.values import Absent, Content, Unreadable
from forgewatch.core.verification_text import LINE_CHARS, PART_LINES, Stated, parts_of, shown, verification_lines

RECORD = """Status: PASS
Start: 2026-11-29T12:00:00Z
HEAD: 1111111111111111111111111111111111111111
Runtime path: python 3.11
Static: PASS
static compileall command: python -m compileall -q .
static compileall exit: 0
static compileall summary: nothing to say
Runtime: n/c
Behavior: PASS
behavior pytest command: python -m pytest
behavior pytest exit: 0
behavior pytest summary: 12 passed in 0.41s
Contract: n/c
Failing tests:
- None
```
Contract: PASS
contract exit: 0
```
"""


def said(record: Content, **words: str) -> list[str]:
    return [part.said for part in parts_of(record, {Label(name): text for name, text in words.items()})]


def read_back(parts: tuple[Stated, ...]) -> list[tuple[str, str]]:
    """What our own reader makes of the section: label and the first line of its text."""
    text = "\n".join(["# Diff Log", "", "## Verification", *verification_lines(parts), "", "## Notes", "- None", ""])
    log = log_of(parse_difflog(text.encode()))
    assert log is not None
    assert [section.key for section in log.sections] == ["diff log", "verification", "notes"]
    assert log.placeholders == ()
    return [(item.label.value, item.text.split("\n")[0]) for item in log.verification.items]


def test_each_part_has_the_records_word_its_commands_and_its_outputs() -> None:
    parts = parts_of(RECORD.encode(), {Label.RUNTIME: "PASS boots", Label.STATIC: "mypy too"})
    assert [(part.said, part.is_known) for part in parts] == [("PASS", True), ("", True), ("PASS", True), ("", False)]
    assert verification_lines(parts[:3]) == (
        "- Static: PASS (mypy too)",
        "  ```text",
        "  $ python -m compileall -q .",
        "  compileall exit: 0",
        "  compileall summary: nothing to say",
        "  ```",
        "- Runtime: PASS boots",
        "- Behavior: PASS (pytest 12 passed in 0.41s)",
        "  ```text",
        "  $ python -m pytest",
        "  pytest exit: 0",
        "  pytest summary: 12 passed in 0.41s",
        "  ```",
    )
    assert read_back((*parts[:3], Stated(Label.CONTRACT, word="n/a: no physics"))) == [
        ("Static", "PASS (mypy too)"),
        ("Runtime", "PASS boots"),
        ("Behavior", "PASS (pytest 12 passed in 0.41s)"),
        ("Contract", "n/a: no physics"),
    ]


@pytest.mark.parametrize(
    ("said", "word", "wanted"),
    [
        ("PASS", "FAIL the scenario is not fixed", "FAIL the scenario is not fixed"),
        ("PASS", "❌ not fixed", "FAIL not fixed"),
        ("PASS", "PASS all of it", "PASS all of it"),
        ("PASS", "passable", "PASS (passable)"),
        ("PASS", "mypy too", "PASS (mypy too)"),
        ("FAIL", "PASS all of it", "FAIL (PASS all of it)"),
    ],
)
def test_a_result_of_the_callers_own_stands_where_an_audit_judges_it_and_no_word_outdoes_a_record_that_failed(
    said: str, word: str, wanted: str
) -> None:
    assert read_back((Stated(Label.BEHAVIOR, said, word=word),)) == [("Behavior", wanted)]


@pytest.mark.parametrize(
    ("record", "wanted"),
    [
        (Absent(), ["", "", "", ""]),
        (Unreadable("is a FIFO"), ["", "", "", ""]),
        (b"Status: PASS\r\nStatic: PASS\r\nRuntime: FAIL\r\nRuntime: PASS\r\n", ["PASS", "FAIL", "", ""]),
        (b"Status: PASS\nRuntime: PASS\nRuntime: FAIL\n**Contract: pass**\n", ["", "FAIL", "", "PASS"]),
        (b"\xef\xbb\xbfStatus: PASS\nRuntime: /usr/bin/python3\nStatic: PASSED by hand\nBehavior: not configured\n", ["", "", "", ""]),
    ],
)
def test_only_plain_words_outside_of_shown_output_count_and_fail_wins(record: Content, wanted: list[str]) -> None:
    assert said(record) == wanted


def test_a_record_that_names_no_part_tells_of_its_tests() -> None:
    parts = parts_of(b"Status: PASS\npytest exit: 0 summary: 12 passed\nexit: 0\n", {})
    assert parts[2].lines == ("pytest exit: 0 summary: 12 passed", "exit: 0")
    assert [part.is_known for part in parts] == [False] * 4


def test_outputs_with_fences_headings_and_todos_stay_quoted() -> None:
    record = "Status: PASS\nStatic: PASS\nstatic x summary: ```` TODO: all\nstatic y summary: ## Files Changed\nBehavior: PASS\n"
    record += "Runtime: PASS\nContract: PASS\ncontract z summary: \x1b[2J <!--\n"
    parts = parts_of(record.encode(), {})
    assert read_back(parts) == [(label.value, "PASS") for label in Label]
    assert "\\x1b[2J" in "\n".join(verification_lines(parts))


def test_outputs_are_bounded_and_without_secrets() -> None:
    token = "AKIA" + "Q3EGRZ7VX2LMNOPD"
    long = "".join(f"static s{number} summary: {'y' * 9000}\n" for number in range(100))
    record = f"Status: PASS\nStatic: PASS\nstatic deploy command: run --key {token}\n{long}"
    lines = verification_lines(parts_of(record.encode(), {Label.RUNTIME: f"PASS with {token}"}))
    assert token not in "\n".join(lines)
    assert max(map(len, lines)) <= LINE_CHARS + 2
    assert f"  and {101 - PART_LINES} more lines" in lines
    assert token not in shown(token)


def test_a_text_is_one_line_whatever_was_given() -> None:
    assert shown(" a\n## b\tc\\d \x1b ") == "a ## b c\\d \\x1b"
    assert shown(f"Diff log: sha256:{'ab' * 32}") == f"Diff log: sha256:{'ab' * 32}"
