"""The worker's side of the pipes, as a process of its own: one request after the other, bounds, and an end without a daemon."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from forgewatch import __version__
from forgewatch.adapters.frames import FrameBroken, read_frame, write_frame
from forgewatch.adapters.worker_server import OTHER_ENGINE
from forgewatch.core.codec import encode
from forgewatch.core.places import Layout
from forgewatch.core.report import Asked, AuditRequest
from forgewatch.core.settings import AuditSettings, Profile, Settings
from forgewatch.core.snapshot import LedgerCondition, LedgerFacts, RecordHistory

SERVER = """\
import json, os, resource, sys
from forgewatch.adapters import worker_server
from forgewatch.core.report import Failed
worker_server.IDLE_SECONDS = float(sys.argv[1])
def answer(request):
    print("printed by mistake")
    os.write(1, b"written by mistake")
    limits = [resource.getrlimit(kind) for kind in (resource.RLIMIT_AS, resource.RLIMIT_CORE, resource.RLIMIT_CPU)]
    if request.cycle == 7:
        raise ValueError("a bug")
    if request.cycle == 8:
        bytearray(1 << 40)
    return Failed("s", json.dumps(limits), str(request.cycle))
sys.exit(worker_server.serve(answer))
"""
MIB = 1024 * 1024


class Server:
    """A worker whose answers tell the bounds it works under."""

    def __init__(self, idle: float) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", SERVER, str(idle)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )

    def ask(self, request: AuditRequest) -> Any:
        self.send(request)
        assert self.process.stdout is not None
        answered: Any = read_frame(self.process.stdout.fileno(), seconds=30)
        assert answered["token"] == "t"
        return answered["answer"]

    def send(self, request: AuditRequest) -> None:
        assert self.process.stdin is not None
        write_frame(self.process.stdin.fileno(), encode(Asked("t", __version__, request)))

    def ends(self) -> tuple[int, str]:
        """Wait for its end; return status and standard error."""
        assert self.process.stdin is not None
        _, errors = self.process.communicate(timeout=30)
        return self.process.returncode, errors.decode()


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server(30)
    yield made
    made.process.kill()
    made.process.communicate()


def request(**parts: Any) -> AuditRequest:
    values: dict[str, Any] = {
        "root": "/r",
        "state": "/s",
        "git": "/g",
        "layout": Layout.FORGE,
        "settings": Settings(audit=AuditSettings(deadline_seconds=10, memory_mb=512)),
        "profile": Profile.DEV,
        "ledger": LedgerFacts(LedgerCondition.NEW),
        "record_history": RecordHistory(),
    }
    return AuditRequest(**{**values, **parts})


def asked(engine: str, **parts: Any) -> Any:
    return encode(Asked("t", engine, request(**parts)))


def bounds(answer: Any) -> list[tuple[int, int]]:
    return [(soft, hard) for soft, hard in json.loads(answer["why"])]


def test_requests_are_answered_in_order_and_prints_break_no_frame(server: Server) -> None:
    assert [server.ask(request(cycle=cycle))["hint"] for cycle in (1, 2, 3)] == ["1", "2", "3"]
    assert server.ends()[0] == 0


def test_memory_core_and_processor_time_are_bound_before_the_work_begins(server: Server) -> None:
    memory, core, processor = bounds(server.ask(request()))
    assert memory == (512 * MIB, 512 * MIB)
    assert core == (0, 0)
    assert 10 < processor[0] <= 14


def test_a_later_request_may_narrow_a_bound_and_never_widen_it(server: Server) -> None:
    def asked(mib: int) -> int:
        settings = Settings(audit=AuditSettings(deadline_seconds=10, memory_mb=mib))
        return bounds(server.ask(replace(request(), settings=settings)))[0][0] // MIB

    assert [asked(512), asked(2048), asked(400), asked(512)] == [512, 512, 400, 400]


def test_without_work_it_ends_by_itself() -> None:
    assert Server(0.05).ends() == (0, "")


@pytest.mark.parametrize(("cycle", "words"), [(7, "ValueError: a bug"), (8, "MemoryError")])
def test_a_bug_or_a_memory_bound_ends_it_with_a_trace_and_no_answer(server: Server, cycle: int, words: str) -> None:
    with pytest.raises(FrameBroken, match="ended"):
        server.ask(request(cycle=cycle))
    status, errors = server.ends()
    assert status != 0
    assert errors.strip().splitlines()[-1].startswith(words)


@pytest.mark.parametrize("sent", [b"", b"\0\0", b"\0\0\0\x09{", b"\0\0\0\x02{]", b"\xff\xff\xff\xff"])
def test_an_end_or_a_broken_frame_ends_it_quietly(server: Server, sent: bytes) -> None:
    assert server.process.stdin is not None
    os.write(server.process.stdin.fileno(), sent)
    assert server.ends() == (0, "")


def test_a_request_of_another_shape_is_not_guessed_at(server: Server) -> None:
    assert server.process.stdin is not None
    write_frame(server.process.stdin.fileno(), {"token": "t", "engine": __version__, "request": {"is": "AuditRequest", "root": "/r"}})
    status, errors = server.ends()
    assert status != 0
    assert "is missing" in errors


@pytest.mark.parametrize("engine", ["0.0.1", "", __version__ + ".1"])
def test_a_question_of_another_version_is_not_answered_in_its_name(server: Server, engine: str) -> None:
    assert server.process.stdin is not None
    write_frame(server.process.stdin.fileno(), asked(engine))
    assert server.ends() == (OTHER_ENGINE, "")


@pytest.mark.parametrize("raw", [[], "x", None, {}, {"token": "t"}])
def test_a_question_without_a_version_is_of_another_version(server: Server, raw: Any) -> None:
    assert server.process.stdin is not None
    write_frame(server.process.stdin.fileno(), raw)
    assert server.ends() == (OTHER_ENGINE, "")


def test_a_daemon_that_is_gone_before_the_answer_ends_it(server: Server) -> None:
    assert server.process.stdout is not None
    server.process.stdout.close()
    server.send(request())
    assert server.process.wait(60) != 0


def test_the_installed_worker_speaks_frames_and_ends_with_its_input(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-I", "-m", "forgewatch", "worker"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd="/"
    )
    assert process.stdin is not None and process.stdout is not None
    write_frame(process.stdin.fileno(), asked(__version__, root=str(tmp_path), state=str(tmp_path), git="/usr/bin/git"))
    answered: Any = read_frame(process.stdout.fileno(), seconds=30)
    assert (answered["token"], answered["answer"]["is"]) == ("t", "Failed")
    process.communicate(timeout=30)
    assert process.returncode == 0
