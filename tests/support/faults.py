"""Real objects behind a port that fails once: at the n-th call it raises, or gives back less or other than it found."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from forgewatch.core.errors import GitFailed, LedgerUnwritable, Unstable
from forgewatch.core.snapshot import Ancestry, History, PathTable
from forgewatch.core.survey import Survey
from forgewatch.core.values import CommitId

OTHER = CommitId("0" * 39 + "1")

OSERRORS = ("EIO", "ENOSPC", "EACCES", "EMFILE", "EINTR")
RAISED: dict[str, Callable[[], BaseException]] = {
    **{name: lambda name=name: OSError(getattr(errno, name), os.strerror(getattr(errno, name))) for name in OSERRORS},  # type: ignore[misc]
    "GitFailed": lambda: GitFailed("git ended"),
    "Unstable": lambda: Unstable("it moved"),
    "MemoryError": MemoryError,
    "LedgerUnwritable": lambda: LedgerUnwritable("no space"),
}
SPOILED = ("short", "garbage")
KINDS = (*RAISED, *SPOILED)


@dataclass
class Plan:
    """Which call of which port fails, and how. `call` counts from 1; 0 lets every call through. `calls` are those of the port so far.

    `happened` names the method that failed: a value that has no parts to lose comes back whole, and then nothing happened.
    """

    port: str
    call: int
    kind: str
    calls: int = 0
    happened: str = ""

    def wrap(self, port: str, real: Any) -> Any:
        """Return the object behind a port that fails as planned; the object itself for another port."""
        return Failing(real, self) if port == self.port else real


class Failing:
    """Any port: every method goes through to the real object, except at the planned call."""

    def __init__(self, real: Any, plan: Plan) -> None:
        self._real = real
        self._plan = plan

    def __getattr__(self, name: str) -> Any:
        real, plan = getattr(self._real, name), self._plan

        def call(*args: Any, **named: Any) -> Any:
            plan.calls += 1
            if plan.calls != plan.call:
                return real(*args, **named)
            if plan.kind in RAISED:
                plan.happened = name
                raise RAISED[plan.kind]()
            whole = real(*args, **named)
            less = spoiled(whole, plan.kind)
            plan.happened = name if less is not whole and less != whole else ""
            return less

        return call


def spoiled(value: Any, kind: str) -> Any:
    """Return less than what was read, or something else of its type; what has no parts to lose comes back whole.

    A survey becomes one that saw no change, or one of another HEAD; a history one that broke off, or one of another HEAD. A survey that
    lacks only a change which nobody claimed, and a history that lacks a commit, are what less work looks like: no judge can tell, so the
    adapters themselves are held to models and to git (test_survey_model.py, test_history.py).
    """
    match value:
        case Survey():
            nothing = replace(value, changes=(), paths=PathTable(value.paths.base, {}))
            return nothing if kind == "short" else replace(value, head=OTHER)
        case History():
            return replace(value, ancestry=Ancestry.UNRESOLVABLE, commits=()) if kind == "short" else replace(value, head=OTHER)
        case bytes():
            return value[: len(value) // 2] if kind == "short" else b"\xffgarbage\0" + value[:3]
        case str():
            return value[: len(value) // 2] if kind == "short" else "garbage"
        case float():
            return value - 1000.0 if kind == "short" else float("-1e9")
        case int() if not isinstance(value, bool):
            return value // 2 if kind == "short" else 10**9
        case dict() | None:
            return {"is": "Garbage"} if kind == "garbage" else value
        case list() | tuple() if type(value) in (list, tuple):
            return value[: len(value) // 2]
        case _:
            return value
