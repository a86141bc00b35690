"""The daemon over its life: many repositories, faults of one, reload, lost readers, exhausted watches, jumping clocks (watching.md)."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from forgewatch.adapters.clock import SystemClock
from forgewatch.adapters.lock import take_lock
from forgewatch.adapters.state_folder import create_folder, folder_of
from forgewatch.adapters.watcher import open_watch
from forgewatch.adapters.watcher_polling import NoWatch
from forgewatch.app.observe import RACY_SECONDS
from forgewatch.app.tenure import Tenure
from forgewatch.core.canonical import digest_of_bytes
from forgewatch.core.errors import AlreadyRunning, LedgerUnwritable, ReadOnlyRoot, UsageError
from forgewatch.core.events import Adopted, ApprovalJudged, Event, Recorded, TriggerClaimed, TriggerDone
from forgewatch.core.places import FORGE
from forgewatch.core.ports import DirectoryWatch, Journal, Spot, TreeFiles, WatchSink
from forgewatch.core.report import AuditAnswer, AuditRequest, Committed, Failed
from forgewatch.core.requests import Request
from forgewatch.core.settings import Backend, RepositorySettings, Settings
from forgewatch.core.transition import QUEUE_LIMIT, Task
from forgewatch.core.values import CommitId, Content, RepoPath
from forgewatch.core.verdict import Outcome
from tests.support.builder import Builder
from tests.support.daemon_rig import HeldAuditor, ListNotifier, QuickAuditor, Rig, govern, occupy_with
from tests.support.installed import until


@pytest.fixture
def builders(tmp_path: Path) -> list[Builder]:
    """Three builders with a repository each, each in process."""
    first = Builder.with_repository(tmp_path / "r0").record().starts()
    roots = [Path(shutil.copytree(first.root, tmp_path / f"r{number}")) for number in (1, 2)]
    return [first, *map(Builder, roots)]


@pytest.fixture
def rig(builders: list[Builder], tmp_path: Path) -> Iterator[Rig]:
    made = Rig(state=tmp_path / "state", roots=[builder.root for builder in builders])
    yield made
    if isinstance(made.auditor, HeldAuditor):
        made.auditor.let.set()
    made.stop()


def audited_roots(rig: Rig) -> set[str]:
    return {root for root, _ in rig.recorded}


def test_many_repositories_are_served_by_four_threads(rig: Rig, builders: list[Builder]) -> None:
    before = threading.active_count()
    rig.start()
    for builder in builders:
        builder.completes()
    assert rig.await_entries(3)
    assert audited_roots(rig) == {str(builder.root) for builder in builders}
    # The rig's own thread is the daemon's main thread.
    assert threading.active_count() - before <= 4
    assert rig.log.facts("daemon.started")["repositories"] == 3


def test_a_slow_audit_of_one_does_not_hold_up_the_others(rig: Rig, builders: list[Builder]) -> None:
    class SlowForOne(HeldAuditor):
        def audit(self, request: AuditRequest) -> AuditAnswer:
            if request.root == str(builders[0].root):
                return super().audit(request)
            return QuickAuditor.audit(self, request)

    rig.auditor = SlowForOne()
    rig.start()
    builders[0].completes()
    assert rig.auditor.begun.wait(60)
    builders[0].completes(summary="- and another")
    builders[1].completes()
    builders[2].completes()
    assert rig.await_entries(2)
    assert audited_roots(rig) == {str(builders[1].root), str(builders[2].root)}
    rig.auditor.let.set()
    assert rig.await_entries(4)


class FullJournal:
    """`ports.Journal` that refuses to record, as on a full disk, while `full` is set."""

    def __init__(self, inner: Journal, full: threading.Event) -> None:
        self._inner, self._full = inner, full
        self.read, self.fingerprint = inner.read, inner.fingerprint
        self.exclusive, self.undisturbed = inner.exclusive, inner.undisturbed

    def append(self, event: Event) -> Recorded:
        if self._full.is_set():
            raise LedgerUnwritable("no space left on the disk")
        return self._inner.append(event)


def a_disk_fills(rig: Rig, builders: list[Builder]) -> threading.Event:
    """Start the daemon and let the first repository meet a full disk; it is full as long as the event is set."""
    full = threading.Event()
    healthy, filling = occupy_with(rig.environ), occupy_with(rig.environ, lambda inner: FullJournal(inner, full))
    rig.occupy = lambda wanted, given: (filling if wanted.path == str(builders[0].root) else healthy)(wanted, given)
    rig.start()
    assert until(lambda: rig.log.count("cycle.opened") == 3)
    full.set()
    builders[0].completes()
    assert until(lambda: rig.log.count("repository.unavailable") == 1)
    return full


def test_a_full_disk_marks_one_repository_and_its_audit_comes_later(rig: Rig, builders: list[Builder]) -> None:
    full = a_disk_fills(rig, builders)
    assert rig.log.facts("repository.unavailable")["why"] == "no space left on the disk"
    builders[1].completes()
    assert rig.await_entries(1)
    full.clear()
    assert rig.await_entries(2)
    assert until(lambda: rig.log.count("repository.available") == 1)
    assert len(rig.entries(builders[0].root)) == 1


def test_a_journal_that_was_changed_is_told_as_an_error_and_a_disk_that_is_full_as_a_warning(rig: Rig, builders: list[Builder]) -> None:
    a_disk_fills(rig, builders)
    assert rig.log.errors == []
    journal = folder_of(rig.state, builders[1].root) / "journal.jsonl"
    journal.write_bytes(journal.read_bytes().replace(b'"first contact"', b'"first c0ntact"'))
    builders[1].completes()
    assert until(lambda: rig.log.errors != [])
    assert set(rig.log.errors) == {"repository.unavailable"}
    assert "changed within its first" in str(rig.log.facts("repository.unavailable")["why"])


def test_a_bug_in_serving_one_repository_is_told_with_its_trace_and_the_others_go_on(rig: Rig, builders: list[Builder]) -> None:
    class Broken(QuickAuditor):
        def audit(self, request: AuditRequest) -> AuditAnswer:
            if request.root == str(builders[0].root) and not self.seen:
                self.seen.append(b"")
                raise ZeroDivisionError("a bug")
            return super().audit(request)

    rig.auditor = Broken()
    rig.start()
    builders[0].completes()
    assert until(lambda: rig.log.count("repository.unavailable") == 1)
    assert "ZeroDivisionError: a bug" in str(rig.log.facts("repository.unavailable")["trace"])
    builders[1].completes()
    assert rig.await_entries(1)
    # It is tried again.
    assert rig.await_entries(2)


def test_what_waits_when_the_daemon_ends_is_in_the_journal_and_answered_by_the_next_one(rig: Rig, builders: list[Builder]) -> None:
    held = HeldAuditor()
    rig.auditor, rig.grace_seconds = held, 0.0
    rig.start()
    builders[0].completes(summary="- runs")
    assert held.begun.wait(20)
    documents = [builders[0].difflog("COMPLETE", summary=f"- waits {number}").encode() for number in range(3)]
    for count, document in enumerate(documents, 1):
        builders[0].writes_log(document)
        assert until(lambda count=count: len(queued(rig)) == count)  # type: ignore[misc]
    assert rig.stop() == 0
    held.let.set()
    claimed = [event.trigger.document for event in rig.events() if isinstance(event, TriggerClaimed)]
    assert claimed[1:] == [digest_of_bytes(document) for document in documents]
    rig.auditor = QuickAuditor()
    rig.start()
    assert rig.await_entries(1)
    assert rig.auditor.seen == documents[-1:]
    assert until(lambda: rig.log.count("audit.superseded") == 3)


def test_a_worker_that_failed_is_an_error_entry_and_not_repeated(rig: Rig, builders: list[Builder]) -> None:
    class Crashing(QuickAuditor):
        def audit(self, request: AuditRequest) -> AuditAnswer:
            self.seen.append(request.document or b"")
            return Failed("ENVIRONMENT_LIMITATION", "the worker overran its deadline")

    rig.auditor = Crashing()
    rig.start()
    builders[0].completes()
    assert rig.await_entries(1)
    assert rig.entries()[0].outcome is Outcome.ERROR
    assert rig.log.facts("audit.finished")["why"]
    rig.stop()
    rig.start()
    rig.ask(Request.SWEEP)
    builders[1].completes()
    assert rig.await_entries(2)
    assert len(rig.auditor.seen) == 2


def test_a_committed_log_is_shown_and_not_audited(rig: Rig, builders: list[Builder]) -> None:
    class Knows(QuickAuditor):
        def audit(self, request: AuditRequest) -> AuditAnswer:
            assert request.skip_committed
            return Committed(CommitId("1" * 40))

    rig.auditor = Knows()
    rig.start()
    builders[0].completes()
    assert until(lambda: rig.log.count("difflog.committed") == 1)
    assert not rig.recorded
    assert [event.result for event in rig.events() if isinstance(event, TriggerDone)] == ["committed"]


def test_first_contact_adopts_head_once(rig: Rig, builders: list[Builder]) -> None:
    rig.start()
    assert until(lambda: rig.log.count("cycle.opened") == 3)
    rig.stop()
    builders[0].commit("later")
    rig.start()
    builders[0].completes()
    assert rig.await_entries(1)
    adopted = [event for event in rig.events() if isinstance(event, Adopted)]
    assert [event.commit for event in adopted] == [builders[0].git("rev-parse", "HEAD~1")]


# --- starting, locks, reload


@pytest.mark.req("S002-10.1.1-1")
def test_when_every_repository_is_served_elsewhere_the_start_says_who_and_ends(rig: Rig, builders: list[Builder], tmp_path: Path) -> None:
    rig.start()
    second = Rig(state=rig.state, roots=rig.roots[:2])
    second.start()
    assert second.thread is not None
    second.thread.join(60)
    assert isinstance(second.result[0], AlreadyRunning)
    assert str(second.result[0]).startswith(f"{rig.roots[0]}: already running (PID {os.getpid()} since ")
    assert str(second.result[0]).endswith("; and 1 more are served elsewhere")
    assert second.log.count("repository.held") == 0
    assert second.notifier.lines[0] == "READY=1"


def test_one_served_elsewhere_is_skipped_shown_and_taken_when_it_is_free(rig: Rig, builders: list[Builder]) -> None:
    folder = create_folder(rig.state, builders[0].root)
    other = take_lock(str(builders[0].root), str(folder), SystemClock().now())
    rig.sweep_seconds = 1
    rig.start()
    assert rig.log.count("repository.held") == 1
    assert rig.log.facts("daemon.started")["repositories"] == 2
    builders[0].completes()
    other.release()
    assert until(lambda: rig.log.count("repository.available") == 1)
    assert rig.await_entries(1)


def test_a_missing_repository_is_shown_and_served_when_it_comes(rig: Rig, builders: list[Builder], tmp_path: Path) -> None:
    os.rename(builders[0].root, tmp_path / "away")
    rig.sweep_seconds = 1
    rig.start()
    assert rig.log.count("repository.unavailable") == 1
    os.rename(tmp_path / "away", builders[0].root)
    builders[0].completes()
    assert rig.await_entries(1)


def test_reload_takes_new_repositories_and_leaves_old_ones(rig: Rig, builders: list[Builder]) -> None:
    rig.read_settings = lambda: rig.settings(builders[1].root, builders[2].root)
    rig.start()
    assert (builders[0].root / ".forge_watcher.lock").exists()
    rig.ask(Request.RELOAD)
    assert until(lambda: rig.log.count("configuration.reloaded") == 1)
    # A task of the old one may still be at work; the lock goes with its end.
    assert until(lambda: not (builders[0].root / ".forge_watcher.lock").exists())
    builders[1].completes()
    assert rig.await_entries(1)
    assert until(lambda: rig.notifier.lines.count("READY=1") == 2)
    assert any(line.startswith("MONOTONIC_USEC=") for line in rig.notifier.lines)
    rig.read_settings = rig.settings
    rig.roots = [builder.root for builder in builders]


def test_after_a_reload_everything_is_looked_at(rig: Rig, builders: list[Builder]) -> None:
    # No hint comes and no sweep is due: only the reload can have caused the look.
    rig.open_watch, rig.sweep_seconds = Tapped(deaf=True), 3600
    rig.start()
    assert until(lambda: rig.log.count("cycle.opened") == 3)
    for builder in builders:
        builder.completes()
    rig.ask(Request.RELOAD)
    assert rig.await_entries(3)
    assert rig.log.count("configuration.reloaded") == 1


def test_a_repository_taken_out_during_its_audit_is_left_after_it(rig: Rig, builders: list[Builder]) -> None:
    rig.auditor = HeldAuditor()
    rig.read_settings = lambda: rig.settings(builders[1].root)
    rig.start()
    builders[0].completes()
    assert rig.auditor.begun.wait(60)
    rig.ask(Request.RELOAD)
    assert until(lambda: rig.log.count("configuration.reloaded") == 1)
    assert (builders[0].root / ".forge_watcher.lock").exists()
    rig.auditor.let.set()
    assert rig.await_entries(1)
    assert until(lambda: not (builders[0].root / ".forge_watcher.lock").exists())


def test_a_broken_configuration_keeps_the_old_one_and_says_so(rig: Rig, builders: list[Builder]) -> None:
    def broken() -> Settings:
        raise UsageError("forgewatch.yaml: line 3: unknown key 'repositorys'", "did you mean 'repositories'?")

    rig.read_settings = broken
    rig.start()
    rig.ask(Request.RELOAD)
    assert until(lambda: rig.log.count("configuration.refused") == 1)
    assert "unknown key" in str(rig.log.facts("configuration.refused")["why"])
    builders[0].completes()
    assert rig.await_entries(1)


def test_reload_may_change_the_backend(rig: Rig, builders: list[Builder]) -> None:
    rig.start()
    rig.backend = Backend.POLLING
    rig.ask(Request.RELOAD)
    assert until(lambda: rig.log.count("watch.degraded") == 3)
    builders[0].completes()
    assert rig.await_entries(1)


# --- hints that do not come


def test_polling_finds_everything_without_events(rig: Rig, builders: list[Builder]) -> None:
    rig.backend = Backend.POLLING
    rig.start()
    assert rig.log.facts("daemon.started")["polled"] == 3
    for builder in builders:
        builder.completes()
    assert rig.await_entries(3)


def test_exhausted_watches_are_said_loudly_and_polled(rig: Rig, builders: list[Builder]) -> None:
    class Exhausted:
        """A watch that has room for two directories."""

        def __init__(self, inner: DirectoryWatch) -> None:
            self._inner, self._room = inner, 2
            self.remove, self.alive, self.close = inner.remove, inner.alive, inner.close

        def add(self, spot: Spot, names: frozenset[str]) -> str:
            self._room -= 1
            why = "inotify watches are used up: raise the sysctl fs.inotify.max_user_watches"
            return self._inner.add(spot, names) if self._room >= 0 else why

    rig.open_watch = lambda backend, sink: Exhausted(open_watch(backend, sink))
    rig.start()
    assert rig.log.count("watch.degraded") == 3
    assert "fs.inotify.max_user_watches" in str(rig.log.facts("watch.degraded")["why"])
    builders[2].completes()
    assert rig.await_entries(1)


def test_no_instance_at_all_ends_in_polling(rig: Rig, builders: list[Builder]) -> None:
    rig.open_watch = lambda backend, sink: NoWatch("inotify instances are used up: raise the sysctl fs.inotify.max_user_instances")
    rig.start()
    assert "max_user_instances" in str(rig.log.facts("watch.degraded")["why"])
    builders[0].completes()
    assert rig.await_entries(1)


class Tapped:
    """Opens real watches and keeps their sinks, so that a test can lose hints or end the reader."""

    def __init__(self, *, deaf: bool = False) -> None:
        self.sinks: list[WatchSink] = []
        self._deaf = deaf

    def __call__(self, backend: Backend, sink: WatchSink) -> DirectoryWatch:
        self.sinks.append(sink)
        return _Deaf() if self._deaf else open_watch(backend, sink)


class _Deaf:
    """A watch that takes every directory and never tells anything."""

    def add(self, spot: Spot, names: frozenset[str]) -> str:
        return ""

    def remove(self, spot: Spot) -> None:
        return None

    def alive(self) -> bool:
        return True

    def close(self) -> None:
        return None


def test_after_an_overflow_everything_is_looked_at(rig: Rig, builders: list[Builder]) -> None:
    tapped = Tapped(deaf=True)
    rig.open_watch = tapped
    rig.start()
    for builder in builders:
        builder.completes()
    tapped.sinks[0].overflowed()
    assert rig.await_entries(3)
    assert rig.log.count("watch.overflowed") == 1


def test_a_lost_hint_is_found_by_the_sweep(rig: Rig, builders: list[Builder]) -> None:
    rig.open_watch = Tapped(deaf=True)
    rig.sweep_seconds = 1
    rig.start()
    builders[0].completes()
    assert rig.await_entries(1)


class JumpingClock(SystemClock):
    """A wall clock that a test moves."""

    jumped = 0.0

    def offset(self) -> float:
        return super().offset() + self.jumped


@pytest.mark.parametrize("seconds", [86_400.0, -86_400.0])
def test_a_jump_of_the_clock_is_followed_by_a_look_at_everything(rig: Rig, builders: list[Builder], seconds: float) -> None:
    tapped = Tapped(deaf=True)
    clock = JumpingClock()
    rig.open_watch, rig.clock = tapped, clock
    rig.start()
    builders[0].completes()
    clock.jumped = seconds
    tapped.sinks[0].stirred(Spot(99, "/nowhere"), "", False)
    assert rig.await_entries(1)
    assert rig.log.facts("clock.jumped")["seconds"] == seconds


def test_a_reader_that_ended_is_replaced_and_everything_looked_at(rig: Rig, builders: list[Builder]) -> None:
    tapped = Tapped()
    rig.open_watch = tapped
    rig.start()
    tapped.sinks[0].died()
    assert until(lambda: rig.log.count("watch.rebuilt") == 1)
    builders[0].completes()
    assert rig.await_entries(1)


def test_a_reader_that_ends_three_times_in_a_row_ends_the_daemon_with_70(rig: Rig) -> None:
    tapped = Tapped()
    rig.open_watch = tapped
    rig.start()
    for deaths in (1, 2):
        tapped.sinks[0].died()
        assert until(lambda deaths=deaths: rig.log.count("watch.rebuilt") == deaths)  # type: ignore[misc]
    tapped.sinks[0].died()
    assert rig.thread is not None
    rig.thread.join(60)
    assert rig.result == [70]
    rig.thread = None


def queued(rig: Rig) -> tuple[Task, ...]:
    assert rig.daemon is not None
    return next(served for served in rig.daemon.served() if served.root == str(rig.roots[0])).state.queue


class Sandboxed:
    """A `Guard` whose root can be written as long as the mount of it can; `looks` counts."""

    def __init__(self, *, writable: bool) -> None:
        self.writable, self.looks = writable, 0

    def tend(self) -> str:
        self.looks += 1
        if not self.writable:
            raise ReadOnlyRoot("the lock record cannot be written: Read-only file system")
        return ""

    def release(self) -> None:
        return None


def sandboxed(rig: Rig, guard: Sandboxed) -> Callable[[RepositorySettings, Settings], Tenure]:
    return lambda wanted, settings: Tenure(governed=replace(govern(wanted, settings, rig.environ), head=lambda: None), guard=guard)


def test_a_root_deleted_after_its_contents_is_served_as_soon_as_it_is_back(rig: Rig, builders: list[Builder]) -> None:
    # The lock holds the root open, and the kernel tells of a deleted directory only after its last descriptor is closed.
    root, copy = builders[0].root, rig.state.parent / "copy"
    shutil.copytree(root, copy)
    rig.start()
    assert until(lambda: rig.log.count("cycle.opened") == len(builders))
    for path in root.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    assert until(lambda: rig.log.count("repository.unavailable") == 1 and not any(root.iterdir())), rig.log.lines
    root.rmdir()
    os.rename(copy, root)
    assert until(lambda: rig.log.count("repository.available") >= 1), rig.log.lines
    builders[0].completes()
    assert rig.await_entries(1)


class BreaksOff:
    """`ports.TreeFiles` that breaks off at one read of the test record, after the diff log was read."""

    def __init__(self, inner: TreeFiles) -> None:
        self._inner = inner
        self.due = self.broke = False

    def read(self, path: RepoPath, limit: int) -> Content:
        if self.due and path.endswith("test_runs_latest.md"):
            self.due, self.broke = False, True
            raise MemoryError
        return self._inner.read(path, limit)


def test_a_look_that_broke_off_is_taken_again_by_the_next_sweep(rig: Rig, builders: list[Builder]) -> None:
    breaking: list[BreaksOff] = []

    def occupy(wanted: RepositorySettings, settings: Settings) -> Tenure:
        governed = govern(wanted, settings, rig.environ)
        breaking.append(BreaksOff(governed.files))
        return Tenure(governed=replace(governed, files=breaking[-1], head=lambda: None), guard=Sandboxed(writable=True))

    builders[0].record()
    rig.occupy = occupy
    rig.start()
    assert until(lambda: rig.log.count("cycle.opened") == len(builders))
    # After this time the test record is read once more although nothing changed it.
    begun = rig.clock.monotonic()
    assert until(lambda: rig.clock.monotonic() > begun + RACY_SECONDS)
    breaking[0].due = True
    builders[0].completes()
    assert until(lambda: breaking[0].broke)
    rig.ask(Request.SWEEP)
    assert rig.await_entries(1)


def test_a_root_that_became_read_only_ends_the_daemon_with_75(rig: Rig, builders: list[Builder]) -> None:
    guard = Sandboxed(writable=True)
    rig.occupy = sandboxed(rig, guard)
    rig.start()
    guard.writable = False
    rig.ask(Request.SWEEP)
    assert rig.thread is not None
    rig.thread.join(60)
    assert rig.result == [75]
    rig.thread = None


def test_a_root_that_is_read_only_from_the_start_keeps_nobody_in_a_circle_of_starts(rig: Rig, builders: list[Builder]) -> None:
    guard = Sandboxed(writable=False)
    rig.occupy = sandboxed(rig, guard)
    rig.start()
    for looks in (2, 3):
        rig.ask(Request.SWEEP)
        assert until(lambda looks=looks: guard.looks >= looks)  # type: ignore[misc]
    assert rig.log.count("repository.unavailable") == len(builders)
    # Mended from outside (a remount), and broken again: now a new start can mend it.
    guard.writable = True
    rig.ask(Request.SWEEP)
    assert until(lambda: rig.log.count("repository.available") == len(builders))
    guard.writable = False
    rig.ask(Request.SWEEP)
    assert rig.thread is not None
    rig.thread.join(60)
    assert rig.result == [75]
    rig.thread = None


class CountingNotifier(ListNotifier):
    """Counts how often the daemon asked for the keepalive: it does so in every turn of its loop."""

    asked = 0

    def keepalive_seconds(self) -> float | None:
        self.asked += 1
        return super().keepalive_seconds()

    @property
    def fed(self) -> int:
        return self.lines.count("WATCHDOG=1")


def test_the_watchdog_is_fed_only_while_the_reader_lives(rig: Rig) -> None:
    class Dead(_Deaf):
        def alive(self) -> bool:
            return not dead.is_set()

    dead = threading.Event()
    rig.notifier = notifier = CountingNotifier(keepalive=0.01)
    rig.open_watch = lambda backend, sink: Dead()
    rig.start()
    assert until(lambda: notifier.fed >= 2)
    dead.set()
    # The turn that was under way may have asked the reader already. After it the loop goes on, and nothing is fed.
    turns = notifier.asked
    assert until(lambda: notifier.asked >= turns + 5)
    fed, turns = notifier.fed, notifier.asked
    assert until(lambda: notifier.asked >= turns + 50)
    assert notifier.fed == fed
    dead.clear()
    assert until(lambda: notifier.fed > fed)


# --- approvals, backpressure, the operator's restore


@pytest.mark.req("S005-2")
def test_approval_files_are_answered_once_where_they_appear(rig: Rig, builders: list[Builder]) -> None:
    rig.start()
    builder = builders[0]
    builder.write(".ai-stack-trace/fix-login/contract/APPROVED", f"APPROVED:fix-login:{builder.head}\n")
    assert until(lambda: rig.log.count("approval.accepted") == 1)
    builder.write(".ai-stack-trace/other/contract/APPROVED", f"APPROVED:other:{'0' * 40}\n")
    assert until(lambda: rig.log.count("approval.refused") == 1)
    builder.write("Forge/evidence/AUTHORIZED", "AUTHORIZED:phase-1:nothing\n")
    assert until(lambda: rig.log.count("approval.refused") == 2)
    rig.ask(Request.SWEEP)
    builder.completes()
    assert rig.await_entries(1)
    judged = [event for event in rig.events() if isinstance(event, ApprovalJudged)]
    assert [event.accepted for event in judged] == [True, False, False]


def test_a_flood_of_contents_fills_the_queue_and_no_more(rig: Rig, builders: list[Builder]) -> None:
    rig.auditor = HeldAuditor()
    rig.start()
    builders[0].completes(summary="- 0")
    assert rig.auditor.begun.wait(60)

    def queued() -> int:
        assert rig.daemon is not None
        return next(len(served.state.queue) for served in rig.daemon.served() if served.root == str(builders[0].root))

    for number in range(1, QUEUE_LIMIT + 1):
        builders[0].completes(summary=f"- {number}")
        assert until(lambda number=number: queued() == number)  # type: ignore[misc]
    builders[0].completes(summary="- one too many")
    builders[1].completes()
    assert until(lambda: queued() == QUEUE_LIMIT)
    rig.auditor.let.set()
    assert rig.await_entries(QUEUE_LIMIT + 3)
    assert b"- one too many" in rig.auditor.seen[-1] or b"- one too many" in rig.auditor.seen[-2]


def test_an_audit_that_the_ledger_refused_is_due_again_after_the_operator_restores_it(rig: Rig, builders: list[Builder]) -> None:
    rig.roots = rig.roots[:1]
    rig.start()
    builders[0].completes(summary="- first")
    assert rig.await_entries(1)
    ledger = builders[0].root / FORGE.ledger
    ledger.write_bytes(ledger.read_bytes().replace(b"PASS", b"FAIL"))
    builders[0].completes(summary="- second")
    assert rig.await_entries(2), rig.log.lines
    assert rig.entries()[-1].outcome is Outcome.FAIL
    govern(RepositorySettings(path=str(builders[0].root)), rig.settings(), rig.environ).record.restore("operator")
    rig.ask(Request.SWEEP)
    assert rig.await_entries(3)
    assert rig.entries()[-1].outcome is Outcome.PASS


def test_a_terminal_that_fails_does_not_repeat_the_audit(rig: Rig, builders: list[Builder]) -> None:
    class Breaking(list):  # type: ignore[type-arg]
        def append(self, item: object) -> None:
            super().append(item)
            raise BrokenPipeError("gone")

    rig.recorded = Breaking()
    rig.start()
    builders[0].completes()
    assert rig.await_entries(1)
    assert until(lambda: rig.log.count("daemon.failed") == 1)
    builders[1].completes()
    assert rig.await_entries(2)
    assert len(rig.entries()) == 1
