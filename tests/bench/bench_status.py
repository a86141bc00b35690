"""From shell to exit: `--version` and `status` (architecture.md, Performance budget: 60 ms)."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

RUNS = 40


def measure(folder: Path) -> dict[str, float]:
    """Return p50 and p90 in milliseconds of each command, and of a Python that does nothing, for comparison."""
    command = str(Path(sys.executable).with_name("forgewatch"))
    subprocess.run([command, "init", "--demo", str(folder / "demo")], check=True, stdout=subprocess.DEVNULL)
    # A repository whose record begins: before the first audit, `status` has to parse the directive itself.
    subprocess.run([command, "audit"], cwd=folder / "demo", stdout=subprocess.DEVNULL, check=False)
    found: dict[str, float] = {}
    for name, argv in (("python", [sys.executable, "-c", "pass"]), ("version", [command, "--version"]), ("status", [command, "status"])):
        times = sorted(_once(argv, folder / "demo") for _ in range(RUNS))
        found |= {f"{name}_p50_ms": times[RUNS // 2], f"{name}_p90_ms": times[RUNS * 9 // 10]}
    return found


def _once(argv: list[str], cwd: Path) -> float:
    began = time.perf_counter()
    subprocess.run(argv, cwd=cwd, stdout=subprocess.DEVNULL, check=False)
    return (time.perf_counter() - began) * 1000


def main() -> None:
    """Print the measures as one mapping."""
    with tempfile.TemporaryDirectory() as top:
        os.environ["FORGEWATCH_STATE_DIR"] = f"{top}/state"
        print({name: round(value, 1) for name, value in measure(Path(top)).items()})


if __name__ == "__main__":
    main()
