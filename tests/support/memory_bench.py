"""A bench in memory: the ports of `core.bench` and `core.tools`, with steps whose outcome a test chooses."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from forgewatch.core.bench import Level, Listener, Step, StepRun
from forgewatch.core.canonical import digest_of_bytes
from forgewatch.core.copying import Copied
from forgewatch.core.report import Failed
from forgewatch.core.step_result import StepResult
from forgewatch.core.tools import Tools
from forgewatch.core.values import CommitId, Digest
from tests.support.ports import MemoryFiles

TREE = Digest("sha256:" + "7" * 64)
HEAD = CommitId("4" * 40)


def ran(exit: int | None = 0, output: bytes = b"", report: bytes = b"", why: str = "", seconds: float = 0.5) -> StepRun:
    """Return what became of a step that wrote `output`."""
    return StepRun(
        exit=exit, why=why, seconds=seconds, tail=output[-65536:], size=len(output), digest=digest_of_bytes(output), report=report
    )


def junit(**outcomes: str) -> bytes:
    """Return a JUnit report of tests by name: passed, failed, error or skipped."""
    inside = {"passed": "", "failed": '<failure message="no"/>', "error": '<error message="no"/>', "skipped": "<skipped/>"}
    cases = "".join(
        f'<testcase classname="tests.test_a" name="{name}" file="tests/test_a.py">{inside[outcome]}</testcase>'
        for name, outcome in outcomes.items()
    )
    return f'<?xml version="1.0"?><testsuites><testsuite>{cases}</testsuite></testsuites>'.encode()


Answers = Mapping[str, StepRun | Sequence[StepRun]]


@dataclass
class MemoryBench:
    """`bench.Bench`: a step's answer is found by its name; a step of which nothing is said passes with one test."""

    benches: MemoryBenches
    copied: Copied
    number: int

    @property
    def files(self) -> MemoryFiles:
        return self.benches.files

    @property
    def notes(self) -> Sequence[str]:
        return ("network none", "visible .venv")

    @property
    def level(self) -> Level:
        return self.benches.level

    def run(self, step: Step, listener: Listener) -> StepRun:
        self.benches.ran.append(step)
        if self.benches.before is not None:
            self.benches.before(step)
        answer = self.benches.answers.get(step.name, ran(report=junit(test_b="passed")))
        found = answer if isinstance(answer, StepRun) else answer[min(self.number, len(answer) - 1)]
        listener.heard(found.tail)
        return found


@dataclass
class MemoryBenches:
    """`bench.Benches`: `trees` are those of the copies in order, the last one again and again."""

    files: MemoryFiles
    answers: Answers = field(default_factory=dict)
    trees: Sequence[Digest] = (TREE,)
    level: Level = Level.BUBBLEWRAP
    failed: Failed | None = None
    before: Callable[[Step], None] | None = None
    ran: list[Step] = field(default_factory=list)
    opened: list[bool] = field(default_factory=list)

    @contextlib.contextmanager
    def open(self, *, offline: bool) -> Iterator[MemoryBench | Failed]:
        number = len(self.opened)
        self.opened.append(offline)
        tree = self.trees[min(number, len(self.trees) - 1)]
        copied = Copied(
            head=HEAD,
            branch="main",
            tree=tree,
            files=3,
            status=("## main", " M app/a.py"),
            stat=("1 file changed, 1 insertion, 0 deletions",),
        )
        yield self.failed or MemoryBench(self, copied, number)


@dataclass
class MemoryTools:
    """`tools.Tools` and `tools.ToolPlaces`: programs by name."""

    programs: Mapping[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def find(self, word: str, folder: str) -> str | None:
        return self.programs.get(f"{folder}/{word}" if folder else word)

    def tools(self, venv_path: str) -> Tools:
        self.asked.append(venv_path)
        return self


@dataclass
class Onlooker:
    """`testing.Audience` that keeps what it saw."""

    seen: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)

    def begins(self, step: Step) -> None:
        self.seen.append(f"{step.part} {step.name}")

    def hears(self, line: str) -> None:
        self.lines.append(line)

    def ends(self, result: StepResult) -> None:
        self.seen.append(f"{result.step.name} {'PASS' if result.passed else 'FAIL'}")
