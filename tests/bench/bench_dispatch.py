"""Atomic save of a COMPLETE diff log to `audit.dispatched`: p50, p99, and how many were lost (architecture.md: 0.5 ms, 5 ms, 0).

Usage: python -m tests.bench.bench_dispatch [SAVES]
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.builder import Builder
from tests.support.daemon_rig import ListLog, Rig
from tests.support.installed import until


@dataclass
class TimedLog(ListLog):
    """Notes when each document was dispatched."""

    dispatched: dict[str, float] = field(default_factory=dict)

    def info(self, event: str, **facts: object) -> object:
        if event == "audit.dispatched":
            self.dispatched[str(facts["document"])] = time.monotonic()
        return None


def measure(saves: int, top: Path) -> Mapping[str, float]:
    """Return p50, p99 and worst latency in milliseconds, and how many saves were never dispatched."""
    os.environ.setdefault("HOME", str(top))
    builder = Builder.with_repository(top / "repository").record()
    log = TimedLog()
    rig = Rig(state=top / "state", roots=[builder.root], log=_Started(log))
    rig.start()
    saved: list[float] = []
    for number in range(saves):
        text = builder.difflog("COMPLETE", summary=f"- save {number}")
        count = len(log.dispatched)
        saved.append(time.monotonic())
        builder.writes_log(text)
        until(lambda count=count: len(log.dispatched) > count, 5.0)  # type: ignore[misc]
    until(lambda: len(log.dispatched) == saves, 5.0)
    rig.stop()
    times = sorted((end - begin) * 1000 for begin, end in zip(saved, log.dispatched.values(), strict=False))
    return {"p50_ms": times[len(times) // 2], "p99_ms": times[len(times) * 99 // 100], "max_ms": times[-1], "lost": saves - len(times)}


class _Started(ListLog):
    """Keeps what the rig waits for, passes the rest on."""

    def __init__(self, timed: TimedLog) -> None:
        super().__init__()
        self._timed = timed

    def info(self, event: str, **facts: object) -> object:
        self._timed.info(event, **facts)
        return super().info(event, **facts) if event == "daemon.started" else None


def main() -> None:
    saves = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    with tempfile.TemporaryDirectory() as top:
        print({name: round(value, 3) for name, value in measure(saves, Path(top)).items()})


if __name__ == "__main__":
    main()
