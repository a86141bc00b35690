"""Steps of the tests as processes: how they end, what is kept of them, and that nothing outlives them. With and without a sandbox."""

from __future__ import annotations

import contextlib
import hashlib
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from forgewatch.adapters.bench_bounds import TAIL, Bounds, Ended
from forgewatch.adapters.bench_step import MARK, launched, run_step
from forgewatch.core.errors import EnvironmentFault
from forgewatch.core.settings import Sandbox
from tests.support.benches import LEVELS, Ear, Workshop, processes_of
from tests.support.builder import Builder
from tests.support.installed import until

ESCAPE = """\
import os, signal, sys, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        for number in range(3):
            os.close(number)
        os.execv('/bin/sleep', ['sleep', '{seconds}'])
    os._exit(0)
time.sleep({stay})
"""


@pytest.fixture
def workshop(builder: Builder, tmp_path: Path) -> Workshop:
    """Benches for a small repository."""
    (tmp_path / "state").mkdir()
    return Workshop(builder, tmp_path)


def bounds(tmp_path: Path, **parts: object) -> Bounds:
    return Bounds(**{"ends": time.monotonic() + 60, "why_late": "ended: late", "disk": str(tmp_path), **parts})  # type: ignore[arg-type]


def bare(tmp_path: Path, *argv: str, ear: Ear | None = None, **parts: object) -> Ended:
    """Run a command below the steward, without a copy."""
    environment = {"PATH": "/usr/bin:/bin", MARK: "of-this-test"}
    return run_step(launched([], argv), environment, str(tmp_path), bounds(tmp_path, **parts), ear or Ear())


def alone(number: int) -> str:
    """Return seconds to sleep that no other test sleeps."""
    return f"{number}.{os.getpid()}"


@pytest.mark.parametrize("level", LEVELS)
def test_the_exit_status_is_the_steps_and_a_signal_is_128_and_its_number(workshop: Workshop, level: Sandbox) -> None:
    workshop.set(sandbox=level)
    assert [workshop.run("sh", "-c", f"exit {number}").exit for number in (0, 1, 127)] == [0, 1, 127]
    assert workshop.run("sh", "-c", "kill -SEGV $$").exit == 139


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("name", ["nonesuch-tool", "./absent", "sub/absent"])
def test_a_command_that_is_missing_is_told_by_name_and_is_no_exit_status(workshop: Workshop, level: Sandbox, name: str) -> None:
    run = workshop.set(sandbox=level).run(name, "-x")
    assert (run.exit, run.why) == (None, f"not found: {name}")


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("folder", ["absent", "app/a.py", "../other", "/etc", "link", "link/api"])
def test_a_folder_that_is_not_in_the_copy_is_told(workshop: Workshop, level: Sandbox, folder: str) -> None:
    (workshop.builder.root / "link").symlink_to("app")
    run = workshop.set(sandbox=level).run("true", folder=folder)
    assert (run.exit, run.why) == (None, f"not found: folder {folder}")


@pytest.mark.parametrize("level", LEVELS)
def test_a_step_runs_in_its_folder_without_input_and_with_one_output(workshop: Workshop, level: Sandbox) -> None:
    ear = Ear()
    run = workshop.set(sandbox=level).run("sh", "-c", "cat; pwd -P; ls; echo wrong >&2", folder="app/api", ear=ear)
    here, *names, wrong = run.tail.decode().splitlines()
    assert here.endswith("/app/api")
    assert (set(names), wrong) == ({"__init__.py", "routers"}, "wrong")
    assert b"".join(ear.pieces) == run.tail
    assert (run.size, run.digest) == (len(run.tail), f"sha256:{hashlib.sha256(run.tail).hexdigest()}")


@pytest.mark.req("S002-9.2-7")
@pytest.mark.parametrize("level", LEVELS)
def test_a_hanging_step_is_ended_at_the_deadline_of_the_run_and_later_ones_do_not_begin(workshop: Workshop, level: Sandbox) -> None:
    from forgewatch.core.bench import Part, Step

    seconds = alone(601)
    workshop.set(sandbox=level, timeout_seconds=3)
    with workshop.bench() as bench:
        began = time.monotonic()
        hung = bench.run(Step(part=Part.BEHAVIOR, name="hang", argv=("sh", "-c", f"echo begun; sleep {seconds}")), Ear())
        later = bench.run(Step(part=Part.BEHAVIOR, name="later", argv=("true",)), Ear())
        assert time.monotonic() - began < 15
    assert (hung.exit, hung.why, hung.tail) == (None, "ended: the run took more than 3 s", b"begun\n")
    assert (later.exit, later.why, later.seconds) == (None, hung.why, 0.0)
    assert processes_of(seconds) == []


