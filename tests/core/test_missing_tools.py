"""A tool that is not there is told by name, with the way to have it (contract §8, §9.2)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from forgewatch.core.bench import Part, Step
from forgewatch.core.missing_tools import lacked, no_module, remedy
from forgewatch.core.step_result import judge_step
from tests.support.memory_bench import ran


@pytest.mark.parametrize(
    ("why", "tool"),
    [
        ("not found: ruff", "ruff"),
        ("not found: tools/my check", "tools/my check"),
        (no_module("pytest"), "pytest"),
        ("not found: folder web", ""),
        ("ended with 1", ""),
        ("2 tests failed", ""),
        ("", ""),
    ],
)
def test_a_tool_is_lacked_where_the_step_says_that_it_was_not_found(why: str, tool: str) -> None:
    assert lacked(why) == tool


@pytest.mark.parametrize(
    ("tool", "words"),
    [
        ("pytest", '.venv/bin/pip install pytest, with .venv/ in .gitignore, or say "test_framework": "unittest" in forge.json'),
        ("ruff", ".venv/bin/pip install ruff, with .venv/ in .gitignore; or"),
        ("vitest", "npm install, with node_modules/ in .gitignore"),
        ("go", "install go on this machine"),
        ("tools/check", "install tools/check in one of these"),
    ],
)
def test_each_kind_of_tool_has_its_way_to_be_there(tool: str, words: str) -> None:
    assert words in remedy(tool)
    assert remedy(tool).endswith("or list other commands in forge.json under test")


def test_a_tool_that_the_authorized_version_wants_is_not_had_by_an_edit_of_forge_json() -> None:
    told = remedy("pytest", of_base=True)
    assert "test_framework" not in told and told.endswith(
        "the operator commits the change of forge.json and says: forgewatch ledger adopt HEAD"
    )
    step = Step(part=Part.BEHAVIOR, name="pytest-base-2", argv=("python", "-m", "pytest"))
    run = ran(1, b"python3: No module named pytest\n")
    assert judge_step(step, run, None).hint == told
    assert judge_step(replace(step, name="pytest"), run, None).hint == remedy("pytest")
    assert judge_step(step, ran(1), None).hint == ""
