"""How long a survey takes: cold, and warm once the files are older than a minute (architecture.md, Performance budget).

Run it on an idle machine: `python -m tests.bench.bench_capture [--large] [--folder DIRECTORY]`.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from forgewatch.adapters.repository import SHARED_FROM, close_repositories
from forgewatch.adapters.stat_cache import YOUNG_SECONDS
from forgewatch.core.limits import Limits
from forgewatch.core.values import CommitId
from tests.support.builder import Builder
from tests.support.reading import Reading

CHANGED = 200
PER_FOLDER = 25
ROUNDS = 15


def build(folder: Path, files: int) -> Reading:
    """Make a repository of so many small files, commit it, and change CHANGED of them."""
    root, state = folder / "repository", folder / "state"
    root.mkdir(parents=True)
    state.mkdir()
    builder = Builder(root)
    builder.git("init", "-q")
    for number in range(files):
        builder.write(path_of(number), f"value = {number}\n" * 20)
    builder.commit("base")
    for number in range(0, files, files // CHANGED):
        builder.write(path_of(number), f"changed = {number}\n" * 20)
    return Reading(builder, state, limits=Limits(tree_entries=400_000), base=CommitId(builder.head), shared_from=SHARED_FROM)


def path_of(number: int) -> str:
    """Spread files over three levels of directories."""
    leaf = number // PER_FOLDER
    return f"part{leaf // 400}/package{leaf // 20 % 20}/module{leaf % 20}/file_{number}.py"


def milliseconds(work: Callable[[], object], rounds: int) -> list[float]:
    """Time the work so often."""
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        work()
        times.append((time.perf_counter() - began) * 1000)
    return times


FOUND: dict[str, float] = {}


def tell(label: str, times: list[float]) -> None:
    """Keep median and 95th percentile, in milliseconds."""
    ordered = sorted(times)
    FOUND[f"{label}_p50_ms"] = round(statistics.median(ordered), 1)
    FOUND[f"{label}_p95_ms"] = round(ordered[int(len(ordered) * 0.95)], 1)


def survey(reading: Reading) -> None:
    """One survey as an audit takes it."""
    assert len(reading.survey().changes) >= CHANGED


def anew(reading: Reading) -> None:
    """One survey in a worker that just began: nothing in memory, the state folder as it is."""
    close_repositories()
    survey(reading)


def cold(reading: Reading) -> None:
    """One survey with nothing remembered at all."""
    close_repositories()
    shutil.rmtree(reading.state / "cache", ignore_errors=True)
    survey(reading)


def measure(reading: Reading, files: int) -> None:
    """Measure one repository."""
    tell(f"{files}_cold", milliseconds(lambda: cold(reading), 3))
    time.sleep(YOUNG_SECONDS + 20)
    cold(reading)
    tell(f"{files}_warm", milliseconds(lambda: survey(reading), ROUNDS))
    tell(f"{files}_new_worker", milliseconds(lambda: anew(reading), ROUNDS))
    tell(f"{files}_no_cache", milliseconds(lambda: reading.survey(use_cache=False), 3))
    reading.git("add", "-A")
    tell(f"{files}_after_add", milliseconds(lambda: survey(reading), 1))
    reading.git("commit", "-q", "-m", "all of it")
    tell(f"{files}_after_commit", milliseconds(reading.survey, 1))
    tell(f"{files}_unchanged", milliseconds(reading.survey, ROUNDS))
    close_repositories()


def main() -> None:
    """Build, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--large", action="store_true", help="also measure 200,000 files")
    parser.add_argument("--small", action="store_true", help="measure 5,000 files only")
    parser.add_argument("--folder", default=None, help="where to build; on ext4, xfs or btrfs, or nothing can be warm")
    arguments = parser.parse_args()
    sizes = [5_000] if arguments.small else [5_000, 50_000, *([200_000] if arguments.large else [])]
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        for files in sizes:
            measure(build(Path(folder) / str(files), files), files)
    print(FOUND)


if __name__ == "__main__":
    main()
