"""Names of steps: short, telling, and one for each step of a part."""

from __future__ import annotations

import pytest

from forgewatch.core.bench import Part, Step
from forgewatch.core.step_names import NAME, name_of, told_apart


@pytest.mark.parametrize(
    ("argv", "name"),
    [
        (("pytest", "-q"), "pytest"),
        (("/usr/bin/python3", "-m", "pytest"), "pytest"),
        (("python", "-c", "x"), "python"),
        (("python",), "python"),
        (("npm", "test"), "npm"),
        (("npm", "run", "lint"), "npm-lint"),
        (("npx", "playwright", "test"), "npx-playwright"),
        (("yarn",), "yarn"),
        (("./scripts/check it.sh",), "check-it.sh"),
        (("exit: 1",), "exit-1"),
        (("---",), "command"),
        (("/",), "command"),
        (("é" * 80,), "command"),
        (("a" * 80,), "a" * 40),
    ],
)
def test_a_command_is_called_by_its_program(argv: tuple[str, ...], name: str) -> None:
    assert name_of(argv) == name
    assert NAME.fullmatch(name)


def test_two_steps_of_a_part_have_two_names_and_of_two_parts_one() -> None:
    steps = [Step(part=part, name="npm", argv=("npm",)) for part in (Part.STATIC, Part.STATIC, Part.BEHAVIOR, Part.STATIC)]
    assert [(step.part, step.name) for step in told_apart(steps)] == [
        ("static", "npm"),
        ("static", "npm-2"),
        ("behavior", "npm"),
        ("static", "npm-3"),
    ]
