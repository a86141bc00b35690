from __future__ import annotations

import pytest

from forgewatch.core.titles import CLAIM_KEYS, is_claim, is_known_title, is_verification, quotes_a_diff, title_key


@pytest.mark.parametrize(
    ("title", "key"),
    [
        ("Files Changed (unstaged (working tree))", "files changed"),
        ("3. Files Changed", "files changed"),
        ("3.1) **Files Changed**", "files changed"),
        ("1. 2. Files Changed", "2. files changed"),
        ("Files 2 changed", "files 2 changed"),
        ("**Files** `Changed`", "files changed"),
        ("__Summary__", "summary"),
        ("Summary ✅: all of it", "summary"),
        ("b) New Files", "new files"),
        ("Files changed (this cycle):", "files changed"),
        ("Files Changed — 13 of them", "files changed"),
        ("Files Changed -- all", "files changed"),
        ("Cycle Status: COMPLETE", "cycle status"),
        ("`Summary`", "summary"),
        ("  Next   Steps ", "next steps"),
        ("ſummary", "summary"),
        ("Prior Commit (94b025a) Files Changed", "prior commit files changed"),
        ("()", ""),
        ("📁 Files Changed", "files changed"),
        ("✅ 4. Verification (static → contract)", "verification"),
        ("🗒️ **Notes** 📌", "notes"),
        ("[Summary]", "summary"),
    ],
)
def test_a_key_has_no_numbering_parenthesis_or_remark(title: str, key: str) -> None:
    assert title_key(title) == key


@pytest.mark.parametrize("key", ["files changed", "files renamed", "new files", "deleted files"])
def test_claim_titles_are_a_closed_set(key: str) -> None:
    assert key in CLAIM_KEYS
    assert f"prior commit {key}" not in CLAIM_KEYS


@pytest.mark.parametrize(
    "title",
    [
        "Files Changed",
        "Files Created/Modified",
        "Files Created / Modified",
        "Files Created & Modified",
        "Files Added/Changed (2)",
        "4. Files Added, Modified, and Deleted:",
        "Files Changed and Created",
        "New/Modified Files",
        "New & Changed Files",
    ],
)
def test_a_claim_title_may_join_the_words(title: str) -> None:
    assert is_claim(title_key(title))
    assert is_known_title(title_key(title))


@pytest.mark.parametrize(
    "title", ["Files", "Files and Folders", "Files Changed/Reviewed", "Files Created Modified", "Files /", "Earlier Files Created/Modified"]
)
def test_other_titles_with_the_word_files_claim_nothing(title: str) -> None:
    assert not is_claim(title_key(title))


def test_sections_that_quote_are_known_by_how_they_begin() -> None:
    assert all(map(quotes_a_diff, ["git status -sb", "git diff --stat", "minimal diff hunks", "full unified diff"]))
    assert not any(map(quotes_a_diff, ["git log", "git statuses", "summary of the git diff", "minimal difference"]))


def test_verification_is_known_by_how_it_begins() -> None:
    assert is_verification("verification evidence")
    assert not is_verification("tests and verification")
    assert is_known_title("verification")
    assert is_known_title("notes")
    assert not is_known_title("root cause")
