"""What a step proves: each way to fail, and each way to look as if it had passed (contract §9.2, S002-9.2-7)."""

from __future__ import annotations

from typing import Any

import pytest

from forgewatch.core.bench import Level, Part, Step, StepRun
from forgewatch.core.step_report import Counts, read_report
from forgewatch.core.step_result import StepResult, Surroundings, TestsRun, judge_step, unsteady_steps
from tests.support.memory_bench import HEAD, TREE, junit, ran

PYTEST = Step(part=Part.BEHAVIOR, name="pytest", argv=("python", "-m", "pytest", "--junitxml", "{report}"))
NPM = Step(part=Part.BEHAVIOR, name="npm", argv=("npm", "test"))
RUFF = Step(part=Part.STATIC, name="ruff", argv=("ruff", "check", "."))


def count(passed: int = 0, failed: int = 0, skipped: int = 0) -> Counts:
    return Counts(passed=passed, failed=failed, skipped=skipped, outcomes={})


def judged(step: Step, run: StepRun, heard: Counts | None = None) -> tuple[str, str]:
    found = judge_step(step, run, heard)
    assert found.passed == (found.why == "")
    return found.why, found.summary


def run_of(*results: StepResult, **parts: Any) -> TestsRun:
    where = Surroundings(
        head=HEAD,
        branch="main",
        tree=TREE,
        stat=(),
        status=(),
        level=Level.BUBBLEWRAP,
        notes=(),
        runtime="python3",
        offline=False,
        scope="",
        repeat=1,
    )
    return TestsRun(start="", end="", where=where, results=results, **parts)


def test_a_suite_that_passes_is_counted_by_its_report() -> None:
    report = junit(a="passed", b="skipped", c="passed")
    assert judged(PYTEST, ran(report=report), count(failed=9)) == ("", "2 passed, 1 skipped in 0.50s")


@pytest.mark.req("S002-9.2-7")
@pytest.mark.parametrize(
    ("step", "run", "heard", "why", "summary"),
    [
        (PYTEST, ran(1, report=junit(a="failed", b="error", c="passed")), None, "2 tests failed", "2 failed, 1 passed in 0.50s"),
        (PYTEST, ran(0, report=junit(a="failed")), None, "1 test failed", "1 failed, 0 passed in 0.50s"),
        (PYTEST, ran(0), None, "ended without the report it was asked for", "ended without the report it was asked for in 0.50s"),
        (PYTEST, ran(0, report=b"<testsuites/>"), None, "no tests ran", "no tests ran in 0.50s"),
        (PYTEST, ran(5, report=b"<testsuites/>"), None, "no tests ran", "no tests ran in 0.50s"),
        (PYTEST, ran(5), None, "ended with 5", "ended with 5 in 0.50s"),
        (PYTEST, ran(0, report=junit(a="skipped")), None, "no tests ran", "no tests ran, 1 skipped in 0.50s"),
        (PYTEST, ran(4, report=b"<testsuites/>"), None, "ended with 4", "no tests ran in 0.50s"),
        (PYTEST, ran(3, report=junit(a="passed")), None, "ended with 3", "1 passed in 0.50s"),
        (PYTEST, ran(None, why="not found: python"), None, "not found: python", "not found: python in 0.50s"),
        (PYTEST, ran(None, report=junit(a="passed"), why="timed out"), None, "timed out", "1 passed in 0.50s"),
        (NPM, ran(None), None, "did not end by itself", "did not end by itself in 0.50s"),
        (NPM, ran(0), count(), "no tests ran", "no tests ran in 0.50s"),
        (NPM, ran(0), count(passed=3, failed=1), "1 test failed", "1 failed, 3 passed in 0.50s"),
        (NPM, ran(-9), count(passed=3), "ended with -9", "3 passed in 0.50s"),
        (RUFF, ran(1, b"Found 3 errors.\n"), count(failed=3), "ended with 1", "ended with 1 in 0.50s"),
    ],
)
def test_a_step_fails(step: Step, run: StepRun, heard: Counts | None, why: str, summary: str) -> None:
    assert judged(step, run, heard) == (why, summary)


