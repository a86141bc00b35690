"""Pushes to the anchor in processes of their own (anchor_ports.AnchorRuns): whatever a network does, the daemon's thread never waits.

Each is `forgewatch ledger anchor --json`, the command that an operator may run too: 0 the anchor has the newest checkpoint, 1 anchor and
journal disagree, 2 it could not be done. What it says is a few lines, so that no pipe is ever full.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence

from forgewatch.core.anchor import Anchored, AnchorFault
from forgewatch.core.text import FIELD_LIMIT, escape

COMMAND = (sys.executable, "-I", "-m", "forgewatch", "ledger", "anchor", "--json")
PASSED_ON = frozenset(
    {
        *("PATH", "HOME", "LC_ALL", "TMPDIR", "SSH_AUTH_SOCK", "FORGEWATCH_STATE_DIR", "FORGEWATCH_CONFIG"),
        *("STATE_DIRECTORY", "XDG_STATE_HOME", "XDG_CONFIG_HOME"),
    }
)
"""What a push gets of the daemon's environment: where its state, its settings and ssh's keys are."""

_DISAGREES = 1


class AnchorProcesses:
    """`config` is the daemon's --config."""

    def __init__(self, config: str | None, environ: Mapping[str, str], command: Sequence[str] = COMMAND) -> None:
        self._command = [*command, *(("--config", os.path.abspath(config)) if config else ())]
        self._environ = {name: value for name, value in environ.items() if name in PASSED_ON}
        self._running: dict[str, subprocess.Popen[str]] = {}
        self._failed: dict[str, AnchorFault] = {}

    def start(self, root: str) -> None:
        """Start a push for the repository at `root`."""
        try:
            self._running[root] = subprocess.Popen(
                [*self._command, "--repository", root],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=self._environ,
                cwd="/",
                text=True,
                errors="replace",
                start_new_session=True,
            )
        except OSError as error:
            self._failed[root] = AnchorFault(f"no process can be started: {error.strerror}")

    def ended(self) -> dict[str, Anchored | AnchorFault]:
        """Return how those ended that ended."""
        found: dict[str, Anchored | AnchorFault] = dict(self._failed)
        self._failed.clear()
        for root, process in tuple(self._running.items()):
            if process.poll() is not None:
                del self._running[root]
                found[root] = _outcome(process)
        return found

    def close(self) -> None:
        """Kill what is still on its way: what it pushed or did not push, the next start sees."""
        for process in self._running.values():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
        self._running.clear()


def _outcome(process: subprocess.Popen[str]) -> Anchored | AnchorFault:
    said, complaint = process.communicate()
    if process.returncode == 0:
        with contextlib.suppress(ValueError, KeyError, TypeError):
            told = json.loads(said)
            return Anchored(int(told["entries"]), pushed=bool(told["pushed"]))
    why = escape(complaint.strip().partition("\n")[0].removeprefix("forgewatch: "), 4 * FIELD_LIMIT)
    return AnchorFault(why or f"it ended with status {process.returncode}", tampered=process.returncode == _DISAGREES)
