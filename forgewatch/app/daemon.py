"""The daemon: one loop over many repositories (watching.md).

Every turn of the loop: 1. wait for hints, ends of tasks, requests, or the next timer  2. take in what came  3. look where a sweep or a
retry is due  4. start what is due and whose turn it is. Hints are never believed, only followed by a look; what no hint told is found
by the sweep. At most four threads: this one, the watch's reader, two auditors.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from forgewatch import __version__
from forgewatch.app.chronicle import Announce
from forgewatch.app.durable import StoppableAuditor
from forgewatch.app.fence import Fault, fault_of
from forgewatch.app.intake import Batch, Intake
from forgewatch.app.roster import Roster, came_and_gone
from forgewatch.app.served import Served
from forgewatch.app.service import Service
from forgewatch.app.tenure import Occupy
from forgewatch.core.errors import AlreadyRunning
from forgewatch.core.log_events import LogEvent
from forgewatch.core.ports import Auditor, Directories, DirectoryWatch, EventLog, ServiceNotifier, WatchClock, WatchSink
from forgewatch.core.requests import Request
from forgewatch.core.settings import Backend, Settings

POLL_SECONDS = 1.0
JUMP_SECONDS = 2.0
GRACE_SECONDS = 5.0
SWEEP_SLICE = 16
"""Repositories swept between two looks at the intake, so that a sweep of hundreds does not delay an audit."""
DEATHS = 3
"""Ends of the reader, without a quiet sweep between them, that end the daemon."""
BUG = 70


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What the daemon is made of. `read_settings` reads all or raises; `thread_began` comes first in a thread, `reap` with a sweep."""

    occupy: Occupy
    open_watch: Callable[[Backend, WatchSink], DirectoryWatch]
    directories: Directories
    auditor: Auditor
    clock: WatchClock
    log: EventLog
    notifier: ServiceNotifier
    announce: Announce
    read_settings: Callable[[], Settings]
    thread_began: Callable[[], None] = lambda: None
    reap: Callable[[], None] = lambda: None
    grace_seconds: float = GRACE_SECONDS


def fenced(work: Callable[[], object]) -> object:
    """Do a piece of work for one repository; what goes wrong is a value, so that the others are served on."""
    try:
        return work()
    except Exception as error:  # noqa: BLE001  # one of the two broad excepts (architecture.md, House rules)
        return fault_of(error)


