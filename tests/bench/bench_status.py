"""From shell to exit: what people wait for (architecture.md, Performance budget: 60 ms for `--version` and `status`)."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

RUNS = 40
COMMANDS = ("--version", "--help", "status", "tail", "difflog check")


def measure(folder: Path) -> dict[str, float]:
    """Return p50 and p90 in milliseconds of each command and of a Python that does nothing, and how often that goes into the p50.

    Each is started in turn, so that a machine that is busy for a while is so for all of them.
    """
    command = str(Path(sys.executable).with_name("forgewatch"))
    subprocess.run([command, "init", "--demo", str(folder / "demo")], check=True, stdout=subprocess.DEVNULL)
    # A repository whose record begins: before the first audit, `status` has to parse the directive itself.
    subprocess.run([command, "audit"], cwd=folder / "demo", stdout=subprocess.DEVNULL, check=False)
    started = {"python": [sys.executable, "-c", "pass"], **{words.strip("-"): [command, *words.split()] for words in COMMANDS}}
    times: dict[str, list[float]] = {name: [] for name in started}
    for _ in range(RUNS):
        for name, argv in started.items():
            times[name].append(_once(argv, folder / "demo"))
    found: dict[str, float] = {}
    for name, taken in times.items():
        middle, late = sorted(taken)[RUNS // 2], sorted(taken)[RUNS * 9 // 10]
        found |= {f"{name}_p50_ms": middle, f"{name}_p90_ms": late, f"{name}_per_python": middle / sorted(times["python"])[RUNS // 2]}
    return found


def _once(argv: list[str], cwd: Path) -> float:
    began = time.perf_counter()
    subprocess.run(argv, cwd=cwd, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    return (time.perf_counter() - began) * 1000


def main() -> None:
    """Print the measures as one mapping."""
    with tempfile.TemporaryDirectory() as top:
        os.environ["FORGEWATCH_STATE_DIR"] = f"{top}/state"
        print({name: round(value, 1) for name, value in measure(Path(top)).items()})


if __name__ == "__main__":
    main()
