"""The makers of the small values accept what they should and name the defect of everything else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forgewatch.core.values import Refused, parse_commit_id, parse_digest, parse_oid, parse_repo_path


@pytest.mark.req("S002-0-2")
@pytest.mark.parametrize(
    ("raw", "path"),
    [
        ("app/a.py", "app/a.py"),
        ("./app/a.py", "app/a.py"),
        ("app\\a.py", "app/a.py"),
        (".\\app\\a.py", "app/a.py"),
        ("app/", "app"),
        ("a b", "a b"),
        ("X", "X"),
        ("ü/é", "ü/é"),
    ],
)
def test_a_relative_path_is_read_in_either_spelling(raw: str, path: str) -> None:
    assert parse_repo_path(raw) == path


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        ("", "is empty"),
        ("/", "is empty"),
        ("/etc/passwd", "is absolute"),
        ("\\\\server\\share", "is absolute"),
        ("C:/x", "starts with a drive letter"),
        ("a\x00b", "holds a control character"),
        ("a\nb", "holds a control character"),
        ("a\x7fb", "holds a control character"),
        ("../x", "climbs with '..'"),
        ("a/../b", "climbs with '..'"),
        ("a//b", "has an empty or '.' part"),
        ("a//X", "has an empty or '.' part"),
        ("a/./b", "has an empty or '.' part"),
    ],
)
def test_a_path_that_leaves_the_repository_or_is_none_is_refused_with_the_reason(raw: str, why: str) -> None:
    assert parse_repo_path(raw) == Refused(raw, why)


@given(st.text())
def test_no_text_becomes_a_path_that_climbs_or_is_absolute(raw: str) -> None:
    path = parse_repo_path(raw)
    if not isinstance(path, Refused):
        assert not path.startswith("/")
        assert not {"", ".", ".."} & set(path.split("/"))


@pytest.mark.parametrize("raw", ["a" * 40, "0" * 64])
def test_a_full_object_id_is_accepted(raw: str) -> None:
    assert parse_commit_id(raw) == raw
    assert parse_oid(raw) == raw


@pytest.mark.parametrize("raw", ["", "abc1234", "A" * 40, "a" * 41, "a" * 40 + "\n", "g" * 40])
def test_a_short_upper_case_or_foreign_object_id_is_refused(raw: str) -> None:
    assert parse_commit_id(raw) == Refused(raw, "is not a full lower-case commit id")
    assert parse_oid(raw) == Refused(raw, "is not a full lower-case object id")


def test_a_digest_names_its_algorithm() -> None:
    good = "sha256:" + "0" * 64
    assert parse_digest(good) == good
    for bad in ("0" * 64, good + "0"):
        assert parse_digest(bad) == Refused(bad, "is not sha256: and 64 lower-case hex digits")
