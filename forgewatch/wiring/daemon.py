"""The daemon's objects: settings, locks, watch, workers, log, signals."""

from __future__ import annotations

import os
import shlex
import stat
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from forgewatch.adapters.anchor_process import AnchorProcesses
from forgewatch.adapters.clock import SystemClock
from forgewatch.adapters.config import load_settings
from forgewatch.adapters.directories import LocalDirectories
from forgewatch.adapters.governed_root import governed_root, refuse_nested
from forgewatch.adapters.lock import take_lock
from forgewatch.adapters.logging import open_log
from forgewatch.adapters.refs import read_head
from forgewatch.adapters.repository_root import find_root
from forgewatch.adapters.signals import install_signals, leave_signals_to_main_thread
from forgewatch.adapters.state_folder import service_user, state_directory
from forgewatch.adapters.systemd import Notifier
from forgewatch.adapters.watcher import open_watch
from forgewatch.adapters.worker_process import WorkerProcesses
from forgewatch.app.anchoring import Anchorer
from forgewatch.app.auditing import Governed
from forgewatch.app.daemon import Daemon, Parts
from forgewatch.app.tenure import Tenure
from forgewatch.core.errors import RepositoryUnavailable
from forgewatch.core.events import Recorded
from forgewatch.core.log_events import LogEvent
from forgewatch.core.ports import EventLog
from forgewatch.core.settings import RepositorySettings, Settings
from forgewatch.wiring.anchors import refuse_rollback
from forgewatch.wiring.repository import govern

SWITCH_SECONDS = 0.001
"""How long a thread that records may keep the loop from following a hint; Python's own 5 ms are seen in the dispatch time."""

Show = Callable[[Governed, Recorded], str]
Begun = Callable[[Sequence[str]], None]


def run_daemon(paths: Sequence[str], config: str | None, show: Show, begun: Begun, environ: Mapping[str, str] = os.environ) -> int:
    """Watch until told to stop; return the exit status. Raises AlreadyRunning, UsageError, EnvironmentFault.

    `paths` empty: the repositories of the configuration, else the one around the current directory. `show` announces a recorded audit, and
    returns why it could not, when that is news. `begun` is told the roots that are served once nothing is missed any more.
    """
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        # No child may ever see what the caller's shell, or the builder's, wanted git to do.
        del os.environ[name]

    # A repository that the state directory lies in is refused when it is taken; a relative one is wrong for all of them.
    state_directory(environ)

    def read_settings() -> Settings:
        return _chosen(load_settings(config, environ), paths)

    sys.setswitchinterval(SWITCH_SECONDS)
    settings = read_settings()
    log: EventLog = open_log(sys.stderr, settings.log_level, settings.log_format, color=_wants_colour(environ))
    _tell_unlisted(settings, paths, log)
    workers = WorkerProcesses()
    runs = AnchorProcesses(config, environ)
    anchorer = Anchorer(runs, LocalDirectories(), SystemClock(), log)

    parts = Parts(
        occupy=lambda wanted, current: _anchored(occupy(wanted, current, environ), wanted, anchorer),
        open_watch=open_watch,
        directories=LocalDirectories(),
        auditor=workers,
        clock=SystemClock(),
        log=_Heard(log, begun),
        notifier=Notifier(environ),
        announce=show,
        read_settings=read_settings,
        thread_began=leave_signals_to_main_thread,
        reap=_each(workers.reap, anchorer.tick),
    )
    daemon = Daemon(parts, settings)
    install_signals(daemon.ask, workers.kill)
    try:
        return daemon.run()
    finally:
        workers.close()
        runs.close()


def _each(*works: Callable[[], None]) -> Callable[[], None]:
    def work() -> None:
        for each in works:
            each()

    return work


