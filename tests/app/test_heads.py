"""Following HEAD: each commit is told once, by whoever sees it first, and what a crash or another actor left is made up for."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest

from forgewatch.adapters.journal import FileJournal
from forgewatch.adapters.journal_seal import JournalSeal
from forgewatch.adapters.state_folder import create_folder
from forgewatch.app import heads
from forgewatch.app.heads import facts_request, follow_head, foreseen, is_told
from forgewatch.core.authority_events import AuthorizationGranted, CommitUnaudited, Means, StandingGranted
from forgewatch.core.errors import EnvironmentFault, LedgerUnwritable
from forgewatch.core.events import AuditRecorded, Recorded
from forgewatch.core.report import Failed
from forgewatch.core.settings import AuthoritySettings, Settings
from forgewatch.core.values import CommitId, Phase, RepoPath
from forgewatch.core.verdict import Outcome, StopReason
from tests.support.answers import HEAD, digest, envelope, failing, report
from tests.support.authority_rig import AuthorityRig

FULL = LedgerUnwritable("the disk is full")


@pytest.fixture
def rig() -> AuthorityRig:
    return AuthorityRig()


def kinds(told: tuple[Recorded, ...]) -> list[str]:
    return [one.event.outcome.value if isinstance(one.event, AuditRecorded) else type(one.event).__name__ for one in told]


def unaudited(rig: AuthorityRig) -> list[CommitUnaudited]:
    return [event for event in rig.journal.events if isinstance(event, CommitUnaudited)]


def amendments(rig: AuthorityRig) -> list[AuditRecorded]:
    return [event for event in rig.journal.events if isinstance(event, AuditRecorded) and event.commit is not None]


def auto(rig: AuthorityRig, **parts: Any) -> int:
    """Record an audit that passed under a directive with Auto-authorize, in BASE's version too."""
    rig.world.parts["auto_authorize"] = True
    return rig.audited(auto_authorize=True, **parts)


def test_nothing_is_looked_at_while_the_record_speaks_of_head(rig: AuthorityRig) -> None:
    assert follow_head(rig.desk) == ()
    rig.audited()
    rig.grants()
    first = rig.world.commit("first")
    assert kinds(follow_head(rig.desk)) == ["AUTHORIZED (committed)"]
    looks = rig.world.looks
    # The anchor moved on; a checkout of what was authorized before is spoken of, too.
    for head in (first, HEAD):
        rig.world.head = head
        assert follow_head(rig.desk) == ()
    assert rig.world.looks == looks == 1


def test_a_record_that_has_no_first_contact_yet_is_not_asked_about_head(rig: AuthorityRig) -> None:
    rig.journal.lines.clear()
    desk = rig.another()
    rig.world.commit("first")
    assert is_told(desk.governed.record.state(), desk.governed)
    assert follow_head(desk) == ()
    assert rig.world.looks == 0


def test_the_authorized_tree_on_its_commit_becomes_one_entry_with_the_hash(rig: AuthorityRig) -> None:
    audit = rig.audited()
    grant = rig.grants()
    commit = rig.world.commit("first")
    (told,) = follow_head(rig.desk)
    event = told.event
    assert isinstance(event, AuditRecorded)
    assert (event.outcome, event.amends, event.commit, event.trigger) == (Outcome.AUTHORIZED, audit, commit, None)
    assert event.authority == (
        f"Commit: {commit}",
        "Assurance: unauthenticated (T0)",
        f"Authorized by: olga, on a terminal (entry {grant.seq})",
    )
    state = rig.record.state()
    assert (state.anchor, state.authority.grants, state.authority.signed, state.authority.closed) == (commit, (), None, audit)


def test_following_twice_records_once(rig: AuthorityRig) -> None:
    rig.audited()
    rig.grants()
    rig.world.commit("first")
    rig.world.commit("of nobody")
    assert kinds(follow_head(rig.desk)) == ["AUTHORIZED (committed)", "CommitUnaudited"]
    before, looks = list(rig.journal.lines), rig.world.looks
    assert follow_head(rig.desk) == follow_head(rig.another()) == ()
    assert (rig.journal.lines, rig.world.looks) == (before, looks)


