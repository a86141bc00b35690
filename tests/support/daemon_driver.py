"""A daemon as a process, with the quick auditor: what signals, kills and second starts do to it.

Usage: daemon_driver STATE SWEEP_SECONDS MODE ROOT...
MODE: quick; slow:<seconds an audit takes>; unwoken: quick, and SIGCONT is no reason to look.
Prints one JSON line per announced entry on standard output; the log goes to standard error.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
import uuid
from dataclasses import replace
from pathlib import Path

from forgewatch.adapters.clock import SystemClock
from forgewatch.adapters.directories import LocalDirectories
from forgewatch.adapters.logging import open_log
from forgewatch.adapters.signals import install_signals, leave_signals_to_main_thread
from forgewatch.adapters.systemd import Notifier
from forgewatch.adapters.watcher import open_watch
from forgewatch.app.auditing import Governed
from forgewatch.app.daemon import Daemon, Parts
from forgewatch.core.canonical import digest_of_bytes
from forgewatch.core.errors import ForgewatchError
from forgewatch.core.events import AuditRecorded, Recorded
from forgewatch.core.report import AuditAnswer, AuditRequest, Report
from forgewatch.core.settings import RepositorySettings, Settings, WatchSettings
from tests.support.daemon_rig import QuickAuditor, occupy_with


class DrivenAuditor(QuickAuditor):
    """Takes its time, as a real audit does. Every audit has an identity of its own, so that a document judged twice has two entries."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self._seconds = seconds

    def audit(self, request: AuditRequest) -> AuditAnswer:
        time.sleep(self._seconds)
        answer = super().audit(request)
        return replace(answer, identity=digest_of_bytes(uuid.uuid4().bytes)) if isinstance(answer, Report) else answer


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
        auditor=DrivenAuditor(seconds),
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
        if mode == "unwoken":
            signal.signal(signal.SIGCONT, signal.SIG_DFL)
        return daemon.run()
    except ForgewatchError as error:
        print(error, file=sys.stderr)
        return error.exit_status


if __name__ == "__main__":
    sys.exit(main())
