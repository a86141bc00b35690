"""The installed command as people use it: run commands, keep a daemon, wait for facts with a deadline."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.support.warm import Warm

COMMAND = Path(sys.executable).with_name("forgewatch")
PATIENCE = 20.0
"""Seconds a test waits for a fact before it fails; the machines are noisy."""


STARTING = ("PYTHON", "LC_", "LANG", "TZ", "LD_", "COVERAGE_")
"""How the names in an environment begin that decide how an interpreter starts."""


def _measured() -> dict[str, str]:
    """Return what makes a measured run also measure the commands."""
    return {name: value for name, value in os.environ.items() if name.startswith("COVERAGE_")}


def _of_the_interpreter(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if name.startswith(STARTING)}


WARM = Warm(str(COMMAND), {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "LC_ALL": "C.UTF-8", **_measured()})
"""Where commands that a test runs to their end come from."""


def until(fact: Callable[[], bool], seconds: float = PATIENCE) -> bool:
    """Return True as soon as the fact holds, False when it did not within the time."""
    ends = time.monotonic() + seconds
    pause = threading.Event()
    while time.monotonic() < ends:
        if fact():
            return True
        pause.wait(0.01)
    return fact()


@dataclass
class Installed:
    """forgewatch with a state directory and environment of its own. `root` is the repository the commands speak of, `command` the program
    that runs: that of these tests, or one that was installed elsewhere.
    """

    root: Path
    top: Path
    extra: Mapping[str, str] = field(default_factory=dict)
    daemons: list[subprocess.Popen[bytes]] = field(default_factory=list)
    command: Path = COMMAND

    @property
    def environment(self) -> dict[str, str]:
        """The whole environment of every command."""
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.top),
            "LC_ALL": "C.UTF-8",
            "NO_COLOR": "1",
            "FORGEWATCH_STATE_DIR": str(self.top / "state"),
            **_measured(),
            **self.extra,
        }

    def run(self, *args: str, seconds: float = 60, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        """Run one command to its end."""
        environment = self.environment
        if self.command == COMMAND and _of_the_interpreter(environment) == _of_the_interpreter(WARM.environment):
            return WARM.run(list(args), cwd or self.root, environment, seconds)
        return subprocess.run(
            [str(self.command), *args],
            cwd=cwd or self.root,
            env=environment,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )

    def audit(self, *args: str) -> tuple[int, dict[str, Any]]:
        """Run `audit --json` and return exit status and document."""
        run = self.run("audit", str(self.root), "--json", *args)
        assert run.stdout, run.stderr
        return run.returncode, json.loads(run.stdout)

    def watch(self, *args: str, ready: bool = True) -> subprocess.Popen[bytes]:
        """Start a daemon; by default wait until it says that it is ready."""
        before = self.log.count("daemon.started")
        with self.log_path.open("ab") as log:
            daemon = subprocess.Popen(
                [str(self.command), "watch", *(args or (str(self.root),))],
                cwd=self.top,
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.daemons.append(daemon)
        if ready:
            assert until(lambda: self.log.count("daemon.started") > before or daemon.poll() is not None), self.log
            assert daemon.poll() is None, self.log
        return daemon

    def stop(self) -> None:
        """End every daemon that still runs."""
        for daemon in self.daemons:
            if daemon.poll() is None:
                os.killpg(daemon.pid, signal.SIGKILL)
            daemon.wait()

    @property
    def log_path(self) -> Path:
        """Where the daemons' standard output and error go."""
        return self.top / "watch.log"

    @property
    def log(self) -> str:
        """All the daemons have said."""
        return self.log_path.read_text("utf-8", "replace") if self.log_path.exists() else ""

    @property
    def ledger(self) -> str:
        """The Markdown ledger, empty when there is none."""
        path = self.root / "Forge/evidence/audit_ledger.md"
        return path.read_text("utf-8") if path.exists() else ""

    @property
    def entries(self) -> int:
        """How many audit entries the ledger shows."""
        return self.ledger.count("## Audit Entry:")

    @property
    def outcomes(self) -> list[str]:
        """The outcomes in the ledger, oldest first."""
        return [line.removeprefix("Outcome: ") for line in self.ledger.splitlines() if line.startswith("Outcome: ")]

    def settles(self, entries: int) -> bool:
        """True once the ledger has at least so many entries and the daemon is idle about this repository."""
        return until(lambda: self.entries >= entries)


def verdicts(document: Mapping[str, Any]) -> dict[str, str]:
    """Return check code -> verdict of an audit document."""
    return {result["code"]: result["verdict"] for result in document["results"]}


def codes(document: Mapping[str, Any]) -> set[str]:
    """Return all finding codes of an audit document."""
    return {finding["code"] for result in document["results"] for finding in result["findings"]}


def without_powers() -> list[str]:
    """Return the words before a command that permissions are to bind: root gives up the powers to read and write everything."""
    if os.geteuid() != 0:
        return []
    bound = ["setpriv", "--bounding-set=-dac_override,-dac_read_search,-fowner"]
    try:
        subprocess.run([*bound, "true"], capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("root cannot give up its powers here: no setpriv")
    return bound


def told(installed: Installed, event: str) -> list[dict[str, Any]]:
    """The log lines of an event; the result blocks between them are no JSON."""
    lines = [json.loads(line) for line in installed.log.splitlines() if line.startswith("{")]
    return [line for line in lines if line["event"] == event]
