"""Every text a command prints about an audit. Builder strings are escaped here or by what is called here; nothing is decided."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from forgewatch.cli import screen
from forgewatch.core.audit_document import iterations_left, next_action
from forgewatch.core.catalogue import CodeDoc
from forgewatch.core.checklist import in_order, unjudged
from forgewatch.core.cycle_remarks import DIRECTIVE
from forgewatch.core.events import AuditRecorded
from forgewatch.core.finding_text import SHOWN, finding_line, finding_lines
from forgewatch.core.fix_plan import fix_lines
from forgewatch.core.places import Places
from forgewatch.core.stop import LOOP_EXCEEDED
from forgewatch.core.text import escape
from forgewatch.core.verdict import CheckResult, Fault, Outcome, Verdict

BEGIN = "=== AUDIT SCRIPT RESULT ==="
END = "=== END AUDIT SCRIPT RESULT ==="
_CLAIMED_SHOWN = 10
_NOTES_SHOWN = 6

Paint = Callable[[str], str]


def audit_text(event: AuditRecorded, docs: Mapping[str, CodeDoc], places: Places, entry: str) -> str:
    """Return the result block of contract §10.2 (cli.md, Terminal block) and, below it, STOP, fix plan and what to do next.

    `entry` says where the result is recorded, or why it is not.
    """
    return "\n".join([*_block(event, screen.paint), *_after(event, docs, places), entry])


def _block(event: AuditRecorded, paint: Paint) -> list[str]:
    head = f"Timestamp: {event.envelope.at}  Phase: {escape(event.phase)}  Claimed files: {_claimed(event)}"
    if event.report:
        rows = [row for result in in_order(event.report.audit.results) if _is_told(result) for row in _rows(result, paint)]
    else:
        rows = _unjudged_rows(event.why or "the audit ended without a verdict", paint)
    return [BEGIN, head, *rows, f"Overall: {_overall(event, paint)}", END]


def _unjudged_rows(why: str, paint: Paint) -> list[str]:
    # All twelve for the one reason, which is told once.
    words = {True: f"{paint('FAIL')} -- could not be judged", False: f"{paint('WARN')} -- could not be judged"}
    return [f"Not judged: {escape(why)}", *(f"{_title(result)}{words[result.blocks]}" for result in unjudged(why))]


def _claimed(event: AuditRecorded) -> str:
    # A person reads this line; --json lists every file, and thousands of them would push the verdict off the screen.
    paths = event.report.claimed if event.report else ()
    rest = len(paths) - _CLAIMED_SHOWN
    told = ", ".join(escape(path) for path in paths[:_CLAIMED_SHOWN])
    return told + (f" and {rest} more" if rest > 0 else "") if told else "(none)"


def _title(result: CheckResult) -> str:
    # Wide enough for the longest title of the twelve (W3), so that all verdicts stand below each other.
    return f"{f'{result.code} {result.title}: ':<27}"


def _is_told(result: CheckResult) -> bool:
    # The twelve always; of the further checks those that have something to say, for people read this block.
    return not result.code.startswith("X-") or result.verdict not in (Verdict.PASS, Verdict.NOT_APPLICABLE)


def _rows(result: CheckResult, paint: Paint) -> list[str]:
    lines = finding_lines(result.findings)
    if result.code.startswith("X-") and result.verdict is Verdict.WARN and len(lines) > SHOWN:
        lines = (*lines[:SHOWN], f"and {len(lines) - SHOWN} more, see --json")
    return [f"{_title(result)}{_verdict(result, paint)}", *(f"     {line}" for line in lines)]


def _verdict(result: CheckResult, paint: Paint) -> str:
    if isinstance(result.answer, Fault):
        word = "FAIL" if result.blocks else "WARN"
        return f"{paint(word)} -- could not be judged: {escape(result.answer.why)}"
    basis = escape(result.answer.basis)
    if result.verdict is Verdict.NOT_APPLICABLE:
        return f"{paint('PASS')} -- not applicable: {basis}"
    return f"{paint(result.verdict)} -- {basis}"


def _overall(event: AuditRecorded, paint: Paint) -> str:
    if event.outcome is Outcome.ERROR:
        return f"{paint('FAIL')} -- could not be judged"
    return paint(event.outcome)


def _after(event: AuditRecorded, docs: Mapping[str, CodeDoc], places: Places) -> list[str]:
    lines = [f"STOP: {event.stop}"] if event.stop else []
    lines += [LOOP_EXCEEDED] if event.exhausted else []
    if event.hint:
        lines.append(f"hint: {escape(event.hint)}")
    lines += _notes(event)
    plan = fix_lines(event.report.audit, docs, places) if event.report else ()
    if plan:
        lines += ["Fix plan:", *(f"  - {line}" for line in plan)]
    return [*lines, f"Iteration {event.iteration}, {iterations_left(event)} left. Next: {next_action(event, docs)}"]


def _notes(event: AuditRecorded) -> list[str]:
    """What was judged otherwise than people may think: rules that moved, files left out. It changes no verdict."""
    if event.report is None:
        return []
    answers = (result.answer for result in in_order(event.report.audit.results))
    told = [finding_line(note) for answer in answers if not isinstance(answer, Fault) for note in answer.notes]
    remarks = (line for line in event.remarks if not line.startswith(DIRECTIVE))
    lines = [*map(escape, event.report.notes), *remarks, *told]
    more = [f"and {len(lines) - _NOTES_SHOWN} more, see --json"] if len(lines) > _NOTES_SHOWN else []
    return ["Notes:", *(f"  - {line}" for line in (*lines[:_NOTES_SHOWN], *more))] if lines else []
