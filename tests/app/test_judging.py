"""Judging while HEAD moves: a commit that comes in between is recorded before the audit that saw it, and an authorized one fails nobody."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from forgewatch.app.auditing import Judged, Question
from forgewatch.app.desk import Desk
from forgewatch.app.durable import run_trigger
from forgewatch.app.judging import ROUNDS, audit_cycle, authorized_work, judge_followed
from forgewatch.core.authority_events import CommitUnaudited
from forgewatch.core.errors import EnvironmentFault
from forgewatch.core.events import AuditRecorded, Recorded, Trigger, TriggerDone
from forgewatch.core.report import AuditAnswer, AuditRequest, Committed, DiffLogFacts, Failed, GivenClaim, Report
from forgewatch.core.repository_facts import Facts, FactsRequest
from forgewatch.core.settings import Profile
from forgewatch.core.values import CommitId, RepoPath
from forgewatch.core.verdict import Outcome, Ruling
from tests.support.answers import HEAD, digest, failing, report, results, unclaimed
from tests.support.authority_rig import AuthorityRig

QUESTION = Question(document=b"log", cycle=0)


@dataclass
class Meanwhile:
    """`ports.Auditor` under which something happens before each audit reads the repository, as long as there is something left."""

    rig: AuthorityRig
    happens: list[Callable[[], object]]
    audits: int = 0

    def audit(self, request: AuditRequest) -> AuditAnswer:
        """Answer as A6 would: HEAD is the anchor or authorized, or the audit fails."""
        self.audits += 1
        if self.happens:
            self.happens.pop(0)()
        head = self.rig.world.head
        vouched = head == request.anchor or head in request.authorized
        return (report if vouched else failing)(f"audit {self.audits}", head=head, aem=True)

    def expect(self) -> None:
        raise AssertionError("an audit is asked for now")

    def look(self, request: FactsRequest) -> Facts | Failed:
        return self.rig.world.look(request)

    @property
    def desk(self) -> Desk:
        return replace(self.rig.desk, auditor=self)


@pytest.fixture
def rig() -> AuthorityRig:
    return AuthorityRig()


def judged_of(answer: object) -> Report:
    assert isinstance(answer, Judged) and isinstance(answer.answer, Report)
    return answer.answer


def kinds(told: tuple[Recorded, ...]) -> list[str]:
    return [one.event.outcome.value if isinstance(one.event, AuditRecorded) else type(one.event).__name__ for one in told]


def test_an_authorized_commit_that_comes_during_the_audit_fails_nobody(rig: AuthorityRig) -> None:
    rig.audited()
    rig.grants()
    auditor = Meanwhile(rig, [lambda: rig.world.commit("first")])
    answer, told = judge_followed(auditor.desk, QUESTION)
    assert kinds(told) == ["AUTHORIZED (committed)"]
    assert judged_of(answer).audit.passed and auditor.audits == 2


def test_a_commit_while_halted_is_recorded_as_such_before_the_audit_that_fails_over_it(rig: AuthorityRig) -> None:
    entry = rig.audited()
    auditor = Meanwhile(rig, [lambda: rig.world.commit("not waited")])
    answer, told = audit_cycle(auditor.desk, document=b"log", trigger=Trigger(cycle=0, document=digest("log"), record=None))
    assert isinstance(answer, Recorded) and isinstance(answer.event, AuditRecorded) and answer.event.outcome is Outcome.FAIL
    (stray,) = (one.event for one in told if isinstance(one.event, CommitUnaudited))
    assert (stray.halted, told[0].seq < answer.seq) == (entry, True)


def test_a_head_that_stands_still_is_judged_once(rig: AuthorityRig) -> None:
    auditor = Meanwhile(rig, [])
    answer, told = judge_followed(auditor.desk, QUESTION)
    assert (judged_of(answer).head, told, auditor.audits) == (HEAD, (), 1)


def test_whoever_commits_without_end_is_judged_as_he_stands(rig: AuthorityRig) -> None:
    auditor = Meanwhile(rig, [lambda: rig.world.commit("more")] * (ROUNDS + 5))
    answer, told = judge_followed(auditor.desk, QUESTION)
    assert judged_of(answer).head == rig.world.head
    assert (auditor.audits, len(told)) == (ROUNDS, ROUNDS - 1)


def test_a_head_that_cannot_be_read_or_followed_is_no_reason_not_to_judge(rig: AuthorityRig) -> None:
    def unreadable() -> CommitId | None:
        raise EnvironmentFault("HEAD cannot be read")

    auditor = Meanwhile(rig, [lambda: rig.world.commit("unseen")])
    desk = replace(auditor.desk, governed=replace(rig.desk.governed, head=unreadable))
    answer, told = judge_followed(desk, QUESTION)
    assert not judged_of(answer).audit.passed and (told, auditor.audits) == ((), 1)


@pytest.mark.parametrize("said", [Committed(head=HEAD), Failed("ENVIRONMENT_LIMITATION", "no worker")])  # type: ignore[arg-type]
def test_an_answer_without_a_head_is_final(rig: AuthorityRig, said: AuditAnswer) -> None:
    rig.world.answer = said
    rig.world.commit("stray")
    answer, _ = judge_followed(rig.desk, replace(QUESTION, skip_committed=True))
    assert answer == said or (isinstance(answer, Judged) and answer.answer == said)
    assert len(rig.world.asked) == 1


def committed(rig: AuthorityRig) -> CommitId:
    """Have the work of the log audited, authorized and committed; return the commit."""
    rig.audited()
    rig.grants()
    return rig.world.commit("first")


def closing(rig: AuthorityRig, document: bytes = b"log", cycle: int = 0) -> tuple[object, int]:
    """Ask as the daemon does; return the answer and how many audits it took."""
    auditor = Meanwhile(rig, [])
    answer, _ = judge_followed(auditor.desk, Question(document=document, cycle=cycle, skip_committed=True))
    return answer, auditor.audits


def test_a_log_whose_work_is_committed_with_authority_is_not_audited_again_wherever_it_lies(rig: AuthorityRig) -> None:
    commit = committed(rig)
    assert closing(rig) == (Committed(head=commit), 0)
    # And again, as after a restart, or for a newer test record.
    assert closing(rig) == (Committed(head=commit), 0)


def test_what_is_asked_by_a_person_or_about_another_log_or_cycle_is_judged(rig: AuthorityRig) -> None:
    committed(rig)
    closing(rig)
    asked = Meanwhile(rig, [])
    answer, _ = judge_followed(asked.desk, Question())
    assert (isinstance(answer, Judged), asked.audits) == (True, 1)
    assert closing(rig, b"another log")[1] == 1
    cycle = rig.record.open_cycle(digest("in process"))
    assert closing(rig, cycle=cycle)[1] == 1


NOW = {"changed": (), "results": results(A1=Ruling(basis="0 changed, 2 claimed", findings=(unclaimed(),)))}


@pytest.mark.parametrize(
    ("found", "asked", "again"),
    [
        (report(**NOW), Question(), True),
        (report(**{**NOW, "changed": report().changed}), Question(), False),
        (report(**NOW), Question(given=GivenClaim(raw=("app/a.py",))), False),
        (report(**{**NOW, "against": CommitId("5" * 40)}), Question(), False),
        (report(**{**NOW, "profile": Profile.STRICT}), Question(), False),
        (report(**{**NOW, "difflog": DiffLogFacts(status="COMPLETE", line=4, digest=digest("another"))}), Question(), False),
        (report(**{**NOW, "results": results(A6=Ruling(basis="HEAD is not the anchor", findings=(unclaimed(),)))}), Question(), False),
        (Failed("ENVIRONMENT_LIMITATION", "no worker"), Question(), False),
    ],
    ids=["nothing changed", "a change", "a claim", "a base", "another profile", "another log", "another HEAD", "no report"],
)
def test_whoever_asks_about_work_that_is_committed_with_authority_gets_its_entry(
    rig: AuthorityRig, found: Report | Failed, asked: Question, again: bool
) -> None:
    committed(rig)
    closing(rig)
    told = authorized_work(rig.record, rig.record.state(), found, asked)
    assert (told is not None) == again
    assert told is None or (told.seq, rig.record.event_at(told.seq)) == (rig.record.state().authority.closed, told.event)


def test_nobody_gets_an_entry_of_work_that_is_not_committed(rig: AuthorityRig) -> None:
    rig.audited()
    assert authorized_work(rig.record, rig.record.state(), report(**NOW), Question()) is None


def test_what_was_authorized_and_is_not_committed_yet_is_judged(rig: AuthorityRig) -> None:
    rig.audited(head=HEAD)
    rig.grants()
    assert closing(rig)[1] == 1


# What a command has judged before the daemon came to it.

LOG = """# Diff Log

