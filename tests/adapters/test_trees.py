"""Trees are taken in whole or not at all."""

from __future__ import annotations

import pytest

from forgewatch.core.errors import GitFailed
from forgewatch.core.limits import LIMITS, MIB, Limits
from tests.support.reading import Reading


def test_a_tree_over_the_limit_of_gits_output_stops_the_audit_and_both_sizes_are_told(reading: Reading) -> None:
    tree = reading.git("rev-parse", "HEAD^{tree}")
    size = int(reading.git("cat-file", "-s", tree))
    reading.limits = Limits(git_output_bytes=size - 1)
    with pytest.raises(GitFailed) as refused:
        reading.survey()
    assert str(refused.value) == f"tree {tree}: expected at most {size - 1} bytes, found {size}"
    assert refused.value.hint == "keep fewer files in one folder"


def test_a_tree_as_large_as_the_limit_is_read(reading: Reading) -> None:
    size = int(reading.git("cat-file", "-s", "HEAD^{tree}"))
    reading.limits = Limits(git_output_bytes=max(size, 1024))
    assert reading.changed() == {}


def test_the_limit_of_gits_output_is_the_documented_one() -> None:
    assert LIMITS.git_output_bytes == 64 * MIB
