"""Approvals of tasks by a person: what is held of one, and how it becomes a token (ledger.md section 2; gated_apply).

Nothing here decides to approve: whoever calls has asked a person.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from forgewatch.app.approvals import authority_of, read_token
from forgewatch.app.auditing import Governed
from forgewatch.core.approval import APPROVED, Disagreement
from forgewatch.core.approval_check import Held
from forgewatch.core.approval_contract import contract_path, token_path
from forgewatch.core.authority import Granted
from forgewatch.core.authority_request import SignedRequest, is_signed_form, parse_request, parse_signed_request, request_of
from forgewatch.core.canonical import digest_of_bytes
from forgewatch.core.events import ApprovalJudged, ApprovalSigned, Recorded
from forgewatch.core.limits import LIMITS
from forgewatch.core.ports import Clock, EvidenceFiles
from forgewatch.core.settings import Settings
from forgewatch.core.token_files import approved_wanted, judge_request_file
from forgewatch.core.values import CommitId, Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who approves, and where it was said."""

    actor: str
    uid: int
    host: str


def hold(
    governed: Governed, settings: Settings, task: str, *, head: CommitId | None, clock: Clock, given: ApprovalSigned | None = None
) -> Held:
    """Read what is held of the approval of `task` now. `given` is its newest approval in the journal."""
    return Held(
        task=task,
        name=governed.root.rpartition("/")[2],
        head=head,
        contract=governed.files.read(contract_path(task), LIMITS.document_bytes),
        token=read_token(governed.files, token_path(task)),
        given=given,
        authority=authority_of(governed, settings),
        at=clock.now(),
    )


def new_request(held: Held, *, nonce: str, days: int) -> SignedRequest | Disagreement:
    """Return the unsigned request to approve a task for so many days from now."""
    wanted = approved_wanted(held.authority.repository, held.task, held.head, held.contract)
    if isinstance(wanted, Disagreement):
        return wanted
    expires = (datetime.fromisoformat(held.at) + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")
    return SignedRequest(request_of(wanted, nonce=nonce, not_before=held.at, expires=expires).to_bytes(), ())


def request_to_join(held: Held) -> SignedRequest | Disagreement:
    """Return the signed request that is there, for one more signature; or the first thing in it that is not so any more."""
    if not isinstance(held.token, bytes) or not is_signed_form(held.token):
        return Disagreement(APPROVED, "a signed request to add to", "none")
    signed = parse_signed_request(held.token)
    request = parse_request(signed.request) if isinstance(signed, SignedRequest) else signed
    if isinstance(signed, Refused) or isinstance(request, Refused):
        return Disagreement("form", "a signed request", request.why if isinstance(request, Refused) else "another file")
    wanted = approved_wanted(held.authority.repository, held.task, held.head, held.contract)
    against = wanted if isinstance(wanted, Disagreement) else wanted.disagreement(request)
    if against is None and request.expires <= held.at:
        against = Disagreement("expiry", f"a time to come, it is {held.at}", request.expires)
    return signed if against is None else against if isinstance(against, Disagreement) else Disagreement(*against)


def worth_of(signed: SignedRequest, held: Held) -> Granted | Disagreement:
    """Return what a signed request to approve the task is worth now."""
    wanted = approved_wanted(held.authority.repository, held.task, held.head, held.contract)
    return judge_request_file(signed.to_bytes(), wanted, held.authority, held.at)


def refuse_approval(governed: Governed, held: Held, against: Disagreement) -> Recorded:
    """Record that what a person brought to approve the task was refused, and why. Raises LedgerUnwritable, TamperDetected."""
    return governed.record.tell(
        ApprovalJudged(
            at=held.at,
            path=contract_path(held.task),
            kind=APPROVED,
            subject=held.task,
            accepted=False,
            field=against.field,
            expected=against.expected,
            actual=against.actual,
            digest=digest_of_bytes(held.contract) if isinstance(held.contract, bytes) else None,
        )
    )


def give_approval(
    governed: Governed, evidence: EvidenceFiles, held: Held, person: Person, granted: Granted | None, token: bytes
) -> Recorded:
    """Record that a person approved the task as it is held, and write its gate file. Raises LedgerUnwritable, TamperDetected.

    1. the record: from here on it is known what was approved
    2. the file: if we crash before it, nothing is approved yet, and approving again is right
    """
    if held.head is None or not isinstance(held.contract, bytes):
        raise AssertionError("without a commit and a contract nothing can be approved")
    recorded = governed.record.tell(
        ApprovalSigned(
            at=held.at,
            task=held.task,
            base=held.head,
            contract=digest_of_bytes(held.contract),
            actor=person.actor,
            uid=person.uid,
            host=person.host,
            tier=int(granted.tier) if granted else 0,
            principals=granted.principals if granted else (),
            nonce=granted.request.nonce if granted else "",
        )
    )
    evidence.replace(token_path(held.task), token)
    return recorded