@pytest.mark.parametrize(
    ("commit", "why"),
    [
        ({"holds": "another"}, "its tree is not the one that entry 1 audited"),
        ({"holds": "first", "on": CommitId("9" * 40)}, "HEAD does not descend from the anchor"),
        ({"holds": "first", "parents": (HEAD, CommitId("9" * 40))}, "a merge holds what no audit saw as one change"),
        ({"tree": None}, "its tree is not the one that entry 1 audited"),
    ],
    ids=["another tree", "another history", "a merge", "a tree nobody could weigh"],
)
def test_a_commit_that_is_not_the_authorized_one_is_unaudited_and_leaves_the_authorization_open(
    rig: AuthorityRig, commit: dict[str, Any], why: str
) -> None:
    audit = rig.audited()
    rig.grants()
    head = rig.world.commit(**commit)
    assert kinds(follow_head(rig.desk)) == ["CommitUnaudited"]
    (told,) = unaudited(rig)
    assert (told.head, told.anchor, told.commits, told.count, told.halted) == (head, HEAD, (head,), 1, audit)
    assert told.why.startswith(why)
    assert len(rig.record.state().authority.grants) == 1
    # An open authorization is worth another look each time; the same commit is told once all the same.
    assert follow_head(rig.desk) == ()
    assert len(unaudited(rig)) == 1


def test_the_same_text_with_other_line_endings_is_the_authorized_tree(rig: AuthorityRig) -> None:
    rig.audited(text_tree=digest("text"))
    rig.grants()
    rig.world.commit("turned by git", text=digest("text"))
    assert kinds(follow_head(rig.desk)) == ["AUTHORIZED (committed)"]


def test_of_many_commits_the_first_twenty_are_named_and_the_rest_is_counted(rig: AuthorityRig) -> None:
    made = [rig.world.commit(f"stray {number}") for number in range(25)]
    rig.world.parts["more"] = 7
    follow_head(rig.desk)
    (told,) = unaudited(rig)
    assert (told.commits, told.count, told.head) == (tuple(made[:20]), 32, made[-1])
    assert told.why == "no audit passed before it"
    assert told.halted is None


def test_an_amended_commit_is_told_as_what_it_is_and_the_authorized_one_before_it_stays(rig: AuthorityRig) -> None:
    rig.audited()
    rig.grants()
    first = rig.world.commit("first")
    follow_head(rig.desk)
    amended = rig.world.commit("first and more", on=HEAD)
    assert kinds(follow_head(rig.desk)) == ["CommitUnaudited"]
    assert unaudited(rig)[0].commits == (amended,)
    rig.world.head = first
    assert follow_head(rig.desk) == ()


def test_neutral_commits_alone_are_nobodys_business_and_do_not_stand_in_the_way(rig: AuthorityRig) -> None:
    rig.audited()
    rig.grants()
    rig.world.commit(neutral=True)
    assert follow_head(rig.desk) == ()
    rig.world.commit("first")
    rig.world.commit(neutral=True)
    assert kinds(follow_head(rig.desk)) == ["AUTHORIZED (committed)"]
    assert follow_head(rig.desk) == ()
    assert unaudited(rig) == []


def test_the_first_commit_of_an_unborn_repository_may_be_the_authorized_one() -> None:
    rig = AuthorityRig(anchor=None)
    rig.audited(head=None)
    rig.grants()
    first = rig.world.commit("first")
    assert kinds(follow_head(rig.desk)) == ["AUTHORIZED (committed)"]
    assert rig.record.state().anchor == first


