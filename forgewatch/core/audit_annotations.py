"""One audit as annotations of GitHub Actions: workflow commands on standard output, and last the result as a line of its own. Pure.

Every line but the last is a command of ours, and every string in it is one line that is escaped as a workflow command wants it, so that
nothing a builder wrote is read as a command. The last line holds no builder's string: the runner looks for its older commands
(`##[...]`) anywhere in a line that is no command itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import zip_longest

from forgewatch.core.audit_document import results_of, why_unjudged
from forgewatch.core.catalogue import CodeDoc
from forgewatch.core.events import AuditRecorded
from forgewatch.core.finding_text import finding_line, summed
from forgewatch.core.result_line import blocking
from forgewatch.core.text import escape, recordable
from forgewatch.core.verdict import CheckResult, Fault, Severity

SHOWN = 10
"""So many annotations of one kind are shown by GitHub for one step; it drops the others without a word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Note:
    """One annotation: `count` findings of `check`; without a check it is about the audit."""

    title: str
    text: str
    check: str = ""
    count: int = 1
    path: str | None = None
    line: int | None = None


def audit_annotations(event: AuditRecorded, docs: Mapping[str, CodeDoc], entry: str) -> str:
    """Return at most ten errors and ten warnings, every check with one where there is room, and the result with `entry`, the place in
    the journal."""
    if event.report is None:
        told = [_command("error", _Note(title="forgewatch: not judged", text=escape(why_unjudged(event))))]
    else:
        results = results_of(event)
        blocks = [_notes(result, docs) for result in results if result.severity is Severity.BLOCKING]
        warns = [_notes(result, docs) for result in results if result.severity is Severity.WARNING]
        told = [_command(kind, note) for kind, notes in (("error", blocks), ("warning", warns)) for note in _shown(notes)]
    return "\n".join([*told, _result(event, entry), ""])


def _result(event: AuditRecorded, entry: str) -> str:
    failed = " ".join(result.code for result in blocking(event))
    said = ", ".join(part for part in (event.outcome.value, failed, f"STOP {event.stop.value}" if event.stop else "") if part)
    return f"forgewatch: {said}; {entry}"


def _notes(result: CheckResult, docs: Mapping[str, CodeDoc]) -> list[_Note]:
    if isinstance(result.answer, Fault):
        why = f"could not be judged: {escape(result.answer.why)}"
        return [_Note(check=result.code, title=f"{result.code} {result.title}", text=why)]
    return [
        _Note(
            check=result.code,
            title=f"{one.finding.code} {docs[one.finding.code].title if one.finding.code in docs else result.title}",
            text=finding_line(one.finding).removeprefix(f"{one.finding.code} "),
            count=one.count,
            # The place of a sum is a folder, and a folder cannot be annotated.
            path=one.finding.path if one.count == 1 else None,
            line=one.finding.line,
        )
        for one in summed(result.findings)
    ]


def _shown(checks: Iterable[list[_Note]]) -> list[_Note]:
    """Return what fits, the first of every check before the second of any; what does not fit is counted in the last one."""
    notes = [note for round_ in zip_longest(*checks) for note in round_ if note is not None]
    if len(notes) <= SHOWN:
        return notes
    rest = notes[SHOWN - 1 :]
    counts: dict[str, int] = {}
    for note in rest:
        counts[note.check] = counts.get(note.check, 0) + note.count
    text = "and " + ", ".join(f"{count} more of {check}" for check, count in counts.items()) + ": forgewatch audit --json lists each"
    return [*notes[: SHOWN - 1], _Note(title="forgewatch: more findings", text=text)]


def _command(kind: str, note: _Note) -> str:
    path = recordable(note.path or "")
    place = {"file": path, "line": str(note.line) if note.line else ""} if _may_stand(path) else {}
    properties = {**place, "title": escape(note.title)}
    told = ",".join(f"{name}={_property(value)}" for name, value in properties.items() if value)
    return f"::{kind} {told}::{_data(note.text)}"


def _may_stand(path: str) -> bool:
    # A name with other control characters cannot be written to a terminal; the text names it, escaped.
    return bool(path) and all(part.isprintable() for part in path.replace("\r", "\n").split("\n"))


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
