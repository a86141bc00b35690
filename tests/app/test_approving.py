"""Approving a task: the request that is made, the one that is joined, and what the record knows before the gate file is there."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from forgewatch.adapters.evidence import RepositoryEvidence
from forgewatch.adapters.ssh_signatures import verifies
from forgewatch.app.approvals import authority_of
from forgewatch.app.approving import Person, give_approval, hold, new_request, request_to_join, worth_of
from forgewatch.app.auditing import Governed
from forgewatch.core.allowed_signers import AllowedSigners, parse_allowed_signers
from forgewatch.core.approval import Disagreement
from forgewatch.core.approval_check import Held, check_approval
from forgewatch.core.approval_contract import contract_path, token_path
from forgewatch.core.authority import AuthorityRules, Granted, Tier
from forgewatch.core.authority_request import Request, SignedRequest, parse_request, with_signature
from forgewatch.core.canonical import digest_of_bytes
from forgewatch.core.errors import EnvironmentFault, LedgerUnwritable
from forgewatch.core.events import ApprovalSigned
from forgewatch.core.settings import RepositorySettings, Settings
from forgewatch.core.sshsig import SshSignature, parse_sshsig
from forgewatch.core.values import CommitId, Unreadable
from forgewatch.wiring.repository import govern, open_journal
from tests.core.test_approval_contract import filled
from tests.support.answers import HEAD
from tests.support.builder import Builder
from tests.support.ports import FixedClock
from tests.support.ssh import allowed, software_public, software_sign

TASK = "add-login"
JANE = Person(actor="jane", uid=1000, host="desk")
NONCE = "0f" * 16


class Signers:
    """Rules by which two people may sign; `fault` is what keeps them from being read."""

    def __init__(self, tier: int = 0, fault: str = "") -> None:
        self.tier, self.fault = tier, fault

    def rules(self, _settings: Settings) -> AuthorityRules:
        """Return them, or raise."""
        if self.fault:
            raise EnvironmentFault(self.fault)
        found = parse_allowed_signers(allowed({"alice": software_public(1), "bob": software_public(2)}).encode())
        assert isinstance(found, AllowedSigners)
        return AuthorityRules(signers=found, tiers={"APPROVED": Tier(self.tier)})

    def verifies(self, signature: SshSignature, message: bytes) -> bool:
        """Return what the real one says."""
        return verifies(signature, message)


class Office:
    """A governed repository with a filled contract, and a person who approves."""

    def __init__(self, builder: Builder, state: Path, signers: Signers) -> None:
        self.builder = builder
        self.clock = FixedClock()
        environ = {"FORGEWATCH_STATE_DIR": str(state), "PATH": "/usr/bin:/bin"}
        made = govern(RepositorySettings(path=str(builder.root)), Settings(), environ)
        self.governed: Governed = replace(made, authority=signers)
        self.head = CommitId(builder.head)
        self.governed.record.first_contact(self.head)
        self.text = filled().replace(HEAD, self.head).replace("Repository: shop", f"Repository: {builder.root.name}")
        builder.write(contract_path(TASK), self.text)

    def held(self) -> Held:
        """Read everything anew."""
        return hold(self.governed, Settings(), TASK, head=self.head, clock=self.clock, given=self.given())

    def given(self) -> ApprovalSigned | None:
        """Return the newest approval in the journal."""
        events = [recorded.event for recorded in open_journal(Path(self.governed.folder)).read()]
        return next((event for event in reversed(events) if isinstance(event, ApprovalSigned)), None)

    def request(self) -> SignedRequest:
        """Return a new request."""
        made = new_request(self.held(), nonce=NONCE, days=7)
        assert isinstance(made, SignedRequest)
        return made

    def give(self, granted: Granted | None, token: bytes) -> int:
        """Approve, and return the place in the journal."""
        evidence = RepositoryEvidence(self.builder.root)
        return give_approval(self.governed, evidence, self.held(), JANE, granted, token).seq


@pytest.fixture
def office(builder: Builder, tmp_path: Path) -> Office:
    return Office(builder, tmp_path / "state", Signers())


def signed(request: SignedRequest, *numbers: int) -> SignedRequest:
    for number in numbers:
        request = with_signature(request, software_sign(number, request.request))
    return request


def test_a_new_request_says_task_commit_contract_and_a_term(office: Office) -> None:
    assert parse_request(office.request().request) == Request(
        action="APPROVED",
        repository=Path(office.governed.folder).name,
        subject=TASK,
        base=office.head,
        nonce=NONCE,
        not_before="2026-11-20T12:00:00Z",
        expires="2026-11-27T12:00:00Z",
        extra=(("contract", digest_of_bytes(office.text.encode())),),
    )


def test_of_a_contract_that_is_not_there_no_request_is_made(office: Office) -> None:
    (office.builder.root / contract_path(TASK)).unlink()
    assert new_request(office.held(), nonce=NONCE, days=1) == Disagreement("contract", "approval.md beside it", "not there")


@pytest.mark.req("S000-A-3")
def test_an_approval_is_recorded_with_who_where_and_the_bytes_before_its_gate_file_is_written(office: Office) -> None:
    line = f"APPROVED:{TASK}:{office.head}\n".encode()
    office.give(None, line)
    assert (office.builder.root / token_path(TASK)).read_bytes() == line
    given = office.given()
    assert given is not None
    assert (given.task, given.base, given.contract) == (TASK, office.head, digest_of_bytes(office.text.encode()))
    assert (given.actor, given.uid, given.host, given.tier, given.principals, given.nonce) == ("jane", 1000, "desk", 0, (), "")
    assert check_approval(office.held()).valid
    ledger = (office.builder.root / "Forge/evidence/audit_ledger.md").read_text()
    assert f"## Note: task approved — {TASK}\n" in ledger
    assert "Actor: jane, user id 1000 on desk\nAssurance: unauthenticated\n" in ledger


def test_a_gate_file_that_cannot_be_written_leaves_a_record_and_no_approval(office: Office) -> None:
    (office.builder.root / token_path(TASK)).mkdir()
    with pytest.raises(LedgerUnwritable):
        office.give(None, b"x")
    assert office.given() is not None
    assert not check_approval(office.held()).valid


def test_a_signed_request_is_recorded_with_its_people_and_its_nonce(office: Office) -> None:
    request = signed(office.request(), 1)
    granted = worth_of(request, office.held())
    assert isinstance(granted, Granted)
    office.give(granted, request.to_bytes())
    given = office.given()
    assert given is not None
    assert (given.tier, given.principals, given.nonce) == (1, ("alice",), NONCE)
    assert check_approval(office.held()).tier is Tier.T1


def test_a_second_person_adds_a_signature_to_the_same_bytes(builder: Builder, tmp_path: Path) -> None:
    office = Office(builder, tmp_path / "state", Signers(tier=3))
    first = signed(office.request(), 1)
    assert worth_of(first, office.held()) == Disagreement("threshold", "2 distinct principals", "1: alice")
    builder.write(token_path(TASK), first.to_bytes().decode())
    found = request_to_join(office.held())
    assert found == first
    granted = worth_of(signed(first, 2), office.held())
    assert isinstance(granted, Granted)
    assert (granted.tier, granted.principals) == (Tier.T3, ("alice", "bob"))


@pytest.mark.parametrize(
    ("token", "told"),
    [
        (None, ("APPROVED", "a signed request to add to", "none")),
        ("APPROVED:add-login:1\n", ("APPROVED", "a signed request to add to", "none")),
        ("{}", ("form", "a signed request", "expected an object of schema forgewatch/signed-request/v1 with request and signatures")),
        (
            SignedRequest(b"{}", ()).to_bytes().decode(),
            ("form", "a signed request", "expected an object of schema forgewatch/request/v1 with its 13 keys"),
        ),
    ],
)
def test_what_is_no_signed_request_is_not_joined(office: Office, token: str | None, told: tuple[str, str, str]) -> None:
    if token is not None:
        office.builder.write(token_path(TASK), token)
    assert request_to_join(office.held()) == Disagreement(*told)


def test_a_request_that_is_about_something_else_by_now_is_not_joined(office: Office) -> None:
    office.builder.write(token_path(TASK), signed(office.request(), 1).to_bytes().decode())
    office.clock.seconds = 7 * 24 * 3600
    late = replace(office.held(), at="2026-11-27T12:00:00Z")
    assert request_to_join(late) == Disagreement("expiry", "a time to come, it is 2026-11-27T12:00:00Z", "2026-11-27T12:00:00Z")
    office.clock.seconds = 0
    other = replace(office.held(), head=CommitId("2" * 40))
    assert request_to_join(other) == Disagreement("base", "2" * 40, office.head)
    (office.builder.root / contract_path(TASK)).unlink()
    assert request_to_join(office.held()) == Disagreement("contract", "approval.md beside it", "not there")


def test_rules_that_cannot_be_read_are_a_value_that_accepts_nothing(builder: Builder, tmp_path: Path) -> None:
    office = Office(builder, tmp_path / "state", Signers(fault="it is writable for others"))
    assert authority_of(office.governed, Settings()).rules == Unreadable("it is writable for others")
    assert worth_of(signed(office.request(), 1), office.held()) == Disagreement(
        "authority", "the operator's rules", "it is writable for others"
    )


def test_without_an_authority_nobody_can_sign(office: Office) -> None:
    alone = authority_of(replace(office.governed, authority=None), Settings())
    held = replace(office.held(), authority=alone)
    request = signed(office.request(), 1)
    assert worth_of(request, held) == Disagreement("allowed signers", "a file named by authority.allowed_signers", "none")
    read = json.loads(request.to_bytes())
    assert read["schema"] == "forgewatch/signed-request/v1"
    signature = parse_sshsig(request.signatures[0])
    assert isinstance(signature, SshSignature)
    assert not alone.verify(signature, request.request)