def test_a_commit_made_before_the_word_is_unaudited_first_and_authorized_by_it(rig: AuthorityRig) -> None:
    audit = rig.audited()
    commit = rig.world.commit("first")
    assert kinds(follow_head(rig.desk)) == ["CommitUnaudited"]
    assert unaudited(rig)[0].why == f"entry {audit} audited its tree, and nobody authorized it"
    rig.grants()
    assert kinds(follow_head(rig.desk)) == ["AUTHORIZED (committed)"]
    assert rig.record.state().anchor == commit


def test_an_authorization_that_ran_out_authorizes_nothing(rig: AuthorityRig) -> None:
    rig.audited()
    rig.grants(expires="2026-11-20T12:00:00Z", tier=1, means=Means.SIGNATURE, principals=("alice",))
    rig.world.commit("first")
    rig.clock.seconds = 1
    assert kinds(follow_head(rig.desk)) == ["CommitUnaudited"]


def test_a_later_fail_does_not_take_back_what_was_authorized(rig: AuthorityRig) -> None:
    audit = rig.audited()
    rig.grants()
    rig.audited(failing("second", head=HEAD))
    rig.world.commit("first")
    assert kinds(follow_head(rig.desk)) == ["AUTHORIZED (committed)"]
    assert amendments(rig)[0].amends == audit


@pytest.mark.req("S002-10.4-4")
def test_the_directive_lets_a_passed_tree_go_and_that_is_recorded_before_the_commit_is(rig: AuthorityRig) -> None:
    audit = auto(rig)
    commit = rig.world.commit("first")
    assert kinds(follow_head(rig.desk)) == ["AuthorizationGranted", "AUTO-AUTHORIZED (committed)"]
    (grant,) = rig.events(AuthorizationGranted)
    assert isinstance(grant, AuthorizationGranted)
    assert (grant.entry, grant.auto, grant.means, grant.actor, grant.tier, grant.standing) == (audit, True, Means.DIRECTIVE, "", 0, None)
    assert (amendments(rig)[0].amends, amendments(rig)[0].commit) == (audit, commit)


@pytest.mark.req("S002-10.4-8")
@pytest.mark.parametrize(
    "told",
    [
        failing(head=HEAD, aem=True, auto_authorize=True),
        report(head=HEAD, aem=False, auto_authorize=True),
        report(head=HEAD, aem=True, auto_authorize=False),
        report(head=HEAD, aem=True, auto_authorize=True, against=CommitId("5" * 40)),
    ],
    ids=["it failed", "AEM is off", "the flag is off", "an audit from another base"],
)
def test_without_a_pass_under_the_directive_nothing_goes_alone(rig: AuthorityRig, told: Any) -> None:
    rig.world.parts["auto_authorize"] = True
    rig.audited(told)
    rig.world.commit("first")
    assert kinds(follow_head(rig.desk)) == ["CommitUnaudited"]


def test_a_directive_that_came_with_the_change_lets_nothing_go(rig: AuthorityRig) -> None:
    rig.audited(auto_authorize=True)
    rig.world.parts["auto_authorize"] = False
    rig.world.commit("first")
    assert kinds(follow_head(rig.desk)) == ["CommitUnaudited"]


def standing(rig: AuthorityRig, uses: int, *phases: str) -> Recorded:
    event = StandingGranted(
        at=rig.clock.now(),
        directive=digest("directive"),
        phases=phases or ("phase-1-things",),
        uses=uses,
        expires="2026-12-01T00:00:00Z",
        actor="",
        tier=1,
        principals=("alice",),
        nonce=f"{uses:032x}",
    )
    rig.world.parts["directive"] = digest("directive")
    return rig.record.tell(event)


