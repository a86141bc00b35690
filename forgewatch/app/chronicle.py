"""What the daemon says: one log line per fact, one canonical line per audit (cli.md, Log). Strings are raw: the log escapes."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from forgewatch.app.auditing import Governed
from forgewatch.app.durable import Concluded
from forgewatch.core.approval import AUTHORIZED
from forgewatch.core.audit_document import audit_id
from forgewatch.core.authority_events import AuthorizationGranted, CommitUnaudited, HaltBroken
from forgewatch.core.difflog import Announced, Announcement, Malformed, Status
from forgewatch.core.events import ApprovalJudged, AuditRecorded, Recorded
from forgewatch.core.log_events import LogEvent
from forgewatch.core.ports import EventLog
from forgewatch.core.report import Committed
from forgewatch.core.transition import Condition, WatchState
from forgewatch.core.values import Unreadable
from forgewatch.core.verdict import Outcome, Verdict

Announce = Callable[[Governed, Recorded], str | None]
"""Show a recorded audit to people. Called by the daemon's main thread only, after the entry is durable. Returns why it could not be
shown, when that is news."""

_SHOWN: Mapping[Condition, LogEvent] = {
    Condition.ABSENT: LogEvent.DIFFLOG_REMOVED,
    Condition.UNREADABLE: LogEvent.DIFFLOG_REFUSED,
    Condition.BLOCKED: LogEvent.DIFFLOG_BLOCKED,
    Condition.UNKNOWN: LogEvent.DIFFLOG_UNKNOWN,
    Condition.MALFORMED: LogEvent.DIFFLOG_MALFORMED,
    Condition.INCOMPLETE: LogEvent.DIFFLOG_INCOMPLETE,
}
FIRST_CYCLE = "No prior audit ledger found; this is the first AEM cycle."
"""The contract's sentence, word for word (contract §10.1)."""

_QUIET_AT_START = frozenset({Condition.ABSENT})


def tell_condition(log: EventLog, root: str, before: WatchState, after: WatchState, reading: Announced) -> None:
    """Say that the diff log's condition changed, when people have to know."""
    event = _SHOWN.get(after.condition)
    same = (before.condition, before.mark) == (after.condition, after.mark)
    if event is None or same or (before.condition is Condition.UNSEEN and after.condition in _QUIET_AT_START):
        return
    say = log.info if after.condition in (Condition.ABSENT, Condition.BLOCKED) else log.warning
    say(event, repository=root, **_facts_of(reading))


def tell_once(log: EventLog, root: str, event: LogEvent, why: str, told: str) -> str:
    """Say what is wrong now unless it is what was `told` last. Return `why`, empty when nothing is wrong: what comes back is said again."""
    if why and why != told:
        log.warning(event, repository=root, why=why)
    return why


def tell_concluded(log: EventLog, governed: Governed, concluded: Concluded, announce: Announce) -> str:
    """Say how a trigger ended, and announce a new entry. Return one line for the service manager, empty when there is no news."""
    cycle = concluded.trigger.cycle
    match concluded.answer:
        case Committed(head=head):
            log.info(LogEvent.DIFFLOG_COMMITTED, repository=governed.root, head=head)
        case Recorded(seq=seq) if concluded.result == "repeat":
            log.info(LogEvent.AUDIT_REPEATED, repository=governed.root, cycle=cycle, ledger_seq=seq)
        case Recorded(seq=seq, event=AuditRecorded() as audit) as recorded:
            _tell_audit(log, governed, recorded, audit)
            lost = announce(governed, recorded)
            if lost:
                log.info(LogEvent.TERMINAL_LOST, why=lost)
            _tell_sign_off(log, governed, seq)
            return f"{audit.outcome}: {audit.phase}, iteration {audit.iteration}, {governed.root}"
        case _ if concluded.result == "superseded":
            log.warning(LogEvent.AUDIT_SUPERSEDED, repository=governed.root, cycle=cycle, document=concluded.trigger.document)
    return ""


def _tell_sign_off(log: EventLog, governed: Governed, seq: int) -> None:
    """Say that the audit at `seq` was signed off: its entry stands right behind."""
    signed = governed.record.state().authority.signed
    if signed is not None and signed.entry == seq:
        hint = "work is halted; forgewatch authorize, then commit"
        log.info(LogEvent.SIGNOFF_RECORDED, repository=governed.root, phase=signed.phase, entry=seq, hint=hint)


