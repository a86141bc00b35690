from __future__ import annotations

import pytest

from forgewatch.checks.a5_difflog import judge
from forgewatch.core.canonical import digest_of_bytes
from forgewatch.core.catalogue_a5 import CODES
from forgewatch.core.difflog import DiffLogReading, InProcess, Malformed
from forgewatch.core.difflog_parser import parse_difflog
from forgewatch.core.values import Absent, Unreadable
from forgewatch.core.verdict import Ruling
from tests.support.logs import log_text
from tests.support.snapshots import snapshot

LOG = "Forge/evidence/diff_log.md"


def ruled(text: str, *, given: bool = False) -> Ruling:
    return judge(snapshot(difflog=parse_difflog(text.encode()), claim_given=given))


@pytest.mark.req("S002-10.7-A5")
def test_an_honest_log_passes() -> None:
    ruling = ruled(log_text())
    assert (ruling.findings, ruling.notes) == ((), ())
    assert ruling.basis == "10 sections, 0 placeholders"


@pytest.mark.parametrize("title", ["Changed Files", "Files Created", "Files Modified (staged)"])
def test_the_claim_and_the_verification_go_by_every_name_they_are_known_by(title: str) -> None:
    text = log_text(claim=f"## {title}\n- app/a.py").replace("## Verification\n", "## Verification Steps\n")
    assert ruled(text).findings == ()


@pytest.mark.req("S002-10.7-A5")
@pytest.mark.parametrize(
    "item", ["- TODO: blockers, risks", "- **TODO** later", "TODO", "- TBD", "- <placeholder>", "| a |\n|---|\n| TODO |"]
)
def test_a_placeholder_fails_with_its_line(item: str) -> None:
    (finding,) = ruled(log_text(summary=f"- done\n\n{item}")).findings
    assert (finding.code, finding.path) == ("A501", LOG)
    assert finding.line is not None
    assert finding.line >= 13


@pytest.mark.req("S002-10.7-A5")
def test_the_words_elsewhere_are_nothing() -> None:
    text = log_text(
        summary="- removed a `TODO:` and fixed TODO.md", hunks="    +# TODO: x\n- TODO: y", claim="## Files Changed\n- docs/TODO.md"
    )
    assert ruled(text).findings == ()


@pytest.mark.parametrize("reading", [Absent(), Unreadable("is a FIFO"), Malformed(reason="two", line=3, digest=digest_of_bytes(b""))])
def test_no_readable_log_fails(reading: DiffLogReading) -> None:
    ruling = judge(snapshot(difflog=reading))
    assert [found.code for found in ruling.findings] == ["A502"]


def test_a_log_in_process_is_judged_too() -> None:
    reading = parse_difflog(log_text(status="- Status: IN_PROCESS", notes="- TODO: x").encode())
    assert isinstance(reading, InProcess)
    assert [found.code for found in judge(snapshot(difflog=reading)).findings] == ["A501"]


@pytest.mark.parametrize("title", ["Summary", "Verification", "Files Changed (staged)"])
def test_a_required_section_that_is_missing_fails(title: str) -> None:
    (finding,) = ruled(log_text().replace(f"## {title}\n", "### Other\n")).findings
    assert (finding.code, finding.line, finding.actual) == ("A503", None, "missing")
    assert finding.message == f"section '{title.removesuffix(' (staged)')}' is missing: expected text, or 'None'"


@pytest.mark.parametrize(
    "part", [{"summary": ""}, {"verification": ""}, {"claim": "## Files Changed"}, {"notes": ""}, {"summary": "", "status": "- Status: X"}]
)
def test_a_required_section_that_is_empty_fails_with_its_line(part: dict[str, str]) -> None:
    (finding,) = ruled(log_text(**part)).findings
    assert (finding.code, finding.actual) == ("A503", "empty")
    assert finding.line


