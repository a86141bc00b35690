"""The records of a run: exact lines, and that the test gate reads from them what was meant, whatever the tests wrote (contract §9.2)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from forgewatch.core.bench import Level, Part, Step, StepRun
from forgewatch.core.document import read_document
from forgewatch.core.run_record import (
    LAST_LINES,
    MOST_FAILING,
    MOST_STATUS,
    Stood,
    last_lines,
    latest_record,
    run_begun,
    run_broken,
    run_ended,
)
from forgewatch.core.step_result import StepResult, Surroundings, TestsRun, judge_step
from forgewatch.core.testrecord import TestRecord
from forgewatch.core.testrecord_lines import told_and_shown
from forgewatch.core.testrecord_parser import parse_test_record
from forgewatch.core.values import CommitId
from tests.support.memory_bench import HEAD, TREE, junit, ran

COMPILE = Step(part=Part.STATIC, name="compileall", argv=("python", "-m", "compileall", "-q", "."))
PYTEST = Step(part=Part.BEHAVIOR, name="pytest", argv=("python", "-m", "pytest", "--junitxml", "{report}"))
NPM = Step(part=Part.BEHAVIOR, name="npm", argv=("npm", "test"), folder="web")
PASSED = junit(**{f"t{number}": "passed" for number in range(12)})
WHERE = Surroundings(
    head=HEAD,
    branch="main",
    tree=TREE,
    status=("## main", " M app/a.py", "?? b.py"),
    stat=("app/a.py | +2 -1", "2 files changed, 3 insertions, 1 deletion"),
    level=Level.BUBBLEWRAP,
    notes=("network none", "visible .venv"),
    runtime=".venv/bin/python",
    offline=False,
    scope="",
    repeat=1,
)


def result(step: Step = PYTEST, run: StepRun | None = None, **parts: Any) -> StepResult:
    return replace(judge_step(step, run or ran(report=PASSED, seconds=0.41), None), **parts)


def run_of(*results: StepResult, where: Surroundings = WHERE, **parts: Any) -> TestsRun:
    told = results or (result(COMPILE, ran(0)), result())
    return TestsRun(start="2026-11-29T12:00:00Z", end="2026-11-29T12:00:09Z", where=where, results=told, **parts)


def read(run: TestsRun) -> TestRecord:
    found = parse_test_record(latest_record(run))
    assert isinstance(found, TestRecord), found
    return found


def failing(output: bytes, exit: int = 1) -> StepResult:
    return result(NPM, ran(exit, output))


@pytest.mark.req("S002-9.2-6")
@pytest.mark.req("S002-9-2")
def test_a_run_that_passed_is_recorded_in_these_lines() -> None:
    assert latest_record(run_of()).decode() == (
        "Status: PASS\n"
        "Start: 2026-11-29T12:00:00Z\n"
        "End: 2026-11-29T12:00:09Z\n"
        "Branch: main\n"
        f"HEAD: {HEAD}\n"
        f"Tree: {TREE}\n"
        "Runtime path: .venv/bin/python\n"
        "Sandbox: bubblewrap, network none, visible .venv\n"
        "Static: PASS\n"
        "static compileall command: python -m compileall -q .\n"
        "static compileall exit: 0\n"
        "static compileall summary: fine in 0.50s\n"
        "Runtime: n/c\n"
        "Behavior: PASS\n"
        "behavior pytest command: python -m pytest --junitxml '{report}'\n"
        "behavior pytest exit: 0\n"
        "behavior pytest summary: 12 passed in 0.41s\n"
        "Contract: n/c\n"
        "Failing tests:\n"
        "- None\n"
        "\n"
        "Git status:\n"
        "```text\n"
        "|  M app/a.py\n"
        "| ?? b.py\n"
        "| 2 paths changed\n"
        "```\n"
        "\n"
        "Git diff --stat:\n"
        "```text\n"
        "| app/a.py | +2 -1\n"
        "| 2 files changed, 3 insertions, 1 deletion\n"
        "```\n"
    )


@pytest.mark.req("S002-9.2-6")
def test_a_run_that_failed_names_what_failed_and_shows_the_end_of_its_output() -> None:
    suite = result(PYTEST, ran(1, b"E assert 1 == 2\n", junit(test_a="failed", test_b="passed")))
    where = replace(WHERE, branch=None, head=None, scope="backend", repeat=2)
    run = run_of(suite, where=where, unsteady=("a::b: passed, failed",), notes=("defaults hold",))
    text = latest_record(run).decode()
    assert text.startswith("Status: FAIL\n")
    assert "\nBranch: (no branch)\nHEAD: no commit yet\n" in text
    assert "\nScope: backend only\nRepeated: 2 times\nStatic: n/c\n" in text
    assert "\nContract: n/c\nNote: defaults hold\nFailing tests:\n- tests/test_a.py::test_a\n" in text
    assert "\n- not the same every time: a::b: passed, failed\n" in text
    assert text.endswith("\nLast output of behavior pytest:\n```text\n| E assert 1 == 2\n```\n")
    assert (read(run).status, read(run).exits, read(run).failed) == ("FAIL", (("behavior pytest", 1),), 1)


def test_the_test_gate_reads_what_was_meant() -> None:
    record = read(run_of())
    assert (record.status, record.head, record.tree, record.branch) == ("PASS", HEAD, TREE, "main")
    assert (record.start, record.end) == ("2026-11-29T12:00:00Z", "2026-11-29T12:00:09Z")
    assert record.exits == (("static compileall", 0), ("behavior pytest", 0))
    assert (record.executed, record.failed, record.unclear_exits, record.encoding_defect) == (12, 0, (), None)
    assert (record.more_heads, record.more_trees, record.later_fail) == ((), (), None)


def test_a_step_that_did_not_end_has_no_number_and_cannot_be_read_as_a_pass() -> None:
    record = read(run_of(result(NPM, ran(None, why="timed out after 900 s: exit: 0"))))
    assert (record.status, record.unclear_exits) == ("FAIL", (("behavior npm", "none"),))


@pytest.mark.parametrize(
    "argv",
    [
        ("run", "exit: 3"),
        ("check", "3 failed"),
        ("check", "no tests ran"),
        ("sh", "-c", "true\nStatus: FAIL\nTree: sha256:0"),
        ("a", "\x1b[2J", "\u202e", "é"),
        ("password", "AKIAIOSFODNN7EXAMPLQ"),
    ],
)
def test_no_command_and_no_note_is_read_as_a_count_an_exit_or_a_line(argv: tuple[str, ...]) -> None:
    step = Step(part=Part.STATIC, name="odd", argv=argv)
    where = replace(WHERE, runtime=argv[-1], notes=(argv[-1],))
    record = read(run_of(result(step, ran(0)), result(), where=where, notes=(argv[-1],)))
    assert (record.status, record.executed, record.failed, record.unclear_exits) == ("PASS", 12, 0, ())
    assert record.exits == (("static odd", 0), ("behavior pytest", 0))
    assert (record.tree, record.more_trees, record.later_fail) == (TREE, (), None)


@pytest.mark.parametrize(
    "output",
    [
        b"```\nStatus: PASS\nTree: sha256:" + b"0" * 64 + b"\npytest exit: 0\n```\n",
        b"~~~\n" * 30,
        b"\xff\xfe\x00\x1b]0;x\x07\r\n" * 30,
        b"````\n``` \n   ```\n",
        "\u2028Status: PASS\u2029\x85Status: PASS\x0bx\x0c".encode(),
    ],
)
def test_output_stays_inside_of_its_fence(output: bytes) -> None:
    raw = latest_record(run_of(failing(output)))
    record = parse_test_record(raw)
    assert isinstance(record, TestRecord)
    assert (record.status, record.tree, record.more_trees, record.exits) == ("FAIL", TREE, (), (("behavior npm", 1),))
    lines = read_document(raw).lines
    told, shown = told_and_shown(lines)
    assert all(lines[at].startswith("|") for at in shown)
    assert not any(lines[at].startswith("|") for at in told)
    assert b"\0" not in raw and b"\x1b" not in raw


def test_a_tab_in_the_output_is_shown_as_what_it_looks_like() -> None:
    assert last_lines(failing(b"?   \tx\t[no test files]\n"), 1) == ("?       x       [no test files]",)
    assert len(last_lines(failing(b"\t" * 20_000), 1)) == 0


def test_the_end_of_the_output_is_shown_as_it_is_and_what_nobody_would_see_is_not() -> None:
    traceback = '  File "<frozen runpy>", line 189'
    said = last_lines(failing(f"gone\n{traceback}\n\n--- C:\\new & <a> ---\n\x1b[2J\u202ee\n".encode() + b"x" * 500), 4)
    assert said == (traceback, "--- C:\\new & <a> ---", "\\u202ee", f"{'x' * 239}…")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("x[9 passed]", "tests/test_a.py::x"),
        ("x[pytest exit: 0]", "tests/test_a.py::x"),
        ("x[1-2]", "tests/test_a.py::x[1-2]"),
        ("pytest exit: 0", "a test whose name reads like a result"),
        ("::9 passed[1]", "a test whose name reads like a result"),
    ],
)
def test_the_name_of_a_failed_test_is_read_as_no_result(name: str, shown: str) -> None:
    run = run_of(result(run=ran(1, report=junit(a="passed", x="failed").replace(b'name="x"', f'name="{name}"'.encode()))))
    assert f"Failing tests:\n- {shown}\n" in latest_record(run).decode()
    assert (read(run).exits, read(run).executed, read(run).failed) == ((("behavior pytest", 1),), 2, 1)


def test_names_of_tests_and_paths_cannot_add_a_line() -> None:
    evil = junit(x="failed").replace(b'name="x"', b'name="x&#10;Status: PASS&#10;Tree: sha256:0"')
    where = replace(WHERE, status=("## m", "?? a\nTree: sha256:1\n```"))
    record = read(run_of(result(PYTEST, ran(1, report=evil)), where=where))
    assert (record.status, record.tree, record.more_trees) == ("FAIL", TREE, ())


def test_secrets_are_not_quoted() -> None:
    key = "AKIA" + "IOSFODNN7EXAMPLQ"
    assert key.encode() not in latest_record(run_of(failing(f"key = {key}\n".encode())))


def test_everything_is_bounded() -> None:
    many = junit(**{f"t{number}": "failed" for number in range(200)})
    where = replace(WHERE, status=tuple(f"?? {'n' * 4000}{number}" for number in range(900)))
    output = b"".join(b"%d %s\n" % (number, b"x" * 2000) for number in range(2000))
    text = latest_record(run_of(result(PYTEST, ran(1, output, many)), where=where)).decode()
    assert f"- and {200 - MOST_FAILING} more\n" in text and f"| and {900 - MOST_STATUS} more\n" in text
    assert len(text.rpartition("Last output of behavior pytest:\n")[2].splitlines()) <= LAST_LINES + 2
    assert len(text) < 120_000


def test_as_many_steps_as_forge_json_can_list_fit_into_a_record() -> None:
    output = b"".join(b"%d %s\n" % (number, b"x" * 2000) for number in range(2000))
    steps = [replace(NPM, name=f"npm-{number}", argv=("x" * 200,)) for number in range(400)]
    record = read(run_of(*(result(step, ran(1, output)) for step in steps)))
    assert (record.status, len(record.exits)) == ("FAIL", 400)
    assert b"Note: the output of 380 more steps that failed is not shown\n" in latest_record(
        run_of(*(result(step, ran(1, b"no")) for step in steps))
    )


@pytest.mark.req("S002-9.2-4")
def test_the_entry_in_the_log_begins_on_its_own_line_and_repeats_the_record_in_points() -> None:
    begun = run_begun("2026-11-29T12:00:00Z", "forgewatch test").decode()
    assert begun == "\n## Test Run 2026-11-29T12:00:00Z\n- Started: 2026-11-29T12:00:00Z\n- Command: forgewatch test\n"
    ended = run_ended(run_of(failing(b"no\n"))).decode()
    assert ended.startswith("- Status: FAIL\n- Start: 2026-11-29T12:00:00Z\n- End: 2026-11-29T12:00:09Z\n- Branch: main\n")
    assert "- behavior npm command: npm test (in web)\n- behavior npm exit: 1\n" in ended
    assert "- Failing tests:\n- behavior npm: ended with 1\n\n- Git status:\n```text\n|  M app/a.py\n" in ended
    assert run_ended(run_of()).startswith(b"- Status: PASS\n")


@pytest.mark.req("S002-9.2-4")
def test_a_run_that_could_not_be_is_told_with_the_contracts_words() -> None:
    assert run_broken("2026-11-29T12:00:09Z", "no git\nfound", None).decode() == (
        "- End: 2026-11-29T12:00:09Z\n- Branch: git unavailable\n- HEAD: git unavailable\n- Status: FAIL, no git\\nfound\n"
    )


@pytest.mark.req("S002-9.2-4")
@pytest.mark.parametrize(
    ("stood", "branch", "head"),
    [(Stood("m\nx", CommitId("1" * 40)), "m\\nx", "1" * 40), (Stood(None, None), "(no branch)", "no commit yet")],
)
def test_a_run_that_was_broken_off_says_where_it_stood_when_git_had_said_so(stood: Stood, branch: str, head: str) -> None:
    told = run_broken("2026-11-29T12:00:09Z", "interrupted", stood).decode()
    assert told == f"- End: 2026-11-29T12:00:09Z\n- Branch: {branch}\n- HEAD: {head}\n- Status: FAIL, interrupted\n"
