from __future__ import annotations

import pytest

from forgewatch.core.document import read_document
from forgewatch.core.markdown_body import Block, Body, Kind, parse_body


def body_of(text: str) -> Body:
    document = read_document(text.encode())
    return parse_body(document, range(1, len(document.lines) + 1))


def kinds(text: str) -> list[tuple[Kind, int, str]]:
    return [(block.kind, block.line, block.text) for block in body_of(text).blocks]


def test_an_empty_document_has_no_blocks() -> None:
    assert body_of("") == Body(title="", preamble=(), parts=(), blocks=(), open_fence=False)


def test_headings_items_and_paragraphs_have_their_lines() -> None:
    text = "# Title\n\nwords\nmore words\n\n## Summary\n- first\n  goes on\n\n  second paragraph\n  - nested\n"
    assert body_of(text).blocks == (
        Block(kind=Kind.HEADING, line=1, lines=("Title",), depth=1),
        Block(kind=Kind.PARAGRAPH, line=3, lines=("words", "more words")),
        Block(kind=Kind.HEADING, line=6, lines=("Summary",), depth=2),
        Block(kind=Kind.ITEM, line=7, lines=("first", "goes on"), depth=1),
        Block(kind=Kind.PARAGRAPH, line=10, lines=("second paragraph",), depth=1),
        Block(kind=Kind.ITEM, line=11, lines=("nested",), depth=2),
    )


def test_table_rows_have_their_cells() -> None:
    text = "| File | Why |\n|---|---|\n| a\\|b.py | x |\n| c.py |\n"
    assert body_of(text).blocks == (
        Block(kind=Kind.ROW, line=1, lines=("File | Why",), cells=("File", "Why"), header=True),
        Block(kind=Kind.ROW, line=3, lines=("a|b.py | x",), cells=("a|b.py", "x")),
        Block(kind=Kind.ROW, line=4, lines=("c.py | ",), cells=("c.py", "")),
    )


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("```\n# x\n```\n", Kind.CODE),
        ("~~~\n# x\n~~~\n", Kind.CODE),
        ("    # x\n", Kind.CODE),
        ("<!-- # x -->\n", Kind.HTML),
        ("<div>\n# x\n</div>\n", Kind.HTML),
        ("> # x\n", Kind.QUOTE),
        ("> - x\n", Kind.QUOTE),
        (">     x\n", Kind.QUOTE),
        ("> | a | b |\n> |---|---|\n", Kind.QUOTE),
        ("- > x\n", Kind.QUOTE),
    ],
)
def test_what_is_shown_is_not_said(text: str, kind: Kind) -> None:
    assert {block.kind for block in body_of(text).blocks} == {kind}


def test_what_stands_in_a_list_is_as_deep_as_the_list_and_only_the_first_paragraph_of_an_item_is_the_item() -> None:
    text = "- first\n\n  | a |\n  |---|\n\n- ```\n  x y\n\n  z\n  ```\n  word\n\n1. one\n   1. two\n\nend\n"
    assert [(block.kind, block.lines, block.depth) for block in body_of(text).blocks] == [
        (Kind.ITEM, ("first",), 1),
        (Kind.ROW, ("a",), 1),
        (Kind.CODE, ("x y", "z"), 1),
        (Kind.PARAGRAPH, ("word",), 1),
        (Kind.ITEM, ("one",), 1),
        (Kind.ITEM, ("two",), 2),
        (Kind.PARAGRAPH, ("end",), 0),
    ]


@pytest.mark.parametrize("before", ["-\n", "- first\n-\n", "## Log\n", "> quoted\n"])
def test_words_behind_something_else_are_a_paragraph_even_when_they_are_a_title(before: str) -> None:
    assert [kind for kind, _, text in kinds(f"{before}\nSummary\n") if text == "Summary"] == [Kind.PARAGRAPH]


def test_a_heading_inside_a_list_opens_no_section() -> None:
    body = body_of("- # Cycle Status\n- Status: COMPLETE\n")
    assert body.parts == ()
    assert [block.kind for block in body.blocks] == [Kind.ITEM, Kind.ITEM]


