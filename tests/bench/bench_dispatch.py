"""Atomic save of a COMPLETE diff log to `audit.dispatched`: p50, p99, and how many were lost (architecture.md: 0.5 ms, 5 ms, 0).

Two ways of saving: one after the other, each when the audit before it is over (`p50_ms`, `p99_ms`, `max_ms`), and as fast as a builder
could, each as soon as the one before it was dispatched, while its audit runs (`burst_*`; the wait for that audit is part of them).
The daemon is a process of its own; the moment of dispatch is the one that its log line states. Lost is a save that never was dispatched.
Usage: python -m tests.bench.bench_dispatch [SAVES]    2000 by default: half of them, 1000 at most, one after the other, the rest in a burst
"""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from forgewatch.core.canonical import digest_of_bytes
from tests.support.builder import Builder

REPOSITORIES = 8
"""A burst goes to these in turn: a ledger of thousands of entries is no everyday one, and its growth would be what is measured."""

CALM = 1000
"""Saves one after the other at most; so 10,000 in all take about two minutes."""

PATIENCE = 10.0
"""Seconds after which a save counts as lost."""

Lines = queue.SimpleQueue[dict[str, Any]]


def measure(saves: int, top: Path) -> Mapping[str, float]:
    """Return p50, p99 and worst latency in milliseconds, and how many saves were never dispatched, of both ways."""
    os.environ.setdefault("HOME", str(top))
    calm = Builder.with_repository(top / "calm").record().starts()
    with watched(top / "state", calm) as lines:
        alone = [_save(calm, lines, number, finish=True) for number in range(min(saves // 2, CALM))]
    crowd = [Builder.with_repository(top / f"burst{number}").record().starts() for number in range(REPOSITORIES)]
    with watched(top / "state", *crowd) as lines:
        began = time.monotonic()
        burst = [_save(crowd[number % REPOSITORIES], lines, number, finish=False) for number in range(saves - len(alone))]
        took = time.monotonic() - began
    return {**_told(alone), **{f"burst_{name}": value for name, value in _told(burst).items()}, "burst_saves_per_s": len(burst) / took}


def _told(found: list[float | None]) -> dict[str, float]:
    times = sorted(latency for latency in found if latency is not None)
    return {"p50_ms": times[len(times) // 2], "p99_ms": times[len(times) * 99 // 100], "max_ms": times[-1], "lost": len(found) - len(times)}


@contextmanager
def watched(state: Path, *builders: Builder) -> Iterator[Lines]:
    """A daemon over the builders' repositories; its log, line by line."""
    command = [sys.executable, "-m", "tests.support.daemon_driver", str(state), "30", "quick", *(str(builder.root) for builder in builders)]
    lines: Lines = queue.SimpleQueue()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        stream = process.stderr
        assert stream is not None
        follower = threading.Thread(target=_follow, args=(stream, lines))
        follower.start()
        _await(lines, "daemon.started")
        yield lines
        process.terminate()
        follower.join()


def _follow(stream: Iterable[str], lines: Lines) -> None:
    for line in stream:
        lines.put(json.loads(line))


def _save(builder: Builder, lines: Lines, number: int, *, finish: bool) -> float | None:
    text = builder.difflog("COMPLETE", summary=f"- save {number}").encode()
    path = builder.root / "Forge/evidence/diff_log.md"
    temporary = path.with_name(".new")
    temporary.write_bytes(text)
    saved = time.time()
    os.replace(temporary, path)
    line = _await(lines, "audit.dispatched", document=digest_of_bytes(text))
    if finish:
        _await(lines, "audit.finished")
    return (datetime.fromisoformat(line["timestamp"]).timestamp() - saved) * 1000 if line else None


def _await(lines: Lines, event: str, **facts: str) -> dict[str, Any]:
    ends = time.monotonic() + PATIENCE
    try:
        while (line := lines.get(timeout=max(ends - time.monotonic(), 0)))["event"] != event or not facts.items() <= line.items():
            pass
    except queue.Empty:
        return {}
    return line


def main() -> None:
    saves = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    with tempfile.TemporaryDirectory() as top:
        print({name: round(value, 3) for name, value in measure(saves, Path(top)).items()})


if __name__ == "__main__":
    main()
