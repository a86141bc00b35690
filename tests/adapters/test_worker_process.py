"""Audits in real worker processes: killed, hung, flooded, poisoned, exhausted. The daemon lives and no fault is a pass."""

from __future__ import annotations

import os
import signal
import sys
import textwrap
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from forgewatch.adapters.frames import FRAME_LIMIT
from forgewatch.adapters.worker_process import WorkerProcesses
from forgewatch.core.codec import encode
from forgewatch.core.errors import EnvironmentFault
from forgewatch.core.report import AuditRequest, Committed, Failed, Report
from forgewatch.core.settings import AuditSettings, Settings
from forgewatch.core.values import CommitId
from forgewatch.core.verdict import StopReason
from tests.support.children import children
from tests.support.inside import Inside, faults_of, inside_of
from tests.support.installed import until

FRAMES = """\
import json, os, struct, subprocess, sys, time
def say(value, token=None):
    raw = json.dumps({'is': 'Answered', 'token': token or asked['token'], 'answer': value}).encode()
    os.write(1, struct.pack('>I', len(raw)) + raw)
"""
TAKE = """\
size = struct.unpack('>I', sys.stdin.buffer.read(4))[0]
asked = json.loads(sys.stdin.buffer.read(size))
"""
SPAWN = "open({!r}, 'w').write(str(subprocess.Popen(['/bin/sleep', '600']).pid))\n"
ESCAPE = """\
if os.fork() == 0:
    os.setsid()
    ends = time.monotonic() + 3
    while time.monotonic() < ends:
        os.write(2, b'y' * 65536)
    os._exit(0)
"""
COMMITTED = {"is": "Committed", "head": "1" * 40}
TELL = f"say({COMMITTED!r})\n"


@pytest.fixture
def inside(tmp_path: Path) -> Iterator[Inside]:
    """A repository with honest work in it."""
    with inside_of(tmp_path) as rig:
        rig.builder.write("app/a.py", "x = 2\n").record().claims("app/a.py").completes()
        yield rig


@pytest.fixture
def workers() -> Iterator[WorkerProcesses]:
    """Real workers, ended after the test."""
    made = WorkerProcesses()
    yield made
    made.close()


@pytest.fixture
def scripted() -> Iterator[Any]:
    """Makes an auditor whose worker is a script of the test's own."""
    made: list[WorkerProcesses] = []

    def make(*lines: str) -> WorkerProcesses:
        made.append(WorkerProcesses((sys.executable, "-I", "-S", "-c", FRAMES + "".join(lines)), grace=0.2))
        return made[-1]

    yield make
    for each in made:
        each.close()


def forever(*lines: str) -> str:
    """Return a script that does these lines again and again, as a warm worker does."""
    return "while True:\n" + textwrap.indent("".join(lines), " ")


def started(before: dict[int, str]) -> list[int]:
    return sorted(set(children()) - set(before))


def hurried(request: AuditRequest, seconds: int = 1, **parts: Any) -> AuditRequest:
    return replace(request, settings=Settings(audit=AuditSettings(deadline_seconds=seconds, **parts)))


def test_a_worker_gives_the_same_report_as_this_process(inside: Inside, workers: WorkerProcesses) -> None:
    told = workers.audit(inside.request())
    assert isinstance(told, Report)
    assert told.audit.passed, faults_of(told)
    assert encode(told) == encode(inside.report())


def test_a_worker_serves_many_audits_and_leaves_no_descriptor_and_no_zombie(inside: Inside, workers: WorkerProcesses) -> None:
    before = children()
    first = encode(workers.audit(inside.request()))
    pids, descriptors = started(before), len(os.listdir("/proc/self/fd"))
    (worker,) = pids
    held = len(os.listdir(f"/proc/{worker}/fd"))
    for _ in range(50):
        assert encode(workers.audit(inside.request())) == first
    assert started(before) == pids
    assert len(os.listdir("/proc/self/fd")) == descriptors
    assert len(os.listdir(f"/proc/{worker}/fd")) == held
    workers.close()
    assert started(before) == []
    assert len(os.listdir("/proc/self/fd")) < descriptors


