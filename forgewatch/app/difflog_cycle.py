"""The helper's verbs that write: a cycle is started and finished in the diff log (contract §11), from captured facts and nothing else.

Each verb: 1. see what is there  2. ask the state machine  3. make the text  4. put it in place at once, if what was seen still lies there.
If we crash before 4 nothing happened; the file is the old log or the new one, and the daemon sees one change.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from forgewatch.app.desk import Desk
from forgewatch.app.difflog_rules import MOST_FINDINGS, Judged, findings_refusal, judge_log, judge_record
from forgewatch.app.heads import follow_head, foreseen, look
from forgewatch.core.canonical import digest_of_bytes
from forgewatch.core.claim_resolution import resolve_claim
from forgewatch.core.claim_text import unwritable
from forgewatch.core.difflog import Announcement, Complete, DiffLog, DiffLogReading, Status
from forgewatch.core.difflog_parser import parse_announcement, parse_difflog
from forgewatch.core.difflog_plan import Circumstances, Ending, Plan, Present, begun, ended, unlooked, unproven
from forgewatch.core.difflog_steps import FINISH, Begin, Finish, Refusal, Renew, is_open, is_settled, may_finish, may_start
from forgewatch.core.difflog_text import Draft, Metadata, difflog_bytes
from forgewatch.core.errors import Unstable
from forgewatch.core.limits import OVERSIZE
from forgewatch.core.new_work import hold_on
from forgewatch.core.phase_words import phase_number
from forgewatch.core.plan_scope import beyond
from forgewatch.core.planned_files import planned_files
from forgewatch.core.ports import EvidenceFiles
from forgewatch.core.previous_cycle import bullets
from forgewatch.core.readings import log_of
from forgewatch.core.record_state import RecordState
from forgewatch.core.repository_facts import Facts, WorkChange, status_lines
from forgewatch.core.testrecord_parser import parse_test_record
from forgewatch.core.text import PATH_LIMIT, escape
from forgewatch.core.values import UNKNOWN_PHASE, Absent, Content, Digest, Phase, RepoPath
from forgewatch.core.verdict import StopReason
from forgewatch.core.verification_text import parts_of

OVERWRITE = "OVERWRITE"
"""The word that lets the log be overwritten on a dirty tree, and nothing else (contract §12)."""

GENESIS = "Phase 0"
"""The phase in which a repository gets its first files (contract §1)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a verb is decided by: the log as it lies there, the record, and the captured facts."""

    raw: Content
    reading: DiffLogReading
    state: RecordState
    facts: Facts

    @property
    def digest(self) -> Digest | None:
        """The digest of the log's bytes, None when there are none to read."""
        return digest_of_bytes(self.raw) if isinstance(self.raw, bytes) else None

    @property
    def settled(self) -> bool:
        """True when the log needs no audit."""
        return is_settled(self.state, self.facts, self.digest)

    @property
    def present(self) -> Present | None:
        """The log, where it can be read as one."""
        log = log_of(self.reading)
        return Present(self.raw, log) if log is not None and isinstance(self.raw, bytes) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A log that stands there now: status, phase, digest, the files it lists, what it says of the cycle before, its placeholders.
    `unplanned` are the files that were changed and were not planned when the cycle began (contract §3)."""

    status: Status
    phase: Phase
    digest: Digest
    files: tuple[RepoPath, ...]
    previous: tuple[str, ...]
    placeholders: int = 0
    unplanned: tuple[RepoPath, ...] = ()


def see(desk: Desk, *, recordable: bool, hunks: bool = False) -> Seen:
    """Look at log, record and repository. `recordable` False: the record is somebody else's to write. Raises EnvironmentFault."""
    if recordable:
        # What was committed with authority since anybody looked is recorded first: then its phase is open no more.
        follow_head(desk)
    state = desk.governed.record.state() if recordable else foreseen(desk)
    facts = look(desk, work=True, state=state, hunks=hunks)
    raw = _read(desk)
    return Seen(raw=raw, reading=parse_difflog(raw), state=state, facts=facts)


def summary(seen: Seen) -> tuple[str, ...]:
    """Return the previous cycle in one to five bullets, escaped (S002-11-2)."""
    return bullets(seen.reading, seen.digest)


def changed(desk: Desk, facts: Facts) -> tuple[WorkChange, ...]:
    """Return the changes that an audit wants to be claimed: without the neutral and private ones (C-02)."""
    places = desk.governed.places
    found = facts.work.changes if facts.work else ()
    return tuple(change for change in found if not places.is_neutral(change.path) and not places.is_private(change.path))


