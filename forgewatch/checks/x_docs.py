"""X-DOCS: at the end of the last phase USER_INSTRUCTIONS.md is there and its eight sections are complete (contract §9.7).

Before the last phase only the plan is judged, where it can be mended (phase 0, a cycle that changes phases.md): it has to make complete
instructions a criterion of the last phase. Not applicable otherwise, and where phases.md does not tell which phase is the last.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from forgewatch.core.added_lines import text_of
from forgewatch.core.phase_items import items_of
from forgewatch.core.phase_words import phase_number
from forgewatch.core.phases import PhaseText, final_phase, is_final, parse_phases
from forgewatch.core.places import USER_INSTRUCTIONS
from forgewatch.core.snapshot import Snapshot
from forgewatch.core.verdict import Finding, Ruling

SECTIONS = (
    ("Prerequisites", r"prerequisite|requirements|before you"),
    ("Install", r"install"),
    ("Credential/API setup", r"credential|\bapi\b|account"),
    ("Configure .env", r"configur|\.env\b|environment"),
    ("Run", r"\brun\b|running|\bstart|usage"),
    ("Stop", r"\bstop|shut"),
    ("Key settings explained", r"setting|parameter"),
    ("Troubleshooting", r"trouble|common (?:errors|problems)"),
)
"""The eight sections in the contract's words, and what a heading says that is one of them."""

SENTENCE = "`USER_INSTRUCTIONS.md` is complete and covers all sections."
"""What the criteria of the last phase have to say, word for word (contract §9.7)."""

_UNFINISHED = re.compile(r"[\W_]*(?:TODO|TBD)\b")
_HEADING = re.compile(r"(#{1,6})[ \t]+(.*)")
_FENCE = re.compile(r" {0,3}(?:`{3,}|~{3,})")


@dataclass(frozen=True, slots=True)
class _Part:
    """A section: its title, the line of its heading, and its lines that are not blank, with their numbers from 1."""

    title: str
    line: int
    lines: tuple[tuple[int, str], ...]


def judge(snapshot: Snapshot) -> Ruling:
    """Return findings XU01 (no instructions), XU02 (section missing), XU03 (section empty or unfinished), XU04 (no criterion)."""
    plan = snapshot.document(snapshot.places.phases)
    phases = parse_phases(plan) if isinstance(plan, bytes) else ()
    if not is_final(snapshot.phase, phases):
        moved = plan != snapshot.base_document(snapshot.places.phases)
        if len(phases) > 1 and (moved or phase_number(snapshot.phase) == "Phase 0"):
            return Ruling(basis="criteria of the last phase", findings=_criterion(snapshot, final_phase(phases)))
        why = "the last phase is not reached" if len(phases) > 1 else "phases.md does not tell which phase is the last"
        return Ruling(basis=why, applicable=False)
    raw = snapshot.document(USER_INSTRUCTIONS)
    if not isinstance(raw, bytes):
        return Ruling(basis=f"{USER_INSTRUCTIONS} in the last phase", findings=(_absent(),))
    return Ruling(basis=f"{len(SECTIONS)} sections of {USER_INSTRUCTIONS}", findings=tuple(_findings(_parts(text_of(raw).splitlines()))))


def _criterion(snapshot: Snapshot, last: PhaseText) -> tuple[Finding, ...]:
    items = items_of(last)
    # A plan that does not say what its criteria are may say the sentence anywhere.
    asked = [item for item in items if item.accepts] or items
    wanted = _words(SENTENCE)
    if any(wanted in _words(item.text) for item in asked):
        return ()
    message = f"{last.name} is the last, and its acceptance criteria do not include: {SENTENCE}"
    return (
        Finding(code="XU04", path=snapshot.places.phases, line=last.line, message=message, expected=SENTENCE, actual="no such criterion"),
    )


def _words(text: str) -> str:
    return " ".join(re.findall(r"[\w.]+", text.casefold())).rstrip(".")


def _absent() -> Finding:
    message = f"{USER_INSTRUCTIONS} is missing or cannot be read at the end of the last phase"
    return Finding(code="XU01", path=USER_INSTRUCTIONS, message=message, expected="eight sections", actual="no instructions")


def _parts(lines: list[str]) -> list[_Part]:
    """Return the sections below the title; one goes on over deeper headings. Commands in code are what such a section is made of."""
    heads = [(number, len(found.group(1)), found.group(2)) for number, found in _headings(lines)]
    parts = []
    for place, (number, depth, title) in enumerate(heads):
        end = next((later for later, other, _ in heads[place + 1 :] if other <= depth), len(lines) + 1)
        below = [(line, lines[line - 1]) for line in range(number + 1, end)]
        parts.append(_Part(title, number, tuple((line, text) for line, text in below if text.strip() and not _HEADING.match(text))))
    return parts


def _headings(lines: list[str]) -> Iterator[tuple[int, re.Match[str]]]:
    fenced = False
    for number, line in enumerate(lines, 1):
        fenced = fenced is not (_FENCE.match(line) is not None)
        heading = None if fenced else _HEADING.match(line)
        # The title of the document is no section of it.
        if heading and (len(heading.group(1)) > 1 or number > 1):
            yield number, heading


def _findings(parts: list[_Part]) -> Iterator[Finding]:
    for title, words in SECTIONS:
        found = [part for part in parts if re.search(words, part.title, re.IGNORECASE)]
        if not found:
            message = f"has no section about: {title}"
            yield Finding(code="XU02", path=USER_INSTRUCTIONS, message=message, expected=title, actual="no such section")
        elif (why := _fault(found)) is not None:
            line, told = why
            yield Finding(code="XU03", path=USER_INSTRUCTIONS, line=line, message=f"{title} {told}", expected=title, actual=told)


def _fault(parts: list[_Part]) -> tuple[int, str] | None:
    """Return line and fault of a section that may stand under several headings; None when it is complete."""
    lines = [line for part in parts for line in part.lines]
    if not lines:
        return parts[0].line, "is empty"
    unfinished = next((number for number, text in lines if _UNFINISHED.match(text)), None)
    return None if unfinished is None else (unfinished, "is unfinished")
