"""The plan that a builder announces and the tasks it says are done (contract §0.2)."""

from __future__ import annotations

import pytest

from forgewatch.core.blocks import Flaw, PlanDefined, TaskDone
from forgewatch.core.build_plan import TASK_CHARS, TASKS, BuildPlan, Task, number_tasks, plan_document, plan_of, plan_words
from tests.support.blocks import PLAN, block, events_of, flaws_of

THREE = BuildPlan((Task(1, "First"), Task(2, "Second"), Task(3, "Third")))


def plan_in(text: str) -> BuildPlan:
    """The newest plan of a text, whatever else it says."""
    return [event.plan for event in events_of(text) if isinstance(event, PlanDefined)][-1]


def written(*lines: str) -> str:
    return "\n".join(["=== PLAN ===", *lines, "=== END PLAN ===", ""])


@pytest.mark.req("S002-0.2-1")
def test_a_numbered_list_between_its_delimiters_is_the_plan() -> None:
    assert events_of(PLAN) == [PlanDefined(THREE, 1)]
    assert events_of("Here is what I will do.\n```\n" + PLAN + "```\n") == [PlanDefined(THREE, 3)]


@pytest.mark.req("S002-0.2-1")
def test_a_first_response_without_a_plan_is_said_and_a_later_one_needs_none() -> None:
    for text in ("", "hello\n", block("a", "")):
        assert [event.flaw for event in events_of(text) if hasattr(event, "flaw")] == [Flaw.PLAN_MISSING]
        assert not any(hasattr(event, "flaw") for event in events_of(text, THREE))


@pytest.mark.req("S002-0.2-1")
def test_a_plan_after_a_file_block_is_late_and_counts() -> None:
    text = "=== FILE: skipped ===\n" + block("a", "") + PLAN
    assert flaws_of(text) == [(Flaw.BLOCK_UNENDED, 1), (Flaw.PLAN_LATE, 4)]
    assert plan_in(text) == THREE
    # A later response may plan anew where it likes.
    assert flaws_of(block("a", "") + PLAN, THREE) == []


@pytest.mark.parametrize(
    ("lines", "tasks"),
    [
        (["1) First", "2) Second"], [(1, "First"), (2, "Second")]),
        (["  1. First", "     detail", "  2. Second"], [(1, "First"), (2, "Second")]),
        (["Steps:", "", "1. First", "   - detail", "   1. step", "  2. step", "2. Second"], [(1, "First"), (2, "Second")]),
        (["1. **Bold** `code`", "10. Ten"], [(1, "**Bold** `code`"), (10, "Ten")]),
        (["0. Zero"], [(0, "Zero")]),
        (["1.First", "2. Second", "1234567. too many digits"], [(2, "Second")]),
        (["1. [ ] Open", "2. \x1b[2Jodd \udcff"], [(1, "[ ] Open"), (2, "\x1b[2Jodd \udcff")]),
    ],
)  # fmt: skip
def test_items_are_those_of_the_outer_list(lines: list[str], tasks: list[tuple[int, str]]) -> None:
    assert [(task.number, task.text) for task in plan_in(written(*lines)).tasks] == tasks
    assert flaws_of(written(*lines)) == []


@pytest.mark.parametrize(("numbers", "given"), [((1, 1, 1), (1, 2, 3)), ((2, 1, 3), (2, 3, 4)), ((5, 5), (5, 6))])
def test_numbers_that_do_not_rise_are_counted_on_and_said(numbers: tuple[int, ...], given: tuple[int, ...]) -> None:
    text = written(*(f"{number}. x" for number in numbers))
    assert tuple(task.number for task in plan_in(text).tasks) == given
    assert flaws_of(text) == [(Flaw.PLAN_RENUMBERED, 1)]


def test_a_plan_without_end_counts_up_to_what_comes_next() -> None:
    for after in (block("a", ""), "=== TASK DONE: 1 ===\n", "=== END FILE ===\n", ""):
        text = PLAN.removesuffix("=== END PLAN ===\n") + after
        assert plan_in(text).tasks[-1] == Task(3, "Third")
        assert (Flaw.PLAN_UNENDED, 1) in flaws_of(text)
        assert (Flaw.PLAN_LATE, 1) not in flaws_of(text)


