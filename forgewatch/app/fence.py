"""What a piece of work for one repository gave: its value, or the fault that kept it from one."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from dataclasses import dataclass

from forgewatch.core.errors import ForgewatchError, TamperDetected


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """`why` and `hint` are facts. `trace` is empty for what we know can happen; otherwise it is a bug, with its lines. `tampered`: someone
    changed what only we write."""

    why: str
    hint: str = ""
    exit_status: int = 70
    tampered: bool = False
    trace: tuple[str, ...] = ()

    def facts(self) -> dict[str, object]:
        """Return what a log line says of it: hint and trace only where there are any."""
        told: dict[str, object] = {"why": self.why}
        if self.hint:
            told["hint"] = self.hint
        if self.trace:
            told["trace"] = self.trace
        return told


Fence = Callable[[Callable[[], object]], object]
"""Do the work and return its value or a Fault; never raises an Exception."""


def fault_of(error: Exception) -> Fault:
    """Return what is known of an exception."""
    if isinstance(error, ForgewatchError):
        return Fault(why=str(error), hint=error.hint, exit_status=error.exit_status, tampered=isinstance(error, TamperDetected))
    lines = "".join(traceback.format_exception(error)).splitlines()
    return Fault(why=f"{type(error).__name__}: {error}", hint="this is a bug in forgewatch", trace=tuple(lines[-40:]))
