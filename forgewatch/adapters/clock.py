"""The clocks of this machine."""

from __future__ import annotations

import time


class SystemClock:
    """`WatchClock` over `time`. Deadlines use the monotonic clock; the wall clock is only written down."""

    def now(self) -> str:
        """Return UTC as `YYYY-MM-DDTHH:MM:SSZ`."""
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())

    def monotonic(self) -> float:
        """Return seconds that never go back and stand still while the machine is suspended."""
        return time.monotonic()

    def offset(self) -> float:
        """Return wall clock minus monotonic clock, in seconds."""
        return time.time() - time.monotonic()
