"""A fault at any call of the ports that only the daemon uses: no other verdict, none twice, and the next look or start serves again.

The rig is a daemon with real files, watches, locks and journals; each document of it deserves a FAIL.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from forgewatch.adapters.clock import SystemClock
from forgewatch.adapters.directories import LocalDirectories
from forgewatch.adapters.evidence import RepositoryEvidence
from forgewatch.adapters.journal import FileJournal
from forgewatch.adapters.record_memory import FileMemory
from forgewatch.adapters.vault import FolderVault
from forgewatch.adapters.watcher import open_watch
from forgewatch.app.daemon import Daemon, Parts
from forgewatch.app.record import Record
from forgewatch.app.tenure import Tenure
from forgewatch.core.canonical import digest_of_bytes
from forgewatch.core.events import TriggerDone
from forgewatch.core.ports import DirectoryWatch, WatchSink
from forgewatch.core.report import AuditAnswer, AuditRequest
from forgewatch.core.settings import Backend, RepositorySettings, Settings
from forgewatch.core.verdict import Outcome
from tests.support.answers import failing
from tests.support.builder import Builder
from tests.support.daemon_rig import ListNotifier, QuickAuditor, Rig, occupy_with
from tests.support.faults import Plan
from tests.support.installed import until
from tests.support.machine import spread

SURVIVED = ("memory", "directories", "guard")
"""Ports whose faults concern one repository: the daemon lives, whatever they raise."""

PROMISED = ("watch", "log", "notifier")
"""Ports that promise to raise nothing: should one break its word, the daemon may end, but its record stays true."""


class StrictAuditor(QuickAuditor):
    """Fails every document."""

    def audit(self, request: AuditRequest) -> AuditAnswer:
        super().audit(request)
        digest = digest_of_bytes(request.document or b"")
        return failing(digest, identity=digest)


@dataclass
class FaultyRig(Rig):
    """A rig in which one port fails as planned."""

    plan: Plan = field(default_factory=lambda: Plan("", 0, ""))
    watches: list[DirectoryWatch] = field(default_factory=list)

    def build(self) -> Daemon:
        """Make the daemon as the rig does, with one port wrapped."""
        wrap = self.plan.wrap
        parts = Parts(
            occupy=self.occupied,
            open_watch=self.opened,
            directories=wrap("directories", LocalDirectories()),
            auditor=self.auditor,
            clock=self.clock,
            log=wrap("log", self.log),
            notifier=wrap("notifier", self.notifier),
            announce=lambda governed, recorded: self.recorded.append((governed.root, recorded)),
            read_settings=self.settings,
            grace_seconds=self.grace_seconds,
        )
        return Daemon(parts, self.settings())

    def opened(self, backend: Backend, sink: WatchSink) -> DirectoryWatch:
        self.watches.append(open_watch(backend, sink))
        return self.plan.wrap("watch", self.watches[-1])  # type: ignore[no-any-return]

    def close_watches(self) -> None:
        """End the watches themselves: where the fault met the call that ends one, nobody did."""
        for watch in self.watches:
            watch.close()

    def occupied(self, wanted: RepositorySettings, settings: Settings) -> Tenure:
        tenure = occupy_with(self.environ)(wanted, settings)
        governed = tenure.governed
        folder = Path(governed.folder)
        record = Record(
            journal=FileJournal(folder),
            files=governed.files,
            evidence=RepositoryEvidence(Path(governed.root)),
            vault=FolderVault(folder),
            clock=SystemClock(),
            rules=governed.rules,
            memory=self.plan.wrap("memory", FileMemory(folder)),
        )
        return replace(tenure, governed=replace(governed, record=record), guard=self.plan.wrap("guard", tenure.guard))


class Stage:
    """Fresh repositories with a finished cycle, each for one run of a daemon with one fault."""

    def __init__(self, top: Path) -> None:
        self.top = top
        self.template = top / "template"
        Builder.with_repository(self.template).record().claims("app/a.py").completes()
        self.runs = 0
        self.rigs: list[FaultyRig] = []

    def rig(self, plan: Plan) -> FaultyRig:
        """Return a daemon, not started yet."""
        self.runs += 1
        root = self.top / f"run{self.runs}/repository"
        shutil.copytree(self.template, root)
        notifier = ListNotifier(keepalive=0.2)
        rig = FaultyRig(state=root.with_name("state"), roots=[root], auditor=StrictAuditor(), notifier=notifier, sweep_seconds=1, plan=plan)
        self.rigs.append(rig)
        if plan.port == "memory":
            # What is remembered is asked for at a start with a journal: there has to be an entry, and a document after it.
            rig.plan = Plan("", 0, "")
            rig.start()
            assert serves(rig)
            rig.stop()
            rig.plan = plan
            Builder(root).claims("app/a.py").completes(summary="- once more")
        return rig

    def faults(self, port: str, kinds: tuple[str, ...], wanted: int | None) -> Iterator[Plan]:
        """Yield faults of a port at all calls, or `wanted` of them, that a daemon makes up to its first entry."""
        counted = Plan(port, 0, "")
        rig = self.rig(counted)
        rig.start()
        assert serves(rig)
        calls = counted.calls
        rig.stop()
        assert calls, f"a daemon that never calls its {port} proves nothing about it"
        for number in range(calls) if wanted is None else spread(calls, wanted):
            yield from (Plan(port, number + 1, kind) for kind in kinds)


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """Where daemons run; all of them end with the test."""
    made = Stage(tmp_path)
    yield made
    for rig in made.rigs:
        rig.stop()
        rig.close_watches()


def serves(rig: Rig) -> bool:
    """True once the daemon has recorded an entry for the newest document, or has ended."""
    return until(lambda: bool(rig.result) or is_done(rig))


def is_done(rig: Rig) -> bool:
    newest = digest_of_bytes((rig.roots[0] / "Forge/evidence/diff_log.md").read_bytes())
    return any(isinstance(event, TriggerDone) and event.trigger.document == newest for event in rig.events())


def check_record(rig: FaultyRig, plan: Plan) -> None:
    """After a start without the fault: one FAIL for each document that was audited, the newest among them, and nothing else."""
    rig.plan = Plan("", 0, "")
    rig.start()
    assert until(lambda: is_done(rig)), plan
    assert rig.stop() == 0, plan
    entries = rig.entries()
    identities = [entry.report.identity for entry in entries if entry.report is not None]
    assert len(set(identities)) == len(entries) > 0, plan
    assert {entry.outcome for entry in entries} == {Outcome.FAIL}, plan


def check_survived(stage: Stage, port: str, kinds: tuple[str, ...], wanted: int | None) -> None:
    """The daemon that met the fault is the one that audits what comes next."""
    happened = 0
    for plan in stage.faults(port, kinds, wanted):
        rig = stage.rig(plan)
        rig.start()
        until(lambda plan=plan, rig=rig: bool(plan.happened or is_done(rig)))  # type: ignore[misc]
        Builder(rig.roots[0]).claims("app/a.py").completes(summary="- what comes next")
        assert serves(rig), (plan, rig.log.lines)
        assert not rig.result, (plan, rig.result)
        assert rig.stop() == 0, plan
        happened += bool(plan.happened)
        check_record(rig, plan)
    assert happened


def check_broken_promise(stage: Stage, port: str, kinds: tuple[str, ...], wanted: int | None) -> None:
    """Whether the daemon that met the fault lives or ends, what it recorded is true."""
    happened = 0
    for plan in stage.faults(port, kinds, wanted):
        rig = stage.rig(plan)
        rig.start()
        assert serves(rig), (plan, rig.log.lines)
        rig.stop()
        happened += bool(plan.happened)
        check_record(rig, plan)
    assert happened


@pytest.mark.parametrize("port", SURVIVED)
def test_a_fault_of_a_port_about_one_repository_ends_neither_the_daemon_nor_the_truth(stage: Stage, port: str) -> None:
    check_survived(stage, port, ("EIO",), 3)


@pytest.mark.parametrize("port", PROMISED)
def test_a_port_that_breaks_its_promise_leaves_a_true_record(stage: Stage, port: str) -> None:
    check_broken_promise(stage, port, ("EIO",), 3)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["EIO", "GitFailed", "MemoryError", "LedgerUnwritable"])
@pytest.mark.parametrize("port", SURVIVED)
def test_any_fault_of_a_port_about_one_repository_ends_neither_the_daemon_nor_the_truth(stage: Stage, port: str, kind: str) -> None:
    check_survived(stage, port, (kind,), None)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["EIO", "MemoryError"])
@pytest.mark.parametrize("port", PROMISED)
def test_a_port_that_breaks_its_promise_in_any_way_leaves_a_true_record(stage: Stage, port: str, kind: str) -> None:
    check_broken_promise(stage, port, (kind,), None)
