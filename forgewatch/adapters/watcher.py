"""The choice of a watch backend: events where they can be trusted, the sweep everywhere else."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

from forgewatch.adapters.filesystems import deafness
from forgewatch.adapters.watcher_polling import NoWatch
from forgewatch.core.ports import DirectoryWatch, Spot, WatchSink
from forgewatch.core.settings import Backend

if sys.platform == "linux":
    from forgewatch.adapters.watcher_inotify import InotifyWatch as NativeWatch
    from forgewatch.adapters.watcher_inotify import reason_of
else:
    from forgewatch.adapters.watcher_observer import ObserverWatch as NativeWatch

    def reason_of(error: OSError) -> str:
        """Return why directories cannot be watched."""
        return f"cannot be watched: {error.strerror or error}"


class TrustingWatch:
    """`DirectoryWatch` that declines directories on file systems whose events do not reach us; device numbers remember the answer."""

    def __init__(self, inner: DirectoryWatch, why_deaf: Callable[[str], str] = deafness) -> None:
        self._inner = inner
        self._why_deaf = why_deaf
        self._answers: dict[int, str] = {}
        self.remove = inner.remove
        self.alive = inner.alive
        self.close = inner.close

    def add(self, spot: Spot, names: frozenset[str]) -> str:
        """Watch the directory unless its file system is deaf."""
        try:
            device = os.stat(spot.path).st_dev
        except OSError as error:
            return f"cannot be watched: {error.strerror}"
        if device not in self._answers:
            self._answers[device] = self._why_deaf(spot.path)
        return self._answers[device] or self._inner.add(spot, names)


def open_watch(backend: Backend, sink: WatchSink) -> DirectoryWatch:
    """Return the watch that the operator asked for. Never raises: without events there is still the sweep."""
    if backend is Backend.POLLING:
        return NoWatch("polling is configured")
    try:
        native = NativeWatch(sink)
    except OSError as error:
        return NoWatch(reason_of(error))
    return native if backend is Backend.INOTIFY else TrustingWatch(native)
