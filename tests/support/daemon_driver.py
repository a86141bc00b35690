"""A daemon as a process, with the quick auditor: what signals, kills and second starts do to it.

Usage: daemon_driver STATE SWEEP_SECONDS MODE ROOT...   MODE: quick, or slow:<seconds an audit takes>
Prints one JSON line per announced entry on standard output; the log goes to standard error.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

from forgewatch.adapters.clock import SystemClock
from forgewatch.adapters.directories import LocalDirectories
from forgewatch.adapters.logging import open_log
from forgewatch.adapters.signals import install_signals, leave_signals_to_main_thread
from forgewatch.adapters.systemd import Notifier
from forgewatch.adapters.watcher import open_watch
from forgewatch.app.auditing import Governed
from forgewatch.app.daemon import Daemon, Parts
from forgewatch.core.errors import ForgewatchError
from forgewatch.core.events import AuditRecorded, Recorded
from forgewatch.core.report import AuditAnswer, AuditRequest
from forgewatch.core.settings import RepositorySettings, Settings, WatchSettings
from tests.support.daemon_rig import QuickAuditor, occupy_with


class SlowAuditor(QuickAuditor):
    """An audit that takes its time, as a real one does."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self._seconds = seconds

    def audit(self, request: AuditRequest) -> AuditAnswer:
        time.sleep(self._seconds)
        return super().audit(request)


def announce(governed: Governed, recorded: Recorded) -> None:
    event = recorded.event
    if isinstance(event, AuditRecorded) and event.report is not None:
        print(json.dumps({"root": governed.root, "seq": recorded.seq, "identity": event.report.identity}), flush=True)


def main() -> int:
    state, sweep, mode, *roots = sys.argv[1:]
    environ = {**os.environ, "FORGEWATCH_STATE_DIR": state}
    settings = Settings(
        repositories=tuple(RepositorySettings(path=str(Path(root))) for root in roots), watch=WatchSettings(sweep_seconds=int(sweep))
    )
    seconds = float(mode.partition(":")[2] or 0)
    parts = Parts(
        occupy=occupy_with(environ),
        open_watch=open_watch,
        directories=LocalDirectories(),
        auditor=SlowAuditor(seconds) if seconds else QuickAuditor(),
        clock=SystemClock(),
        log=open_log(sys.stderr, form="json"),
        notifier=Notifier(os.environ),
        announce=announce,
        read_settings=lambda: settings,
        thread_began=leave_signals_to_main_thread,
    )
    try:
        daemon = Daemon(parts, settings)
        install_signals(daemon.ask)
        return daemon.run()
    except ForgewatchError as error:
        print(error, file=sys.stderr)
        return error.exit_status


if __name__ == "__main__":
    sys.exit(main())
