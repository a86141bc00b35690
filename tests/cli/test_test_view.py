"""What a person sees while the tests run: whole lines anywhere, and on a terminal the step at work, never wider than it."""

from __future__ import annotations

import json
import re
import unicodedata

import pytest

from forgewatch.cli.arguments_test import MOST_REPEATS
from forgewatch.cli.test_view import MOST_LINES, line_of, why_of, working_line
from forgewatch.core.bench import Part, Step
from forgewatch.core.step_result import judge_step
from tests.cli.conftest import valid
from tests.support.benches import require_sandbox
from tests.support.builder import Builder
from tests.support.installed import Installed
from tests.support.memory_bench import junit, ran
from tests.support.terminal import on_a_terminal

STEP = Step(part=Part.BEHAVIOR, name="pytest", argv=("pytest", "{report}"))
SLOW = (
    "import unittest, time\n\n\nclass T(unittest.TestCase):\n    def test_a(self):\n"
    "        print(chr(10) + '{line}', flush=True)\n        time.sleep(1)\n"
)


@pytest.mark.parametrize("columns", [1, 2, 9, 20, 80])
@pytest.mark.parametrize("line", ["tests/test_a.py ....", "\x1b[2J\r\n", "進捗" * 60, "e\u0301" * 60, "x" * 5000, "\u202e", ""])
def test_the_line_at_work_is_narrower_than_the_terminal_whatever_the_tests_write(columns: int, line: str) -> None:
    shown = working_line("behavior pytest", 3.2, line, columns)
    width = sum(2 if unicodedata.east_asian_width(char) in "WF" else 0 if unicodedata.combining(char) else 1 for char in shown)
    assert width < columns
    assert shown.isprintable()
    assert "behavior pytest 3s".startswith(shown[:18])


def test_a_step_that_ended_is_one_line() -> None:
    assert line_of(judge_step(STEP, ran(report=junit(a="passed")), None)) == "PASS behavior pytest: 1 passed in 0.50s"
    assert line_of(judge_step(STEP, ran(None, why="timed\nout"), None)) == "FAIL behavior pytest: timed\\nout in 0.50s"


def test_below_a_step_that_failed_stands_what_it_wrote_last() -> None:
    token = b"AKIA" + b"Q3EGRZ7VX2LMNOPD"
    failed = ran(1, output=b"key " + token + b"\n\n\x1b[31mNo module named pytest\x1b[0m\n")
    shown = why_of(judge_step(STEP, failed, None))
    assert shown[-1] == "  | No module named pytest"
    assert (len(shown), token.decode() in shown[0]) == (2, False)
    assert len(why_of(judge_step(STEP, ran(1, output=b"x\n" * 100), None))) == MOST_LINES
    assert why_of(judge_step(STEP, ran(output=b"x\n", report=junit(a="passed")), None)) == ()


def test_a_tool_that_a_step_did_not_find_is_told_with_the_way_to_have_it() -> None:
    step = Step(part=Part.STATIC, name="ruff", argv=("ruff", "check"))
    assert why_of(judge_step(step, ran(None, why="not found: ruff"), None)) == (
        "  hint: python3 -m venv .venv && .venv/bin/pip install ruff, with .venv/ in .gitignore; "
        "or list other commands in forge.json under test",
    )


@pytest.fixture
def project(builder: Builder) -> Builder:
    require_sandbox()
    builder.write("forge.json", json.dumps({"backend": {"language": "python", "test_framework": "unittest"}, "test": {"static": []}}))
    return builder.write("tests/__init__.py", "").write("tests/test_a.py", SLOW.format(line="halfway there")).commit("a project")


def test_on_a_terminal_the_step_at_work_shows_time_and_last_line_and_is_erased(project: Builder, installed: Installed) -> None:
    with on_a_terminal(installed, "test", columns=40) as screen:
        assert screen.shows("Status: PASS\r\n"), screen.text
        assert screen.ends() == 0
    got = screen.text
    assert re.search(r"\rbehavior unittest [0-9]+s halfway there\x1b\[K", got), got
    assert all(len(line.partition("\x1b")[0]) < 40 for line in got.split("\r") if line.startswith("behavior unittest "))
    assert "\r\x1b[KPASS behavior unittest: 1 passed in " in got
    assert got.endswith("Status: PASS\r\n")


@pytest.mark.req("S002-9-2")
def test_the_document_follows_its_schema_when_it_passes_and_when_it_fails(project: Builder, installed: Installed) -> None:
    project.write("tests/test_a.py", SLOW.format(line="x").replace("time.sleep(1)", "pass"))
    passed = valid("test-v1", installed.run("test", "--json").stdout)
    assert (passed["status"], passed["stop"], passed["attested"], passed["parts"]["runtime"]) == ("PASS", None, True, "n/c")
    project.write("tests/test_a.py", "import nothing_of_this_name\n").write("ruff.toml", "")
    failed = valid("test-v1", installed.run("test", "--json", "--offline").stdout)
    assert (failed["status"], failed["stop"], failed["attested"], failed["offline"]) == ("FAIL", "EVIDENCE_MISSING", False, True)
    assert (failed["executed"], failed["failed"]) == (1, 1)


@pytest.mark.parametrize("words", [("--repeat", "0"), ("--repeat", str(MOST_REPEATS + 1)), ("--repeat", "x"), ("--scope", "all")])
def test_wrong_words_are_told(installed: Installed, words: tuple[str, ...]) -> None:
    told = installed.run("test", *words)
    assert (told.returncode, told.stdout) == (2, "")
    assert words[0] in told.stderr
