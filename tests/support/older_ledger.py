"""Ledger text of the shape that the original wrote: CRLF, two hyphens, hand-written entries among the others, no `Entry:` lines."""

from __future__ import annotations

_ENTRY = """
---
## Audit Entry: {heading}
Timestamp: 2026-02-{day:02}T22:13:30Z
AEM Cycle: {phase}
Outcome: {outcome}

### Checklist
- A1 Scope compliance:      PASS -- git diff matches claimed files exactly ({number} files).
- A5 Diff Log Gate:         PASS -- No TODO: placeholders in updatedifflog.md.

### Files Changed
- app/module_{number}.py

### Notes
W2: PASS -- audit_ledger.md exists and is non-empty.
"""

_BY_HAND = """
---
## Audit Entry: {phase} by hand
Outcome: AUTHORIZED
Approved in chat, no iteration, no time.
"""


def older_ledger(entries: int = 167) -> bytes:
    """Return the text of so many entries; each 40th was written by hand, the last is a FAIL of `Phase 12 -- Deployment`."""
    text = "# Audit Ledger -- Forge AEM\nAppend-only record of all Internal Audit Pass results.\nDo not overwrite or truncate this file.\n"
    for number in range(entries):
        last = number == entries - 1
        phase = "Phase 12 -- Deployment" if last else f"Phase {number // 14}"
        if number % 40 == 39 and not last:
            text += _BY_HAND.format(phase=phase)
            continue
        outcome = "FAIL" if last or number % 3 == 1 else "SIGNED-OFF (awaiting AUTHORIZED)"
        heading = f"{phase} -- Iteration {number % 14 + 1}"
        text += _ENTRY.format(heading=heading, day=number // 7 + 1, phase=phase, outcome=outcome, number=number)
    return text.replace("\n", "\r\n").encode()
