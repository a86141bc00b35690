"""Runs every benchmark and prints one table: `make bench`. Each `bench_*.py` prints its measures as one mapping, last."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def main() -> int:
    """Run all; return 1 when one of them failed."""
    failed = False
    print(f"{'benchmark':<24}{'measure':<32}{'value':>14}")
    for path in sorted(HERE.glob("bench_*.py")):
        name = path.stem.removeprefix("bench_")
        run = subprocess.run(
            [sys.executable, "-m", f"tests.bench.{path.stem}"], capture_output=True, text=True, check=False, cwd=HERE.parents[1]
        )
        if run.returncode:
            failed = True
            print(f"{name:<24}failed with {run.returncode}: {(run.stderr.strip().splitlines() or ['no word'])[-1]}")
            continue
        for measure, value in measures(run.stdout).items():
            print(f"{name:<24}{measure:<32}{value!s:>14}", flush=True)
    return 1 if failed else 0


def measures(output: str) -> dict[str, object]:
    """Return the mapping on the last line, as JSON or as Python writes it; empty when there is none."""
    for line in reversed(output.strip().splitlines()):
        if line.startswith("{"):
            found = ast.literal_eval(line.replace("true", "True").replace("false", "False").replace("null", "None"))
            return dict(found)
    return {}


if __name__ == "__main__":
    sys.exit(main())
