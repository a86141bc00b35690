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
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from forgewatch.adapters.journal import FileJournal
from forgewatch.adapters.lock_record import find_process
from forgewatch.adapters.state_folder import folder_of
from forgewatch.core.canonical import digest_of_bytes
from forgewatch.core.events import AuditRecorded, Event, Trigger, TriggerClaimed, TriggerDone
from tests.support.builder import Builder
from tests.support.installed import PATIENCE, Installed, until

TOP = Path(__file__).resolve().parents[2]
CRASHES = int(os.environ.get("FORGEWATCH_CRASHES", "1000"))
"""How many kills the soak does. Read here, for every test runs without such variables."""


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
    assert process.wait(60) == -signal.SIGTERM


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
    # What a process said may be read after its end was seen.
    assert until(lambda: sum(line.startswith(f"{driven.root}: already running (PID") for line in driven.lines) == 7)


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


Tell = Callable[[str], None]


def crash_rounds(driven: Driven, builder: Builder, rounds: int, tell: Tell = lambda line: None) -> None:
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
        if number % 50 == 49:
            tell(f"{number + 1} of {rounds} kills of the driven daemon")
    assert driven.audited == wanted


@dataclass
class Killing:
    """The installed daemon with its real workers, killed again and again. `workers` are all that were seen: process id and start tick."""

    installed: Installed
    builder: Builder
    chance: random.Random
    wanted: list[str] = field(default_factory=list)
    workers: set[tuple[int, str]] = field(default_factory=set)

    @property
    def events(self) -> list[Event]:
        return [recorded.event for recorded in FileJournal(folder_of(self.installed.top / "state", self.builder.root)).read()]

    @property
    def audited(self) -> list[str]:
        return [event.trigger.document for event in self.events if isinstance(event, AuditRecorded) and event.trigger]

    def finishes_cycle(self, number: int) -> None:
        """One honest cycle of the builder, unlike every other: a second audit of it would be a second claim or a repeat."""
        name = f"- round {number}"
        self.builder.starts(summary=name).write("app/a.py", f"x = {number + 2}\n").record(body=f"pytest exit: 0\nround {number}\n")
        self.builder.claims("app/a.py").completes(summary=name)
        self.wanted.append(digest_of_bytes(self.builder.difflog("COMPLETE", summary=name).encode()))

    def kill(self, daemon: subprocess.Popen[bytes]) -> None:
        """Kill the daemon alone, as the kernel would; stopped first, so that it starts no worker that we do not see."""
        daemon.send_signal(signal.SIGSTOP)
        assert until(lambda: daemon.poll() is not None or self.is_stopped(daemon.pid))
        for children in Path(f"/proc/{daemon.pid}/task").glob("*/children"):
            processes = (find_process(int(word)) for word in children.read_text().split())
            self.workers.update((process.pid, process.start_ticks) for process in processes if process)
        daemon.kill()
        daemon.wait(60)

    def round(self, number: int) -> None:
        """Finish a cycle while the daemon starts or runs, kill it at a random point, start again, kill it as soon as the entry is there."""
        first = self.installed.watch(ready=False)
        if self.chance.random() < 0.7:
            until(lambda: (self.builder.root / ".forge_watcher.lock").exists(), self.chance.random() * 2)
        self.finishes_cycle(number)
        until(lambda: first.poll() is not None, self.chance.random() * 1.5)
        self.kill(first)
        last = self.installed.watch()
        assert until(lambda: self.wanted[-1] in self.audited, 60), self.installed.log
        self.kill(last)

    def settle(self) -> None:
        """Let one daemon run to its end in peace."""
        last = self.installed.watch()
        assert until(lambda: last_done(self.events) is not None and last_done(self.events) == last_claimed(self.events))
        assert until(lambda: self.installed.entries == len(self.wanted)), self.installed.log
        last.send_signal(signal.SIGTERM)
        assert last.wait(60) == 0

    @staticmethod
    def is_stopped(pid: int) -> bool:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"


def last_claimed(events: list[Event]) -> Trigger | None:
    return next((event.trigger for event in reversed(events) if isinstance(event, TriggerClaimed)), None)


def last_done(events: list[Event]) -> Trigger | None:
    return next((event.trigger for event in reversed(events) if isinstance(event, TriggerDone)), None)


def real_rounds(killing: Killing, rounds: int, tell: Tell = lambda line: None) -> None:
    """Kill the installed daemon so many times; then journal, Markdown, claims and processes are as if nothing had happened."""
    for number in range(rounds):
        killing.round(number)
        if number % 50 == 49:
            tell(f"{number + 1} of {rounds} kills of the installed daemon")
    killing.settle()
    # 1. The journal: one entry for each document, in their order, and none came from a second audit of the same thing.
    assert killing.audited == killing.wanted
    results = [event.result for event in killing.events if isinstance(event, TriggerDone)]
    assert results == ["entry"] * rounds
    assert "audit.repeated" not in killing.installed.log
    # 2. Claims: each is settled, once.
    claimed = [event.trigger for event in killing.events if isinstance(event, TriggerClaimed)]
    done = [event.trigger for event in killing.events if isinstance(event, TriggerDone)]
    assert [trigger.document for trigger in claimed] == killing.wanted
    assert sorted(map(repr, done)) == sorted(map(repr, claimed))
    # 3. The Markdown: the same entries, and the command says so of every byte.
    assert killing.installed.outcomes == ["PASS"] * rounds
    shown = json.loads(killing.installed.run("ledger", "show", "--json").stdout)
    assert shown["condition"] == "equals the journal"
    assert len(shown["entries"]) == rounds
    # 4. No worker outlived its daemon.
    assert killing.workers
    assert until(lambda: not any(lives(*worker) for worker in killing.workers))


def lives(pid: int, start_ticks: str) -> bool:
    """True while that process runs; a later one with its id is another."""
    process = find_process(pid)
    return process is not None and process.start_ticks == start_ticks


def test_killed_at_random_points_nothing_is_lost_and_nothing_is_there_twice(driven: Driven, builder: Builder) -> None:
    crash_rounds(driven, builder, 4)


def test_the_installed_daemon_killed_at_random_points_keeps_one_entry_for_each_document(installed: Installed, builder: Builder) -> None:
    real_rounds(Killing(installed, builder, random.Random(4)), 3)


@pytest.mark.soak
def test_a_thousand_kills_lose_nothing(
    driven: Driven, installed: Installed, builder: Builder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    real = -(-CRASHES // 4)

    def tell(line: str) -> None:
        with capsys.disabled():
            print(line, file=sys.stderr, flush=True)

    real_rounds(Killing(installed, builder, random.Random(CRASHES)), real, tell)
    if real < CRASHES:
        other = Builder.with_repository(tmp_path / "other")
        driven.root = other.root
        crash_rounds(driven, other, CRASHES - real, tell)
