"""The token file AUTHORIZED, watched like the diff log: a line (T0) or a signed request (ledger.md section 2; contract §10.4).

Each state of the file is answered once. What is accepted is recorded as an authorization, before anything follows from it.
"""

from __future__ import annotations

from forgewatch.app.approvals import authority_of, read_token
from forgewatch.app.authority import Considered, authorize, authorize_signed, consider
from forgewatch.app.desk import Desk
from forgewatch.app.heads import follow_head
from forgewatch.core.approval import AUTHORIZED, ApprovalFacts, Disagreement, judge_approval
from forgewatch.core.authority_events import Means, TokenFile
from forgewatch.core.authority_request import is_signed_form, parse_signed_request
from forgewatch.core.canonical import digest_of_bytes
from forgewatch.core.events import ApprovalJudged, Recorded
from forgewatch.core.record_state import RecordState
from forgewatch.core.token_files import believed_rules
from forgewatch.core.values import Absent, Content, Digest, Refused, RepoPath, Unreadable


def answer_authorized(desk: Desk, path: RepoPath) -> tuple[Recorded, ...]:
    """Answer the token file at `path` and record what follows; nothing when it is not there or has its answer.

    Raises EnvironmentFault when the machine keeps us from the facts: then it has no answer yet.
    """
    record = desk.governed.record
    raw = read_token(desk.governed.files, path)
    if isinstance(raw, Absent) or _is_answered(record.state(), path, raw):
        return ()
    answer = _answer(desk, path, raw)
    if isinstance(answer, Recorded):
        return (answer, *follow_head(desk))
    return (record.record_approval(answer),)


def _answer(desk: Desk, path: RepoPath, raw: bytes | Unreadable) -> Recorded | ApprovalJudged:
    considered = consider(desk)
    at, work = desk.clock.now(), considered.state.work
    if isinstance(raw, bytes) and is_signed_form(raw):
        answer = _by_signature(desk, considered, raw, TokenFile(path, digest_of_bytes(raw)))
    else:
        # What it must be of HEAD and tree is compared below, with captured facts.
        judged = judge_approval(path, raw, ApprovalFacts(head=work.head if work else None, newest=work), at)
        if not isinstance(raw, bytes) or judged is None or not judged.accepted:
            return judged or _refused(path, raw, considered.subject, Disagreement("file", "a token", "nothing"), at)
        answer = authorize(desk, considered, "", Means.TOKEN, TokenFile(path, digest_of_bytes(raw)))
    return answer if isinstance(answer, Recorded) else _refused(path, raw, considered.subject, answer, at)


def _by_signature(desk: Desk, considered: Considered, raw: bytes, file: TokenFile) -> Recorded | Disagreement:
    signed, authority = parse_signed_request(raw), authority_of(desk.governed, desk.settings)
    if isinstance(signed, Refused):
        return Disagreement("form", "a signed request", signed.why)
    rules = believed_rules(authority.rules)
    if isinstance(rules, Disagreement):
        return rules
    return authorize_signed(desk, considered, signed, rules, authority.verify, file)


def _is_answered(state: RecordState, path: RepoPath, raw: Content) -> bool:
    seen = state.approvals.get(path)
    if seen is None:
        return False
    return seen.digest == _digest(raw) and (isinstance(raw, bytes) or (isinstance(raw, Unreadable) and seen.actual == raw.why))


def _refused(path: RepoPath, raw: Content, subject: str, against: Disagreement, at: str) -> ApprovalJudged:
    return ApprovalJudged(
        at=at,
        path=path,
        kind=AUTHORIZED,
        subject=subject,
        accepted=False,
        field=against.field,
        expected=against.expected,
        actual=against.actual,
        digest=_digest(raw),
    )


def _digest(raw: Content) -> Digest | None:
    return digest_of_bytes(raw) if isinstance(raw, bytes) else None
