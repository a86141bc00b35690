"""Which requirements have a test.

`requirements_rows.txt` lists all rows, `requirements_open.txt` those not covered yet; that one may only shrink.
`python tests/test_requirements.py` takes out of it what has been covered since.
"""

from __future__ import annotations

import ast
from pathlib import Path

HERE = Path(__file__).resolve().parent
MUST = {"WATCH", "DIFFLOG", "AUDIT"}


def rows() -> dict[str, tuple[str, str]]:
    """Row id -> (area, class)."""
    lines = (HERE / "requirements_rows.txt").read_text("utf-8").splitlines()
    return {name: (area, kind) for name, area, kind in (line.split() for line in lines if line and not line.startswith("#"))}


def still_open() -> list[str]:
    """The ids that no test covers yet, by the committed list."""
    lines = (HERE / "requirements_open.txt").read_text("utf-8").splitlines()
    return [line.split("#")[0].strip() for line in lines if line.split("#")[0].strip()]


def marked() -> dict[str, str]:
    """Row id -> a test file that names it in a `req` marker, on a test, a class, a parameter or a whole module."""
    found: dict[str, str] = {}
    for path in sorted(HERE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.req":
                for argument in node.args:
                    found.setdefault(str(ast.literal_eval(argument)), path.name)
    return found


def test_every_marker_names_a_row_that_exists() -> None:
    assert {name: file for name, file in marked().items() if name not in rows()} == {}


def test_a_covered_row_leaves_the_open_list() -> None:
    assert sorted(set(still_open()) & set(marked())) == []


def test_the_open_list_names_rows_once_and_only_such_that_exist() -> None:
    listed = still_open()
    assert len(listed) == len(set(listed))
    assert [name for name in listed if name not in rows()] == []


def test_every_row_of_watcher_diff_log_and_audit_is_covered_or_openly_not() -> None:
    known = set(marked()) | set(still_open())
    silent = [name for name, (area, kind) in rows().items() if area in MUST and kind in ("D", "K", "G-chk") and name not in known]
    assert silent == []


def shrink() -> None:
    """Take covered rows out of the open list; nothing is ever added."""
    path = HERE / "requirements_open.txt"
    covered = set(marked())
    kept = [line for line in path.read_text("utf-8").splitlines() if line.split("#")[0].strip() not in covered]
    path.write_text("\n".join(kept) + "\n", "utf-8")


if __name__ == "__main__":
    shrink()