def is_dirty(desk: Desk, seen: Seen) -> bool:
    """True on a tree with changes, without AEM: what git says of it is shown before anything is written (contract §12)."""
    return not seen.facts.aem and bool(changed(desk, seen.facts))


def needs_word(desk: Desk, seen: Seen, phase: Phase) -> bool:
    """True on a dirty tree without AEM: then a person has to say OVERWRITE before the log is (contract §12). Not for the first log of phase
    0 on a tree of new files alone: there nothing is that could be overwritten (docs/decisions/0029)."""
    return is_dirty(desk, seen) and not (phase_number(phase) == GENESIS and _is_first(desk, seen))


def _is_first(desk: Desk, seen: Seen) -> bool:
    """True where no log lies in the tree or at HEAD, none was ever audited, and nothing of HEAD is changed or gone."""
    known = (seen.digest, seen.facts.log_at_head, seen.state.last_entry)
    is_new = all(change.before is None for change in changed(desk, seen.facts))
    return isinstance(seen.raw, Absent) and not any(known) and is_new


def without_word(word: str | None) -> Refusal | None:
    """Return the refusal of a start on a dirty tree by any word but OVERWRITE (S002-12-1, S002-12-3)."""
    if word == OVERWRITE:
        return None
    exits = "commit or put back what is there; or the operator says it: --token OVERWRITE. It authorizes no commit"
    found = "no word" if word is None else f"'{word}'"
    return Refusal(step=3, stop=StopReason.CONTRACT_CONFLICT, expected=f"the word {OVERWRITE} on a dirty tree", found=found, exit=exits)


def permit(seen: Seen, phase: Phase) -> Refusal | None:
    """Return why no cycle of this phase may begin now, None when one may."""
    decided = _may_start(seen, phase)
    return decided if isinstance(decided, Refusal) else None


def start(desk: Desk, evidence: EvidenceFiles, seen: Seen, plan: Plan) -> Written | Refusal:
    """Write the log of a cycle that begins. Raises LedgerUnwritable, and Unstable when the log changed since it was seen."""
    decided = _may_start(seen, plan.phase)
    if isinstance(decided, Refusal):
        return decided
    draft = begun(plan, _around(desk, seen.facts), summary(seen), seen.present if isinstance(decided, Renew) else None)
    raw = difflog_bytes(draft)
    log = log_of(parse_difflog(raw))
    if log is None or log.phase != plan.phase or (log.placeholders and not plan.skeleton):
        return _unfit(log, plan.phase)
    return _put(desk, evidence, seen, raw, draft)


def finish(desk: Desk, evidence: EvidenceFiles, seen: Seen, ending: Ending) -> Written | Refusal:
    """Write the log of a cycle that is over, once nothing would be said against it (S002-11-7). Raises as `start` does."""
    decided = _may_finish(seen)
    if isinstance(decided, Refusal):
        return decided
    record = desk.governed.files.read(desk.governed.places.test_record, desk.settings.limits.document_bytes)
    parts = parts_of(record, ending.words)
    refused = None if ending.blocked else unproven(parts, parse_test_record(record)) or _stale(desk, seen, record)
    if refused is not None:
        return refused
    assert seen.present is not None
    around = _around(desk, seen.facts, hunks=True)
    # A log that is completed once more lists claims where its plan was.
    planned = (seen.state.plan if isinstance(seen.reading, Complete) else ()) or planned_files(seen.present.raw, desk.governed.places)
    unplanned = tuple(beyond(planned, [path for path, _ in around.files]))
    marked = tuple((path, f"{kind}, not planned" if path in unplanned else kind) for path, kind in around.files)
    draft = ended(ending, unlooked(parts), replace(around, files=marked), seen.present)
    if isinstance(draft, Refusal):
        return draft
    raw = difflog_bytes(draft)
    refused = _objection(desk, draft, raw)
    return refused or replace(_put(desk, evidence, seen, raw, draft), unplanned=unplanned)


def is_there(desk: Desk, path: RepoPath) -> bool:
    """True when something lies at the path in the working tree."""
    return not isinstance(desk.governed.files.read(path, desk.settings.limits.document_bytes), Absent)


def _may_start(seen: Seen, phase: Phase) -> Begin | Renew | Refusal:
    return may_start(seen.reading, phase, hold=hold_on(seen.state, phase), settled=seen.settled)


