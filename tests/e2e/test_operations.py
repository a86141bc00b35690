"""Operating the installed daemon: signals, reloads, repositories that go and come back, full disks, exhausted limits, tokens."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from tests.support.builder import Builder
from tests.support.installed import Installed, until


def blocked_signals(process: Path) -> int:
    """Return the mask of blocked signals of a thread or process folder in /proc."""
    line = next(line for line in (process / "status").read_text().splitlines() if line.startswith("SigBlk:"))
    return int(line.split()[1], 16)


@pytest.mark.req("S002-10.1.1-4")
def test_two_signals_in_a_row_are_both_followed_at_once(installed: Installed) -> None:
    # What `systemctl stop` sends: SIGTERM and then SIGCONT. Here with SIGHUP, so that it can be done again and again.
    daemon = installed.watch()
    for number in range(1, 21):
        daemon.send_signal(signal.SIGHUP)
        daemon.send_signal(signal.SIGCONT)
        assert until(lambda number=number: installed.log.count("configuration.reloaded") >= number, 5)  # type: ignore[misc]


def test_only_the_main_thread_takes_signals_and_a_worker_takes_all(installed: Installed, builder: Builder) -> None:
    daemon = installed.watch()
    builder.starts().record().completes()
    assert installed.settles(1)
    others = [task for task in Path(f"/proc/{daemon.pid}/task").iterdir() if task.name != str(daemon.pid)]
    ours = sum(1 << (number - 1) for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCONT))
    assert len(others) >= 2
    assert {blocked_signals(task) & ours for task in others} == {ours}
    assert blocked_signals(Path(f"/proc/{daemon.pid}")) & ours == 0
    workers = " ".join(children.read_text() for children in Path(f"/proc/{daemon.pid}/task").glob("*/children")).split()
    assert [blocked_signals(Path(f"/proc/{worker}")) for worker in workers] == [0]
    os.kill(daemon.pid, signal.SIGTERM)
    assert daemon.wait(10) == 0
