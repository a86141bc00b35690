"""Whether a walk saw one tree: what was touched while it went on (hostile.md, Snapshot once).

A walk takes time, and a file that always lies in one of two directories may be in neither when each is looked at. So each directory
and each visible file must carry a change time from before the walk, and the directories must still have it afterwards: then all that
was read held together at the moment when the walk began. Only `ctime` counts, which nobody but the clock can set.
On a network file system that clock is the server's; there only the comparison of before and after is sure.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from forgewatch.adapters.survey_watch import NameWatch
from forgewatch.adapters.walk import Found
from forgewatch.adapters.walk_parallel import unsettled
from forgewatch.adapters.walk_time import WAIT_NS, coarse_now, may_be_from, stamp_end
from forgewatch.core.places import TRACE

Quiet = Callable[[str, bool], bool]
"""True for a path (and whether it is a directory) that may come and go during an audit: ignored or neutral."""


@dataclass(frozen=True, slots=True)
class _Look:
    prefix: str
    found: Found
    quiet: Quiet


@dataclass(slots=True)
class Stillness:
    """What the walks of one attempt, which began at `began`, say about movement.

    `touched` are directories (path with a trailing `/` or `""`) with their device and inode; `written` visible files.
    """

    began: int
    touched: dict[str, tuple[int, int]] = field(default_factory=dict)
    written: list[str] = field(default_factory=list)
    newest: int = 0
    _looks: list[_Look] = field(default_factory=list)

    def take(self, root: int, prefix: str, found: Found, quiet: Quiet) -> None:
        """Take in a walk over the open directory `root`, which lies at `prefix` (empty or with a trailing `/`)."""
        self._looks.append(_Look(prefix, found, quiet))
        self.written += [f"{prefix}{path}" for path, _ in found.written if not quiet(path, False)]
        stamps = [stamp for _, stamp in found.written]
        moved = {path: found.visited[path] for path in unsettled(root, found)}
        began, now = self.began, time.time_ns()
        moved.update((path, key) for path, key in found.visited.items() if may_be_from(key[3], began, now))
        for path, key in moved.items():
            # What lies in there is neutral, whatever it is.
            if not f"{prefix}{path}".startswith(f"{TRACE}/"):
                self.touched[prefix + path] = key[:2]
                stamps.append(key[3])
        self.newest = max((self.newest, *map(stamp_end, stamps)))

    def unrest(self, watch: NameWatch) -> str:
        """Return why the walks did not see one tree; empty when they did. `watch` was in place before they began."""
        if self.written:
            return f"{self.written[0]} was written to"
        for path, identity in self.touched.items():
            if watch.identity(path) != identity:
                return f"{path or '.'} was written to"
        if not self.touched:
            return ""
        heard = watch.heard()
        if heard is None:
            return "more happened than could be followed"
        loud = next((path for path, is_folder in heard if not self._quiet(path, is_folder)), None)
        if loud is not None:
            return f"{loud} came, went or moved"
        # A stamp that moves in silence is moved from elsewhere: by another machine, or below a mount.
        silent = next((path for path in self.touched if path not in watch.speaking), None)
        return "" if silent is None else f"{silent or '.'} was written to"

    def all_folders(self) -> Iterable[str]:
        """Return every directory that was walked."""
        return (look.prefix + path for look in self._looks for path in look.found.visited)

    def _quiet(self, path: str, is_folder: bool) -> bool:
        look = max((one for one in self._looks if path.startswith(one.prefix)), key=lambda one: len(one.prefix))
        return look.quiet(path[len(look.prefix) :], is_folder)


def wait_past(stamp: int, at_most: int = WAIT_NS) -> None:
    """Wait until a new change cannot carry the time `stamp` any more; not at all when that is further than `at_most` away."""
    if stamp - coarse_now() > at_most:
        return
    while coarse_now() <= stamp:
        time.sleep(0.001)


def wait_past_folders(root: int, paths: Iterable[str], at_most: int) -> None:
    """Wait, at most so long, until what was just written into these directories carries an older time than what comes now."""
    for path in paths:
        try:
            wait_past(stamp_end(os.stat(path or ".", dir_fd=root, follow_symlinks=False).st_ctime_ns), at_most)
        except OSError:
            continue
