"""Audits in another process under odd circumstances: `python -m tests.support.elsewhere` reads what is asked and prints the digests.

The process has its hash seed, locale, time zone and environment from whoever starts it; each turn changes what can be changed inside.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any

from forgewatch.adapters import repository
from forgewatch.adapters.fact_cache import SqliteFacts
from forgewatch.adapters.input_store import FolderInputs
from forgewatch.app.capture import Sources
from forgewatch.app.extraction import Memory
from forgewatch.app.worker import Engine, answer
from forgewatch.core.canonical import digest_of_json
from forgewatch.core.codec import decode, encode
from forgewatch.core.codes import DOCS
from forgewatch.core.fix_plan import fix_lines, fix_plan
from forgewatch.core.places import places_of
from forgewatch.core.report import AuditRequest, Report
from forgewatch.wiring.checks import CHECKS

TOP = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Turn:
    """One audit: umask, working directory, number of processes that walk, and the order in which directories are listed."""

    umask: int = 0o022
    cwd: str = "/"
    walkers: int = 1
    shuffle: int | None = None


class _Shuffled:
    """What `os.scandir` gives, in another order."""

    def __init__(self, real: Any, dice: random.Random) -> None:
        with real:
            self._entries = list(real)
        dice.shuffle(self._entries)

    def __enter__(self) -> Iterator[Any]:
        return iter(self._entries)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        return None


@contextlib.contextmanager
def _listed(seed: int | None) -> Iterator[None]:
    real = os.scandir
    if seed is not None:
        dice = random.Random(seed)  # an order that a test can have again
        os.scandir = lambda *args: _Shuffled(real(*args), dice)  # type: ignore[assignment,misc]
    try:
        yield
    finally:
        os.scandir = real


def digests(report: Report, request: AuditRequest) -> dict[str, str]:
    """Return every digest of a report, and one of its fix plan in both forms."""
    places = places_of(request.layout)
    steps = [asdict(step) for step in fix_plan(report.audit, DOCS, places, [one.path for one in report.changed])]
    lines = list(fix_lines(report.audit, DOCS, places))
    plan = digest_of_json([json.dumps(steps, default=list), lines])
    named = {"verdict": report.verdict_digest, "snapshot": report.snapshot, "tree": report.tree, "identity": report.identity}
    return {**named, "whole": digest_of_json(encode(report)), "plan": plan, "inputs": str(report.inputs)}


def take(request: AuditRequest, turn: Turn) -> dict[str, str]:
    """Do one audit with nothing remembered, and return its digests."""
    before = os.umask(turn.umask)
    os.chdir(turn.cwd)
    repository.SHARED_FROM = 0 if turn.walkers > 1 else sys.maxsize
    repository.os.sched_getaffinity = lambda _: set(range(turn.walkers))  # type: ignore[attr-defined]
    try:
        with tempfile.TemporaryDirectory() as state, _listed(turn.shuffle):
            for name in ("cache", "replay"):
                os.makedirs(f"{state}/{name}")
            return _take(replace(request, state=state))
    finally:
        repository.close_repositories()
        os.umask(before)


def _take(request: AuditRequest) -> dict[str, str]:
    cache = SqliteFacts(Path(request.state) / "cache")

    def opened(asked: AuditRequest) -> Sources:
        tree, store = repository.open_repository(asked.root, asked.state, asked.git, places_of(asked.layout), asked.settings.limits)
        inputs = FolderInputs(Path(asked.state))
        return Sources(tree=tree, store=store, cache=cache, memory=Memory(), trees=store, inputs=inputs)

    try:
        report = answer(request, Engine(checks=CHECKS, open_sources=opened))
    finally:
        cache.close()
    assert isinstance(report, Report), report
    return digests(report, request)


def taken_elsewhere(request: AuditRequest, environment: Mapping[str, str], turns: Sequence[Turn]) -> list[dict[str, str]]:
    """Return the digests of these turns in one new process with exactly this environment."""
    asked = {"request": encode(request), "turns": [asdict(turn) for turn in turns]}
    run = subprocess.run(
        [sys.executable, "-m", "tests.support.elsewhere"],
        input=json.dumps(asked),
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(TOP), **environment},
        cwd=TOP,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    found: list[dict[str, str]] = json.loads(run.stdout)
    return found


def main() -> None:
    """Answer what standard input asks."""
    asked = json.load(sys.stdin)
    request = decode(AuditRequest, asked["request"])
    json.dump([take(request, Turn(**turn)) for turn in asked["turns"]], sys.stdout)


if __name__ == "__main__":
    main()