## Cycle Status
- Status: COMPLETE

## Summary
- Phase 1 -- Things

## Files Changed
- app/a.py
"""


def by_hand(rig: AuthorityRig, **parts: Any) -> Trigger:
    """Record what a command found about LOG; return the daemon's trigger for it."""
    log = DiffLogFacts(status="COMPLETE", line=4, digest=digest(LOG))
    rig.audited(report(**{"difflog": log, "record": digest("record"), "head": HEAD, "aem": True, **parts}))
    return Trigger(cycle=0, document=digest(LOG), record=digest("record"))


def late(rig: AuthorityRig, trigger: Trigger) -> tuple[str, int]:
    """Let the daemon come to it; return the result and how many audits it took."""
    auditor = Meanwhile(rig, [])
    return run_trigger(auditor.desk, trigger, LOG.encode()).result, auditor.audits


def test_a_pass_by_hand_is_the_answer_that_the_daemon_gives(rig: AuthorityRig) -> None:
    trigger = by_hand(rig)
    signed = rig.record.state().authority.signed
    rig.world.commit("first")
    assert late(rig, trigger) == ("repeat", 0)
    assert rig.events(TriggerDone) == [TriggerDone(at=rig.clock.now(), trigger=trigger, result="repeat", entry=1)]
    assert signed is not None and rig.record.state().authority.signed == signed
    assert late(rig, trigger) == ("known", 0)