def test_where_a_signature_is_wanted_only_a_standing_grant_lets_a_tree_go_and_each_use_counts() -> None:
    rig = AuthorityRig(Settings(authority=AuthoritySettings(tiers=(("AUTHORIZED", 1),))))
    given = standing(rig, uses=1)
    auto(rig)
    rig.world.commit("first")
    assert kinds(follow_head(rig.desk)) == ["AuthorizationGranted", "AUTO-AUTHORIZED (committed)"]
    (grant,) = rig.events(AuthorizationGranted)
    assert isinstance(grant, AuthorizationGranted)
    assert (grant.means, grant.tier, grant.standing, grant.principals) == (Means.STANDING, 1, given.seq, ("alice",))
    assert "Assurance: signed by alice (T1)" in amendments(rig)[0].authority
    # It is used up: the next one is on nobody's word.
    auto(rig, told=report("second", head=rig.world.head, aem=True, auto_authorize=True))
    rig.world.commit("second")
    assert kinds(follow_head(rig.desk)) == ["CommitUnaudited"]


@pytest.mark.parametrize(
    ("phases", "covered"),
    [
        (("phase-1-things",), True),
        (("phase-1",), True),
        (("phase-2", "phase-1"), True),
        (("phase-1-other",), False),
        (("phase-11",), False),
        (("phase-2",), False),
    ],
)
def test_a_standing_grant_names_a_phase_by_its_number_or_by_number_and_title(phases: tuple[str, ...], covered: bool) -> None:
    rig = AuthorityRig(Settings(authority=AuthoritySettings(tiers=(("AUTHORIZED", 1),))))
    standing(rig, 1, *phases)
    auto(rig)
    rig.world.commit("first")
    assert ("AUTO-AUTHORIZED (committed)" in kinds(follow_head(rig.desk))) is covered


def chain(rig: AuthorityRig, count: int) -> list[CommitId]:
    """Audit and authorize one tree after the other, and commit all of them before anybody looks."""
    made = []
    for number in range(count):
        rig.audited(report(f"tree {number}", head=rig.world.head))
        rig.grants()
        made.append(rig.world.commit(f"tree {number}"))
    return made


def test_authorized_commits_that_came_at_once_are_told_one_after_the_other(rig: AuthorityRig) -> None:
    made = chain(rig, 4)
    assert kinds(follow_head(rig.desk)) == ["AUTHORIZED (committed)"] * 4
    assert [event.commit for event in amendments(rig)] == made


def test_more_than_one_look_takes_come_with_the_next(rig: AuthorityRig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heads, "STEPS", 3)
    made = chain(rig, 5)
    assert len(follow_head(rig.desk)) == 3
    assert len(follow_head(rig.desk)) == 2
    assert [event.commit for event in amendments(rig)] == made


@pytest.mark.parametrize("after", [False, True], ids=["before it is durable", "after it is durable"])
@pytest.mark.parametrize("call", [1, 2])
@pytest.mark.parametrize("alone", [False, True], ids=["by a word", "by the directive"])
def test_a_journal_that_fails_at_any_append_leaves_exactly_one_entry_in_the_end(
    rig: AuthorityRig, alone: bool, call: int, after: bool
) -> None:
    audit = auto(rig) if alone else rig.audited()
    if not alone:
        rig.grants()
    rig.world.commit("first")
    rig.fail_at(call, FULL, after=after)
    steps = 2 if alone else 1
    if call <= steps:
        with pytest.raises(LedgerUnwritable):
            follow_head(rig.desk)
    else:
        follow_head(rig.desk)
    # Whoever looks next, the same process or another one.
    follow_head(rig.another())
    follow_head(rig.desk)
    assert [event.amends for event in amendments(rig)] == [audit]
    assert len(rig.events(AuthorizationGranted)) == 1
    assert unaudited(rig) == []


def test_a_daemon_and_a_command_that_look_at_once_record_it_once(rig: AuthorityRig) -> None:
    rig.audited()
    rig.grants()
    rig.world.commit("first")
    command = rig.another()
    told: list[tuple[Recorded, ...]] = []
    rig.world.meanwhile = lambda: told.append(follow_head(command))
    assert follow_head(rig.desk) == ()
    assert [kinds(one) for one in told] == [["AUTHORIZED (committed)"]]
    assert len(amendments(rig)) == 1


