"""A recorded audit once more, from its stored inputs: the same digests, or a word on what differs. Records nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from forgewatch import __version__
from forgewatch.app.auditing import Governed, Question, whole
from forgewatch.core.errors import EnvironmentFault, InputsGone, UsageError
from forgewatch.core.events import AuditRecorded, Recorded
from forgewatch.core.ports import Auditor
from forgewatch.core.record_entry import EntryRules, plan_of
from forgewatch.core.report import AuditRequest, Committed, Failed, Report
from forgewatch.core.settings import Settings
from forgewatch.core.snapshot import LedgerCondition, LedgerFacts, RecordHistory
from forgewatch.core.stop import stop_of
from forgewatch.core.text import escape, recordable
from forgewatch.core.values import Digest

_NUMBER = re.compile(r"[0-9]{1,15}\Z", re.ASCII)
_SHOW = "forgewatch ledger show lists the entries"


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """A recorded audit as it is judged now, at its place in the journal. `differs` is empty when it is the same."""

    recorded: Recorded
    event: AuditRecorded
    differs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Replayable:
    """An entry with a report, and where its inputs are."""

    recorded: Recorded
    event: AuditRecorded
    report: Report
    inputs: Digest


def find_entry(events: Sequence[Recorded], name: str) -> Replayable:
    """Return the audit that `name` means: a number as in `Entry: 41`, or the leaf beside it. Raises UsageError, InputsGone."""
    leaf = name if name.startswith("sha256:") else f"sha256:{name}"
    number = int(name) if _NUMBER.match(name) else None
    found = next((one for one in events if number == one.seq or one.leaf == leaf), None)
    if found is None:
        raise UsageError(f"no entry {escape(name)}", f"expected a number or a leaf of the journal; {_SHOW}")
    event = found.event
    if not isinstance(event, AuditRecorded):
        raise UsageError(f"entry {found.seq}: expected an audit, found {type(event).__name__}", _SHOW)
    if event.report is None:
        raise UsageError(f"entry {found.seq}: nothing was judged, so there is nothing to judge again: {escape(event.why)}")
    if event.report.inputs is None:
        hint = "they were too large, there was no room, or it was recorded before there were replays"
        raise InputsGone(f"entry {found.seq}: its inputs were not stored", hint)
    return Replayable(found, event, event.report, event.report.inputs)


def replay(governed: Governed, settings: Settings, auditor: Auditor, entry: Replayable) -> Replayed:
    """Judge an entry's stored inputs in the worker and compare. Raises EnvironmentFault when that cannot be done."""
    answer = whole(auditor.audit(_request(governed, settings, entry)), Question(), governed.checklist)
    if isinstance(answer, Committed | Failed):
        raise _refusal(entry, answer)
    event = _event(entry.event, answer, governed.rules)
    return Replayed(recorded=replace(entry.recorded, event=event), event=event, differs=_differences(entry, answer, event))


def _request(governed: Governed, settings: Settings, entry: Replayable) -> AuditRequest:
    # The rules come from the stored settings; of the present ones only the bounds of the worker and of git count.
    return AuditRequest(
        root=governed.root,
        state=governed.folder,
        git=governed.git,
        layout=governed.layout,
        settings=replace(settings, repositories=(), sources=()),
        profile=settings.profile,
        ledger=LedgerFacts(LedgerCondition.INTACT),
        record_history=RecordHistory(),
        replay=entry.inputs,
    )


def _refusal(entry: Replayable, answer: Committed | Failed) -> EnvironmentFault:
    why, hint = (answer.why, answer.hint) if isinstance(answer, Failed) else ("the worker answered another question", "")
    return InputsGone(f"entry {entry.recorded.seq} cannot be replayed: {why}{_engines(entry.event, '; ')}", hint)


def _event(recorded: AuditRecorded, report: Report, rules: EntryRules) -> AuditRecorded:
    if recorded.report is not None and report.verdict_digest == recorded.report.verdict_digest:
        # What people decided since (sign-off) stays the outcome: it follows from the record, not from the inputs.
        return replace(recorded, report=report, fix_plan=plan_of(report, rules))
    stop = stop_of(report.audit, exhausted=recorded.exhausted)
    return replace(recorded, outcome=report.audit.outcome, report=report, stop=stop, fix_plan=plan_of(report, rules))


def _differences(entry: Replayable, again: Report, event: AuditRecorded) -> tuple[str, ...]:
    then = entry.report
    pairs = (
        ("verdict digest", then.verdict_digest, again.verdict_digest),
        ("snapshot digest", then.snapshot, again.snapshot),
        ("fix plan", _lines(entry.event), _lines(event)),
    )
    told = tuple(f"{name}: recorded {before}, found {after}" for name, before, after in pairs if before != after)
    return (*told, _cause(entry.event, then.policy != again.policy)) if told else ()


def _lines(event: AuditRecorded) -> list[str]:
    # The journal keeps strings in this form.
    return [recordable(line) for line in event.fix_plan]


def _cause(recorded: AuditRecorded, other_rules: bool) -> str:
    # The inputs are the recorded ones: the entry names their digest, and the worker compared it.
    if engines := _engines(recorded):
        return engines
    if other_rules:
        return "the inputs are the recorded ones; the table of checks is another"
    told = "inputs, table of checks and version are the recorded ones"
    return f"{told}: grammars were installed, removed or replaced, forgewatch was changed under its version, or this is a bug in it"


def _engines(recorded: AuditRecorded, before: str = "") -> str:
    engine = recorded.envelope.engine
    return "" if engine == __version__ else f"{before}engine: recorded by {escape(engine)}, this is {__version__}"
