"""The phases of `phases.md`: which there are, what stands below each, and which is the last (contract §9.5 to §9.7)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from forgewatch.core.added_lines import text_of
from forgewatch.core.phase_words import phase_number
from forgewatch.core.values import Phase

_HEADING = re.compile(
    r"#{1,4}[ \t]+(?:\d+[.)][ \t]*)?[*_]*Phase[ \t]+(?P<number>\d{1,4}(?:\.\d{1,4})?)(?P<letter>[A-Za-z]?)(?![A-Za-z0-9_])", re.IGNORECASE
)
_FENCE = re.compile(r" {0,3}(?:`{3,}|~{3,})")


@dataclass(frozen=True, slots=True)
class PhaseText:
    """One phase: its number as a phase is named (`Phase 3`, `Phase 6A`), the line of its heading from 1, and all text below it."""

    name: str
    line: int
    text: str


def parse_phases(raw: bytes) -> tuple[PhaseText, ...]:
    """Return the phases in the order of the document. Headings in code are none. Never raises."""
    found: list[tuple[str, int]] = []
    lines = text_of(raw).splitlines()
    fenced = False
    for number, line in enumerate(lines, 1):
        fenced = fenced is not (_FENCE.match(line) is not None)
        heading = None if fenced else _HEADING.match(line)
        if heading:
            plain = ".".join(str(int(part)) for part in heading.group("number").split("."))
            found.append((f"Phase {plain}{heading.group('letter').upper()}", number))
    ends = [*(line - 1 for _, line in found[1:]), *([len(lines)] if found else [])]
    return tuple(PhaseText(name, line, "\n".join(lines[line:end])) for (name, line), end in zip(found, ends, strict=True))


def is_final(phase: Phase, phases: tuple[PhaseText, ...]) -> bool:
    """True when `phase` is the one with the highest number. A plan of fewer than two phases has no last one to work towards: it would be
    told with every cycle from the first on that the end is not ready.
    """
    return len(phases) > 1 and phase_number(phase) == final_phase(phases).name


def final_phase(phases: tuple[PhaseText, ...]) -> PhaseText:
    """Return the phase with the highest number. Raises ValueError without phases."""
    return max(phases, key=lambda phase: rank_of(phase.name))


def rank_of(name: str) -> tuple[list[int], str]:
    """Return what phases are ordered by: `Phase 6`, `Phase 6A`, `Phase 6B`, `Phase 10`."""
    # Where the numbers are equal their last digits are, and every digit comes before every letter.
    return [int(part) for part in re.findall(r"\d+", name)], name[-1:]
