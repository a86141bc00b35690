"""Judging while HEAD moves: what was committed is recorded before the audit that saw it (contract §10.4, C-04, A6).

  1. HEAD is read, and what its commits mean is recorded
  2. the worker judges, unless the diff log is about work that is committed with authority by now
  3. where it stood on another HEAD, one came in between: that one is followed too, and the work is judged anew
An audit measured from an anchor that has moved would blame the builder for an authorized commit, and a FAIL that is recorded before the
commit takes the halt away that the commit broke. If we crash here nothing is recorded but what HEAD's commits mean.
"""

from __future__ import annotations

from dataclasses import dataclass

from forgewatch.app.auditing import Judged, Question, judge_once, record_judged
from forgewatch.app.desk import Desk
from forgewatch.app.heads import follow_head, judged_otherwise
from forgewatch.app.record import Record
from forgewatch.core.canonical import digest_of_bytes
from forgewatch.core.difflog_parser import parse_difflog
from forgewatch.core.errors import EnvironmentFault
from forgewatch.core.events import AuditRecorded, Recorded, Trigger
from forgewatch.core.readings import log_of
from forgewatch.core.record_state import RecordState
from forgewatch.core.report import Committed, Failed, Report
from forgewatch.core.values import CommitId
from forgewatch.core.verdict import Outcome

ROUNDS = 3
"""Audits of one question at most: whoever commits faster than that is judged as he stands."""


@dataclass(frozen=True, slots=True)
class _Followed:
    head: CommitId | None
    told: tuple[Recorded, ...]


def judge_followed(desk: Desk, question: Question) -> tuple[Judged | Committed, tuple[Recorded, ...]]:
    """Judge, with every commit that the audit saw recorded before; return the answer and what was recorded of commits.

    Raises ForgewatchError: what was recorded of commits stays.
    """
    told: tuple[Recorded, ...] = ()
    for _ in range(ROUNDS):
        # 1.
        followed = _follow(desk)
        told += followed.told if followed else ()
        # 2.
        answer = _closed(desk, question) or judge_once(desk.governed, desk.settings, desk.auditor, desk.clock, question)
        # 3.
        if followed is None or _stood_on(answer, followed.head):
            break
    return answer, told


def audit_cycle(desk: Desk, *, document: bytes, trigger: Trigger) -> tuple[Recorded | Committed, tuple[Recorded, ...]]:
    """Audit these bytes and record the result; return it, or the commit that holds the work already, and what was recorded of HEAD's
    commits before. Raises ForgewatchError when the result was not recorded."""
    judged, told = judge_followed(desk, Question(document=document, cycle=trigger.cycle, skip_committed=True))
    if isinstance(judged, Committed):
        return judged, told
    with desk.governed.record.exclusive():
        # A command may have passed it while we judged, and the work may be committed since: then that is the answer.
        return passed_by_hand(desk, trigger, document) or record_judged(desk.governed, judged, trigger), told


def passed_by_hand(desk: Desk, trigger: Trigger, document: bytes) -> Recorded | None:
    """Return the newest entry where it is a PASS that a command recorded in this cycle for the same log, claim and test record, by our own
    settings. A FAIL by hand is judged again: what it blames may be mended, and the log need not change for that."""
    state = desk.governed.record.state()
    work = state.work
    if work is None or work.trigger is not None or work.outcome is not Outcome.PASS or work.seq < state.opened_at:
        return None
    if (state.cycle, work.document, work.record) != (trigger.cycle, trigger.document, trigger.record) or judged_otherwise(desk, state):
        return None
    event, log = desk.governed.record.event_at(work.seq), log_of(parse_difflog(document))
    claimed = event.report.claimed if isinstance(event, AuditRecorded) and event.report else None
    return Recorded(seq=work.seq, leaf=work.leaf, event=event) if log is not None and claimed == log.claim.paths else None


def authorized_work(record: Record, state: RecordState, answer: Report | Failed, question: Question) -> Recorded | None:
    """Return the entry of the work that was asked about where it is committed with authority and nothing is changed since, None otherwise:
    measured from that commit, it would fail for claiming what is not changed any more.

    Only for who asks what the diff log says; a claim, a base or a stricter profile of the caller's is another question.
    """
    if not isinstance(answer, Report) or answer.changed or question.given is not None or answer.against is not None:
        return None
    done = None if state.authority.closed is None else state.entries.get(state.authority.closed)
    if done is None or state.closed_log != answer.difflog.digest or _is_head_unauthorized(answer):
        return None
    event = record.event_at(done.seq)
    same = isinstance(event, AuditRecorded) and event.report is not None and event.report.profile == answer.profile
    return Recorded(seq=done.seq, leaf=done.leaf, event=event) if same else None


def _is_head_unauthorized(answer: Report) -> bool:
    return any(result.code == "A6" and result.blocks for result in answer.audit.results)


def _follow(desk: Desk) -> _Followed | None:
    """Return None where HEAD cannot be read or followed now: the audit is going to see that too, and says it."""
    try:
        head = desk.governed.head()
        return _Followed(head, follow_head(desk))
    except EnvironmentFault:
        return None


def _closed(desk: Desk, question: Question) -> Committed | None:
    """Return the authorized commit of the work that the document is about: whoever comes late, or finds a newer test record, would fail
    it for claiming what is not changed any more. A diff log need not be in the commit."""
    state = desk.governed.record.state()
    if not question.skip_committed or question.document is None or state.anchor is None or question.cycle != state.cycle:
        return None
    return Committed(head=state.anchor) if digest_of_bytes(question.document) == state.closed_log else None


def _stood_on(answer: Judged | Committed, head: CommitId | None) -> bool:
    """True when no other HEAD than this one was judged."""
    return isinstance(answer, Committed) or not isinstance(answer.answer, Report) or answer.answer.head == head
