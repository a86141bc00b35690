"""Whether a task is approved now: what holds, and each thing that voids it, named with both sides."""

from __future__ import annotations

from dataclasses import replace

import pytest

from forgewatch.core.approval_check import Checked, Held, check_approval
from forgewatch.core.approval_contract import contract_path
from forgewatch.core.authority import Tier
from forgewatch.core.canonical import digest_of_bytes
from forgewatch.core.events import ApprovalSigned
from forgewatch.core.token_files import approved_facts
from forgewatch.core.values import Absent, CommitId, Unreadable
from tests.core.test_approval import AT, GOOD
from tests.core.test_approval_contract import filled
from tests.core.test_token_files import REPOSITORY, authority, rules, signed
from tests.support.answers import HEAD

CONTRACT = filled().encode()
DIGEST = digest_of_bytes(CONTRACT)
GIVEN = ApprovalSigned(at=AT, task="add-login", base=HEAD, contract=DIGEST, actor="jane", uid=1000, host="host", tier=0)
LINE = Held(task="add-login", name="shop", head=HEAD, contract=CONTRACT, token=GOOD, given=GIVEN, authority=authority(), at=AT)
SIGNED = replace(LINE, token=signed(approved_facts(REPOSITORY, "add-login", HEAD, DIGEST)), given=None)
OTHER = CommitId("2" * 40)
EDITED = CONTRACT + b"\n"


def against(held: Held) -> list[tuple[str, str, str]]:
    """Return the fields that do not agree."""
    found = check_approval(held)
    assert found.valid is all(row.agrees for row in found.rows)
    return [(row.field, row.expected, row.actual) for row in found.rows if not row.agrees]


def test_a_token_line_holds_with_the_record_of_who_approved_what() -> None:
    found = check_approval(LINE)
    assert (found.valid, found.tier, found.principals) == (True, Tier.T0, ())
    assert [row.field for row in found.rows] == [
        "Task",
        "Repository",
        "Base SHA",
        "Date",
        "Name",
        "Date of the approval",
        "Approved scope",
        "APPROVED",
        "record: base sha",
        "record: contract",
    ]


def test_a_signed_request_holds_by_itself() -> None:
    found = check_approval(SIGNED)
    assert (found.valid, found.tier, found.principals) == (True, Tier.T1, ("alice",))
    assert found.rows[-1].actual == "T1 by alice, until 2026-11-20T13:00:00Z"


@pytest.mark.req("S000-P1-1")
def test_without_its_gate_file_a_task_is_not_approved() -> None:
    assert against(replace(LINE, token=Absent())) == [("APPROVED", "a token or a signed request, forgewatch approve sign", "not there")]
    assert check_approval(replace(LINE, token=Absent())).tier is None


@pytest.mark.req("S000-A-4")
def test_an_edit_of_the_contract_after_the_approval_voids_both_forms() -> None:
    now = digest_of_bytes(EDITED)
    assert against(replace(LINE, contract=EDITED)) == [("record: contract", f"{DIGEST}, as it was approved", now)]
    assert against(replace(SIGNED, contract=EDITED)) == [("APPROVED: contract", now, DIGEST)]


@pytest.mark.req("S000-P1-2")
def test_a_commit_after_the_approval_voids_both_forms() -> None:
    base = ("Base SHA", f"HEAD, {OTHER}", HEAD)
    assert against(replace(LINE, head=OTHER)) == [base, ("APPROVED: base sha", OTHER, HEAD)]
    assert against(replace(SIGNED, head=OTHER)) == [base, ("APPROVED: base", OTHER, HEAD)]


@pytest.mark.req("S000-P1-2")
def test_a_gate_file_of_another_task_is_none() -> None:
    held = replace(LINE, token=GOOD.replace(b"add-login", b"other"))
    assert against(held) == [("APPROVED: task", "add-login", "other")]


@pytest.mark.req("S000-R-5")
def test_a_line_that_no_person_approved_by_the_command_is_not_enough() -> None:
    assert against(replace(LINE, given=None)) == [("record", "an approval by a person, forgewatch approve sign", "none")]


def test_an_approval_of_an_older_commit_in_the_record_does_not_hold_for_this_one() -> None:
    text = filled().replace(HEAD, OTHER).encode()
    held = replace(LINE, head=OTHER, contract=text, token=GOOD.replace(HEAD.encode(), OTHER.encode()))
    assert against(held) == [
        ("record: base sha", OTHER, HEAD),
        ("record: contract", f"{DIGEST}, as it was approved", digest_of_bytes(text)),
    ]


@pytest.mark.req("S000-M-8")
def test_a_line_where_a_signature_is_the_least_does_not_hold() -> None:
    by = authority(rules({"APPROVED": 1}))
    assert against(replace(LINE, authority=by)) == [("APPROVED: tier", "T1, a signed request", "T0, a line that anyone can write")]
    assert against(replace(SIGNED, authority=by)) == []


def test_a_contract_that_cannot_be_read_is_told_and_the_gate_file_as_well() -> None:
    expected = "a contract, forgewatch approve init"
    missing = ("record: contract", f"{DIGEST}, as it was approved", "none")
    path = contract_path("add-login")
    assert against(replace(LINE, contract=Absent())) == [(path, expected, "not there"), missing]
    assert against(replace(LINE, contract=Unreadable("is a symlink"))) == [(path, expected, "is a symlink"), missing]
    found: Checked = check_approval(replace(LINE, contract=b"\xff"))
    assert (found.valid, found.contract, "UTF-8" in found.rows[0].actual) == (False, None, True)
    assert against(replace(SIGNED, contract=Absent()))[1] == ("APPROVED: contract", "approval.md beside it", "not there")


def test_each_blank_and_each_fault_of_the_contract_is_told() -> None:
    text = filled("- [?] Runtime code changes: `a.py`\n", name="").encode()
    assert [field for field, _, _ in against(replace(LINE, contract=text))] == [
        "line 14: box",
        "Name",
        "Approved scope",
        "record: contract",
    ]
    twice = filled().replace("## HUMAN", "## INHUMAN").encode()
    assert ("section", "## HUMAN APPROVAL", "none") in against(replace(LINE, contract=twice))
