"""Exactly once, with a fault before and after every append to the journal (watching.md, Exactly once)."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from forgewatch.app.auditing import Governed
from forgewatch.app.desk import Desk
from forgewatch.app.durable import Concluded, StoppableAuditor, open_cycle, prepare, recover_claims, run_trigger
from forgewatch.app.record import Record
from forgewatch.core.canonical import digest_of_bytes
from forgewatch.core.checklist import CHECKLIST
from forgewatch.core.errors import EnvironmentFault, ForgewatchError, LedgerFull, LedgerUnwritable
from forgewatch.core.events import AuditRecorded, Trigger, TriggerClaimed, TriggerDone
from forgewatch.core.places import FORGE, Layout
from forgewatch.core.record_entry import EntryRules
from forgewatch.core.report import AuditAnswer, AuditRequest, Failed
from forgewatch.core.settings import Settings
from forgewatch.core.transition import OpenCycle
from forgewatch.core.verdict import Outcome
from tests.support.daemon_rig import QuickAuditor
from tests.support.ports import Faults, FixedClock, MemoryFiles, MemoryJournal, MemoryVault

DOCUMENT = b"- Status: COMPLETE\n"
TRIGGER = Trigger(cycle=0, document=digest_of_bytes(DOCUMENT), record=None)


class Unborn(QuickAuditor):
    """A QuickAuditor of a repository that has no commit."""

    def stands_on(self, request: AuditRequest) -> None:
        return None


@dataclass
class World:
    """One repository in memory. `desk()` is a new process over the same journal and files."""

    journal: MemoryJournal = field(default_factory=MemoryJournal)
    files: MemoryFiles = field(default_factory=lambda: MemoryFiles({FORGE.diff_log: DOCUMENT}))
    vault: MemoryVault = field(default_factory=MemoryVault)
    auditor: QuickAuditor = field(default_factory=Unborn)

    def desk(self) -> Desk:
        rules = EntryRules(places=FORGE, docs={})
        record = Record(journal=self.journal, files=self.files, evidence=self.files, vault=self.vault, clock=FixedClock(), rules=rules)
        governed = Governed(
            root=str(Path("/r")),
            folder="/s",
            places=FORGE,
            layout=Layout.FORGE,
            files=self.files,
            record=record,
            rules=rules,
            git="/usr/bin/git",
            assurance="local",
            host="testhost",
            head=lambda: None,
            head_places=tuple,
            checklist=CHECKLIST,
        )
        return Desk(governed=governed, settings=Settings(), auditor=self.auditor, clock=FixedClock())

    def start(self) -> None:
        """What a daemon does at its start: prepare, then audit the document unless its trigger is known."""
        desk = self.desk()
        prepare(desk, lambda: None)
        state = desk.governed.record.state()
        if TRIGGER not in state.settled:
            run_trigger(desk, TRIGGER, DOCUMENT)

    def count(self, kind: type) -> int:
        return sum(isinstance(event, kind) for event in self.journal.events)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("call", range(1, 5))
def test_a_crash_around_any_append_loses_nothing_and_audits_once(call: int, after: bool) -> None:
    world = World()
    fault: dict[int, ForgewatchError] = {call: LedgerUnwritable("killed")}
    world.journal.faults = Faults(fail_after=fault) if after else Faults(fail_before=fault)
    with contextlib.suppress(LedgerUnwritable):
        world.start()
    world.journal.faults = Faults()
    world.start()
    world.start()
    assert world.count(AuditRecorded) == 1
    assert world.count(TriggerDone) == 1
    assert not world.desk().governed.record.state().pending


def test_a_claim_whose_document_moved_on_is_superseded() -> None:
    world = World()
    world.desk().governed.record.claim(TRIGGER)
    world.files.files[FORGE.diff_log] = b"- Status: IN_PROCESS\n"
    assert recover_claims(world.desk()) == (Concluded(trigger=TRIGGER, result="superseded"),)
    assert not world.desk().governed.record.state().pending
    assert not world.auditor.seen


def test_a_claim_without_a_document_is_superseded() -> None:
    world = World()
    world.desk().governed.record.claim(TRIGGER)
    del world.files.files[FORGE.diff_log]
    assert [one.result for one in recover_claims(world.desk())] == ["superseded"]


def test_a_trigger_that_has_its_entry_is_only_marked_done() -> None:
    world = World()
    desk = world.desk()
    prepare(desk, lambda: None)
    run_trigger(desk, TRIGGER, DOCUMENT)
    assert run_trigger(desk, TRIGGER, DOCUMENT) == Concluded(trigger=TRIGGER, result="known")
    assert len(world.auditor.seen) == 1


def test_a_full_disk_after_the_entry_keeps_the_result() -> None:
    world = World()
    prepare(world.desk(), lambda: None)
    world.journal.faults = Faults(fail_before={3: LedgerUnwritable("no space left")})
    concluded = run_trigger(world.desk(), TRIGGER, DOCUMENT)
    assert concluded.result == "entry"
    assert world.count(TriggerDone) == 0
    prepare(world.desk(), lambda: None)
    assert world.count(TriggerDone) == 1
    assert world.count(AuditRecorded) == 1


class Away(Unborn):
    """An auditor that the machine keeps from its work as long as `why` says something."""

    why = "git could not be started"

    def audit(self, request: AuditRequest) -> AuditAnswer:
        return Failed("ENVIRONMENT_LIMITATION", self.why, again=True) if self.why else super().audit(request)


def unjudged() -> tuple[World, Away]:
    away = Away()
    world = World(auditor=away)
    desk = world.desk()
    prepare(desk, lambda: None)
    concluded = run_trigger(desk, TRIGGER, DOCUMENT)
    assert concluded.result == "entry"
    assert concluded.unjudged is not None and concluded.unjudged.why == away.why
    return world, away


def test_what_the_machine_kept_from_a_verdict_stays_due_and_is_told_once() -> None:
    world, away = unjudged()
    for why in (away.why, "the disk is full"):
        away.why = why
        again = run_trigger(world.desk(), TRIGGER, DOCUMENT)
        assert (again.result, again.unjudged is not None) == ("repeat", True)
    assert (world.count(AuditRecorded), world.count(TriggerDone)) == (1, 0)
    assert world.desk().governed.record.state().pending == (TRIGGER,)


@pytest.mark.parametrize("restarted", [False, True])
def test_the_verdict_of_what_was_unjudged_is_an_entry_of_its_own(restarted: bool) -> None:
    world, away = unjudged()
    away.why = ""
    if restarted:
        assert [one.result for one in recover_claims(world.desk())] == ["entry"]
    else:
        assert run_trigger(world.desk(), TRIGGER, DOCUMENT).unjudged is None
    world.start()
    assert (world.count(AuditRecorded), world.count(TriggerDone)) == (2, 1)
    entries = [event for event in world.journal.events if isinstance(event, AuditRecorded)]
    assert [entry.outcome for entry in entries] == [Outcome.ERROR, Outcome.PASS]


@pytest.mark.parametrize("restarted", [False, True])
def test_what_was_unjudged_and_moved_on_is_superseded(restarted: bool) -> None:
    world, away = unjudged()
    away.why = ""
    world.files.files[FORGE.diff_log] = b"- Status: IN_PROCESS\n"
    answers = recover_claims(world.desk()) if restarted else (run_trigger(world.desk(), TRIGGER, DOCUMENT),)
    assert [one.result for one in answers] == ["superseded"]
    assert not away.seen
    assert not world.desk().governed.record.state().pending


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("call", range(1, 4))
def test_a_crash_around_any_append_of_the_second_try_loses_nothing(call: int, after: bool) -> None:
    world, away = unjudged()
    away.why = ""
    fault: dict[int, ForgewatchError] = {call: LedgerUnwritable("killed")}
    world.journal.faults = Faults(fail_after=fault) if after else Faults(fail_before=fault)
    with contextlib.suppress(LedgerUnwritable):
        world.start()
    world.journal.faults = Faults()
    world.start()
    world.start()
    outcomes = [event.outcome for event in world.journal.events if isinstance(event, AuditRecorded)]
    assert outcomes == [Outcome.ERROR, Outcome.PASS]
    assert world.count(TriggerDone) == 1


def test_with_the_disk_full_again_and_again_the_reserve_is_used_once() -> None:
    full = World()
    prepare(full.desk(), lambda: None)
    full.journal.faults = Faults(fail_before={2: LedgerFull("no space left")})
    assert run_trigger(full.desk(), TRIGGER, DOCUMENT).unjudged is not None
    for _ in range(3):
        full.journal.faults = Faults(fail_before={1: LedgerFull("no space left")})
        with pytest.raises(LedgerFull):
            run_trigger(full.desk(), TRIGGER, DOCUMENT)
    assert full.count(AuditRecorded) == 1
    full.journal.faults = Faults()
    assert run_trigger(full.desk(), TRIGGER, DOCUMENT).unjudged is None
    assert full.count(AuditRecorded) == 2


def test_an_audit_that_ends_after_the_daemon_gave_up_is_not_recorded() -> None:
    world = World()
    stoppable = StoppableAuditor(world.auditor)
    desk = world.desk()
    desk = Desk(governed=desk.governed, settings=desk.settings, auditor=stoppable, clock=desk.clock)
    prepare(desk, lambda: None)
    stoppable.stopped = True
    with pytest.raises(EnvironmentFault, match="the daemon ended"):
        run_trigger(desk, TRIGGER, DOCUMENT)
    assert (world.count(TriggerClaimed), world.count(AuditRecorded)) == (1, 0)
    world.start()
    assert world.count(AuditRecorded) == 1


def test_a_cycle_is_opened_under_the_journals_number() -> None:
    world = World()
    assert open_cycle(world.desk(), OpenCycle(1, TRIGGER.document), DOCUMENT).cycle == 1
    # A second try after a fault that came too late opens no second cycle.
    assert open_cycle(world.desk(), OpenCycle(1, TRIGGER.document), DOCUMENT).cycle == 1
