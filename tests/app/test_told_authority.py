"""What the log says of authority: one line per thing recorded, with what a person needs to act, and one for the service manager."""

from __future__ import annotations

from typing import Any

import pytest

from forgewatch.app.chronicle import tell_authority, tell_concluded
from forgewatch.app.durable import Concluded
from forgewatch.app.heads import follow_head
from forgewatch.core.authority_events import CommitUnaudited, HaltBroken
from forgewatch.core.events import ApprovalJudged, Event, Recorded, Trigger
from forgewatch.core.values import RepoPath
from tests.support.answers import HEAD, PHASE, digest
from tests.support.authority_rig import AuthorityRig
from tests.support.daemon_rig import ListLog


class Levels(ListLog):
    """A log that remembers how loud each line was."""

    def __init__(self) -> None:
        super().__init__()
        self.loud: list[str] = []

    def warning(self, event: str, **facts: object) -> object:
        self.loud.append(str(event))
        return self.info(event, **facts)


@pytest.fixture
def rig() -> AuthorityRig:
    return AuthorityRig()


@pytest.fixture
def log() -> Levels:
    return Levels()


def told(log: Levels, event: Event) -> tuple[str, dict[str, Any]]:
    """Tell it, and return the one line for the service manager and the facts of the one log line."""
    line = tell_authority(log, "/r", Recorded(seq=9, leaf=digest("leaf"), event=event))
    ((name, facts),) = log.lines
    assert (facts["repository"], facts["ledger_seq"]) == ("/r", 9)
    return line, {"event": name, **facts}


def test_an_authorized_commit_is_news(rig: AuthorityRig, log: Levels) -> None:
    audit = rig.audited()
    rig.grants()
    commit = rig.world.commit("first")
    (recorded,) = follow_head(rig.desk)
    line, facts = told(log, recorded.event)
    assert line == f"AUTHORIZED (committed): {PHASE}, /r"
    assert (facts["event"], facts["commit"], facts["entry"], facts["outcome"]) == (
        "commit.authorized",
        commit,
        audit,
        "AUTHORIZED (committed)",
    )
    assert log.loud == []


def test_an_unaudited_commit_is_a_warning_with_the_way_out(log: Levels) -> None:
    event = CommitUnaudited(at="t", head=HEAD, anchor=None, commits=(HEAD,), count=3, why="no audit passed before it", halted=7)
    line, facts = told(log, event)
    assert (line, log.loud) == ("", ["commit.unaudited"])
    assert (facts["head"], facts["commits"], facts["why"], facts["halted"]) == (HEAD, 3, "no audit passed before it", 7)
    assert facts["hint"] == "forgewatch authorize, or forgewatch ledger adopt COMMIT"


def test_a_broken_halt_is_a_warning(log: Levels) -> None:
    line, facts = told(log, HaltBroken(at="t", entry=7, how="new cycle", detail="cycle 3 was opened"))
    assert (line, log.loud) == ("", ["halt.broken"])
    assert (facts["entry"], facts["how"], facts["detail"]) == (7, "new cycle", "cycle 3 was opened")


def test_a_word_is_told_as_an_accepted_token(rig: AuthorityRig, log: Levels) -> None:
    audit = rig.audited()
    line, facts = told(log, rig.grants(tier=2).event)
    assert (line, log.loud, facts["event"]) == ("", [], "approval.accepted")
    assert (facts["kind"], facts["phase"], facts["entry"], facts["means"], facts["tier"]) == (
        "AUTHORIZED",
        PHASE,
        audit,
        "on a terminal",
        2,
    )


@pytest.mark.parametrize("accepted", [True, False])
def test_the_answer_about_a_file_is_told_and_a_refusal_with_both_sides(log: Levels, accepted: bool) -> None:
    event = ApprovalJudged(
        at="t",
        path=RepoPath("Forge/evidence/AUTHORIZED"),
        kind="AUTHORIZED",
        subject="phase-1-things",
        accepted=accepted,
        field="" if accepted else "entry",
        expected="" if accepted else "a",
        actual="" if accepted else "b",
        digest=None,
    )
    line, facts = told(log, event)
    assert line == ""
    assert facts["event"] == ("approval.accepted" if accepted else "approval.refused")
    assert (log.loud == []) is accepted
    assert accepted or (facts["field"], facts["expected"], facts["actual"]) == ("entry", "a", "b")


def test_what_is_nothing_of_authority_says_nothing(rig: AuthorityRig, log: Levels) -> None:
    rig.audited()
    for event in rig.events()[:2]:
        assert tell_authority(log, "/r", Recorded(seq=1, leaf=digest("leaf"), event=event)) == ""
    assert log.lines == []


@pytest.mark.parametrize("aem", [True, False])
def test_a_pass_is_told_with_its_sign_off_where_there_is_one(rig: AuthorityRig, log: Levels, aem: bool) -> None:
    seq = rig.audited(aem=aem)
    recorded = rig.journal.read()[seq]
    concluded = Concluded(trigger=Trigger(cycle=1, document=digest("log"), record=None), result="entry", answer=recorded)
    line = tell_concluded(log, rig.desk.governed, concluded, lambda _governed, _recorded: None)
    assert line == f"PASS: {PHASE}, iteration 1, /r"
    assert [name for name, _ in log.lines] == ["audit.finished", *(["signoff.recorded"] if aem else [])]
    assert not aem or log.facts("signoff.recorded")["hint"] == "work is halted; forgewatch authorize, then commit"


def test_the_sign_off_of_an_older_audit_is_not_told_with_a_newer_one(rig: AuthorityRig, log: Levels) -> None:
    first = rig.audited()
    rig.audited(name="second", aem=False)
    concluded = Concluded(trigger=Trigger(cycle=1, document=digest("log"), record=None), result="entry", answer=rig.journal.read()[first])
    tell_concluded(log, rig.desk.governed, concluded, lambda _governed, _recorded: None)
    assert log.count("signoff.recorded") == 0
