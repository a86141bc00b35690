from __future__ import annotations

from dataclasses import replace

import pytest

from forgewatch.checks.a8_tests import judge
from forgewatch.core.canonical import digest_of_bytes
from forgewatch.core.catalogue_a8 import CODES
from forgewatch.core.settings import Profile
from forgewatch.core.snapshot import Ancestry, Attestation, History, RecordHistory
from forgewatch.core.testrecord import Blank, BrokenRecord, TestRecordReading
from forgewatch.core.testrecord_parser import parse_test_record
from forgewatch.core.values import Absent, CommitId, Digest, Unreadable
from forgewatch.core.verdict import Ruling
from tests.support.snapshots import HEAD, record, snapshot

RECORD = "Forge/evidence/test_runs_latest.md"
TREE, OTHER = digest_of_bytes(b"tree"), digest_of_bytes(b"another tree")


def attests(record: Digest, tree: Digest = TREE, tests: int | None = 12, level: str = "bubblewrap", *surroundings: str) -> Attestation:
    return Attestation(record=record, tree=tree, tests=tests, level=level, surroundings=surroundings)


ATTESTED = RecordHistory(attested=(attests(record().digest, TREE, 12, "bubblewrap", "visible .venv", "network none"),))


def ruled(raw: str) -> Ruling:
    return judge(snapshot(test_record=parse_test_record(raw.encode())))


def codes(raw: str) -> list[str]:
    return [found.code for found in ruled(raw).findings]


@pytest.mark.req("S002-10.7-A8")
@pytest.mark.req("S002-9.1-4")
def test_a_fresh_passing_record_passes() -> None:
    ruling = judge(snapshot())
    assert (ruling.findings, ruling.basis) == ((), "Status: PASS, pytest exit 0, unattested")


def test_the_basis_tells_counts_and_attestation() -> None:
    ruling = judge(snapshot(test_record=record(executed=12, tree=TREE), record_history=ATTESTED))
    assert ruling.basis == "Status: PASS, pytest exit 0, 12 tests ran, attested: 12 tests in bubblewrap, network none, visible .venv"


@pytest.mark.parametrize(
    ("by", "told"),
    [
        (attests(record().digest, TREE, 1, "bubblewrap"), "attested: 1 test in bubblewrap"),
        (
            attests(record().digest, TREE, None, "unsandboxed", "network host"),
            "attested: uncounted tests without a sandbox, network host",
        ),
        (attests(record().digest, OTHER, 12, "bubblewrap"), "unattested"),
        (attests(digest_of_bytes(b"another record"), TREE, 12, "bubblewrap"), "unattested"),
    ],
)
def test_a_record_is_attested_by_its_bytes_and_the_audited_tree_together(by: Attestation, told: str) -> None:
    """A record written by hand that names the right tree, and an attested one carried over to another tree, are unattested."""
    ruling = judge(snapshot(record_history=RecordHistory(attested=(by,)), test_record=record(tree=TREE)))
    assert ruling.basis == f"Status: PASS, pytest exit 0, {told}"


@pytest.mark.parametrize(
    ("tests", "before", "told"),
    [
        (12, 12, "attested: 12 tests in bubblewrap"),
        (13, 12, "attested: 13 tests in bubblewrap"),
        (3, 12, "attested: 3 tests in bubblewrap, 12 in the last authorized run"),
        (None, 12, "attested: uncounted tests in bubblewrap, 12 in the last authorized run"),
        (3, None, "attested: 3 tests in bubblewrap"),
    ],
)
def test_fewer_tests_than_in_the_last_authorized_run_are_told(tests: int | None, before: int | None, told: str) -> None:
    by = replace(attests(record().digest, TREE, tests), before=before)
    ruling = judge(snapshot(record_history=RecordHistory(attested=(by,)), test_record=record(tree=TREE)))
    assert (ruling.basis, ruling.findings) == (f"Status: PASS, pytest exit 0, {told}", ())


