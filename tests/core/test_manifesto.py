"""Sections that a manifesto needs: written down, not empty, and no example in code."""

from __future__ import annotations

import pytest

from forgewatch.core.manifesto import lacking_sections

WHOLE = "# Manifesto\n\n## Confirm-before-write\nAsk first.\n\n## Citations and attribution\nName the source.\n"


@pytest.mark.req("S002-6-1", "S002-7-1")
@pytest.mark.parametrize(
    ("text", "lacks"),
    [
        (WHOLE, ()),
        (WHOLE.replace("\n", "\r\n"), ()),
        ("\ufeff" + WHOLE, ()),
        ("## 6. Confirmation of writes\nExempt: none.\n### Source integrity\nAs it says.\n", ()),
        ("## Confirm-before-write\n\n## Citations\nName it.\n", ("Confirm-before-write",)),
        ("## Confirm-before-write\nAsk.\n", ("Citations and attribution",)),
        ("```\n## Confirm-before-write\nAsk.\n## Citations\nx\n```\n", ("Confirm-before-write", "Citations and attribution")),
        ("Confirm before write, and cite.\n", ("Confirm-before-write", "Citations and attribution")),
        ("", ("Confirm-before-write", "Citations and attribution")),
    ],
)
def test_a_section_that_is_missing_or_empty_is_named(text: str, lacks: tuple[str, ...]) -> None:
    assert lacking_sections(text.encode()) == lacks


def test_bytes_that_are_no_text_lack_both() -> None:
    assert len(lacking_sections(b"\xff\xfe\x00")) == 2
