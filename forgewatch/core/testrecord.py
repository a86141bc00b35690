"""The test record as values (checks.md, A3 and A8). One reading feeds both checks."""

from __future__ import annotations

from dataclasses import dataclass

from forgewatch.core.values import Absent, Digest, Unreadable


@dataclass(frozen=True, slots=True, kw_only=True)
class TestRecord:
    """`test_runs_latest.md`. `status` is `PASS`, `FAIL` or None when line 1 is neither; `line1` is what it says.

    `exits` are (name, code) of each `<name> exit: N`; `executed` is the number of tests run when counts are given,
    `failed` how many of them failed by the summaries.
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
    executed: int | None = None
    failed: int = 0
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
