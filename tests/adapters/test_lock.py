"""One daemon per repository: authority, advertisement, stale records (watching.md, Lock)."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from forgewatch.adapters.lock import InstanceLock, lock_holder, take_lock
from forgewatch.adapters.lock_record import (
    Garbage,
    LockRecord,
    boot_id,
    find_process,
    parse_lock_record,
    read_lock_record,
    remove_lock_record,
    write_lock_record,
)
from forgewatch.adapters.lock_staleness import why_stale
from forgewatch.core.errors import AlreadyRunning, EnvironmentFault, RepositoryUnavailable
from forgewatch.core.log_events import LogEvent

NOW = "2026-11-20T12:00:00Z"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "root").mkdir()
    return tmp_path / "root"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "state").mkdir()
    return tmp_path / "state"


@pytest.fixture
def lock(root: Path, folder: Path) -> Iterator[InstanceLock]:
    taken = take_lock(str(root), str(folder), NOW)
    yield taken
    taken.release()


def own() -> LockRecord:
    process = find_process(os.getpid())
    assert process is not None
    return LockRecord(pid=os.getpid(), started=NOW, boot_id=boot_id(), start_ticks=process.start_ticks, instance="ab12")


@pytest.fixture
def watcher() -> Iterator[subprocess.Popen[bytes]]:
    """A live process whose command line is that of an older watcher."""
    with subprocess.Popen([sys.executable, "-c", "print(flush=True); input()  # watch_audit"], stdin=-1, stdout=-1) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield process
        process.kill()


def record_of(process: subprocess.Popen[bytes]) -> LockRecord:
    found = find_process(process.pid)
    assert found is not None
    return LockRecord(pid=process.pid, started=NOW, boot_id=boot_id(), start_ticks=found.start_ticks, instance="ab12")


@pytest.mark.req("S002-10.1.1-2", "S005-1")
def test_the_record_names_process_host_boot_and_instance(root: Path, lock: InstanceLock) -> None:
    text = (root / ".forge_watcher.lock").read_text()
    assert [line.partition(":")[0] for line in text.splitlines()] == [
        "PID",
        "Started",
        "Host",
        "BootId",
        "StartTicks",
        "Instance",
        "Version",
        "Watches",
    ]
    assert f"PID: {os.getpid()}\nStarted: {NOW}\n" in text
    assert read_lock_record(str(root)) == lock.record


@pytest.mark.req("S002-10.1.1-1")
def test_a_second_instance_is_told_who_runs(root: Path, folder: Path, lock: InstanceLock) -> None:
    with pytest.raises(AlreadyRunning, match=rf"already running \(PID {os.getpid()} since {NOW}\)"):
        take_lock(str(root), str(folder), NOW)


def test_a_second_instance_with_another_state_folder_is_found_by_the_root_directory(root: Path, folder: Path) -> None:
    with held_by(os.geteuid(), root) as pid, pytest.raises(AlreadyRunning, match=f"PID {pid}"):
        take_lock(str(root), str(folder), NOW)
    # The lock that it did get is free again.
    take_lock(str(root), str(folder), NOW).release()


def test_a_lock_that_no_watcher_holds_is_reported_and_not_obeyed(root: Path, folder: Path) -> None:
    with held_by(os.geteuid(), root, "make") as pid:
        taken = take_lock(str(root), str(folder), NOW)
        assert [note for _, note in taken.notes] == [
            f"process {pid} of user id {os.geteuid()} holds a lock on the root directory; it is not obeyed"
        ]
        taken.release()


def test_the_holder_is_named_although_the_record_is_gone(root: Path, folder: Path, lock: InstanceLock) -> None:
    (root / ".forge_watcher.lock").unlink()
    with pytest.raises(AlreadyRunning, match=rf"already running \(PID {os.getpid()} since unknown\)"):
        take_lock(str(root), str(folder), NOW)


def test_a_forged_record_does_not_change_who_holds_the_lock(root: Path, folder: Path, lock: InstanceLock) -> None:
    write_lock_record(str(root), lock.record._replace(pid=1))
    with pytest.raises(AlreadyRunning, match=f"PID {os.getpid()}"):
        take_lock(str(root), str(folder), NOW)


def test_a_record_that_is_written_where_none_is_has_no_other_name_on_the_way(root: Path) -> None:
    """A builder's `git add` lists a name and then looks at it: one that is gone by then fails him."""
    in_the_way = root / ".forge_watcher.lock.ab12.swp"
    in_the_way.mkdir()
    write_lock_record(str(root), own())
    assert read_lock_record(str(root)) == own()
    assert (root / ".forge_watcher.lock").stat().st_nlink == 1
    in_the_way.rmdir()
    write_lock_record(str(root), own()._replace(pid=1))
    found = read_lock_record(str(root))
    assert (isinstance(found, LockRecord) and found.pid, os.listdir(root)) == (1, [".forge_watcher.lock"])


