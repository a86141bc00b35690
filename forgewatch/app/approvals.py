"""Approval files, watched like the diff log: read, compared with the facts, answered once (ledger.md section 2; C-13)."""

from __future__ import annotations

from forgewatch.app.record import Record
from forgewatch.core.approval import TOKEN_LIMIT, ApprovalFacts, judge_approval
from forgewatch.core.events import Recorded
from forgewatch.core.ports import Clock, TreeFiles
from forgewatch.core.values import CommitId, RepoPath


def answer_approval(path: RepoPath, *, files: TreeFiles, record: Record, clock: Clock, head: CommitId | None) -> Recorded | None:
    """Read the token file at `path`, compare it with HEAD and the newest entry, and record the answer.

    None when the file is not there, or when this state of it has its answer: nothing is to be announced then. Nothing is executed and
    nothing is authorized by an accepted one. Raises LedgerUnwritable, TamperDetected.
    """
    state = record.state()
    judged = judge_approval(path, files.read(path, TOKEN_LIMIT), ApprovalFacts(head=head, newest=state.last_entry), clock.now())
    if judged is None or state.has_answered(judged):
        return None
    return record.record_approval(judged)
