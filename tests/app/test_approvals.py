"""Approval files of a real repository: every kind of file is answered once, and nothing is executed."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from forgewatch.adapters.evidence import RepositoryEvidence
from forgewatch.adapters.files import RootFiles
from forgewatch.adapters.journal import FileJournal
from forgewatch.adapters.ssh_signatures import verifies
from forgewatch.adapters.state_folder import create_folder
from forgewatch.adapters.vault import FolderVault
from forgewatch.app.approvals import UNSIGNED, answer_approval
from forgewatch.app.record import Record
from forgewatch.core.allowed_signers import AllowedSigners, parse_allowed_signers
from forgewatch.core.authority import AuthorityRules, Tier
from forgewatch.core.authority_request import SignedRequest, request_of
from forgewatch.core.canonical import digest_of_bytes
from forgewatch.core.events import ApprovalJudged, Recorded
from forgewatch.core.places import FORGE
from forgewatch.core.record_entry import EntryRules
from forgewatch.core.token_files import Authority, approved_facts
from forgewatch.core.values import CommitId, RepoPath
from tests.support.answers import envelope, report
from tests.support.builder import Builder
from tests.support.ports import FixedClock
from tests.support.ssh import allowed, software_public, software_sign

PATH = RepoPath(".ai-stack-trace/add-login/contract/APPROVED")


class Approver:
    """The record of the builder's repository, and the eye on its approval files."""

    def __init__(self, builder: Builder, state: Path) -> None:
        folder = create_folder(state, builder.root)
        self.builder = builder
        self.files = RootFiles(str(builder.root))
        self.clock = FixedClock()
        self.authority = UNSIGNED
        self.record = Record(
            journal=FileJournal(folder),
            files=self.files,
            evidence=RepositoryEvidence(builder.root),
            vault=FolderVault(folder),
            clock=self.clock,
            rules=EntryRules(places=FORGE, docs={}),
        )
        self.record.first_contact(CommitId(builder.head))

    def look(self, path: RepoPath = PATH) -> Recorded | None:
        """Look at an approval file once."""
        head = CommitId(self.builder.head)
        return answer_approval(path, files=self.files, record=self.record, clock=self.clock, head=head, authority=self.authority)

    def told(self, path: RepoPath = PATH) -> tuple[str, str]:
        """Look, and return the field that disagreed and what was found; two empty strings when accepted."""
        recorded = self.look(path)
        assert recorded is not None and isinstance(recorded.event, ApprovalJudged)
        assert recorded.event.accepted == (recorded.event.field == "")
        return recorded.event.field, recorded.event.actual


CONTRACT = RepoPath(".ai-stack-trace/add-login/contract/approval.md")


def signed_by(approver: Approver, *numbers: int, contract: bytes = b"# contract\n", padding: int = 0) -> str:
    """Return the signed approval of what the builder's repository holds now."""
    facts = approved_facts("shop", "add-login", CommitId(approver.builder.head), digest_of_bytes(contract))
    raw = request_of(facts, nonce="0f" * 16, not_before="2026-11-20T00:00:00Z", expires="2036-11-20T00:00:00Z").to_bytes()
    return SignedRequest(raw, tuple(software_sign(number, raw) for number in numbers)).to_bytes().decode() + " " * padding


def authority(tier: int = 0) -> Authority:
    """Return rules by which two people may sign."""
    found = parse_allowed_signers(allowed({"alice": software_public(1), "bob": software_public(2)}).encode())
    assert isinstance(found, AllowedSigners)
    return Authority(repository="shop", rules=AuthorityRules(signers=found, tiers={"APPROVED": Tier(tier)}), verify=verifies)


@pytest.fixture
def approver(builder: Builder, tmp_path: Path) -> Approver:
    """An eye on the builder's approvals."""
    return Approver(builder, tmp_path / "state")


@pytest.mark.req("S000-I-1")
@pytest.mark.req("S000-P1-2")
def test_a_good_approval_is_accepted_recorded_and_noted_and_authorizes_nothing(approver: Approver) -> None:
    approver.builder.write(PATH, f"APPROVED:add-login:{approver.builder.head}\n")
    before = approver.record.state()
    assert approver.told() == ("", "")
    state = approver.record.state()
    assert (state.anchor, state.authorized, state.entry_count) == (before.anchor, before.authorized, 0)
    text = (approver.builder.root / FORGE.ledger).read_text()
    assert "## Note: approval accepted — APPROVED for add-login\n" in text
    assert "Effect: none" in text


@pytest.mark.req("S000-M-8")
def test_a_signed_approval_is_accepted_and_a_line_is_not_where_it_is_the_least(approver: Approver) -> None:
    approver.builder.write(CONTRACT, "# contract\n").write(PATH, f"APPROVED:add-login:{approver.builder.head}\n")
    approver.authority = authority(1)
    assert approver.told() == ("tier", "T0, a line that anyone can write")
    approver.builder.write(PATH, signed_by(approver, 1))
    assert approver.told() == ("", "")
    text = (approver.builder.root / FORGE.ledger).read_text()
    assert "Field: tier\nExpected: T1, a signed request\nFound: T0, a line that anyone can write\n" in text
    assert "## Note: approval accepted — APPROVED for add-login\n" in text


