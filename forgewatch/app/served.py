"""One repository as the daemon serves it: its watch set, its documents, its state, its queue. Used by the main thread only."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from functools import partial

from forgewatch.app.desk import Desk
from forgewatch.app.durable import Outcome, Reviewed, answer_approvals, open_cycle, prepare, review, run_trigger
from forgewatch.app.halts import follow, is_to_be_observed, observe_halt
from forgewatch.app.observe import Observer, Reader, Sighting
from forgewatch.app.rewriting import Rewriting
from forgewatch.app.tenure import Tenure
from forgewatch.app.watch_set import GIT, WatchSet
from forgewatch.core.approval import TASK_LIMIT
from forgewatch.core.difflog import Announced
from forgewatch.core.errors import EnvironmentFault, RepositoryUnavailable
from forgewatch.core.limits import MIB
from forgewatch.core.places import TRACE
from forgewatch.core.ports import Directories, DirectoryWatch, Stamp
from forgewatch.core.settings import RepositorySettings, Settings
from forgewatch.core.transition import (
    QUIET_SECONDS,
    Action,
    OpenCycle,
    Rest,
    RunAudit,
    Task,
    WatchState,
    dispatch,
    put_back,
    recognise,
    remember,
    resume,
    step,
)
from forgewatch.core.values import CommitId, Digest, RepoPath

JOURNAL = "journal.jsonl"
_RESTORE = "restore it, or take it out of the configuration"

CAPTURED_LIMIT = 64 * MIB
"""Bytes of diff logs that one repository may have waiting. Above it the daemon does not look again before some are judged."""


class Errand(Enum):
    """What a repository may have to be done besides its queue."""

    REVIEW = auto()
    HEAD = auto()
    APPROVALS = auto()
    HALT = auto()


@dataclass(frozen=True, slots=True)
class Looked:
    """What a look changed: the state before, and what is to be done."""

    before: WatchState
    action: Action


class Served:
    """Raises from the constructor what the record raises: TamperDetected, EnvironmentFault."""

    def __init__(
        self, number: int, wanted: RepositorySettings, tenure: Tenure, settings: Settings, watch: DirectoryWatch, directories: Directories
    ) -> None:
        governed = tenure.governed
        self.number = number
        self.wanted = wanted
        self.tenure = tenure
        self.root = governed.root
        kept = (governed.folder, frozenset({JOURNAL}))
        self.watch_set = WatchSet(number, governed.root, governed.places, watch, directories, governed.head_places, kept)
        self.observer = Observer(governed.root, governed.places, governed.files, directories, settings.limits)
        self._reader = Reader()
        self.task: Task | None = None
        self.leaving = False
        self.not_before = self.halt_due = 0.0
        self.failures = 0
        self.rewriting = Rewriting()
        self.unpublished = ""
        self.unsealed = ""
        self.troubles: dict[str, str] = {}
        self._directories = directories
        self._captured: dict[Digest, bytes] = {}
        self._documents = {f"{self.root}/{path}": path for path in (governed.places.diff_log, governed.places.test_record)}
        self._workspace = f"{self.root}/{governed.places.evidence.split('/')[0]}"
        self._workspace_seen = False
        self._misnamed = f"{self.root}/{governed.places.legacy_diff_log}"
        self._misnamed_seen = False
        self._prepared = False
        self._approvals: Mapping[RepoPath, Stamp] = {}
        self._errands: set[Errand] = set()
        self._head: CommitId | str | None = "not looked at yet"
        self.errand: Errand | None = None
        self._resting: dict[RepoPath, float] = {}
        self._missed = False
        self._kept = (f"{governed.folder}/{JOURNAL}", f"{self.root}/{governed.places.ledger}")
        self._kept_stamps = self._stamps()
        self.damage = ""
        self.state = self._resume()

    def looks_up(self, hints: Mapping[str, bool]) -> bool:
        """True when the hints are about more than the two documents: then the watch set and the locks need a look too."""
        return any(path not in self._documents for path in hints)

    def arrange(self, at: float, hints: Mapping[str, bool]) -> float | None:
        """Look at everything but the documents: root, watch set, approvals. Raises RepositoryUnavailable without a root.

        Return the seconds after which approvals have to be looked at again, None when they need no further look.
        """
        self.watch_set.arm(hints)
        if not self.watch_set.is_there(self.root):
            raise RepositoryUnavailable("the root directory is missing", _RESTORE)
        if self._directories.stamp(f"{self.root}/{GIT}") is None:
            raise RepositoryUnavailable(
                "expected a git repository, found no .git any more", "restore it, or take it out of the configuration"
            )
        self._notice_head()
        return self._weigh_approvals(at, hints)

    def _notice_head(self) -> None:
        """Have HEAD followed when it moved since the last look, whoever moved it. One that cannot be read now is looked at next time."""
        with contextlib.suppress(EnvironmentFault):
            head = self.tenure.head()
            if head != self._head:
                self._head = head
                self._errands.add(Errand.HEAD)

    def mind_halt(self, at: float) -> None:
        """Have the tree looked at while work is halted (contract §10.4), unless the last look was too dear to be repeated yet."""
        if at >= self.halt_due and is_to_be_observed(self.tenure.governed.record.state()):
            self._errands.add(Errand.HALT)

    def workspace_vanished(self) -> bool:
        """True once each time the governance folder was there and is not any more."""
        there = self.watch_set.is_there(self._workspace)
        vanished = self._workspace_seen and not there
        self._workspace_seen = there
        return vanished

    def misnamed_appeared(self) -> bool:
        """True once each time a diff log under its older name is there and was not before (contract §11): it is not watched."""
        there = self._directories.stamp(self._misnamed) is not None
        appeared = there and not self._misnamed_seen
        self._misnamed_seen = there
        return appeared

    def look(self, at: float, hints: Mapping[str, bool], *, again: bool) -> Looked:
        """Read the documents where they may have changed, and take the step that follows."""
        before = self.state
        if self._full:
            self._missed = True
            return Looked(before, Rest())
        hinted = [path for place, path in self._documents.items() if place in hints]
        closed: Collection[RepoPath] = [path for place, path in self._documents.items() if hints.get(place)]
        # Until the step is taken this look counts as missed: when something raises in between, the next one reads whatever it finds.
        again, self._missed = again or self._missed, True
        looked = self._take(before, self.observer.look(at, hinted=hinted, closed=closed, again=again))
        self._missed = False
        return looked

    def _take(self, before: WatchState, sighting: Sighting | None) -> Looked:
        if sighting is None:
            return Looked(before, Rest())
        known = recognise(before, sighting.document, sighting.record) if sighting.document else None
        if known is not None:
            self.state = known
            return Looked(before, Rest())
        observation = self._reader.observation(sighting)
        self.state, action = step(before, observation)
        if isinstance(action, RunAudit | OpenCycle) and isinstance(sighting.log, bytes):
            self._captured[_document_of(action)] = sighting.log
        return Looked(before, action)

    @property
    def reading(self) -> Announced:
        """The diff log as it was read last."""
        return self._reader.reading

    @property
    def waits(self) -> bool:
        """True when there is something to be done by an auditor."""
        return not self._prepared or bool(self.state.queue) or bool(self._errands)

    @property
    def missed(self) -> bool:
        """True when a look was put off because too much waited, and it no longer does."""
        return self._missed and not self._full

    @property
    def _full(self) -> bool:
        return self.state.full or sum(map(len, self._captured.values())) >= CAPTURED_LIMIT

    def next_job(self, desk: Desk) -> Callable[[], Outcome] | None:
        """Take the next thing to be done: first the claims of a crash, then the queue in its order, then the errands."""
        if not self._prepared:
            return partial(prepare, desk, self.tenure.head)
        self.state, self.task = dispatch(self.state)
        match self.task:
            case OpenCycle() as task:
                return partial(open_cycle, desk, task, self._captured[task.document])
            case RunAudit(trigger=trigger):
                return partial(run_trigger, desk, trigger, self._captured[trigger.document])
        self.errand = min(self._errands, key=lambda errand: errand.value, default=None)
        match self.errand:
            case None:
                return None
            case Errand.REVIEW:
                job: Callable[[], Outcome] = partial(review, desk)
            case Errand.HEAD:
                job = partial(follow, desk)
            case Errand.APPROVALS:
                job = partial(answer_approvals, desk, self.tenure.head, tuple(self._approvals.keys() - self._resting.keys()))
            case Errand.HALT:
                job = partial(observe_halt, desk)
        self._errands.discard(self.errand)
        return job

    def succeed(self) -> None:
        """The job is recorded."""
        self.failures, self.not_before = 0, 0.0
        if self.task is None:
            self._prepared = True
        self.task = self.errand = None
        needed = set(map(_document_of, self.state.queue))
        self._captured = {digest: raw for digest, raw in self._captured.items() if digest in needed}

    @property
    def captured(self) -> Mapping[Digest, bytes]:
        """The bytes of the diff logs that wait, by their digest."""
        return self._captured

    def fail(self, not_before: float) -> None:
        """The job could not be recorded: it is due again, not before that time."""
        self.failures += 1
        self.not_before = not_before
        if self.task is not None:
            self.state, self.task = put_back(self.state, self.task), None
        elif self.errand is not None:
            self._errands.add(self.errand)
            self.errand = None

    def renumber(self) -> None:
        """The journal counts cycles otherwise than we do: begin again from what it says. The documents are looked at anew."""
        self.state = self._resume()
        self._missed = True

    def notice_record(self, *, due: bool = False) -> None:
        """Have journal and ledger reviewed when either changed: others write there too. `due`: in any case."""
        stamps = self._stamps()
        if due or stamps != self._kept_stamps:
            self._kept_stamps = stamps
            self._errands.add(Errand.REVIEW)

    def remember(self, reviewed: Reviewed) -> None:
        """Take over what commands recorded meanwhile: an operator who restores the ledger makes refused triggers due again."""
        remembered = remember(self.state, reviewed.triggers)
        if remembered.known != self.state.known:
            self.state, self._missed = remembered, True

    def _stamps(self) -> tuple[Stamp | None, ...]:
        return tuple(map(self._directories.stamp, self._kept))

    def _resume(self) -> WatchState:
        record = self.tenure.governed.record.state()
        return resume(record.cycle, record.cycle_document, record.settled.union(record.pending))

    def _weigh_approvals(self, at: float, hints: Mapping[str, bool]) -> float | None:
        """Approval files are answered when their writer closed them or when they have rested: half a token is no token."""
        found = self._find_approvals()
        changed = [path for path, stamp in found.items() if self._approvals.get(path) != stamp]
        self._approvals = found
        self._resting = {path: since for path, since in self._resting.items() if path in found} | dict.fromkeys(changed, at)
        rested = [path for path, since in self._resting.items() if hints.get(f"{self.root}/{path}") or at >= since + QUIET_SECONDS]
        for path in rested:
            del self._resting[path]
        if rested:
            self._errands.add(Errand.APPROVALS)
        return QUIET_SECONDS if self._resting else None

    def _find_approvals(self) -> dict[RepoPath, Stamp]:
        """Return the approval files that are there: AUTHORIZED, APPROVED of every task, the tasks' folder for those beyond the limit."""
        trace = f"{self.root}/{TRACE}"
        tasks = self._directories.folders(trace, TASK_LIMIT + 1) if self.watch_set.is_there(trace) else ()
        paths = [self.tenure.governed.places.authorized, *(RepoPath(f"{TRACE}/{task}/contract/APPROVED") for task in tasks[:TASK_LIMIT])]
        paths += [TRACE] if len(tasks) > TASK_LIMIT else []
        found = ((path, self._directories.stamp(f"{self.root}/{path}")) for path in paths)
        return {path: stamp for path, stamp in found if stamp is not None}


def _document_of(task: Task) -> Digest:
    return task.trigger.document if isinstance(task, RunAudit) else task.document
