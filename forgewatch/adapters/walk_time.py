"""Time stamps of the file system against the clock: may a stamp be from now, or is it surely older?

A stamp is the kernel's coarse clock, cut to what the file system can store: nanoseconds, ten milliseconds, or two seconds.
"""

from __future__ import annotations

import time

TICK_NS = 20_000_000
"""Longer than the kernel's clock stands still (4 or 10 ms)."""

WAIT_NS = 2_100_000_000

_COARSE = 5
_SECOND = 1_000_000_000
_CUT = 1_000


def coarse_now() -> int:
    """Return the time in nanoseconds that a change would carry now, or a little less."""
    return time.clock_gettime_ns(_COARSE)


def stamp_end(stamp: int) -> int:
    """Return the last moment of which a change may carry this stamp."""
    if stamp % _SECOND == 0:
        return stamp + 2 * _SECOND
    return stamp + (10_000_000 if stamp % 10_000_000 == 0 else _CUT)


def may_be_from(stamp: int, began: int, now: int) -> bool:
    """True when what carries this stamp may have changed since `began`. A stamp of the future is of a clock that was set back."""
    return stamp + 2 * _SECOND >= began and stamp_end(stamp) >= began and stamp <= now
