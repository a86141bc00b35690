"""The page of a finding code: whole, in both forms, and the Markdown shows what the plain text says."""

from __future__ import annotations

import pytest
from markdown_it import MarkdownIt

from forgewatch.core.catalogue import CodeDoc
from forgewatch.core.checklist import CHECKLIST, QUESTIONS, is_blocking
from forgewatch.core.code_pages import code_markdown, code_page, code_title, prose
from forgewatch.core.codes import DOCS

ODD = CodeDoc(
    code="A999",
    title="odd",
    means="`__init__.py` is not __init__.py, <b> is no tag, [a](b) no link, a*b*c no stress and \\ a backslash",
    good='{"layers": []}\n# no heading',
    bad="<script>",
    fix="Write `a_b` for a_b.",
    action="nothing",
)


def words(markdown: str) -> str:
    """What a reader of the rendered Markdown sees, white space aside."""
    tokens = MarkdownIt("commonmark").parse(markdown)
    told = [child.content for token in tokens for child in (token.children or [token]) if child.type in ("text", "code_inline", "fence")]
    return " ".join("".join(told).split())


def test_the_plain_page_has_every_part_in_order() -> None:
    assert code_page(ODD).splitlines() == [
        "A999 odd",
        "  means:",
        f"    {ODD.means}",
        "  good:",
        '    {"layers": []}',
        "    # no heading",
        "  bad:",
        "    <script>",
        "  fix:",
        "    Write `a_b` for a_b.",
    ]


def test_a_note_says_that_it_is_one() -> None:
    notes = [doc for doc in DOCS.values() if doc.note]
    assert notes
    assert all(code_title(doc) == f"{doc.code} {doc.title} (a note, never a failure)" for doc in notes)
    assert code_title(ODD) == "A999 odd"


def test_nothing_in_the_prose_of_a_page_is_markup() -> None:
    shown = words(code_markdown(ODD))
    assert shown.startswith(ODD.means.replace("`", ""))
    assert shown.endswith('Good:{"layers": []} # no heading Bad:<script> Fix: Write a_b for a_b.')
    assert not [token for token in MarkdownIt("commonmark").parse(code_markdown(ODD)) if token.type in ("html_block", "heading_open")]


@pytest.mark.parametrize("doc", DOCS.values(), ids=list(DOCS))
def test_the_markdown_of_every_code_shows_the_same_words_as_its_plain_page(doc: CodeDoc) -> None:
    shown = words(code_markdown(doc))
    for part in (doc.means, doc.fix):
        assert " ".join(part.replace("`", "").split()) in shown
    for example in (doc.good, doc.bad):
        assert "```" not in example
        assert " ".join(example.split()) in shown


def test_a_line_of_plain_text_stays_as_it_is_where_nothing_could_be_markup() -> None:
    assert prose("plain words, `code_span` and a dot.") == "plain words, `code_span` and a dot."


def test_every_check_of_the_contract_has_a_question_and_only_the_nine_block() -> None:
    assert list(QUESTIONS) == [code for code, _ in CHECKLIST]
    assert all(question.endswith("?") or "? " in question for question in QUESTIONS.values())
    assert "".join(code for code, _ in CHECKLIST if is_blocking(code)) == "".join(f"A{number}" for number in range(1, 10))
