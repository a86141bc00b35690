from __future__ import annotations

import pytest

from forgewatch.core.difflog import Label, Verification
from forgewatch.core.difflog_parser import verification_text
from tests.support.logs import log_text, read_log

S, R, B, C = Label
ORDER = [S, R, B, C]


def read(text: str) -> Verification:
    return read_log(log_text(verification=text)).verification


def told(text: str) -> list[tuple[Label, str]]:
    return [(item.label, item.text) for item in read(text).items]


def labels(text: str) -> list[Label]:
    return [item.label for item in read(text).items]


@pytest.mark.req("S002-9-1")
@pytest.mark.parametrize(
    "text",
    [
        "- Static: PASS\n- Runtime: PASS\n- Behavior: PASS\n- Contract: PASS",
        "* **Static:** PASS\n* **Runtime:** PASS\n* **Behaviour:** PASS\n* **Contract:** PASS",
        "1. `Static` — PASS\n2. Runtime – PASS\n3. Behavioral -- PASS\n4. Contract - PASS",
        "Static: PASS\nRuntime: PASS\nBehavioural: PASS\nContract: PASS",
        "Static = PASS\n\nRuntime = PASS\n\nBehavior = PASS\n\nContract = PASS",
        "### Static\nPASS\n### Runtime\nPASS\n### Behavior\nPASS\n### Contract\nPASS",
        "### 1) Static correctness\nPASS\n### 2) Runtime sanity\nPASS\n### 3) Behavioral intent\nPASS\n### 4) Contract compliance\nPASS",
        "| Layer | Result |\n|---|---|\n| Static | PASS |\n| Runtime | PASS |\n| Behavior | PASS |\n| Contract | PASS |",
        "- ✅ Static: PASS\n- ✅ Runtime: PASS\n- ✅ Behavior: PASS\n- ✅ Contract: PASS",
        "- [x] static: PASS\n- [x] RUNTIME: PASS\n- [x] behavior: PASS\n- [x] Contract: PASS",
        "- Static -> PASS\n- Runtime/tests: PASS\n- Behavior (env check): PASS\n- Contract/tooling: PASS",
        "- Static correctness\n  - PASS\n- Runtime\n  - PASS\n- Behavior\n  - PASS\n- Contract\n  - PASS",
        "- Layers\n  - Static: PASS\n  - Runtime: PASS\n  - Behavior: PASS\n  - Contract: PASS",
        "- <b>Static</b>: PASS\n- <strong>Runtime:</strong> PASS\n- Behavior: <code>PASS</code>\n- Contract: <del>FAIL</del> PASS",
        "- Static PASS\n- Runtime PASS\n- Behavior PASS\n- Contract PASS",
    ],
)
def test_the_ways_to_write_the_four_labels(text: str) -> None:
    assert told(text) == [(label, "PASS") for label in ORDER]


@pytest.mark.parametrize(
    "text",
    [
        "\n".join(f"- [PASS] {label} — done" for label in ORDER),
        "\n".join(f"- PASS {label}: done" for label in ORDER),
        "\n".join(f"- **OK** {label}: done" for label in ORDER),
        "\n\n".join(f"Step {at} — {label}: done" for at, label in enumerate(ORDER, 1)),
        "\n".join(f"### Gate {at}: {label}\ndone" for at, label in enumerate(ORDER, 1)),
        "| # | Step | Result |\n|---|---|---|\n" + "\n".join(f"| {at} | {label} | done |" for at, label in enumerate(ORDER, 1)),
        "| | Step | Result |\n|---|---|---|\n" + "\n".join(f"| ✅ | {label} | done |" for label in ORDER),
    ],
)
def test_a_number_or_a_passed_mark_may_stand_before_the_label(text: str) -> None:
    assert labels(text) == ORDER
    assert all("done" in item for _, item in told(text))


def test_a_failed_mark_before_the_label_is_not_taken_for_a_number() -> None:
    assert told("| | Step | Result |\n|---|---|---|\n| ❌ | Static | crashed |")[0] == (S, "FAIL crashed")
    assert labels("- [FAIL] Static: crashed") == []
    assert labels("- Passing static files through, Step 1 runtime") == []


def test_a_label_has_what_follows_it_until_the_next() -> None:
    text = "- Static: `mypy` clean\n  - 0 errors\n\n  more\n- tests: 12\n- Runtime: boots\n- Behavior: a\n- Contract: b"
    assert told(text)[:2] == [(S, "mypy clean\n0 errors\nmore\ntests: 12"), (R, "boots")]


def test_code_and_quotes_below_a_label_are_its_text_and_never_a_label() -> None:
    text = "### Static\n```\nRuntime: x\n```\n### Runtime\n> Contract: y\n### Behavior\n- a\n### Contract\n- b"
    assert told(text) == [(S, "Runtime: x"), (R, "Contract: y"), (B, "a"), (C, "b")]
    assert labels("Static: a\n\n```\nContract: x\n```\n\nRuntime: b") == [S, R]


