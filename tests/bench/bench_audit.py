"""A whole audit through the worker process, from question to answer (architecture.md, Performance budget).

5,000 and 50,000 files with 200 changed; cold, and warm once the files are older than the stat cache's margin. `--large`: 200,000 too.
`--curve`: instead of these 1,000 to 200,000 files, each with 10 and with 1,000 changed: what grows with the change, and what with the
repository. "again" is the first audit after more files changed.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
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
    curve = "--curve" in sys.argv
    sizes = (1_000, 10_000, 50_000, 200_000) if curve else (5_000, 50_000, 200_000) if "--large" in sys.argv else (5_000, 50_000)
    found: dict[str, float] = {}
    # git tidies a large repository up in the background, and may still do it when the folder is removed.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as top:
        os.environ["HOME"] = top
        trees = {size: Tree.build(Path(top) / str(size), size) for size in sizes}
        for changed in (10, 1_000) if curve else (CHANGED,):
            for tree in trees.values():
                tree.change(changed)
            first = "again" if found else "cold"
            measured = {size: {f"{first}_ms": once(tree.governed, tree.auditor)} for size, tree in trees.items()}
            threading.Event().wait(AGE_SECONDS)
            for size, tree in trees.items():
                measured[size] |= tree.warm()
            for size, values in measured.items():
                name = f"{size}_{changed}_changed" if curve else str(size)
                found |= {f"{name}_{what}": round(value, 1) for what, value in values.items()}
        for tree in trees.values():
            tree.auditor.close()
    print(found)


@dataclass(slots=True)
class Tree:
    """A repository of so many small files, governed, with a worker process of its own."""

    builder: Builder
    size: int
    governed: Governed
    auditor: WorkerProcesses

    @classmethod
    def build(cls, top: Path, size: int) -> Tree:
        """Write and commit the files."""
        builder = Builder.with_repository(top / "repository")
        for number in range(size):
            builder.write(path_of(number), f"value = {number}\n" * 10)
        builder.commit("many")
        environ = {"FORGEWATCH_STATE_DIR": str(top / "state"), "PATH": os.environ["PATH"], "HOME": str(top)}
        governed = govern(RepositorySettings(path=str(builder.root)), SETTINGS, environ)
        governed.record.first_contact(read_head(governed.root))
        return cls(builder, size, governed, WorkerProcesses())

    def change(self, changed: int) -> None:
        """Change so many files all over the tree, and claim them."""
        touched = [path_of(number * (self.size // changed)) for number in range(changed)]
        for path in touched:
            self.builder.write(path, "changed = True\n" * 11)
        self.builder.record().claims(*touched).completes()

    def warm(self) -> dict[str, float]:
        """Return the milliseconds of warm audits."""
        once(self.governed, self.auditor)
        times = sorted(once(self.governed, self.auditor) for _ in range(ROUNDS))
        return {"warm_p50_ms": statistics.median(times), "warm_p95_ms": times[ROUNDS * 95 // 100], "warm_min_ms": times[0]}


def once(governed: Governed, auditor: WorkerProcesses) -> float:
    """Return the milliseconds of one audit that passes."""
    began = time.perf_counter()
    judged = judge_once(governed, SETTINGS, auditor, SystemClock(), Question())
    spent = (time.perf_counter() - began) * 1000
    assert isinstance(judged, Judged) and isinstance(judged.answer, Report), judged
    assert judged.answer.audit.passed, [result for result in judged.answer.audit.results if result.blocks]
    return spent


def path_of(number: int) -> str:
    """Half of the files are Python, PER_FOLDER to a directory."""
    return f"part{number // 2000}/module{number // PER_FOLDER}/file{number}.{'py' if number % 2 else 'txt'}"


if __name__ == "__main__":
    main()
