"""One audit from question to answer, as the worker process does it: capture, judge, make sure nothing moved, report."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import assert_never

from forgewatch import __version__
from forgewatch.app.capture import Sources, capture
from forgewatch.app.engine import judge, table_for
from forgewatch.app.papers import Papers, read_papers
from forgewatch.core.audit_document import verdict_digest
from forgewatch.core.canonical import Json, digest_of_bytes, digest_of_json
from forgewatch.core.codec import encode
from forgewatch.core.cycle_remarks import builder_plan
from forgewatch.core.difflog import Blocked, Complete, DiffLogReading, InProcess, Malformed, Unknown
from forgewatch.core.difflog_parser import verification_text
from forgewatch.core.directive import Directive
from forgewatch.core.errors import EnvironmentFault, InputsGone, NoSuchRevision, Unstable
from forgewatch.core.inputs import Inputs, inputs_of, pack_inputs, unpack_inputs
from forgewatch.core.places import Places, places_of
from forgewatch.core.policy import policy_digest, policy_notes, settings_digest, settings_notes
from forgewatch.core.previous_cycle import named_digest
from forgewatch.core.readings import log_of
from forgewatch.core.report import AuditAnswer, AuditRequest, ChangedPath, Committed, DiffLogFacts, Failed, Report
from forgewatch.core.repository_facts import changes_digest
from forgewatch.core.snapshot import Ancestry, Change, History, Snapshot
from forgewatch.core.testrecord import Blank, BrokenRecord, TestRecord, TestRecordReading
from forgewatch.core.text_tree import text_of_work
from forgewatch.core.values import Absent, CommitId, Digest, Refused, RepoPath, Unreadable
from forgewatch.core.verdict import Audit, Check, Severity, StopReason

TRIES = 3
"""How often an audit of a moving tree is begun again before it is called non-deterministic (hostile.md)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """The table of checks and the way to a repository's sources."""

    checks: Sequence[Check[Snapshot]]
    open_sources: Callable[[AuditRequest], Sources]


def answer(request: AuditRequest, engine: Engine) -> AuditAnswer:
    """Do one audit. Faults of the machine are `Failed`; a bug in forgewatch propagates and ends the worker."""
    moved = ""
    for _ in range(TRIES):
        try:
            return _attempt(request, engine) if request.replay is None else _replay(request.replay, request, engine)
        except Unstable as error:
            moved = str(error)
        except NoSuchRevision as error:
            return Failed(StopReason.ENVIRONMENT_LIMITATION, str(error), error.hint, misasked=True)
        except EnvironmentFault as error:
            return Failed(StopReason.ENVIRONMENT_LIMITATION, str(error), error.hint, again=True)
    return Failed(StopReason.NON_DETERMINISTIC_BEHAVIOR, moved, "let the tree come to rest, then complete the cycle again")


def _attempt(request: AuditRequest, engine: Engine) -> AuditAnswer:
    sources = engine.open_sources(request)
    places = places_of(request.layout)
    # 1. A diff log that HEAD already holds was audited where it was written: say so and judge nothing.
    papers = read_papers(request, sources.tree, places)
    committed = _committed(request, sources, papers, places) if request.skip_committed else None
    if committed is not None and not request.opened:
        return committed
    # 2. Read everything once, and note what it looked like. The same log at the end of a new cycle is committed only with the rest.
    snapshot = capture(request, papers, sources)
    if committed is not None and not _judged_changes(snapshot):
        return committed
    watched = _watched(snapshot)
    before = sources.tree.fingerprint(watched)
    # 3. Judge what was read.
    checks = table_for(engine.checks, request.profile, request.settings.audit.severities)
    audit = judge(snapshot, checks)
    # 4. What moved meanwhile was not what we judged.
    if sources.tree.fingerprint(watched) != before:
        raise Unstable("the working tree changed during the audit")
    inputs = Inputs(snapshot=snapshot, settings=request.settings, directive=papers.directive, cycle=request.cycle)
    # 5. What was judged is stored before the entry names it; without room for it there is no replay, and the audit stands.
    packed = pack_inputs(inputs) if request.keep_inputs and sources.inputs is not None else None
    kept = None if packed is None or sources.inputs is None else sources.inputs.keep(packed)
    return replace(_report(inputs, audit, checks), inputs=kept)


def _replay(digest: Digest, request: AuditRequest, engine: Engine) -> Report:
    """Judge stored inputs with the present table of checks, by the settings they were stored with. Raises EnvironmentFault."""
    sources = engine.open_sources(request)
    if sources.inputs is None or sources.trees is None:
        raise InputsGone("nothing was stored for a replay here")
    stored = unpack_inputs(sources.inputs.fetch(digest))
    if isinstance(stored, Refused):
        raise InputsGone(f"the stored inputs of this audit are not of this version's form: {stored.why}")
    inputs = inputs_of(stored, sources.trees.table_at(stored.base))
    checks = table_for(engine.checks, inputs.snapshot.profile, inputs.settings.audit.severities)
    return replace(_report(inputs, judge(inputs.snapshot, checks), checks), inputs=digest)


