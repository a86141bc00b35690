"""Keeping checkpoints at the anchor, and when it is time to (ledger.md section 1, Anchors). The daemon never waits for it.

A push is done by a process of its own; `Anchorer.tick` only looks, starts and takes in. A crash between two pushes loses nothing: the next
one carries everything that was signed until then.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from forgewatch.core.anchor import Anchored, AnchorFault, anchor_flaw, size_of
from forgewatch.core.anchor_ports import AnchorBranch, AnchorRuns
from forgewatch.core.errors import PushFailed, TamperDetected
from forgewatch.core.journal_exam import Trust
from forgewatch.core.log_events import LogEvent
from forgewatch.core.ports import Clock, Directories, EventLog, Stamp
from forgewatch.core.tampering import Flaw

PAUSE = 60.0
"""Seconds between two pushes of one journal, and after the first failure; doubled with each further one."""
LONGEST_PAUSE = 3600.0
TOGETHER = 2
"""Pushes at work at once."""
CHECKPOINT = "checkpoint"

_TRIES = 5
_LOOK = (
    "restore the newest state folder from a backup; after a reset on purpose, take the file of this journal off the branch, "
    "or name another repository as anchor"
)


def publish(read: Callable[[], tuple[bytes, Sequence[bytes]]], trust: Trust, branch: AnchorBranch, clock: Clock) -> Anchored:
    """Let the anchor keep the checkpoint of a journal, unless it keeps a newer one. `read` gives checkpoint and lines as they are now.

    Raises TamperDetected when the anchor's is not of these lines, PushFailed when it does not take ours, AnchorUnreachable.
    """
    tip = branch.newest()
    for left in reversed(range(_TRIES)):
        # After the anchor: another process may have added lines and anchored them while we looked.
        note, lines = read()
        kept = branch.read(trust.origin)
        flaw = None if kept is None else anchor_flaw(kept, lines, trust)
        if flaw is not None:
            raise disagreement(flaw)
        if kept is not None and size_of(kept) >= size_of(note):
            return Anchored(size_of(kept), pushed=False)
        try:
            branch.keep(trust.origin, note, clock.now())
            break
        except PushFailed:
            tip, before = branch.newest(), tip
            if tip == before or not left:
                # Nobody was faster: it was refused for another reason.
                raise
    return Anchored(size_of(note), pushed=True)


def disagreement(flaw: Flaw) -> TamperDetected:
    """Return the error that says that anchor and journal disagree, with both sizes."""
    return TamperDetected(f"the journal is not the one that was anchored: {flaw.kind} ({flaw.detail})", _LOOK)


@dataclass(slots=True)
class _Watched:
    """`kept`: the stamp of the checkpoint that the anchor has; `running`: of the one on its way; `due`: not before."""

    place: str
    kept: Stamp | None = None
    running: Stamp | None = None
    due: float = float("-inf")
    failures: int = 0
    why: str = ""


class Anchorer:
    """The journals that have an anchor. Used by one thread; never raises."""

    def __init__(self, runs: AnchorRuns, directories: Directories, clock: Clock, log: EventLog) -> None:
        self._runs = runs
        self._directories = directories
        self._clock = clock
        self._log = log
        self._watched: dict[str, _Watched] = {}

    def serve(self, root: str, folder: str) -> None:
        """Keep the journal in `folder` of the repository at `root` anchored from now on."""
        self._watched[root] = _Watched(f"{folder}/{CHECKPOINT}")

    def leave(self, root: str) -> None:
        """Do so no longer; what is on its way goes on."""
        self._watched.pop(root, None)

    def tick(self) -> None:
        """Take in what ended, and start what is due."""
        for root, run in self._runs.ended().items():
            watched = self._watched.get(root)
            if watched is not None:
                self._settle(root, watched, run)
        now = self._clock.monotonic()
        for root, watched in self._watched.items():
            if sum(each.running is not None for each in self._watched.values()) >= TOGETHER:
                return
            stamp = self._directories.stamp(watched.place)
            if watched.running is None and now >= watched.due and stamp not in (None, watched.kept):
                watched.running = stamp
                self._runs.start(root)

    def _settle(self, root: str, watched: _Watched, run: Anchored | AnchorFault) -> None:
        now = self._clock.monotonic()
        if isinstance(run, Anchored):
            watched.kept, watched.failures, watched.why, watched.due = watched.running, 0, "", now + PAUSE
            if run.pushed:
                self._log.info(LogEvent.ANCHOR_PUSHED, repository=root, entries=run.entries)
        else:
            watched.failures += 1
            watched.due = now + min(PAUSE * 2 ** (watched.failures - 1), LONGEST_PAUSE)
            self._tell(root, watched, run)
        watched.running = None

    def _tell(self, root: str, watched: _Watched, run: AnchorFault) -> None:
        if run.why == watched.why:
            return
        watched.why = run.why
        if run.tampered:
            self._log.error(LogEvent.ANCHOR_DISAGREES, repository=root, why=run.why)
        else:
            self._log.warning(LogEvent.ANCHOR_FAILED, repository=root, why=run.why, instead="it is tried again")