def occupy(wanted: RepositorySettings, settings: Settings, environ: Mapping[str, str]) -> Tenure:
    """Take the locks of a repository and open what serves it. Raises AlreadyRunning, RepositoryUnavailable, EnvironmentFault."""
    root = os.path.realpath(wanted.path)
    _require_directory(root)
    read_head(root)
    refuse_nested(Path(root))
    governed = govern(wanted, settings, environ)
    unreachable = refuse_rollback(Path(governed.folder), wanted.anchor, governed.root, environ) if wanted.anchor else ""
    guard = take_lock(governed.root, governed.folder, SystemClock().now(), service_user(Path(governed.root)))
    notes = (*guard.notes, *([(LogEvent.ANCHOR_UNREACHABLE, unreachable)] if unreachable else []))
    return Tenure(governed=governed, guard=guard, notes=notes)


def _anchored(tenure: Tenure, wanted: RepositorySettings, anchorer: Anchorer) -> Tenure:
    """Have the journal of a repository anchored as long as its locks are held."""
    if not wanted.anchor:
        return tenure
    anchorer.serve(tenure.governed.root, tenure.governed.folder)
    return replace(tenure, guard=_AnchoredGuard(tenure, anchorer))


class _Heard:
    """Fulfils ports.EventLog: the log, and somebody who hears from it that the daemon has started."""

    def __init__(self, log: EventLog, begun: Begun) -> None:
        self._begun = begun
        self.info: Callable[..., object] = self._told(log.info)
        self.warning: Callable[..., object] = log.warning
        self.error: Callable[..., object] = log.error

    def _told(self, info: Callable[..., object]) -> Callable[..., object]:
        def tell(event: str, **facts: object) -> object:
            info(event, **facts)
            served = facts.get("served") if event == LogEvent.DAEMON_STARTED else None
            return self._begun([str(root) for root in served]) if isinstance(served, Sequence) else None

        return tell


class _AnchoredGuard:
    """Fulfils ports.Guard: the locks of a repository whose journal is anchored."""

    def __init__(self, tenure: Tenure, anchorer: Anchorer) -> None:
        self._tenure = tenure
        self._anchorer = anchorer

    def tend(self) -> str:
        return self._tenure.guard.tend()

    def release(self) -> None:
        self._anchorer.leave(self._tenure.governed.root)
        self._tenure.guard.release()


def _require_directory(root: str) -> None:
    try:
        mode = os.stat(root).st_mode
    except PermissionError as error:
        hint = "let the daemon's user enter the folders above it: setfacl -m u:USER:x FOLDER; it is tried again"
        raise RepositoryUnavailable(f"{root}: cannot be reached: {error.strerror}", hint) from error
    except OSError:
        mode = 0
    if not stat.S_ISDIR(mode):
        raise RepositoryUnavailable(f"{root}: expected a directory, found nothing", "mount or restore it; it is tried again")


def _chosen(settings: Settings, paths: Sequence[str]) -> Settings:
    listed = {os.path.realpath(each.path): each for each in settings.repositories}
    if not paths and listed:
        return settings
    roots = dict.fromkeys(_root_of(path) for path in paths) if paths else {os.path.realpath(governed_root(Path.cwd())): None}
    return replace(settings, repositories=tuple(listed.get(root, RepositorySettings(path=root)) for root in roots))


def _wants_colour(environ: Mapping[str, str]) -> bool:
    return not environ.get("NO_COLOR") and environ.get("TERM") != "dumb"


def _tell_unlisted(settings: Settings, paths: Sequence[str], log: EventLog) -> None:
    """Say that the repository somebody stands in is not watched, because the configuration lists others."""
    if paths:
        return
    try:
        here = os.path.realpath(find_root(Path.cwd()))
    except (RepositoryUnavailable, OSError):
        return
    if here not in {os.path.realpath(each.path) for each in settings.repositories}:
        instead = "the repositories of the configuration are watched"
        hint = f"add it to the configuration, or: forgewatch watch {shlex.quote(here)}"
        log.warning(LogEvent.REPOSITORY_UNLISTED, repository=here, instead=instead, hint=hint)


def _root_of(path: str) -> str:
    # A repository that is not there yet is marked unavailable and tried again, so its path is taken as it was given.
    try:
        root = find_root(Path(path))
    except RepositoryUnavailable:
        return os.path.realpath(path)
    refuse_nested(root, Path(path))
    return os.path.realpath(root)
