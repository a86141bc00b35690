from __future__ import annotations

import re

import pytest

from forgewatch.core.canonical import digest_of_bytes
from forgewatch.core.difflog import Announcement, Blocked, Complete, InProcess, Malformed, Section, Status, Unknown
from forgewatch.core.difflog_parser import parse_announcement, parse_difflog
from forgewatch.core.values import Absent, Phase, Unreadable
from tests.support.logs import log_text, read_log


def is_whole(raw: bytes) -> bool:
    glance = parse_announcement(raw)
    return isinstance(glance, Announcement) and glance.whole


def reading(text: str | bytes) -> type:
    return type(parse_difflog(text if isinstance(text, bytes) else text.encode()))


@pytest.mark.req("S002-10.1.1-11")
@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("- Status: COMPLETE", Complete),
        ("- **Status:** COMPLETE", Complete),
        ("- **Status**: **COMPLETE**", Complete),
        ("- `Status: COMPLETE`", Complete),
        ("* Status = `complete`", Complete),
        ("Status: Complete (finally)", Complete),
        ("1. Cycle Status: COMPLETE", Complete),
        ("- _Status: COMPLETE_", Complete),
        ("- __Status:__ __COMPLETE__", Complete),
        ("- STATUS:COMPLETE", Complete),
        ("- Timestamp: x\n  Status: COMPLETE", Complete),
        ("- Status: IN_PROCESS", InProcess),
        ("- Status: IN_PROGRESS", InProcess),
        ("- Status: in progress", InProcess),
        ("- Status=IN_PROCESS", InProcess),
        ("- Status: BLOCKED (EVIDENCE_MISSING)", Blocked),
    ],
)
def test_the_three_words_are_known_in_every_usual_form(line: str, kind: type) -> None:
    assert reading(log_text(status=line)) is kind


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("- Status: COMPLETELY", "COMPLETELY"),
        ("- Status: COMPLETE_AWAITING_AUTHORIZATION", "COMPLETE_AWAITING_AUTHORIZATION"),
        ("- Status: COMPLETE_STATUS_REPORT (x)", "COMPLETE_STATUS_REPORT"),
        ("- Status: STOPPED: EVIDENCE_MISSING", "STOPPED: EVIDENCE_MISSING"),
        ("- Status: COMPLETE.", "COMPLETE."),
        ("- Status: COMPLETE — nearly", "COMPLETE — nearly"),
        ("- Status: NOT COMPLETE", "NOT COMPLETE"),
        ("- Status: COMP\u200bLETE", "COMP\u200bLETE"),
        ("- Status: COMPLETE\u200b", "COMPLETE\u200b"),
        ("- Status: \u202eETELPMOC", "\u202eETELPMOC"),
        ("- Status: ＣＯＭＰＬＥＴＥ", "ＣＯＭＰＬＥＴＥ"),
        ("- Status: СOMPLETE", "СOMPLETE"),
        ("- Status: IN_PROCEſſ", "IN_PROCEſſ"),
        ("- Status: <COMPLETE>", "<COMPLETE>"),
    ],
)
def test_every_other_word_is_unknown_and_shown_with_its_line(line: str, text: str) -> None:
    log = read_log(log_text(status=line))
    assert (log.status, log.status_text, log.status_line) == (Status.UNKNOWN, text, 8)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "- COMPLETE",
        "- Status:",
        "- Status",
        "- Statuses: COMPLETE",
        "- The Status: COMPLETE",
        "- Status COMPLETE",
        "- Status: (COMPLETE)",
    ],
)
def test_no_status_line_is_unknown_without_text(line: str) -> None:
    log = read_log(log_text(status=line))
    assert (log.status, log.status_line) == (Status.UNKNOWN, 8 if "(" in line else None)


def test_the_section_goes_before_the_heading_and_the_heading_before_the_preamble() -> None:
    assert reading("Status: BLOCKED\n\n## Cycle Status\n- Status: COMPLETE\n") is Complete
    assert reading("Status: BLOCKED\n\n## Cycle Status: COMPLETE\n- nothing else\n") is Complete
    assert reading("# Log\nStatus: COMPLETE\n\n## Summary\n- Status: BLOCKED\n") is Complete
    assert reading("# Log\n\n## Summary\nStatus: COMPLETE\n") is Unknown


