"""Token files in both forms: the least tier, the signed approval, and each kind of token in the place of each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from forgewatch.adapters.ssh_signatures import verifies
from forgewatch.core.allowed_signers import AllowedSigners, Revoked, parse_allowed_signers
from forgewatch.core.approval import ApprovalFacts, Disagreement, parse_token
from forgewatch.core.authority import AuthorityRules, Granted, Tier
from forgewatch.core.authority_request import Request, SignedRequest, Wanted, request_of
from forgewatch.core.canonical import digest_of_bytes
from forgewatch.core.events import ApprovalJudged
from forgewatch.core.places import ACTIONS, FORGE, TOKENS
from forgewatch.core.ssh_keys import fingerprint_of
from forgewatch.core.token_files import Authority, approved_facts, judge_request_file, judge_token_file
from forgewatch.core.values import Absent, CommitId, Content, RepoPath, Unreadable
from tests.core.test_approval import AT, GOOD, GOOD_AUTHORIZED, HEX, NEWEST, PATH
from tests.support.answers import HEAD
from tests.support.ssh import allowed, software_public, software_sign

CONTRACT = b"# the contract\n"
REPOSITORY = "shop-0123456789abcdef"
FACTS = ApprovalFacts(head=HEAD, newest=NEWEST)
WANTED = approved_facts(REPOSITORY, "add-login", HEAD, digest_of_bytes(CONTRACT))
OTHER = CommitId("2" * 40)


def rules(least: Mapping[str, int] = {}, revoked: frozenset[str] = frozenset()) -> AuthorityRules:
    found = parse_allowed_signers(allowed({"alice": software_public(1), "bob": software_public(2)}).encode())
    assert isinstance(found, AllowedSigners)
    return AuthorityRules(signers=found, revoked=Revoked(revoked), tiers={name: Tier(tier) for name, tier in least.items()})


def authority(chosen: AuthorityRules | Unreadable | None = None, used: frozenset[str] = frozenset()) -> Authority:
    return Authority(repository=REPOSITORY, rules=rules() if chosen is None else chosen, verify=verifies, used=used)


def request(facts: Wanted = WANTED) -> Request:
    return request_of(facts, nonce="0f" * 16, not_before="2026-11-20T11:00:00Z", expires="2026-11-20T13:00:00Z")


def signed(facts: Wanted = WANTED, *numbers: int) -> bytes:
    raw = request(facts).to_bytes()
    return SignedRequest(raw, tuple(software_sign(number, raw) for number in numbers or (1,))).to_bytes()


def judged(
    raw: Content,
    by: Authority | None = None,
    *,
    path: RepoPath = PATH,
    facts: ApprovalFacts = FACTS,
    contract: Content = CONTRACT,
) -> ApprovalJudged:
    found = judge_token_file(path, raw, facts, by or authority(), AT, contract=contract)
    assert found is not None
    assert found.digest == (digest_of_bytes(raw) if isinstance(raw, bytes) else None)
    assert found.accepted == (found.field == "")
    return found


def told(found: ApprovalJudged) -> tuple[str, str, str]:
    return found.field, found.expected, found.actual


def test_a_signed_approval_of_this_task_commit_and_contract_is_accepted() -> None:
    found = judged(signed())
    assert (found.accepted, found.kind, found.subject, found.path, found.at) == (True, "APPROVED", "add-login", PATH, AT)
    assert judged(signed(), authority(rules({"APPROVED": 1}))).accepted


def test_a_file_that_is_not_there_has_no_answer() -> None:
    assert judge_token_file(PATH, Absent(), FACTS, authority(), AT, contract=CONTRACT) is None


def test_a_line_is_judged_as_ever_where_nothing_has_to_be_signed() -> None:
    assert judged(GOOD).accepted
    assert judged(GOOD_AUTHORIZED, path=FORGE.authorized).accepted
    assert told(judged(GOOD.replace(b"add-login", b"other"))) == ("task", "add-login", "other")
    assert told(judged(Unreadable("is a FIFO"))) == ("file", "a regular file", "is a FIFO")


@pytest.mark.req("S000-M-8")
@pytest.mark.parametrize("tier", [1, 2, 3])
def test_a_line_where_a_signature_is_the_least_is_refused_with_both_tiers(tier: int) -> None:
    by = authority(rules({"APPROVED": tier, "AUTHORIZED": tier}))
    expected = ("tier", f"T{tier}, a signed request", "T0, a line that anyone can write")
    assert told(judged(GOOD, by)) == expected
    assert told(judged(GOOD_AUTHORIZED, by, path=FORGE.authorized)) == expected
    assert told(judged(GOOD.replace(b"add-login", b"other"), by))[0] == "task"


def test_the_least_tier_of_one_action_is_not_that_of_another() -> None:
    by = authority(rules({"AUTHORIZED": 1}))
    assert judged(GOOD, by).accepted
    assert not judged(GOOD_AUTHORIZED, by, path=FORGE.authorized).accepted


def test_rules_that_cannot_be_believed_accept_nothing() -> None:
    by = authority(Unreadable("the file is writable for others"))
    for raw in (GOOD, signed()):
        assert told(judged(raw, by)) == ("authority", "the operator's rules", "the file is writable for others")


@pytest.mark.req("S000-M-8")
@pytest.mark.parametrize(
    ("raw", "field", "actual"),
    [
        (signed(replace(WANTED, action="AUTHORIZED")), "action", "AUTHORIZED"),
        (signed(replace(WANTED, repository="other")), "repository", "other"),
        (signed(replace(WANTED, subject="other")), "subject", "other"),
        (signed(replace(WANTED, base=OTHER)), "base", OTHER),
        (signed(replace(WANTED, extra=())), "contract", "none"),
        (signed(approved_facts(REPOSITORY, "add-login", HEAD, digest_of_bytes(b"earlier"))), "contract", digest_of_bytes(b"earlier")),
        (signed(WANTED, 9), "key", fingerprint_of(software_public(9))),
        (SignedRequest(request().to_bytes(), ()).to_bytes(), "signatures", "0"),
        (b"{}", "form", "expected an object of schema forgewatch/signed-request/v1 with request and signatures"),
    ],
)
def test_a_signed_approval_of_something_else_is_refused_by_its_field(raw: bytes, field: str, actual: str) -> None:
    found = judged(raw)
    assert (found.accepted, found.field, found.actual) == (False, field, actual)


@pytest.mark.req("S000-A-4")
def test_a_later_edit_of_the_contract_voids_what_was_signed() -> None:
    edited = CONTRACT + b"- [x] more\n"
    assert told(judged(signed(), contract=edited)) == ("contract", digest_of_bytes(edited), digest_of_bytes(CONTRACT))
    assert told(judged(signed(), contract=Absent())) == ("contract", "approval.md beside it", "not there")
    assert told(judged(signed(), contract=Unreadable("is a symlink"))) == ("contract", "approval.md beside it", "is a symlink")


@pytest.mark.req("S000-P1-2")
def test_a_commit_voids_what_was_signed() -> None:
    assert told(judged(signed(), facts=replace(FACTS, head=OTHER))) == ("base", OTHER, HEAD)
    assert told(judged(signed(), facts=replace(FACTS, head=None))) == ("base", "none", HEAD)


def test_a_task_folder_with_an_odd_name_cannot_be_approved_by_a_signature() -> None:
    found = judged(signed(), path=RepoPath(".ai-stack-trace/a b/contract/APPROVED"))
    assert (found.field, found.actual) == ("task", "a b")


def test_a_revoked_key_and_a_used_nonce_are_refused() -> None:
    key = fingerprint_of(software_public(1))
    assert told(judged(signed(), authority(rules(revoked=frozenset({key}))))) == ("revoked", "a key that is not revoked", key)
    assert judged(signed(), authority(used=frozenset({"0f" * 16}))).field == "nonce"


def test_too_few_people_are_refused_by_the_threshold() -> None:
    by = authority(rules({"APPROVED": 3}))
    assert told(judged(signed(), by)) == ("threshold", "2 distinct principals", "1: alice")
    assert judged(signed(WANTED, 1, 2), by).accepted


def test_a_signed_authorization_is_accepted_only_where_it_is_known_what_it_must_be_about() -> None:
    facts = Wanted(action="AUTHORIZED", repository=REPOSITORY, subject="phase-3-auth", base=HEAD, entry=NEWEST.leaf)
    raw = signed(facts)
    assert told(judged(raw, path=FORGE.authorized)) == ("form", "AUTHORIZED:<phase slug>:<entry>", "a signed request")
    assert isinstance(judge_request_file(raw, facts, authority(), AT), Granted)
    refused = judge_request_file(raw, replace(facts, subject="phase-4"), authority(), AT)
    assert isinstance(refused, Disagreement) and refused.field == "subject"


BOUND = {"APPROVED": f"add-login:{HEAD}", "AUTHORIZED": f"phase-3-auth:{HEX}"}
PLACES = {"APPROVED": PATH, "AUTHORIZED": FORGE.authorized}
KINDS = ("APPROVED", *TOKENS)


@pytest.mark.req("S002-12-3")
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("kind", KINDS)
def test_a_token_of_one_kind_in_the_place_of_another_is_refused(kind: str, place: str) -> None:
    wanted = WANTED if place == "APPROVED" else Wanted(action="AUTHORIZED", repository=REPOSITORY, subject="phase-3-auth", base=HEAD)
    line = judged(f"{kind}:{BOUND[place]}\n".encode(), path=PLACES[place])
    request_ = judge_request_file(signed(replace(wanted, action=kind)), wanted, authority(), AT)
    assert (line.accepted, isinstance(request_, Granted)) == (kind == place, kind == place)
    assert kind == place or (line.field, request_) == ("form", Disagreement("action", place, kind))
    assert line.kind == place


@pytest.mark.parametrize("slot", KINDS)
@pytest.mark.parametrize("kind", KINDS)
def test_the_line_of_each_kind_is_read_in_its_own_slot_only(kind: str, slot: str) -> None:
    found = parse_token(slot, f"{slot}:<subject>:<hex>", f"{kind}:subject:{HEAD}\n".encode())
    assert isinstance(found, Disagreement) is (kind != slot)
    assert not isinstance(found, Disagreement) or (found.field, found.actual) == ("form", f"{kind}:subject:{HEAD}")


@pytest.mark.parametrize("slot", ACTIONS)
@pytest.mark.parametrize("kind", ACTIONS)
def test_the_signed_request_of_each_kind_holds_in_its_own_slot_only(kind: str, slot: str) -> None:
    found = judge_request_file(signed(replace(WANTED, action=kind)), replace(WANTED, action=slot), authority(), AT)
    assert isinstance(found, Granted) is (kind == slot)
    assert isinstance(found, Granted) or found == Disagreement("action", slot, kind)
