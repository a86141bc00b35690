"""The test record as values (checks.md, A3 and A8). One reading feeds both checks."""

from __future__ import annotations

from dataclasses import dataclass

from forgewatch.core.values import Absent, Digest, Unreadable


@dataclass(frozen=True, slots=True, kw_only=True)
class TestRecord:
    """`test_runs_latest.md`. `status` is `PASS`, `FAIL` or None when line 1 is neither; `line1` is what it says.

    `exits` are (name, code) of each `<name> exit: N`, `unclear_exits` (name, text) of those whose N is no plain number; `executed` is
    the number of tests run when counts are given, `failed` how many of them failed by the summaries. `later_fail` is the line of a second
    status that says FAIL. `more_heads` and `more_trees` are what further `HEAD:` and `Tree:` lines say.
    """

    __test__ = False

    line1: str
    status: str | None
    start: str | None = None
    end: str | None = None
    head: str | None = None
    branch: str | None = None
    tree: str | None = None
    exits: tuple[tuple[str, int], ...] = ()
    unclear_exits: tuple[tuple[str, str], ...] = ()
    executed: int | None = None
    failed: int = 0
    later_fail: int | None = None
    more_heads: tuple[str, ...] = ()
    more_trees: tuple[str, ...] = ()
    digest: Digest
    encoding_defect: str | None = None


@dataclass(frozen=True, slots=True)
class Blank:
    """The file holds nothing but white space."""


@dataclass(frozen=True, slots=True)
class BrokenRecord:
    """The bytes are no text record; `why` is a lower-case fact."""

    why: str


TestRecordReading = TestRecord | Blank | BrokenRecord | Absent | Unreadable
"""Everything that looking at the test record can give."""