def test_a_tool_that_the_interpreter_lacks_is_named() -> None:
    said = b"/repo/.venv/bin/python: No module named pytest\n"
    assert judged(PYTEST, ran(1, said))[0] == "not found: the interpreter has no module pytest"
    assert judged(PYTEST, ran(1, b"No module named pytest_x\n"))[0] == "ended with 1"
    assert judged(NPM, ran(1, said))[0] == "ended with 1"
    assert judged(Step(part=Part.STATIC, name="x", argv=("python", "-m")), ran(1, b"No module named "))[0] == "ended with 1"


@pytest.mark.parametrize(
    ("said", "tool"),
    [
        ("> n@1.0.0 test\n> vitest run\n\nsh: 1: vitest: not found\n", "vitest"),
        ("sh: vitest: command not found\nnpm error code 127\n", "vitest"),
        ("./run: line 3\n/bin/bash: line 3: go: command not found\n", "go"),
        ("/usr/bin/env: ‘node’: No such file or directory\n", "node"),
        ("env: 'node': No such file or directory\n", "node"),
        ("sh: 1: x: not found\n" + "later\n" * 12, ""),
        ("app.py: module x: not found\n", ""),
        ("", ""),
    ],
)
def test_a_command_that_a_shell_does_not_find_is_named(said: str, tool: str) -> None:
    found = judge_step(NPM, ran(127, said.encode()), None)
    assert (found.lacks, found.why) == (tool, f"not found: {tool}" if tool else "ended with 127")
    # Who ends otherwise was found.
    assert judge_step(NPM, ran(1, said.encode()), None).why == "ended with 1"


UNITTEST = Step(part=Part.BEHAVIOR, name="unittest", argv=("python", "-m", "unittest", "discover", "-v"))
GO = Step(part=Part.BEHAVIOR, name="go-test", argv=("go", "test", "-count=1", "-v", "./..."))


@pytest.mark.req("S002-9.2-7")
@pytest.mark.parametrize("step", [UNITTEST, GO])
def test_a_runner_that_always_counts_and_ends_well_without_a_word_ran_no_test(step: Step) -> None:
    # `os._exit(0)` in a file of tests, `os.Exit(0)` in TestMain, a module without a test.
    assert judged(step, ran(0, b"?   \tx\t[no test files]\n")) == ("no tests ran", "no tests ran")
    assert judged(step, ran(0), count(passed=1))[0] == ""
    assert judged(step, ran(3))[0] == "ended with 3"


@pytest.mark.parametrize("argv", [("go", "test", "./..."), ("go", "test", "-v", "-json", "./...")])
def test_go_that_does_not_write_names_of_tests_as_lines_is_taken_by_its_exit(argv: tuple[str, ...]) -> None:
    assert judged(Step(part=Part.BEHAVIOR, name="go", argv=argv), ran(0, b"ok  \tx\t0.1s\n"))[0] == ""


@pytest.mark.parametrize(
    ("status", "why"),
    [
        (137, "ended with 137, as after SIGKILL"),
        (139, "ended with 139, as after SIGSEGV"),
        (129, "ended with 129"),
        (255, "ended with 255"),
    ],
)
def test_a_command_that_was_killed_says_by_what(status: int, why: str) -> None:
    assert judged(NPM, ran(status))[0] == why
    assert unsteady_steps([[judge_step(NPM, ran(one), None)] for one in (0, status)]) == (f"behavior npm: ended with 0, {why}",)


def test_a_command_that_counts_nothing_is_taken_by_its_exit() -> None:
    assert judged(NPM, ran(0)) == ("", "fine in 0.50s")
    assert judged(RUFF, ran(0), count(failed=1)) == ("", "fine in 0.50s")


def test_the_end_of_the_output_is_kept_without_what_moves_a_cursor() -> None:
    assert judge_step(NPM, ran(1, b"\x1b[31mno\x1b[0m \xff\n"), None).last == "no �\n"


def test_a_run_passes_when_every_step_did_and_one_ran_the_tests() -> None:
    suite, lint = judge_step(PYTEST, ran(report=junit(a="passed")), None), judge_step(RUFF, ran(0), None)
    assert run_of(lint, suite).passed
    assert not run_of(lint).passed
    assert not run_of(lint, suite, unsteady=("a",)).passed
    assert not run_of(judge_step(RUFF, ran(1), None), suite).passed
    assert run_of(lint).failing == ("behavior: no command runs the tests",)
    assert run_of(lint, suite).failing == ()


