"""Running the tests of a repository as evidence (contract §9, §9.1, §9.2; checks.md A8).

1. `test_runs.md` gets the beginning of an entry. Whoever is killed from here on leaves it.
2. the worker says what BASE tells the runner  3. a copy is made, and the plan of it and of BASE  4. every step runs, also after one that
failed  5. BASE's commands, where they are others, on a copy that no new command has touched; repeats, on a fresh copy each
6. the journal gets the run with the digest of its record  7. `test_runs_latest.md` is replaced  8. `test_runs.md` gets the rest
If we crash between 6 and 7 the journal attests bytes that nobody has, and the old record stays, of its own tree: it claims nothing new. The
other order would leave a true record that looks as if it was written by hand. Between 7 and 8 the entry lacks its end, as after a kill.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from forgewatch.app import heads
from forgewatch.app.desk import Desk
from forgewatch.core.bench import Bench, Benches, Step
from forgewatch.core.canonical import digest_of_bytes
from forgewatch.core.defect import Defect
from forgewatch.core.errors import ForgewatchError, LedgerUnwritable, TestsStopped, UsageError
from forgewatch.core.events import Recorded, StepRecorded, TestsRecorded
from forgewatch.core.limits import LIMITS
from forgewatch.core.places import FORGE_JSON
from forgewatch.core.ports import EvidenceFiles
from forgewatch.core.redaction import without_secrets
from forgewatch.core.report import Failed
from forgewatch.core.repository_facts import Facts
from forgewatch.core.run_record import Stood, latest_record, run_begun, run_broken, run_ended
from forgewatch.core.stack import Stack, read_stack
from forgewatch.core.step_plan import Plan, has_stack, on_this_ground, plan_files, plan_of, with_base
from forgewatch.core.step_result import StepResult, Surroundings, TestsRun, judge_step, unsteady_steps
from forgewatch.core.step_tally import Tally
from forgewatch.core.text import PATH_LIMIT, escape
from forgewatch.core.tools import PYTHON, SYSTEM_PYTHON, ToolPlaces, Tools, resolved
from forgewatch.core.values import Absent, Content, Digest, RepoPath
from forgewatch.core.verdict import StopReason


class Audience(Protocol):
    """Who looks on while the tests run."""

    def begins(self, step: Step) -> None:
        """A step is about to run."""

    def hears(self, line: str) -> None:
        """The step wrote; this is its last line, raw."""

    def ends(self, result: StepResult) -> None:
        """The step ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the caller asked for. `scope` is a side or empty, `repeat` how often the behavior part runs, `words` the command as typed."""

    scope: str = ""
    offline: bool = False
    repeat: int = 1
    words: str = "forgewatch test"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tested:
    """A run and its record. `recorded` None: the journal does not know it, and `note` says why."""

    __test__ = False

    run: TestsRun
    record: Digest
    recorded: Recorded | None
    note: str = ""


@dataclass(slots=True, kw_only=True)
class TestRunner:
    """Runs the tests of one repository. `not_ours` says why the journal cannot be written, empty when it can."""

    __test__ = False

    desk: Desk
    benches: Benches
    places: ToolPlaces
    evidence: EvidenceFiles
    audience: Audience
    not_ours: str = ""
    _stood: Stood | None = field(default=None, init=False)

    def run(self, wanted: Wanted) -> Tested:
        """Run and record. Raises TestsStopped and other EnvironmentFaults when there is no result; the entry in `test_runs.md` then says
        so."""
        start, runs = self.desk.clock.now(), self.desk.governed.places.test_runs
        # 1.
        self.evidence.append(runs, run_begun(start, wanted.words))
        try:
            return self._recorded(self._tested(start, wanted))
        except (ForgewatchError, KeyboardInterrupt, SystemExit) as error:
            # A signal that ends us comes as SystemExit while a copy is open.
            why = str(error) if isinstance(error, ForgewatchError) else "interrupted"
            with contextlib.suppress(LedgerUnwritable):
                self.evidence.append(runs, run_broken(self.desk.clock.now(), why, self._stood))
            raise

    def _tested(self, start: str, wanted: Wanted) -> TestsRun:
        # 2.
        base = heads.look(self.desk, work=False, stack=True)
        self._stood = Stood(base.branch, base.head)
        with self.benches.open(offline=wanted.offline) as bench:
            if isinstance(bench, Failed):
                raise TestsStopped(bench.stop, bench.why, bench.hint)
            # 3.
            stack, plan, scope = self._plan(bench, base, wanted)
            tools = self.places.tools(stack.backend.venv_path if stack.backend else "")
            # 4.
            results = self._steps(bench, plan.steps, tools)
            where = replace(self._surroundings(bench, tools, wanted), scope=scope)
        # 5. Whole plans, always: a step may need what an earlier one built.
        authorized = self._again(plan.authorized, tools, wanted, where.tree) if plan.authorized else ()
        runs = [results, *(self._again(plan.steps, tools, wanted, where.tree) for _ in range(wanted.repeat - 1))]
        return TestsRun(
            start=start,
            end=self.desk.clock.now(),
            where=where,
            results=results,
            authorized=authorized,
            unsteady=unsteady_steps(runs),
            notes=plan.notes,
        )

    def _plan(self, bench: Bench, base: Facts, wanted: Wanted) -> tuple[Stack, Plan, str]:
        """Return the stack of the copy, its plan with that of BASE, and the side that is tested, empty when that is all there is to test.

        Raises TestsStopped for a forge.json that cannot be believed, UsageError for a side that is not there.
        """
        limit = LIMITS.document_bytes
        stack = read_stack(bench.files.read(FORGE_JSON, limit))
        if isinstance(stack, Defect):
            raise TestsStopped(StopReason.CONTRACT_CONFLICT, f"forge.json: {stack}", "mend it: what it says of the tests is not known")
        paths = {*plan_files(stack), *(path for path in base.stack if path != FORGE_JSON)}
        files = {path: bench.files.read(path, limit) for path in sorted(paths)}
        whole = _both(stack, files, base, "")
        if not wanted.scope:
            return stack, whole, ""
        plan = _both(stack, files, base, wanted.scope)
        if not plan.steps:
            raise UsageError(f"--scope {wanted.scope}: forge.json has no {wanted.scope} that could be tested", "leave it out")
        return stack, plan, "" if (plan.steps, plan.authorized) == (whole.steps, whole.authorized) else wanted.scope

    def _steps(self, bench: Bench, steps: Sequence[Step], tools: Tools) -> tuple[StepResult, ...]:
        return tuple(self._step(bench, step, tools) for step in steps)

    def _step(self, bench: Bench, step: Step, tools: Tools) -> StepResult:
        self.audience.begins(step)
        tally = Tally()
        run = bench.run(resolved(step, tools), _Heard(tally, self.audience.hears))
        result = judge_step(step, run, tally.counts())
        self.audience.ends(result)
        return result

    def _again(self, steps: Sequence[Step], tools: Tools, wanted: Wanted, tree: Digest) -> tuple[StepResult, ...]:
        """Run steps on a fresh copy of the same tree. Raises TestsStopped when it is another one by now."""
        with self.benches.open(offline=wanted.offline) as bench:
            if isinstance(bench, Failed):
                raise TestsStopped(bench.stop, bench.why, bench.hint)
            if bench.copied.tree != tree:
                why = f"the tree changed between two runs: expected {tree}, found {bench.copied.tree}"
                raise TestsStopped(StopReason.NON_DETERMINISTIC_BEHAVIOR, why, "let the tree come to rest, then ask again")
            return self._steps(bench, steps, tools)

    def _surroundings(self, bench: Bench, tools: Tools, wanted: Wanted) -> Surroundings:
        copied, root = bench.copied, self.desk.governed.root
        runtime = tools.find(PYTHON, "") or SYSTEM_PYTHON
        return Surroundings(
            head=copied.head,
            branch=copied.branch,
            tree=copied.tree,
            status=copied.status,
            stat=copied.stat,
            level=bench.level,
            notes=tuple(escape(note) for note in bench.notes),
            runtime=runtime.removeprefix(f"{root}/"),
            offline=wanted.offline,
            scope=wanted.scope,
            repeat=wanted.repeat,
        )

    def _recorded(self, run: TestsRun) -> Tested:
        places, record = self.desk.governed.places, latest_record(run)
        digest = digest_of_bytes(record)
        # 6.
        recorded = None if self.not_ours else self.desk.governed.record.tell(event_of(run, digest, self.desk.clock.now()), quiet=True)
        # 7.
        self.evidence.replace(places.test_record, record)
        # 8.
        self.evidence.append(places.test_runs, run_ended(run))
        note = f"not attested: {self.not_ours}" if self.not_ours else ""
        return Tested(run=run, record=digest, recorded=recorded, note=note)


def _both(stack: Stack, files: Mapping[RepoPath, Content], base: Facts, scope: str) -> Plan:
    """Return the plan with the commands of BASE: what was authorized runs until a change of it is authorized too."""
    plan, older = plan_of(stack, files, scope), read_stack(base.stack.get(FORGE_JSON, Absent()))
    if isinstance(older, Defect):
        note = f"forge.json of the authorized version cannot be read, so it has no commands: {older}"
        return replace(plan, notes=(*plan.notes, note))
    if not has_stack(older, base.stack):
        return plan
    ground = on_this_ground(base.stack, files)
    authorized, alike = (plan_of(one, seen, scope, tested=base.tested) for one, seen in ((older, ground), (stack, files)))
    return with_base(plan, authorized, files, base.stack, alike)


def event_of(run: TestsRun, record: Digest, at: str) -> TestsRecorded:
    """Return what the journal keeps of a run: enough to know later what ran, and over which bytes."""
    where = run.where
    executed, failed = run.counts or (None, None)
    steps = tuple(
        StepRecorded(
            part=result.step.part,
            name=result.step.name,
            argv=tuple(escape(without_secrets(word), PATH_LIMIT) for word in result.step.argv),
            exit=result.exit,
            output=result.output,
        )
        for result in run.every
    )
    return TestsRecorded(
        at=at,
        record=record,
        tree=where.tree,
        head=where.head,
        level=where.level,
        offline=where.offline,
        steps=steps,
        executed=executed,
        failed=failed,
        passed=run.passed,
        repeat=where.repeat,
        scope=where.scope,
        surroundings=where.notes,
    )


class _Heard:
    """Passes what a step writes to its tally, and the last line of it on."""

    def __init__(self, tally: Tally, hears: Callable[[str], None]) -> None:
        self._tally = tally
        self._hears = hears

    def heard(self, piece: bytes) -> None:
        self._tally.heard(piece)
        if self._tally.last:
            self._hears(self._tally.last)