class Daemon:
    """Serve the repositories of the settings until asked to stop. `run` is for the main thread, `ask` for any thread or signal handler."""

    def __init__(self, parts: Parts, settings: Settings) -> None:
        self._parts = parts
        self._clock, self._log = parts.clock, parts.log
        self._settings = settings
        self._intake = Intake()
        self._watch = parts.open_watch(settings.watch.backend, self._intake)
        self._roster = Roster(parts.occupy, parts.directories, parts.log, fenced)
        self._service = Service(
            roster=self._roster,
            intake=self._intake,
            auditor=StoppableAuditor(parts.auditor),
            clock=parts.clock,
            log=parts.log,
            announce=parts.announce,
            fence=fenced,
            settings=settings,
            thread_began=parts.thread_began,
        )
        self._to_sweep: deque[int] = deque()
        self._offset = parts.clock.offset()
        self._next_sweep = self._next_poll = self._next_keepalive = parts.clock.monotonic()
        self._stopping, self._deaths, self._told = False, 0, ""

    def ask(self, request: Request) -> None:
        """Ask for something; safe in a signal handler."""
        self._intake.ask(request)

    def served(self) -> tuple[Served, ...]:
        """Return what is served now."""
        return tuple(self._roster)

    def run(self) -> int:
        """Return the exit status: 0 after a request to stop, 70 when the reader died again and again, 75 when a root became read-only.

        Raises AlreadyRunning when every repository is served by another instance.
        """
        try:
            self._begin()
            while not self._stopping and not self._service.exit_status:
                self._turn()
            return self._end()
        finally:
            self._service.auditors.close(0.0)
            for served in self._roster:
                self._roster.leave(served)
            self._watch.close()

    def _begin(self) -> None:
        # 1. Every lock.
        held = self._roster.take_all(self._settings, self._watch)
        if held:
            self._parts.notifier.send("READY=1", f"STATUS={held}")
            raise AlreadyRunning(held)
        # 2. Every watch set, then the first look.
        self._service.begin()
        self._plan_sweep()
        self._service.dispatch()
        # 3. Only now is it true that nothing will be missed.
        facts = {"served": self._roster.served(), "polled": len(self._service.polled), **self._roster.counts()}
        self._log.info(LogEvent.DAEMON_STARTED, version=__version__, **facts)
        self._told = self._service.status
        self._parts.notifier.send("READY=1", f"STATUS={self._told}")

    def _turn(self) -> None:
        # 1.
        batch = self._intake.gather(self._pause())
        # 2.
        self._take_in(batch)
        # 3.
        self._watch_time()
        self._sweep_some()
        self._service.follow_timers()
        # 4.
        self._service.dispatch()
        self._tell_service_manager()

    def _pause(self) -> float:
        if self._to_sweep:
            return 0.0
        dues = [self._next_sweep]
        if self._service.polled:
            dues.append(self._next_poll)
        if self._parts.notifier.keepalive_seconds() is not None:
            dues.append(self._next_keepalive)
        timer = self._service.timers.next()
        if timer is not None:
            dues.append(timer)
        return max(min(dues) - self._clock.monotonic(), 0.0)

    def _take_in(self, batch: Batch) -> None:
        for ended in batch.ended:
            self._service.conclude(ended)
        for number, hints in batch.hints.items():
            served = self._roster.get(number)
            if served is not None:
                self._service.hint(served, hints)
        if batch.overflowed:
            self._log.warning(LogEvent.WATCH_OVERFLOWED, instead="everything is looked at")
            self._sweep_all()
        if batch.died:
            self._rebuild()
        for request in batch.requests:
            self._obey(request)

    def _obey(self, request: Request) -> None:
        match request:
            case Request.STOP:
                self._stopping = True
            case Request.RELOAD:
                self._reload()
            case Request.SWEEP:
                self._sweep_all()

    def _watch_time(self) -> None:
        now, offset = self._clock.monotonic(), self._clock.offset()
        if abs(offset - self._offset) > JUMP_SECONDS:
            # The wall clock was set, or the machine slept: hints may be lost.
            self._log.info(LogEvent.CLOCK_JUMPED, seconds=round(offset - self._offset))
            self._sweep_all()
        self._offset = offset
        if now >= self._next_sweep:
            self._retry_refused()
            self._check_reader()
            self._parts.reap()
            self._sweep_all()
        elif self._service.polled and now >= self._next_poll:
            self._next_poll = now + POLL_SECONDS
            self._to_sweep.extend(self._service.polled.difference(self._to_sweep))

    def _sweep_all(self) -> None:
        self._to_sweep = deque(served.number for served in self._roster)
        self._plan_sweep()

    def _plan_sweep(self) -> None:
        now = self._clock.monotonic()
        self._next_sweep, self._next_poll = now + self._settings.watch.sweep_seconds, now + POLL_SECONDS

    def _sweep_some(self) -> None:
        for _ in range(min(SWEEP_SLICE, len(self._to_sweep))):
            served = self._roster.get(self._to_sweep.popleft())
            if served is not None:
                self._service.sweep(served)

    def _retry_refused(self) -> None:
        for wanted in tuple(self._roster.refused):
            served = self._roster.take(wanted, self._settings, self._watch)
            if served is not None:
                self._service.sweep(served)

    def _check_reader(self) -> None:
        if self._watch.alive():
            self._deaths = 0
        else:
            self._rebuild()

    def _rebuild(self) -> None:
        """The reader ended: get a new one and look at everything, for what happened meanwhile was told to nobody."""
        self._deaths += 1
        if self._deaths >= DEATHS:
            self._log.error(LogEvent.DAEMON_FAILED, why=f"the reader of directory events ended {DEATHS} times in a row")
            self._service.exit_status = BUG
            return
        self._log.warning(LogEvent.WATCH_REBUILT, deaths=self._deaths)
        self._replace_watch()

    def _replace_watch(self) -> None:
        fenced(self._watch.close)
        self._watch = self._parts.open_watch(self._settings.watch.backend, self._intake)
        for served in self._roster:
            served.watch_set.forget(self._watch)
        self._sweep_all()

    def _reload(self) -> None:
        self._parts.notifier.send("RELOADING=1", f"MONOTONIC_USEC={int(self._clock.monotonic() * 1_000_000)}")
        settings = fenced(self._parts.read_settings)
        if isinstance(settings, Settings):
            self._swap(settings)
        elif isinstance(settings, Fault):
            self._log.error(LogEvent.CONFIGURATION_REFUSED, why=settings.why, hint=settings.hint, instead="the old configuration stays")
        self._parts.notifier.send("READY=1")

    def _swap(self, settings: Settings) -> None:
        # 1. Everything was read; from here on nothing can be refused as a whole.
        before, self._settings, self._service.settings = self._settings, settings, settings
        wanted = set(settings.repositories)
        # 2. Repositories that are no longer wanted, each after its task.
        for served in self._roster:
            if served.wanted not in wanted:
                self._dismiss(served)
        for refused in tuple(self._roster.refused):
            if refused not in wanted:
                del self._roster.refused[refused]
        # 3. New ones, and a look at all.
        present = {served.wanted for served in self._roster if not served.leaving}
        for new in (each for each in settings.repositories if each not in present):
            self._roster.take(new, settings, self._watch)
        if settings.watch.backend is not before.watch.backend:
            self._replace_watch()
        self._sweep_all()
        facts = {**self._roster.counts(), **came_and_gone(before.repositories, settings.repositories)}
        self._log.info(LogEvent.CONFIGURATION_RELOADED, **facts)

    def _dismiss(self, served: Served) -> None:
        served.leaving = True
        self._service.polled.discard(served.number)
        if not self._service.turns.is_running(served.number):
            self._roster.leave(served)

    def _tell_service_manager(self) -> None:
        if self._service.status != self._told:
            self._told = self._service.status
            self._parts.notifier.send(f"STATUS={self._told}")
        seconds, now = self._parts.notifier.keepalive_seconds(), self._clock.monotonic()
        if seconds is not None and now >= self._next_keepalive:
            self._next_keepalive = now + seconds
            # Being here shows that the queue is served; the reader has to live too.
            if self._watch.alive():
                self._parts.notifier.send("WATCHDOG=1")

    def _end(self) -> int:
        """Let running tasks finish within the grace time; what does not is claimed in the journal and runs again at the next start."""
        self._parts.notifier.send("STOPPING=1")
        deadline = self._clock.monotonic() + self._parts.grace_seconds
        while self._service.turns.running and self._clock.monotonic() < deadline:
            for ended in self._intake.gather(deadline - self._clock.monotonic()).ended:
                self._service.conclude(ended)
        self._service.auditor.stopped = True
        if self._service.turns.running:
            self._log.warning(LogEvent.AUDIT_ABANDONED, audits=self._service.turns.running, instead="they run again at the next start")
        self._service.auditors.close(0.0 if self._service.turns.running else 1.0)
        self._service.leave_waiting()
        self._log.info(LogEvent.DAEMON_STOPPED, exit_status=self._service.exit_status)
        return self._service.exit_status