@pytest.mark.parametrize(
    ("reading", "actual"),
    [(Absent(), "is missing"), (Blank(), "is blank"), (Unreadable("is a symlink"), "is a symlink"), (BrokenRecord("a"), "a")],
)
@pytest.mark.req("S002-10.7-A8")
def test_no_usable_record_fails(reading: TestRecordReading, actual: str) -> None:
    (finding,) = judge(snapshot(test_record=reading)).findings
    assert (finding.code, finding.path, finding.actual) == ("A801", RECORD, actual)


@pytest.mark.req("S002-10.7-A8")
@pytest.mark.parametrize(
    "line",
    [
        "Status: FAIL",
        "Status: PASSED",
        "Status: PASSABLE",
        "Status: PASS|FAIL",
        "status: pass",
        "Status: PASS (96 passed, 2 pre-existing failures)",
    ],
)
def test_line_1_that_is_not_exactly_pass_fails(line: str) -> None:
    (finding,) = ruled(f"{line}\nStatus: PASS\n").findings
    assert (finding.code, finding.line, finding.expected, finding.actual) == ("A802", 1, "Status: PASS", line)
    assert ruled(f"{line}\n").basis.startswith("Status: FAIL" if line.endswith(": FAIL") else "Status: not plain")


@pytest.mark.req("S002-10.7-A8")
@pytest.mark.parametrize("raw", ["Status: PASS\n", "\ufeffStatus: PASS\r\n", "Status: PASS \t\n", "Status: PASS"])
def test_trailing_blanks_mark_and_line_ends_do_not_matter(raw: str) -> None:
    assert codes(raw) == []


def test_every_step_must_exit_with_0() -> None:
    ruling = ruled("Status: PASS\ncompileall exit: 0\npytest exit: 1\nplaywright exit: -2\n")
    assert [(found.code, found.actual) for found in ruling.findings] == [("A803", "pytest exit: 1"), ("A803", "playwright exit: -2")]
    assert ruling.basis == "Status: PASS, compileall exit 0, pytest exit 1, playwright exit -2, unattested"


@pytest.mark.req("S002-10.7-A8")
@pytest.mark.parametrize("told", ["0x1", "timeout", "None", "１", ""])
def test_a_step_whose_exit_is_no_plain_0_fails(told: str) -> None:
    (finding,) = ruled(f"Status: PASS\ncompileall exit: 0\npytest exit: {told}\n").findings
    assert (finding.code, finding.actual) == ("A803", f"pytest exit: {told}")
    assert finding.message == f"pytest: expected exit 0, found '{told}'"


@pytest.mark.req("S002-10.7-A8")
def test_a_second_status_that_says_fail_fails_though_line_1_says_pass() -> None:
    (finding,) = ruled("Status: PASS\npytest exit: 0\n\nStatus: FAIL\n").findings
    assert (finding.code, finding.line, finding.actual) == ("A803", 4, "Status: FAIL")
    assert codes("Status: FAIL\nStatus: FAIL\n") == ["A802"]


@pytest.mark.req("S002-9.2-5")
@pytest.mark.parametrize(
    ("named", "stale"),
    [((HEAD, "2" * 40), True), ((HEAD, HEAD[:7]), False), (("git unavailable", "2" * 40), True), ((HEAD, "later"), False)],
)
def test_a_record_that_names_a_second_commit_is_stale(named: tuple[str, str], stale: bool) -> None:
    assert codes(f"Status: PASS\nHEAD: {named[0]}\nHEAD: {named[1]}\n") == (["A804"] if stale else [])


@pytest.mark.req("S002-9.2-5")
def test_a_record_that_names_a_second_tree_is_stale() -> None:
    (finding,) = ruled(f"Status: PASS\nTree: {TREE}\nTree: {OTHER}\n").findings
    assert (finding.code, finding.actual) == ("A804", f"Tree: {OTHER}")


def test_prose_about_exits_is_no_failure() -> None:
    assert codes("Status: PASS\npytest exit: 0\nTest that exit code: 2 is returned on bad input passed\n") == []


