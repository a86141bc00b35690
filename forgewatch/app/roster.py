"""Which repositories are served: taking them, giving them back, and trying again those that could not be taken."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import count

from forgewatch.app.fence import Fault, Fence
from forgewatch.app.served import Served
from forgewatch.app.tenure import Occupy, Tenure
from forgewatch.core.errors import AlreadyRunning
from forgewatch.core.log_events import LogEvent
from forgewatch.core.ports import Directories, DirectoryWatch, EventLog
from forgewatch.core.settings import RepositorySettings, Settings

NAMED = 10
"""Repositories that one log line names; the others are counted, for a line about five hundred is read by nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A repository that could not be taken. `held`: another instance serves it."""

    why: str
    held: bool


class Roster:
    """The repositories of the configuration: served ones by number, and those that are tried again."""

    def __init__(self, occupy: Occupy, directories: Directories, log: EventLog, fence: Fence) -> None:
        self._occupy = occupy
        self._directories = directories
        self._log = log
        self._fence = fence
        self._numbers = count(1)
        self._served: dict[int, Served] = {}
        self.refused: dict[RepositorySettings, Refusal] = {}

    def __iter__(self) -> Iterator[Served]:
        return iter(tuple(self._served.values()))

    def __len__(self) -> int:
        return len(self._served)

    def get(self, number: int) -> Served | None:
        """Return a served repository; hints may come for one that is not any more."""
        return self._served.get(number)

    def counts(self) -> dict[str, int]:
        """Return how many are served and how many are refused, as facts of a log line."""
        return {"repositories": len(self), "refused": len(self.refused)}

    def served(self) -> list[str]:
        """Return the roots that are served, as a log line names them."""
        return named(served.root for served in self)

    def take_all(self, settings: Settings, watch: DirectoryWatch) -> str:
        """Take every repository. When other instances serve all of them, return which and who, and log nothing; else return nothing."""
        taken = [(wanted, self._take(wanted, settings, watch)) for wanted in settings.repositories]
        held = [f"{wanted.path}: {got.why}" for wanted, got in taken if isinstance(got, Fault) and _is_held(got)]
        if held and len(held) == len(taken):
            return held[0] + (f"; and {len(held) - 1} more are served elsewhere" if len(held) > 1 else "")
        for wanted, got in taken:
            if isinstance(got, Fault):
                self._refuse(wanted, got)
        return ""

    def take(self, wanted: RepositorySettings, settings: Settings, watch: DirectoryWatch) -> Served | None:
        """Take the locks of a repository and serve it; None when that is refused, which is said once for each reason."""
        got = self._take(wanted, settings, watch)
        if isinstance(got, Fault):
            self._refuse(wanted, got)
            return None
        return got

    def _take(self, wanted: RepositorySettings, settings: Settings, watch: DirectoryWatch) -> Served | Fault:
        tenure = self._fence(lambda: self._occupy(wanted, settings))
        if not isinstance(tenure, Tenure):
            return _fault(tenure)
        number = next(self._numbers)
        served = self._fence(lambda: Served(number, wanted, tenure, settings, watch, self._directories))
        if not isinstance(served, Served):
            tenure.guard.release()
            return _fault(served)
        for event, fact in tenure.notes:
            self._log.warning(event, repository=served.root, why=fact)
        if self.refused.pop(wanted, None) is not None:
            self._log.info(LogEvent.REPOSITORY_AVAILABLE, repository=wanted.path)
        self._served[number] = served
        return served

    def leave(self, served: Served) -> None:
        """Stop watching, and give the locks back."""
        self._served.pop(served.number, None)
        served.watch_set.disarm()
        self._fence(served.tenure.guard.release)

    def _refuse(self, wanted: RepositorySettings, fault: Fault) -> None:
        refusal = Refusal(why=fault.why, held=_is_held(fault))
        if self.refused.get(wanted) != refusal:
            event = LogEvent.REPOSITORY_HELD if refusal.held else LogEvent.REPOSITORY_UNAVAILABLE
            self._log.warning(event, repository=wanted.path, **fault.facts())
        self.refused[wanted] = refusal


def _fault(outcome: object) -> Fault:
    if not isinstance(outcome, Fault):
        raise TypeError(f"expected a fault, found {type(outcome).__name__}")
    return outcome


def _is_held(fault: Fault) -> bool:
    return fault.exit_status == AlreadyRunning.exit_status


def named(paths: Iterable[str]) -> list[str]:
    """Return the first `NAMED` paths and, as the last item, how many more there are."""
    every = list(paths)
    rest = len(every) - NAMED
    return [*every[:NAMED], f"and {rest} more"] if rest > 0 else every


def came_and_gone(before: Iterable[RepositorySettings], after: Iterable[RepositorySettings]) -> dict[str, list[str]]:
    """Return which repositories a new configuration brings and which it takes away; one with another layout is both."""
    old, new = dict.fromkeys(before), dict.fromkeys(after)
    return {"came": named(each.path for each in new if each not in old), "gone": named(each.path for each in old if each not in new)}
