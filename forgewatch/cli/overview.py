"""What a person has to see of a repository at one look: phase, iteration, outcome, what fails first, the fix plan, what comes next.

Made of the document of `status` and of the newest audit as the journal has it. Strings of a builder are escaped.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from forgewatch.cli.screen import paint
from forgewatch.cli.status_text import anchor_word, difflog_word, watcher_word
from forgewatch.core.audit_document import AWAIT, FIX, HALT, PROCEED, iterations_left, next_action
from forgewatch.core.build_plan import plan_of, plan_words
from forgewatch.core.codec import Undecodable, decode
from forgewatch.core.codes import DOCS
from forgewatch.core.errors import TamperDetected
from forgewatch.core.events import AuditRecorded
from forgewatch.core.finding_text import finding_lines
from forgewatch.core.result_line import blocking
from forgewatch.core.stop import LOOP_EXCEEDED
from forgewatch.core.text import PATH_LIMIT, escape
from forgewatch.core.verdict import CheckResult, Fault, Outcome

_WAITS = "a diff log that says Status: COMPLETE is audited"
_NEXT = {
    FIX: "the builder does the fix plan and completes the cycle again",
    HALT: "a person has to look at it",
    AWAIT: "a person looks at the work: forgewatch authorize",
    PROCEED: "new work may begin",
}
_UNBLOCK = "a person looks at it, then: forgewatch unblock --reason WHY"


def audit_of_event(raw: dict[str, Any] | None) -> AuditRecorded | None:
    """Return the newest audit of a glance at the journal, None without one. Raises TamperDetected for one of another shape."""
    if raw is None:
        return None
    try:
        return decode(AuditRecorded, {name: value for name, value in raw.items() if name not in ("leaf", "age")})
    except Undecodable as error:
        raise TamperDetected(f"the newest audit of the journal is no event of this version: {error}", "forgewatch tail names it") from error


def overview(document: dict[str, Any], audit: AuditRecorded | None) -> Iterator[str]:
    """Yield the lines, the fix plan last: what a small terminal cuts off is its end. `document` is that of `status --json`, `audit` the
    newest one."""
    yield _row("repository", escape(document["repository"], PATH_LIMIT))
    yield _row("watcher", watcher_word(document))
    yield _row("diff log", difflog_word(document))
    plan = plan_of(document["plan"])
    if plan is not None:
        yield _row("plan", plan_words(plan))
    if audit is None:
        yield _row("phase", "none yet")
        yield _row("next", _WAITS)
    else:
        yield _row("phase", f"{escape(audit.phase)}, iteration {audit.iteration}, {document['iterations_left']} left")
        yield _row("outcome", _outcome(document, audit))
        yield _row("next", _next(document, audit))
    yield _row("ledger", paint(*_ledger(document["ledger"]["state"])))
    yield _row("also", _also(document))
    if audit is not None:
        yield from _failing(audit)
        yield from _plan(audit)


def known_lines(root: str, audit: AuditRecorded | None) -> Iterator[str]:
    """Yield what a watcher that starts says of a repository: the last result on one line, and its fix plan when it failed."""
    name = escape(root, PATH_LIMIT)
    if audit is None:
        yield f"  {name}: no audit yet, {_WAITS}"
        return
    codes = ", ".join(result.code for result in blocking(audit))
    told = f"{escape(audit.phase)}, iteration {audit.iteration}, {iterations_left(audit)} left"
    yield f"  {name}: {paint(audit.outcome)}{f': {codes}' if codes else ''}; {told}; next: {next_action(audit, DOCS)}"
    yield from (f"  {line}" for line in _plan(audit))


def _row(name: str, value: str) -> str:
    return f"{name + ':':<13}{value}"


def _outcome(document: dict[str, Any], audit: AuditRecorded) -> str:
    stop = f", {paint('FAIL', f'STOP: {audit.stop}')}" if audit.stop else ""
    state = document["phase_state"]
    return f"{paint(audit.outcome)}{stop}, phase {paint('FAIL', state) if state == 'BLOCKED' else state}, at {escape(audit.envelope.at)}"


def _failing(audit: AuditRecorded) -> Iterator[str]:
    if audit.report is None:
        yield f"  not judged: {escape(audit.why)}"
        if audit.hint:
            yield f"  hint: {escape(audit.hint)}"
    for result in blocking(audit):
        yield f"  {paint('FAIL', result.code)} {result.title}: {_first(result)}"


def _first(result: CheckResult) -> str:
    if isinstance(result.answer, Fault):
        return f"could not be judged: {escape(result.answer.why)}"
    first, *rest = finding_lines(result.findings)
    return first + (f"; and {len(rest)} more" if rest else "")


def _plan(audit: AuditRecorded) -> Iterator[str]:
    if audit.outcome is Outcome.FAIL and audit.report is not None and audit.fix_plan:
        yield "fix plan:"
        # The journal keeps these lines as they were given to the builder, escaped.
        yield from (f"  - {line}" for line in audit.fix_plan)


def _next(document: dict[str, Any], audit: AuditRecorded) -> str:
    if document["state"] == "being audited":
        return "the audit that runs has its result"
    action = next_action(audit, DOCS)
    if action == HALT and audit.exhausted:
        return f"{LOOP_EXCEEDED} {_UNBLOCK}"
    return f"{action}: {_UNBLOCK if document['phase_state'] == 'BLOCKED' else _NEXT[action]}"


def _ledger(state: str) -> tuple[str, str]:
    return ("FAIL" if state.startswith("tampered") else "", escape(state))


def _also(document: dict[str, Any]) -> str:
    aem = {True: "on", False: "off"}.get(document["aem"], "unknown")
    warned = f"warnings {', '.join(document['warned'])}; " if document["warned"] else ""
    return f"{warned}AEM {aem}; assurance {document['assurance'] or 'unknown'}; anchor {anchor_word(document['anchor'])}"