def test_a_run_without_tests_fails() -> None:
    assert codes("Status: PASS\npytest exit: 0\nno tests ran in 0.01s\n") == ["A806"]
    assert codes("Status: PASS\npytest exit: 0\n") == []


@pytest.mark.req("S002-9.2-5")
@pytest.mark.parametrize("named", [HEAD, HEAD[:7], HEAD[:12], HEAD.upper()])
def test_a_record_by_hand_that_names_head_is_fresh(named: str) -> None:
    assert judge(snapshot(test_record=record(head=named))).findings == ()


@pytest.mark.req("S002-9.2-5")
@pytest.mark.parametrize("named", [None, "git unavailable", "post-phase", "unborn", "111111"])
def test_a_record_that_names_no_commit_is_not_stale_for_that(named: str | None) -> None:
    assert judge(snapshot(test_record=record(head=named))).findings == ()


@pytest.mark.req("S002-9.2-5")
def test_the_letters_of_a_commit_are_the_same_in_either_case() -> None:
    head = CommitId("abcdef0" * 5 + "abcde")
    history = History(head=head, anchor=head, ancestry=Ancestry.LINEAR)
    for named in (head, head[:9], head.upper(), "aBcDeF0"):
        assert judge(snapshot(test_record=record(head=named), history=history)).findings == ()


@pytest.mark.parametrize("named", ["2" * 40, "2222222", HEAD[:8] + "2", HEAD + "1"])
def test_a_record_of_another_commit_is_stale(named: str) -> None:
    (finding,) = judge(snapshot(test_record=record(head=named))).findings
    assert (finding.code, finding.expected, finding.actual) == ("A804", f"HEAD: {HEAD}", f"HEAD: {named}")


def test_a_record_of_a_commit_is_stale_where_there_is_none_yet() -> None:
    unborn = History(head=None, anchor=None, ancestry=Ancestry.NO_ANCHOR)
    (finding,) = judge(snapshot(test_record=record(), history=unborn)).findings
    assert finding.expected == "HEAD: no commit yet"


@pytest.mark.req("S002-9.2-5")
def test_a_record_of_the_audited_tree_is_fresh_whatever_commit_it_names() -> None:
    assert judge(snapshot(test_record=record(tree=TREE, head="2" * 40))).findings == ()


@pytest.mark.req("S002-9.2-5")
@pytest.mark.parametrize("tree", [OTHER, TREE[7:], "the present one", TREE.upper()])
def test_a_record_of_another_tree_is_stale_even_when_attested(tree: str) -> None:
    (finding,) = judge(snapshot(test_record=record(tree=tree), record_history=ATTESTED)).findings
    assert (finding.code, finding.expected, finding.actual) == ("A804", f"Tree: {TREE}", f"Tree: {tree}")


@pytest.mark.req("S002-9.2-5")
def test_the_same_bytes_over_another_tree_are_stale() -> None:
    seen = RecordHistory(seen=((record().digest, TREE), (record().digest, OTHER)))
    (finding,) = judge(snapshot(record_history=seen)).findings
    assert (finding.code, finding.actual) == ("A804", f"the same record that an earlier audit saw with tree {OTHER}")


def test_the_same_bytes_over_the_same_tree_are_fresh() -> None:
    seen = RecordHistory(seen=((record().digest, TREE), (digest_of_bytes(b"another record"), OTHER)))
    assert judge(snapshot(record_history=seen)).findings == ()


@pytest.mark.req("S002-9.2-5")
@pytest.mark.parametrize("profile", list(Profile))
def test_an_unattested_record_fails_only_where_attested_ones_are_asked_for(profile: Profile) -> None:
    (finding,) = judge(snapshot(profile=profile, attested_only=True)).findings
    assert (finding.code, finding.actual) == ("A807", "an unattested record in profile strict")
    assert judge(snapshot(profile=profile, attested_only=True, record_history=ATTESTED)).findings == ()
    assert judge(snapshot(profile=profile)).findings == ()


