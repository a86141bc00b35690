"""A daemon over many idle repositories: time to ready, memory, threads, CPU (architecture.md: 500 in 1 s, 60 MB, 4 threads, 0.1 %).

Usage: python -m tests.bench.bench_idle [REPOSITORIES] [SECONDS]    500 and 90 by default
A sweep comes every 30 s: only whole multiples of that hold the same number of sweeps wherever they begin.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import psutil

from tests.support.builder import Builder
from tests.support.installed import COMMAND


def measure(repositories: int, seconds: float, top: Path) -> dict[str, float]:
    """Return the numbers of a second start: first contact, which is durable, happens once in a repository's life."""
    os.environ.setdefault("HOME", str(top))
    first = Builder.with_repository(top / "r0").record().starts().root
    roots = [first] + [Path(shutil.copytree(first, top / f"r{number}")) for number in range(1, repositories)]
    first_ready, _ = run(roots, 0.0, top)
    ready, facts = run(roots, seconds, top)
    return {"first_start_s": first_ready, "ready_s": ready, **facts}


def run(roots: list[Path], seconds: float, top: Path) -> tuple[float, dict[str, float]]:
    """Start, wait until ready, rest, measure, stop."""
    config = top / "forgewatch.yaml"
    config.write_text("repositories:\n" + "".join(f"  - {root}\n" for root in roots))
    environment = {"PATH": os.environ["PATH"], "HOME": str(top), "FORGEWATCH_STATE_DIR": str(top / "state")}
    command = [str(COMMAND), "watch", "--config", str(config)]
    begun = time.monotonic()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stderr is not None
        started = next(line for line in process.stderr if '"event":"daemon.started"' in line)
        ready = time.monotonic() - begun
        assert f'"repositories":{len(roots)}' in started, started
        threading.Thread(target=process.stderr.read, daemon=True).start()
        watched = psutil.Process(process.pid)
        _rest(watched)
        before = sum(watched.cpu_times()[:2])
        time.sleep(seconds)
        spent = sum(watched.cpu_times()[:2]) - before
        facts = {
            "rss_mb": watched.memory_info().rss / 2**20,
            "threads": watched.num_threads(),
            "fds": watched.num_fds(),
            "idle_percent": 100 * spent / seconds if seconds else 0.0,
        }
        process.terminate()
        process.wait(30)
    return ready, facts


def _rest(watched: psutil.Process) -> None:
    """Wait until the work of the start is done."""
    spent = -1.0
    while spent != (spent := sum(watched.cpu_times()[:2])):
        time.sleep(1.0)


def main() -> None:
    repositories = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 90.0
    with tempfile.TemporaryDirectory() as top:
        print(json.dumps({name: round(value, 3) for name, value in measure(repositories, seconds, Path(top)).items()}))


if __name__ == "__main__":
    main()
