"""The daemon as a process: signals, kills, stopped for a while, many at once (watching.md, Must survive)."""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from forgewatch.adapters.journal import FileJournal
from forgewatch.adapters.state_folder import folder_of
from forgewatch.core.canonical import digest_of_bytes
from forgewatch.core.events import AuditRecorded, Event, TriggerClaimed, TriggerDone
from tests.support.builder import Builder
from tests.support.installed import PATIENCE, until

TOP = Path(__file__).resolve().parents[2]


@dataclass
class Driven:
    """Runs `tests.support.daemon_driver` over one repository."""

    state: Path
    root: Path
    extra: Mapping[str, str] = field(default_factory=dict)
    processes: list[subprocess.Popen[str]] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)

    def start(self, mode: str = "quick", *, ready: bool = True, sweep: int = 30) -> subprocess.Popen[str]:
        count = self.count("daemon.started")
        environ = {**os.environ, **self.extra}
        command = [sys.executable, "-m", "tests.support.daemon_driver", str(self.state), str(sweep), mode, str(self.root)]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, cwd=TOP, env=environ)
        threading.Thread(target=self._follow, args=(process,)).start()
        self.processes.append(process)
        assert not ready or until(lambda: self.count("daemon.started") > count), self.lines
        return process

    def _follow(self, process: subprocess.Popen[str]) -> None:
        assert process.stderr is not None
        with process.stderr as stream:
            self.lines.extend(stream)

    def count(self, event: str) -> int:
        return sum(f'"event":"{event}"' in line for line in tuple(self.lines))

    def facts(self, event: str) -> dict[str, object]:
        line = next(line for line in reversed(self.lines) if f'"event":"{event}"' in line)
        found: dict[str, object] = json.loads(line)
        return found

    @property
    def events(self) -> list[Event]:
        return [recorded.event for recorded in FileJournal(folder_of(self.state, self.root)).read()]

    @property
    def entries(self) -> list[AuditRecorded]:
        return [event for event in self.events if isinstance(event, AuditRecorded)]

    @property
    def audited(self) -> list[str]:
        """The digests of the documents that have an entry, one for each entry: the auditor never answers with an entry that exists."""
        return [entry.trigger.document for entry in self.entries if entry.trigger]

    def end(self) -> None:
        for process in self.processes:
            if process.poll() is None:
                process.kill()
            process.wait(60)


@pytest.fixture
def driven(builder: Builder, tmp_path: Path) -> Iterator[Driven]:
    made = Driven(tmp_path / "state", builder.root)
    yield made
    made.end()


@pytest.mark.req("S002-10.1.1-4")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_request_to_end_is_followed_cleanly(driven: Driven, number: int) -> None:
    process = driven.start()
    assert f"PID: {process.pid}\n" in (driven.root / ".forge_watcher.lock").read_text()
    process.send_signal(number)
    assert process.wait(60) == 0
    assert not (driven.root / ".forge_watcher.lock").exists()
    assert until(lambda: driven.count("daemon.stopped") == 1)


def test_a_second_signal_ends_at_once(driven: Driven, builder: Builder) -> None:
    process = driven.start("slow:60")
    builder.record().completes()
    assert until(lambda: driven.count("audit.dispatched") == 1)
    process.send_signal(signal.SIGTERM)
    until(lambda: process.poll() is not None, 0.3)
    process.send_signal(signal.SIGTERM)
    assert process.wait(3) == -signal.SIGTERM


def test_an_audit_within_the_grace_time_is_finished(driven: Driven, builder: Builder) -> None:
    process = driven.start("slow:0.5")
    builder.record().completes()
    assert until(lambda: driven.count("audit.dispatched") == 1)
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 0
    assert len(driven.entries) == 1


def test_an_audit_beyond_the_grace_time_is_abandoned_and_run_again(driven: Driven, builder: Builder) -> None:
    process = driven.start("slow:60")
    builder.record().completes()
    assert until(lambda: driven.count("audit.dispatched") == 1)
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 0
    assert until(lambda: driven.count("audit.abandoned") == 1)
    assert not driven.entries
    driven.start()
    assert until(lambda: len(driven.entries) == 1)


@pytest.mark.req("S002-10.1.1-1", "S002-10.1.1-3")
def test_of_many_starts_on_a_stale_record_one_lives_and_the_others_exit_with_zero(driven: Driven) -> None:
    (driven.root / ".forge_watcher.lock").write_text("PID: 4194399\nStarted: 2020-01-01T00:00:00Z\n")
    starts = [driven.start(ready=False) for _ in range(8)]
    assert until(lambda: sum(process.poll() is None for process in starts) == 1 and driven.count("daemon.started") == 1, 60)
    assert {process.returncode for process in starts} == {None, 0}
    assert sum(line.startswith("already running (PID") for line in driven.lines) == 7


@pytest.mark.slow
def test_of_fifty_starts_on_a_stale_record_one_lives(driven: Driven) -> None:
    (driven.root / ".forge_watcher.lock").write_text("PID: 4194399\nStarted: 2020-01-01T00:00:00Z\n")
    starts = [driven.start(ready=False) for _ in range(50)]
    assert until(lambda: sum(process.poll() is None for process in starts) == 1 and driven.count("daemon.started") == 1, 180)
    assert {process.returncode for process in starts} == {None, 0}


