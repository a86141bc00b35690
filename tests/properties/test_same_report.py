"""Same snapshot, same bytes out: a report carries no clock, host, locale, time zone, hash seed or number of processes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from forgewatch.adapters.survey import RepositoryTree
from forgewatch.core.codec import encode
from forgewatch.core.report import Report
from tests.support.inside import Inside, codes_of, inside_of

ASK = """\
import json, sys
from forgewatch.adapters.fact_cache import SqliteFacts
from forgewatch.adapters.repository import open_repository
from forgewatch.app.capture import Sources
from forgewatch.app.extraction import Memory
from forgewatch.app.worker import Engine, answer
from forgewatch.wiring.checks import CHECKS
from forgewatch.core.codec import decode, encode
from forgewatch.core.places import places_of
from forgewatch.core.report import AuditRequest
from pathlib import Path
def sources(request):
    tree, store = open_repository(request.root, request.state, request.git, places_of(request.layout), request.settings.limits)
    return Sources(tree=tree, store=store, cache=SqliteFacts(Path(request.state) / "nowhere"), memory=Memory())
request = decode(AuditRequest, json.load(sys.stdin))
json.dump(encode(answer(request, Engine(checks=CHECKS, open_sources=sources))), sys.stdout)
"""


@pytest.fixture
def busy(tmp_path: Path) -> Iterator[Inside]:
    """A repository in which almost every check has something to say, about several files each."""
    with inside_of(tmp_path) as inside:
        builder = inside.builder
        for name in ("zeta", "alpha", "mid", "Émile", "omega"):
            builder.write(
                f"app/{name}.py",
                f"import {name.lower() if name.isascii() else 'emile'}_lib\nimport httpx\n\npassword = '{name}-9aK2fQ81xZ'\n",
            )
            builder.write(
                f"app/api/routers/{name}.py",
                f"import asyncpg\nfrom fastapi import APIRouter\nr = APIRouter()\n@r.get('/{name}')\ndef f(): ...\n",
            )
        builder.write("requirements.txt", "fastapi==0.110\nunused==1\n").delete("tests/test_a.py").write("app/a.py", "x = 2\n")
        builder.write(".gitignore", "generated/\n").write("generated/out.py", "y = 1\n")
        os.mkfifo(builder.root / "pipe")
        builder.record(line1="Status: FAIL").claims("app/a.py", "app/gone.py", "app/zeta.py").completes(
            verification="- Runtime: PASS\n- Static: x"
        )
        yield inside


def elsewhere(inside: Inside, **environment: str) -> Any:
    """Return the report that a new process gives, in this environment and without anything remembered."""
    run = subprocess.run(
        [sys.executable, "-c", ASK],
        input=json.dumps(encode(inside.request())),
        env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


def test_the_scenario_speaks_of_most_checks(busy: Inside) -> None:
    told = {code[:2] for code in codes_of(busy.report())}
    assert told >= {"A1", "A4", "A7", "A8", "A9", "W1", "W3"}


@pytest.mark.req("S002-10.7-1")
@pytest.mark.parametrize(
    "environment",
    [
        {"PYTHONHASHSEED": "0"},
        {"PYTHONHASHSEED": "4242"},
        {"LC_ALL": "C.UTF-8", "LANG": "tr_TR.UTF-8"},
        {"LC_ALL": "POSIX"},
        {"TZ": "Pacific/Kiritimati"},
        {"TZ": "America/Caracas", "PYTHONHASHSEED": "1"},
    ],
    ids=lambda environment: " ".join(f"{name}={value}" for name, value in environment.items()),
)
def test_a_report_is_the_same_in_any_environment(busy: Inside, environment: dict[str, str]) -> None:
    wanted = encode(busy.report())
    assert json.dumps(elsewhere(busy, **environment)) == json.dumps(wanted)


def test_a_report_is_the_same_with_one_and_two_walk_processes(busy: Inside) -> None:
    def walking(shared_from: int | None) -> Report:
        def wrap(real: RepositoryTree) -> RepositoryTree:
            sources = real.sources
            return RepositoryTree(
                type(sources)(**{**{name: getattr(sources, name) for name in sources.__slots__}, "shared_from": shared_from})
            )

        busy.forget()
        return busy.report(busy.engine(tree=wrap))

    assert encode(walking(None)) == encode(walking(0))


def test_a_report_names_no_time_and_no_place(busy: Inside) -> None:
    text = json.dumps(encode(busy.report()))
    assert str(busy.builder.root) not in text
    assert str(busy.state) not in text
    assert os.uname().nodename not in text
    assert "2026-11-20" not in text


def test_the_order_in_which_files_were_written_does_not_matter(tmp_path: Path) -> None:
    names = [f"app/{name}.py" for name in "qwertyuiop"]
    told = []
    for turn, order in enumerate((names, names[::-1])):
        with inside_of(tmp_path / str(turn)) as inside:
            for name in order:
                inside.builder.write(name, f"import asyncpg  # {name}\n")
            inside.builder.record().claims("app/a.py").completes()
            told.append(encode(inside.report()))
    assert told[0] == told[1]