def test_a_wrapped_line_that_begins_with_a_label_word_is_running_text() -> None:
    assert labels("- Static: the\n  Contract tests of it too\n  and Runtime") == [S]
    assert labels("- Static: the\n  Contract tests of it too\n- Runtime: a\n- Behavior: b\n- Contract: c") == ORDER


def test_a_wrapped_line_with_a_separated_label_is_a_label() -> None:
    assert labels("Static: a\nRuntime: b\nBehavior: c\nContract: d") == ORDER


def test_a_label_word_in_a_sentence_counts_only_when_nothing_says_it_clearer() -> None:
    clear = "- Static: a\n- Contract tests pass\n- Runtime: b\n- Behavior: c\n- Contract: d"
    assert labels(clear) == ORDER
    unclear = "- Static analysis passes\n- Runtime boots\n- Behavior verified by 12 tests\n- Contract compliance confirmed"
    assert told(unclear) == [(S, "passes"), (R, "boots"), (B, "verified by 12 tests"), (C, "confirmed")]


def test_rows_of_a_table_stand_beside_a_label_before_it() -> None:
    assert labels("Static: a\n\n| Layer | Result |\n|---|---|\n| Runtime | b |\n| Behavior | c |\n| Contract | d |") == ORDER


def test_a_few_words_may_stand_between_a_label_and_its_separator() -> None:
    assert told("- Contract tests of the parts: a") == [(C, "a")]
    assert told("- Contract tests of all the parts: a") == [(C, "of all the parts: a")]
    assert told("Static: a\nRuntime so far: b") == [(S, "a"), (R, "b")]
    assert told("Static: a\nRuntime by the way: b") == [(S, "a\nRuntime by the way: b")]


def test_labels_below_a_label_are_its_text() -> None:
    assert labels("### Static\n- Contract: x\n### Runtime\n- a\n### Behavior\n- b\n### Contract\n- c") == ORDER
    assert labels("- Static: a\n  - Contract: x\n- Runtime: b\n- Behavior: c\n- Contract: d") == ORDER


def test_a_word_that_only_begins_like_a_label_is_none() -> None:
    assert labels("- Statically: a\n- Runtimes2: b\n- Misbehavior: c\n- Subcontract: d") == []


def test_the_cell_with_the_result_comes_first() -> None:
    text = "| Layer | Command | Result |\n|---|---|---|\n| Static | `mypy` | FAIL two |\n| Runtime | x | y |"
    assert told(text) == [(S, "FAIL two mypy"), (R, "x y")]


def test_a_row_of_marks_alone_is_text() -> None:
    assert told("Static: a\n\n| ✅ | 1 |\n|---|---|\n| 2 | ✅ |") == [(S, "a\n✅ | 1\n2 | ✅")]


def test_a_result_before_a_separator_is_the_text() -> None:
    assert told("- Static FAIL: two errors")[0] == (S, "FAIL: two errors")
    assert told("- Runtime (FAIL): boots") == [(R, "FAIL boots")]


def test_a_label_alone_has_no_text() -> None:
    assert told("- Static:\n- Runtime")[:2] == [(S, ""), (R, "")]


def test_lines_are_those_of_the_labels() -> None:
    section = read("- Static: a\n- Runtime: b")
    assert (section.line, [item.line for item in section.items]) == (20, [21, 22])
    assert [item.line for item in read("Static: a\nRuntime: b\nmore").items] == [21, 22]


def test_two_verification_sections_are_read_as_one() -> None:
    log = read_log(log_text(notes="- x\n\n## Verification (again)\n- Static: b", verification="- Static: a"))
    assert [item.text for item in log.verification.items] == ["a", "b"]


def test_a_verification_section_inside_another_is_read_once() -> None:
    assert told("- Static: a\n\n### Verification results\n- Runtime: b") == [(S, "a\nVerification results"), (R, "b")]


def test_the_title_of_the_document_is_the_section_only_when_there_is_no_other() -> None:
    assert labels("- Static: a") == [S]
    log = read_log(log_text(title="# Verification log\n- Runtime: x", verification="- Static: a"))
    assert [item.label for item in log.verification.items] == [S]
    assert [item.label for item in read_log("# Verification\n- Static: a\n").verification.items] == [S]


def test_a_log_without_the_section_says_so() -> None:
    assert read_log("# Log\n\n## Summary\n- Static: a\n").verification == Verification()


def test_the_text_for_the_identity_does_not_depend_on_lines_or_other_sections() -> None:
    first = read_log(log_text())
    moved = read_log(log_text(summary="- a\n- b\n- c"))
    other = read_log(log_text(verification="- Static: PASS"))
    assert verification_text(first) == verification_text(moved) != verification_text(other)
    assert "PASS physics matches" in verification_text(first)
