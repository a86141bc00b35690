"""A daemon with real files, locks, watches and journals, and an auditor that answers at once: what is tested is everything around it."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from forgewatch.adapters.clock import SystemClock
from forgewatch.adapters.directories import LocalDirectories
from forgewatch.adapters.evidence import RepositoryEvidence
from forgewatch.adapters.files import RootFiles
from forgewatch.adapters.journal import FileJournal
from forgewatch.adapters.journal_seal import JournalSeal
from forgewatch.adapters.lock import take_lock
from forgewatch.adapters.refs import head_places, read_head
from forgewatch.adapters.state_folder import create_folder, folder_of, state_directory
from forgewatch.adapters.vault import FolderVault
from forgewatch.adapters.watcher import open_watch
from forgewatch.app.auditing import Governed
from forgewatch.app.daemon import Daemon, Parts
from forgewatch.app.record import Record
from forgewatch.app.tenure import Tenure
from forgewatch.core.canonical import digest_of_bytes
from forgewatch.core.checklist import CHECKLIST
from forgewatch.core.errors import RepositoryUnavailable
from forgewatch.core.events import AuditRecorded, Event, Recorded
from forgewatch.core.places import places_of
from forgewatch.core.ports import Auditor, DirectoryWatch, Journal, WatchSink
from forgewatch.core.record_entry import EntryRules
from forgewatch.core.report import AuditAnswer, AuditRequest
from forgewatch.core.requests import Request
from forgewatch.core.settings import Backend, RepositorySettings, Settings, WatchSettings
from forgewatch.core.values import CommitId, RepoPath
from tests.support.answers import Unmoved, report
from tests.support.installed import until


class QuickAuditor(Unmoved):
    """`ports.Auditor` that passes every document on the HEAD that is there; each document is an identity of its own. `seen` are the
    documents, in order, and `planned` the plans that were asked with."""

    def __init__(self) -> None:
        self.seen: list[bytes] = []
        self.planned: list[tuple[RepoPath, ...]] = []

    def audit(self, request: AuditRequest) -> AuditAnswer:
        document = request.document or b""
        self.seen.append(document)
        self.planned.append(request.planned)
        digest = digest_of_bytes(document)
        return report(digest, identity=digest, head=self.stands_on(request))

    def stands_on(self, request: AuditRequest) -> CommitId | None:
        """Return the HEAD that the report names."""
        return read_head(request.root)


class HeldAuditor(QuickAuditor):
    """A QuickAuditor whose audits end only when the test lets them."""

    def __init__(self) -> None:
        super().__init__()
        self.let = threading.Event()
        self.begun = threading.Event()

    def audit(self, request: AuditRequest) -> AuditAnswer:
        self.begun.set()
        self.let.wait(20)
        return super().audit(request)


@dataclass
class ListLog:
    """`ports.EventLog` as a list of (event, facts). `errors`: the events among them that somebody has to be woken for."""

    lines: list[tuple[str, Mapping[str, object]]] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def info(self, event: str, **facts: object) -> object:
        return self.lines.append((str(event), facts))

    warning = info

    def error(self, event: str, **facts: object) -> object:
        self.errors.append(str(event))
        return self.info(event, **facts)

    def count(self, event: str) -> int:
        return sum(name == event for name, _ in self.lines)

    def facts(self, event: str) -> Mapping[str, object]:
        """Return the facts of the newest such line."""
        return next(facts for name, facts in reversed(self.lines) if name == event)


class ListNotifier:
    """`ports.ServiceNotifier` as a list of lines."""

    def __init__(self, keepalive: float | None = None) -> None:
        self.lines: list[str] = []
        self._keepalive = keepalive

    def send(self, *lines: str) -> None:
        self.lines.extend(lines)

    def keepalive_seconds(self) -> float | None:
        return self._keepalive


def govern(
    wanted: RepositorySettings, settings: Settings, environ: Mapping[str, str], wrap: Callable[[Journal], Journal] = lambda inner: inner
) -> Governed:
    """Return the objects of a repository as wiring makes them, without catalogue: no finding is ever rendered here."""
    root = os.path.realpath(wanted.path)
    if not os.path.isdir(root):
        raise RepositoryUnavailable(f"{root}: no such directory")
    folder = create_folder(state_directory(environ), Path(root))
    places = places_of(wanted.layout)
    files, rules = RootFiles(root), EntryRules(places=places, docs={}, loopback_limit=settings.loopback_limit)
    journal = FileJournal(folder, seal=JournalSeal(folder))
    record = Record(
        journal=wrap(journal),
        files=files,
        evidence=RepositoryEvidence(Path(root)),
        vault=FolderVault(folder),
        clock=SystemClock(),
        rules=rules,
    )
    return Governed(
        root=root,
        folder=str(folder),
        places=places,
        layout=wanted.layout,
        files=files,
        record=record,
        rules=rules,
        git="/usr/bin/git",
        assurance="local",
        host="testhost",
        head=lambda: read_head(root),
        head_places=lambda: head_places(root),
        checklist=CHECKLIST,
        unsealed=lambda: journal.unsealed,
    )


def occupy_with(
    environ: Mapping[str, str], wrap: Callable[[Journal], Journal] = lambda inner: inner
) -> Callable[[RepositorySettings, Settings], Tenure]:
    """Return the way to take a repository, with its state folder below the environment's state directory."""

    def occupy(wanted: RepositorySettings, settings: Settings) -> Tenure:
        governed = govern(wanted, settings, environ, wrap)
        guard = take_lock(governed.root, governed.folder, SystemClock().now())
        return Tenure(governed=governed, guard=guard, notes=tuple(guard.notes))

    return occupy