def test_a_log_without_any_status_lacks_its_section() -> None:
    assert [found.message for found in ruled(log_text(status="")).findings] == ["section 'Cycle Status' is empty: expected text, or 'None'"]
    assert ruled("Status: COMPLETE\n\n" + log_text(status="").replace("## Cycle Status\n", "")).findings == ()


@pytest.mark.parametrize("title", ["Notes (optional)", "Next Steps"])
def test_missing_notes_and_next_steps_are_only_noted(title: str) -> None:
    ruling = ruled(log_text().replace(f"## {title}\n", "### Other\n"))
    assert ruling.findings == ()
    assert [note.code for note in ruling.notes] == ["A503"]


def test_a_claim_on_the_command_line_stands_in_for_the_section() -> None:
    text = log_text(claim="")
    assert [found.code for found in ruled(text).findings] == ["A503"]
    assert ruled(text, given=True).findings == ()


@pytest.mark.parametrize("summary", ["None", "- None", "```\noutput\n```", "> quoted", "| a |\n|---|\n"])
def test_none_and_shown_text_fill_a_section(summary: str) -> None:
    assert ruled(log_text(summary=summary)).findings == ()


def test_every_code_is_explained() -> None:
    assert [doc.code for doc in CODES] == ["A501", "A502", "A503"]


@pytest.mark.parametrize("summary", ["\u200b", "<!-- nothing -->", "- \u3164"])
def test_a_section_in_which_nobody_sees_anything_is_empty(summary: str) -> None:
    assert [found.code for found in ruled(log_text(summary=summary)).findings] == ["A503"]


@pytest.mark.req("S002-10.7-A5")
@pytest.mark.parametrize(
    "item",
    [
        "- TODO/FIXME: implement auth",
        "- TODO... finish this",
        "- TODO. Implement",
        "- TODO- implement",
        "- [TODO implement](x)",
        "- _TODO_ implement",
        "- __TODO__",
        "- TODOs: implement",
        "- [ ] TODO implement",
        "- <b>TODO</b> implement",
        "- TODO-implement: auth",
        "- TODO\u2014implement",
        "- x\n  TODO/FIXME: implement",
        "| a |\n|---|\n| _TODO_ implement |",
    ],
)
def test_a_placeholder_is_one_however_it_goes_on(item: str) -> None:
    assert [found.code for found in ruled(log_text(summary=f"- done\n\n{item}")).findings] == ["A501"]


@pytest.mark.parametrize(
    "item",
    [
        "- TODO.md is gone",
        "- TODO/list.md: updated",
        "- TODO\\list.md",
        "- TODO/ moved to docs",
        "- [TODO.md](TODO.md) is gone",
        "- _TODO.md_ is gone",
        "- TODO.rst, TODO.txt",
        "- TODO-list is sorted by date",
        "- TODO_ITEMS is a constant",
        "- TODOs of the parser are listed",
        "- [see](TODO.md)",
        '- "TODO" marks are found',
    ],
)
def test_names_and_sentences_with_the_word_are_no_placeholders(item: str) -> None:
    assert ruled(log_text(summary=f"- done\n\n{item}")).findings == ()


@pytest.mark.req("S002-10.7-A5")
@pytest.mark.parametrize(
    "summary", ["&nbsp;", "<br>", "- ![]()", "- []()", "...", "- ` `", "- :", "- [ ]", "```\n...\n```", "> &nbsp;", "| a |\n|---|\n| |"]
)
def test_a_section_of_marks_without_words_is_empty(summary: str) -> None:
    found = [found.code for found in ruled(log_text(summary=summary)).findings]
    assert found == ([] if "| a |" in summary else ["A503"])


@pytest.mark.parametrize("summary", ["—", "- ✅", "- [x]", "![](shot.png)", "<img src='shot.png'>", "- N", "```\n{}\n```"])
def test_a_section_that_shows_something_is_not_empty(summary: str) -> None:
    assert ruled(log_text(summary=summary)).findings == ()
