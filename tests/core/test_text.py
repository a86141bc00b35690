"""Nothing a builder wrote can move a cursor, reorder a line or look like ledger structure."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forgewatch.core.text import counted, escape, quoted, recordable


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("app/a.py", "app/a.py"),
        ("Phase 3 -- Auth", "Phase 3 -- Auth"),
        ("naïve — café", "naïve — café"),
        ("日本", "日本"),
        ("a\nb\r\tc", "a\\nb\\r\\tc"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("\x1b]52;c;ZXZpbA==\x07", "\\x1b]52;c;ZXZpbA==\\x07"),
        ("a\u202eb", "a\\u202eb"),
        ("a\u200bb", "a\\u200bb"),
        ("a\xa0b", "a\\xa0b"),
        ("a\u2028b", "a\\u2028b"),
        ("\U000e0041", "\\U000e0041"),
        ("caf\udce9", "caf\\xe9"),
        ("\udc80\udcff", "\\x80\\xff"),
        ("\ud800\udd00", "\\ud800\\udd00"),
        ("Ā\U00010000", "Ā\U00010000"),
        ("C:\\x", "C:\\\\x"),
        ("---", "\\-\\-\\-"),
        ("## Audit Entry: Phase 9", "\\#\\# Audit Entry: Phase 9"),
        ("a#b", "a#b"),
        ("<!--x-->", "\\<!--x-->"),
        ("<b>a < b</b>", "\\<b>a < b\\</b>"),
        ("a &#x202e; &amp; b", "a \\&#x202e; \\&amp; b"),
        ("a & b; c", "a & b; c"),
        ("[x](y) f(x)", "[x\\](y) f(x)"),
    ],
)
def test_a_builder_string_is_shown_as_one_harmless_line(raw: str, shown: str) -> None:
    assert escape(raw) == shown


def test_a_long_string_is_cut_and_says_so() -> None:
    assert escape("x" * 241) == "x" * 239 + "…"
    assert escape("x" * 240) == "x" * 240
    assert escape("abc", limit=2) == "a…"


@given(st.text())
def test_whatever_was_written_the_result_is_one_line_without_control_characters_or_structure(raw: str) -> None:
    shown = escape(raw)
    assert len(shown) <= 240
    assert not any(unicodedata.category(char) in {"Cc", "Cf", "Zl", "Zp", "Cs"} for char in shown)
    assert "---" not in shown
    assert "## " not in shown


@given(st.text())
def test_escaped_strings_stay_different_while_they_are_short(raw: str) -> None:
    if len(raw) < 20:
        assert (escape(raw) == escape(raw + "x")) is False


@pytest.mark.parametrize(
    ("raw", "kept"),
    [
        ("plain", "plain"),
        ("é", "é"),
        ("e\u0301", "e\\u0301"),
        ("a\udc80\udcff", "a\\x80\\xff"),
        ("\udd00", "\\udd00"),
        ("\ue000\udfff", "\ue000\\udfff"),
        ("e\u0301\U00010000", "e\\u0301\\U00010000"),
        ("\ud800é", "\\ud800é"),
        ("\U0001d15e", "\\U0001d15e"),
    ],
)
def test_the_journal_keeps_valid_unicode_in_nfc(raw: str, kept: str) -> None:
    assert recordable(raw) == kept


@given(st.text(alphabet=st.characters(exclude_categories=())))
def test_a_recordable_string_is_valid_nfc_and_stays_as_it_is(raw: str) -> None:
    kept = recordable(raw)
    kept.encode("utf-8")
    assert unicodedata.is_normalized("NFC", kept)
    assert recordable(kept) == kept


def test_one_is_singular() -> None:
    assert [counted(number, "file") for number in (0, 1, 2)] == ["0 files", "1 file", "2 files"]


@pytest.mark.parametrize(
    ("raw", "wanted"),
    [
        ("a\tb\\c", "a\tb\\c"),
        ("plain", "plain"),
        ("a\nb\r", "a\\nb\\r"),
        ("\x1b[2J", "\\x1b[2J"),
        ("a\u202eb", "a\\u202eb"),
        ("\udce9", "\\xe9"),
    ],
)
def test_what_is_quoted_as_code_stays_as_it_is_but_for_what_nobody_sees(raw: str, wanted: str) -> None:
    assert quoted(raw) == wanted
