"""Atomic save of a COMPLETE diff log to `audit.dispatched`: p50, p99, and how many were lost (architecture.md: 0.5 ms, 5 ms, 0).

The daemon is a process of its own; the moment of dispatch is the one that its log line states.
Usage: python -m tests.bench.bench_dispatch [SAVES]
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
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.support.builder import Builder


def measure(saves: int, top: Path) -> Mapping[str, float]:
    """Return p50, p99 and worst latency in milliseconds, and how many saves were never dispatched."""
    os.environ.setdefault("HOME", str(top))
    builder = Builder.with_repository(top / "repository").record().starts()
    command = [sys.executable, "-m", "tests.support.daemon_driver", str(top / "state"), "30", "quick", str(builder.root)]
    lines: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        stream = process.stderr
        assert stream is not None
        follower = threading.Thread(target=lambda: [lines.put(json.loads(line)) for line in stream])
        follower.start()
        _await(lines, "daemon.started")
        found = [_one(builder, lines, number) for number in range(saves)]
        process.terminate()
        follower.join()
    times = sorted(latency for latency in found if latency is not None)
    return {"p50_ms": times[len(times) // 2], "p99_ms": times[len(times) * 99 // 100], "max_ms": times[-1], "lost": saves - len(times)}


def _one(builder: Builder, lines: queue.SimpleQueue[dict[str, Any]], number: int) -> float | None:
    path = builder.root / "Forge/evidence/diff_log.md"
    temporary = path.with_name(".new")
    temporary.write_text(builder.difflog("COMPLETE", summary=f"- save {number}"))
    saved = time.time()
    os.replace(temporary, path)
    line = _await(lines, "audit.dispatched")
    _await(lines, "audit.finished")
    return (datetime.fromisoformat(line["timestamp"]).timestamp() - saved) * 1000 if line else None


def _await(lines: queue.SimpleQueue[dict[str, Any]], event: str) -> dict[str, Any]:
    try:
        while (line := lines.get(timeout=10))["event"] != event:
            pass
    except queue.Empty:
        return {}
    return line


def main() -> None:
    saves = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    with tempfile.TemporaryDirectory() as top:
        print({name: round(value, 3) for name, value in measure(saves, Path(top)).items()})


if __name__ == "__main__":
    main()