@pytest.mark.req("S002-9-2")
def test_each_part_has_a_word_and_what_is_not_configured_says_so() -> None:
    suite, lint = judge_step(PYTEST, ran(report=junit(a="passed")), None), judge_step(RUFF, ran(1), None)
    assert [run_of(lint, suite).part(part) for part in Part] == ["FAIL", "n/c", "PASS", "n/c"]
    assert [run_of().part(part) for part in Part] == ["n/c", "n/c", "FAIL", "n/c"]


@pytest.mark.req("S002-9.1-3")
@pytest.mark.parametrize(
    ("unsteady", "words"),
    [("tests/test_a.py::b: passed, failed", ["PASS", "FAIL"]), ("static ruff: ended with 0, ended with 1", ["FAIL", "PASS"])],
)
def test_a_part_with_something_unsteady_has_not_passed_though_its_first_run_did(unsteady: str, words: list[str]) -> None:
    suite, lint = judge_step(PYTEST, ran(report=junit(a="passed")), None), judge_step(RUFF, ran(0), None)
    assert [run_of(lint, suite, unsteady=(unsteady,)).part(part) for part in (Part.STATIC, Part.BEHAVIOR)] == words


def test_counts_are_of_all_steps_that_test() -> None:
    results = (judge_step(PYTEST, ran(report=junit(a="passed", b="failed")), None), judge_step(NPM, ran(0), count(passed=3)))
    assert run_of(*results).counts == (5, 1)
    assert run_of(judge_step(NPM, ran(0), None)).counts is None


def test_what_failed_is_named_by_test_and_where_no_test_is_named_by_step() -> None:
    results = (
        judge_step(PYTEST, ran(1, report=junit(test_b="failed", test_a="failed")), None),
        judge_step(RUFF, ran(1), None),
        judge_step(NPM, ran(1), count(failed=2)),
    )
    assert run_of(*results).failing == (
        "tests/test_a.py::test_a",
        "tests/test_a.py::test_b",
        "static ruff: ended with 1",
        "behavior npm: 2 tests failed",
    )


@pytest.mark.req("S002-9.1-3")
def test_a_test_whose_outcome_changes_is_named_with_both() -> None:
    runs = [[judge_step(PYTEST, ran(report=junit(a="passed", b=second)), None)] for second in ("passed", "failed")]
    assert unsteady_steps(runs) == ("tests/test_a.py::b: passed, failed",)


def test_a_test_that_is_missing_once_and_a_step_that_ends_otherwise_are_unsteady() -> None:
    less = [[judge_step(PYTEST, ran(report=junit(**told)), None)] for told in ({"a": "passed", "b": "passed"}, {"a": "passed"})]
    assert unsteady_steps(less) == ("tests/test_a.py::b: passed, missing",)
    ends = [[judge_step(NPM, run, None)] for run in (ran(0), ran(1), ran(None, why="timed out"))]
    assert unsteady_steps(ends) == ("behavior npm: ended with 0, ended with 1, timed out",)


def test_runs_that_agree_are_steady_and_one_run_is() -> None:
    same = [[judge_step(PYTEST, ran(report=junit(a="failed")), None)] for _ in range(3)]
    assert unsteady_steps(same) == () == unsteady_steps(same[:1]) == unsteady_steps([])
    assert read_report(junit(a="failed")) is not None


def test_the_authorized_commands_can_fail_a_run_and_count_no_test_twice() -> None:
    suite = judge_step(PYTEST, ran(report=junit(a="passed")), None)
    base = judge_step(PYTEST, ran(1, report=junit(a="failed")), None)
    run = run_of(suite, authorized=(base,))
    assert (run.passed, run.part(Part.BEHAVIOR), run.counts, run.every) == (False, "FAIL", (1, 0), (suite, base))
    assert run.failing == ("tests/test_a.py::a",)
    assert run_of(suite, authorized=(suite,)).passed
    # Commands that test nothing are no suite, whatever the authorized ones do.
    nothing = run_of(judge_step(RUFF, ran(0), None), authorized=(suite,))
    assert (nothing.passed, nothing.part(Part.BEHAVIOR)) == (False, "FAIL")
