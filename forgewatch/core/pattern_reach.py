"""Where a pattern cannot match code, told from the untouched text: so that only files with a chance are taken apart (checks.md A4).

Blanking puts spaces in the place of prose, and a pattern that accepts a space may match there what it does not match in the text. The
loosened pattern accepts any character where the pattern accepts a space: whatever the pattern matches in the code, the loosened one
matches in the text, at the same place. It may match more; then the code is looked at.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import re2

from forgewatch.core.limits import LIMITS

_TOKEN = re.compile(
    r"(?P<end>\\B)|(?P<kept>\\[AbdwSznrtfv!-/:-@\[-`{-~]|\(\?P?<\w+>|\[(?:[A-Za-z0-9_](?:-[A-Za-z0-9_])?|\.)+\])"
    r"|(?P<wide>\\[sWD]|\\[pP](?:\{\^?\w+\}|[A-Z])|\\x(?:\{[0-9A-Fa-f]+\}|[0-9A-Fa-f]{2})|\[\^?\]?(?:\[:\^?\w+:\]|\\.|[^\]\\])*\]|\s)"
    r"|(?P<odd>\\)|(?P<plain>.)",
    re.DOTALL,
)
_LARGEST = 40_000


@lru_cache(maxsize=1024)
def loosened(text: str, case: bool) -> Any | None:
    """Return the compiled pattern that matches the raw text wherever `text` may match its code; None when that is not known.

    `case`: letters match in their own case only. Bounded like `compile_pattern`.
    """
    parts = []
    for token in _TOKEN.finditer(text):
        if token.lastgroup == "odd":
            return None
        # Between two spaces is no edge of a word, and beside a word that prose follows there may be one.
        parts.append("(?:)" if token.lastgroup == "end" else f"(?:{token.group()}|.)" if token.lastgroup == "wide" else token.group())
    options = re2.Options()
    options.max_mem = LIMITS.pattern_memory
    options.log_errors = False
    options.case_sensitive = case
    try:
        compiled = re2.compile(f"(?m){''.join(parts)}".encode(), options)
    except re2.error:
        return None
    return compiled if compiled.programsize <= _LARGEST else None


def may_match_code(text: str, raw: bytes, *, case: bool) -> bool:
    """False when the pattern matches nothing in `raw` without its prose. `raw` is UTF-8 with `\\n` line ends."""
    pattern = loosened(text, case)
    return pattern is None or pattern.search(raw) is not None


def may_import_below(name: str, path: str, text: str) -> bool:
    """False when no import statement of the file can reach the dotted name or a module below it.

    `path` and `text` are casefolded, the text is ASCII. A relative import spells what the path does not.
    """
    return all(part in text or part in path for part in name.casefold().split("."))
