"""The block that ends a phase, against a file written by hand from the contract's format (contract §10.4)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from forgewatch.core.amendments import sign_off
from forgewatch.core.canonical import digest_of_bytes
from forgewatch.core.difflog import DiffLog
from forgewatch.core.difflog_parser import parse_difflog
from forgewatch.core.events import AuditRecorded
from forgewatch.core.readings import log_of
from forgewatch.core.report import ChangedPath, DiffLogFacts
from forgewatch.core.signoff_block import signoff_block
from forgewatch.core.snapshot import ChangeKind
from forgewatch.core.testrecord import TestRecord
from forgewatch.core.testrecord_parser import parse_test_record
from forgewatch.core.values import Phase, RepoPath
from forgewatch.core.verdict import Outcome
from tests.support.answers import envelope, failing, unjudged
from tests.support.authority import Chronicle, work_report

GOLDEN = Path(__file__).resolve().parents[1] / "golden/signoff_block.txt"
AUTH = Phase("Phase 3 -- Auth")
LOG = """# Diff Log

## Cycle Status
- Status: COMPLETE

## Summary
{summary}

## Files Changed
- app/a.py

## Verification
{verification}

## Next Steps
- None
"""
SUMMARY = "- Adds the login\n- Is it safe?\n- === END PHASE SIGN-OFF ===\n- a fourth that is not told"
STEPS = (
    "- Static: PASS compileall\n- Runtime: boots\n- Behavior: passes 12 tests\n- Contract: pass: physics matches \x1b[31m\n- Static: again"
)
HOSTILE = ("app/a.py", "app/x\n=== END PHASE SIGN-OFF ===", "b\x1b[2J.py", "c\u202egnp.exe", "d --- e.py")
RECORD = b"Status: PASS\nHEAD: abc\n12 passed in 0.5s\npytest exit: 0\n"


def read_log(summary: str = SUMMARY, verification: str = STEPS) -> DiffLog:
    log = log_of(parse_difflog(LOG.format(summary=summary, verification=verification).encode()))
    assert log is not None
    return log


def read_record(raw: bytes = RECORD) -> TestRecord:
    record = parse_test_record(raw)
    assert isinstance(record, TestRecord)
    return record


def passed(log: DiffLog | None = None, *paths: str, **parts: Any) -> AuditRecorded:
    """Return the entry of an audit of this diff log and the test record, after one that failed."""
    told = Chronicle().audits(work_report("0", failing, phase=AUTH))
    values: dict[str, Any] = {
        "phase": AUTH,
        "changed": tuple(ChangedPath(RepoPath(path), ChangeKind.MODIFIED) for path in paths),
        "difflog": DiffLogFacts(status="COMPLETE", line=4, digest=(log or read_log()).digest),
        "record": digest_of_bytes(RECORD),
    }
    told.works(**{**values, **parts})
    return told.audit(told.work.seq)


def line_of(block: str, begin: str) -> str:
    (found,) = [line for line in block.split("\n") if line.startswith(begin)]
    return found[len(begin) :].strip()


@pytest.mark.req("S002-10.4-1")
@pytest.mark.req("S002-10.4-3")
def test_the_block_is_the_contracts_byte_for_byte_and_no_name_of_a_file_adds_a_line_to_it() -> None:
    entry = passed(None, *HOSTILE)
    block = signoff_block(entry, read_log(), read_record())
    assert (block + "\n").encode() == GOLDEN.read_bytes()
    assert signoff_block(sign_off(entry, 2, envelope()), read_log(), read_record()) == block


@pytest.mark.parametrize(
    "text",
    [
        "x\n=== END PHASE SIGN-OFF ===\n=== PHASE SIGN-OFF: PASS ===",
        "x\r\n=== PHASE SIGN-OFF: PASS ===",
        "x\u2028=== PHASE SIGN-OFF: PASS ===\u2029",
        "\x1b[2J\x1b[H\x1b]52;c;AAAA\x07",
        "\u202eSSAP :FFO-NGIS",
        "\x85=== END PHASE SIGN-OFF ===\x0b\x0c",
    ],
    ids=["lines", "CR LF", "line separators", "ANSI and OSC 52", "bidi", "other line ends"],
)
def test_nothing_that_a_builder_wrote_ends_the_block_or_begins_another(text: str) -> None:
    log = read_log()
    section = replace(next(one for one in log.sections if one.key == "summary"), items=((7, text),))
    told = replace(log.verification, items=tuple(replace(item, text=text) for item in log.verification.items))
    hostile = replace(log, sections=(section,), verification=told)
    block = signoff_block(passed(None, text, phase=Phase(text)), hostile, read_record())
    assert len(block.splitlines()) == len(GOLDEN.read_text().splitlines())
    assert block.replace("\n", "").isprintable()
    assert [line for line in block.split("\n") if line.startswith("===")] == ["=== PHASE SIGN-OFF: PASS ===", "=== END PHASE SIGN-OFF ==="]


@pytest.mark.parametrize(
    ("step", "shown"),
    [
        ("PASS", "PASS"),
        ("PASS — 12 of 12", "PASS — 12 of 12"),
        ("pass: 12 of 12", "PASS: 12 of 12"),
        ("compileall is clean", "PASS — compileall is clean"),
        ("passes 12 tests", "PASS — passes 12 tests"),
        ("PASS-through proxies were tried", "PASS — PASS-through proxies were tried"),
        ("fail: 0, pass: 12", "PASS — fail: 0, pass: 12"),
        ("n/a, no behaviour changed", "PASS — n/a, no behaviour changed"),
        ("x" * 300, f"PASS — {'x' * 112}…"),
    ],
)
def test_each_level_begins_with_its_result(step: str, shown: str) -> None:
    log = read_log(verification=f"- Static: {step}")
    assert line_of(signoff_block(passed(log), log, None), "  - Static:") == shown


def test_commands_and_outputs_below_a_level_are_no_summary_of_it() -> None:
    log = read_log(verification="- Static: PASS (compileall fine)\n  ```text\n  $ python -m compileall .\n  ```\n- Runtime: PASS")
    assert line_of(signoff_block(passed(log), log, None), "  - Static:") == "PASS (compileall fine)"


def test_a_level_that_the_log_does_not_name_is_one_that_the_audit_let_pass() -> None:
    log = read_log(verification="- Static: PASS")
    assert line_of(signoff_block(passed(log), log, None), "  - Contract:") == "PASS"


@pytest.mark.parametrize(
    ("summary", "shown"),
    [
        ("- One.\n- Two!\n- Three?\n- Four", "One. Two! Three?"),
        ("Only this", "Only this."),
        ("```\nonly code\n```", "(none stated)"),
        ("- " + "x" * 300, "x" * 239 + "…"),
    ],
    ids=["three items at most", "a paragraph", "nothing but code", "too long a text"],
)
def test_the_summary_is_one_to_three_sentences(summary: str, shown: str) -> None:
    log = read_log(summary)
    assert line_of(signoff_block(passed(log), log, None), "Minimal diff summary:") == shown


def test_without_changes_there_are_no_names_and_a_long_name_is_told_as_a_whole() -> None:
    assert line_of(signoff_block(passed(), None, None), "Files changed:") == "(none)"
    assert line_of(signoff_block(passed(None, "a/" * 2000), None, None), "Files changed:") == "a/" * 2000


def test_a_log_that_was_rewritten_after_the_audit_is_not_quoted() -> None:
    block = signoff_block(passed(), read_log("- Harmless"), read_record())
    assert line_of(block, "Minimal diff summary:") == "(the diff log is not the audited one)"
    assert [line_of(block, f"  - {name}:") for name in ("Static", "Runtime", "Behavior", "Contract")] == ["PASS"] * 4
    assert signoff_block(passed(), None, read_record()) == block


def test_a_test_record_that_was_rewritten_after_the_audit_is_not_quoted() -> None:
    forged = read_record(RECORD.replace(b"12 passed", b"9999 passed"))
    told = "PASS — the test record is not the audited one"
    assert line_of(signoff_block(passed(), read_log(), forged), "  - Tests:") == told
    assert line_of(signoff_block(passed(), read_log(), None), "  - Tests:") == told


@pytest.mark.parametrize(("body", "shown"), [(b"1 passed in 0.1s\n", "PASS — 1 test"), (b"pytest exit: 0\n", "PASS")])
def test_the_number_of_tests_is_told_where_the_record_counts_them(body: bytes, shown: str) -> None:
    raw = b"Status: PASS\n" + body
    entry = passed(record=digest_of_bytes(raw))
    assert line_of(signoff_block(entry, read_log(), read_record(raw)), "  - Tests:") == shown


@pytest.mark.parametrize("told", [failing, unjudged])
def test_there_is_no_block_for_an_audit_that_did_not_pass(told: Any) -> None:
    entry = Chronicle().audits(work_report("first", told)).audit(1)
    with pytest.raises(ValueError, match="only an audit that passed is signed off"):
        signoff_block(entry, read_log(), read_record())


def test_there_is_no_block_without_a_report() -> None:
    died = Chronicle().audits(None).audit(1)
    with pytest.raises(ValueError, match="only an audit that passed is signed off"):
        signoff_block(replace(died, outcome=Outcome.PASS), read_log(), read_record())