def test_a_request_of_many_signatures_is_longer_than_a_line_may_be(approver: Approver) -> None:
    approver.builder.write(CONTRACT, "# contract\n")
    approver.authority = authority(3)
    approver.builder.write(PATH, signed_by(approver, 1, 2, padding=8000))
    assert approver.told() == ("", "")
    approver.builder.write(PATH, signed_by(approver, 1, 2, padding=70_000))
    assert approver.told()[0] == "file"


@pytest.mark.req("S000-A-4")
def test_a_signed_approval_of_another_contract_is_refused(approver: Approver) -> None:
    approver.authority = authority(1)
    approver.builder.write(CONTRACT, "# contract, edited\n").write(PATH, signed_by(approver, 1))
    assert approver.told() == ("contract", digest_of_bytes(b"# contract\n"))


def test_a_signed_approval_by_a_stranger_is_refused(approver: Approver) -> None:
    approver.authority = authority(1)
    approver.builder.write(CONTRACT, "# contract\n").write(PATH, signed_by(approver, 9))
    assert approver.told()[0] == "key"


def test_without_signers_a_signed_approval_is_nothing(approver: Approver) -> None:
    approver.authority = replace(UNSIGNED, repository="shop")
    approver.builder.write(CONTRACT, "# contract\n").write(PATH, signed_by(approver, 1))
    assert approver.told() == ("allowed signers", "none")


def test_an_approval_that_is_not_there_is_nothing(approver: Approver) -> None:
    assert approver.look() is None


def test_the_same_file_is_answered_once_and_a_change_again(approver: Approver) -> None:
    approver.builder.write(PATH, "APPROVED::\n")
    assert approver.told() == ("form", "APPROVED::")
    assert approver.look() is None
    os.utime(approver.builder.root / PATH)
    assert approver.look() is None
    approver.builder.write(PATH, f"APPROVED:add-login:{approver.builder.head}\n")
    assert approver.told() == ("", "")


@pytest.mark.req("S000-P1-2")
def test_an_approval_of_the_commit_before_is_stale(approver: Approver) -> None:
    old = approver.builder.head
    approver.builder.write("app/a.py", "x = 2\n").commit("more").write(PATH, f"APPROVED:add-login:{old}\n")
    assert approver.told() == ("base sha", old)


def make_symlink(path: Path, head: str) -> None:
    """Link to a file that would be accepted."""
    path.with_name("elsewhere").write_text(f"APPROVED:add-login:{head}\n")
    path.symlink_to("elsewhere")


REFUSED: dict[str, tuple[Callable[[Path, str], object], str, str]] = {
    "empty subject": (lambda path, head: path.write_text("APPROVED::\n"), "form", "APPROVED::"),
    "wrong task": (lambda path, head: path.write_text(f"APPROVED:other:{head}\n"), "task", "other"),
    "crlf": (lambda path, head: path.write_bytes(f"APPROVED:add-login:{head}\r\n".encode()), "line end", "CR LF"),
    "bom": (
        lambda path, head: path.write_bytes(b"\xef\xbb\xbf" + f"APPROVED:add-login:{head}\n".encode()),
        "encoding",
        "a byte order mark",
    ),
    "two lines": (lambda path, head: path.write_text(f"APPROVED:add-login:{head}\n" * 2), "lines", "2"),
    "symlink": (make_symlink, "file", "is a symlink"),
    "directory": (lambda path, head: path.mkdir(), "file", "is a directory"),
    "fifo": (lambda path, head: os.mkfifo(path), "file", "is a FIFO"),
    "empty": (lambda path, head: path.touch(), "form", "an empty file"),
}


@pytest.mark.req("S000-I-1")
@pytest.mark.parametrize(("make", "field", "actual"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_no_approval_is_refused_with_its_field(
    approver: Approver, make: Callable[[Path, str], object], field: str, actual: str
) -> None:
    path = approver.builder.root / PATH
    path.parent.mkdir(parents=True)
    make(path, approver.builder.head)
    assert approver.told() == (field, actual)
    assert f"Field: {field}\n" in (approver.builder.root / FORGE.ledger).read_text()
    assert approver.look() is None


@pytest.mark.req("S000-I-1")
def test_a_short_sha_is_refused_though_it_names_head(approver: Approver) -> None:
    short = approver.builder.head[:12]
    approver.builder.write(PATH, f"APPROVED:add-login:{short}\n")
    assert approver.told() == ("base sha", short)


def test_an_approval_of_ten_megabytes_is_refused_without_being_read(approver: Approver) -> None:
    approver.builder.write(PATH, b"A" * 10_000_000)
    field, actual = approver.told()
    assert field == "file" and "over the limit of 4096 bytes" in actual


def test_an_authorization_is_compared_with_the_newest_entry(approver: Approver) -> None:
    head = CommitId(approver.builder.head)
    entry = approver.record.record_answer(report(head=head), trigger=None, envelope=envelope())
    approver.builder.write(FORGE.authorized, f"AUTHORIZED:phase-1-things:{entry.leaf.removeprefix('sha256:')}\n")
    assert approver.told(FORGE.authorized) == ("", "")
    assert approver.record.state().authorized == (head,)
    approver.builder.write(FORGE.authorized, "AUTHORIZED\n")
    assert approver.told(FORGE.authorized) == ("form", "AUTHORIZED")