@pytest.mark.parametrize("level", LEVELS)
def test_what_a_step_leaves_behind_is_dead_when_it_has_ended_also_after_a_double_fork_in_a_session_of_its_own(
    workshop: Workshop, level: Sandbox
) -> None:
    seconds = alone(602)
    run = workshop.set(sandbox=level).run("python3", "-c", ESCAPE.format(seconds=seconds, stay=0.2))
    assert run.exit == 0, run
    assert processes_of(seconds) == []


def test_what_a_step_left_behind_is_dead_after_the_deadline_and_after_a_listener_that_fails(tmp_path: Path) -> None:
    seconds = alone(603)
    late = bare(tmp_path, "python3", "-c", ESCAPE.format(seconds=seconds, stay=60), ends=time.monotonic() + 0.7)
    assert (late.exit, late.why) == (None, "ended: late")
    assert processes_of(seconds) == []

    def fail() -> None:
        raise ValueError("of the listener")

    with pytest.raises(ValueError, match="of the listener"):
        bare(tmp_path, "sh", "-c", f"echo x; sleep {seconds}", ear=Ear(then=fail))
    assert processes_of(seconds) == []


def test_an_interrupt_ends_the_step_and_leaves_no_descriptor(tmp_path: Path) -> None:
    seconds = alone(604)
    before = len(os.listdir("/proc/self/fd"))
    with pytest.raises(KeyboardInterrupt):
        bare(tmp_path, "sh", "-c", f"echo x; sleep {seconds}", ear=Ear(then=lambda: signal.raise_signal(signal.SIGINT)))
    assert processes_of(seconds) == []
    assert len(os.listdir("/proc/self/fd")) == before


class Interrupted(Exception):
    """What a signal of the test raises."""


def test_an_interrupt_at_any_moment_leaves_no_process(tmp_path: Path) -> None:
    """The moments are spread over start, run and end."""
    seconds, taken = alone(609), threading.Event()

    def interrupt(_number: int, _frame: object) -> None:
        taken.set()
        raise Interrupted

    before = signal.signal(signal.SIGHUP, interrupt)
    try:
        for number in range(25):
            taken.clear()
            timer = threading.Timer(number * 0.006, lambda: os.kill(os.getpid(), signal.SIGHUP))
            with contextlib.suppress(Interrupted):
                timer.start()
                bare(tmp_path, "sh", "-c", f"sleep {seconds} & sleep 0.05")
                assert until(taken.is_set)
            timer.join()
            assert until(lambda: processes_of(seconds) == [])
    finally:
        signal.signal(signal.SIGHUP, before)


def test_a_step_that_kills_what_watches_over_it_has_not_passed_and_is_found_by_its_mark(tmp_path: Path) -> None:
    seconds = alone(605)
    ended = bare(tmp_path, "sh", "-c", f"(setsid sleep {seconds} &) ; kill -9 $PPID; exit 0")
    assert (ended.exit, ended.why) == (None, "ended: what watches over it was killed")
    assert processes_of(seconds) == []


def test_a_step_that_writes_to_the_pipes_of_what_watches_over_it_has_not_passed(tmp_path: Path) -> None:
    """Without a sandbox the steward's descriptors are within reach; its own word is the last one, and it takes any for an end."""
    forge = """\
import glob, os, re
told = int(re.search(r'PPid:\\t(\\d+)', open('/proc/self/status').read())[1])
for path in glob.glob(f'/proc/{told}/fd/*'):
    if os.readlink(path).startswith('pipe:'):
        try:
            handle = os.open(path, os.O_WRONLY | os.O_NONBLOCK)
            os.write(handle, b'exit 0\\nexit 0')
        except OSError:
            pass
raise SystemExit(5)
"""
    assert bare(tmp_path, "python3", "-c", forge).exit in (None, 5)


def test_a_gigabyte_of_output_is_bounded_in_memory_and_ended(tmp_path: Path) -> None:
    ear = Ear()
    ear.heard = lambda piece: None  # type: ignore[method-assign]
    ended = bare(tmp_path, "sh", "-c", "yes | head -c 1000000000", ear=ear, output=16 << 20)
    assert (ended.exit, ended.why) == (None, "ended: it printed more than 16777216 bytes")
    assert 16 << 20 < ended.size < 17 << 20
    assert len(ended.tail) == TAIL


def test_only_the_last_bytes_are_kept_and_all_are_digested(tmp_path: Path) -> None:
    ended = bare(tmp_path, "sh", "-c", "seq 1 100000")
    whole = "".join(f"{number}\n" for number in range(1, 100_001)).encode()
    assert (ended.tail, ended.size) == (whole[-TAIL:], len(whole))
    assert ended.digest == f"sha256:{hashlib.sha256(whole).hexdigest()}"


