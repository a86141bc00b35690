"""A5 Diff log gate (checks.md A5, contract §11): no placeholder is left, and the required sections say something."""

from __future__ import annotations

from collections.abc import Iterator

from forgewatch.core.difflog import DiffLog, Section
from forgewatch.core.readings import log_of, seen_in
from forgewatch.core.snapshot import Snapshot
from forgewatch.core.text import counted
from forgewatch.core.titles import is_claim, is_verification
from forgewatch.core.verdict import Finding, Ruling
from forgewatch.core.visible_text import visible

_REQUIRED = ("Cycle Status", "Summary", "Files Changed", "Verification", "Notes", "Next Steps")
_OPTIONAL = frozenset({"Notes", "Next Steps"})


def judge(snapshot: Snapshot) -> Ruling:
    """Rule over the body only. Findings: A501 placeholder, A502 no readable diff log, A503 section; Notes and Next Steps missing are notes.

    A claim given on the command line stands in for the section of changed files.
    """
    path = snapshot.places.diff_log
    log = log_of(snapshot.difflog)
    if log is None:
        seen = seen_in(snapshot.difflog)
        finding = Finding(code="A502", path=path, message=f"diff log {seen}", expected="a readable diff log", actual=seen)
        return Ruling(basis="no readable diff log", findings=(finding,))
    missing = tuple((title, line, seen) for title, line, seen in _gaps(log) if not (title == "Files Changed" and snapshot.claim_given))
    return Ruling(
        basis=f"{counted(len(log.sections), 'section')}, {counted(len(log.placeholders), 'placeholder')}",
        findings=(*_placeholders(log, path), *(_gap(path, gap) for gap in missing if not _is_noted(gap))),
        notes=tuple(_gap(path, gap) for gap in missing if _is_noted(gap)),
    )


def _placeholders(log: DiffLog, path: str) -> Iterator[Finding]:
    for placeholder in log.placeholders:
        message = f"line {placeholder.line}: expected a statement, found the placeholder '{placeholder.text}'"
        yield Finding(code="A501", path=path, line=placeholder.line, message=message, expected="a statement", actual=placeholder.text)


def _gaps(log: DiffLog) -> Iterator[tuple[str, int | None, str]]:
    """Yield the required sections that are missing or hold nothing: title, line, and which of both."""
    for title in _REQUIRED:
        sections = [section for section in log.sections if _is(title, section)]
        if title == "Cycle Status" and log.status_text:
            continue
        if not sections:
            yield title, None, "missing"
        elif not any(section.quoted or any(visible(text) for _, text in section.items) for section in sections):
            yield title, sections[0].line, "empty"


def _is(title: str, section: Section) -> bool:
    if title == "Files Changed":
        return is_claim(section.key)
    return is_verification(section.key) if title == "Verification" else section.key == title.casefold()


def _is_noted(gap: tuple[str, int | None, str]) -> bool:
    title, _, seen = gap
    return title in _OPTIONAL and seen == "missing"


def _gap(path: str, gap: tuple[str, int | None, str]) -> Finding:
    title, line, seen = gap
    message = f"section '{title}' is {seen}: expected text, or 'None'"
    return Finding(code="A503", path=path, line=line, message=message, expected=f"section '{title}' with text", actual=seen)
