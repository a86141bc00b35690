"""Sign-off and halt: what passed under AEM is signed off exactly once over any crash, and what goes on meanwhile is told once."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from forgewatch.app.auditing import Judged, Question, judge_once, preview
from forgewatch.app.durable import Opened, StoppableAuditor, open_cycle, prepare, run_trigger
from forgewatch.app.halts import follow, is_to_be_observed, observe_halt
from forgewatch.app.heads import follow_head
from forgewatch.app.sign_offs import sign_off_if_due
from forgewatch.core.authority_events import CommitUnaudited, HaltBroken
from forgewatch.core.errors import EnvironmentFault, LedgerUnwritable
from forgewatch.core.events import AuditRecorded, Recorded, Trigger, TriggerClaimed, TriggerDone
from forgewatch.core.report import Failed
from forgewatch.core.repository_facts import WorkChange, WorkFacts
from forgewatch.core.snapshot import ChangeKind, Entry
from forgewatch.core.transition import OpenCycle
from forgewatch.core.values import CommitId, Oid, RepoPath
from forgewatch.core.verdict import Outcome, StopReason
from tests.support.answers import HEAD, digest, envelope, failing, report, unjudged
from tests.support.authority_rig import LOG, AuthorityRig

FULL = LedgerUnwritable("the disk is full")


@pytest.fixture
def rig() -> AuthorityRig:
    return AuthorityRig()


def trigger_of(rig: AuthorityRig) -> Trigger:
    raw = rig.files.files[LOG]
    assert isinstance(raw, bytes)
    return Trigger(cycle=rig.record.state().cycle, document=digest(raw.decode()), record=None)


def runs(rig: AuthorityRig, **parts: Any) -> Any:
    """Run the trigger of what is there, with a passing audit under AEM by default."""
    rig.world.answer = report(**{"head": rig.world.head, "aem": True, **parts})
    return run_trigger(rig.desk, trigger_of(rig), b"log")


def opens(rig: AuthorityRig, document: str, desk: Any = None) -> Opened:
    return open_cycle(desk or rig.desk, OpenCycle(cycle=rig.record.state().cycle + 1, document=digest(document)), document.encode())


def broken(rig: AuthorityRig) -> list[str]:
    return [event.detail for event in rig.journal.events if isinstance(event, HaltBroken)]


def strays(rig: AuthorityRig) -> list[CommitId]:
    return [event.head for event in rig.journal.events if isinstance(event, CommitUnaudited)]


# Sign-off.


@pytest.mark.req("S002-10.4-5")
def test_a_pass_of_the_daemon_is_signed_off_right_behind_it(rig: AuthorityRig) -> None:
    opens(rig, "plan")
    concluded = runs(rig)
    assert concluded.result == "entry"
    assert rig.outcomes == [Outcome.PASS, Outcome.SIGNED_OFF]
    kinds = [type(event) for event in rig.journal.events[2:]]
    assert kinds == [TriggerClaimed, AuditRecorded, AuditRecorded, TriggerDone]


@pytest.mark.parametrize("after", [False, True], ids=["before it is durable", "after it is durable"])
@pytest.mark.parametrize("call", [1, 2, 3, 4])
def test_a_crash_at_any_append_of_an_audit_leaves_one_audit_and_one_sign_off_in_the_end(rig: AuthorityRig, call: int, after: bool) -> None:
    opens(rig, "plan")
    rig.fail_at(call, FULL, after=after)
    try:
        runs(rig)
    except LedgerUnwritable:
        assert call < 3
    # The next start: what was claimed is run again, what was recorded is completed.
    rig.world.answer = report(head=HEAD, aem=True)
    restarted = rig.another()
    prepare(restarted, lambda: HEAD)
    if not rig.outcomes:
        run_trigger(restarted, trigger_of(rig), b"log")
    assert rig.outcomes == [Outcome.PASS, Outcome.SIGNED_OFF]
    prepare(rig.another(), lambda: HEAD)
    assert rig.outcomes == [Outcome.PASS, Outcome.SIGNED_OFF]


@pytest.mark.parametrize(
    "told",
    [
        report(head=HEAD),
        report(head=HEAD, aem=True, against=CommitId("5" * 40)),
        failing(head=HEAD, aem=True),
        unjudged(head=HEAD, aem=True),
    ],
    ids=["AEM is off", "an audit from another base", "FAIL", "ERROR"],
)
def test_nothing_but_a_pass_of_the_cycles_own_change_under_aem_is_signed_off(rig: AuthorityRig, told: Any) -> None:
    rig.audited(told)
    assert sign_off_if_due(rig.record, envelope()) is None
    assert Outcome.SIGNED_OFF not in rig.outcomes


def test_an_audit_from_another_base_in_between_leaves_what_is_signed_off(rig: AuthorityRig) -> None:
    audit = rig.audited()
    rig.audited(failing("second", head=HEAD, aem=True, against=CommitId("5" * 40)))
    signed = rig.record.state().authority.signed
    assert signed is not None and signed.entry == audit
    assert sign_off_if_due(rig.record, envelope()) is None


def test_a_dry_run_signs_nothing_off(rig: AuthorityRig) -> None:
    rig.world.answer = report(head=HEAD, aem=True)
    before = list(rig.journal.lines)
    judged = judge_once(rig.desk.governed, rig.settings, rig.world, rig.clock, Question(recordable=False))
    assert isinstance(judged, Judged)
    assert preview(rig.desk.governed, judged).outcome is Outcome.PASS
    assert rig.journal.lines == before


@pytest.mark.req("S002-10.3-6")
def test_a_pass_of_a_blocked_phase_is_not_signed_off(rig: AuthorityRig) -> None:
    for number in range(3):
        rig.audited(failing(f"f{number}", head=HEAD, aem=True))
    rig.audited()
    prepare(rig.another(), lambda: HEAD)
    assert rig.outcomes == [Outcome.FAIL, Outcome.FAIL, Outcome.FAIL, Outcome.PASS]


def test_an_audit_the_machine_kept_from_a_verdict_is_not_signed_off_and_runs_again(rig: AuthorityRig) -> None:
    opens(rig, "plan")
    rig.world.answer = Failed(StopReason.ENVIRONMENT_LIMITATION, "git is away", again=True)
    assert run_trigger(rig.desk, trigger_of(rig), b"log").unjudged is not None
    assert rig.outcomes == [Outcome.ERROR]
    assert runs(rig).result == "entry"
    assert rig.outcomes == [Outcome.ERROR, Outcome.PASS, Outcome.SIGNED_OFF]


def test_a_disk_that_takes_no_sign_off_gets_it_with_the_next_look(rig: AuthorityRig) -> None:
    rig.fail_at(2, FULL)
    rig.audited()
    assert rig.outcomes == [Outcome.PASS]
    rig.fail_at(9, FULL)
    assert sign_off_if_due(rig.record, envelope()) is not None
    assert sign_off_if_due(rig.another().governed.record, envelope()) is None
    assert rig.outcomes == [Outcome.PASS, Outcome.SIGNED_OFF]


def test_what_was_committed_with_authority_needs_no_sign_off_any_more(rig: AuthorityRig) -> None:
    rig.fail_at(2, FULL)
    rig.audited()
    rig.grants()
    rig.world.commit("first")
    follow_head(rig.desk)
    assert sign_off_if_due(rig.record, envelope()) is None


# An audit sees authorized commits as such.


def test_an_authorized_commit_that_nobody_noted_is_recorded_before_the_next_audit_is_asked(rig: AuthorityRig) -> None:
    rig.audited()
    rig.grants()
    commit = rig.world.commit("first")
    rig.files.files[LOG] = b"second"
    opens(rig, "next plan")
    concluded = runs(rig, name="second")
    (asked,) = rig.world.asked
    assert (asked.anchor, asked.authorized) == (commit, (HEAD, commit))
    assert strays(rig) == []
    assert broken(rig) == []
    assert concluded.result == "entry"


def test_what_a_trigger_found_of_head_is_told_with_it(rig: AuthorityRig) -> None:
    stray = rig.world.commit("stray")
    concluded = runs(rig)
    assert [type(one.event) for one in concluded.told] == [CommitUnaudited]
    assert strays(rig) == [stray]
    # It is the audit that says what follows from it.
    assert rig.world.asked[0].anchor == HEAD


def test_a_machine_that_keeps_us_from_the_facts_keeps_no_audit_from_running(rig: AuthorityRig) -> None:
    rig.world.commit("stray")
    rig.world.fails = Failed(StopReason.ENVIRONMENT_LIMITATION, "no worker", again=True)
    concluded = runs(rig)
    assert (concluded.result, concluded.told) == ("entry", ())


# The halt.


@pytest.mark.req("S002-10.4-6")
def test_a_cycle_begun_while_work_is_halted_is_told_once_over_restarts(rig: AuthorityRig) -> None:
    opens(rig, "plan")
    runs(rig)
    opened = opens(rig, "next plan")
    assert [type(one.event) for one in opened.told] == [HaltBroken]
    assert broken(rig) == ["cycle 2 was opened"]
    for desk in (rig.desk, rig.another()):
        assert opens(rig, "next plan", desk).told == ()
        assert follow(desk).recorded == ()
    assert broken(rig) == ["cycle 2 was opened"]
    # Another one is another breach.
    runs_nothing = Trigger(cycle=2, document=digest("log"), record=None)
    rig.record.claim(runs_nothing)
    assert [type(one.event) for one in opens(rig, "third plan").told] == [HaltBroken]
    assert broken(rig) == ["cycle 2 was opened", "cycle 3 was opened"]


def test_a_crash_between_the_cycle_and_the_word_that_it_broke_the_halt_is_made_up_for(rig: AuthorityRig) -> None:
    opens(rig, "plan")
    runs(rig)
    rig.fail_at(2, FULL)
    with pytest.raises(LedgerUnwritable):
        opens(rig, "next plan")
    restarted = rig.another()
    prepare(restarted, lambda: HEAD)
    assert [type(one.event) for one in follow(restarted).recorded] == [HaltBroken]
    assert broken(rig) == ["cycle 2 was opened"]
    assert follow(rig.desk).recorded == ()


def test_two_that_see_the_same_cycle_begin_tell_it_once(rig: AuthorityRig) -> None:
    opens(rig, "plan")
    runs(rig)
    rig.world.commit("stray")
    other = rig.another()
    rig.world.meanwhile = lambda: follow(other)
    opens(rig, "next plan")
    assert broken(rig) == ["cycle 2 was opened"]
    assert len(strays(rig)) == 1


def test_the_halt_is_broken_neither_by_the_cycle_that_was_audited_nor_without_a_sign_off(rig: AuthorityRig) -> None:
    opens(rig, "plan")
    runs(rig, aem=False)
    assert opens(rig, "next plan").told == ()
    runs(rig, name="second")
    assert follow(rig.desk).recorded == ()
    assert broken(rig) == []


def test_the_authorized_commit_ends_the_halt_before_the_next_cycle_begins(rig: AuthorityRig) -> None:
    opens(rig, "plan")
    runs(rig)
    rig.grants()
    commit = rig.world.commit("first")
    opened = opens(rig, "next plan")
    (told,) = opened.told
    assert isinstance(told.event, AuditRecorded)
    assert told.event.commit == commit
    assert broken(rig) == []


def test_a_commit_that_is_not_the_authorized_one_and_a_new_cycle_are_both_told(rig: AuthorityRig) -> None:
    opens(rig, "plan")
    runs(rig)
    rig.grants()
    rig.world.commit("another tree")
    assert [type(one.event) for one in opens(rig, "next plan").told] == [CommitUnaudited, HaltBroken]
    halted = [event.halted for event in rig.journal.events if isinstance(event, CommitUnaudited)]
    signed = rig.record.state().authority.signed
    assert signed is not None and halted == [signed.entry]


def test_facts_that_cannot_be_had_leave_the_new_cycle_to_be_told_later(rig: AuthorityRig) -> None:
    opens(rig, "plan")
    runs(rig)
    rig.world.commit("first")
    rig.world.fails = Failed(StopReason.ENVIRONMENT_LIMITATION, "git is not there", again=True)
    with pytest.raises(EnvironmentFault):
        opens(rig, "next plan")
    rig.world.fails = None
    opened = opens(rig, "next plan")
    assert opened.cycle == 2
    assert [type(one.event) for one in opened.told] == [CommitUnaudited, HaltBroken]


def test_a_command_that_audited_belongs_to_no_cycle_so_only_what_begins_after_it_breaks_the_halt(rig: AuthorityRig) -> None:
    opens(rig, "plan")
    rig.audited()
    assert follow(rig.desk).recorded == ()
    assert [one.event.detail for one in opens(rig, "next plan").told if isinstance(one.event, HaltBroken)] == ["cycle 2 was opened"]


def test_the_next_audit_takes_the_place_of_what_was_signed_off(rig: AuthorityRig) -> None:
    opens(rig, "plan")
    runs(rig)
    rig.files.files[LOG] = b"second"
    opens(rig, "next plan")
    runs(rig, name="second")
    signed = rig.record.state().authority.signed
    assert signed is not None and signed.broken == ()
    assert rig.outcomes == [Outcome.PASS, Outcome.SIGNED_OFF] * 2


def test_an_audit_known_already_tells_nothing_again(rig: AuthorityRig) -> None:
    opens(rig, "plan")
    runs(rig)
    known = runs(rig)
    assert (known.result, known.told) == ("known", ())
    assert isinstance(known.answer, Recorded | None)
    assert rig.outcomes == [Outcome.PASS, Outcome.SIGNED_OFF]


def test_an_auditor_that_is_stopped_gives_no_facts_any_more(rig: AuthorityRig) -> None:
    rig.world.commit("stray")
    stoppable = StoppableAuditor(rig.world)
    desk = replace(rig.desk, auditor=stoppable)
    rig.world.meanwhile = lambda: setattr(stoppable, "stopped", True)
    with pytest.raises(EnvironmentFault, match="the daemon ended"):
        follow(desk)
    assert strays(rig) == []
    stoppable.stopped = False
    assert [type(one.event) for one in follow(desk).recorded] == [CommitUnaudited]


def test_an_audit_is_made_ready_for_when_a_cycle_begins_and_not_when_the_daemon_ends(rig: AuthorityRig) -> None:
    stoppable = StoppableAuditor(rig.world)
    desk = replace(rig.desk, auditor=stoppable)
    opens(rig, "first", desk)
    assert rig.world.expected == 1
    stoppable.stopped = True
    opens(rig, "second", desk)
    assert rig.world.expected == 1


# Files that change while work is halted.


def work(*paths: str, tree: str = "tree another") -> WorkFacts:
    """Return a working tree in which these files are changed."""
    entry = Entry(0o100644, Oid("0" * 40))
    return WorkFacts(
        tree=digest(tree),
        text=digest(tree),
        changes=tuple(WorkChange(path=RepoPath(path), kind=ChangeKind.MODIFIED, before=entry, after=entry) for path in paths),
    )


def observed(rig: AuthorityRig, *paths: str, tree: str = "tree another") -> list[str]:
    """Look at the halted tree, these files being changed; return what the journal says of broken halts."""
    rig.world.parts["work"] = work(*paths, tree=tree)
    observe_halt(rig.desk)
    return broken(rig)


@pytest.mark.req("S002-10.4-6")
def test_a_file_that_changes_after_the_sign_off_is_told_once_and_named(rig: AuthorityRig) -> None:
    rig.audited()
    assert observed(rig, "app/a.py", tree="tree first") == []
    wanted = f"app/b.py; expected {digest('tree first')} (entry 1), found {digest('tree another')}"
    assert observed(rig, "app/a.py", "app/b.py", "Forge/evidence/test_runs.md") == [wanted]
    assert observed(rig, "app/a.py", "app/c.py", tree="tree third") == [wanted]
    assert not is_to_be_observed(rig.record.state())


@pytest.mark.parametrize(
    ("paths", "told"),
    [
        (["app/a.py"], "a file that was audited"),
        ([], "app/a.py"),
        (["app/a.py", "b", "c", "d", "e"], "b, c, d and 1 more"),
    ],
    ids=["other bytes", "put back", "many"],
)
def test_what_changed_is_named_as_far_as_it_is_known(rig: AuthorityRig, paths: list[str], told: str) -> None:
    rig.audited()
    (detail,) = observed(rig, *paths)
    assert detail.startswith(f"{told}; expected ")


def test_nothing_is_looked_at_while_no_work_is_halted(rig: AuthorityRig) -> None:
    assert observed(rig, "app/b.py") == []
    rig.audited(failing(head=HEAD, aem=True))
    assert observed(rig, "app/b.py") == []
    assert rig.world.looks == 0


def test_an_authorized_commit_ends_the_halt_before_the_tree_is_looked_at(rig: AuthorityRig) -> None:
    rig.audited()
    rig.grants()
    rig.world.commit("first")
    assert observed(rig, "app/b.py") == []
    assert rig.outcomes[-1] is Outcome.AUTHORIZED


@pytest.mark.parametrize("meanwhile", ["audited", "told"])
def test_what_others_record_during_the_look_is_not_told_for_them_or_twice(rig: AuthorityRig, meanwhile: str) -> None:
    rig.audited()
    other = rig.another()

    def happens() -> None:
        if meanwhile == "audited":
            rig.audited(report("second", head=HEAD, aem=True))
        else:
            observe_halt(other)

    rig.world.meanwhile = happens
    assert len(observed(rig, "app/b.py")) == (0 if meanwhile == "audited" else 1)


def test_the_dearer_a_look_at_the_halted_tree_the_longer_the_pause(rig: AuthorityRig) -> None:
    rig.audited()

    def works() -> None:
        rig.clock.seconds += 2

    rig.world.meanwhile = works
    assert observe_halt(rig.desk).rest == 200
    assert observe_halt(rig.desk).rest == 0


def test_a_tree_that_cannot_be_looked_at_is_looked_at_again(rig: AuthorityRig) -> None:
    rig.audited()
    rig.world.fails = Failed(StopReason.ENVIRONMENT_LIMITATION, "the tree cannot be read")
    with pytest.raises(EnvironmentFault, match="the tree cannot be read"):
        observe_halt(rig.desk)
    assert is_to_be_observed(rig.record.state())
