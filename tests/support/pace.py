"""What a bound in seconds is worth in this run: the specification's seconds are those of a process whose lines nobody counts."""

from __future__ import annotations

import sys

MEASURED = 2.5
"""How much longer Python takes while the coverage of each line and branch is measured."""


def seconds(bound: float) -> float:
    """Return the bound, longer where the lines are counted."""
    return bound * MEASURED if sys.gettrace() is not None else bound