def test_the_title_states_no_status() -> None:
    assert reading("# Status: COMPLETE\n\n## Summary\n") is Unknown


@pytest.mark.parametrize(
    "heading", ["# Cycle Status", "### Cycle Status", "## 2. Cycle status (now)", "Cycle Status\n---", "Cycle Status\n==="]
)
def test_the_section_is_known_at_every_level(heading: str) -> None:
    assert reading(f"{heading}\n\n- Status: COMPLETE\n") is Complete


def test_a_deeper_section_and_a_nested_item_are_not_the_status() -> None:
    assert reading(log_text(status="- Status: IN_PROCESS\n- Tests\n  - Status: COMPLETE\n\n### Before\n- Status: COMPLETE")) is InProcess


@pytest.mark.parametrize(
    ("status", "line"),
    [
        ("- Status: COMPLETE\n- Status: IN_PROCESS", 9),
        ("- Status: IN_PROCESS\n\nStatus: COMPLETE", 10),
        ("- Status: COMPLETE\n- Status: COMPLETELY", 9),
        ("- Status: A\n- Status: B", 9),
        ("- Status: COMPLETE\n\n## Cycle Status\n- Status: BLOCKED", 11),
        ("- Status: COMPLETE\n\n## Cycle Status: BLOCKED\n", 10),
    ],
)
def test_two_different_values_are_malformed(status: str, line: int) -> None:
    found = parse_difflog(log_text(status=status).encode())
    assert isinstance(found, Malformed)
    assert found.line == line
    assert found.reason.startswith("expected one status, found '")
    assert re.search(rf" in line \d+ and '.*' in line {line}$", found.reason)
    assert int(found.reason.split(" in line ")[1].split(" ")[0]) < line


@pytest.mark.parametrize(
    "status", ["- Status: COMPLETE\n- Status: complete (yes)", "- Status: IN_PROCESS\n- Status: IN PROGRESS", "- Status: X\n- Status: x"]
)
def test_one_value_said_twice_is_one_value(status: str) -> None:
    assert reading(log_text(status=status)) in (Complete, InProcess, Unknown)


def test_two_different_values_before_the_first_section_are_malformed() -> None:
    assert reading("# Log\nStatus: COMPLETE\nStatus: BLOCKED\n") is Malformed


@pytest.mark.parametrize("raw", [b"", b"\n", b"\xef\xbb\xbf \t\r\n"])
def test_a_blank_document_is_malformed(raw: bytes) -> None:
    assert parse_difflog(raw) == Malformed(reason="holds nothing but white space", line=None, digest=digest_of_bytes(raw))


def test_a_nul_in_the_body_is_malformed_and_one_in_a_quoted_diff_is_not() -> None:
    found = parse_difflog(log_text(summary="- a\n- b\0c").encode())
    assert isinstance(found, Malformed)
    assert (found.line, found.reason) == (12, "expected text, found a NUL character")
    assert reading(log_text(hunks="    +b\0c")) is Complete


def test_a_body_over_the_cap_is_malformed_and_quoted_diffs_do_not_count() -> None:
    found = parse_difflog(log_text(summary="- a\n" * 20_001).encode())
    assert isinstance(found, Malformed)
    assert found.reason.startswith("expected at most 1048576 characters and 20000 lines without the quoted diffs, found ")
    assert reading(log_text(hunks="    +x = 1\n" * 400_000 + "\n## Extra\n- a")) is Complete


def test_a_large_log_keeps_the_sections_after_its_diffs() -> None:
    text = "## Cycle Status\n- Status: COMPLETE\n\n## Minimal Diff Hunks\n" + "    +x\n" * 30_000 + "\n## Verification\n- Static: PASS\n"
    assert read_log(text).verification.line == 30_006


def test_absent_and_unreadable_stay_what_they_are() -> None:
    assert parse_difflog(Absent()) == Absent()
    assert parse_difflog(Unreadable("is a symlink")) == Unreadable("is a symlink")


