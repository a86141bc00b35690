"""A builder's output as events while it arrives: what a block means as a file, which plan counts, what is odd (contract §0.1, §0.2)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from forgewatch.core.block_content import looks_like_diff, unfenced
from forgewatch.core.block_parser import Block, BlockParser, Marked, Part, WrittenPlan
from forgewatch.core.block_paths import parse_target
from forgewatch.core.blocks import LARGE, FileDefined, Flaw, OutputEvent, PlanDefined, Remark, Remarks, TaskDone
from forgewatch.core.build_plan import TASKS, BuildPlan, Task, number_tasks
from forgewatch.core.places import Places
from forgewatch.core.text import escape
from forgewatch.core.values import Refused, RepoPath


class BuilderOutput:
    """Reads one text. `plan` is the one that is known from texts before it: without one this text is the first, and has to begin with
    its plan (S002-0.2-1). However the bytes are cut, the events are the same."""

    def __init__(self, governed: Places, plan: BuildPlan | None = None) -> None:
        self.plan = plan
        self._governed = governed
        self._remarks = Remarks()
        self._parser = BlockParser(self._remarks)
        self._first = plan is None
        self._planned = False
        self._paths: dict[RepoPath, int] = {}
        self._begun = 0

    @property
    def skipped(self) -> int:
        """How many blocks were no file: no end, no path, too large, one too many."""
        return self._remarks.skipped

    def feed(self, chunk: bytes) -> Iterator[OutputEvent]:
        """Yield what these bytes tell. Exhaust it before feeding more."""
        for part in self._parser.feed(chunk):
            yield from self._events(part)

    def close(self) -> Iterator[OutputEvent]:
        """Yield what is to be said at the end of the text."""
        for part in self._parser.close():
            yield from self._events(part)
        if self._first and not self._planned:
            why = "expected '=== PLAN ===' at the start of the first response, found no plan"
            yield from self._remarks.about(Flaw.PLAN_MISSING, 1, why)

    def _events(self, part: Part) -> Iterator[OutputEvent]:
        match part:
            case Block():
                yield from self._file(part)
            case WrittenPlan():
                yield from self._plan(part)
            case Marked():
                yield from self._done(part)
            case Remark():
                yield part
            case other:
                assert_never(other)

    def _file(self, block: Block) -> Iterator[OutputEvent]:
        self._begun = self._begun or block.line
        target = parse_target(block.path, self._governed)
        found = unfenced(block.body, block.path)
        path, why = (None, target.why) if isinstance(target, Refused) else (target, "")
        yield FileDefined(raw=block.path, path=path, why=why, content=found.content, lang=found.lang, line=block.line)
        if path is None:
            return
        name = escape(path)
        if found.unclosed:
            why = f"{name}: expected the fence of its first line closed by its last line, found it open; the fence is written too"
            yield from self._remarks.about(Flaw.FENCE_UNCLOSED, block.line, why)
        if len(found.content) > LARGE:
            why = f"{name}: expected at most {LARGE} bytes, found {len(found.content)}; it is written"
            yield from self._remarks.about(Flaw.LARGE_FILE, block.line, why)
        if looks_like_diff(found.content, path, found.lang):
            why = f"{name}: expected the whole file, found what looks like a diff; it is written as it is"
            yield from self._remarks.about(Flaw.LOOKS_LIKE_DIFF, block.line, why)
        if path in self._paths:
            why = f"{name}: expected one block for a file, found another at line {self._paths[path]}; the last one counts"
            yield from self._remarks.about(Flaw.DUPLICATE, block.line, why)
        self._paths[path] = block.line

    def _plan(self, written: WrittenPlan) -> Iterator[OutputEvent]:
        late, again = self._first and self._begun and not self._planned, self._planned
        self._planned = True
        if late:
            why = f"expected the plan at the start, found it after the file block of line {self._begun}"
            yield from self._remarks.about(Flaw.PLAN_LATE, written.line, why)
        if not written.items:
            yield from self._remarks.about(Flaw.PLAN_EMPTY, written.line, "expected a numbered list of tasks, found none; it is no plan")
            return
        if again:
            yield from self._remarks.about(Flaw.PLAN_REPEATED, written.line, "expected one plan, found another; the last one counts")
        if written.left_out:
            why = f"expected at most {TASKS} tasks, found {TASKS + written.left_out}; the rest is left out"
            yield from self._remarks.about(Flaw.PLAN_TOO_LONG, written.line, why)
        self.plan = BuildPlan(number_tasks(written.items))
        if tuple(task.number for task in self.plan.tasks) != tuple(number for number, _ in written.items):
            why = "expected numbers that rise, found others; a task that does not is the one before it plus one"
            yield from self._remarks.about(Flaw.PLAN_RENUMBERED, written.line, why)
        yield PlanDefined(self.plan, written.line)

    def _done(self, mark: Marked) -> Iterator[OutputEvent]:
        task = _task(self.plan, mark.number)
        if self.plan is None or task is None:
            known = f"a task of {_range(self.plan)}" if self.plan else "a plan before it"
            yield from self._remarks.about(Flaw.TASK_UNKNOWN, mark.line, f"TASK DONE: expected {known}, found '{escape(mark.number, 40)}'")
        elif task.done:
            yield from self._remarks.about(Flaw.TASK_REPEATED, mark.line, f"TASK DONE: task {task.number} was done already")
        else:
            self.plan = self.plan.with_done(task.number)
            yield TaskDone(task.number, self.plan, mark.line)


def _task(plan: BuildPlan | None, written: str) -> Task | None:
    number = written.removesuffix(".")
    return plan.task(int(number)) if plan and number.isascii() and number.isdecimal() and len(number) < 10 else None


def _range(plan: BuildPlan) -> str:
    return f"the plan's {len(plan.tasks)}, {plan.tasks[0].number} to {plan.tasks[-1].number}"
