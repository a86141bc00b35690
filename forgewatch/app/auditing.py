"""One audit of one repository, from the state of its record to the recorded entry. Daemon and commands come this way, by `judging`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from forgewatch import __version__
from forgewatch.app.record import Record
from forgewatch.app.sign_offs import sign_off_if_due
from forgewatch.core.difflog_parser import parse_difflog
from forgewatch.core.events import AuditRecorded, Envelope, Recorded, Trigger
from forgewatch.core.phase_words import parse_phase
from forgewatch.core.places import Layout, Places
from forgewatch.core.ports import Auditor, Authorities, Clock, TreeFiles
from forgewatch.core.read_gate import contracts_in
from forgewatch.core.readings import log_of
from forgewatch.core.record_entry import EntryRules, entry_of_failure, entry_of_refusal, entry_of_report
from forgewatch.core.record_state import RecordState
from forgewatch.core.report import AuditAnswer, AuditRequest, Committed, Failed, GivenClaim, Report
from forgewatch.core.settings import Profile, Settings
from forgewatch.core.snapshot import LedgerCondition, LedgerFacts, RecordHistory
from forgewatch.core.values import UNKNOWN_PHASE, CommitId, Phase
from forgewatch.core.verdict import CheckCode, StopReason


def sealed() -> str:
    """Return that no checkpoint is missing: there are none."""
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Governed:
    """One repository and the objects that serve it, made by wiring. `root` and `folder` (state) are absolute paths. `head` reads HEAD now
    (None: no commit yet; raises EnvironmentFault), `head_places` says which (directory, name) change when it moves.

    `unsealed` tells why the newest entry has no checkpoint yet, empty when it has: the next writer makes up for it. Without `authority`
    there are no signers, and every tier is T0.
    """

    root: str
    folder: str
    places: Places
    layout: Layout
    files: TreeFiles
    record: Record
    rules: EntryRules
    git: str
    assurance: str
    host: str
    head: Callable[[], CommitId | None]
    head_places: Callable[[], Sequence[tuple[str, str]]]
    checklist: Sequence[tuple[CheckCode, str]]
    unsealed: Callable[[], str] = sealed
    authority: Authorities | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a caller may ask besides "audit what the diff log says". `document` None: the worker reads the diff log.

    `cycle` None: the cycle the record is in. `recordable` False: the caller may read the record but not write it, so the ledger is
    compared and neither mended nor kept. `foreseen`: the record's state to ask by, where it is not to be recorded yet.
    """

    document: bytes | None = None
    given: GivenClaim | None = None
    profile: Profile | None = None
    base: str | None = None
    cycle: int | None = None
    skip_committed: bool = False
    recordable: bool = True
    foreseen: RecordState | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """An answer with its circumstances, before it is recorded. `refused` is not empty when the ledger itself stops the audit."""

    answer: Report | Failed
    envelope: Envelope
    refused: str = ""
    phase: Phase = UNKNOWN_PHASE


def judge_once(governed: Governed, settings: Settings, auditor: Auditor, clock: Clock, question: Question) -> Judged | Committed:
    """Ask for one audit and record nothing but what the ledger's own state demands."""
    started = clock.monotonic()
    # 1. A verdict may only join a record that is whole (C-16). What a stash took off its end is put back with the entry, not before.
    ledger = governed.record.inspect_ledger(mend=False) if question.recordable else governed.record.look()
    answer: AuditAnswer
    if ledger.condition is LedgerCondition.TAMPERED:
        answer = Failed(StopReason.EVIDENCE_MISSING, f"the ledger cannot be believed: {ledger.detail}", "forgewatch ledger restore")
    else:
        # 2. The worker reads and judges; what it answers is checked against the table it had to work through.
        answer = whole(auditor.audit(request_for(governed, settings, question, ledger)), question, governed.checklist)
    if isinstance(answer, Committed):
        return answer
    refused = ledger.detail if ledger.condition is LedgerCondition.TAMPERED else ""
    phase = answer.phase if isinstance(answer, Report) else phase_of(question)
    return Judged(answer=answer, envelope=_envelope(governed, clock, started), refused=refused, phase=phase)


