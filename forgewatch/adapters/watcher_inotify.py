"""Directory watches on Linux: one inotify descriptor, one thread, our own mask, overflow visible (watching.md, Watch set).

`watchdog.observers.inotify_c` is semi-internal: `tests/adapters/test_watcher.py` asserts everything used here.
"""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Callable, Mapping
from functools import reduce
from operator import or_

from watchdog.observers.inotify_c import CallbackId, InotifyConstants, InotifyEvent, InotifyFD, Mask, WatchDescriptor

from forgewatch.adapters.signals import leave_signals_to_main_thread
from forgewatch.core.ports import Spot, WatchSink

MASK = Mask(
    reduce(
        or_,
        (
            InotifyConstants.IN_CLOSE_WRITE,
            InotifyConstants.IN_MOVED_TO,
            InotifyConstants.IN_MOVED_FROM,
            InotifyConstants.IN_CREATE,
            InotifyConstants.IN_DELETE,
            InotifyConstants.IN_DELETE_SELF,
            InotifyConstants.IN_MOVE_SELF,
            InotifyConstants.IN_ONLYDIR,
            InotifyConstants.IN_DONT_FOLLOW,
        ),
    )
)
_CLOSED = InotifyConstants.IN_CLOSE_WRITE | InotifyConstants.IN_MOVED_TO
_REASONS: Mapping[int, str] = {
    errno.ENOSPC: "inotify watches are used up: raise the sysctl fs.inotify.max_user_watches",
    errno.EMFILE: "inotify instances are used up: raise the sysctl fs.inotify.max_user_instances",
    errno.EACCES: "no permission to watch this directory",
}


class InotifyWatch:
    """`DirectoryWatch` over one InotifyFD. Raises OSError from the constructor only (no instance to be had)."""

    def __init__(self, sink: WatchSink) -> None:
        self._sink = sink
        self._held: dict[Spot, WatchDescriptor] = {}
        self._ids: dict[Spot, CallbackId] = {}
        self._next = 0
        self._reader = _Reader(sink.died)
        self._reader.start()

    def add(self, spot: Spot, names: frozenset[str]) -> str:
        """Watch a directory; the name filter is applied in the reader, so that a busy directory wakes nobody."""
        self.remove(spot)
        self._next += 1
        number = CallbackId(self._next)
        callback = _Callback(spot, names, self._sink, self._forget)
        try:
            descriptor = self._reader.add_callback(os.fsencode(spot.path), MASK, callback, number)
        except OSError as error:
            return reason_of(error)
        if descriptor == -1:
            # The library does not raise on EACCES; it files the callback under a descriptor that never reports.
            self._reader.remove_callbacks([(descriptor, number)])
            return reason_of(PermissionError(errno.EACCES, "permission denied"))
        self._held[spot], self._ids[spot] = descriptor, number
        return ""

    def remove(self, spot: Spot) -> None:
        """End a watch. The kernel may have ended it before us."""
        descriptor, number = self._held.pop(spot, None), self._ids.pop(spot, None)
        if descriptor is not None and number is not None:
            self._reader.remove_callbacks([(descriptor, number)])

    def alive(self) -> bool:
        """True while the reader thread runs."""
        return self._reader.is_alive()

    def close(self) -> None:
        """Stop the reader and free the descriptor."""
        self._held.clear()
        self._ids.clear()
        self._reader.stop()
        if self._reader is not threading.current_thread():
            self._reader.join(2.0)

    def _forget(self, spot: Spot, descriptor: WatchDescriptor) -> None:
        # Called by the reader when the kernel dropped the watch; a newer watch of the same spot stays.
        if self._held.get(spot) == descriptor:
            self._held.pop(spot, None)
            self._ids.pop(spot, None)


def reason_of(error: OSError) -> str:
    """Return why a directory cannot be watched, with the sysctl that helps."""
    return _REASONS.get(error.errno or 0, f"cannot be watched: {error.strerror or error}")


class _Reader(InotifyFD):
    """The library's reader, with a cry when it ends for whatever reason: a deaf process must not look alive."""

    def __init__(self, died: Callable[[], None]) -> None:
        super().__init__()
        self.name = "forgewatch-reader"
        self._died = died
        # The library opens it inheritable; a worker must not get it.
        os.set_inheritable(self._inotify_fd, False)

    def run(self) -> None:
        leave_signals_to_main_thread()
        try:
            super().run()
        finally:
            if self.should_keep_running():
                self._died()


class _Callback:
    """What the reader calls for one spot: filter, note, return. Nothing in here can raise."""

    __slots__ = ("_forget", "_names", "_sink", "_spot")

    def __init__(self, spot: Spot, names: frozenset[str], sink: WatchSink, forget: Callable[[Spot, WatchDescriptor], None]) -> None:
        self._spot = spot
        self._names = names
        self._sink = sink
        self._forget = forget

    def on_event(self, event: InotifyEvent) -> None:
        name = os.fsdecode(event.name)
        if not name or not self._names or name in self._names:
            self._sink.stirred(self._spot, name, bool(event.mask & _CLOSED))

    def on_watch_deleted(self, wd: WatchDescriptor) -> None:
        self._forget(self._spot, wd)
        self._sink.stirred(self._spot, "", False)

    def on_queue_overflow(self) -> None:
        self._sink.overflowed()
