"""The items of a phase: what stands in its lists, headings and lines, where each begins, and which of them it is accepted by."""

from __future__ import annotations

import pytest

from forgewatch.core.phase_items import items_of
from forgewatch.core.phases import PhaseText


def items(text: str) -> list[tuple[str, int, bool]]:
    """Return the items of a phase whose heading is the first line."""
    return [(item.text, item.line, item.accepts) for item in items_of(PhaseText("Phase 1", 1, text))]


def test_an_item_goes_on_over_indented_lines_and_keeps_its_own_line() -> None:
    assert items("- store\n  the trades") == [("store the trades", 2, False)]
    assert items("- store\n- Acceptance:\n  all of it\n- a row\n  is there") == [
        ("store", 2, False),
        ("Acceptance: all of it", 3, True),
        ("a row is there", 5, True),
    ]
    assert items("- store\n\nin a table\nXML too\n") == [("store", 2, False), ("in a table", 4, False), ("XML too", 5, False)]


def test_an_item_goes_on_for_eight_lines() -> None:
    assert [text.count("more") for text, _, _ in items("- store" + "\n  more" * 9)] == [8, 1]


def test_marks_are_no_part_of_an_item_and_letters_are() -> None:
    told = items("### **XML** export ###\n- [X] `XML` for __BOX__\n* **EXTRA**")
    assert [text for text, _, _ in told] == ["XML export", "XML for BOX", "EXTRA"]


@pytest.mark.parametrize(
    "label",
    [
        "### E) Acceptance ###",
        "**Acceptance**",
        "Acceptance:",
        "- Acceptance:",
        "1. **Done when**:",
        "Acceptance " + "x" * 68 + ":",
        "- Acceptance " + "x" * 68 + ":",
    ],
)
def test_what_stands_below_a_label_of_criteria_is_one(label: str) -> None:
    assert [accepts for _, _, accepts in items(f"- store\n{label}\n- a row")] == [False, True, True]


@pytest.mark.parametrize(
    "line",
    ["- Acceptance is planned", "Acceptance is planned", "Acceptance " + "x" * 69 + ":", "- Acceptance " + "x" * 69 + ":", "- store:"],
)
def test_a_sentence_that_begins_like_a_label_is_none(line: str) -> None:
    assert [accepts for _, _, accepts in items(f"{line}\n- a row")] == [False, False]


@pytest.mark.parametrize(
    ("line", "goes_on"),
    [("- Backend:", True), ("- Files:", False), ("### Notes", False), ("**Scope**", False), ("Remarks:", False), ("- a table", True)],
)
def test_only_a_heading_or_the_name_of_another_section_ends_the_criteria(line: str, goes_on: bool) -> None:
    assert [accepts for _, _, accepts in items(f"**Acceptance**\n{line}\n- a row")] == [True, goes_on, goes_on]


@pytest.mark.parametrize("fence", ["```", "~~~~"])
def test_what_stands_in_code_is_no_item(fence: str) -> None:
    assert items(f"- store\n{fence}\n- Acceptance:\n{fence}\n- a row") == [("store", 2, False), ("a row", 6, False)]
