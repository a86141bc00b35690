"""How long ago something was seen at the anchor, in words."""

from __future__ import annotations

import pytest

from forgewatch.adapters.anchor_note import AnchorNote
from forgewatch.cli.anchor_words import age, anchored

NOW = 1_795_176_000  # 2026-11-20T12:00:00Z


@pytest.mark.parametrize(
    ("at", "said"),
    [
        ("2026-11-20T12:00:00Z", "0 s ago"),
        ("2026-11-20T11:59:01Z", "59 s ago"),
        ("2026-11-20T11:59:00Z", "1 min ago"),
        ("2026-11-20T11:00:01Z", "59 min ago"),
        ("2026-11-20T11:00:00Z", "1 h ago"),
        ("2026-11-19T12:00:01Z", "23 h ago"),
        ("2026-11-19T12:00:00Z", "1 d ago"),
        ("2025-11-20T12:00:00Z", "365 d ago"),
        ("2026-11-20T13:00:00Z", "0 s ago"),
        ("yesterday", "at an unknown time"),
    ],
)
def test_an_age_is_told_in_its_largest_unit(at: str, said: str) -> None:
    assert age(at, NOW + 0.5) == said


def test_what_was_never_seen_is_never() -> None:
    assert (anchored(None), anchored(AnchorNote(0, "", ""))) == ("never", "never")
    assert anchored(AnchorNote(42, "2000-01-01T00:00:00Z", "")).startswith("entry 41, ")
