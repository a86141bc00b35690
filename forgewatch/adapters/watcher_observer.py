"""Directory watches where there is no inotify: watchdog's own observer, one watch per directory, shared by all who wait in it."""

from __future__ import annotations

import os
from collections.abc import Mapping

from watchdog.events import (
    DirCreatedEvent,
    DirDeletedEvent,
    DirMovedEvent,
    FileClosedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver, ObservedWatch

from forgewatch.core.ports import Spot, WatchSink

FILTER: list[type[FileSystemEvent]] = [
    DirCreatedEvent,
    DirDeletedEvent,
    DirMovedEvent,
    FileClosedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileModifiedEvent,
    FileMovedEvent,
]


class ObserverWatch:
    """`DirectoryWatch` over watchdog's Observer. A directory has one watch with one filter; names are filtered here, per spot."""

    def __init__(self, sink: WatchSink) -> None:
        self._sink = sink
        self._observer: BaseObserver = Observer()
        self._watches: dict[str, ObservedWatch] = {}
        self._spots: dict[str, dict[Spot, frozenset[str]]] = {}
        self._observer.start()

    def add(self, spot: Spot, names: frozenset[str]) -> str:
        """Watch a directory. A re-created one needs a new watch, so the old one is always dropped first."""
        others = {other: kept for other, kept in self._spots.get(spot.path, {}).items() if other != spot}
        self._drop(spot.path)
        wanted: Mapping[Spot, frozenset[str]] = {**others, spot: names}
        try:
            watch = self._observer.schedule(_Handler(spot.path, wanted, self._sink), spot.path, recursive=False, event_filter=FILTER)
        except OSError as error:
            return f"cannot be watched: {error.strerror or error}"
        self._watches[spot.path] = watch
        self._spots[spot.path] = dict(wanted)
        return ""

    def remove(self, spot: Spot) -> None:
        """End a watch; the directory stays watched for the others in it."""
        spots = self._spots.get(spot.path, {})
        if spots.pop(spot, None) is None:
            return
        self._drop(spot.path)
        for other, names in spots.items():
            self.add(other, names)

    def alive(self) -> bool:
        """True while the observer and every emitter run."""
        return self._observer.is_alive() and all(emitter.is_alive() for emitter in self._observer.emitters)

    def close(self) -> None:
        """Stop the observer."""
        self._observer.stop()
        self._observer.join(2.0)

    def _drop(self, path: str) -> None:
        watch = self._watches.pop(path, None)
        self._spots.pop(path, None)
        if watch is not None:
            self._observer.unschedule(watch)


class _Handler(FileSystemEventHandler):
    """Filter, note, return: an exception here would kill the observer."""

    def __init__(self, path: str, spots: Mapping[Spot, frozenset[str]], sink: WatchSink) -> None:
        self._path = path
        self._spots = dict(spots)
        self._sink = sink

    def dispatch(self, event: FileSystemEvent) -> None:
        """Called by the observer's thread for every event."""
        moved = event.dest_path if isinstance(event, FileMovedEvent | DirMovedEvent) else b""
        for place, closed in ((event.src_path, isinstance(event, FileClosedEvent)), (moved, True)):
            if place:
                self._note(os.fsdecode(place), closed)

    def _note(self, place: str, closed: bool) -> None:
        name = "" if place == self._path else os.path.basename(place)
        for spot, names in self._spots.items():
            if not name or not names or name in names:
                self._sink.stirred(spot, name, closed)