def test_sections_hold_what_stands_below_them() -> None:
    body = body_of("# T\np\n## A\n- 1\n### B\n- 2\n#### C\n- 3\n### D\n- 4\n## E\n")
    found = {part.title: ([block.text for block in part.own], [block.text for block in part.blocks]) for part in body.parts}
    assert found == {
        "T": (["p"], ["p"]),
        "A": (["1"], ["1", "B", "2", "C", "3", "D", "4"]),
        "B": (["2"], ["2", "C", "3"]),
        "C": (["3"], ["3"]),
        "D": (["4"], ["4"]),
        "E": ([], []),
    }
    assert body.title == "T"
    assert [block.text for block in body.preamble] == ["p"]


def test_sections_of_the_first_level_are_sections_too() -> None:
    body = body_of("# Log\nintro\n# Summary\n- a\n### Files Changed\n- b\n")
    assert [(part.key, len(part.blocks)) for part in body.parts] == [("log", 1), ("summary", 3), ("files changed", 1)]


@pytest.mark.parametrize("title", ["Minimal Diff Hunks", "Full Unified Diff", "git status -sb", "git diff --name-only"])
def test_sections_that_quote_git_are_no_body(title: str) -> None:
    text = f"## {title}\n- TODO: x\n\n```\nStatus: COMPLETE\n```\n### sub\n ## indented\nword\n---\n- y\n\n## Notes\n- z\n"
    assert [found for _, _, found in kinds(text)] == [title, "Notes", "z"]


def test_a_deeper_section_that_quotes_git_ends_with_its_level() -> None:
    text = "## Evidence\n### git status\n- x\n#### y\n### Summary\n- z\n"
    assert [found for _, _, found in kinds(text)] == ["Evidence", "git status", "Summary", "z"]


def test_a_quoting_section_after_another_is_no_body_either() -> None:
    assert [found for _, _, found in kinds("## git status\n- x\n## git diff\n- y\n")] == ["git status", "git diff"]


def test_a_ruler_below_text_makes_no_section_of_it() -> None:
    text = "## Verification\nStatic: PASS\nContract: PASS\n---\nText\n---\n"
    assert [kind for kind, _, _ in kinds(text)] == [Kind.HEADING, Kind.PARAGRAPH, Kind.PARAGRAPH]


@pytest.mark.parametrize("title", ["Cycle Status", "Verification evidence", "Files Changed (2)", "git status", "Notes"])
def test_a_known_title_with_a_ruler_below_is_a_heading(title: str) -> None:
    assert kinds(f"{title}\n---\n")[0] == (Kind.HEADING, 1, title)


def test_a_title_underlined_twice_is_a_heading() -> None:
    body = body_of("Phase 3 log\n===========\n\nwords\n")
    assert (body.title, body.parts[0].level) == ("Phase 3 log", 1)


@pytest.mark.parametrize(
    ("text", "is_open"),
    [
        ("```\nx\n", True),
        ("```\nx\n```\n", False),
        ("```\nx\n``\n", True),
        ("````\nx\n```\n", True),
        ("```\nx\n```` \n", False),
        ("```\n", True),
        ("word\n```\n", True),
        ("```\n```\n", False),
        ("```\nx\n```X\n", True),
        ("~~~\nx\n```\n", True),
        ("- ```\n  x\n  ```\n", False),
        ("> ```\n> x\n> ```\n", False),
        ("```\nx\n```\n\nword\n", False),
        ("```\nx\n``` y\n", True),
    ],
)
def test_a_fence_that_is_never_closed_is_told(text: str, is_open: bool) -> None:
    assert body_of(text).open_fence is is_open


def test_a_line_is_looked_at_up_to_its_limit() -> None:
    (block,) = body_of("x" * 100_000 + "\n").blocks
    assert len(block.text) == 8192


def test_line_numbers_are_those_of_the_whole_document() -> None:
    document = read_document(b"## Notes\n- None\n")
    body = parse_body(document, (40, 57))
    assert [block.line for block in body.blocks] == [40, 57]
