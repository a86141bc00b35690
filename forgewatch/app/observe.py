"""Looking at the watched documents: cheap while nothing changed, and never believing an event (watching.md, Lesson, Settle).

The change test is (device, inode, size, mtime_ns, ctime_ns) and then the digest. The stamp is taken before the read, so a change
during or after the read shows at the next look.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from forgewatch.core.canonical import digest_of_bytes
from forgewatch.core.difflog import Announced, Announcement
from forgewatch.core.difflog_parser import parse_announcement
from forgewatch.core.limits import OVERSIZE, Limits
from forgewatch.core.places import Places
from forgewatch.core.ports import Directories, Stamp, TreeFiles
from forgewatch.core.transition import QUIET_SECONDS, Observation
from forgewatch.core.values import Absent, Content, Digest, RepoPath

RACY_SECONDS = 1.0
"""A file written within one tick of the clock after our read can keep its stamp: it is read once more after this time."""


@dataclass(slots=True)
class _Held:
    stamp: Stamp | None
    content: Content
    digest: Digest | None
    at: float
    trusted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """What is there: the diff log's bytes (or what is there instead) with their digest, and the digest of the test record.

    `closed`: every file that changed was seen to be closed or renamed into place. `at` is monotonic.
    """

    log: Content
    document: Digest | None
    record: Digest | None
    closed: bool
    at: float


class Observer:
    """What one repository's diff log and test record looked like last."""

    def __init__(self, root: str, places: Places, files: TreeFiles, directories: Directories, limits: Limits) -> None:
        self._files = files
        self._directories = directories
        self._log_path, self._record_path = places.diff_log, places.test_record
        self._full = {path: f"{root}/{path}" for path in (places.diff_log, places.test_record)}
        self._sizes = {places.diff_log: OVERSIZE * limits.document_bytes, places.test_record: limits.document_bytes}
        self._held: dict[RepoPath, _Held] = {}
        self._open: dict[RepoPath, float] = {}

    def look(
        self, at: float, *, hinted: Collection[RepoPath] = (), closed: Collection[RepoPath] = (), again: bool = False
    ) -> Sighting | None:
        """Return what is there, None when it is what was there before. `hinted` files are read whatever their stamp says.

        `closed` are files that were seen to be closed or renamed in. `again`: answer even when nothing changed. `at` is monotonic.
        """
        log_changed = self._refresh(self._log_path, at, hinted, closed)
        record_changed = self._refresh(self._record_path, at, hinted, closed)
        if not (log_changed or record_changed or again):
            return None
        log, record = self._held[self._log_path], self._held[self._record_path]
        still_open = any(at - since < QUIET_SECONDS for since in self._open.values())
        return Sighting(log=log.content, document=log.digest, record=record.digest, closed=not still_open, at=at)

    def _refresh(self, path: RepoPath, at: float, hinted: Collection[RepoPath], closed: Collection[RepoPath]) -> bool:
        stamp = self._directories.stamp(self._full[path])
        held = self._held.get(path)
        racy = held is not None and not held.trusted and at - held.at >= RACY_SECONDS
        if held is not None and stamp == held.stamp and path not in hinted and not racy:
            return False
        # Without a stamp it may be absent or out of our reach: the read tells which.
        content = self._files.read(path, self._sizes[path])
        if held is not None and content == held.content:
            self._held[path] = _Held(stamp, content, held.digest, held.at, trusted=racy or held.trusted)
            self._note_closed(path, at, path in closed, changed=False)
            return False
        digest = digest_of_bytes(content) if isinstance(content, bytes) else None
        self._held[path] = _Held(stamp, content, digest, at, trusted=stamp is None)
        self._note_closed(path, at, path in closed, changed=True)
        return True

    def _note_closed(self, path: RepoPath, at: float, closed: bool, *, changed: bool) -> None:
        if closed:
            self._open.pop(path, None)
        elif changed:
            self._open[path] = at


class Reader:
    """Reads a sighting's diff log as an observation. The newest reading is kept: a look that only waits reads nothing."""

    def __init__(self) -> None:
        self._read: Content | None = None
        self.reading: Announced = Absent()

    def observation(self, sighting: Sighting) -> Observation:
        """Return what the transition needs to know."""
        log = sighting.log
        if self._read is None or log is not self._read:
            self._read, self.reading = log, parse_announcement(log)
        # What is no text is not being written; a text that cannot be read as a log may be.
        whole = self.reading.whole if isinstance(self.reading, Announcement) else not isinstance(log, bytes)
        return Observation(reading=self.reading, record=sighting.record, whole=whole, closed=sighting.closed, at=sighting.at)
