"""What a step proved, decided from its exit and its counts (contract §9.2; checks.md A8)."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from forgewatch.core.bench import Level, Part, Step, StepRun
from forgewatch.core.missing_tools import NOT_FOUND, lacked, no_command, no_module, remedy
from forgewatch.core.step_names import is_of_base
from forgewatch.core.step_report import Counts, read_report
from forgewatch.core.text import counted
from forgewatch.core.values import CommitId, Digest

REPORT = "{report}"
"""Stands in the arguments of a step for the file that it writes its report to."""

NONE_RAN = "no tests ran"
_NOTHING_COLLECTED = 5
"""With which pytest and unittest end when there is no test."""
_KILLED = 128
"""What a shell adds to the number of the signal that ended a command."""
_SIGNALS = {one.value: one.name for one in (signal.SIGKILL, signal.SIGSEGV, signal.SIGABRT, signal.SIGTERM, signal.SIGBUS, signal.SIGILL)}
_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|[@-Z\\-_])")


@dataclass(frozen=True, slots=True, kw_only=True)
class StepResult:
    """One step after it ran. `why` says what is wrong, empty when it passed; `summary` is one line, raw; `last` the end of its output."""

    step: Step
    exit: int | None
    seconds: float
    why: str
    summary: str
    counts: Counts | None
    last: str
    output: Digest

    @property
    def passed(self) -> bool:
        """True when nothing speaks against it."""
        return not self.why

    @property
    def lacks(self) -> str:
        """The tool that it needs and did not find, raw; empty where it failed for another reason, or passed."""
        return lacked(self.why)

    @property
    def hint(self) -> str:
        """How the tests come to have that tool, raw; empty where none is lacked."""
        return remedy(self.lacks, of_base=is_of_base(self.step.name)) if self.lacks else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """Where a run of the tests took place: what the copy was of, and what kept the steps from the machine."""

    head: CommitId | None
    branch: str | None
    tree: Digest
    status: tuple[str, ...]
    stat: tuple[str, ...]
    level: Level
    notes: tuple[str, ...]
    runtime: str
    offline: bool
    scope: str
    repeat: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TestsRun:
    """A whole run. Times are UTC. `results` in the order of the plan, `authorized` those of BASE's commands where they are others;
    `unsteady` are tests and steps whose outcome was not always the same; `notes` what the plan says of itself."""

    __test__ = False

    start: str
    end: str
    where: Surroundings
    results: tuple[StepResult, ...]
    authorized: tuple[StepResult, ...] = ()
    unsteady: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def every(self) -> tuple[StepResult, ...]:
        """Every step that ran."""
        return (*self.results, *self.authorized)

    @property
    def passed(self) -> bool:
        """True when every step passed, at least one ran the tests, and nothing was unsteady."""
        return self._is_tested and not self.unsteady and all(result.passed for result in self.every)

    @property
    def counts(self) -> tuple[int, int] | None:
        """How many tests were executed and how many of them failed, over all steps but BASE's; None where no step counts."""
        told = [result.counts for result in self.results if result.counts is not None and result.step.part is Part.BEHAVIOR]
        return (sum(one.executed for one in told), sum(one.failed for one in told)) if told else None

    @property
    def failing(self) -> tuple[str, ...]:
        """The tests that failed by name, and the steps that failed without naming one."""
        named: list[str] = []
        for result in self.every:
            if not result.passed:
                tests = result.counts.failing if result.counts else ()
                named += tests or (f"{result.step.part} {result.step.name}: {result.why}",)
        return (*named, *(() if self._is_tested else ("behavior: no command runs the tests",)))

    @property
    def _is_tested(self) -> bool:
        return any(result.step.part is Part.BEHAVIOR for result in self.results)

    def part(self, part: Part) -> str:
        """Return PASS, FAIL, or n/c for a part that nothing is configured for."""
        results = [result for result in self.every if result.step.part is part]
        if part is Part.BEHAVIOR and not self._is_tested:
            return "FAIL"
        if not results:
            return "n/c"
        return "PASS" if all(result.passed for result in results) and not self._is_unsteady(part) else "FAIL"

    def _is_unsteady(self, part: Part) -> bool:
        # What names no part is a test.
        return any(next((one for one in Part if told.startswith(f"{one} ")), Part.BEHAVIOR) is part for told in self.unsteady)


