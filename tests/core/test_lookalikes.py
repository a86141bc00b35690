"""Names that are taken for one another are named, whatever makes them alike."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forgewatch.core.lookalikes import Kinship, index_names, kin_of, kinship, skeleton
from forgewatch.core.values import RepoPath


@pytest.mark.parametrize(
    ("left", "right", "kind"),
    [
        ("a.py", "a.py", None),
        ("a.py", "b.py", None),
        ("A.py", "a.py", Kinship.CASE),
        ("STRASSE", "straße", Kinship.CASE),
        ("Ünder", "ünder", Kinship.CASE),
        (unicodedata.normalize("NFD", "é"), "é", Kinship.FORM),
        (unicodedata.normalize("NFD", "É"), "é", Kinship.CASE),
        ("раypal", "paypal", Kinship.LOOKALIKE),
        ("a\u200db.py", "ab.py", Kinship.LOOKALIKE),
        ("\ufeffab.py", "ab.py", Kinship.LOOKALIKE),
        ("①.md", "1.md", Kinship.LOOKALIKE),
        ("a‐b", "a-b", Kinship.LOOKALIKE),
        ("\udce9", "é", Kinship.LOOKALIKE),
        ("a\udc80", "a\x80", Kinship.LOOKALIKE),
        ("\udcff", "ÿ", Kinship.LOOKALIKE),
        ("\udce9", "\udcea", None),
        ("naïve", "naive", None),
        ("größe", "grosse", None),
    ],
)
def test_kinds_of_kinship(left: str, right: str, kind: Kinship | None) -> None:
    assert kinship(left, right) == kinship(right, left) == kind


def test_the_first_kin_in_order_is_found_and_never_the_name_itself() -> None:
    index = index_names([RepoPath("a.py"), RepoPath("A.PY"), RepoPath("а.py")])
    assert kin_of("a.py", index) == (RepoPath("A.PY"), Kinship.CASE)
    assert kin_of("A.py", index) == (RepoPath("a.py"), Kinship.CASE)
    assert kin_of("other.py", index) is None
    assert kin_of("a.py", index_names([RepoPath("a.py")])) is None


@given(st.text(st.characters(codec=None), max_size=12))
def test_every_name_has_a_skeleton_that_case_does_not_change_for_ascii(name: str) -> None:
    assert isinstance(skeleton(name), str)
    if name.isascii():
        assert skeleton(name) == skeleton(name.upper())
