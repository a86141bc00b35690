"""Token files in both forms: the line, which anyone can write, and the signed request, which begins with `{` (ledger.md section 2).

The least tier of an action is the operator's word: where it is above T0 the line is refused, however right it is.
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass, replace

from forgewatch.core.approval import APPROVED, ApprovalFacts, Disagreement, judge_approval, task_of
from forgewatch.core.approval_contract import is_task
from forgewatch.core.authority import AuthorityRules, Granted, Tier, Verify, judge_signed
from forgewatch.core.authority_request import SIGNED, Wanted, is_signed_form, parse_signed_request
from forgewatch.core.canonical import digest_of_bytes
from forgewatch.core.events import ApprovalJudged
from forgewatch.core.values import CommitId, Content, Digest, Refused, RepoPath, Unreadable

CONTRACT = "contract"
"""The name under which the digest of a task's approval.md stands in the request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """What decides about a token besides the facts of the repository. `rules` is Unreadable where the operator's files cannot be believed.
    `repository` is the name of its state folder, `used` the nonces that were consumed."""

    repository: str
    rules: AuthorityRules | Unreadable
    verify: Verify
    used: Container[str] = ()


def approved_facts(repository: str, task: str, base: CommitId | None, contract: Digest) -> Wanted:
    """Return what a request to approve a task must say: the commit it starts from, and the bytes of its contract."""
    return Wanted(action=APPROVED, repository=repository, subject=task, base=base, extra=((CONTRACT, contract),))


def judge_token_file(
    path: RepoPath,
    raw: Content,
    facts: ApprovalFacts,
    authority: Authority,
    at: str,
    *,
    contract: Content,
) -> ApprovalJudged | None:
    """Return the answer about a token file in either form, None when it is not there.

    `contract` is the approval.md beside it, for APPROVED. A signed AUTHORIZED is refused: which tree it must be about, only
    `judge_request_file` is told. Nothing is authorized here.
    """
    judged = judge_approval(path, raw, facts, at)
    if judged is None or not isinstance(raw, bytes):
        return judged
    if not is_signed_form(raw):
        against = below_least(judged.kind, authority.rules) if judged.accepted else None
        return judged if against is None else _refused(judged, against)
    task = task_of(path)
    if task is None:
        return _refused(judged, Disagreement("form", "AUTHORIZED:<phase slug>:<entry>", "a signed request"))
    found = judge_request_file(raw, approved_wanted(authority.repository, task, facts.head, contract), authority, at)
    if isinstance(found, Disagreement):
        return _refused(judged, found)
    return replace(judged, accepted=True, field="", expected="", actual="")


def approved_wanted(repository: str, task: str, head: CommitId | None, contract: Content) -> Wanted | Disagreement:
    """Return the facts for the signed approval of a task, or what keeps anything from being approved."""
    if not is_task(task):
        return Disagreement("task", "a folder named with letters, digits, '.', '_' and '-'", task)
    if not isinstance(contract, bytes):
        why = contract.why if isinstance(contract, Unreadable) else "not there"
        return Disagreement(CONTRACT, "approval.md beside it", why)
    return approved_facts(repository, task, head, digest_of_bytes(contract))


def believed_rules(rules: AuthorityRules | Unreadable) -> AuthorityRules | Disagreement:
    """Return the operator's rules, or that their files cannot be believed: then no word counts."""
    return Disagreement("authority", "the operator's rules", rules.why) if isinstance(rules, Unreadable) else rules


def below_least(action: str, rules: AuthorityRules | Unreadable) -> Disagreement | None:
    """Return why a token line, T0, does not reach the least tier of its action; None when it does."""
    believed = believed_rules(rules)
    if isinstance(believed, Disagreement):
        return believed
    least = believed.least(action)
    return (
        None
        if least is Tier.T0
        else Disagreement("tier", f"{least.name}, a signed request", f"{Tier.T0.name}, a line that anyone can write")
    )


def judge_request_file(raw: bytes, wanted: Wanted | Disagreement, authority: Authority, at: str) -> Granted | Disagreement:
    """Return what the signed request of a token file is worth; a disagreement in place of the facts is the answer."""
    if isinstance(wanted, Disagreement):
        return wanted
    rules = believed_rules(authority.rules)
    if isinstance(rules, Disagreement):
        return rules
    signed = parse_signed_request(raw)
    if isinstance(signed, Refused):
        return Disagreement("form", f"a file of schema {SIGNED}", signed.why)
    return judge_signed(signed, wanted, rules, authority.verify, authority.used, at)


def _refused(judged: ApprovalJudged, against: Disagreement) -> ApprovalJudged:
    return replace(judged, accepted=False, field=against.field, expected=against.expected, actual=against.actual)