@pytest.mark.parametrize("attested_only", [False, True])
def test_a_pass_by_hand_over_a_tree_whose_tests_failed_is_denied_by_the_journal(attested_only: bool) -> None:
    failed = RecordHistory(failing=(OTHER, TREE))
    codes = [finding.code for finding in judge(snapshot(record_history=failed, attested_only=attested_only)).findings]
    assert codes == [*(["A807"] if attested_only else []), "A808"]


def test_a_failed_run_over_another_tree_and_a_record_that_says_so_itself_are_no_denial() -> None:
    assert judge(snapshot(record_history=RecordHistory(failing=(OTHER,)))).findings == ()
    told = judge(snapshot(test_record=record(status="FAIL", line1="Status: FAIL"), record_history=RecordHistory(failing=(TREE,)))).findings
    assert "A808" not in [finding.code for finding in told]


def test_every_code_is_explained() -> None:
    assert [doc.code for doc in CODES] == ["A801", "A802", "A803", "A804", "A806", "A807", "A808"]


@pytest.mark.req("S002-10.7-A8")
def test_a_summary_with_failed_tests_fails_whatever_line_1_and_the_exits_say() -> None:
    (finding,) = ruled("Status: PASS\npytest exit: 0\npytest summary: 3 failed, 5 passed in 1s\n").findings
    assert (finding.code, finding.message) == ("A803", "expected 0 failed tests, found 3")
    assert codes("Status: PASS\npytest exit: 1\npytest summary: 3 failed\n") == ["A803"]


def test_a_run_that_skipped_everything_ran_nothing() -> None:
    assert codes("Status: PASS\npytest summary: 12 skipped in 0.01s\n") == ["A806"]


@pytest.mark.req("S002-10.7-A8")
@pytest.mark.parametrize(
    "body",
    [
        "pytest --cov=app exit: 1",
        "PYTHONPATH=. pytest exit: 1",
        "npm run test:unit -- --ci exit: 1",
        "Step 2: pytest unit exit: 1",
        "```\n$ pytest\n1 failed in 1s\npytest exit: 1",
        "```\npytest exit: 1\n```",
        "pytest -k covers exit: 1",
        "pytest exit：1",
        "| Step | Exit |\n|---|---|\n| pytest | 1 |",
        "2 failed",
        "Failed: 2",
        "not ok 2 - locks",
    ],
)
def test_a_failed_step_is_seen_however_its_line_is_shaped(body: str) -> None:
    assert codes(f"Status: PASS\n{body}\n") == ["A803"]


@pytest.mark.parametrize(
    "body",
    [
        "pytest --cov=app exit: 0\nStep 2: npm run test:unit -- --ci exit: 0",
        "pytest exit: 0\n```\nlint exit: 3\n9 passed, 1 failed\n```",
        "```\npytest exit: 0\n```",
        "CLI returns exit code: 3 when the lock is taken",
        "| Step | Exit |\n|---|---|\n| pytest | 0 |\n| docs | n/a |",
        "12 passed\n0 failed\nFailed: 0\nPassed!  - Failed:     0, Passed:    12, Skipped:     0, Total:    12",
        "pytest exit: 0 (was exit: 1)",
        "**HEAD**: see git log\nHEAD: main\nTree view: rebuilt",
        f"**HEAD**: `{HEAD[:7]}`, dirty\n| Tree | {TREE} |",
    ],
)
def test_honest_records_of_the_same_shapes_pass(body: str) -> None:
    assert codes(f"Status: PASS\n{body}\n") == []


@pytest.mark.req("S002-9.2-5")
@pytest.mark.parametrize(
    "line", ["**HEAD**: 2222222", "| HEAD | 2222222 |", "HEAD: main @ 2222222, dirty", "```\nHEAD: 2222222\n```", "**Tree**: sha256:000"]
)
def test_a_decorated_line_hides_no_other_commit_or_tree(line: str) -> None:
    assert codes(f"Status: PASS\n{line}\npytest exit: 0\n") == ["A804"]