@contextmanager
def held_by(uid: int, root: Path, name: str = "forgewatch") -> Iterator[int]:
    """A process with `name` in its command line that holds a lock on the root directory; its id."""
    if uid != os.geteuid() != 0:
        pytest.skip("only root can become another user")
    for place in (root, *root.parents):
        if str(place).startswith("/tmp/"):
            os.chmod(place, 0o755)
    script = (
        f"import fcntl, os; os.getuid() == {uid} or os.setuid({uid}); fd = os.open({str(root)!r}, os.O_RDONLY);"
        "fcntl.flock(fd, fcntl.LOCK_EX); print(flush=True); input()"
    )
    with subprocess.Popen([sys.executable, "-c", script, name], stdin=-1, stdout=-1) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield process.pid
        process.kill()


def test_another_users_hold_on_the_root_is_reported_and_not_obeyed(root: Path, folder: Path) -> None:
    with held_by(65534, root) as pid:
        taken = take_lock(str(root), str(folder), NOW)
        assert taken.notes == [
            (LogEvent.LOCK_CONTESTED, f"process {pid} of user id 65534 holds a lock on the root directory; it is not obeyed")
        ]
        taken.release()


def test_the_machines_service_is_obeyed_where_it_keeps_a_record_of_the_repository(root: Path, folder: Path) -> None:
    with held_by(65534, root) as pid, pytest.raises(AlreadyRunning, match=rf"already running \(PID {pid} since unknown\)"):
        take_lock(str(root), str(folder), NOW, service=65534)


@pytest.mark.req("S002-10.1.1-4")
def test_release_removes_our_record_only(root: Path, folder: Path) -> None:
    taken = take_lock(str(root), str(folder), NOW)
    taken.release()
    assert not (root / ".forge_watcher.lock").exists()
    taken = take_lock(str(root), str(folder), NOW)
    other = taken.record._replace(instance="f00")
    write_lock_record(str(root), other)
    taken.release()
    assert read_lock_record(str(root)) == other


@pytest.mark.req("S002-10.1.1-3")
@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "expected 'PID: <number>', found ''"),
        (b"garbage\x00\xff", "expected 'PID: <number>', found ''"),
        (b"PID: -1\n", "found '-1'"),
        (b"PID: 4194399\nStarted: x\n", "process 4194399 is not running"),
        (b"PID: 1\n" * 2000, "expected at most 4096 bytes"),
    ],
)
def test_a_stale_record_is_replaced_with_the_reason(root: Path, folder: Path, content: bytes, why: str) -> None:
    (root / ".forge_watcher.lock").write_bytes(content)
    taken = take_lock(str(root), str(folder), NOW)
    assert [event for event, _ in taken.notes] == [LogEvent.LOCK_REPLACED]
    assert why in taken.notes[0][1]
    assert read_lock_record(str(root)) == taken.record
    taken.release()


@pytest.mark.parametrize("kind", ["symlink", "fifo", "directory"])
def test_something_else_at_the_records_place_is_survived(root: Path, folder: Path, tmp_path: Path, kind: str) -> None:
    place, victim = root / ".forge_watcher.lock", tmp_path / "victim"
    victim.write_text("untouched")
    {"symlink": lambda: place.symlink_to(victim), "fifo": lambda: os.mkfifo(place), "directory": place.mkdir}[kind]()
    taken = take_lock(str(root), str(folder), NOW)
    assert [event for event, _ in taken.notes] == [LogEvent.LOCK_UNADVERTISED if kind == "directory" else LogEvent.LOCK_REPLACED]
    assert victim.read_text() == "untouched"
    assert sorted(path.name for path in root.iterdir()) == [".forge_watcher.lock"]
    taken.release()


def test_a_record_that_could_not_be_written_is_not_said_to_be_replaced(root: Path, folder: Path) -> None:
    (root / ".forge_watcher.lock").mkdir()
    taken = take_lock(str(root), str(folder), NOW)
    ((event, why),) = taken.notes
    assert event is LogEvent.LOCK_UNADVERTISED
    assert why == "the record cannot be written: Is a directory; the one that is there stays: is no regular file"
    taken.release()


def test_a_live_older_watcher_is_obeyed(root: Path, folder: Path, watcher: subprocess.Popen[bytes]) -> None:
    write_lock_record(str(root), record_of(watcher))
    with pytest.raises(AlreadyRunning, match=f"PID {watcher.pid}"):
        take_lock(str(root), str(folder), NOW)
    watcher.kill()
    watcher.wait()
    taken = take_lock(str(root), str(folder), NOW)
    assert taken.notes[0][0] is LogEvent.LOCK_REPLACED
    taken.release()