def test_a_plan_without_a_task_is_none_and_is_said_once() -> None:
    assert flaws_of("=== PLAN ===\n- a\n- b\n=== END PLAN ===\n") == [(Flaw.PLAN_EMPTY, 1)]
    assert [event.flaw for event in events_of(written())] == [Flaw.PLAN_EMPTY]  # type: ignore[union-attr]


def test_a_second_plan_in_one_text_is_said_and_counts() -> None:
    text = PLAN + "=== TASK DONE: 1 ===\n" + written("1. Anew")
    assert flaws_of(text) == [(Flaw.PLAN_REPEATED, 7)]
    assert plan_in(text) == BuildPlan((Task(1, "Anew"),))


def test_a_plan_and_a_task_have_an_end() -> None:
    text = written(*(f"{number}. {'x' * 1000}" for number in range(1, TASKS + 4)))
    plan = plan_in(text)
    assert (len(plan.tasks), len(plan.tasks[0].text), plan.tasks[0].text[-1]) == (TASKS, TASK_CHARS, "…")
    assert flaws_of(text) == [(Flaw.PLAN_TOO_LONG, 1)]


@pytest.mark.req("S002-0.2-2")
def test_a_task_is_done_once_and_has_to_be_in_the_plan() -> None:
    text = PLAN + "".join(f"=== TASK DONE: {number} ===\n" for number in ("2", "2", "4", "0", "-1", "two", "1.", "99999999999", "\u0661"))
    done = [(event.number, event.line, event.plan.done) for event in events_of(text) if isinstance(event, TaskDone)]
    assert done == [(2, 6, 1), (1, 12, 2)]
    assert flaws_of(text) == [(Flaw.TASK_REPEATED, 7)] + [(Flaw.TASK_UNKNOWN, line) for line in (8, 9, 10, 11, 13, 14)]
    messages = [event.message for event in events_of(text) if hasattr(event, "message")]
    assert messages[1] == "TASK DONE: expected a task of the plan's 3, 1 to 3, found '4'"


@pytest.mark.req("S002-0.2-2")
def test_a_task_of_an_earlier_response_can_be_done_and_without_any_plan_none() -> None:
    assert events_of("=== TASK DONE: 3 ===\n", THREE.with_done(1)) == [TaskDone(3, THREE.with_done(1).with_done(3), 1)]
    assert flaws_of("=== TASK DONE: 1 ===\n", THREE.with_done(1)) == [(Flaw.TASK_REPEATED, 1)]
    assert flaws_of("=== TASK DONE: 1 ===\n") == [(Flaw.TASK_UNKNOWN, 1)]


def test_a_plan_in_words_says_how_far_it_is_and_what_comes() -> None:
    assert plan_words(THREE) == "0 of 3 tasks done, next: 1. First"
    assert plan_words(THREE.with_done(1).with_done(2)) == "2 of 3 tasks done, next: 3. Third"
    assert plan_words(BuildPlan((Task(7, "x", True),))) == "1 of 1 task done"
    assert plan_words(BuildPlan((Task(1, "a\x1b[2J\u202eb"),))) == "0 of 1 task done, next: 1. a\\x1b[2J\\u202eb"


def test_a_plan_comes_back_from_its_document_and_nothing_else_does() -> None:
    plan = THREE.with_done(2)
    document = plan_document(plan)
    assert plan_of(document) == plan
    row = document["tasks"][0]
    for wrong in (
        None, [], {}, {"tasks": None}, {"tasks": []}, {"tasks": [row, row]}, {"tasks": [row] * (TASKS + 1)}, {"tasks": ["x"]},
        {"tasks": [{**row, "number": True}]}, {"tasks": [{**row, "number": "1"}]}, {"tasks": [{**row, "done": 1}]},
        {"tasks": [{"number": 1}]},
    ):  # fmt: skip
        assert plan_of(wrong) is None, wrong


def test_numbers_are_given_from_what_is_written() -> None:
    assert number_tasks([]) == ()
    assert number_tasks([(3, "a"), (3, "b")]) == (Task(3, "a"), Task(4, "b"))