@pytest.mark.parametrize("alone", [False, True], ids=["by a word", "by the directive"])
def test_processes_that_look_at_the_same_moment_record_it_once_on_a_real_journal(tmp_path: Path, alone: bool) -> None:
    (tmp_path / "root").mkdir()
    folder = create_folder(tmp_path / "state", tmp_path / "root")
    rig = AuthorityRig(journal=lambda: FileJournal(folder, seal=JournalSeal(folder)))
    auto(rig) if alone else rig.audited()
    if not alone:
        rig.grants()
    rig.world.commit("first")
    rig.world.together = Barrier(4)
    desks = [rig.another() for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        told = [one for found in pool.map(follow_head, desks) for one in found]
    outcome = Outcome.AUTO_AUTHORIZED if alone else Outcome.AUTHORIZED
    assert kinds(tuple(told)) == [*(["AuthorizationGranted"] if alone else []), outcome.value]
    assert rig.outcomes == [Outcome.PASS, Outcome.SIGNED_OFF, outcome]
    assert rig.world.looks == 4


def test_two_that_see_a_stray_commit_at_once_tell_it_once(rig: AuthorityRig) -> None:
    rig.world.commit("stray")
    command = rig.another()
    rig.world.meanwhile = lambda: follow_head(command)
    assert follow_head(rig.desk) == ()
    assert len(unaudited(rig)) == 1


def test_a_word_that_comes_while_the_facts_are_taken_still_counts_for_that_commit(rig: AuthorityRig) -> None:
    rig.audited()
    rig.world.commit("first")
    rig.world.meanwhile = rig.grants
    assert kinds(follow_head(rig.desk)) == ["AUTHORIZED (committed)"]


def adopts_head(rig: AuthorityRig) -> Callable[[], object]:
    return lambda: rig.record.adopt(rig.world.head, "olga")


@pytest.mark.parametrize("strays", [1, 3])
def test_what_the_operator_adopts_while_the_facts_are_taken_is_no_unaudited_commit(rig: AuthorityRig, strays: int) -> None:
    for number in range(strays):
        rig.world.commit(f"stray {number}")
    rig.world.meanwhile = adopts_head(rig)
    assert follow_head(rig.desk) == ()
    assert unaudited(rig) == []


def test_a_history_that_the_operator_adopts_while_the_facts_are_taken_is_no_rewritten_one(rig: AuthorityRig) -> None:
    rig.world.commit("pulled", on=CommitId("7" * 40))
    rig.world.meanwhile = adopts_head(rig)
    assert follow_head(rig.desk) == ()
    assert unaudited(rig) == []


def test_commits_behind_what_was_adopted_meanwhile_are_told_from_there(rig: AuthorityRig) -> None:
    adopted = rig.world.commit("pulled")
    stray = rig.world.commit("stray")
    rig.world.meanwhile = lambda: rig.record.adopt(adopted, "olga")
    assert kinds(follow_head(rig.desk)) == ["CommitUnaudited"]
    (told,) = unaudited(rig)
    assert (told.anchor, told.commits) == (adopted, (stray,))
    assert rig.world.looks == 2


def test_facts_that_cannot_be_had_are_an_environment_fault_and_record_nothing(rig: AuthorityRig) -> None:
    rig.audited()
    rig.world.commit("first")
    before = list(rig.journal.lines)
    rig.world.fails = Failed(StopReason.ENVIRONMENT_LIMITATION, "git is not there", "install git", again=True)
    with pytest.raises(EnvironmentFault, match="git is not there") as raised:
        follow_head(rig.desk)
    assert raised.value.hint == "install git"
    assert rig.journal.lines == before
    rig.world.fails = None
    assert kinds(follow_head(rig.desk)) == ["CommitUnaudited"]


def test_the_worker_is_told_where_an_authorized_tree_may_stand(rig: AuthorityRig) -> None:
    rig.audited()
    rig.grants()
    first = rig.world.commit("first")
    follow_head(rig.desk)
    rig.audited(report("second", head=first))
    request = facts_request(rig.desk.governed, rig.settings, rig.record.state(), work=True)
    assert (request.root, request.state, request.git) == ("/r", "/s/shop-0123456789abcdef", "/usr/bin/git")
    assert (request.anchor, request.adopted, request.authorized, request.work) == (first, True, (HEAD, first), True)
    assert request.bases == (first,)


def test_the_worker_is_told_which_ignore_rules_the_audits_claim_had_brought(rig: AuthorityRig) -> None:
    def claimed(*, work: bool) -> tuple[RepoPath, ...]:
        return facts_request(rig.desk.governed, rig.settings, rig.record.state(), work=work).claimed

    assert claimed(work=True) == ()
    rig.audited(claimed=tuple(map(RepoPath, (".gitignore", "app/a.py", "lib/.gitignore", "lib/x.gitignore"))))
    assert claimed(work=True) == (".gitignore", "lib/.gitignore")
    assert claimed(work=False) == ()
    rig.record.record_answer(Failed(StopReason.ENVIRONMENT_LIMITATION, "it died"), trigger=None, envelope=envelope())
    assert claimed(work=True) == ()


def test_the_entry_of_an_authorized_commit_repeats_phase_and_checklist(rig: AuthorityRig) -> None:
    rig.audited(phase=Phase("Phase 4 -- More"))
    rig.grants()
    rig.world.commit("first")
    (told,) = follow_head(rig.desk)
    assert isinstance(told.event, AuditRecorded)
    assert told.event.phase == "Phase 4 -- More"
    text = bytes(rig.files.files["Forge/evidence/audit_ledger.md"]).decode()  # type: ignore[arg-type]
    assert text.count("- A1 Scope compliance:      PASS") == 3
    assert text.endswith(f"Entry: {told.seq} {told.leaf}\n")


@pytest.mark.parametrize("alone", [False, True], ids=["by a word", "by the directive"])
def test_what_would_be_recorded_is_foreseen_and_nothing_is_recorded(rig: AuthorityRig, alone: bool) -> None:
    audit = auto(rig) if alone else rig.audited()
    if not alone:
        rig.grants()
    commit = rig.world.commit("first")
    before = list(rig.journal.lines)
    state = foreseen(rig.desk)
    assert (state.anchor, state.authorized, state.authority.closed) == (commit, (HEAD, commit), audit)
    assert rig.journal.lines == before
    follow_head(rig.desk)
    after = rig.record.state()
    assert (after.anchor, after.authorized, after.authority.closed, after.size) == (commit, state.authorized, audit, state.size)
    assert foreseen(rig.desk) == after


def test_no_more_is_foreseen_than_one_following_takes(rig: AuthorityRig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heads, "STEPS", 2)
    made = chain(rig, 3)
    assert foreseen(rig.desk).anchor == made[1]


def test_of_several_authorized_commits_all_are_foreseen_and_of_a_stray_none(rig: AuthorityRig) -> None:
    made = chain(rig, 3)
    rig.world.commit("stray")
    state = foreseen(rig.desk)
    assert (state.anchor, state.authority.noted) == (made[-1], ())
    assert amendments(rig) == []


def test_without_anything_new_the_state_is_the_records(rig: AuthorityRig) -> None:
    rig.audited()
    assert foreseen(rig.desk) == rig.record.state()
    assert rig.world.looks == 0
    rig.world.commit(neutral=True)
    assert foreseen(rig.desk) == rig.record.state()


def test_nothing_is_foreseen_from_facts_that_cannot_be_had(rig: AuthorityRig) -> None:
    rig.world.commit("first")
    rig.world.fails = Failed(StopReason.ENVIRONMENT_LIMITATION, "git is not there", again=True)
    with pytest.raises(EnvironmentFault, match="git is not there"):
        foreseen(rig.desk)