def test_each_way_a_record_can_be_stale(watcher: subprocess.Popen[bytes]) -> None:
    live = record_of(watcher)
    assert why_stale(live) == ""
    assert "another process since" in why_stale(live._replace(start_ticks="1"))
    assert "it was written in boot other" in why_stale(live._replace(boot_id="other"))
    assert "was given to us" in why_stale(own())
    assert "another process since" in why_stale(live._replace(start_ticks="", started="yesterday"))
    assert "another process since" in why_stale(live._replace(start_ticks="", started="2020-01-01T00:00:00Z"))
    assert "is not running" in why_stale(live._replace(pid=4194399))


def test_an_older_record_without_ticks_is_compared_by_its_time(watcher: subprocess.Popen[bytes]) -> None:
    process = find_process(watcher.pid)
    assert process is not None
    from datetime import UTC, datetime

    for zone in (UTC, None):
        started = datetime.fromtimestamp(process.started, UTC).replace(tzinfo=zone).isoformat()
        assert why_stale(LockRecord(pid=watcher.pid, started=started)) == ""


def test_a_live_process_that_is_no_watcher_is_not_obeyed() -> None:
    with subprocess.Popen([sys.executable, "-c", "print(flush=True); input()"], stdin=-1, stdout=-1) as process:
        assert process.stdout is not None
        process.stdout.readline()
        assert "is no watcher" in why_stale(record_of(process))
        process.kill()


def test_a_zombie_is_not_running() -> None:
    with subprocess.Popen([sys.executable, "-c", "pass"]) as process:
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert find_process(process.pid) is None


def test_a_process_of_another_user_is_not_obeyed() -> None:
    found = find_process(1)
    if found is None or found.uid == os.geteuid():
        pytest.skip("process 1 is ours")
    assert "belongs to user id" in why_stale(LockRecord(pid=1))


def test_a_record_removed_or_changed_while_held_is_written_again(root: Path, lock: InstanceLock) -> None:
    assert lock.tend() == ""
    (root / ".forge_watcher.lock").unlink()
    assert lock.tend() == "the lock record was removed"
    write_lock_record(str(root), lock.record._replace(pid=1))
    assert lock.tend() == "the lock record was changed: it named process 1"
    (root / ".forge_watcher.lock").write_text("x")
    assert "expected 'PID: <number>'" in lock.tend()
    assert read_lock_record(str(root)) == lock.record
    assert lock.tend() == ""


def test_a_root_that_was_replaced_is_locked_and_marked_again(root: Path, folder: Path, lock: InstanceLock, tmp_path: Path) -> None:
    os.rename(root, tmp_path / "away")
    with pytest.raises(RepositoryUnavailable):
        lock.tend()
    root.mkdir()
    assert lock.tend() == "the lock record was removed"
    assert lock_holder(str(root)) == os.getpid()
    assert read_lock_record(str(root)) == lock.record


def test_leftovers_of_a_crash_are_removed_at_the_next_start_and_nothing_else(root: Path, folder: Path) -> None:
    for name in (".forge_watcher.lock.0123456789abcdef.swp", ".forge_watcher.lock.bak", "other.swp"):
        (root / name).write_text("x")
    take_lock(str(root), str(folder), NOW).release()
    assert sorted(path.name for path in root.iterdir()) == [".forge_watcher.lock.bak", "other.swp"]


def test_a_missing_root_leaves_no_lock_behind(root: Path, folder: Path) -> None:
    with pytest.raises(RepositoryUnavailable):
        take_lock(str(root / "missing"), str(folder), NOW)
    take_lock(str(root), str(folder), NOW).release()


def test_a_missing_state_folder_is_a_fault_of_the_machine(root: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(EnvironmentFault, match="the lock cannot be taken"):
        take_lock(str(root), str(tmp_path / "file"), NOW)


def test_reading_tells_absence_from_garbage(root: Path) -> None:
    assert read_lock_record(str(root)) is None
    (root / ".forge_watcher.lock").symlink_to("/etc/hostname")
    assert isinstance(read_lock_record(str(root)), Garbage)
    remove_lock_record(str(root), "any")
    assert (root / ".forge_watcher.lock").is_symlink()


def test_a_record_is_read_as_it_was_written() -> None:
    record = own()._replace(host="builder", version="0.1.0")
    assert parse_lock_record(record.to_text().encode()) == record
    assert parse_lock_record(b"PID: 12\r\nStarted: 2026-01-01\r\n") == LockRecord(pid=12, started="2026-01-01")
    assert isinstance(parse_lock_record("PID: \u0661".encode()), Garbage)


def test_a_machine_without_proc_knows_no_holder(root: Path, tmp_path: Path) -> None:
    assert lock_holder(str(root), str(tmp_path / "missing")) is None
    assert boot_id(str(tmp_path)) == ""
    assert find_process(os.getpid(), str(tmp_path)) is None
