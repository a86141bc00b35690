"""Token files against the facts: what is accepted, and which field is named when not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from forgewatch.core.approval import TASK_LIMIT, ApprovalFacts, judge_approval, phase_slug, task_of
from forgewatch.core.canonical import digest_of_bytes
from forgewatch.core.places import FORGE, TRACE
from forgewatch.core.record_state import EntrySummary
from forgewatch.core.values import Absent, CommitId, Content, Phase, RepoPath, Unreadable
from forgewatch.core.verdict import Outcome
from tests.support.answers import HEAD, digest

AT = "2026-11-20T12:00:00Z"
PATH = RepoPath(".ai-stack-trace/add-login/contract/APPROVED")
LEAF = digest("leaf")
HEX = LEAF.removeprefix("sha256:")
OLDER = digest("an older leaf").removeprefix("sha256:")
NEWEST = EntrySummary(
    seq=41,
    leaf=LEAF,
    at=AT,
    phase=Phase("Phase 3 -- Auth"),
    outcome=Outcome.PASS,
    iteration=1,
    loopback=0,
    stop=None,
    identity=digest("identity"),
    head=HEAD,
    record=None,
    tree=digest("tree"),
    trigger=None,
)
FACTS = ApprovalFacts(head=HEAD, newest=NEWEST)
GOOD = f"APPROVED:add-login:{HEAD}\n".encode()
GOOD_AUTHORIZED = f"AUTHORIZED:phase-3-auth:{HEX}\n".encode()


def answer(raw: Content, facts: ApprovalFacts = FACTS, path: RepoPath = PATH) -> tuple[str, str, str] | None:
    """Return (field, expected, actual), or None when it is accepted."""
    judged = judge_approval(path, raw, facts, AT)
    assert judged is not None
    assert judged.digest == (digest_of_bytes(raw) if isinstance(raw, bytes) else None)
    assert (judged.path, judged.at) == (path, AT)
    told = (judged.field, judged.expected, judged.actual)
    assert (told == ("", "", "")) is judged.accepted
    return None if judged.accepted else told


@pytest.mark.req("S000-I-1")
@pytest.mark.parametrize("raw", [GOOD, GOOD.rstrip(b"\n")], ids=["with its line end", "without one"])
def test_one_line_with_task_and_head_is_accepted(raw: bytes) -> None:
    assert answer(raw) is None


@pytest.mark.req("S000-I-1")
def test_a_file_that_is_not_there_has_no_answer() -> None:
    assert judge_approval(PATH, Absent(), FACTS, AT) is None


OTHER = CommitId("2" * 40)
FORM = "APPROVED:<task>:<base sha>"
FULL = f"the full id of HEAD, {HEAD}"


@pytest.mark.req("S000-I-1")
@pytest.mark.req("S000-P1-2")
@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"APPROVED::\n", ("form", FORM, "APPROVED::")),
        (b"APPROVED::" + HEAD.encode(), ("form", FORM, f"APPROVED::{HEAD}")),
        (b"APPROVED:add-login:\n", ("form", FORM, "APPROVED:add-login:")),
        (b"APPROVED\n", ("form", FORM, "APPROVED")),
        (b"", ("form", FORM, "an empty file")),
        (b"\n", ("form", FORM, "an empty file")),
        (f"approved:add-login:{HEAD}\n".encode(), ("form", FORM, f"approved:add-login:{HEAD}")),
        (f"AUTHORIZED:add-login:{HEAD}\n".encode(), ("form", FORM, f"AUTHORIZED:add-login:{HEAD}")),
        (f" APPROVED:add-login:{HEAD}\n".encode(), ("form", FORM, f" APPROVED:add-login:{HEAD}")),
        (f"APPROVED:add-login:{HEAD}:x\n".encode(), ("form", FORM, f"APPROVED:add-login:{HEAD}:x")),
        (f"APPROVED:other:{HEAD}\n".encode(), ("task", "add-login", "other")),
        (f"APPROVED:Add-Login:{HEAD}\n".encode(), ("task", "add-login", "Add-Login")),
        (f"APPROVED:add-login :{HEAD}\n".encode(), ("task", "add-login", "add-login ")),
        (f"APPROVED:add-login:{OTHER}\n".encode(), ("base sha", HEAD, OTHER)),
        (f"APPROVED:add-login:{HEAD[:7]}\n".encode(), ("base sha", FULL, HEAD[:7])),
        (f"APPROVED:add-login:{HEAD[:39]}\n".encode(), ("base sha", FULL, HEAD[:39])),
        (f"APPROVED:add-login:{HEAD}1\n".encode(), ("base sha", FULL, f"{HEAD}1")),
        (f"APPROVED:add-login: {HEAD}\n".encode(), ("base sha", FULL, f" {HEAD}")),
        (f"APPROVED:add-login:{HEAD} \n".encode(), ("base sha", FULL, f"{HEAD} ")),
        (b"APPROVED:add-login:HEAD\n", ("base sha", FULL, "HEAD")),
        (GOOD.replace(b"\n", b"\r\n"), ("line end", "LF", "CR LF")),
        (GOOD.replace(b"\n", b"\r"), ("line end", "LF", "CR")),
        (b"\xef\xbb\xbf" + GOOD, ("encoding", "no byte order mark", "a byte order mark")),
        (GOOD + GOOD, ("lines", "1", "2")),
        (GOOD + b"\n", ("lines", "1", "2")),
        (GOOD + b"trailing", ("lines", "1", "2")),
        (b"APPROVED:\xff:" + HEAD.encode(), ("task", "add-login", "\\xff")),
        (GOOD.decode().encode("utf-16-le"), ("form", FORM, GOOD.decode().encode("utf-16-le")[:-2].decode() + "\x00")),
        (Unreadable("is a symlink"), ("file", "a regular file", "is a symlink")),
        (Unreadable("is a directory"), ("file", "a regular file", "is a directory")),
        (Unreadable("is a FIFO"), ("file", "a regular file", "is a FIFO")),
    ],
)
def test_the_first_field_that_disagrees_is_named_with_both_sides(raw: Content, expected: tuple[str, str, str]) -> None:
    found = answer(raw)
    if isinstance(raw, bytes) and b"\x00" in raw:
        assert found is not None and found[0] in ("form", "lines")
    else:
        assert found == expected


@pytest.mark.req("S000-I-1")
def test_upper_case_hex_is_the_same_commit() -> None:
    head = CommitId("abcdef0123" * 4)
    assert answer(f"APPROVED:add-login:{head.upper()}\n".encode(), ApprovalFacts(head=head, newest=None)) is None


@pytest.mark.req("S000-P1-2")
def test_an_approval_goes_stale_with_the_next_commit() -> None:
    assert answer(GOOD, ApprovalFacts(head=OTHER, newest=None)) == ("base sha", OTHER, HEAD)


def test_without_a_commit_nothing_can_be_approved() -> None:
    assert answer(GOOD, ApprovalFacts(head=None, newest=None)) == ("base sha", "a commit, and the repository has none", HEAD)


def test_a_repository_of_sha_256_has_longer_ids() -> None:
    long = CommitId("ab" * 32)
    assert answer(f"APPROVED:add-login:{long}\n".encode(), ApprovalFacts(head=long, newest=None)) is None
    assert answer(GOOD, ApprovalFacts(head=long, newest=None)) == ("base sha", long, HEAD)


def test_a_task_folder_with_an_odd_name_cannot_be_approved() -> None:
    path = RepoPath(".ai-stack-trace/a b/contract/APPROVED")
    found = answer(f"APPROVED:a b:{HEAD}\n".encode(), path=path)
    assert found == ("task", "a folder named with letters, digits, '.', '_' and '-'", "a b")


def test_of_more_tasks_than_are_looked_at_the_folder_of_all_is_refused() -> None:
    actual = "more; those that come later by name are not looked at"
    assert answer(Unreadable("is a directory"), path=RepoPath(TRACE)) == ("task folders", f"at most {TASK_LIMIT}", actual)
    judged = judge_approval(RepoPath(TRACE), Unreadable("is a directory"), FACTS, AT)
    assert judged is not None and (judged.kind, judged.subject) == ("APPROVED", "every further task")


def test_the_path_says_which_task_a_file_approves() -> None:
    assert task_of(PATH) == "add-login"
    for path in (".ai-stack-trace/contract/APPROVED", ".ai-stack-trace/a/b/contract/APPROVED", "x/.ai-stack-trace/a/contract/APPROVED"):
        assert task_of(RepoPath(path)) is None


@pytest.mark.parametrize(
    ("phase", "slug"),
    [("Phase 3 -- Auth", "phase-3-auth"), ("Phase 3.1", "phase-3-1"), ("unknown", "unknown"), ("Phase 2 -- Ünïcode!", "phase-2-n-code")],
)
def test_a_phase_has_one_form_in_tokens(phase: str, slug: str) -> None:
    assert phase_slug(Phase(phase)) == slug


def authorized(raw: Content, facts: ApprovalFacts = FACTS) -> tuple[str, str, str] | None:
    """Return the answer about the AUTHORIZED file."""
    return answer(raw, facts, FORGE.authorized)


def test_an_authorization_names_the_newest_passing_entry_by_its_leaf() -> None:
    assert authorized(GOOD_AUTHORIZED) is None
    judged = judge_approval(FORGE.authorized, GOOD_AUTHORIZED, FACTS, AT)
    assert judged is not None and (judged.kind, judged.subject) == ("AUTHORIZED", "phase-3-auth")


def test_a_signed_off_entry_may_be_named_too() -> None:
    assert authorized(GOOD_AUTHORIZED, replace(FACTS, newest=replace(NEWEST, outcome=Outcome.SIGNED_OFF))) is None


@pytest.mark.parametrize(
    ("raw", "facts", "expected"),
    [
        (b"AUTHORIZED\n", FACTS, ("form", "AUTHORIZED:<phase slug>:<entry>", "AUTHORIZED")),
        (GOOD, FACTS, ("form", "AUTHORIZED:<phase slug>:<entry>", GOOD.decode().strip())),
        (GOOD_AUTHORIZED, replace(FACTS, newest=None), ("entry", "an audit entry, and the journal has none", HEX)),
        (GOOD_AUTHORIZED.replace(b"3-auth", b"4-auth"), FACTS, ("phase", "phase-3-auth", "phase-4-auth")),
        (f"AUTHORIZED:phase-3-auth:{HEX[:12]}\n".encode(), FACTS, ("entry", f"{HEX} (entry 41)", HEX[:12])),
        (b"AUTHORIZED:phase-3-auth:41\n", FACTS, ("entry", f"{HEX} (entry 41)", "41")),
        (f"AUTHORIZED:phase-3-auth:{OLDER}\n".encode(), FACTS, ("entry", f"{HEX} (entry 41)", OLDER)),
        (f"AUTHORIZED:phase-3-auth:{HEX.upper()}\n".encode(), FACTS, ("entry", f"{HEX} (entry 41)", HEX.upper())),
        (GOOD_AUTHORIZED, replace(FACTS, newest=replace(NEWEST, outcome=Outcome.FAIL)), ("outcome", "PASS", "FAIL")),
        (GOOD_AUTHORIZED, replace(FACTS, head=OTHER), ("base commit", OTHER, HEAD)),
        (GOOD_AUTHORIZED, ApprovalFacts(head=None, newest=NEWEST), ("base commit", "no commit", HEAD)),
        (GOOD_AUTHORIZED, replace(FACTS, newest=replace(NEWEST, head=None)), ("base commit", HEAD, "no commit")),
        (Unreadable("is a directory"), FACTS, ("file", "a regular file", "is a directory")),
    ],
)
def test_an_authorization_that_disagrees_names_the_field(raw: Content, facts: ApprovalFacts, expected: tuple[str, str, str]) -> None:
    assert authorized(raw, facts) == expected


def test_without_entries_an_authorization_is_about_no_phase() -> None:
    judged = judge_approval(FORGE.authorized, GOOD_AUTHORIZED, ApprovalFacts(head=HEAD, newest=None), AT)
    assert judged is not None and judged.subject == "no phase"
