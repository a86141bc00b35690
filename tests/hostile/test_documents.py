"""What a builder could write to be believed, or to make the parser hang (hostile.md; checks.md section 0)."""

from __future__ import annotations

import pytest

from forgewatch.core.difflog import Complete, InProcess, Malformed, Unknown
from forgewatch.core.difflog_parser import parse_difflog
from forgewatch.core.testrecord_parser import parse_test_record
from tests.support.logs import HUNKS, claim_of, log_text, read_log

TRIGGER = "## Cycle Status\n- Status: COMPLETE"
KIB = 1024


def kind(text: str) -> type:
    return type(parse_difflog(text.encode()))


def quoted(mark: str) -> str:
    return "\n".join(mark + line for line in TRIGGER.split("\n"))


@pytest.mark.parametrize(
    "shown",
    [
        f"```\n{TRIGGER}\n```",
        f"~~~~ text\n{TRIGGER}\n~~~\n~~~~",
        quoted("    "),
        quoted("\t"),
        quoted("> "),
        quoted("> > "),
        f"<!--\n{TRIGGER}\n-->",
        f"<pre>\n{TRIGGER}\n</pre>",
        "| Cycle Status |\n|---|\n| Status: COMPLETE |",
        "Status: COMPLETE\n---",
    ],
    ids=["fence", "tildes", "indent", "tab", "quote", "deep quote", "comment", "pre", "table", "setext"],
)
@pytest.mark.parametrize("section", ["summary", "notes", "hunks"])
def test_a_status_that_is_only_shown_does_not_count(shown: str, section: str) -> None:
    assert kind(log_text(status="- Status: IN_PROCESS", **{section: f"text\n\n{shown}\n"})) is InProcess
    assert kind(log_text(status="", **{section: f"text\n\n{shown}\n"})) is Unknown


@pytest.mark.parametrize(
    "hunk", [" ## Cycle Status\n - Status: COMPLETE", "+## Cycle Status\n+- Status: COMPLETE", "- Status: COMPLETE", HUNKS]
)
def test_a_status_in_the_hunks_of_a_log_in_process_does_not_count(hunk: str) -> None:
    assert kind(log_text(status="- Status: IN_PROCESS", hunks=hunk)) is InProcess


def test_a_status_in_a_table_of_its_own_section_is_no_status() -> None:
    assert kind(log_text(status="| Status | COMPLETE |\n|---|---|\n| Status: COMPLETE | x |")) is Unknown


def test_a_real_second_status_section_after_the_hunks_contradicts_the_first() -> None:
    assert kind(log_text(status="- Status: IN_PROCESS") + f"\n{TRIGGER}\n") is Malformed


def test_a_fence_never_closed_hides_the_verification_and_that_is_seen() -> None:
    log = read_log(log_text(summary="- a\n\n```\nnever closed"))
    assert not log.verification.stated
    assert not log.claim.stated


def test_a_heading_made_by_a_ruler_does_not_steal_the_section() -> None:
    text = log_text(verification="Static: a\nRuntime: b\nBehavior: c\nContract: d\n---", notes="- None\n\nFiles Changed\n---\n- evil.py")
    log = read_log(text)
    assert len(log.verification.items) == 4
    assert log.claim.paths == ("app/a.py", "evil.py")


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("- app/a\x1b[2K.py", "holds a control character"),
        ("- app/a\x07.py", "holds a control character"),
        ("- `app/a\x08.py`", "holds a control character"),
    ],
)
def test_a_row_with_a_control_character_is_named(row: str, why: str) -> None:
    (defect,) = claim_of(f"## Files Changed\n{row}").defects
    assert defect.why == why


def test_a_row_cannot_hold_a_line_end() -> None:
    claim = claim_of("## Files Changed\n- app/a\n.py\n- `app/b\n.py`")
    assert claim.paths == ("app/a",)
    assert [defect.why for defect in claim.defects] == ["holds a backtick"]


