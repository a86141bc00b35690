"""Trees are taken in whole or not at all."""

from __future__ import annotations

import pytest

from forgewatch.core.errors import GitFailed
from forgewatch.core.limits import LIMITS, MIB, Limits
from forgewatch.core.snapshot import ByContent, Entry, PathTable
from forgewatch.core.values import CommitId, Oid, RepoPath
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


def test_paths_are_found_by_the_bytes_of_plain_files_that_stay(reading: Reading) -> None:
    builder = reading.builder
    builder.write("one.txt", "same\n").write("two.txt", "same\n").write("three.txt", "same\n")
    (reading.root / "two.txt").chmod(0o755)
    (reading.root / "link").symlink_to("same\n")
    builder.commit("twins")
    oid = Oid(reading.git("rev-parse", "HEAD:one.txt"))
    table = reading.store.table_of(CommitId(builder.head))
    assert isinstance(table, ByContent)
    assert list(table.regular_files_of({oid})) == [(oid, "one.txt"), (oid, "three.txt"), (oid, "two.txt")]
    slow = dict(table.items())
    for changed, first in (((), "one.txt"), (("one.txt",), "three.txt"), (("one.txt", "three.txt"), "two.txt")):
        overlay: dict[RepoPath, Entry | None] = dict.fromkeys(map(RepoPath, changed))
        assert PathTable(table, overlay).unchanged_with({oid}) == PathTable(slow, overlay).unchanged_with({oid}) == {oid: first}
    assert PathTable(table, {}).unchanged_with({Oid("0" * 40)}) == {}
