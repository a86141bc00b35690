"""The service manager's notification protocol (sd_notify), without a library (watching.md, Signals and systemd)."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Mapping


class Notifier:
    """`ServiceNotifier` over `$NOTIFY_SOCKET`; silent where there is none. A lost message is no reason to stop."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        place = environ.get("NOTIFY_SOCKET", "")
        # A leading @ names an abstract socket.
        self._address = "\0" + place[1:] if place.startswith("@") else place
        self._keepalive = _keepalive(environ)

    def send(self, *lines: str) -> None:
        """Send the lines as one datagram. A line break inside a value would be another variable, so it is removed."""
        if not self._address:
            return
        message = "\n".join(line.replace("\n", " ") for line in lines).encode("utf-8", "backslashreplace")
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as channel:
            channel.connect(self._address)
            channel.sendall(message)

    def keepalive_seconds(self) -> float | None:
        """Return half of `$WATCHDOG_USEC` when the watchdog is meant for this process."""
        return self._keepalive


def _keepalive(environ: Mapping[str, str]) -> float | None:
    microseconds, pid = environ.get("WATCHDOG_USEC", ""), environ.get("WATCHDOG_PID", "")
    if not (microseconds.isascii() and microseconds.isdigit() and int(microseconds) > 0) or pid not in ("", str(os.getpid())):
        return None
    return int(microseconds) / 2_000_000