def test_a_pass_by_hand_that_comes_while_the_daemon_judges_is_the_answer_too(rig: AuthorityRig) -> None:
    trigger = Trigger(cycle=0, document=digest(LOG), record=digest("record"))

    def happens() -> None:
        by_hand(rig)
        rig.world.commit("first")

    auditor = Meanwhile(rig, [happens])
    assert run_trigger(auditor.desk, trigger, LOG.encode()).result == "repeat"
    assert rig.outcomes == [Outcome.PASS, Outcome.SIGNED_OFF]


@pytest.mark.parametrize(
    "parts",
    [
        {"record": digest("an older record")},
        {"claimed": (RepoPath("app/b.py"),)},
        {"settings": digest("another configuration")},
        {"difflog": DiffLogFacts(status="COMPLETE", line=4, digest=digest("an older log"))},
        {"results": results(A1=Ruling(basis="3 changed, 2 claimed", findings=(unclaimed(),)))},
        {"against": CommitId("5" * 40)},
    ],
    ids=["another record", "another claim", "other settings", "another log", "a fail", "another base"],
)
def test_what_a_command_said_of_something_else_is_no_answer(rig: AuthorityRig, parts: dict[str, Any]) -> None:
    assert late(rig, by_hand(rig, **parts)) == ("entry", 1)


def test_a_pass_by_hand_of_an_older_cycle_is_no_answer(rig: AuthorityRig) -> None:
    trigger = by_hand(rig)
    cycle = rig.record.open_cycle(digest("in process"))
    assert late(rig, replace(trigger, cycle=cycle)) == ("entry", 1)
