"""Which program a command means: the project's own first, as in an activated environment."""

from __future__ import annotations

import pytest

from forgewatch.core.bench import Part, Step
from forgewatch.core.tools import resolved
from tests.support.memory_bench import MemoryTools

TOOLS = MemoryTools({"python": "/repo/.venv/bin/python", "pytest": "/repo/.venv/bin/pytest", "web/tsc": "/repo/web/node_modules/.bin/tsc"})


@pytest.mark.parametrize(
    ("argv", "folder", "first"),
    [
        (("python", "-m", "pytest"), "", "/repo/.venv/bin/python"),
        (("pytest", "-q"), "", "/repo/.venv/bin/pytest"),
        (("tsc",), "web", "/repo/web/node_modules/.bin/tsc"),
        (("tsc",), "", "tsc"),
        (("make",), "", "make"),
        (("./pytest",), "", "./pytest"),
        (("/usr/bin/python",), "", "/usr/bin/python"),
    ],
)
def test_a_bare_word_is_looked_for_among_the_projects_tools(argv: tuple[str, ...], folder: str, first: str) -> None:
    step = Step(part=Part.STATIC, name="x", argv=argv, folder=folder)
    assert resolved(step, TOOLS).argv == (first, *argv[1:])


def test_python_is_the_machines_where_the_project_has_none() -> None:
    step = Step(part=Part.STATIC, name="x", argv=("python", "-V"))
    assert resolved(step, MemoryTools()).argv == ("python3", "-V")
