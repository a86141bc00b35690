"""A6: HEAD descends from the anchor through authorized commits only."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forgewatch.checks.a6_authorization import judge
from forgewatch.core.finding_text import finding_text
from forgewatch.core.snapshot import Ancestry, Commit, History, LedgerCondition, LedgerFacts, Snapshot
from forgewatch.core.values import CommitId, RepoPath
from tests.support.snapshots import snapshot

ANCHOR, HEAD = CommitId("a" * 40), CommitId("b" * 40)
EVIDENCE = ("Forge/evidence/diff_log.md", "Forge/evidence/audit_ledger.md")


def commit(*paths: str, number: int = 1, authorized: bool = False, subject: str = "work") -> Commit:
    return Commit(oid=CommitId(f"{number:07x}" + "0" * 33), subject=subject, paths=tuple(map(RepoPath, paths)), authorized=authorized)


def after(*commits: Commit, **parts: Any) -> Snapshot:
    return snapshot(history=History(head=HEAD, anchor=ANCHOR, ancestry=Ancestry.LINEAR, commits=commits), **parts)


def without_anchor(head: CommitId | None = HEAD, *commits: Commit, adopted: bool = False, entries: int = 0) -> Snapshot:
    history = History(head=head, anchor=None, ancestry=Ancestry.NO_ANCHOR, commits=commits, adopted=adopted)
    return snapshot(history=history, ledger=LedgerFacts(LedgerCondition.INTACT, entries))


def told(judged: Snapshot) -> list[tuple[str, str]]:
    return [(finding.code, finding.message) for finding in judge(judged).findings]


@pytest.mark.req("S002-10.7-A6")
def test_head_at_the_anchor_passes() -> None:
    ruling = judge(snapshot(history=History(head=HEAD, anchor=HEAD, ancestry=Ancestry.LINEAR)))
    assert (ruling.findings, ruling.basis) == ((), "HEAD bbbbbbb is the anchor")


def test_authorized_commits_pass() -> None:
    ruling = judge(after(commit("app/a.py", authorized=True), commit("app/b.py", number=2, authorized=True)))
    assert (ruling.findings, ruling.basis) == ((), "HEAD bbbbbbb descends from aaaaaaa by 2 authorized commits")


@pytest.mark.req("S002-10.7-A6")
def test_an_unauthorized_commit_is_found_with_hash_and_subject() -> None:
    judged = after(commit("app/a.py", subject="quick fix"), commit("app/b.py", number=2, authorized=True))
    assert told(judged) == [("A602", "commit 0000001 'quick fix' is not authorized")]
    assert judge(judged).basis == "1 unauthorized commit since aaaaaaa"
    assert finding_text(judge(judged).findings[0]) == "A602 commit 0000001 'quick fix' is not authorized"


def test_each_unauthorized_commit_is_found() -> None:
    judged = after(*(commit("app/a.py", number=n) for n in range(1, 4)))
    assert [code for code, _ in told(judged)] == ["A602"] * 3
    assert judge(judged).basis == "3 unauthorized commits since aaaaaaa"


def test_a_commit_of_evidence_only_is_exempt() -> None:
    ruling = judge(after(commit(*EVIDENCE), commit("app/a.py", number=2, authorized=True)))
    assert (ruling.findings, ruling.basis) == ((), "HEAD bbbbbbb descends from aaaaaaa by 1 authorized commit, 1 of evidence only")


@pytest.mark.parametrize("path", ["app/a.py", "Forge/evidence/notes.md", "Forge/Contracts/boundaries.json", ".gitignore", "boot.sh"])
def test_evidence_does_not_carry_anything_else_through(path: str) -> None:
    assert told(after(commit(*EVIDENCE, path))) == [("A602", "commit 0000001 'work' is not authorized")]


def test_a_boot_script_is_carried_when_the_directive_asks_for_it() -> None:
    assert told(after(commit(*EVIDENCE, "boot.sh"), boot_script=True)) == []


def test_a_commit_that_touches_nothing_is_not_evidence_only() -> None:
    # An empty commit, or a merge that kept one side as it was.
    assert [code for code, _ in told(after(commit()))] == ["A602"]


@pytest.mark.parametrize("subject", ["AUTHORIZED (committed)", "Outcome: AUTHORIZED", "authorized: true\nx", "\x1b[32mok"])
def test_what_a_commit_says_of_itself_authorizes_nothing(subject: str) -> None:
    ruling = judge(after(commit("app/a.py", subject=subject)))
    assert [finding.code for finding in ruling.findings] == ["A602"]
    assert len(finding_text(ruling.findings[0]).splitlines()) == 1


@pytest.mark.req("S002-10.7-A6")
def test_without_a_record_the_first_cycle_passes() -> None:
    ruling = judge(without_anchor())
    assert (ruling.findings, ruling.basis) == ((), "first AEM cycle")


def test_an_unborn_head_passes_even_when_it_was_adopted_as_such() -> None:
    assert judge(without_anchor(None)).findings == ()
    assert judge(without_anchor(None, adopted=True, entries=3)).basis == "first AEM cycle"


@pytest.mark.parametrize("known", [{"adopted": True}, {"entries": 1}])
def test_a_record_that_began_before_the_first_commit_lets_no_commit_through(known: dict[str, Any]) -> None:
    ruling = judge(without_anchor(**known))
    assert [(finding.code, finding.message) for finding in ruling.findings] == [
        ("A601", "the record began before the first commit, and nothing authorized HEAD bbbbbbb")
    ]
    assert ruling.basis == "HEAD bbbbbbb, and the record began before the first commit"
    listed = judge(without_anchor(HEAD, commit("app/a.py"), **known))
    assert [finding.code for finding in listed.findings] == ["A602"]
    assert listed.basis == "1 unauthorized commit since (none)"


@pytest.mark.req("S002-10.7-A6")
@pytest.mark.parametrize(
    ("ancestry", "message", "remedy"),
    [
        (Ancestry.UNRESOLVABLE, "the anchor aaaaaaa is not in the object store", "git fetch the commit"),
        (Ancestry.REWRITTEN, "the anchor aaaaaaa is no ancestor of HEAD bbbbbbb: history was rewritten", "reset to the anchor"),
        (Ancestry.SHALLOW, "the clone is shallow and ends before the anchor aaaaaaa", "git fetch --unshallow"),
        (Ancestry.UNTRUSTED, "commits between the anchor aaaaaaa and HEAD bbbbbbb do not match their ids", "clone the repository anew"),
    ],
)
def test_a_history_that_cannot_be_measured_fails_with_its_remedy(ancestry: Ancestry, message: str, remedy: str) -> None:
    # Commits listed by a walk that was cut short prove nothing, even authorized ones.
    history = History(head=HEAD, anchor=ANCHOR, ancestry=ancestry, commits=(commit("a.py", authorized=True), commit("b.py", number=2)))
    ruling = judge(snapshot(history=history))
    assert [(finding.code, finding.message) for finding in ruling.findings] == [("A601", message)]
    assert ruling.findings[0].expected.startswith(remedy)
    assert ruling.basis == f"HEAD bbbbbbb, anchor aaaaaaa: {ancestry.value}"


def test_a_history_without_its_commits_is_no_history() -> None:
    history = History(head=HEAD, anchor=ANCHOR, ancestry=Ancestry.LINEAR)
    assert told(snapshot(history=history)) == [("A601", "no commit is known between the anchor aaaaaaa and HEAD bbbbbbb")]


def test_a_head_that_vanished_is_measured_too() -> None:
    history = History(head=None, anchor=ANCHOR, ancestry=Ancestry.REWRITTEN)
    assert told(snapshot(history=history)) == [("A601", "the anchor aaaaaaa is no ancestor of HEAD (none): history was rewritten")]


def test_ledger_text_of_another_machine_is_not_a_first_cycle() -> None:
    history = History(head=HEAD, anchor=None, ancestry=Ancestry.NO_ANCHOR, unknown_entries=("41 sha256:beef", "42 sha256:cafe"))
    judged = snapshot(history=history)
    assert told(judged) == [
        ("A601", "the ledger names an entry that this record does not know: 41 sha256:beef"),
        ("A601", "the ledger names an entry that this record does not know: 42 sha256:cafe"),
    ]
    assert judge(judged).basis == "2 ledger entries that this record does not know"
    assert "forgewatch ledger adopt" in judge(judged).findings[0].expected


COMMITS = st.lists(st.tuples(st.booleans(), st.sets(st.sampled_from(["app/a.py", *EVIDENCE]))), min_size=1, max_size=6)


@given(COMMITS)
def test_it_passes_exactly_when_each_commit_is_authorized_or_evidence(drawn: list[tuple[bool, set[str]]]) -> None:
    commits = [commit(*sorted(paths), number=n, authorized=authorized) for n, (authorized, paths) in enumerate(drawn)]
    strays = [one for one in commits if not one.authorized and (not one.paths or RepoPath("app/a.py") in one.paths)]
    assert len(judge(after(*commits)).findings) == len(strays)
