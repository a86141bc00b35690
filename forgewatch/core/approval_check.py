"""Whether a task is approved now: the contract, the machine gate file and the record, field by field (S000-P1-1, S000-P1-2, S000-A-4).

A later edit of the contract voids an approval, and so does a commit: both digests stand in what was signed, or in the record.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from forgewatch.core.approval import APPROVED, ApprovalFacts, Disagreement
from forgewatch.core.approval_contract import ApprovalContract, Row, compared, contract_path, parse_contract, token_path
from forgewatch.core.authority import Granted, Tier
from forgewatch.core.authority_request import is_signed_form
from forgewatch.core.canonical import digest_of_bytes
from forgewatch.core.defect import Defect
from forgewatch.core.events import ApprovalSigned
from forgewatch.core.token_files import Authority, approved_wanted, judge_request_file, judge_token_file
from forgewatch.core.values import Absent, CommitId, Content, Unreadable

_SIGN = "forgewatch approve sign"


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Everything that says whether `task` is approved. `name` is the repository's folder, `given` the newest approval in the journal."""

    task: str
    name: str
    head: CommitId | None
    contract: Content
    token: Content
    given: ApprovalSigned | None
    authority: Authority
    at: str


@dataclass(frozen=True, slots=True)
class Checked:
    """The fields with both sides. `tier` None: there is no valid token. `contract` None: it cannot be read."""

    rows: tuple[Row, ...]
    tier: Tier | None
    principals: tuple[str, ...]
    contract: ApprovalContract | None

    @property
    def valid(self) -> bool:
        """True when every field agrees."""
        return all(row.agrees for row in self.rows)


def check_approval(held: Held) -> Checked:
    """Return every field of an approval beside what it must be: 1 the contract, 2 the gate file, 3 what the record knows of it."""
    contract, rows = _contract(held)
    worth, token = _token(held)
    recorded = _record(held) if worth is not None and worth[0] is Tier.T0 else ()
    tier, principals = worth or (None, ())
    return Checked((*rows, *token, *recorded), tier, principals, contract)


def read_held(held: Held) -> ApprovalContract | Row:
    """Return the contract, or the row that says why there is none."""
    expected = "a contract, forgewatch approve init"
    match held.contract:
        case Absent():
            return Row(contract_path(held.task), expected, "not there", agrees=False)
        case Unreadable(why=why):
            return Row(contract_path(held.task), expected, why, agrees=False)
        case raw:
            found = parse_contract(raw)
            return Row(contract_path(held.task), expected, str(found), agrees=False) if isinstance(found, Defect) else found


def _contract(held: Held) -> tuple[ApprovalContract | None, tuple[Row, ...]]:
    contract = read_held(held)
    if isinstance(contract, Row):
        return None, (contract,)
    disputes = (
        Row(f"line {dispute.line}: {dispute.field}" if dispute.line else dispute.field, dispute.expected, dispute.actual, agrees=False)
        for dispute in contract.disputes
    )
    return contract, (*disputes, *compared(contract, task=held.task, repository=held.name, head=held.head))


def _token(held: Held) -> tuple[tuple[Tier, tuple[str, ...]] | None, tuple[Row, ...]]:
    path = token_path(held.task)
    if isinstance(held.token, bytes) and is_signed_form(held.token):
        wanted = approved_wanted(held.authority.repository, held.task, held.head, held.contract)
        found = judge_request_file(held.token, wanted, held.authority, held.at)
        return _signed(found)
    facts = ApprovalFacts(head=held.head, newest=None)
    judged = judge_token_file(path, held.token, facts, held.authority, held.at, contract=held.contract)
    if judged is None:
        return None, (Row(APPROVED, f"a token or a signed request, {_SIGN}", "not there", agrees=False),)
    if not judged.accepted:
        return None, (Row(f"{APPROVED}: {judged.field}", judged.expected, judged.actual, agrees=False),)
    line = f"{APPROVED}:{held.task}:{held.head}"
    return (Tier.T0, ()), (Row(APPROVED, line, line, agrees=True),)


def _signed(found: Granted | Disagreement) -> tuple[tuple[Tier, tuple[str, ...]] | None, tuple[Row, ...]]:
    if isinstance(found, Disagreement):
        return None, (Row(f"{APPROVED}: {found.field}", found.expected, found.actual, agrees=False),)
    request = found.request
    told = f"{found.tier.name} by {', '.join(found.principals)}, until {request.expires}"
    return (found.tier, found.principals), (Row(APPROVED, "a signed request for this task, commit and contract", told, agrees=True),)


def _record(held: Held) -> Iterable[Row]:
    """A line says nothing of the contract: what it was when somebody approved it, only the record knows."""
    given = held.given
    if given is None:
        return (Row("record", f"an approval by a person, {_SIGN}", "none", agrees=False),)
    now = digest_of_bytes(held.contract) if isinstance(held.contract, bytes) else "none"
    return (
        Row("record: base sha", str(held.head), given.base, given.base == held.head),
        Row("record: contract", f"{given.contract}, as it was approved", now, given.contract == now),
    )