def test_a_crowd_of_processes_is_ended(tmp_path: Path) -> None:
    seconds = alone(606)
    ended = bare(tmp_path, "sh", "-c", f"for i in $(seq 120); do sleep {seconds} & done; wait", processes=60)
    assert (ended.exit, ended.why) == (None, "ended: more than 60 processes at once")
    assert processes_of(seconds) == []


def test_orphans_that_ended_are_no_crowd(tmp_path: Path) -> None:
    ended = bare(tmp_path, "sh", "-c", "for i in $(seq 150); do (true &) ; done; sleep 0.3; ls /proc", processes=100)
    assert (ended.exit, ended.why) == (0, "")


def test_a_fork_bomb_is_ended_and_nothing_of_it_is_left(tmp_path: Path) -> None:
    word = f"bomb-{os.getpid()}"
    ended = bare(tmp_path, "python3", "-c", "import os, sys\nwhile True: os.fork()", word, processes=400)
    assert ended.exit != 0
    assert processes_of(word) == []


def test_a_step_runs_at_the_usual_priority(tmp_path: Path) -> None:
    ended = bare(tmp_path, "python3", "-c", "import os; print(os.sched_getscheduler(0) == os.SCHED_OTHER, os.nice(0))")
    assert ended.tail == f"True {os.nice(0)}\n".encode()


def test_a_disk_that_runs_full_ends_the_step(tmp_path: Path) -> None:
    ended = bare(tmp_path, "sleep", "30", room=1 << 60)
    assert ended.exit is None
    assert "bytes are free where the copy is" in ended.why


def test_memory_of_each_process_is_bounded_where_the_operator_wants_it(workshop: Workshop) -> None:
    workshop.set(sandbox=Sandbox.NONE, memory_mb=512)
    assert workshop.run("python3", "-c", "b'x' * (1 << 30)").exit == 1
    assert workshop.set(memory_mb=0).run("python3", "-c", "b'x' * (1 << 30)").exit == 0


def test_a_signal_of_the_step_has_its_usual_meaning(tmp_path: Path) -> None:
    assert bare(tmp_path, "sh", "-c", "kill -TERM $$; exit 3").exit == 143
    assert bare(tmp_path, "sh", "-c", "kill -INT $$; exit 3").exit == 130


def test_a_folder_that_is_gone_is_a_fault_of_the_machine(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentFault, match="could be started"):
        run_step(["true"], {MARK: "x"}, str(tmp_path / "gone"), bounds(tmp_path), Ear())
    with pytest.raises(EnvironmentFault, match="could be started"):
        run_step([str(tmp_path / "gone")], {MARK: "x"}, str(tmp_path), bounds(tmp_path), Ear())


@pytest.mark.parametrize("level", LEVELS)
def test_forgewatch_killed_by_force_takes_the_step_along_and_the_next_run_removes_its_copy(workshop: Workshop, level: Sandbox) -> None:
    seconds = alone(607)
    workshop.set(sandbox=level)
    with workshop.bench():
        pass
    script = textwrap.dedent(
        f"""
        import os, sys
        from pathlib import Path
        from forgewatch.core.settings import Sandbox
        from tests.support.benches import Workshop
        from tests.support.builder import Builder
        shop = Workshop(Builder(Path({str(workshop.builder.root)!r})), Path({str(workshop.top)!r})).set(sandbox=Sandbox({level.value!r}))
        shop.run("sh", "-c", "(setsid sleep {seconds} &) ; sleep {seconds}")
        """
    )
    top = str(Path(__file__).resolve().parents[2])
    killed = subprocess.Popen([sys.executable, "-c", script], cwd=top, env={**os.environ, "PYTHONPATH": top})
    try:
        assert until(lambda: len(processes_of(seconds)) >= 2)
        assert workshop.left
        killed.kill()
        assert until(lambda: processes_of(seconds) == [])
    finally:
        killed.kill()
        killed.wait()
    assert workshop.left
    workshop.run("true")
    assert workshop.left == []


@pytest.fixture
def _unhandled() -> Iterator[None]:
    """Nobody handles SIGTERM, as in a command; what measures the coverage does."""
    before = signal.signal(signal.SIGTERM, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGTERM, before)


@pytest.mark.usefixtures("_unhandled")
def test_a_terminated_run_ends_its_step_and_removes_its_copy(workshop: Workshop) -> None:
    seconds = alone(608)
    workshop.set(sandbox=Sandbox.NONE)
    killer = threading.Timer(0.0, lambda: until(lambda: bool(processes_of(seconds))) and os.kill(os.getpid(), signal.SIGTERM))
    killer.start()
    with pytest.raises(SystemExit) as left:
        workshop.run("sleep", seconds)
    killer.join()
    assert left.value.code == 143
    assert until(lambda: processes_of(seconds) == [])
    assert workshop.left == []
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