def record_judged(governed: Governed, judged: Judged, trigger: Trigger | None) -> Recorded:
    """Make the result durable, journal first; only then may anyone hear of it."""
    recorded = governed.record.record_answer(
        judged.answer, trigger=trigger, envelope=judged.envelope, refused=judged.refused, phase=judged.phase
    )
    sign_off_if_due(governed.record, judged.envelope)
    return recorded


def preview(governed: Governed, judged: Judged, foreseen: RecordState | None = None) -> AuditRecorded:
    """Return the entry that recording would make, for `--dry-run` and for people who may not write the record."""
    state, rules = foreseen or governed.record.state(), governed.rules
    if judged.refused:
        return entry_of_refusal(state, judged.refused, "forgewatch ledger restore", None, judged.envelope, rules, judged.phase)
    if isinstance(judged.answer, Failed):
        return entry_of_failure(state, judged.answer, None, judged.envelope, rules, judged.phase)
    return entry_of_report(state, judged.answer, None, judged.envelope, rules)


def phase_of(question: Question) -> Phase:
    """Return the phase an audit is about when no report could say it."""
    if question.given is not None:
        return parse_phase(question.given.phase) if question.given.phase else UNKNOWN_PHASE
    log = log_of(parse_difflog(question.document)) if question.document is not None else None
    return log.phase if log else UNKNOWN_PHASE


def request_for(governed: Governed, settings: Settings, question: Question, ledger: LedgerFacts) -> AuditRequest:
    """Return everything the worker has to be told: what the journal knows and the working tree does not."""
    state = question.foreseen or governed.record.state()
    return AuditRequest(
        root=governed.root,
        state=governed.folder,
        git=governed.git,
        layout=governed.layout,
        settings=replace(settings, repositories=(), sources=()),
        profile=question.profile or settings.profile,
        document=question.document,
        given=question.given,
        base=question.base,
        adopted=state.adopted,
        anchor=state.anchor,
        authorized=state.authorized,
        unknown_entries=governed.record.unknown_entries(),
        # While the file is a beginning of the projection, it lacks entries that the journal does know.
        compare_committed_ledger=question.recordable and not state.legacy_accepted and ledger.condition in _COMPLETE,
        ledger=ledger,
        record_history=RecordHistory(seen=tuple(state.record_trees), attested=state.attested, failing=state.failing),
        cycle=state.cycle if question.cycle is None else question.cycle,
        planned=() if question.base is not None else state.plan,
        skip_committed=question.skip_committed,
        opened=state.cycle > 0 and not state.settled,
        keep_inputs=question.recordable,
        contracts_read=contracts_in(state.read.files, governed.places) if state.read else (),
    )


_COMPLETE = frozenset({LedgerCondition.NEW, LedgerCondition.INTACT, LedgerCondition.EXTENDED})


def whole(answer: AuditAnswer, question: Question, checklist: Sequence[tuple[CheckCode, str]]) -> AuditAnswer:
    """Return the answer, or Failed in place of one that is not about this question or leaves checks out."""
    # The worker parsed hostile input; an answer that left checks out, or that nobody asked for, must not become a pass.
    if isinstance(answer, Committed) and not question.skip_committed:
        return Failed(StopReason.ENVIRONMENT_LIMITATION, "expected a report, found the word that the diff log is committed")
    if isinstance(answer, Report):
        told = [result.code for result in answer.audit.results]
        wanted = [code for code, _ in checklist]
        if told != wanted:
            return Failed(StopReason.ENVIRONMENT_LIMITATION, f"expected results of {', '.join(wanted)}, found {', '.join(told) or 'none'}")
    return answer


def _envelope(governed: Governed, clock: Clock, started: float) -> Envelope:
    return Envelope(
        at=clock.now(),
        duration_ms=round((clock.monotonic() - started) * 1000),
        host=governed.host,
        assurance=governed.assurance,
        engine=__version__,
    )
