"""What a signed request is worth: each check in its order, the tiers, and each way to make one key look like several people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from forgewatch.adapters.ssh_signatures import verifies
from forgewatch.core.allowed_signers import AllowedSigners, Revoked, parse_allowed_signers
from forgewatch.core.approval import Disagreement
from forgewatch.core.authority import AuthorityRules, Granted, Tier, judge_signed
from forgewatch.core.authority_request import Request, SignedRequest, Wanted, request_of
from forgewatch.core.places import ACTIONS
from forgewatch.core.ssh_keys import fingerprint_of
from forgewatch.core.sshsig import NAMESPACE
from forgewatch.core.values import CommitId
from tests.support.answers import HEAD, digest
from tests.support.ssh import allowed, hardware_public, hardware_sign, software_public, software_sign

AT = "2026-11-20T12:00:00Z"
FACTS = Wanted(action="AUTHORIZED", repository="shop-0123456789abcdef", subject="phase-3-auth", base=HEAD, tree=digest("tree"))
REQUEST = request_of(FACTS, nonce="0f" * 16, not_before="2026-11-20T11:00:00Z", expires="2026-11-20T13:00:00Z")
ALICE, BOB, CAROL, BOT, HARD = (software_public(1), software_public(2), software_public(3), software_public(4), hardware_public(5))
PEOPLE = {"alice": ALICE, "bob": BOB, "carol": CAROL, "bot": BOT, "dora": HARD}


def signers(lines: Mapping[str, bytes] = PEOPLE, options: str = "") -> AllowedSigners:
    found = parse_allowed_signers(allowed(lines, options).encode())
    assert isinstance(found, AllowedSigners)
    return found


RULES = AuthorityRules(signers=signers(), builders=frozenset({"bot"}))


def signed(*numbers: int, request: Request = REQUEST, touched: bool = True) -> SignedRequest:
    """Return the request signed by software keys; 5 is the hardware key."""
    raw = request.to_bytes()
    flags = 1 if touched else 0
    return SignedRequest(
        raw, tuple(hardware_sign(5, raw, flags=flags) if number == 5 else software_sign(number, raw) for number in numbers)
    )


def judged(
    file: SignedRequest, rules: AuthorityRules = RULES, facts: Wanted = FACTS, at: str = AT, used: frozenset[str] = frozenset()
) -> object:
    """Return (tier, principals), or (field, expected, actual)."""
    found = judge_signed(file, facts, rules, verifies, used, at)
    if isinstance(found, Granted):
        assert found.request == REQUEST
        return found.tier, found.principals
    return found.field, found.expected, found.actual


def least(tier: int, **changes: object) -> AuthorityRules:
    return replace(RULES, tiers={"AUTHORIZED": Tier(tier)}, **changes)  # type: ignore[arg-type]


def test_a_signature_of_somebody_who_may_sign_is_tier_1() -> None:
    assert judged(signed(1)) == (Tier.T1, ("alice",))
    assert judged(signed(1), least(1)) == (Tier.T1, ("alice",))


@pytest.mark.parametrize(
    ("file", "facts", "told"),
    [
        (SignedRequest(b"{}", ()), FACTS, ("form", "a request as forgewatch writes it")),
        (SignedRequest(REQUEST.to_bytes() + b"\n", ()), FACTS, ("form", "a request as forgewatch writes it")),
        (signed(1), replace(FACTS, action="RELEASE"), ("action", "RELEASE", "AUTHORIZED")),
        (signed(1), replace(FACTS, repository="other"), ("repository", "other", "shop-0123456789abcdef")),
        (signed(1), replace(FACTS, subject="phase-4"), ("subject", "phase-4", "phase-3-auth")),
        (signed(1), replace(FACTS, base=CommitId("2" * 40)), ("base", "2" * 40, HEAD)),
        (signed(1), replace(FACTS, tree=digest("now")), ("tree", digest("now"), digest("tree"))),
        (signed(1), replace(FACTS, changes=digest("c")), ("changes", digest("c"), "none")),
        (signed(1), replace(FACTS, entry=digest("e")), ("entry", digest("e"), "none")),
        (signed(1), replace(FACTS, policy=digest("p")), ("policy", digest("p"), "none")),
        (signed(1), replace(FACTS, extra=(("contract", "x"),)), ("contract", "x", "none")),
    ],
)
def test_facts_that_are_not_what_was_signed_are_named(file: SignedRequest, facts: Wanted, told: tuple[str, ...]) -> None:
    found = judged(file, facts=facts)
    assert isinstance(found, tuple)
    assert found[: len(told)] == told


@pytest.mark.parametrize("kind", ACTIONS)
def test_a_request_for_one_action_is_none_for_another(kind: str) -> None:
    for wanted in ACTIONS:
        request = replace(REQUEST, action=kind)
        found = judge_signed(signed(1, request=request), replace(FACTS, action=wanted), RULES, verifies, (), AT)
        assert isinstance(found, Granted) is (wanted == kind)
        assert isinstance(found, Granted) or (found.field, found.expected, found.actual) == ("action", wanted, kind)


@pytest.mark.parametrize(
    ("at", "field"),
    [
        ("2026-11-20T10:59:59Z", "not before"),
        ("2026-11-20T11:00:00Z", ""),
        ("2026-11-20T12:59:59Z", ""),
        ("2026-11-20T13:00:00Z", "expiry"),
    ],
)
def test_a_request_holds_from_its_beginning_until_its_expiry(at: str, field: str) -> None:
    found = judge_signed(signed(1), FACTS, RULES, verifies, (), at)
    assert (found.field if isinstance(found, Disagreement) else "") == field
    assert isinstance(found, Granted) or at in found.expected


def test_a_request_is_used_once() -> None:
    assert judged(signed(1), used=frozenset({REQUEST.nonce})) == ("nonce", "one that was not used yet", f"{REQUEST.nonce}, used before")


def test_without_a_file_of_signers_nobody_can_sign() -> None:
    assert judged(signed(1), AuthorityRules()) == ("allowed signers", "a file named by authority.allowed_signers", "none")


def test_a_request_without_a_signature_is_none() -> None:
    assert judged(signed()) == ("signatures", "at least 1", "0")


OTHER = replace(REQUEST, tree=digest("another tree"))
KEY = fingerprint_of(ALICE)


@pytest.mark.parametrize(
    ("signature", "told"),
    [
        (b"no signature", ("signature", "an SSH signature")),
        (software_sign(1, OTHER.to_bytes()), ("signature", "one over this request", f"one of {KEY} over something else")),
        (software_sign(1, REQUEST.to_bytes() + b"\n"), ("signature", "one over this request", f"one of {KEY} over something else")),
        (software_sign(1, REQUEST.to_bytes(), b"git"), ("namespace", NAMESPACE, "git")),
        (software_sign(1, REQUEST.to_bytes(), b"file"), ("namespace", NAMESPACE, "file")),
        (
            software_sign(9, REQUEST.to_bytes()),
            ("key", f"one that allowed_signers allows for {NAMESPACE} at {AT}", fingerprint_of(software_public(9))),
        ),
        (
            hardware_sign(1, REQUEST.to_bytes(), flags=1),
            ("key", f"one that allowed_signers allows for {NAMESPACE} at {AT}", fingerprint_of(hardware_public(1))),
        ),
    ],
)
def test_each_signature_must_hold_whatever_others_do(signature: bytes, told: tuple[str, ...]) -> None:
    for signatures in ((signature,), (*signed(2).signatures, signature), (signature, *signed(2).signatures)):
        found = judged(SignedRequest(REQUEST.to_bytes(), signatures))
        assert isinstance(found, tuple)
        assert found[: len(told)] == told


def test_a_revoked_key_no_longer_counts_though_it_is_allowed() -> None:
    rules = replace(RULES, revoked=Revoked(frozenset({KEY})))
    assert judged(signed(1), rules) == ("revoked", "a key that is not revoked", KEY)
    assert judged(signed(2), rules) == (Tier.T1, ("bob",))


@pytest.mark.parametrize("options", ['namespaces="git"', 'valid-before="20261119Z"', 'valid-after="20261121Z"'])
def test_a_key_that_may_not_sign_this_now_is_no_key_for_it(options: str) -> None:
    found = judged(signed(1), replace(RULES, signers=signers(options=options)))
    assert found == ("key", f"one that allowed_signers allows for {NAMESPACE} at {AT}", KEY)


def test_a_builder_never_counts_and_alone_is_refused() -> None:
    assert judged(signed(4)) == ("principal", "somebody who is no builder", "bot")
    assert judged(signed(4, 1)) == (Tier.T1, ("alice",))
    assert judged(signed(4, 1), least(3))[:2] == ("threshold", "2 distinct principals")  # type: ignore[index]


@pytest.mark.parametrize("lines", [{"alice,bot": ALICE}, {"*": ALICE}, {"b?t": ALICE}])
def test_a_key_that_may_be_the_builders_is_the_builders(lines: Mapping[str, bytes]) -> None:
    assert judged(signed(1), replace(RULES, signers=signers(lines))) == ("principal", "somebody who is no builder", "bot")


def test_tier_2_wants_the_touch_of_a_hardware_key_for_each_signature() -> None:
    assert judged(signed(5), least(2)) == (Tier.T2, ("dora",))
    assert judged(signed(5, touched=False)) == (Tier.T1, ("dora",))
    told = ("user presence", "the touch of a hardware key for each signature")
    assert judged(signed(5, touched=False), least(2)) == (*told, "none for dora")
    assert judged(signed(1), least(2)) == (*told, "none for alice")
    assert judged(signed(5, 1), least(2)) == (*told, "none for alice")
    assert judged(signed(5, 4), least(2)) == (Tier.T2, ("dora",))


def test_several_people_without_a_touch_are_not_tier_2() -> None:
    assert judged(signed(1, 2), least(2)) == ("user presence", "the touch of a hardware key for each signature", "none for alice")


def test_tier_3_wants_several_people() -> None:
    assert judged(signed(1, 2), least(3)) == (Tier.T3, ("alice", "bob"))
    assert judged(signed(1), least(3)) == ("threshold", "2 distinct principals", "1: alice")
    assert judged(signed(5), least(3)) == ("threshold", "2 distinct principals", "1: dora")
    assert judged(signed(1, 2), least(3, threshold=3)) == ("threshold", "3 distinct principals", "2: alice, bob")
    assert judged(signed(1, 2, 3), least(3, threshold=3)) == (Tier.T3, ("alice", "bob", "carol"))


@pytest.mark.parametrize("threshold", [0, 1])
def test_one_person_is_never_several(threshold: int) -> None:
    assert judged(signed(1), least(3, threshold=threshold)) == ("threshold", "2 distinct principals", "1: alice")


@pytest.mark.parametrize(
    ("lines", "numbers", "people"),
    [
        ({"alice": ALICE}, (1, 1), "1: alice"),
        ({"alice,alice@work": ALICE}, (1,), "1: alice"),
        ({"alice": ALICE, "alice,alice@work": BOB}, (1, 2), "1: alice"),
        ({"alice": ALICE, "carol": CAROL, "alice,carol": BOB}, (1, 3, 2), "1: alice"),
        ({"alice": ALICE, "*@example.com": BOB}, (1, 2), "1: alice"),
        ({"?@example.com": ALICE, "*@example.com": BOB}, (1, 2), "0"),
    ],
    ids=[
        "twice by one key",
        "two names of one key",
        "two keys of one name",
        "a key that joins two",
        "a key of a pattern",
        "two of patterns",
    ],
)
def test_one_person_does_not_become_two(lines: Mapping[str, bytes], numbers: tuple[int, ...], people: str) -> None:
    rules = least(3, signers=signers(lines))
    assert judged(signed(*numbers), rules) == ("threshold", "2 distinct principals", people)


def test_the_least_tier_is_that_of_the_action() -> None:
    rules = replace(RULES, tiers={"RELEASE": Tier.T3})
    assert judged(signed(1), rules) == (Tier.T1, ("alice",))
    assert [rules.least(action) for action in ("RELEASE", "AUTHORIZED")] == [Tier.T3, Tier.T0]