def test_the_phase_of_the_directive_is_used_when_the_log_names_none() -> None:
    named, unnamed = log_text().encode(), log_text(summary="- x").encode()
    assert [type(parse_difflog(raw, Phase("Phase 9"))) for raw in (named, unnamed)] == [Complete, Complete]
    found = [parse_difflog(raw, Phase("Phase 9")) for raw in (named, unnamed)]
    assert [one.log.phase for one in found if isinstance(one, Complete)] == ["Phase 1 -- things", "Phase 9"]


def test_sections_are_listed_with_what_they_say() -> None:
    log = read_log("# T\n\n## 1. Notes (optional)\n- a\n  b\n\n| c | |\n|---|---|\n| d | e |\n\n```\nf\n```\n\n## Empty\n")
    assert log.sections == (
        Section(title="T", key="t", line=1),
        Section(title="1. Notes (optional)", key="notes", line=3, items=((4, "a\nb"), (7, "c"), (9, "d"), (9, "e")), quoted=True),
        Section(title="Empty", key="empty", line=15),
    )


@pytest.mark.req("S002-10.7-A5")
@pytest.mark.parametrize(
    "item",
    [
        "TODO: blockers",
        "TODO",
        "**TODO** write",
        "TODO(me): x",
        "TBD",
        "TBD.",
        "_TBD_",
        "*FIXME*",
        "[ ] TODO later",
        "FIXME:",
        "<placeholder>",
        "<what changed, why>",
        "<br-tag>",
        "<PASS/FAIL + one-line summary>",
        "<yes/no>",
        "<TODO:later>",
        "<a @ b>",
        "&#84;ODO later",
        "T&#x4f;DO",
        "&lt;placeholder&gt;",
        "\u200bTBD",
    ],
)
def test_placeholders_are_found_as_items_paragraphs_and_cells(item: str) -> None:
    for notes, line in ((f"- {item}", 27), (item, 27), (f"- a\n  - {item}", 28), (f"| a | b |\n|---|---|\n| c | {item} |", 29)):
        log = read_log(log_text(notes=notes))
        assert [placeholder.line for placeholder in log.placeholders] == [line], notes


@pytest.mark.req("S002-10.7-A5")
@pytest.mark.parametrize(
    ("notes", "line"),
    [
        ("- text\n  TODO: wrapped", 28),
        ("- text\nTODO: lazy", 28),
        ("> TODO: quoted", 27),
        ("- [ ] TODO: unchecked", 27),
        ("- [TODO] later", 27),
        ("- (TODO: later)", 27),
        ("- \u26a0\ufe0f TODO: later", 27),
        ("- \u200bTODO: later", 27),
        ("- \uff34\uff2f\uff24\uff2f: later", 27),
        ("[^1]: TODO: later", 27),
        ("<p>\nTODO: later\n</p>", 28),
        ("<p>TODO: later</p>", 27),
        ("### TODO: later", 27),
        ("### TODO\n- finish auth", 27),
        ("### TODO", 27),
        ("#### 📌 **TBD**:\ntext", 27),
        ("FIXME\n===", 27),
        ("### T&#79;DO", 27),
        ("- &#84;ODO: y", 27),
        ("- text\n  &#x54;ODO: y", 28),
        ("> &#84;ODO: y", 27),
        ("| a | b |\n|---|---|\n| c | [ ] TODO: later |", 29),
        ("| a | b |\n|---|---|\n| c | (TODO: later) |", 29),
    ],
)
def test_no_form_of_markdown_hides_a_placeholder(notes: str, line: int) -> None:
    assert [placeholder.line for placeholder in read_log(log_text(notes=notes)).placeholders] == [line]


@pytest.mark.req("S002-10.7-A5")
@pytest.mark.parametrize(
    "notes",
    [
        "- TODO.md was updated",
        "- TODO/list.md",
        "- TODOs are gone",
        "- todo list component added",
        "- no TODO: left",
        "- TBD later",
        "- FIXME comments removed",
        "- a <placeholder> in a sentence",
        "```\nTODO: x\n```",
        "    TODO: x",
        "<!-- TODO: x -->",
        "- `TODO:` markers are found now",
        "- the check for\n  TODO markers works",
        "> the log may hold no TODO: item",
        "<pre>\nTODO: x\n</pre>",
        "<br>",
        "<details>\nTODO\n</details>",
        "</details>",
        "### TODO list",
        "### Todo",
        "- <https://example.org/x>",
        "<ftp://example.org>",
        "- <dev@example.org>",
        "- <app/a.py>",
        "- <.gitignore>",
        "- &#84;ODO.md was updated",
        "- &amp; TODOs",
    ],
)
def test_other_uses_of_the_words_are_no_placeholder(notes: str) -> None:
    assert read_log(log_text(notes=notes)).placeholders == ()


