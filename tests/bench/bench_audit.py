"""A whole audit through the worker process, from question to answer (architecture.md, Performance budget).

5,000 and 50,000 files with 200 changed; cold, and warm once the files are older than the stat cache's margin. `--large`: 200,000 too.
`--curve`: instead of these 1,000 to 200,000 files, each with 10 and with 1,000 changed: what grows with the change, and what with the
repository.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

from forgewatch.adapters.clock import SystemClock
from forgewatch.adapters.refs import read_head
from forgewatch.adapters.worker_process import WorkerProcesses
from forgewatch.app.auditing import Governed, Judged, Question, judge_once
from forgewatch.core.limits import Limits
from forgewatch.core.report import Report
from forgewatch.core.settings import RepositorySettings, Settings
from forgewatch.wiring.repository import govern
from tests.support.builder import Builder

CHANGED = 200
PER_FOLDER = 20
ROUNDS = 15
AGE_SECONDS = 80.0
"""Longer than a dirty page may stay dirty: before that, no stat key stands for a file's bytes."""

SETTINGS = Settings(limits=Limits(tree_entries=400_000))


def main() -> None:
    """Print the measures as one mapping."""
    cases = [(size, CHANGED) for size in ((5_000, 50_000, 200_000) if "--large" in sys.argv else (5_000, 50_000))]
    if "--curve" in sys.argv:
        cases = [(size, changed) for size in (1_000, 10_000, 50_000, 200_000) for changed in (10, 1_000)]
    found: dict[str, float] = {}
    for size, changed in cases:
        name = f"{size}_{changed}_changed" if "--curve" in sys.argv else str(size)
        with tempfile.TemporaryDirectory() as top:
            found |= {f"{name}_{measured}": round(value, 1) for measured, value in measure(Path(top), size, changed).items()}
    print(found)


def measure(top: Path, size: int, changed: int) -> dict[str, float]:
    """Return the milliseconds of one cold audit and of warm ones. Fails when an audit does not pass: then it measured something else."""
    os.environ["HOME"] = str(top)
    environ = {"FORGEWATCH_STATE_DIR": str(top / "state"), "PATH": os.environ["PATH"], "HOME": str(top)}
    governed = govern(RepositorySettings(path=str(build(top / "repository", size, changed))), SETTINGS, environ)
    governed.record.first_contact(read_head(governed.root))
    auditor = WorkerProcesses()
    try:
        cold = once(governed, auditor)
        threading.Event().wait(AGE_SECONDS)
        once(governed, auditor)
        warm = sorted(once(governed, auditor) for _ in range(ROUNDS))
    finally:
        auditor.close()
    return {"cold_ms": cold, "warm_p50_ms": statistics.median(warm), "warm_p95_ms": warm[ROUNDS * 95 // 100], "warm_min_ms": warm[0]}


def once(governed: Governed, auditor: WorkerProcesses) -> float:
    """Return the milliseconds of one audit that passes."""
    began = time.perf_counter()
    judged = judge_once(governed, SETTINGS, auditor, SystemClock(), Question())
    spent = (time.perf_counter() - began) * 1000
    assert isinstance(judged, Judged) and isinstance(judged.answer, Report), judged
    assert judged.answer.audit.passed, [result for result in judged.answer.audit.results if result.blocks]
    return spent


def build(root: Path, size: int, changed: int) -> Path:
    """Make a repository of so many small files, change so many of them all over the tree, and claim them."""
    builder = Builder.with_repository(root)
    for number in range(size):
        builder.write(path_of(number), f"value = {number}\n" * 10)
    builder.commit("many")
    touched = [path_of(number * (size // changed)) for number in range(changed)]
    for path in touched:
        builder.write(path, "changed = True\n" * 11)
    builder.record().claims(*touched).completes()
    return root


def path_of(number: int) -> str:
    """Half of the files are Python, PER_FOLDER to a directory."""
    return f"part{number // 2000}/module{number // PER_FOLDER}/file{number}.{'py' if number % 2 else 'txt'}"


if __name__ == "__main__":
    main()
