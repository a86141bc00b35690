from __future__ import annotations

import pytest

from forgewatch.checks.a7_order import judge
from forgewatch.core.canonical import digest_of_bytes
from forgewatch.core.catalogue_a7 import CODES
from forgewatch.core.difflog import DiffLogReading, Malformed
from forgewatch.core.difflog_parser import parse_difflog
from forgewatch.core.values import Absent, Unreadable
from forgewatch.core.verdict import Ruling
from tests.support.logs import log_text
from tests.support.snapshots import snapshot


def ruled(verification: str, **parts: str) -> Ruling:
    return judge(snapshot(difflog=parse_difflog(log_text(verification=verification, **parts).encode())))


def codes(verification: str) -> list[str]:
    return [found.code for found in ruled(verification).findings]


def four(**texts: str) -> str:
    told = {"Static": "PASS", "Runtime": "PASS", "Behavior": "PASS", "Contract": "PASS", **texts}
    return "\n".join(f"- {label}: {text}" for label, text in told.items())


@pytest.mark.req("S002-9-1")
@pytest.mark.req("S002-10.7-A7")
def test_four_labels_in_order_pass() -> None:
    ruling = ruled(four())
    assert (ruling.findings, ruling.notes) == ((), ())
    assert ruling.basis == "4 of 4 labels: Static, Runtime, Behavior, Contract"


@pytest.mark.parametrize(
    "text",
    [
        "- Tests: 12\n" + four(),
        "Commands were run from the root.\n\n" + four() + "\n- Tests: PASS",
        four(Runtime="n/a — documentation only", Behavior="N/A (docs)"),
        four(Behavior="PASS after the fix, FAIL before it"),
        four(Behavior="failed once, then PASS"),
        four(Static="Failed tests: none"),
        four(Static="FAIL: 0"),
        four(Runtime="fail: none"),
        four(Runtime="fail:0", Behavior="FAIL: none."),
        four(Runtime="failures: 0", Behavior="failed: none\n  12 passed"),
        four().replace("Runtime: PASS", "Runtime fail: none"),
        four(Static="fail-safe paths compile"),
        four(Static="FAILOVER works"),
        four(Static="fail: 0, pass: 12"),
        four(Static="FAIL: 0 (12 passed in 3.1 s)", Runtime="fail 0, pass 12", Behavior="FAILED: 0 | skipped: 1"),
        four(Static="failures: 0 of 12", Runtime="failed: 0/12", Behavior="FAIL: none\n  - tests/test_a.py"),
        four(Static="failed: 0, all routes answer", Runtime="0 failed", Behavior="0 FAIL, 12 PASS"),
        four(Static="Fail-fast mode compiles", Runtime="fail_over() answers"),
        four(Static="~~FAIL~~ PASS", Runtime="<del>FAIL</del> PASS", Behavior="<b>PASS</b>"),
        "| Layer | Result |\n|---|---|\n| Static | fail: 0 |\n| Runtime | PASS |\n| Behavior | a |\n| Contract | b |",
        four(Static="❌ → ✅ mended"),
        four(Static="❌ PASS with one hint"),
        four().replace("Behavior", "Behaviour"),
    ],
)
@pytest.mark.req("S002-10.7-A7")
def test_honest_ways_to_report_pass(text: str) -> None:
    assert codes(text) == []


@pytest.mark.parametrize("reading", [Absent(), Unreadable("is a FIFO"), Malformed(reason="two", line=3, digest=digest_of_bytes(b""))])
def test_no_readable_log_fails(reading: DiffLogReading) -> None:
    assert [found.code for found in judge(snapshot(difflog=reading)).findings] == ["A700"]


@pytest.mark.req("S002-10.7-A7")
def test_labels_outside_of_the_section_do_not_count() -> None:
    ruling = judge(
        snapshot(difflog=parse_difflog(log_text(summary=four(), verification="").replace("## Verification", "## Tests").encode()))
    )
    assert [(found.code, found.message) for found in ruling.findings] == [
        ("A700", "no section 'Verification': expected the section 'Verification'")
    ]
    assert codes("") == ["A701"] * 4


@pytest.mark.parametrize("label", ["Static", "Runtime", "Behavior", "Contract"])
@pytest.mark.parametrize("text", ["", "—", "TODO", "TBD: later", "<PASS/FAIL + one-line summary>", None])
@pytest.mark.req("S002-10.7-A7")
def test_a_label_that_is_missing_or_says_nothing_fails(label: str, text: str | None) -> None:
    section = four(**{label: text}) if text is not None else "\n".join(row for row in four().split("\n") if label not in row)
    (finding,) = ruled(section).findings
    assert (finding.code, finding.message.split(":")[0]) == ("A701", label)


