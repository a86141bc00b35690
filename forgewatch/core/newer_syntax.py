"""Whether source that does not parse here may be valid under a newer Python, which the project allows (checks.md A9, A905).

The grammar of Python only grows: what a project writes for Pythons that include ours has to parse. So a file may need a newer one only
where the project runs under newer ones alone, or where the line that does not parse shows what a newer one has brought.
"""

from __future__ import annotations

import re
import sys

RUNNING = sys.version_info.minor
"""The minor version of the Python that parses."""

_BROUGHT = (
    (12, re.compile(r"\s*type\s+\w+\s*[\[=]|.*\b(?:def|class)\s+\w+\s*\[|.*\b[rR]?[fF][rR]?[\"']|.*f-string")),
    (14, re.compile(r"\s*except\*?\s+[\w.]+\s*,|.*\b[rR]?[tT][rR]?[\"']")),
    (15, re.compile(r"\s*lazy\s+(?:import|from)\b")),
)


def needed_minor(shown: str, minors: frozenset[int], running: int = RUNNING) -> int | None:
    """Return the minor version of Python 3 without which the file cannot be judged; None when it is simply no Python.

    `shown` is the line that does not parse, `minors` what the project allows.
    """
    if min(minors) > running:
        return min(minors)
    brought = (minor for minor, pattern in _BROUGHT if running < minor <= max(minors) and pattern.match(shown))
    return next(brought, None)
