"""A9 beside deptry on whole projects: on each shape both find the same imports, or the table says why one of them is wrong."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.support.project_shapes import MODULES, SHAPES, Shape, missing, ruled

# One process runs the program on all projects: most of the time of one run is its start.
_PROGRAM = """
import json, os, sys
from deptry.cli import cli
top, said = os.getcwd(), []
for folder, options in json.load(sys.stdin):
    os.chdir(os.path.join(top, folder))
    try:
        cli.main([*options, "-o", "deptry.json"], standalone_mode=False)
    except SystemExit:
        pass
    except Exception as fault:
        print(folder, type(fault).__name__, file=sys.stderr)
"""
_UNEXPLAINED = ("DEP001", "DEP003", "DEP004")
"""Missing, there by chance (installed here, declared nowhere), declared for development only."""


@pytest.fixture(scope="module")
def deptry(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, tuple[str, ...] | None]:
    """What deptry finds in each shape; None where it finds no manifest that it can read."""
    top = tmp_path_factory.mktemp("shapes")
    places = {shape.name: top / f"{number:02}" for number, shape in enumerate(SHAPES)}
    for shape in SHAPES:
        for path, text in shape.files.items():
            (places[shape.name] / path).parent.mkdir(parents=True, exist_ok=True)
            (places[shape.name] / path).write_text(text, "utf-8")
    runs = [
        (str(places[shape.name] / folder), [*shape.options, "-pmnm", ",".join(MODULES)]) for shape in SHAPES for folder in shape.folders
    ]
    done = subprocess.run(
        [sys.executable, "-I", "-c", _PROGRAM], input=json.dumps(runs), cwd=top, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return {shape.name: _said(shape, places[shape.name]) for shape in SHAPES}


def _said(shape: Shape, place: Path) -> tuple[str, ...] | None:
    found = set()
    for folder in shape.folders:
        report = place / folder / "deptry.json"
        if not report.exists():
            return None
        for row in json.loads(report.read_text("utf-8")):
            if row["error"]["code"] in _UNEXPLAINED:
                found.add(f"{Path(folder, row['location']['file'])} {row['module']}")
    return tuple(sorted(found))


@pytest.mark.req("S002-10.7-A9")
@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_the_imports_that_no_manifest_explains_are_found_and_no_others(shape: Shape) -> None:
    assert missing(ruled(shape)) == shape.missing


def test_deptry_finds_the_same_or_the_table_says_why_not(deptry: Mapping[str, tuple[str, ...] | None]) -> None:
    assert deptry == {shape.name: shape.expected for shape in SHAPES}
    agreed = [shape for shape in SHAPES if shape.expected == shape.missing]
    assert len(agreed) >= 20
    assert [shape.name for shape in SHAPES if shape not in agreed and not shape.why] == []
