"""The evidence bundle: six headings that say something, and files that are there (contract §2)."""

from __future__ import annotations

import re

import pytest

from forgewatch.app.engine import pass_gate
from forgewatch.core.evidence_bundle import GATE, TEMPLATE, ground_of
from forgewatch.core.places import FORGE
from forgewatch.core.settings import Profile
from forgewatch.core.values import Absent, Content, RepoPath, Unreadable
from forgewatch.core.verdict import Audit, Finding, Verdict

BUNDLE = """\
# Evidence bundle

## Repo tree
```
app/a.py
```

## Files to be edited
- `app/a.py` - the route
- app/b.py (new)

## Current behavior + expected behavior
It answers 500. It has to answer 404.

## Logs/errors
None, no runtime issue

## Minimal diff plan
1. catch the missing row

## Verification steps + results
- pytest: 3 passed
"""
THERE = {"app/a.py", "Forge/Contracts/physics.yaml"}


def judged(text: str | bytes | Absent | Unreadable, there: set[str] = THERE) -> Audit:
    content: Content = text.encode() if isinstance(text, str) else text

    def look(path: RepoPath) -> Content:
        return Unreadable("is a directory") if path == "app" else b"" if path in there else Absent()

    return pass_gate(GATE, ground_of("bundle.md", content, look, FORGE), Profile.DEV)


def findings(text: str | bytes | Absent | Unreadable) -> list[Finding]:
    return [found for result in judged(text).results for found in result.findings]


def codes(text: str | bytes | Absent | Unreadable) -> list[str]:
    return [found.code for found in findings(text)]


def with_files(rows: str) -> str:
    return BUNDLE.replace("- `app/a.py` - the route\n- app/b.py (new)\n", rows)


@pytest.mark.req("S002-2-1")
def test_a_whole_bundle_passes_the_gate_heading_by_heading() -> None:
    audit = judged(BUNDLE)
    assert audit.passed
    assert [(result.code, result.verdict) for result in audit.results] == [(f"E{number}", Verdict.PASS) for number in range(1, 7)]


@pytest.mark.req("S002-2-1")
@pytest.mark.parametrize("number", range(1, 7))
def test_each_heading_that_is_removed_and_each_that_is_left_blank_is_told(number: int) -> None:
    parts = re.split(r"(?m)^(?=## )", BUNDLE)
    parts[number], removed = "", parts[number]
    assert codes("".join(parts)) == [f"E{number}01"]
    parts[number] = removed.splitlines()[0] + "\n\n"
    (told,) = findings("".join(parts))
    assert (told.code, told.path) == (f"E{number}02", "bundle.md") and told.line


@pytest.mark.req("S002-2-1")
def test_the_template_as_it_is_says_nothing() -> None:
    assert codes(TEMPLATE) == [f"E{number}02" for number in range(1, 7)]


def test_the_template_filled_in_passes() -> None:
    filled = TEMPLATE.replace("- TODO: exact paths", "- app/a.py: exact paths")
    assert judged(re.sub(r"TODO: ", "", filled)).passed


@pytest.mark.parametrize(
    ("content", "why"),
    [(Absent(), "is missing"), (Unreadable("is a FIFO"), "is a FIFO"), (b"x\n" * 700_000, "is larger than what is parsed")],
    ids=["absent", "unreadable", "too large"],
)
def test_a_bundle_that_is_not_there_or_cannot_be_read_lacks_every_heading(content: Content, why: str) -> None:
    told = findings(content)
    assert [found.code for found in told] == [f"E{number}01" for number in range(1, 7)]
    assert {found.actual for found in told} == {why}


@pytest.mark.req("S002-2-2")
def test_a_listed_file_that_is_not_there_is_told_with_its_line() -> None:
    (told,) = findings(with_files("- app/a.py\n- app/gone.py\n"))
    assert (told.code, told.line, told.message) == ("E205", 10, "app/gone.py is listed, is not there, and is not marked as new")