def test_a_killed_daemon_frees_its_locks_and_its_record_is_replaced(driven: Driven) -> None:
    driven.start().kill()
    assert until(lambda: driven.processes[0].poll() is not None)
    driven.start()
    assert "is not running" in str(driven.facts("lock.replaced")["why"])


def test_a_record_removed_while_it_runs_is_written_again(driven: Driven) -> None:
    driven.start()
    (driven.root / ".forge_watcher.lock").unlink()
    assert until(lambda: driven.count("lock.rewritten") == 1)
    assert (driven.root / ".forge_watcher.lock").exists()


def overrun(evidence: Path) -> None:
    """Fill the kernel's queue with events of files that nobody waits for: what comes after them is told to nobody."""
    limit = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text())
    for _ in range(max(20_000, limit + 2) // 2):
        # Two names in turn: equal events in a row would be merged by the kernel.
        for name in ("one.txt", "two.txt"):
            with open(evidence / name, "ab"):
                pass


@pytest.mark.req("S002-10.1.1-12")
@pytest.mark.parametrize("mode", ["quick", "unwoken"])
def test_stopped_while_the_kernels_queue_runs_over_then_complete_is_audited(driven: Driven, builder: Builder, mode: str) -> None:
    # `unwoken`: it does not look because it was continued, and no sweep is due: the overflow alone can have told it.
    builder.record().starts()
    process = driven.start(mode, sweep=3600)
    process.send_signal(signal.SIGSTOP)
    overrun(driven.root / "Forge/evidence")
    builder.completes()
    process.send_signal(signal.SIGCONT)
    assert until(lambda: len(driven.entries) == 1 and driven.count("watch.overflowed") >= 1)
    assert driven.audited == [digest_of_bytes(builder.difflog("COMPLETE").encode())]
    # The watch goes on after it.
    builder.completes(summary="- afterwards")
    assert until(lambda: len(driven.entries) == 2)


def test_a_claim_whose_document_moved_on_while_down_is_said_to_be_superseded(driven: Driven, builder: Builder) -> None:
    process = driven.start("slow:60")
    builder.record().completes()
    assert until(lambda: driven.count("audit.dispatched") == 1)
    assert until(lambda: any(isinstance(event, TriggerClaimed) for event in driven.events))
    process.kill()
    process.wait(60)
    builder.starts(summary="- moved on")
    driven.start()
    assert until(lambda: driven.count("audit.superseded") == 1)
    assert driven.facts("audit.superseded")["document"] == digest_of_bytes(builder.difflog("COMPLETE").encode())
    builder.completes(summary="- moved on")
    assert until(lambda: len(driven.entries) == 1)
    assert next(event.result for event in driven.events if isinstance(event, TriggerDone)) == "superseded"


@dataclass
class ServiceManager:
    """The other end of the notification socket; keepalives are passed over."""

    channel: socket.socket

    def hears(self) -> bytes:
        """Return the next message that is no keepalive, an empty one when none comes in time."""
        ends = time.monotonic() + PATIENCE
        while time.monotonic() < ends:
            if (message := self.channel.recv(4096)) != b"WATCHDOG=1":
                return message
        return b""


def test_the_service_manager_is_told_what_it_needs(driven: Driven, builder: Builder, tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.bind(str(tmp_path / "notify"))
        channel.settimeout(10)
        manager = ServiceManager(channel)
        driven.extra = {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "400000"}
        process = driven.start()
        assert manager.hears().startswith(b"READY=1\nSTATUS=watching 1 ")
        assert channel.recv(4096) == b"WATCHDOG=1"
        process.send_signal(signal.SIGHUP)
        reloading = manager.hears()
        assert reloading.startswith(b"RELOADING=1\nMONOTONIC_USEC=")
        assert 0 < int(reloading.rpartition(b"=")[2]) <= time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        assert manager.hears() == b"READY=1"
        builder.record().completes()
        assert manager.hears().startswith(b"STATUS=PASS: Phase 1")
        assert channel.recv(4096) == b"WATCHDOG=1"
        process.send_signal(signal.SIGTERM)
        assert manager.hears() == b"STOPPING=1"


def crash_rounds(driven: Driven, builder: Builder, rounds: int) -> None:
    """Write a COMPLETE, kill at a random point, start again: afterwards every document has exactly one entry."""
    chance = random.Random(rounds)
    wanted = []
    builder.record()
    for number in range(rounds):
        process = driven.start(ready=False)
        if chance.random() < 0.7:
            until(lambda: (driven.root / ".forge_watcher.lock").exists(), chance.random())
        text = builder.difflog("COMPLETE", summary=f"- round {number}")
        builder.starts(summary=f"- round {number}").writes_log(text)
        wanted.append(digest_of_bytes(text.encode()))
        until(lambda process=process: process.poll() is not None, chance.random() * 0.8)  # type: ignore[misc]
        process.kill()
        process.wait(60)
        last = driven.start()
        assert until(lambda: wanted[-1] in driven.audited)
        last.kill()
        last.wait(60)
    assert driven.audited == wanted


def test_killed_at_random_points_nothing_is_lost_and_nothing_is_there_twice(driven: Driven, builder: Builder) -> None:
    crash_rounds(driven, builder, 4)


@pytest.mark.soak
def test_a_thousand_kills_lose_nothing(driven: Driven, builder: Builder) -> None:
    crash_rounds(driven, builder, int(os.environ.get("FORGEWATCH_CRASHES", "1000")))