def _report(inputs: Inputs, audit: Audit, checks: Sequence[Check[Snapshot]]) -> Report:
    policy = policy_digest(inputs.snapshot, checks, inputs.settings)
    report = report_of(inputs.snapshot, audit, inputs.directive, policy, inputs.cycle)
    notes = (*settings_notes(inputs.settings, inputs.snapshot.profile), *report.notes)
    return replace(report, settings=settings_digest(inputs.settings), notes=notes)


def _committed(request: AuditRequest, sources: Sources, papers: Papers, places: Places) -> Committed | None:
    if not isinstance(papers.log, Complete) or not isinstance(papers.raw_log, bytes):
        return None
    history = sources.store.history(request.anchor, frozenset(request.authorized))
    vouched = _vouched(history, places)
    if history.head is None or vouched is None:
        return None
    # A commit of evidence alone may follow, with the ledger's newest lines for instance. It must not bring a diff log of its own:
    # that would be a finished cycle which nobody ever audited.
    kept = {sources.store.file_at(commit, places.diff_log, len(papers.raw_log)) for commit in (history.head, vouched)}
    return Committed(history.head) if kept == {papers.raw_log} else None


def _vouched(history: History, places: Places) -> CommitId | None:
    """Return the newest commit the record vouches for, when HEAD is it or follows it by commits of the neutral set only."""
    if history.ancestry is not Ancestry.LINEAR:
        return None
    strays = [commit for commit in history.commits if not commit.authorized]
    if not all(commit.paths and all(map(places.is_neutral, commit.paths)) for commit in strays):
        return None
    return next((commit.oid for commit in history.commits if commit.authorized), history.anchor)


def _watched(snapshot: Snapshot) -> tuple[RepoPath, ...]:
    # The diff log is left out: the audit is about the bytes it was given, and a newer log is another trigger.
    places = snapshot.places
    paths = {change.path for change in snapshot.changes} | set(snapshot.claim.paths) | set(snapshot.documents) | {places.test_record}
    return tuple(sorted(path for path in paths if path not in (places.diff_log, places.ledger)))


def report_of(snapshot: Snapshot, audit: Audit, directive: Directive, policy: Digest, cycle: int) -> Report:
    """Return the deterministic report of a judged snapshot."""
    changed = tuple(ChangedPath(change.path, change.kind) for change in _judged_changes(snapshot))
    record = snapshot.test_record.digest if isinstance(snapshot.test_record, TestRecord) else None
    return Report(
        audit=audit,
        phase=snapshot.phase,
        difflog=_difflog_facts(snapshot.difflog),
        claimed=snapshot.claim.paths,
        changed=changed,
        head=snapshot.history.head,
        tree=snapshot.tree,
        record=record,
        policy=policy,
        snapshot=_snapshot_digest(snapshot, policy),
        verdict_digest=verdict_digest(audit, snapshot.claim.paths, changed),
        identity=_identity(snapshot, record, policy, cycle, audit),
        against=snapshot.against,
        notes=(*policy_notes(snapshot), *snapshot.notes),
        aem=directive.aem,
        auto_authorize=directive.auto_authorize,
        directive=directive.digest,
        builder_plan=builder_plan(snapshot.difflog),
        begun_from=named_digest(snapshot.difflog),
        profile=snapshot.profile,
        claim_lines=() if snapshot.claim_given else snapshot.claim.lines,
        text_tree=_text_tree(snapshot),
        changes=changes_digest((change.path, change.after) for change in _judged_changes(snapshot)),
    )


def _text_tree(snapshot: Snapshot) -> Digest | None:
    if snapshot.raw_compare:
        return None
    return text_of_work(snapshot.paths, snapshot.changes, snapshot.conversions, snapshot.contents, snapshot.places.is_neutral)


def _judged_changes(snapshot: Snapshot) -> tuple[Change, ...]:
    # Neutral files come and go with the audit itself (a lock record, the ledger): a result must not depend on them.
    return tuple(change for change in snapshot.changes if not snapshot.places.is_neutral(change.path, boot_script=snapshot.boot_script))


def _difflog_facts(reading: DiffLogReading) -> DiffLogFacts:
    log = log_of(reading)
    if log is not None:
        return DiffLogFacts(status=log.status, line=log.status_line, digest=log.digest)
    if isinstance(reading, Malformed):
        return DiffLogFacts(status="MALFORMED", line=reading.line, digest=reading.digest)
    return DiffLogFacts(status="ABSENT" if isinstance(reading, Absent) else "MALFORMED", line=None, digest=None)