@pytest.mark.req("S002-2-2")
@pytest.mark.parametrize(
    "rows",
    [
        "- app/a.py\n- app/new.py (new)\n",
        "- app/a.py\n- NEW: app/c.py\n",
        "- `app/c.py` -- to be created\n",
        "- app/gone.py (deleted)\n",
        "| File | Why |\n|---|---|\n| app/a.py | the route |\n| app/c.py | new, the service |\n",
        "- app/a.py\n\n### New files\n- app/c.py\n",
        "- app/a.py\n\nNew files:\n\n- app/c.py\n",
        "- Contracts/physics.yaml\n",
        "- app/a.py\r\n- app/c.py (new)\r\n",
    ],
)
def test_files_marked_as_new_or_deleted_and_short_governance_paths_are_fine(rows: str) -> None:
    assert codes(with_files(rows)) == []


@pytest.mark.req("S002-2-2")
@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ("- app/new.py\n", ["E205"]),
        ("### New files\n- app/c.py\n\n### Edited\n- app/d.py\n", ["E205"]),
        ("- app/\n", ["E205"]),
        ("- lib/\n", ["E204"]),
        ("- app\n", ["E205"]),
        ("- app/*.py\n", ["E204"]),
        ("- ../outside.py (new)\n", ["E204"]),
        ("- /etc/passwd\n", ["E204"]),
        ("- none\n", ["E203"]),
        ("Some of the routers.\n", ["E203"]),
        ("- TODO: name them\n", ["E202"]),
        ("<!-- app/a.py -->\n", ["E202"]),
    ],
)
def test_what_is_no_exact_path_of_a_file_that_is_there_is_told(rows: str, told: list[str]) -> None:
    assert codes(with_files(rows)) == told


@pytest.mark.parametrize(
    ("heading", "other"),
    [
        ("## Repo tree", "## 1. Repository structure"),
        ("## Repo tree", "## Confirmed file paths"),
        ("## Files to be edited", "## Files (exact paths)"),
        ("## Files to be edited", "### 2) Files to edit:"),
        ("## Logs/errors", "## Logs / errors (if runtime issue)"),
        ("## Minimal diff plan", "## Minimal-diff plan"),
        ("## Verification steps + results", "## Verification"),
        ("## Verification steps + results", "# Verification Steps & Results"),
        ("## Current behavior + expected behavior", "## Current and expected behaviour"),
        ("## Current behavior + expected behavior\nIt", "## Current behaviour\nIt fails.\n## Expected behaviour\nIt"),
        ("## Current behavior + expected behavior\nIt", "## Behaviour\n### Current\nIt fails.\n### Expected\nIt"),
        ("## Current behavior + expected behavior\nIt", "## Behaviour\n**Current:** fails. **Expected:** it"),
    ],
)
def test_headings_in_other_words_are_the_same_headings(heading: str, other: str) -> None:
    assert heading in BUNDLE
    assert codes(BUNDLE.replace(heading, other)) == []


@pytest.mark.parametrize(
    "text",
    [
        "## Current behaviour\nIt fails.\n",
        "## Behaviour\nIt fails.\n",
        "## Expected behaviour\nIt works.\n",
        "## Current\nIt fails.\n## Expected\n\n",
    ],
)
def test_half_a_behaviour_is_none(text: str) -> None:
    wanted = "## Current behavior + expected behavior\nIt answers 500. It has to answer 404.\n"
    assert codes(BUNDLE.replace(wanted, text)) in (["E301"], ["E302"])


def test_odd_bytes_a_byte_order_mark_and_a_line_without_end_are_read() -> None:
    assert judged(b"\xef\xbb\xbf" + BUNDLE.replace("500", "5\xe9").encode("latin-1")).passed
    assert "E601" in codes(BUNDLE.replace("## Verification", "x" * 10_000_000 + "\n## Something"))


def test_a_second_section_that_says_something_makes_up_for_a_blank_one() -> None:
    assert codes("## Repo tree\n\n" + BUNDLE) == []