def judge_step(step: Step, run: StepRun, heard: Counts | None) -> StepResult:
    """Return the result of a step. `heard` are the counts of its output; a report that the step was asked for comes before them.

    A step fails when it did not end by itself, ended with another status than 0, left out the report it was asked for, ended with 0
    although tests failed, or counts no test that ran. A runner that always counts and tells nothing counts none.
    """
    asked = any(REPORT in word for word in step.argv)
    counts = (read_report(run.report) if asked else heard) if step.part is Part.BEHAVIOR else None
    last = run.tail.decode("utf-8", "replace")
    why = _why(step, run, counts, asked=asked)
    return StepResult(
        step=step,
        exit=run.exit,
        seconds=run.seconds,
        why=why,
        summary=_summary(run, counts, why),
        counts=counts,
        last=_ANSI.sub("", last),
        output=run.digest,
    )


def _why(step: Step, run: StepRun, counts: Counts | None, *, asked: bool) -> str:
    if run.exit is None:
        return run.why or "did not end by itself"
    if run.exit == _NOTHING_COLLECTED and counts is not None and not counts.outcomes:
        return NONE_RAN
    if run.exit != 0 and not (counts and counts.failed):
        return _missing_tool(step, run) or _status(run.exit)
    if counts is not None and counts.failed:
        return f"{counted(counts.failed, 'test')} failed"
    if asked and counts is None:
        return "ended without the report it was asked for"
    told = counts is not None or _always_counts(step.argv)
    return NONE_RAN if step.part is Part.BEHAVIOR and told and not (counts and counts.executed) else ""


def _always_counts(argv: Sequence[str]) -> bool:
    """True for a runner that names or counts each test it runs: where it tells of none, none ran, or something ended it with 0 before."""
    return tuple(argv[1:3]) == ("-m", "unittest") or (tuple(argv[:2]) == ("go", "test") and "-v" in argv and "-json" not in argv)


def _missing_tool(step: Step, run: StepRun) -> str:
    """Return that interpreter or shell lacks the tool, empty when neither says so: `ended with 1` would send people to their tests."""
    if run.exit == NOT_FOUND:
        return no_command(run.tail.decode("utf-8", "replace"))
    module = step.argv[2] if step.argv[1:2] == ("-m",) and len(step.argv) > 2 else ""
    said = run.tail.rstrip().endswith(f"No module named {module}".encode("utf-8", "surrogateescape"))
    return no_module(module) if module and said else ""


def _summary(run: StepRun, counts: Counts | None, why: str) -> str:
    took = f"in {run.seconds:.2f}s"
    if counts is None:
        return f"{why or 'fine'} {took}" if why != NONE_RAN else NONE_RAN
    if not counts.executed:
        return f"{NONE_RAN}, {counts.skipped} skipped {took}" if counts.skipped else f"{NONE_RAN} {took}"
    told = [f"{counts.failed} failed"] if counts.failed else []
    skipped = [f"{counts.skipped} skipped"] if counts.skipped else []
    return f"{', '.join([*told, f'{counts.passed} passed', *skipped])} {took}"


def unsteady_steps(runs: Sequence[Sequence[StepResult]]) -> tuple[str, ...]:
    """Return the tests whose outcome was not the same in all runs of the same steps, and the steps whose exit was not (contract §8,
    NON_DETERMINISTIC_BEHAVIOR; S002-9.1-3). A test that is missing in one of the runs is unsteady too."""
    told: list[str] = []
    for same in zip(*runs, strict=True):
        differing = _differing([result.counts.outcomes if result.counts else {} for result in same])
        told += differing
        if not differing and (len({(result.exit, result.passed) for result in same}) > 1):
            told.append(f"{same[0].step.part} {same[0].step.name}: {', '.join(_ended(result) for result in same)}")
    return tuple(told)


def _differing(outcomes: Sequence[Mapping[str, str]]) -> list[str]:
    names: Iterable[str] = sorted({name for one in outcomes for name in one})
    seen = {name: [one.get(name, "missing") for one in outcomes] for name in names}
    return [f"{name}: {', '.join(told)}" for name, told in seen.items() if len(set(told)) > 1]


def _ended(result: StepResult) -> str:
    return _status(result.exit) if result.exit is not None else result.why


def _status(status: int) -> str:
    """Return the status of a step in words: one that was killed, for want of memory as a rule, left nothing else behind."""
    name = _SIGNALS.get(status - _KILLED)
    return f"ended with {status}, as after {name}" if name else f"ended with {status}"