@pytest.mark.req("S002-10.7-A7")
def test_labels_out_of_order_fail_with_both_orders() -> None:
    (finding,) = ruled("- Contract: a\n- Static: b\n- Runtime: c\n- Behavior: d").findings
    assert (finding.code, finding.line) == ("A702", 21)
    assert (finding.expected, finding.actual) == ("Static, Runtime, Behavior, Contract", "Contract, Static, Runtime, Behavior")


def test_the_first_mention_decides_and_later_ones_are_notes() -> None:
    ruling = ruled(four() + "\n- Runtime intent: again\n- Static: FAIL told again")
    assert ruling.findings == ()
    assert [(note.code, note.message) for note in ruling.notes] == [
        ("A702", "line 25: Runtime is mentioned again"),
        ("A702", "line 26: Static is mentioned again"),
    ]


@pytest.mark.req("S002-10.7-A7")
@pytest.mark.parametrize(
    "text",
    [
        "FAIL",
        "**FAIL**",
        "fail: 2 scenarios",
        "fail: none of the routes answers",
        "FAIL none",
        "FAILED (2)",
        "Failed",
        "Failed: 2",
        "❌ FAIL",
        "(FAIL) x",
        "FAIL -> PASS",
        "FAIL 0 of 12 passed",
        "FAIL: 0 of 12",
        "FAIL 0",
        "**FAIL** 0/12",
        "fail: 0/12",
        "FAIL: 0 passed, 12 errors",
        "fail: 0, 12 errors",
        "failed: none\n  12 errors",
        "FAIL_BOOT",
        "_FAIL_",
        "FAIL-fast",
        "FaIL",
        "FaILED to boot",
        "FAILURE of the boot",
        "<b>FAIL</b>",
        '<span style="color: red">FAIL</span> boots',
        "~~PASS~~ FAIL",
        "<s>PASS</s> FAIL",
        "Failed 3 of 12",
        "failures: 2",
        "❌ crashed",
        "**✗** two",
    ],
)
def test_a_step_whose_own_result_is_fail_fails(text: str) -> None:
    (finding,) = ruled(four(Behavior=text)).findings
    assert (finding.code, finding.line) == ("A703", 23)
    assert finding.expected == "Behavior: PASS"


@pytest.mark.parametrize("line", ["- Runtime (FAIL): boots", "- Runtime [FAILED] - boots", "- Runtime ❌", "- Runtime: ❌"])
def test_a_failure_before_the_separator_or_by_a_cross_fails(line: str) -> None:
    assert codes(four().replace("- Runtime: PASS", line)) == ["A703"]


def test_a_failed_row_of_a_table_fails() -> None:
    rows = "\n".join(
        f"| {label} | `cmd` | {result} |"
        for label, result in zip(("Static", "Runtime", "Behavior", "Contract"), ("PASS", "PASS", "FAIL", "PASS"), strict=True)
    )
    assert codes(f"| Layer | Command | Result |\n|---|---|---|\n{rows}") == ["A703"]


@pytest.mark.req("S002-10.7-A7")
def test_a_failed_row_with_a_count_of_zero_beside_it_fails() -> None:
    rows = "| Static | PASS | 3 of 3 |\n| Runtime | FAIL | 0 of 3 |\n| Behavior | PASS | 1 |\n| Contract | PASS | 1 |"
    assert codes(f"| Layer | Result | Count |\n|---|---|---|\n{rows}") == ["A703"]


def test_a_result_that_was_struck_through_is_none() -> None:
    assert codes(four(Runtime="~~PASS~~")) == ["A701"]


def test_evidence_in_code_blocks_is_evidence() -> None:
    assert codes("\n".join(f"### {label}\n```\n$ run\nok\n```" for label in ("Static", "Runtime", "Behavior", "Contract"))) == []


def test_every_code_is_explained() -> None:
    assert [doc.code for doc in CODES] == ["A700", "A701", "A702", "A703"]


@pytest.mark.parametrize("text", ["<!-- PASS -->", "&nbsp;", "<br>", "\u3164", "\u200b\u00a0"])
def test_a_text_that_nobody_sees_is_none(text: str) -> None:
    assert codes(four(Runtime=text)) == ["A701"]
    told = {"Static": "a", "Runtime": text, "Behavior": "b", "Contract": "c"}
    assert codes("\n\n".join(f"### {label}\n{said}" for label, said in told.items())) == ["A701"]
