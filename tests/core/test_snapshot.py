"""The path table: HEAD's paths with what differs laid over them."""

from __future__ import annotations

from forgewatch.core.places import FORGE
from forgewatch.core.snapshot import PathTable
from forgewatch.core.values import Absent, RepoPath
from tests.support.snapshots import entry, snapshot

A, B, C, D = (RepoPath(name) for name in "abcd")
TABLE = PathTable({A: entry("a"), B: entry("b"), C: entry("c")}, {B: entry("b2"), C: None, D: entry("d")})


def test_what_lies_over_head_wins_and_what_is_gone_is_gone() -> None:
    assert (TABLE.get(A), TABLE.get(B), TABLE.get(C), TABLE.get(D)) == (entry("a"), entry("b2"), None, entry("d"))
    assert A in TABLE
    assert C not in TABLE
    assert list(TABLE) == [A, B, D]


def test_a_document_that_was_not_read_is_absent() -> None:
    one = snapshot(documents={FORGE.physics: b"x"})
    assert one.document(FORGE.physics) == b"x"
    assert one.document(FORGE.boundaries) == Absent()
    assert one.base_document(FORGE.physics) == Absent()