def test_a_worker_killed_during_an_audit_is_a_failure_and_the_next_audit_works(inside: Inside, workers: WorkerProcesses) -> None:
    before = children()
    os.mkfifo(inside.builder.root / ".git/objects/pack/pack-0000000000000000000000000000000000000000.idx")
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(workers.audit, hurried(inside.request(), 60))
        assert until(lambda: bool(started(before)))
        (worker,) = started(before)
        assert until(lambda: Path(f"/proc/{worker}/cmdline").read_bytes().endswith(b"worker\0"))
        os.kill(worker, signal.SIGKILL)
        failed = waiting.result(30)
    assert isinstance(failed, Failed)
    assert failed.stop == StopReason.ENVIRONMENT_LIMITATION
    assert failed.why == "the audit process ended with status -9: the other side ended"
    assert started(before) == []
    (inside.builder.root / ".git/objects/pack/pack-0000000000000000000000000000000000000000.idx").unlink()
    assert isinstance(workers.audit(inside.request()), Report)


def test_a_warm_worker_that_ended_meanwhile_is_replaced_and_nobody_notices(inside: Inside, workers: WorkerProcesses) -> None:
    before = children()
    first = workers.audit(inside.request())
    (worker,) = started(before)
    os.kill(worker, signal.SIGKILL)
    assert workers.audit(inside.request()) == first
    assert len(started(before)) == 1
    assert worker not in children()


def test_a_warm_worker_that_breaks_over_an_audit_is_no_verdict_about_it(inside: Inside, scripted: Any, tmp_path: Path) -> None:
    mark = str(tmp_path / "mark")
    once = f"if os.path.exists({mark!r}):\n os.unlink({mark!r})\n sys.exit(0)\n"
    workers = scripted(forever(TAKE, once, TELL))
    assert workers.audit(inside.request()) == Committed(CommitId("1" * 40))
    Path(mark).touch()
    assert workers.audit(inside.request()) == Committed(CommitId("1" * 40))
    assert not os.path.exists(mark)


def test_an_audit_over_its_deadline_is_ended_with_all_its_children(inside: Inside, scripted: Any) -> None:
    before = children()
    pidfile = inside.state / "pid"
    workers = scripted(TAKE, SPAWN.format(str(pidfile)), "time.sleep(600)\n")
    failed = workers.audit(hurried(inside.request()))
    assert failed == Failed(
        StopReason.ENVIRONMENT_LIMITATION,
        "the audit overran its deadline of 1 s",
        "raise audit.deadline_seconds, or look for what makes the tree slow",
    )
    assert started(before) == []
    assert until(lambda: not is_alive(int(pidfile.read_text())))


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in ("Z", "X")
    except OSError:
        return False


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        ("sys.exit(3)\n", "ended with status 3"),
        ("os.write(1, b'\\0\\0')\n", "the other side ended"),
        ("os.write(1, struct.pack('>I', 100) + b'{')\n", "the other side ended"),
        (f"os.write(1, struct.pack('>I', {FRAME_LIMIT + 1}))\n", "over the limit"),
        ("os.write(1, struct.pack('>I', 2) + b'{]')\n", "no JSON"),
        ("say({'is': 'Report'})\n", "is missing"),
        ("say({'is': 'Oracle', 'passed': True})\n", "expected one of Report, Committed, Failed"),
        ("say('PASS')\n", "expected one of Report, Committed, Failed"),
        ("say([1] * 5)\nos.close(1)\n", "expected one of"),
        ("raise MemoryError('no room')\n", "MemoryError: no room"),
        ("os.write(2, b'\\x1b[2J\\xff last\\nwords \\x1b]52;c;x\\x07\\n')\nsys.exit(1)\n", "words \\x1b]52;c;x\\x07"),
    ],
)
def test_an_answer_that_is_none_is_a_failure_that_says_why(inside: Inside, scripted: Any, lines: str, why: str) -> None:
    before = children()
    failed = scripted(TAKE, lines).audit(inside.request())
    assert isinstance(failed, Failed)
    assert why in failed.why
    assert started(before) == []


def test_a_second_answer_in_the_first_ones_wake_is_not_the_answer_to_the_next_question(inside: Inside, scripted: Any) -> None:
    late = "say({'is': 'Failed', 'stop': 's', 'why': 'late'}, first)\n"
    workers = scripted(TAKE, "first = asked['token']\n", TELL, TAKE, late, "time.sleep(60)\n")
    assert workers.audit(inside.request()) == Committed(CommitId("1" * 40))
    assert "late" not in str(workers.audit(inside.request()))


def test_an_answer_with_a_token_of_its_own_is_a_failure_that_says_why(inside: Inside, scripted: Any) -> None:
    failed = scripted(TAKE, f"say({COMMITTED!r}, 'guessed')\n").audit(inside.request())
    assert isinstance(failed, Failed)
    assert "the answer is to another question" in failed.why


