"""The report of the mutation run: what a mutant changed, which column it is in, and that the committed page names what exists."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.mutants import TOP, bare, kind_of, report

PAGE = TOP / "docs" / "mutants.md"


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (None, "not run"),
        (0, "survived"),
        (1, "killed"),
        (3, "killed"),
        (33, "no test"),
        (37, "mistyped"),
        (-24, "timeout"),
        (255, "timeout"),
    ],
)
def test_an_exit_code_has_one_column(code: int | None, kind: str) -> None:
    assert kind_of(code) == kind


def test_the_report_shows_what_a_survivor_changed(tmp_path: Path) -> None:
    folder = tmp_path / "forgewatch" / "core"
    folder.mkdir(parents=True)
    bodies = {"orig": "x > 1", "1": "x >= 1", "2": "x > 2"}
    functions = [f"def x_f__mutmut_{name}(x):\n    return {body}\n" for name, body in bodies.items()]
    (folder / "a.py").write_text("\n".join(functions))
    codes = {"forgewatch.core.a.x_f__mutmut_1": 0, "forgewatch.core.a.x_f__mutmut_2": 1}
    (folder / "a.py.meta").write_text(json.dumps({"exit_code_by_key": codes}))
    told = "\n".join(report(tmp_path, ()))
    assert "| core.a | 2 | 0 | 1 | 0 | 1 | 0 | 0 |" in told
    assert told.endswith("core.a x_f__mutmut_1 (survived)\n- return x > 1\n+ return x >= 1")
    assert "core.a" not in "\n".join(report(tmp_path, ("core.b",)))
    (folder / "a.py.meta").write_text(json.dumps({"exit_code_by_key": dict.fromkeys(codes)}))
    assert "core.a" not in "\n".join(report(tmp_path, ()))


PROTOCOL = "class P(Protocol):\n    @property\n    def b(self) -> int: ...\n"


def test_wrapped_functions_are_laid_bare_and_protocols_are_not() -> None:
    text = f"class A:\n    @property\n    def b(self) -> int:\n        return 1\n\n\n{PROTOCOL}"
    wanted = "class A:\n    def b__of(self) -> int:\n        return 1\n    b = property(b__of)\n"
    assert bare(text) == f"{wanted}\n\n{PROTOCOL}"


def test_the_page_names_only_modules_that_exist() -> None:
    named = re.findall(r"^\| ((?:core|checks)\.\w+) \|", PAGE.read_text("utf-8"), re.MULTILINE)
    assert named
    assert [name for name in named if not (TOP / "forgewatch" / f"{name.replace('.', '/')}.py").is_file()] == []
