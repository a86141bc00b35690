"""The audit as JSON, `forgewatch/audit/v1` (cli.md, Audit result), and the digest of its verdict.

A pure rendering of one `AuditRecorded`: the same event gives the same object. Every finding is listed, however many there are; every
string is valid Unicode in its recordable form, so that undecodable file names survive any JSON reader. The shape is fixed by
`forgewatch/schemas/audit-v1.json`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from forgewatch.core.canonical import Json, digest_of_json
from forgewatch.core.catalogue import CodeDoc
from forgewatch.core.checklist import in_order, unjudged
from forgewatch.core.codec import encode
from forgewatch.core.events import AuditRecorded, Recorded, Trigger
from forgewatch.core.fix_plan import FixStep, fix_plan, needs_operator
from forgewatch.core.fix_ways import Op, Verb
from forgewatch.core.places import Places
from forgewatch.core.report import ChangedPath, DiffLogFacts, Report
from forgewatch.core.settings import Profile
from forgewatch.core.stop import LOOP_EXCEEDED
from forgewatch.core.text import recordable
from forgewatch.core.values import Digest, RepoPath
from forgewatch.core.verdict import Audit, CheckResult, Fault, Finding, Outcome, StopReason

SCHEMA = "forgewatch/audit/v1"

FIX = "fix_and_recomplete"
HALT = "halt_for_operator"
AWAIT = "await_authorized"
PROCEED = "proceed"

_OP_KEYS = ("path", "file", "section", "label", "line", "to", "commit", "text")
_DONE = frozenset({Outcome.AUTHORIZED, Outcome.AUTO_AUTHORIZED})


@dataclass(frozen=True, slots=True)
class _Told:
    """What a document says where there may be no report: then nothing was read and no check was run."""

    results: tuple[CheckResult, ...]
    difflog: DiffLogFacts
    claimed: tuple[RepoPath, ...] = ()
    changed: tuple[ChangedPath, ...] = ()


def audit_document(
    recorded: Recorded | AuditRecorded, repository: str, docs: Mapping[str, CodeDoc], places: Places, *, fix_plan: bool = True
) -> dict[str, Json]:
    """Return the JSON object of one audit. An `AuditRecorded` without its place in the journal (`--dry-run`) has `entry` null.

    `repository` is the path as it is to be shown. Without `fix_plan` (`tail`) that key is left out. An audit that ended before its
    first check lists every check as ERROR with the reason. Raises ValueError for an event that is no audit.
    """
    event = recorded.event if isinstance(recorded, Recorded) else recorded
    if not isinstance(event, AuditRecorded):
        raise ValueError(f"expected the event of an audit, found {type(event).__name__}")
    told = _told(event)
    document: dict[str, Json] = {
        "schema": SCHEMA,
        "repository": repository,
        "audit_id": audit_id(event),
        "phase": event.phase,
        "iteration": event.iteration,
        "outcome": event.outcome.value,
        "passed": passed(event),
        "stop": event.stop.value if event.stop else None,
        "stop_report": LOOP_EXCEEDED if event.exhausted else None,
        "iterations_left": iterations_left(event),
        "results": [_result(result) for result in in_order(told.results)],
        "notes": [*(event.report.notes if event.report else ()), *event.remarks],
        "difflog": {"status": told.difflog.status, "line": told.difflog.line, "digest": told.difflog.digest},
        "claimed": list(told.claimed),
        "changed": _changed(told.changed),
        "next_action": next_action(event, docs),
        "snapshot": event.report.snapshot if event.report else None,
        "verdict_digest": event.report.verdict_digest if event.report else None,
        "entry": {"seq": recorded.seq, "leaf": recorded.leaf} if isinstance(recorded, Recorded) else None,
        "envelope": _envelope(event),
    }
    if fix_plan:
        document["fix_plan"] = _steps(event, docs, places)
    return {key: _recordable(value) for key, value in document.items()}


def results_of(event: AuditRecorded) -> tuple[CheckResult, ...]:
    """Return the results in the order of the checklist; of an audit that ended before its first check, all of them as ERROR."""
    return in_order(_told(event).results)


def why_unjudged(event: AuditRecorded) -> str:
    """Return why an audit ended before its first check, and its hint: never empty. Only for an event without a report."""
    return "; ".join(part for part in (event.why, event.hint) if part) or "the audit ended without a verdict"


def audit_id(event: AuditRecorded) -> Digest:
    """Return the name of an audit: its identity (C-05), or a digest of the circumstances of one that ended without a verdict."""
    if event.report is not None:
        return event.report.identity
    return digest_of_json({"at": event.envelope.at, "trigger": encode(event.trigger), "why": event.why})


def passed(event: AuditRecorded) -> bool:
    """True when no blocking check failed: PASS and the outcomes that only follow a PASS."""
    return event.outcome not in (Outcome.FAIL, Outcome.ERROR)


def iterations_left(event: AuditRecorded) -> int:
    """Return how many more FAILs in a row the phase allows before it is blocked (contract §10.3); never negative."""
    return max(0, event.loopback_limit - event.loopback)


def next_action(event: AuditRecorded, docs: Mapping[str, CodeDoc]) -> str:
    """Return what the builder is to do next. First rule that holds:

    1. the loopback limit is used up, or the audit stopped for it: `halt_for_operator`, even after a later PASS (C-06)
    2. ERROR, a FAIL without a report (the ledger was refused), a FAIL beside a check that could not be judged, or a finding that no
       builder can mend (`by` operator only): `halt_for_operator`; what a builder can mend still stands in the fix plan
    3. FAIL: `fix_and_recomplete`
    4. AUTHORIZED or AUTO-AUTHORIZED: `proceed`
    5. SIGNED-OFF, or PASS while the directive enables AEM: `await_authorized`
    6. PASS: `proceed`
    """
    if event.stop is StopReason.RISK_EXCEEDS_SCOPE or iterations_left(event) == 0:
        return HALT
    if not passed(event):
        return FIX if _is_mendable(event, docs) else HALT
    if event.outcome in _DONE:
        return PROCEED
    aem = event.report is not None and event.report.aem
    return AWAIT if aem or event.outcome is Outcome.SIGNED_OFF else PROCEED


def _is_mendable(event: AuditRecorded, docs: Mapping[str, CodeDoc]) -> bool:
    if event.report is None or event.outcome is not Outcome.FAIL or event.stop is StopReason.ENVIRONMENT_LIMITATION:
        return False
    return not needs_operator(event.report.audit, docs)


def verify_command(report: Report) -> str:
    """Return the command that tells whether a fix holds: an audit by the same base and as strict as this one. Its claim is the diff
    log's, where this one's came from the command line too."""
    profile = f" --profile {report.profile}" if report.profile in (Profile.CI, Profile.RELEASE) else ""
    return f"forgewatch audit{profile}" + (f" --base {report.against}" if report.against else "")


def verdict_digest(audit: Audit, claimed: Iterable[RepoPath], changed: Iterable[ChangedPath]) -> Digest:
    """Return the digest of all that was judged: every result with findings and notes, claim and change set. No clock, host or order
    of threads goes into it, so the same snapshot gives the same digest anywhere (architecture.md; requirements.md S002-10.7-1). A claim is
    a set: the order of its rows counts only where a finding names the line of one (docs/decisions/0010)."""
    results: list[Json] = [{**_result(result), "severity": result.severity.value} for result in audit.results]
    return digest_of_json({"results": results, "claimed": sorted(claimed), "changed": _changed(changed)})


def _told(event: AuditRecorded) -> _Told:
    report = event.report
    if report is not None:
        return _Told(report.audit.results, report.difflog, report.claimed, report.changed)
    return _Told(unjudged(why_unjudged(event)), DiffLogFacts(status="UNKNOWN", line=None, digest=_seen(event.trigger)))


def _seen(trigger: Trigger | None) -> Digest | None:
    return trigger.document if trigger else None


def _result(result: CheckResult) -> dict[str, Json]:
    return {
        "code": result.code,
        "title": result.title,
        "verdict": result.verdict.value,
        "basis": result.answer.why if isinstance(result.answer, Fault) else result.answer.basis,
        "findings": [_finding(finding) for finding in result.findings],
        "notes": [] if isinstance(result.answer, Fault) else [_finding(note) for note in result.answer.notes],
    }


def _finding(finding: Finding) -> Json:
    return {
        "code": finding.code,
        "path": finding.path,
        "line": finding.line,
        "message": finding.message,
        "expected": finding.expected,
        "actual": finding.actual,
    }


def _changed(changed: Iterable[ChangedPath]) -> list[Json]:
    return [{"path": one.path, "kind": one.kind.value} for one in changed]


def _envelope(event: AuditRecorded) -> Json:
    envelope = event.envelope
    return {
        "at": envelope.at,
        "duration_ms": envelope.duration_ms,
        "host": envelope.host,
        "assurance": envelope.assurance,
        "engine": envelope.engine,
    }


def _steps(event: AuditRecorded, docs: Mapping[str, CodeDoc], places: Places) -> list[Json]:
    report = event.report
    if report is None:
        return []
    rows: dict[str, int] = dict(zip(report.claimed, report.claim_lines, strict=False))
    steps = fix_plan(report.audit, docs, places, [one.path for one in report.changed], report.against or report.head, rows)
    loop: dict[str, Json] = {"iteration": event.loopback, "limit": event.loopback_limit, "verify": verify_command(report)}
    return [{**_step(step), **loop} for step in steps]


def _step(step: FixStep) -> dict[str, Json]:
    return {
        "check": step.check,
        "code": step.code,
        "path": step.path,
        "line": step.line,
        "expected": step.expected,
        "actual": step.actual,
        "action": step.action,
        "ways": [
            {"by": "operator" if all(op.op is Verb.ASK for op in way) else "builder", "ops": [_op(op) for op in way]} for way in step.ways
        ],
        "files_allowed": list(step.files_allowed),
        "stop": step.stop.value,
    }


def _op(op: Op) -> dict[str, Json]:
    told: dict[str, Json] = {name: getattr(op, name) for name in _OP_KEYS}
    # A commit of null says something: the path is to be removed, for there is no commit yet.
    measured = op.op in (Verb.RESTORE, Verb.SYNC, Verb.MOVE)
    return {"op": op.op.value, **{key: value for key, value in told.items() if value is not None or (key == "commit" and measured)}}


def _recordable(value: Json) -> Json:
    if isinstance(value, str):
        return recordable(value)
    if isinstance(value, Mapping):
        return {key: _recordable(item) for key, item in value.items()}
    return [_recordable(item) for item in value] if isinstance(value, list) else value
