"""Approval files, watched like the diff log: read, compared with the facts, answered once (ledger.md section 2; C-13)."""

from __future__ import annotations

from forgewatch.app.auditing import Governed
from forgewatch.app.record import Record
from forgewatch.core.approval import TOKEN_LIMIT, ApprovalFacts, task_of
from forgewatch.core.approval_contract import contract_path
from forgewatch.core.authority import AuthorityRules
from forgewatch.core.authority_request import SIGNED_BYTES, is_signed_form
from forgewatch.core.errors import EnvironmentFault
from forgewatch.core.events import Recorded
from forgewatch.core.limits import LIMITS
from forgewatch.core.ports import Clock, TreeFiles
from forgewatch.core.settings import Settings
from forgewatch.core.sshsig import SshSignature
from forgewatch.core.token_files import Authority, judge_token_file
from forgewatch.core.values import Absent, CommitId, Content, RepoPath, Unreadable


def repository_name(governed: Governed) -> str:
    """Return how requests and checkpoints name the repository: as its state folder."""
    return governed.folder.rstrip("/").rpartition("/")[2]


def authority_of(governed: Governed, settings: Settings) -> Authority:
    """Return what decides about tokens in a repository now. Files that cannot be believed are a value in it: then no token is accepted."""
    repository = repository_name(governed)
    if governed.authority is None:
        return Authority(repository=repository, rules=AuthorityRules(), verify=_nobody)
    try:
        rules: AuthorityRules | Unreadable = governed.authority.rules(settings)
    except EnvironmentFault as fault:
        rules = Unreadable(str(fault))
    return Authority(repository=repository, rules=rules, verify=governed.authority.verifies)


def _nobody(_signature: SshSignature, _message: bytes) -> bool:
    return False


UNSIGNED = Authority(repository="", rules=AuthorityRules(), verify=_nobody)
"""Nobody may sign, and every tier is T0."""


def read_token(files: TreeFiles, path: RepoPath) -> Content:
    """Return the bytes of a token file. Only a signed request may be longer than a line."""
    found = files.read(path, TOKEN_LIMIT)
    longer = files.read(path, SIGNED_BYTES) if isinstance(found, Unreadable) else found
    return longer if isinstance(longer, bytes) and is_signed_form(longer) else found


def answer_approval(
    path: RepoPath, *, files: TreeFiles, record: Record, clock: Clock, head: CommitId | None, authority: Authority = UNSIGNED
) -> Recorded | None:
    """Read the token file at `path`, compare it with HEAD and the newest entry, and record the answer.

    None when the file is not there, or when this state of it has its answer: nothing is to be announced then. Nothing is executed and
    nothing is authorized by an accepted one. Raises LedgerUnwritable, TamperDetected.
    """
    state = record.state()
    facts = ApprovalFacts(head=head, newest=state.last_entry)
    task = task_of(path)
    contract = Absent() if task is None else files.read(contract_path(task), LIMITS.document_bytes)
    judged = judge_token_file(path, read_token(files, path), facts, authority, clock.now(), contract=contract)
    if judged is None or state.has_answered(judged):
        return None
    return record.record_approval(judged)