def test_placeholders_in_quoted_diffs_and_states_are_nothing() -> None:
    assert read_log(log_text(hunks="- TODO: x\n    + TODO: y\n\nTODO: z")).placeholders == ()


def test_an_encoding_defect_of_the_body_is_named_and_one_of_a_quoted_diff_is_not() -> None:
    assert read_log(log_text(summary="- a — b").encode("cp1252")).encoding_defect == "line 11 is cp1252, not UTF-8"
    assert read_log(log_text(hunks="    +é").encode("cp1252")).encoding_defect is None
    assert read_log(log_text().encode() + "\n- appended\n".encode("utf-16-le")).encoding_defect is None
    assert read_log(b"# L\n\n## Summary\n" + "- appended\n".encode("utf-16-le")).encoding_defect == "line 4 is UTF-16, not UTF-8"


def test_the_digest_is_of_the_raw_bytes() -> None:
    raw = b"\xef\xbb\xbf" + log_text().encode()
    assert read_log(raw).digest == digest_of_bytes(raw)


def test_a_whole_document_is_whole_in_every_encoding_of_its_lines() -> None:
    text = log_text()
    assert is_whole(text.encode())
    assert is_whole(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    assert is_whole(text.replace("- Status: COMPLETE", "Nothing").replace("# Diff Log", "Status: X\n# Diff Log").encode())


@pytest.mark.parametrize(
    "part",
    [
        {"status": ""},
        {"summary": ""},
        {"claim": ""},
        {"claim": "## Files Changed"},
        {"verification": ""},
        {"notes": "- None\n\n```\nopen"},
    ],
)
def test_a_document_without_a_required_part_is_not_whole(part: dict[str, str]) -> None:
    assert not is_whole(log_text(**part).encode())


def test_a_torn_write_is_not_whole_before_its_verification() -> None:
    raw = log_text().encode()
    first = raw.index(b"- Static")
    assert not any(is_whole(raw[:end]) for end in range(first))
    assert not is_whole(raw[:-1])


def test_a_log_written_line_by_line_is_whole_only_when_its_last_section_says_something() -> None:
    lines = log_text(hunks="    (none)").encode().splitlines(keepends=True)
    whole = [number for number in range(len(lines)) if is_whole(b"".join(lines[:number]))]
    assert lines[whole[0] - 2 : whole[0]] == [b"## Next Steps\n", b"- None\n"]
    assert whole == list(range(whole[0], len(lines)))


@pytest.mark.parametrize(
    ("last", "whole"),
    [
        ("## Files Changed\n- app/a.py", False),
        ("## Verification\n- Static: PASS x\n- Runtime: PASS y\n- Behavior: PASS z", False),
        ("## Verification\n- Static: PASS x\n- Runtime: PASS y\n- Behavior: PASS z\n- Contract: PASS w", True),
    ],
)
def test_a_log_that_ends_with_its_list_or_its_steps_may_still_be_growing(last: str, whole: bool) -> None:
    given = {"Files": {"claim": ""}, "Verif": {"verification": ""}}[last[3:8]]
    text = log_text(**given, hunks="").replace("## Minimal Diff Hunks\n", last)
    assert is_whole((text.rstrip("\n") + "\n").encode()) is whole


def test_a_body_over_the_cap_is_not_whole() -> None:
    assert not is_whole(b"a\n" * 20_001)
    assert not is_whole(b"")


def test_a_status_may_be_a_paragraph_of_a_list_item_and_no_deeper() -> None:
    assert read_log(log_text(status="- now\n\n  Status: COMPLETE\n")).status is Status.COMPLETE
    assert read_log(log_text(status="- now\n  - then\n\n    Status: COMPLETE\n")).status is Status.UNKNOWN