@pytest.mark.parametrize("char", ["\u202e", "\u200b", "\u2066", "\ufeff", "\u0430"])
def test_an_invisible_or_confusable_character_stays_in_the_path_and_matches_nothing_else(char: str) -> None:
    claim = claim_of(f"## Files Changed\n- app/{char}a.py")
    assert claim.paths == (f"app/{char}a.py",)


def test_a_claim_is_not_widened_by_a_pattern_or_a_folder() -> None:
    claim = claim_of("## Files Changed\n- *\n- ./\n- app/\n- **/*\n- .\n- app/**")
    assert claim.paths == ()


LARGE = 1000 * KIB
ATTACKS = {
    "one line": "x" * LARGE,
    "ten megabytes in one line": "x" * 10 * KIB * KIB,
    "deep quotes": (">" * 3000 + "a\n") * 300,
    "deep lists": "".join("  " * min(depth, 400) + "- a\n" for depth in range(1200)),
    "100,000 levels in one line": "- " * 100_000 + "a",
    "numbered levels": ("1. " * 30 + "x\n") * 9000,
    "100,000 cells": "|".join("a" * 100_000) + "\n" + "|".join(["-"] * 100_000) + "\n" + "|a\n" * 1000,
    "wide table, short rows": "|" + "a|" * 2000 + "\n|" + "-|" * 2000 + "\n" + "|a\n" * 9000,
    "backticks": ("`" * 3001 + "\n- " + "`" * 3000 + "a`\n") * 160,
    "brackets": ("- " + "[" * 8000 + "\n") * 120,
    "half links": ("- " + "[a](" * 2000 + "\n") * 120,
    "an open brace": ("- a{" + "a," * 4000 + "\n") * 120,
    "braces": ("- " + "{a,b}" * 40 + "/x\n") * 4000,
    "code spans": ("- " + "`a/b`, " * 1100 + "\n") * 120,
    "blanks": ("- a" + " " * 8000 + "b/c\n") * 120,
    "definitions": "[a]: b\n" * 18_000,
    "open tags": "<a\n" * 18_000,
    "headings": "".join("#" * (1 + n % 6) + " Verification\n" for n in range(18_000)),
    "claim sections": "".join(f"## Files Changed\n### New Files\n- a{n}.py\n" for n in range(6000)),
    "labels": "## Verification\n" + "- Static: Static: x\n" * 18_000,
    "statuses": "## Cycle Status\n" + "- Status: COMPLETE\n" * 18_000,
    "parentheses": ("# " + "(" * 4000 + ")" * 4000 + "\n") * 120,
    "tabs": ("\t" * 4000 + "a\n") * 250,
    "line ends": "\r" * LARGE,
    "nul": "\0" * LARGE,
    "sections that quote": "## git status\n" * 200_000,
}


# Each of them goes through the same lines very often.
@pytest.mark.no_cover
@pytest.mark.parametrize("name", ATTACKS)
def test_no_shape_of_a_document_makes_the_parser_hang(name: str) -> None:
    text = ATTACKS[name] if name in ("one line", "statuses") else log_text(claim=f"## Files Changed\n{ATTACKS[name]}")
    assert kind(text) in (Complete, Unknown, Malformed)


@pytest.mark.parametrize(
    "raw", [b"\xe9" * LARGE, b"\xe9\n" * 9000, b"a\0b\0c\0" * 170_000, b"\0a" * 500_000, b"\xff\xfe" + b"\xd8" * LARGE]
)
def test_no_encoding_makes_the_parser_hang(raw: bytes) -> None:
    assert type(parse_difflog(raw)) in (Unknown, Malformed)


def test_no_test_record_makes_the_parser_hang() -> None:
    for unit in (b"a exit", b" ", b"1 ", b"a:", b"`", b"a" * 200 + b" "):
        assert parse_test_record(b"Status: PASS\n" + (unit * 2000)[:8000] * 100) is not None
