"""How long the parser takes for real diff logs, the largest of them, and hostile ones. Run it: `python -m tests.bench.bench_parser`."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Sequence
from pathlib import Path

from forgewatch.core.difflog_parser import parse_difflog
from tests.support.logs import log_text

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpus"
ROUNDS = 5


def milliseconds(raw: bytes) -> float:
    """Return the best of a few runs of reading a document."""
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        parse_difflog(raw)
        times.append((time.perf_counter() - start) * 1000)
    return min(times)


def row(name: str, raws: Sequence[bytes]) -> dict[str, float]:
    """Return median and slowest milliseconds of these documents."""
    times = [milliseconds(raw) for raw in raws]
    return {f"{name}_p50_ms": round(statistics.median(times), 2), f"{name}_max_ms": round(max(times), 2)}


def main() -> None:
    """Print the measures as one mapping. The target for every real log is 100 ms."""
    folder = Path(os.environ.get("FORGEWATCH_CORPUS", CORPUS)) / "diff_log"
    real = [path.read_bytes() for path in sorted(folder.iterdir())] if folder.is_dir() else []
    found = row("real_logs", real) if real else {}
    found |= row("4mb_of_diffs", [log_text(hunks="    +x = 1\n" * 400_000).encode()])
    found |= row("10mb_in_one_line", [b"x" * 10 * 1024 * 1024])
    found |= row("1mb_of_rows", [log_text(claim="## Files Changed\n" + f"- app/{'a' * 40}.py\n" * 19_000).encode()])
    print(found)


if __name__ == "__main__":
    main()
