"""The log's lines, the service manager's datagrams, the clock, and cheap looks at directories."""

from __future__ import annotations

import io
import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from forgewatch.adapters.clock import SystemClock
from forgewatch.adapters.directories import LocalDirectories
from forgewatch.adapters.logging import open_log
from forgewatch.adapters.systemd import Notifier
from forgewatch.core.log_events import LogEvent

HOSTILE = "a\nb\x1b[31m\u202ec"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_line_is_one_json_object_with_sorted_keys_in_utc() -> None:
    stream = io.StringIO()
    open_log(stream).warning(LogEvent.AUDIT_FINISHED, phase="Phase 1", failed=["A1"], claimed=2, snapshot=None)
    line = stream.getvalue()
    facts = json.loads(line)
    assert line.endswith("}\n")
    assert list(facts) == sorted(facts)
    assert facts["event"] == "audit.finished"
    assert facts["level"] == "warning"
    assert facts["timestamp"].endswith("Z")
    assert (facts["phase"], facts["failed"], facts["claimed"], facts["snapshot"]) == ("Phase 1", ["A1"], 2, None)


@pytest.mark.parametrize("form", ["json", "console"])
def test_builder_strings_are_escaped_wherever_they_are(form: str) -> None:
    stream = io.StringIO()
    open_log(stream, form=form).info(LogEvent.DIFFLOG_UNKNOWN, found=HOSTILE, nested={"k": [HOSTILE]})
    text = stream.getvalue()
    assert text.count("\n") == 1
    assert not any(char in text for char in "\x1b\u202e")


def test_a_terminal_gets_the_console_and_a_pipe_gets_json() -> None:
    terminal, pipe = Terminal(), io.StringIO()
    open_log(terminal).info(LogEvent.DAEMON_STARTED, repositories=1)
    open_log(pipe).info(LogEvent.DAEMON_STARTED, repositories=1)
    assert "daemon.started" in terminal.getvalue()
    assert not terminal.getvalue().startswith("{")
    assert pipe.getvalue().startswith("{")


def test_a_level_hides_what_is_below_it() -> None:
    stream = io.StringIO()
    log = open_log(stream, level="error")
    log.warning(LogEvent.WATCH_DEGRADED)
    log.error(LogEvent.DAEMON_FAILED)
    assert stream.getvalue().count("\n") == 1


def test_a_stream_that_is_gone_or_full_stops_nobody() -> None:
    closed = io.StringIO()
    closed.close()
    open_log(closed, form="json").info(LogEvent.DAEMON_STARTED)
    with open("/dev/full", "w") as full:
        log = open_log(full, form="json")
        log.error(LogEvent.DAEMON_FAILED, why="x" * 10000)
        os.dup2(os.open(os.devnull, os.O_WRONLY), full.fileno())


def test_every_event_name_is_a_noun_and_what_happened() -> None:
    for event in LogEvent:
        noun, _, verb = event.value.partition(".")
        assert noun.isalpha() and noun.islower(), event
        assert verb.isalpha() and verb.islower(), event


@pytest.fixture(params=["path", "abstract"])
def manager(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[socket.socket, str]]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        if request.param == "path":
            place = str(tmp_path / "notify")
            channel.bind(place)
        else:
            place = f"@forgewatch-test-{os.getpid()}"
            channel.bind("\0" + place[1:])
        channel.settimeout(5)
        yield channel, place


def test_lines_reach_the_service_manager_as_one_datagram(manager: tuple[socket.socket, str]) -> None:
    channel, place = manager
    Notifier({"NOTIFY_SOCKET": place}).send("READY=1", "STATUS=PASS: Phase 1\nWATCHDOG=1")
    assert channel.recv(4096) == b"READY=1\nSTATUS=PASS: Phase 1 WATCHDOG=1"


def test_without_a_service_manager_nothing_happens(tmp_path: Path) -> None:
    Notifier({}).send("READY=1")
    Notifier({"NOTIFY_SOCKET": str(tmp_path / "missing")}).send("READY=1")


@pytest.mark.parametrize(
    ("environ", "seconds"),
    [
        ({"WATCHDOG_USEC": "20000000"}, 10.0),
        ({"WATCHDOG_USEC": "20000000", "WATCHDOG_PID": str(os.getpid())}, 10.0),
        ({"WATCHDOG_USEC": "20000000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
        ({}, None),
    ],
)
def test_the_watchdog_is_served_when_it_is_meant_for_us(environ: dict[str, str], seconds: float | None) -> None:
    assert Notifier(environ).keepalive_seconds() == seconds


def test_the_clock_tells_utc_and_keeps_its_offset() -> None:
    clock = SystemClock()
    assert len(clock.now()) == 20
    assert clock.now().endswith("Z")
    assert clock.monotonic() <= clock.monotonic()
    assert abs(clock.offset() - clock.offset()) < 0.5


def test_directories_follow_no_symlink_and_miss_nothing_silently(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "file").write_text("x")
    (tmp_path / "link").symlink_to("real")
    look = LocalDirectories()
    found = os.stat(tmp_path / "real")
    assert look.identity(str(tmp_path / "real")) == (found.st_dev, found.st_ino)
    assert look.identity(str(tmp_path / "link")) is None
    assert look.identity(str(tmp_path / "file")) is None
    assert look.identity(str(tmp_path / "missing")) is None
    assert look.stamp(str(tmp_path / "missing")) is None
    assert look.stamp(str(tmp_path / "file")) == look.stamp(str(tmp_path / "file"))
    assert look.folders(str(tmp_path), 10) == ("real",)
    assert look.folders(str(tmp_path), 0) == ()
    assert look.folders(str(tmp_path / "missing"), 10) == ()
