"""A diff stat for the test record: how many lines each file gained and lost (contract §9.2). Counted over the hunks of the diff log."""

from __future__ import annotations

from collections.abc import Sequence

from forgewatch.core.diff_hunks import Contents, hunks_of_file
from forgewatch.core.repository_facts import WorkChange
from forgewatch.core.text import counted

MOST_COMPARED = 200
"""Changes that are counted line by line; the rest is counted as files."""


def stat_of(changes: Sequence[WorkChange], contents: Contents, more: int = 0) -> tuple[str, ...]:
    """Return `path | +added -removed` for each change, raw, and a line with the sums; `more` changes were not looked at.

    What is not compared (binary, large, a link) says why instead of a number, and adds nothing to the sums.
    """
    lines: list[str] = []
    sums = [0, 0]
    for change in changes:
        told = hunks_of_file(change, contents)
        # A line of a hunk begins with its mark, what stands in place of hunks with a bracket.
        counts = [sum(line.startswith(mark) for line in told) for mark in "+-"]
        lines.append(f"{change.path} | {told[0]}" if told and told[0].startswith("(") else f"{change.path} | +{counts[0]} -{counts[1]}")
        sums = [one + other for one, other in zip(sums, counts, strict=True)]
    left_out = f", {more} of them not looked at" if more else ""
    total = counted(len(changes) + more, "file")
    return (*lines, f"{total} changed{left_out}, {counted(sums[0], 'insertion')}, {counted(sums[1], 'deletion')}")
