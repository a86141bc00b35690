"""The ledger's Markdown, byte for byte (contract §10.6; ledger.md section 1). Rendering is a pure function of the recorded event.

Changing one byte of what is rendered here makes every ledger ever written look tampered with. A new form is a new
`AuditRecorded.rendering`; the old one stays. Strings a builder wrote pass `escape`.
"""

from __future__ import annotations

from collections.abc import Iterable

from forgewatch.core.authority_markdown import authority_note
from forgewatch.core.checklist import in_order, unjudged
from forgewatch.core.events import (
    Adopted,
    ApprovalJudged,
    ApprovalSigned,
    AuditRecorded,
    ContractsRead,
    CycleOpened,
    KeyRotated,
    LedgerClaimed,
    LedgerRepaired,
    LedgerRestored,
    LedgerTampered,
    Recorded,
    TestsRecorded,
    TriggerClaimed,
    TriggerDone,
)
from forgewatch.core.finding_text import ledger_verdict
from forgewatch.core.record_state import FIRST_CONTACT
from forgewatch.core.stop import LOOP_EXCEEDED, stops_of
from forgewatch.core.text import escape
from forgewatch.core.verdict import CheckResult, Outcome, Verdict

HEADER = (
    "# Audit Ledger — Forge AEM\nAppend-only record of all Internal Audit Pass results.\nDo not overwrite or truncate this file.\n"
).encode()

_TITLE_WIDTH = len("Evidence completeness:")


def render_event(recorded: Recorded) -> bytes:
    """Return the block an event adds to the Markdown, beginning with a blank line; empty when it adds none."""
    match recorded.event:
        case AuditRecorded() as audit:
            lines = _audit_lines(audit)
        case ApprovalJudged() as judged:
            lines = _approval_lines(judged)
        case ApprovalSigned() as signed:
            lines = _signed_lines(signed)
        case Adopted(actor=actor) as adopted if actor != FIRST_CONTACT:
            lines = _adoption_lines(adopted)
        case LedgerClaimed() as claimed:
            lines = _claim_lines(claimed)
        case CycleOpened() | TriggerClaimed() | TriggerDone() | LedgerRepaired() | LedgerTampered() | KeyRotated() | Adopted():
            return b""
        case ContractsRead() | TestsRecorded():
            # The test record is a file of its own; the entry of the audit says what it proved.
            return b""
        case LedgerRestored() as restored:
            lines = _note("ledger restored", restored.at, (f"Actor: {escape(restored.actor)}",))
        case other:
            title, at, facts = authority_note(other)
            lines = _note(title, at, facts)
    return "\n".join(["", "---", *lines, f"Entry: {recorded.seq} {recorded.leaf}", ""]).encode()


def _audit_lines(audit: AuditRecorded) -> list[str]:
    failed = audit.outcome in (Outcome.FAIL, Outcome.ERROR)
    results = in_order(audit.report.audit.results) if audit.report else unjudged(audit.why)
    changed = [escape(change.path) for change in audit.report.changed] if audit.report else []
    phase = escape(audit.phase)
    lines = [
        f"## Audit Entry: {phase} — Iteration {audit.iteration}",
        f"Timestamp: {escape(audit.envelope.at)}",
        f"AEM Cycle: {phase}",
        f"Outcome: {'FAIL' if failed else audit.outcome}",
        "",
        "### Checklist",
        *(_checklist_row(result) for result in results if result.code.startswith("A")),
        "",
    ]
    if failed:
        lines += ["### Fix Plan", *_list(audit.fix_plan), ""]
    return [*lines, "### Files Changed", *_list(changed), "", "### Notes", *_notes(audit, results)]


def _checklist_row(result: CheckResult) -> str:
    return f"- {result.code} {escape(result.title) + ':':<{_TITLE_WIDTH}} {ledger_verdict(result)}"


def _list(items: Iterable[str]) -> list[str]:
    return [f"- {item}" for item in items] or ["- (none)"]


def _notes(audit: AuditRecorded, results: tuple[CheckResult, ...]) -> list[str]:
    return [
        *_stop_lines(audit),
        *([f"Why: {escape(audit.why)}"] if audit.report is None else []),
        *([f"Loopback: {min(audit.loopback, audit.loopback_limit)} of {audit.loopback_limit}"] if audit.loopback else []),
        *([f"Amends: {audit.amends}"] if audit.amends is not None else []),
        *audit.authority,
        *([escape(note) for note in audit.report.notes] if audit.report else []),
        *audit.remarks,
        *(f"{result.code}: {ledger_verdict(result)}" for result in results if _is_noted(result)),
    ]


def _stop_lines(audit: AuditRecorded) -> list[str]:
    if audit.stop is None:
        return []
    # Work that grew beyond its plan stops for the same reason, and no loop was exceeded by it.
    others = stops_of(audit.report.audit, exhausted=audit.exhausted) if audit.report else ()
    return [
        f"STOP: {audit.stop}",
        *([LOOP_EXCEEDED] if audit.exhausted else []),
        *(f"Also: {other}" for other in others if other is not audit.stop),
    ]


def _is_noted(result: CheckResult) -> bool:
    if result.code.startswith("A"):
        return False
    # In the ledger a check that does not apply says PASS, and most of the further ones do not apply to most repositories.
    return result.code.startswith("W") or result.verdict not in (Verdict.PASS, Verdict.NOT_APPLICABLE)


def _note(title: str, at: str, facts: Iterable[str]) -> list[str]:
    return [f"## Note: {title}", f"Timestamp: {escape(at)}", *facts]


def _approval_lines(judged: ApprovalJudged) -> list[str]:
    word = "authorization" if judged.kind == "AUTHORIZED" else "approval"
    answer = "accepted" if judged.accepted else "refused"
    facts = [f"File: {escape(judged.path)}", f"Digest: {judged.digest or 'unreadable'}"]
    if not judged.accepted:
        facts += [f"Field: {escape(judged.field)}", f"Expected: {escape(judged.expected)}", f"Found: {escape(judged.actual)}"]
    facts.append("Effect: none, the file was read and compared")
    return _note(f"{word} {answer} — {escape(judged.kind)} for {escape(judged.subject)}", judged.at, facts)


def _signed_lines(signed: ApprovalSigned) -> list[str]:
    facts = [
        f"Base: {signed.base}",
        f"Contract: {signed.contract}",
        f"Actor: {escape(signed.actor)}, user id {signed.uid} on {escape(signed.host)}",
        f"Assurance: {_assurance(signed)}",
    ]
    return _note(f"task approved — {escape(signed.task)}", signed.at, facts)


def _assurance(signed: ApprovalSigned) -> str:
    return f"T{signed.tier}, signed by {escape(', '.join(signed.principals))}" if signed.tier else "unauthenticated"


def _adoption_lines(adopted: Adopted) -> list[str]:
    commit = adopted.commit or "the empty tree"
    facts = [f"Commit: {commit}", f"Actor: {escape(adopted.actor)}", *([f"Reason: {escape(adopted.reason)}"] if adopted.reason else [])]
    return _note("commit adopted", adopted.at, facts)


def _claim_lines(claimed: LedgerClaimed) -> list[str]:
    return _note("text above was not written by forgewatch", claimed.at, (f"Bytes: {claimed.size}", f"Digest: {claimed.digest}"))
