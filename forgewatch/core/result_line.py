"""One line per audit, the same for `tail`, for the daemon's terminal and for the service manager's STATUS (cli.md, `tail`)."""

from __future__ import annotations

from forgewatch.core.events import AuditRecorded, Recorded
from forgewatch.core.text import escape
from forgewatch.core.verdict import CheckResult, Fault, Finding, Verdict


def result_line(recorded: Recorded, repository: str) -> str:
    """Return time, outcome, repository, phase, iteration, failing checks and the first finding as one escaped line.

    `repository` is how the reader knows it: a name or a path. An event that is no audit gives its kind only.
    """
    event = recorded.event
    if not isinstance(event, AuditRecorded):
        return f"{escape(repository)}: {type(event).__name__}"
    head = f"{event.envelope.at} {event.outcome} {escape(repository)}: {escape(event.phase)}, iteration {event.iteration}"
    return ": ".join([head, *_reasons(event)])


def finding_line(finding: Finding) -> str:
    """Return a finding as one escaped line: `A101 app/a.py:3: changed but not claimed (untracked)`. Both sides where there are two."""
    place = escape(finding.path) if finding.path else ""
    if finding.line is not None:
        place = f"{place}:{finding.line}" if place else f"line {finding.line}"
    what = escape(finding.message)
    return f"{finding.code} {place}: {what}{_sides(finding)}" if place else f"{finding.code} {what}{_sides(finding)}"


def blocking(event: AuditRecorded) -> tuple[CheckResult, ...]:
    """Return the results that keep the audit from passing, in the order of the checks."""
    return tuple(result for result in event.report.audit.results if result.blocks) if event.report else ()


def warning(event: AuditRecorded) -> tuple[CheckResult, ...]:
    """Return the results that warn."""
    return tuple(result for result in event.report.audit.results if result.verdict is Verdict.WARN) if event.report else ()


def _reasons(event: AuditRecorded) -> list[str]:
    if event.report is None:
        return [escape(event.why)] if event.why else []
    failed = blocking(event)
    return [", ".join(result.code for result in failed), _first(failed[0])] if failed else []


def _first(result: CheckResult) -> str:
    if isinstance(result.answer, Fault):
        return f"could not be judged: {escape(result.answer.why)}"
    return finding_line(result.findings[0])


def _sides(finding: Finding) -> str:
    if finding.expected and finding.actual:
        return f" (expected {escape(finding.expected)}, found {escape(finding.actual)})"
    return f" ({escape(finding.actual or finding.expected)})" if finding.actual or finding.expected else ""