def _may_finish(seen: Seen) -> Finish | Refusal:
    phase = seen.present.log.phase if seen.present else UNKNOWN_PHASE
    return may_finish(seen.reading, hold=hold_on(seen.state, phase), still_open=is_open(seen.state, seen.facts, seen.digest))


def _stale(desk: Desk, seen: Seen, record: Content) -> Refusal | None:
    findings = judge_record(parse_test_record(record), seen.state, seen.facts, desk.governed.places)
    return findings_refusal(findings, 7, "forgewatch test, on the tree as it is now", StopReason.EVIDENCE_MISSING)


def _objection(desk: Desk, draft: Draft, raw: bytes) -> Refusal | None:
    """Return what an audit would say against the log before it is written; a log that is given up has to be free of placeholders only."""
    reading, places = parse_difflog(raw), desk.governed.places
    log, wanted = log_of(reading), frozenset(path for path, _ in draft.files)
    if log is None or log.phase != draft.phase or not _is_whole(raw):
        return _unfit(log, draft.phase)
    judged = judge_log(reading, places, lambda path: path in wanted or is_there(desk, path))
    claim = resolve_claim(log.claim, wanted.__contains__, places)
    lost = unwritable(wanted, claim.paths)
    if lost:
        names = ", ".join(sorted(lost)[:MOST_FINDINGS])
        return _conflict("names of files that a diff log can hold", names, "rename them: no audit could find them claimed")
    findings = judged.findings if isinstance(reading, Complete) else judged.gate
    return findings_refusal(findings, 7, "; ".join(_ways_out(log, judged)))


def _ways_out(log: DiffLog, judged: Judged) -> Iterator[str]:
    said = f"{FINISH} --notes TEXT --next-steps TEXT; sections of your own are taken over as they are"
    if log.placeholders:
        yield f"say it without a placeholder: {said}"
    if len(judged.gate) > len(log.placeholders) or judged.claim:
        yield f"say it so that it can be read: {said}"
    if judged.order:
        yield "mend what failed, then say how it ended: --verification PART='PASS what was looked at'; or --status blocked"


def _is_whole(raw: bytes) -> bool:
    announced = parse_announcement(raw)
    return isinstance(announced, Announcement) and announced.whole


def _unfit(log: DiffLog | None, phase: Phase) -> Refusal:
    if log is not None and log.placeholders:
        first = log.placeholders[0]
        return _conflict("no placeholder", f"'{first.text}'", "say what it stands for, or --skeleton to leave it for later", step=4)
    found = "a document that cannot be read back" if log is None or log.phase == phase else f"'{log.phase}' when it is read back"
    return _conflict(
        f"a log of '{phase}'", found, "close code fences in sections of your own; name the phase as 'Phase 3 -- Title'", step=4
    )


def _conflict(expected: str, found: str, exits: str, step: int = 7) -> Refusal:
    return Refusal(step=step, stop=StopReason.CONTRACT_CONFLICT, expected=expected, found=found, exit=exits)


def _around(desk: Desk, facts: Facts, *, hunks: bool = False) -> Circumstances:
    metadata = Metadata(at=desk.clock.now(), branch=facts.branch, head=facts.head, base=desk.governed.record.state().anchor)
    # What stands before branch and path is ours.
    status = tuple(f"{line[:3]}{escape(line[3:], PATH_LIMIT)}" for line in status_lines(facts))
    if not hunks:
        return Circumstances(metadata=metadata, status_lines=status)
    files = tuple((change.path, change.kind.value) for change in changed(desk, facts))
    return Circumstances(metadata=metadata, files=files, status_lines=status, hunks=facts.work.hunks if facts.work else ())


def _put(desk: Desk, evidence: EvidenceFiles, seen: Seen, raw: bytes, draft: Draft) -> Written:
    if _read(desk) != seen.raw:
        raise Unstable("the diff log changed while this one was being made", "look at what is there, then say it again")
    evidence.replace(desk.governed.places.diff_log, raw)
    log = log_of(parse_difflog(raw))
    return Written(
        status=draft.status,
        phase=draft.phase,
        digest=digest_of_bytes(raw),
        files=tuple(path for path, _ in draft.files),
        previous=draft.previous,
        placeholders=_unfilled(log) if log else 0,
    )


def _unfilled(log: DiffLog) -> int:
    # What is left to be said behind a label is no placeholder of A5: there A7 asks for a result.
    return len(log.placeholders) + sum(item.text.startswith("TODO") for item in log.verification.items)


def _read(desk: Desk) -> Content:
    return desk.governed.files.read(desk.governed.places.diff_log, OVERSIZE * desk.settings.limits.document_bytes)
