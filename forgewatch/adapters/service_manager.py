"""Speaks with the service manager that runs here, systemd, about units of ours. Starts and stops nothing."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import Protocol

_RUNNING = "/run/systemd/system"
_SECONDS = 30


class ServiceManager(Protocol):
    """What `init --service` asks of a service manager."""

    def absent(self) -> str:
        """Return why no manager can be asked, empty when one runs."""

    def ask(self, *words: str) -> str:
        """Do `words`. Return what went wrong, empty when nothing did."""


class Systemctl:
    """The manager of the machine (`system`) or of the user (`user`). Fulfils `ServiceManager`."""

    def __init__(self, kind: str) -> None:
        self._scope = ("--user",) if kind == "user" else ()

    def absent(self) -> str:
        """Return why no manager can be asked: the program is not there, or nothing of it runs for this machine or user."""
        if shutil.which("systemctl") is None or not os.path.isdir(_RUNNING):
            return "systemd is not running here"
        fault = self._failure("show", "--property=Version")
        return f"the service manager of this user cannot be asked: {fault}" if fault else ""

    def ask(self, *words: str) -> str:
        """Run systemctl. Return the last line of what it complained, empty when it did what was asked."""
        return self._failure(*words)

    def _failure(self, *words: str) -> str:
        try:
            done = subprocess.run(
                ["systemctl", *self._scope, *words], capture_output=True, text=True, errors="replace", check=False, timeout=_SECONDS
            )
        except subprocess.TimeoutExpired:
            return f"systemctl {words[0]} did not answer within {_SECONDS} seconds"
        if done.returncode == 0:
            return ""
        said = done.stderr.strip().splitlines()
        return said[-1] if said else f"systemctl {words[0]} ended with status {done.returncode}"
