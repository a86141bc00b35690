"""How far a long command is, on one line of a terminal that is written again and erased at the end.

Nothing is shown where standard error is no terminal, so no file and no pipe ever holds any of it.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator
from contextlib import closing

from forgewatch.cli import screen
from forgewatch.core.journal_scan import Run

EVERY = 0.1
"""Seconds between two changes of the line."""


def shown(runs: Generator[Run, None, None], total: int, *, wanted: bool = True) -> Iterator[Run]:
    """Yield the runs, and show meanwhile how many of `total` lines they were. At the end, and when the caller stops before, the line is
    erased and `runs` closed."""
    with closing(runs):
        if not (wanted and total and screen.may_rewrite()):
            yield from runs
            return
        done, due = 0, 0.0
        try:
            for run in runs:
                done += run.tree.size
                if time.monotonic() >= due:
                    screen.rewrite(line_of(done, total, screen.columns()))
                    due = time.monotonic() + EVERY
                yield run
        finally:
            screen.rewrite("")


def line_of(done: int, total: int, columns: int) -> str:
    """Return the line that fits into a terminal of so many columns, empty when none does."""
    share = f"{100 * done // total} %"
    for line in (f"verifying: {done:,} of {total:,} lines, {share}", f"verifying: {share}", share):
        # One column stays free: a line that is full to the last one begins another.
        if len(line) < columns:
            return line
    return ""
