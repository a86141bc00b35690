"""One line per audit, the same for `tail`, for the daemon's terminal and for the service manager's STATUS (cli.md, `tail`)."""

from __future__ import annotations

from forgewatch.core.checklist import in_order
from forgewatch.core.events import AuditRecorded, Recorded
from forgewatch.core.finding_text import finding_line
from forgewatch.core.text import escape
from forgewatch.core.verdict import CheckResult, Fault, Verdict


def result_line(recorded: Recorded, repository: str) -> str:
    """Return time, outcome, repository, phase, iteration, blocking checks and the first finding as one escaped line.

    `repository` is how the reader knows it: a name or a path. An event that is no audit gives its kind only.
    """
    event = recorded.event
    if not isinstance(event, AuditRecorded):
        return f"{escape(repository)}: {type(event).__name__}"
    head = f"{event.envelope.at} {event.outcome} {escape(repository)}: {escape(event.phase)}, iteration {event.iteration}"
    return ": ".join([head, *_reasons(event)])


def blocking(event: AuditRecorded) -> tuple[CheckResult, ...]:
    """Return the results that keep the audit from passing, in the order of the checklist."""
    return tuple(result for result in in_order(event.report.audit.results) if result.blocks) if event.report else ()


def warning(event: AuditRecorded) -> tuple[CheckResult, ...]:
    """Return the results that warn, in the order of the checklist."""
    return tuple(result for result in in_order(event.report.audit.results) if result.verdict is Verdict.WARN) if event.report else ()


def _reasons(event: AuditRecorded) -> list[str]:
    if event.report is None:
        return [escape(event.why)] if event.why else []
    failed = blocking(event)
    return [", ".join(result.code for result in failed), _first(failed[0])] if failed else []


def _first(result: CheckResult) -> str:
    if isinstance(result.answer, Fault):
        return f"could not be judged: {escape(result.answer.why)}"
    return finding_line(result.findings[0])