@dataclass
class Rig:
    """A daemon in a thread. `state` is the state directory; `audited` lists what became an entry, oldest first."""

    state: Path
    roots: list[Path]
    auditor: Auditor = field(default_factory=QuickAuditor)
    log: ListLog = field(default_factory=ListLog)
    notifier: ListNotifier = field(default_factory=ListNotifier)
    clock: SystemClock = field(default_factory=SystemClock)
    backend: Backend = Backend.INOTIFY
    sweep_seconds: int = 30
    grace_seconds: float = 5.0
    open_watch: Callable[[Backend, WatchSink], DirectoryWatch] = open_watch
    occupy: Callable[[RepositorySettings, Settings], Tenure] | None = None
    read_settings: Callable[[], Settings] | None = None
    recorded: list[tuple[str, Recorded]] = field(default_factory=list)
    result: list[object] = field(default_factory=list)
    thread: threading.Thread | None = None
    daemon: Daemon | None = None

    @property
    def environ(self) -> dict[str, str]:
        return {"FORGEWATCH_STATE_DIR": str(self.state), "PATH": os.environ["PATH"]}

    def settings(self, *roots: Path) -> Settings:
        """Return settings for these repositories, all of the rig by default."""
        wanted = tuple(RepositorySettings(path=str(root)) for root in roots or self.roots)
        return Settings(repositories=wanted, watch=WatchSettings(sweep_seconds=self.sweep_seconds, backend=self.backend))

    def build(self) -> Daemon:
        """Make the daemon without running it."""
        parts = Parts(
            occupy=self.occupy or occupy_with(self.environ),
            open_watch=self.open_watch,
            directories=LocalDirectories(),
            auditor=self.auditor,
            clock=self.clock,
            log=self.log,
            notifier=self.notifier,
            announce=lambda governed, recorded: self.recorded.append((governed.root, recorded)),
            read_settings=self.read_settings or self.settings,
            grace_seconds=self.grace_seconds,
        )
        return Daemon(parts, self.settings())

    def start(self) -> Rig:
        """Run a daemon and wait until it says that it is ready."""
        before = self.log.count("daemon.started")
        self.daemon = self.build()
        self.thread = threading.Thread(target=self._run, args=(self.daemon,))
        self.thread.start()
        assert until(lambda: self.log.count("daemon.started") > before or bool(self.result)), self.log.lines
        return self

    def ask(self, request: Request) -> None:
        """Ask the running daemon for something."""
        assert self.daemon is not None
        self.daemon.ask(request)

    def stop(self) -> object:
        """Ask it to stop, wait, and return its exit status or what it raised."""
        if self.thread is None:
            return None
        self.ask(Request.STOP)
        self.thread.join(20)
        assert not self.thread.is_alive()
        self.thread = None
        return self.result.pop()

    def await_entries(self, count: int, seconds: float = 20.0) -> bool:
        """Wait for so many announced entries."""
        return until(lambda: len(self.recorded) >= count, seconds)

    def entries(self, root: Path | None = None) -> list[AuditRecorded]:
        """Return the audit entries in the journal of a repository."""
        return [event for event in self.events(root) if isinstance(event, AuditRecorded)]

    def events(self, root: Path | None = None) -> list[Event]:
        """Return everything in the journal of a repository."""
        folder = folder_of(self.state, root or self.roots[0])
        return [recorded.event for recorded in FileJournal(folder).read()]

    def _run(self, daemon: Daemon) -> None:
        try:
            self.result.append(daemon.run())
        except Exception as error:  # noqa: BLE001  # a thread has no other way to tell its test
            self.result.append(error)
