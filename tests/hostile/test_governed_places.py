"""Something else than a file in every place that an audit reads: never a pass, never a wait, never a byte of what it points at."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from forgewatch.core.report import Failed, Report
from forgewatch.core.verdict import Outcome, Verdict
from tests.support.builder import Builder
from tests.support.inside import Inside, codes_of, inside_of
from tests.support.installed import Installed, until

CANARY = "canary-7c1f"


def zero(path: Path) -> None:
    path.symlink_to("/dev/zero")


def secret(path: Path) -> None:
    target = Path(os.environ["HOME"]) / "canary"
    target.write_text(f"Status: PASS\n{CANARY}\n")
    path.symlink_to(target)


def loop(path: Path) -> None:
    path.symlink_to(path.name)


def listening(path: Path) -> None:
    # A name of a socket is short; it is bound from its own folder.
    before = os.getcwd()
    os.chdir(path.parent)
    try:
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(path.name)
    finally:
        os.chdir(before)


def sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(6 << 30)


def lines_without_end(path: Path) -> None:
    path.write_bytes(b"Status: PASS " + b"x" * (10 << 20))


KINDS: tuple[Callable[[Path], None], ...] = (os.mkfifo, os.mkdir, zero, secret, loop, listening, sparse, lines_without_end)
PLACES = (
    "Forge/evidence/diff_log.md",
    "Forge/evidence/test_runs_latest.md",
    "Forge/Contracts/boundaries.json",
    "forge.json",
    "requirements.txt",
)


@pytest.fixture
def finished(tmp_path: Path) -> Iterator[Inside]:
    """An honest cycle that needs every document: an import to be declared, a layer to be judged, a record and a log."""
    builder = Builder.with_repository(tmp_path / "repository")
    with inside_of(tmp_path, builder) as rig:
        builder.write("app/a.py", "import fastapi\n").record().claims("app/a.py", *PLACES[2:]).completes()
        for path in PLACES[2:]:
            text = (builder.root / path).read_text()
            builder.write(path, text.replace("{", "{ ", 1) if path.endswith("json") else text + "\n")
        yield rig


def test_the_cycle_passes_when_every_place_holds_its_file(finished: Inside) -> None:
    assert finished.report().audit.outcome is Outcome.PASS


@pytest.mark.req("S002-10.7-A3")
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("place", PLACES)
def test_what_is_no_readable_file_is_a_failure_and_soon(finished: Inside, place: str, kind: Callable[[Path], None]) -> None:
    target = finished.builder.root / place
    target.unlink()
    kind(target)
    began = time.monotonic()
    answer = finished.answer()
    assert time.monotonic() - began < 10
    assert isinstance(answer, Report), answer
    assert answer.audit.outcome is Outcome.FAIL, codes_of(answer)
    assert CANARY not in str(answer)


@pytest.mark.parametrize("kind", KINDS[:5], ids=lambda kind: kind.__name__)
def test_a_contract_of_routes_that_is_no_file_is_not_passed_over(finished: Inside, kind: Callable[[Path], None]) -> None:
    target = finished.builder.root / "Forge/Contracts/physics.yaml"
    target.unlink()
    kind(target)
    finished.builder.claims("app/a.py", *PLACES[2:], "Forge/Contracts/physics.yaml").completes()
    answer = finished.answer()
    assert not isinstance(answer, Failed)
    assert isinstance(answer, Report)
    told = {result.code: result.verdict for result in answer.audit.results}
    assert told["A1"] is Verdict.FAIL or told["W3"] is Verdict.WARN, told


@pytest.mark.parametrize("kind", KINDS[:5], ids=lambda kind: kind.__name__)
def test_a_directive_that_is_no_file_switches_nothing_on(finished: Inside, kind: Callable[[Path], None]) -> None:
    target = finished.builder.root / "Forge/Contracts/directive.md"
    kind(target)
    finished.builder.write("boot.sh", "#!/bin/sh\n")
    report = finished.report()
    assert (report.aem, report.auto_authorize, report.audit.outcome) == (False, False, Outcome.FAIL)


def test_the_daemon_lives_on_beside_fifos_in_every_place(builder: Builder, installed: Installed) -> None:
    daemon = installed.watch()
    others = ("Forge/evidence/AUTHORIZED", "Forge/Contracts/directive.md", "Forge/evidence/updatedifflog.md", "Forge/evidence/test_runs.md")
    for place in (*PLACES, *others, ".ai-stack-trace/t1/contract/APPROVED"):
        target = builder.root / place
        target.parent.mkdir(parents=True, exist_ok=True)
        target.unlink(missing_ok=True)
        os.mkfifo(target)
    (builder.root / PLACES[0]).unlink()
    builder.claims("app/a.py").completes()
    assert until(lambda: installed.entries == 1), installed.log
    assert installed.outcomes == ["FAIL"]
    assert daemon.poll() is None
