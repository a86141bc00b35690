"""Which of the sections that the contract needs a manifesto lacks (contract §6, §7; S002-6-1, S002-7-1).

Whether a feature confirms before it writes, or names its sources, cannot be decided from outside: that the rule is written down can be.
"""

from __future__ import annotations

import re

from forgewatch.core.added_lines import text_of

SECTIONS = (
    ("Confirm-before-write", r"confirm"),
    ("Citations and attribution", r"citation|attribution|\bsources?\b"),
)
"""The two sections, and what a heading says that is one of them."""

_HEADING = re.compile(r" {0,3}#{1,6}[ \t]+(.*)")
_FENCE = re.compile(r" {0,3}(?:`{3,}|~{3,})")


def lacking_sections(raw: bytes) -> tuple[str, ...]:
    """Return the titles of the sections that are not there or hold nothing, in the order of SECTIONS. Never raises.

    What stands in code is no heading. Exemptions are stated in the section that they are exempt from.
    """
    parts: list[tuple[str, list[str]]] = []
    fenced = False
    for line in text_of(raw).splitlines():
        fenced = fenced is not (_FENCE.match(line) is not None)
        heading = None if fenced else _HEADING.match(line)
        if heading:
            parts.append((heading.group(1), []))
        elif parts and line.strip():
            parts[-1][1].append(line)
    told = [title for title, lines in parts if lines]
    return tuple(name for name, words in SECTIONS if not any(re.search(words, title, re.IGNORECASE) for title in told))
