"""What a reader sees of a text: nothing of comments, tags, empty boxes and points."""

from __future__ import annotations

import pytest

from forgewatch.core.visible_text import visible


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("a b", "ab"),
        (" \t\u00a0\u200b", ""),
        ("\u3164\u115f\u2800", ""),
        ("<!-- PASS -->", ""),
        ("x<!-- PASS", "x"),
        ("a <!-- b\n--> c", "ac"),
        ("✅", "✅"),
        ("—", "—"),
        ("&nbsp;", ""),
        ("<br>", ""),
        ("<br/> <b></b>", ""),
        ("<span class='x'>a</span>", "a"),
        ("![]()", ""),
        ("[]()", ""),
        ("[](x)", ""),
        ("![](shot.png)", "![](shot.png)"),
        ("[a](x)", "[a](x)"),
        ("...", ""),
        ("…", ""),
        ("` `", ""),
        ("`a`", "`a`"),
        (":", ""),
        ("[ ]", ""),
        ("[x]", "[x]"),
        ("&lt;br&gt;", "<br>"),
        ("<UserCard>", "<UserCard>"),
        ("wait...", "wait..."),
    ],
)
def test_what_a_reader_sees_of_a_text(text: str, seen: str) -> None:
    assert visible(text) == seen