def tell_authority(log: EventLog, root: str, recorded: Recorded) -> str:
    """Say what was recorded of authority. Return one line for the service manager, empty when there is no news."""
    match recorded.event:
        case AuditRecorded(commit=str() as commit) as audit:
            of = {"entry": audit.amends, "phase": audit.phase, "outcome": audit.outcome}
            log.info(LogEvent.COMMIT_AUTHORIZED, repository=root, commit=commit, ledger_seq=recorded.seq, **of)
            return f"{audit.outcome}: {audit.phase}, {root}"
        case CommitUnaudited(head=head, count=count, why=why, halted=halted):
            hint = "forgewatch authorize, or forgewatch ledger adopt COMMIT"
            log.warning(
                LogEvent.COMMIT_UNAUDITED,
                repository=root,
                head=head,
                commits=count,
                why=why,
                halted=halted,
                ledger_seq=recorded.seq,
                hint=hint,
            )
        case HaltBroken(entry=entry, how=how, detail=detail):
            log.warning(LogEvent.HALT_BROKEN, repository=root, entry=entry, how=how, detail=detail, ledger_seq=recorded.seq)
        case AuthorizationGranted() | ApprovalJudged():
            tell_approval(log, root, recorded)
    return ""


def tell_approval(log: EventLog, root: str, recorded: Recorded) -> None:
    """Say how an approval file was answered."""
    judged = recorded.event
    if isinstance(judged, AuthorizationGranted):
        facts = {"entry": judged.entry, "means": judged.means, "tier": judged.tier}
        log.info(LogEvent.APPROVAL_ACCEPTED, repository=root, kind=AUTHORIZED, phase=judged.phase, ledger_seq=recorded.seq, **facts)
    if isinstance(judged, ApprovalJudged):
        facts = {"repository": root, "path": judged.path, "kind": judged.kind, "subject": judged.subject, "ledger_seq": recorded.seq}
        if judged.accepted:
            log.info(LogEvent.APPROVAL_ACCEPTED, **facts)
        else:
            log.warning(LogEvent.APPROVAL_REFUSED, field=judged.field, expected=judged.expected, actual=judged.actual, **facts)


def audit_facts(recorded: Recorded, audit: AuditRecorded) -> dict[str, object]:
    """Return the keys of `audit.finished` (cli.md, Log)."""
    report = audit.report
    results = report.audit.results if report else ()
    return {
        "audit_id": audit_id(audit),
        "phase": audit.phase,
        "iteration": audit.iteration,
        "outcome": audit.outcome,
        "failed": [result.code for result in results if result.blocks],
        "warned": [result.code for result in results if result.verdict is Verdict.WARN],
        "claimed": len(report.claimed) if report else 0,
        "changed": len(report.changed) if report else 0,
        "duration_ms": audit.envelope.duration_ms,
        "snapshot": report.snapshot if report else None,
        "ledger_seq": recorded.seq,
    }


def _tell_audit(log: EventLog, governed: Governed, recorded: Recorded, audit: AuditRecorded) -> None:
    failed = audit.outcome in (Outcome.FAIL, Outcome.ERROR)
    facts = audit_facts(recorded, audit)
    if audit.why:
        facts["why"] = audit.why
    if audit.stop is not None:
        facts["stop"] = audit.stop
    say = log.warning if failed else log.info
    say(LogEvent.AUDIT_FINISHED, repository=governed.root, **facts)


def _facts_of(reading: Announced) -> dict[str, object]:
    match reading:
        case Announcement(status=Status.UNKNOWN, status_line=line, status_text=text):
            return {"line": line, "found": text, "expected": "COMPLETE, IN_PROCESS or BLOCKED"}
        case Malformed(reason=reason, line=line):
            return {"line": line, "why": reason}
        case Unreadable(why=why):
            return {"why": why}
        case _:
            return {}


def tell_damage(log: EventLog, root: str, before: str, deviation: str) -> str:
    """Say once that the ledger deviates, and once that it does not any more; return the deviation, to be given as `before` next time."""
    if deviation and deviation != before:
        hint = "every audit is refused until it is back as it was, or until forgewatch ledger restore"
        log.warning(LogEvent.LEDGER_DAMAGED, repository=root, why=deviation, hint=hint)
    elif before and not deviation:
        log.info(LogEvent.LEDGER_MENDED, repository=root)
    return deviation
