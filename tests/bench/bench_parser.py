"""How long the parser takes for real diff logs, the largest of them, and hostile ones. Run it: `python -m tests.bench.bench_parser`."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Sequence
from pathlib import Path

from forgewatch.core.difflog_parser import is_whole, parse_difflog
from tests.support.logs import log_text

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpus"
ROUNDS = 5


def milliseconds(raw: bytes) -> float:
    """Return the best of a few runs of reading a document as the daemon does: parse it, and see whether it is whole."""
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        parse_difflog(raw)
        is_whole(raw)
        times.append((time.perf_counter() - start) * 1000)
    return min(times)


def row(name: str, raws: Sequence[bytes]) -> str:
    """Return one line: name, documents, bytes, median and slowest milliseconds."""
    times = [milliseconds(raw) for raw in raws]
    size = sum(map(len, raws))
    return f"{name:28} {len(raws):4} documents {size:10} bytes  p50 {statistics.median(times):8.2f} ms  max {max(times):8.2f} ms"


def main() -> None:
    """Print the rows. The target for every real log is 100 ms."""
    folder = Path(os.environ.get("FORGEWATCH_CORPUS", CORPUS)) / "diff_log"
    real = [path.read_bytes() for path in sorted(folder.iterdir())] if folder.is_dir() else []
    if real:
        print(row("real diff logs", real))
        print(row("the largest real log", [max(real, key=len)]))
    print(row("4 MB, mostly quoted diffs", [log_text(hunks="    +x = 1\n" * 400_000).encode()]))
    print(row("10 MB in one line", [b"x" * 10 * 1024 * 1024]))
    print(row("1 MB of rows", [log_text(claim="## Files Changed\n" + f"- app/{'a' * 40}.py\n" * 19_000).encode()]))


if __name__ == "__main__":
    main()
