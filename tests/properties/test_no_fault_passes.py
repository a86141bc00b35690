"""No path leads from a fault to PASS: one fault at every call of every port, over honest work and over five ways to cheat.

The objects behind the ports are the real ones: repository, object store, cache, journal, ledger file, vault. What is asserted of each run:
a cheat never passes; a fault below the checks never leaves a pass, unless the audit began again and saw the whole tree; a cache decides
nothing; and afterwards, without the fault, the record is whole and tells the truth.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from forgewatch.adapters.clock import SystemClock
from forgewatch.adapters.evidence import RepositoryEvidence
from forgewatch.adapters.fact_cache import SqliteFacts
from forgewatch.adapters.files import RootFiles
from forgewatch.adapters.journal import FileJournal
from forgewatch.adapters.refs import read_head
from forgewatch.adapters.vault import FolderVault
from forgewatch.app.auditing import Governed, Judged, Question, record_judged
from forgewatch.app.capture import Sources
from forgewatch.app.desk import Desk
from forgewatch.app.extraction import Memory
from forgewatch.app.judging import judge_followed
from forgewatch.app.record import Record
from forgewatch.app.worker import answer
from forgewatch.core.checklist import CHECKLIST
from forgewatch.core.codes import DOCS
from forgewatch.core.errors import ForgewatchError
from forgewatch.core.events import AuditRecorded, Recorded
from forgewatch.core.places import FORGE, Layout
from forgewatch.core.record_entry import EntryRules
from forgewatch.core.report import AuditAnswer, AuditRequest, Failed
from forgewatch.core.settings import Settings
from forgewatch.core.verdict import Outcome
from tests.support.answers import Unmoved
from tests.support.builder import Builder
from tests.support.faults import KINDS, RAISED, SPOILED, Plan
from tests.support.inside import Inside, inside_of
from tests.support.reading import GIT

READING = ("tree", "store", "cache")
RECORDING = ("files", "journal", "evidence", "vault", "clock", "auditor")
QUICK = ("EIO", "Unstable", "MemoryError", "LedgerUnwritable", *SPOILED)
FIRST = ("EIO", "short")
REST = tuple(kind for kind in KINDS if kind not in FIRST)
"""Both stages together play every kind over every cheat, none of them twice."""
LEDGER = "Forge/evidence/audit_ledger.md"


def honest(builder: Builder) -> None:
    builder.write("app/a.py", "import os\n\nx = 2\n").record().claims("app/a.py").completes()


def hides_a_file(builder: Builder) -> None:
    honest(builder)
    builder.write("backdoor.py", "import os\n")


def breaks_a_layer(builder: Builder) -> None:
    path = "app/api/routers/users.py"
    builder.write(path, (builder.root / path).read_text() + "\nimport asyncpg\n").record().claims(path).completes()


def fails_its_tests(builder: Builder) -> None:
    builder.write("app/a.py", "x = 2\n").record(line1="Status: FAIL", body="pytest exit: 1\n").claims("app/a.py").completes()


def takes_a_dependency(builder: Builder) -> None:
    builder.write("app/a.py", "import httpx\n\nx = 2\n").record().claims("app/a.py").completes()


def sneaks_a_commit_in(builder: Builder) -> None:
    builder.write("backdoor.py", "import os\n").commit("nothing to see")
    honest(builder)


CHEATS: dict[str, Callable[[Builder], None]] = {
    "hides a file": hides_a_file,
    "breaks a layer": breaks_a_layer,
    "fails its tests": fails_its_tests,
    "takes a dependency": takes_a_dependency,
    "sneaks a commit in": sneaks_a_commit_in,
}


class Crashing(Unmoved):
    """`ports.Auditor` in this process: what would end the worker process is Failed, as it is for the daemon."""

    def __init__(self, rig: Rig, plan: Plan) -> None:
        self.rig = rig
        self.plan = plan

    def audit(self, request: AuditRequest) -> AuditAnswer:
        inside = self.rig.inside
        swapped = {name: lambda real, name=name: self.plan.wrap(name, real) for name in READING}
        engine = inside.engine(**swapped)
        try:
            return answer(request, replace(engine, open_sources=self.rig.counted(engine.open_sources)))
        except Exception as error:  # noqa: BLE001  # whatever ends a worker is one thing to the daemon
            return Failed("ENVIRONMENT_LIMITATION", f"the audit process ended: {error!r}")


class Rig:
    """A repository in one scenario, with a fresh record for each run."""

    def __init__(self, inside: Inside, top: Path) -> None:
        self.inside = inside
        self.top = top
        self.runs = 0
        self.attempts = 0

    def counted(self, opened: Callable[[AuditRequest], Sources]) -> Callable[[AuditRequest], Sources]:
        """Count how often an audit was begun."""

        def counting(request: AuditRequest) -> Sources:
            self.attempts += 1
            return opened(request)

        return counting

    def run(self, plan: Plan) -> Outcome | str:
        """Do one audit from question to entry; return its outcome, or the name of what was raised."""
        self.runs += 1
        self.folder = self.top / f"record{self.runs}"
        shutil.copytree(self.top / "contacted", self.folder)
        (self.inside.builder.root / LEDGER).unlink(missing_ok=True)
        if plan.port == "vault":
            # Somebody wrote below the last entry, so that there is something to keep.
            self.inside.builder.write(LEDGER, "Looks fine to me.\n")
        return self.audit(plan)

    def audit(self, plan: Plan) -> Outcome | str:
        """Do one audit with the record as the last run left it."""
        self.inside.memory = Memory()
        self.attempts = 0
        governed = self.governed(self.folder, plan)
        try:
            auditor, clock = plan.wrap("auditor", Crashing(self, plan)), plan.wrap("clock", SystemClock())
            desk = Desk(governed=governed, settings=Settings(), auditor=auditor, clock=clock)
            judged, _ = judge_followed(desk, Question())
            assert isinstance(judged, Judged)
            told = record_judged(governed, judged, None)
        except (ForgewatchError, OSError, MemoryError, ValueError, AttributeError, TypeError) as error:
            outcome: Outcome | str = type(error).__name__
        else:
            assert isinstance(told, Recorded)
            assert isinstance(told.event, AuditRecorded)
            outcome = told.event.outcome
        self.recorded = self.outcomes()
        return outcome

    def outcomes(self) -> list[Outcome]:
        """Return what the journal holds, read anew and without faults."""
        return [each.event.outcome for each in FileJournal(self.folder).read() if isinstance(each.event, AuditRecorded)]

    def governed(self, folder: Path, plan: Plan) -> Governed:
        """Return the real objects of the repository, one port failing as planned."""
        root = str(self.inside.builder.root)
        rules = EntryRules(places=FORGE, docs=DOCS, loopback_limit=3)
        files = plan.wrap("files", RootFiles(root))
        record = Record(
            journal=plan.wrap("journal", FileJournal(folder)),
            files=files,
            evidence=plan.wrap("evidence", RepositoryEvidence(Path(root))),
            vault=plan.wrap("vault", FolderVault(folder)),
            clock=plan.wrap("clock", SystemClock()),
            rules=rules,
        )
        return Governed(
            root=root,
            folder=str(self.inside.state),
            places=FORGE,
            layout=Layout.FORGE,
            files=files,
            record=record,
            rules=rules,
            git=GIT,
            assurance="local",
            host="testhost",
            head=lambda: read_head(root),
            head_places=tuple,
            checklist=CHECKLIST,
        )

    def faults(self, port: str, kinds: tuple[str, ...]) -> Iterator[Plan]:
        """Yield every fault of a port: each kind at each call that an audit without faults makes."""
        counted = Plan(port, 0, "")
        self.run(counted)
        assert counted.calls, port
        yield from (Plan(port, call, kind) for call in range(1, counted.calls + 1) for kind in kinds)


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    """A repository without work in it yet."""
    with inside_of(tmp_path) as inside:
        made = Rig(inside, tmp_path)
        contacted = tmp_path / "contacted"
        (contacted / "quarantine").mkdir(parents=True, mode=0o700)
        made.governed(contacted, Plan("", 0, "")).record.first_contact(inside.anchor)
        yield made


@pytest.mark.parametrize("port", [*READING, *RECORDING])
@pytest.mark.parametrize("cheat", CHEATS)
def test_a_cheat_passes_through_no_fault(rig: Rig, cheat: str, port: str) -> None:
    check_cheat(rig, cheat, port, FIRST)


@pytest.mark.slow
@pytest.mark.parametrize("port", [*READING, *RECORDING])
@pytest.mark.parametrize("cheat", CHEATS)
def test_a_cheat_passes_through_no_fault_of_any_other_kind(rig: Rig, cheat: str, port: str) -> None:
    check_cheat(rig, cheat, port, REST)


def check_cheat(rig: Rig, cheat: str, port: str, kinds: tuple[str, ...]) -> None:
    CHEATS[cheat](rig.inside.builder)
    assert rig.run(Plan("", 0, "")) is Outcome.FAIL
    for plan in rig.faults(port, kinds):
        outcome = rig.run(plan)
        assert outcome is not Outcome.PASS, plan
        assert Outcome.PASS not in rig.recorded, plan
        ledger = rig.inside.builder.root / LEDGER
        assert not ledger.exists() or b"Outcome: PASS" not in ledger.read_bytes(), plan
        assert rig.audit(Plan("", 0, "")) is Outcome.FAIL or is_disbelieved(rig, plan), plan


def is_disbelieved(rig: Rig, plan: Plan) -> bool:
    """True after a vault lied about what it keeps: the record names what is not there, and says so from then on."""
    return plan.port == "vault" and plan.kind in SPOILED and rig.audit(Plan("", 0, "")) == "TamperDetected"


@pytest.mark.parametrize("port", READING[:2])
def test_honest_work_does_not_pass_through_a_fault_below_the_checks(rig: Rig, port: str) -> None:
    honest(rig.inside.builder)
    assert rig.run(Plan("", 0, "")) is Outcome.PASS
    for plan in rig.faults(port, (*RAISED, *SPOILED)):
        outcome = rig.run(plan)
        # A pass is true when nothing happened, or when the audit began again and saw everything. What the store gives as a file's bytes has
        # been hashed by it: that it gives no others is shown with a git that lies (test_git_faults.py).
        hashed = plan.kind in SPOILED and plan.happened in ("file_at", "blob")
        assert outcome is not Outcome.PASS or not plan.happened or rig.attempts > 1 or hashed, plan
        assert outcome in (Outcome.PASS, Outcome.FAIL, Outcome.ERROR), plan


@pytest.mark.parametrize("kind", KINDS)
def test_a_fault_of_the_cache_that_is_told_as_one_never_gives_another_verdict(rig: Rig, kind: str) -> None:
    honest(rig.inside.builder)
    wanted = rig.run(Plan("", 0, ""))
    for plan in rig.faults("cache", (kind,)):
        outcome = rig.run(plan)
        assert outcome is wanted if kind in SPOILED else outcome in (wanted, Outcome.ERROR), plan


@pytest.mark.parametrize("port", RECORDING)
def test_honest_work_is_recorded_truly_or_not_at_all(rig: Rig, port: str) -> None:
    honest(rig.inside.builder)
    for plan in rig.faults(port, QUICK):
        outcome = rig.run(plan)
        assert rig.recorded in ([], [Outcome.PASS], [Outcome.ERROR], [Outcome.FAIL]), plan
        if isinstance(outcome, Outcome):
            assert rig.recorded == [outcome], plan
        assert rig.audit(Plan("", 0, "")) is Outcome.PASS or Outcome.FAIL in rig.recorded or is_disbelieved(rig, plan), plan


@pytest.mark.parametrize("how", ["text", "torn", "foreign", "gone", "read-only"])
@pytest.mark.parametrize("cheat", ["honest", "breaks a layer"])
def test_a_cache_file_in_any_state_changes_no_verdict(rig: Rig, cheat: str, how: str) -> None:
    (honest if cheat == "honest" else CHEATS[cheat])(rig.inside.builder)
    wanted = rig.run(Plan("", 0, ""))
    rig.inside.cache.save()
    rig.inside.forget()
    file = rig.inside.state / "cache/facts.sqlite"
    if how == "text":
        file.write_text("no database")
    elif how == "torn":
        file.write_bytes(file.read_bytes()[:5000])
    elif how == "gone":
        file.unlink()
    elif how == "read-only":
        file.chmod(0o400)
    else:
        with closing(SqliteFacts(rig.inside.state / "cache")) as cache:
            for key, oid in list(cache._known):
                cache.put(key, oid, (1, 2, 3))
            cache.save()
    assert rig.run(Plan("", 0, "")) is wanted
