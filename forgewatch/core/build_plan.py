"""The plan a builder announces, and which of its tasks are done (contract §0.2). Its word only. `status` shows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from forgewatch.core.text import counted, escape, recordable

TASKS = 200
"""Tasks of a plan that are kept."""

TASK_CHARS = 500
"""Characters of a task that are kept."""


@dataclass(frozen=True, slots=True)
class Task:
    """One line of the plan. `text` is raw: whoever shows it escapes it."""

    number: int
    text: str
    done: bool = False


@dataclass(frozen=True, slots=True)
class BuildPlan:
    """The tasks in their order, at least one; no two have the same number (S002-0.2-1)."""

    tasks: tuple[Task, ...]

    @property
    def done(self) -> int:
        """How many tasks are done."""
        return sum(task.done for task in self.tasks)

    @property
    def next(self) -> Task | None:
        """The first task that is not done, None when all are."""
        return next((task for task in self.tasks if not task.done), None)

    def task(self, number: int) -> Task | None:
        """Return the task of that number."""
        return next((task for task in self.tasks if task.number == number), None)

    def with_done(self, number: int) -> BuildPlan:
        """Return the plan with that task done (S002-0.2-2)."""
        return BuildPlan(tuple(replace(task, done=True) if task.number == number else task for task in self.tasks))


def number_tasks(written: Sequence[tuple[int, str]]) -> tuple[Task, ...]:
    """Return the tasks of the numbers and texts as they were written. Numbers rise: one that does not is the last one plus one, so that
    a Markdown list of which each line begins with `1.` has the numbers that a reader sees."""
    tasks: list[Task] = []
    for number, text in written:
        last = tasks[-1].number if tasks else -1
        kept = text if len(text) <= TASK_CHARS else f"{text[: TASK_CHARS - 1]}…"
        tasks.append(Task(number if number > last else last + 1, kept))
    return tuple(tasks)


def plan_words(plan: BuildPlan) -> str:
    """Return `2 of 3 tasks done, next: 3. Third task` as one line that is fit to be shown."""
    ahead = plan.next
    return f"{plan.done} of {counted(len(plan.tasks), 'task')} done" + (f", next: {ahead.number}. {escape(ahead.text)}" if ahead else "")


def plan_document(plan: BuildPlan) -> dict[str, Any]:
    """Return the JSON object of a plan."""
    return {"tasks": [{"number": task.number, "text": recordable(task.text), "done": task.done} for task in plan.tasks]}


def plan_of(document: object) -> BuildPlan | None:
    """Return the plan that a JSON value is, None when it is none that `plan_document` makes."""
    rows = document.get("tasks") if isinstance(document, Mapping) else None
    if not isinstance(rows, list) or not 0 < len(rows) <= TASKS:
        return None
    tasks = tuple(_task_of(row) for row in rows)
    found = tuple(task for task in tasks if task is not None)
    return BuildPlan(found) if len(found) == len(tasks) == len({task.number for task in found}) else None


def _task_of(row: object) -> Task | None:
    match row:
        # A bool is an int to Python, and no number of a task.
        case {"number": int() as number, "text": str() as text, "done": bool() as done} if not isinstance(number, bool):
            return Task(number, text, done)
        case _:
            return None