def _identity(snapshot: Snapshot, record: Digest | None, policy: Digest, cycle: int, audit: Audit) -> Digest:
    # C-05: what makes two audits the same audit. The same work in a new cycle is another one (docs/decisions/0003).
    log = log_of(snapshot.difflog)
    head: CommitId | None = snapshot.history.head
    return digest_of_json(
        {
            "cycle": cycle,
            "anchor": snapshot.history.anchor,
            "head": head,
            "claim": encode(snapshot.claim),
            "given": snapshot.claim_given,
            "phase": snapshot.phase,
            "status": _difflog_facts(snapshot.difflog).status,
            "verification": verification_text(log) if log else "",
            "tree": snapshot.tree,
            "record": record,
            "policy": policy,
            "work": _work(snapshot),
            "verdicts": _verdicts(audit),
            "engine": __version__,
        }
    )


def _verdicts(audit: Audit) -> Json:
    # The last word: whatever the parts above might miss, an audit with other findings is never answered with an earlier entry. W2 is
    # left out unless it blocks, because the earlier entry itself is what it counts.
    return [
        [result.code, result.verdict, [f"{found.code} {found.path or ''} {found.line or ''}" for found in result.findings]]
        for result in audit.results
        if result.code != "W2" or result.severity is Severity.BLOCKING
    ]


def _work(snapshot: Snapshot) -> Json:
    # What is judged and not in the tree's digest: another base, a staged change, a hidden one, a FIFO, a commit that was accepted since.
    # Without it an audit that fails would be answered with an entry that passed before, or the reverse. Whether git already tracks a new
    # file is left out: `git add` after the audit makes no other work.
    return {
        "changes": [f"{_ids_of(change)} {change.path}" for change in _judged_changes(snapshot)],
        "obstacles": encode(snapshot.obstacles),
        "conversions": encode(snapshot.conversions),
        "hiding": [flag.path for flag in snapshot.flags if flag.hides],
        "ignored_source": list(snapshot.ignored.newly_source),
        "store_faults": list(snapshot.store_faults),
        "history": encode(snapshot.history),
    }


def _snapshot_digest(snapshot: Snapshot, policy: Digest) -> Digest:
    # Documents stand for what was parsed from them; a change is one line, because there may be thousands.
    facts: dict[str, Json] = {
        "difflog": _reading_mark(snapshot.difflog),
        "claim": encode(snapshot.claim),
        "given": snapshot.claim_given,
        "record": _reading_mark(snapshot.test_record),
        "record_history": encode(snapshot.record_history),
        "changes": [_change_line(change) for change in snapshot.changes],
        "obstacles": encode(snapshot.obstacles),
        "conversions": encode(snapshot.conversions),
        "flags": encode(snapshot.flags),
        "ignored": encode(snapshot.ignored),
        "store_faults": list(snapshot.store_faults),
        "history": encode(snapshot.history),
        "ledger": encode(snapshot.ledger),
        "documents": {path: _content_digest(content) for path, content in snapshot.documents.items()},
        "base_documents": {path: _content_digest(content) for path, content in snapshot.base_documents.items()},
        "unreadable": {oid: content.why for oid, content in snapshot.contents.items() if isinstance(content, Unreadable)},
    }
    if snapshot.planned:
        # Where no plan was recorded the digest is that of the audits before there were any.
        facts["planned"] = list(snapshot.planned)
    return digest_of_json({"phase": snapshot.phase, "tree": snapshot.tree, "policy": policy, **facts})


def _reading_mark(reading: DiffLogReading | TestRecordReading) -> str:
    match reading:
        case Malformed(digest=digest) | TestRecord(digest=digest):
            return digest
        case InProcess(log=log) | Blocked(log=log) | Unknown(log=log) | Complete(log=log):
            return log.digest
        case Unreadable(why=why) | BrokenRecord(why=why):
            return why
        case Absent() | Blank():
            return type(reading).__name__
        case other:
            assert_never(other)


def _change_line(change: Change) -> str:
    return f"{change.kind} {_ids_of(change)} {change.path}"


def _ids_of(change: Change) -> str:
    before, after = (f"{entry.mode:o} {entry.oid}" if entry else "-" for entry in (change.before, change.after))
    return f"{before} {after} {'staged' if change.staged else 'found'}"


def _content_digest(content: bytes | Absent | Unreadable) -> str:
    match content:
        case bytes():
            return digest_of_bytes(content)
        case Absent():
            return "absent"
        case Unreadable(why=why):
            return f"unreadable: {why}"
