"""How a gate that is shut is told, and its findings as JSON. Builder strings are escaped here."""

from __future__ import annotations

from collections.abc import Iterator

from forgewatch.cli import screen
from forgewatch.core.text import PATH_LIMIT, escape, recordable
from forgewatch.core.verdict import Audit, Fault, Finding, StopReason

OPEN, SHUT = 0, 1


def headline(name: str, subject: str, audit: Audit) -> str:
    """Return the first line: which gate, of what, and whether it is open."""
    word = screen.paint("PASS", "open") if audit.passed else screen.paint("FAIL", "shut")
    return f"{name} gate of {escape(subject, PATH_LIMIT)}: {word}"


def stop_lines(audit: Audit, stop: StopReason | None) -> Iterator[str]:
    """Yield the typed STOP and, below it, everything that blocks, each with its path (contract §8)."""
    if stop is None:
        return
    yield screen.paint("FAIL", f"STOP: {stop}")
    for result in audit.results:
        if result.blocks and isinstance(result.answer, Fault):
            yield f"  {result.code} {result.title}: could not be judged: {escape(result.answer.why)}"
        elif result.blocks:
            yield from (f"  {_line(finding)}" for finding in result.findings)


def _line(finding: Finding) -> str:
    place = f"{escape(finding.path, PATH_LIMIT)}{f':{finding.line}' if finding.line else ''}: " if finding.path else ""
    more = f" ({escape(finding.actual)})" if finding.code in ("E204",) else ""
    return f"{finding.code} {place}{escape(finding.message)}{more}"


def notes_of(audit: Audit) -> Iterator[Finding]:
    """Yield what the gate only notes."""
    for result in audit.results:
        yield from () if isinstance(result.answer, Fault) else result.answer.notes


def results_json(audit: Audit) -> list[dict[str, object]]:
    """Return the results as JSON objects, like those of an audit."""
    return [
        {
            "code": result.code,
            "title": result.title,
            "verdict": result.verdict.value,
            "basis": recordable(result.answer.why if isinstance(result.answer, Fault) else result.answer.basis),
            "findings": [_finding(finding) for finding in result.findings],
            "notes": [] if isinstance(result.answer, Fault) else [_finding(note) for note in result.answer.notes],
        }
        for result in audit.results
    ]


def _finding(finding: Finding) -> dict[str, object]:
    return {
        "code": finding.code,
        "path": recordable(finding.path) if finding.path else None,
        "line": finding.line,
        "message": recordable(finding.message),
        "expected": recordable(finding.expected),
        "actual": recordable(finding.actual),
    }