@pytest.mark.parametrize("when", ["before", "between", "after"])
def test_a_flood_on_standard_error_blocks_nobody(inside: Inside, scripted: Any, when: str) -> None:
    flood = "os.write(2, b'x' * 1000000 + b'\\n')\n" * 3
    parts = {"before": (flood, TAKE, TELL), "between": (TAKE, flood, TELL), "after": (TAKE, TELL, flood)}[when]
    workers = scripted(*parts, "time.sleep(600)\n")
    large = replace(inside.request(), document=b"x" * 500_000)
    assert workers.audit(hurried(large, 30)) == Committed(CommitId("1" * 40))


def test_a_worker_without_standard_error_is_served(inside: Inside, scripted: Any) -> None:
    workers = scripted("os.close(2)\n", TAKE, TELL)
    assert workers.audit(inside.request()) == Committed(CommitId("1" * 40))


def test_a_worker_that_never_reads_cannot_hold_us(inside: Inside, scripted: Any) -> None:
    workers = scripted("time.sleep(600)\n")
    large = replace(inside.request(), document=b"x" * 1_000_000)
    failed = workers.audit(hurried(large))
    assert isinstance(failed, Failed)
    assert "overran" in failed.why


def test_memory_has_a_bound_and_reaching_it_is_a_failure(inside: Inside, workers: WorkerProcesses) -> None:
    wide = "\n".join(f"- app/{number}.py" for number in range(60_000))
    request = replace(inside.request(), document=inside.builder.difflog("COMPLETE", summary=wide).encode())
    answer = workers.audit(hurried(request, 60, memory_mb=48))
    assert not (isinstance(answer, Report) and answer.audit.passed)
    assert isinstance(answer, Failed)
    assert isinstance(workers.audit(inside.request()), Report)


