"""The token file AUTHORIZED: every kind of file gets one answer, and what is accepted lets its tree be committed, once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from forgewatch.adapters.ssh_signatures import verifies
from forgewatch.app.authorized_token import answer_authorized
from forgewatch.app.durable import answer_approvals
from forgewatch.core.allowed_signers import AllowedSigners, parse_allowed_signers
from forgewatch.core.authority import AuthorityRules, Tier
from forgewatch.core.authority_events import AuthorizationGranted, Means, TokenFile
from forgewatch.core.authority_request import SignedRequest, request_of
from forgewatch.core.canonical import digest_of_bytes
from forgewatch.core.errors import EnvironmentFault, LedgerUnwritable
from forgewatch.core.events import ApprovalJudged, AuditRecorded, Recorded
from forgewatch.core.report import Failed
from forgewatch.core.settings import AuthoritySettings, Settings
from forgewatch.core.tiers import request_about
from forgewatch.core.values import RepoPath, Unreadable
from forgewatch.core.verdict import Outcome, StopReason
from tests.support.answers import HEAD, digest, failing, report
from tests.support.authority_rig import LOG, TOKEN, AuthorityRig, Signers
from tests.support.ssh import allowed, software_public, software_sign

PATH = RepoPath(TOKEN)


@pytest.fixture
def rig() -> AuthorityRig:
    return AuthorityRig()


def people(tier: int = 0) -> Signers:
    lines = {"alice": software_public(1), "bob": software_public(2), "bot": software_public(4)}
    signers = parse_allowed_signers(allowed(lines).encode())
    assert isinstance(signers, AllowedSigners)
    rules = AuthorityRules(signers=signers, tiers={"AUTHORIZED": Tier(tier)}, builders=frozenset({"bot"}))
    return Signers(rules, verifies)


def line(rig: AuthorityRig, entry: int | None = None, subject: str = "phase-1-things") -> str:
    """Return the token for the newest audit, or for another entry."""
    state = rig.record.state()
    work = state.entries.get(entry) if entry is not None else state.work
    assert work is not None
    return f"AUTHORIZED:{subject}:{work.leaf.removeprefix('sha256:')}"


def request(rig: AuthorityRig, *numbers: int, subject: str = "", nonce: str = "0f" * 16) -> bytes:
    """Return the file of a request about the newest audit, signed by these people."""
    work = rig.record.state().work
    assert work is not None
    asked = request_of(
        request_about(work, "shop-0123456789abcdef"), nonce=nonce, not_before="2026-11-20T11:00:00Z", expires="2026-11-20T13:00:00Z"
    )
    raw = asked.to_bytes().replace(b"phase-1-things", subject.encode()) if subject else asked.to_bytes()
    return SignedRequest(raw, tuple(software_sign(number, raw) for number in numbers)).to_bytes()


def writes(rig: AuthorityRig, raw: str | bytes | Unreadable | None) -> tuple[Recorded, ...]:
    """Put the file there and look."""
    if raw is None:
        rig.files.files.pop(TOKEN, None)
    else:
        rig.files.files[TOKEN] = raw.encode() if isinstance(raw, str) else raw
    return answer_authorized(rig.desk, PATH)


def told(found: tuple[Recorded, ...]) -> tuple[str, str, str]:
    """Return (field, expected, actual) of the one refusal."""
    (recorded,) = found
    assert isinstance(recorded.event, ApprovalJudged)
    assert not recorded.event.accepted
    assert recorded.event.kind == "AUTHORIZED"
    return recorded.event.field, recorded.event.expected, recorded.event.actual


def grants(rig: AuthorityRig) -> list[AuthorizationGranted]:
    return [event for event in rig.journal.events if isinstance(event, AuthorizationGranted)]


@pytest.mark.req("S002-10.4-7")
@pytest.mark.parametrize("ending", ["", "\n"])
def test_the_right_line_is_an_authorization_and_is_answered_once(rig: AuthorityRig, ending: str) -> None:
    audit = rig.audited()
    (recorded,) = writes(rig, line(rig) + ending)
    (event,) = grants(rig)
    assert recorded.event == event
    assert (event.entry, event.means, event.tier, event.actor, event.head) == (audit, Means.TOKEN, 0, "", HEAD)
    assert event.file == TokenFile(PATH, digest_of_bytes((line(rig) + ending).encode()))
    assert writes(rig, line(rig) + ending) == answer_authorized(rig.another(), PATH) == ()
    assert len(grants(rig)) == 1


def test_the_commit_that_was_there_before_the_token_is_recorded_with_it(rig: AuthorityRig) -> None:
    rig.audited()
    commit = rig.world.commit("first")
    granted, committed = writes(rig, line(rig))
    assert isinstance(granted.event, AuthorizationGranted)
    assert isinstance(committed.event, AuditRecorded)
    assert (committed.event.outcome, committed.event.commit) == (Outcome.AUTHORIZED, commit)


FORMS: tuple[tuple[str, Callable[[AuthorityRig], str | bytes | Unreadable], str, str], ...] = (
    ("empty", lambda rig: "", "form", "an empty file"),
    ("the bare word", lambda rig: "AUTHORIZED\n", "form", "AUTHORIZED"),
    ("nothing bound", lambda rig: "AUTHORIZED::\n", "form", "AUTHORIZED::"),
    ("no entry", lambda rig: "AUTHORIZED:phase-1-things:\n", "form", "AUTHORIZED:phase-1-things:"),
    ("another kind", lambda rig: line(rig).replace("AUTHORIZED", "APPROVED"), "form", ""),
    ("OVERWRITE never authorizes", lambda rig: line(rig).replace("AUTHORIZED", "OVERWRITE"), "form", ""),
    ("two lines", lambda rig: line(rig) + "\n" + line(rig) + "\n", "lines", "2"),
    ("CR LF", lambda rig: line(rig) + "\r\n", "line end", "CR LF"),
    ("a byte order mark", lambda rig: b"\xef\xbb\xbf" + line(rig).encode(), "encoding", "a byte order mark"),
    ("another phase", lambda rig: line(rig, subject="phase-2-more"), "phase", "phase-2-more"),
    ("another entry", lambda rig: f"AUTHORIZED:phase-1-things:{'0f' * 32}", "entry", "0f" * 32),
    ("the seq for the leaf", lambda rig: "AUTHORIZED:phase-1-things:1", "entry", "1"),
    ("no text", lambda rig: b"AUTHORIZED:phase-1-things:\xff\x1b[2J", "entry", "\\xff\x1b[2J"),
    ("a symlink", lambda rig: Unreadable("is a symlink"), "file", "is a symlink"),
    ("a FIFO", lambda rig: Unreadable("is a FIFO"), "file", "is a FIFO"),
    ("a long line", lambda rig: "AUTHORIZED:" + "x" * 5000, "file", "is over the limit of 4096 bytes"),
    ("half of a request", lambda rig: request(rig, 1)[:-20], "form", ""),
    ("a request about another phase", lambda rig: request(rig, 1, subject="phase-2-things"), "subject", "phase-2-things"),
    ("a request that nobody signed", lambda rig: request(rig), "signatures", "0"),
    ("a request that the builder signed", lambda rig: request(rig, 4), "principal", "bot"),
    ("a request that a stranger signed", lambda rig: request(rig, 9), "key", ""),
)


@pytest.mark.req("S002-10.4-7")
@pytest.mark.parametrize(("made", "field", "actual"), [row[1:] for row in FORMS], ids=[row[0] for row in FORMS])
def test_a_file_that_is_no_such_token_is_refused_by_its_field_once(
    made: Callable[[AuthorityRig], str | bytes | Unreadable], field: str, actual: str
) -> None:
    rig = AuthorityRig(signers=people())
    rig.audited()
    raw = made(rig)
    found = told(writes(rig, raw))
    assert found[0] == field
    assert found[2] == actual or (actual == "" and found[2])
    assert writes(rig, raw) == ()
    assert answer_authorized(rig.another(), PATH) == ()
    assert grants(rig) == []


def test_a_file_that_is_gone_or_never_was_gets_no_answer_and_costs_no_look(rig: AuthorityRig) -> None:
    rig.audited()
    assert writes(rig, None) == ()
    assert rig.world.looks == 0


@pytest.mark.parametrize(
    ("happens", "field"),
    [
        (lambda rig: rig.audited(failing("second", head=HEAD)), "outcome"),
        (lambda rig: rig.files.files.update({LOG: b"another"}), "diff log"),
        (lambda rig: setattr(rig.world, "tree", digest("another")), "tree"),
        (lambda rig: rig.world.commit("another"), "HEAD"),
        (lambda rig: rig.grants(), "authorization"),
    ],
    ids=["it failed", "the log was changed", "a file was touched", "something was committed", "it was given already"],
)
def test_the_right_line_about_what_is_no_more_is_refused(rig: AuthorityRig, happens: Callable[[AuthorityRig], Any], field: str) -> None:
    rig.audited()
    happens(rig)
    before = len(grants(rig))
    assert told(writes(rig, line(rig)))[0] == field
    assert len(grants(rig)) == before


def test_a_line_for_an_entry_of_before_is_stale(rig: AuthorityRig) -> None:
    first = rig.audited()
    rig.audited(report("second", head=HEAD))
    assert told(writes(rig, line(rig, first)))[0] == "entry"


def test_a_used_line_put_back_authorizes_nothing_more(rig: AuthorityRig) -> None:
    rig.audited()
    used = line(rig)
    writes(rig, used)
    rig.world.commit("first")
    assert len(writes(rig, None)) == 0
    answer_authorized(rig.desk, PATH)
    rig.audited(report("second", head=rig.world.head))
    rig.world.tree = digest("tree second")
    # The same bytes have their answer; with another end they are refused: the entry is another one.
    assert writes(rig, used) == ()
    assert told(writes(rig, used + "\n"))[0] == "entry"
    assert len(grants(rig)) == 1


def test_without_an_audit_the_line_has_nothing_to_name(rig: AuthorityRig) -> None:
    assert told(writes(rig, f"AUTHORIZED:phase-1-things:{'0f' * 32}"))[:2] == ("entry", "an audit entry, and the journal has none")


def test_two_who_answer_at_once_give_one_authorization(rig: AuthorityRig) -> None:
    rig.audited()
    rig.files.files[TOKEN] = line(rig).encode()
    other = rig.another()
    rig.world.meanwhile = lambda: answer_authorized(other, PATH)
    found = answer_authorized(rig.desk, PATH)
    assert len(grants(rig)) == 1
    # The one that came second finds the answer of the first, and refuses nothing.
    assert [type(one.event) for one in found] == [AuthorizationGranted]
    assert [event for event in rig.journal.events if isinstance(event, ApprovalJudged)] == []


@pytest.mark.parametrize("after", [False, True], ids=["before it is durable", "after it is durable"])
def test_a_crash_at_the_answer_gives_one_authorization_in_the_end(rig: AuthorityRig, after: bool) -> None:
    rig.audited()
    rig.files.files[TOKEN] = line(rig).encode()
    rig.fail_at(1, LedgerUnwritable("no space"), after=after)
    with pytest.raises(LedgerUnwritable):
        answer_authorized(rig.desk, PATH)
    answer_authorized(rig.another(), PATH)
    assert len(grants(rig)) == 1
    rig.world.commit("first")
    answer_approvals(rig.desk, lambda: HEAD, ())
    assert len(grants(rig)) == 1


def test_facts_that_cannot_be_had_leave_the_file_without_an_answer(rig: AuthorityRig) -> None:
    rig.audited()
    rig.world.fails = Failed(StopReason.ENVIRONMENT_LIMITATION, "git is not there", again=True)
    with pytest.raises(EnvironmentFault):
        writes(rig, line(rig))
    rig.world.fails = None
    assert len(answer_authorized(rig.desk, PATH)) == 1
    assert len(grants(rig)) == 1


def test_where_the_operator_wants_a_signature_the_line_is_refused_and_the_request_accepted() -> None:
    settings = Settings(authority=AuthoritySettings(tiers=(("AUTHORIZED", 1),)))
    rig = AuthorityRig(settings, signers=people(tier=1))
    rig.audited()
    assert told(writes(rig, line(rig)))[:2] == ("tier", "T1: a signature over the request")
    (recorded,) = writes(rig, request(rig, 1))
    assert isinstance(recorded.event, AuthorizationGranted)
    assert (recorded.event.means, recorded.event.tier, recorded.event.principals) == (Means.SIGNATURE, 1, ("alice",))
    assert (recorded.event.nonce, recorded.event.file and recorded.event.file.path) == ("0f" * 16, PATH)


def test_a_request_is_used_once_whatever_is_around_it() -> None:
    rig = AuthorityRig(signers=people())
    rig.audited()
    given = request(rig, 1)
    writes(rig, given)
    assert writes(rig, given) == ()
    assert told(writes(rig, request(rig, 1, 2)))[0] == "nonce"
    assert len(grants(rig)) == 1


def test_signers_that_cannot_be_believed_let_no_signature_count() -> None:
    class Broken(Signers):
        def rules(self, settings: Settings) -> AuthorityRules:
            raise EnvironmentFault("allowed_signers is writable by the builder", "chmod go-w it")

    rig = AuthorityRig(signers=Broken(people().given, verifies))
    rig.audited()
    field, _, actual = told(writes(rig, request(rig, 1)))
    assert field == "authority"
    assert actual.startswith("allowed_signers is writable by the builder")
    assert grants(rig) == []


def test_the_errand_answers_the_token_beside_the_approvals(rig: AuthorityRig) -> None:
    rig.audited()
    rig.files.files[TOKEN] = line(rig).encode()
    rig.files.files[".ai-stack-trace/t1/contract/APPROVED"] = b"APPROVED::\n"
    answered = answer_approvals(rig.desk, lambda: HEAD, (RepoPath(".ai-stack-trace/t1/contract/APPROVED"), PATH))
    assert [type(one.event).__name__ for one in answered.recorded] == ["ApprovalJudged", "AuthorizationGranted"]
    assert answer_approvals(rig.desk, lambda: HEAD, (PATH,)).recorded == ()
