"""Serving the repositories of a roster: looking, following what a look asks for, starting tasks, taking in how they ended.

Everything that may go wrong for one repository is fenced: it is marked unavailable, said once, tried again, and the others are served.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

from forgewatch.app.auditing import Governed
from forgewatch.app.auditors import THREADS, Auditors
from forgewatch.app.chronicle import FIRST_CYCLE, Announce, tell_authority, tell_concluded, tell_condition, tell_damage, tell_once
from forgewatch.app.desk import Desk
from forgewatch.app.durable import Answered, Concluded, Opened, Prepared, Reviewed, StoppableAuditor, leave_waiting
from forgewatch.app.fairness import Turns
from forgewatch.app.fence import Fault, Fence
from forgewatch.app.halts import Followed
from forgewatch.app.intake import Ended, Intake
from forgewatch.app.roster import Roster
from forgewatch.app.served import Looked, Served
from forgewatch.app.timers import Due, Timers
from forgewatch.core.errors import ReadOnlyRoot
from forgewatch.core.events import AuditRecorded, Recorded
from forgewatch.core.log_events import LogEvent
from forgewatch.core.ports import EventLog, WatchClock
from forgewatch.core.settings import Backend, Settings
from forgewatch.core.transition import OpenCycle, Retry, RunAudit

FIRST_PAUSE, LONGEST_PAUSE = 2.0, 60.0
"""Seconds before a task that could not be recorded is tried again; doubled each time."""

LOST_PAUSE = 1.0
"""Seconds to the next look at a repository that could not be looked at."""

_NO_HINTS: Mapping[str, bool] = {}


@dataclass(slots=True, kw_only=True)
class Service:
    """Used by the main thread only. `exit_status` is set when the process has to end; `news` is the last result in one line.
    `begun` once everything was looked at for the first time; `read_only` are the repositories that could not be written even then."""

    roster: Roster
    intake: Intake
    auditor: StoppableAuditor
    clock: WatchClock
    log: EventLog
    announce: Announce
    fence: Fence
    settings: Settings
    thread_began: Callable[[], None]
    auditors: Auditors = field(init=False)
    turns: Turns = field(default_factory=lambda: Turns(THREADS))
    timers: Timers = field(default_factory=Timers)
    polled: set[int] = field(default_factory=set)
    news: str = ""
    exit_status: int = 0
    begun: bool = False
    read_only: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.auditors = Auditors(self.intake, self.thread_began)

    @property
    def status(self) -> str:
        """The last result, before the first one what is served."""
        count = len(self.roster)
        return self.news or f"watching {count} {'repository' if count == 1 else 'repositories'}"

    def begin(self) -> None:
        """Look at everything for the first time."""
        for served in self.roster:
            self.sweep(served)
        self.begun = True

    def hint(self, served: Served, hints: Mapping[str, bool]) -> None:
        """Follow hints: a look at the documents, and at everything else when the hints are about that."""
        self._fenced_look(served, hints, thorough=served.looks_up(hints), again=False)

    def sweep(self, served: Served) -> None:
        """Look at everything, whatever was hinted."""
        self._fenced_look(served, _NO_HINTS, thorough=True, again=False)

    def follow_timers(self) -> None:
        """Do what is due by now."""
        while (due := self.timers.pop(self.clock.monotonic())) is not None:
            served = self.roster.get(due[0])
            if served is None:
                continue
            if due[1] is Due.TASK:
                self.turns.ask(served.number)
            else:
                self._fenced_look(served, _NO_HINTS, thorough=due[1] is Due.ALL, again=due[1] is Due.SETTLE)

    def dispatch(self) -> None:
        """Start tasks as long as there are turns."""
        while (number := self.turns.take()) is not None:
            served = self.roster.get(number)
            job = self._job_of(served) if served is not None else None
            if served is None or job is None:
                self.turns.done(number)
                continue
            self._tell_dispatch(served)
            self.auditors.start(number, partial(self.fence, job), self.turns.running)

    def conclude(self, ended: Ended) -> None:
        """Take in how a task ended: say it, and ask for the next turn."""
        self.turns.done(ended.repository)
        served = self.roster.get(ended.repository)
        if served is None:
            return
        outcome = ended.outcome
        unjudged = outcome.unjudged if isinstance(outcome, Concluded | Prepared) else None
        if isinstance(outcome, Fault):
            self._fail(served, outcome)
        elif unjudged is not None:
            self._put_off(served, outcome, unjudged)
        else:
            self._succeed(served, outcome)
        if served.leaving:
            self.roster.leave(served)
        elif served.waits and not served.failures:
            self.turns.ask(served.number)
        if served.missed:
            self._fenced_look(served, _NO_HINTS, thorough=False, again=True)

    def leave_waiting(self) -> None:
        """Record what waits in the queues, at the end of the daemon. What cannot be recorded is told: a disk may be full, or away."""
        for served in self.roster:
            outcome = self.fence(partial(leave_waiting, served.tenure.governed, served.state.queue, served.captured))
            if isinstance(outcome, Fault):
                self.log.warning(LogEvent.AUDIT_ABANDONED, repository=served.root, audits=len(served.state.queue), why=outcome.why)

    def _job_of(self, served: Served) -> Callable[[], object] | None:
        if served.leaving or self.clock.monotonic() < served.not_before:
            return None
        governed = served.tenure.governed
        return served.next_job(Desk(governed=governed, settings=self.settings, auditor=self.auditor, clock=self.clock))

    def _fenced_look(self, served: Served, hints: Mapping[str, bool], *, thorough: bool, again: bool) -> None:
        outcome = self.fence(lambda: self._look(served, hints, thorough=thorough, again=again))
        if isinstance(outcome, Fault):
            # The root may go now, and our lock holds it open: then the kernel will never say so.
            self.timers.set(served.number, Due.ALL, self.clock.monotonic() + LOST_PAUSE)
            self._unavailable(served, "look", outcome)
        elif thorough:
            self._available(served, "look")

    def _look(self, served: Served, hints: Mapping[str, bool], *, thorough: bool, again: bool) -> None:
        # 1. Watches before looks: what happens after this line is hinted.
        if thorough:
            self._arrange(served, hints)
        # 2. The documents.
        looked = served.look(self.clock.monotonic(), hints, again=again)
        # 3. What follows from them.
        self._follow(served, looked)

    def _arrange(self, served: Served, hints: Mapping[str, bool]) -> None:
        refusal, now = served.watch_set.refusal, self.clock.monotonic()
        try:
            again = served.arrange(now, hints)
        finally:
            self._tell_refusal(served, refusal)
        if again is not None:
            self.timers.set(served.number, Due.ALL, now + again)
        if served.workspace_vanished():
            self.log.warning(LogEvent.WORKSPACE_GONE, repository=served.root)
        if served.misnamed_appeared():
            places = served.tenure.governed.places
            self.log.warning(
                LogEvent.DIFFLOG_MISNAMED, repository=served.root, found=places.legacy_diff_log, expected=places.diff_log, read="no"
            )
        self._tend(served)
        served.mind_halt(now)
        served.notice_record(due=bool(served.tenure.governed.record.unpublished))

    def _tend(self, served: Served) -> None:
        now = self.clock.monotonic()
        if now < served.rewriting.due:
            self.timers.set(served.number, Due.ALL, served.rewriting.due)
            return
        try:
            why = served.tenure.guard.tend()
        except ReadOnlyRoot as error:
            self._leave_the_sandbox(served, error)
            raise
        self.read_only.discard(served.number)
        if why:
            served.rewriting = served.rewriting.after(now)
            self.log.warning(LogEvent.LOCK_REWRITTEN, repository=served.root, why=why)

    def _leave_the_sandbox(self, served: Served, error: ReadOnlyRoot) -> None:
        """End the process, for the service manager to build the sandbox anew, unless the sandbox was just built and gave the same: then
        a new start gives it again, and the others would be served by a daemon that starts and ends for ever."""
        if not self.begun:
            self.read_only.add(served.number)
        elif served.number not in self.read_only:
            self.exit_status = error.exit_status

    def _follow(self, served: Served, looked: Looked) -> None:
        tell_condition(self.log, served.root, looked.before, served.state, served.reading)
        if isinstance(looked.action, Retry):
            self.timers.set(served.number, Due.SETTLE, self.clock.monotonic() + looked.action.after)
        elif served.state.settling is None:
            self.timers.cancel(served.number, Due.SETTLE)
        if isinstance(looked.action, OpenCycle | RunAudit):
            # Somebody did something: that is worth a try at once, whatever failed before.
            served.not_before = 0.0
        if served.waits and (not served.failures or not served.not_before):
            self.turns.ask(served.number)

    def _tell_refusal(self, served: Served, before: str) -> None:
        why = served.watch_set.refusal
        if why:
            self.polled.add(served.number)
        else:
            self.polled.discard(served.number)
        if why and why != before:
            say = self.log.info if self.settings.watch.backend is Backend.POLLING else self.log.warning
            say(LogEvent.WATCH_DEGRADED, repository=served.root, why=why, instead="looked at every second")

    def _tell_dispatch(self, served: Served) -> None:
        task = served.task
        if isinstance(task, RunAudit):
            self.log.info(LogEvent.AUDIT_DISPATCHED, repository=served.root, cycle=task.trigger.cycle, document=task.trigger.document)

    def _succeed(self, served: Served, outcome: object) -> None:
        task = served.task
        served.succeed()
        self._available(served, "task")
        governed = served.tenure.governed
        match outcome:
            case Concluded():
                self._tell(governed, outcome)
            case Prepared(first_cycle=first_cycle):
                if first_cycle:
                    self.log.info(LogEvent.LEDGER_BEGUN, repository=served.root, note=FIRST_CYCLE)
                for one in outcome.concluded:
                    self._tell(governed, one)
            case Answered(recorded=told):
                self._tell_authority(served.root, told)
            case Followed(recorded=told, rest=rest):
                served.halt_due = self.clock.monotonic() + rest
                self._tell_authority(served.root, told)
            case Opened(cycle=cycle, phase=phase, told=told):
                self.log.info(LogEvent.CYCLE_OPENED, repository=served.root, cycle=cycle, phase=phase)
                self._tell_authority(served.root, told)
                if isinstance(task, OpenCycle) and task.cycle != cycle:
                    served.renumber()
            case Reviewed(deviation=deviation):
                served.remember(outcome)
                served.damage = tell_damage(self.log, served.root, served.damage, deviation)
        self._tell_unpublished(served)

    def _put_off(self, served: Served, outcome: object, unjudged: AuditRecorded) -> None:
        """The machine kept us from a verdict: an entry says so once, and it is asked again until there is one or the document moves on."""
        for one in outcome.concluded if isinstance(outcome, Prepared) else (outcome,):
            if isinstance(one, Concluded) and one.result != "repeat":
                self._tell(served.tenure.governed, one)
        self._tell_unpublished(served)
        self._fail(served, Fault(why=unjudged.why, hint=unjudged.hint))

    def _tell(self, governed: Governed, concluded: Concluded) -> None:
        self._tell_authority(governed.root, concluded.told)
        # The entry is durable; a terminal that cannot show it must not make the audit run again.
        told = self.fence(lambda: tell_concluded(self.log, governed, concluded, self.announce))
        if isinstance(told, Fault):
            self.log.error(LogEvent.DAEMON_FAILED, repository=governed.root, why=told.why, trace=told.trace)
        elif isinstance(told, str) and told:
            self.news = told

    def _tell_authority(self, root: str, told: tuple[Recorded, ...]) -> None:
        self.news = "".join([tell_authority(self.log, root, recorded) for recorded in told][-1:]) or self.news

    def _tell_unpublished(self, served: Served) -> None:
        governed = served.tenure.governed
        say = partial(tell_once, self.log, served.root)
        served.unpublished = say(LogEvent.LEDGER_UNPUBLISHED, governed.record.unpublished, served.unpublished)
        served.unsealed = say(LogEvent.LEDGER_UNSEALED, governed.unsealed(), served.unsealed)

    def _fail(self, served: Served, fault: Fault) -> None:
        pause = min(FIRST_PAUSE * 2.0**served.failures, LONGEST_PAUSE)
        served.fail(self.clock.monotonic() + pause)
        self.timers.set(served.number, Due.TASK, served.not_before)
        self._unavailable(served, "task", fault)

    def _unavailable(self, served: Served, source: str, fault: Fault) -> None:
        if served.troubles.get(source) != fault.why:
            say = self.log.error if fault.trace or fault.tampered else self.log.warning
            say(LogEvent.REPOSITORY_UNAVAILABLE, repository=served.root, **fault.facts())
        served.troubles[source] = fault.why

    def _available(self, served: Served, source: str) -> None:
        if served.troubles.pop(source, None) is not None and not served.troubles:
            self.log.info(LogEvent.REPOSITORY_AVAILABLE, repository=served.root)