def test_nothing_of_the_callers_environment_reaches_a_worker(
    inside: Inside, workers: WorkerProcesses, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    canary = tmp_path / "canary"
    poison = tmp_path / "poison"
    poison.mkdir()
    for name in ("yaml.py", "git.py", "sitecustomize.py", "forgewatch.py", "sqlite3.py"):
        (poison / name).write_text(f"open({str(canary)!r}, 'w').close()\n")
        inside.builder.write(name, f"open({str(canary)!r}, 'w').close()\n")
    (poison / "git").write_text(f"#!/bin/sh\n: > '{canary}'\n")
    (poison / "git").chmod(0o755)
    values = {
        "PYTHONPATH": str(poison),
        "PYTHONSTARTUP": str(poison / "yaml.py"),
        "PATH": f"{poison}:{os.environ['PATH']}",
        "GIT_DIR": str(poison),
        "GIT_EXEC_PATH": str(poison),
        "GIT_SSH_COMMAND": str(poison / "git"),
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "core.fsmonitor",
        "GIT_CONFIG_VALUE_0": str(poison / "git"),
        "GIT_OBJECT_DIRECTORY": str(poison),
        "FORGEWATCH_SECRET": "s",
    }
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(inside.builder.root)
    before = children()
    told = workers.audit(inside.request())
    (worker,) = started(before)
    environment = Path(f"/proc/{worker}/environ").read_bytes().split(b"\0")
    names = {item.partition(b"=")[0].decode() for item in environment if item}
    assert isinstance(told, Report)
    assert not canary.exists()
    assert names == {"PATH", "LC_ALL", "HOME", "GIT_PYTHON_REFRESH", "GIT_CONFIG_NOSYSTEM", "GIT_CONFIG_GLOBAL"}
    assert os.readlink(f"/proc/{worker}/cwd") == "/"
    assert os.getsid(worker) == worker


def test_two_threads_at_once_get_their_own_answers(tmp_path: Path, workers: WorkerProcesses) -> None:
    with inside_of(tmp_path / "one") as one, inside_of(tmp_path / "two") as two:
        for number, rig in enumerate((one, two)):
            rig.builder.write("app/a.py", f"x = {number + 7}\n").record().claims("app/a.py").completes()
        wanted = [encode(one.report()), encode(two.report())]
        with ThreadPoolExecutor(2) as pool:
            answers = [pool.submit(workers.audit, rig.request()) for rig in (one, two) * 4]
            assert [encode(answer.result(60)) for answer in answers] == wanted * 4
    assert wanted[0] != wanted[1]


def test_closing_during_an_audit_ends_it_and_no_worker_is_left(inside: Inside, scripted: Any) -> None:
    before = children()
    workers = scripted("time.sleep(600)\n")
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(workers.audit, hurried(inside.request(), 60))
        assert until(lambda: bool(started(before)))
        workers.close()
        assert isinstance(waiting.result(30), Failed)
    assert started(before) == []


def test_after_closing_no_audit_is_begun(inside: Inside, workers: WorkerProcesses) -> None:
    before = children()
    workers.audit(inside.request())
    workers.close()
    workers.close()
    with pytest.raises(EnvironmentFault, match="no audit is begun"):
        workers.audit(inside.request())
    assert started(before) == []


def test_killing_needs_no_lock_and_reaches_idle_and_busy_workers(inside: Inside, scripted: Any) -> None:
    before = children()
    slow = "if asked['request']['cycle'] == 2: time.sleep(600)\n"
    workers = scripted(forever(TAKE, slow, TELL))
    with ThreadPoolExecutor(2) as pool:
        busy = pool.submit(workers.audit, hurried(inside.request(cycle=2), 60))
        assert workers.audit(inside.request()) == Committed(CommitId("1" * 40))
        assert until(lambda: len(started(before)) == 2)
        with workers._lock:
            workers.kill()
            assert until(lambda: all(not is_alive(pid) for pid in started(before)))
        assert isinstance(busy.result(30), Failed)
    workers.close()
    assert started(before) == []


def test_a_worker_that_cannot_be_started_is_told_as_what_it_is(inside: Inside) -> None:
    workers = WorkerProcesses(("/nonexistent/python",))
    with pytest.raises(EnvironmentFault, match="no audit process could be started: No such file"):
        workers.audit(inside.request())


@pytest.mark.parametrize("before", ["", TELL + TAKE])
def test_a_worker_of_another_version_is_no_verdict_and_the_remedy_is_named(inside: Inside, scripted: Any, before: str) -> None:
    # Upgraded under a running daemon: an entry that names one version and was judged by another would be false.
    workers = scripted(TAKE, before, "sys.exit(76)\n")
    if before:
        assert isinstance(workers.audit(inside.request()), Committed)
    with pytest.raises(EnvironmentFault, match="another version is installed now") as fault:
        workers.audit(inside.request())
    assert fault.value.hint == "restart the daemon"


def test_a_worker_that_ended_for_want_of_work_is_let_go_and_the_others_stay(inside: Inside, workers: WorkerProcesses) -> None:
    before = children()
    workers.audit(inside.request())
    (worker,) = started(before)
    workers.reap()
    assert started(before) == [worker]
    os.kill(worker, signal.SIGKILL)
    assert until(lambda: Path(f"/proc/{worker}/stat").read_text().rpartition(")")[2].split()[0] == "Z")
    workers.reap()
    assert started(before) == []
    assert isinstance(workers.audit(inside.request()), Report)


def test_an_expected_audit_finds_its_worker_started(inside: Inside, workers: WorkerProcesses) -> None:
    before = children()
    workers.expect()
    workers.expect()
    (worker,) = started(before)
    assert isinstance(workers.audit(inside.request()), Report)
    assert started(before) == [worker]


def test_an_expected_audit_that_finds_its_worker_ended_or_broken_gets_another(inside: Inside, scripted: Any, tmp_path: Path) -> None:
    before = children()
    once = f"if not os.path.exists({str(tmp_path / 'began')!r}):\n open({str(tmp_path / 'began')!r}, 'w').close(); sys.exit(3)\n"
    workers = scripted(TAKE, once, TELL)
    workers.expect()
    (worker,) = started(before)
    assert isinstance(workers.audit(inside.request()), Committed)
    assert worker not in started(before)


def test_what_keeps_an_expected_audit_from_being_made_ready_is_said_when_it_is_asked_for(inside: Inside) -> None:
    workers = WorkerProcesses(("/nonexistent/python",))
    workers.expect()
    with pytest.raises(EnvironmentFault, match="no audit process could be started"):
        workers.audit(inside.request())
    workers.close()
    workers.expect()


def test_an_endless_writer_outside_the_group_cannot_hold_us(inside: Inside, scripted: Any) -> None:
    before = children()
    failed = scripted(TAKE, ESCAPE, "sys.exit(4)\n").audit(inside.request())
    assert isinstance(failed, Failed)
    assert started(before) == []
