"""Directory watches over the real kernel: what they tell, what they survive, and what watchdog must go on offering (watching.md)."""

from __future__ import annotations

import errno
import os
import resource
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from watchdog.observers.inotify_c import InotifyConstants, InotifyEvent, InotifyFD

from forgewatch.adapters.filesystems import deafness, filesystem_type
from forgewatch.adapters.watcher import TrustingWatch, open_watch
from forgewatch.adapters.watcher_inotify import InotifyWatch, reason_of
from forgewatch.adapters.watcher_observer import ObserverWatch
from forgewatch.adapters.watcher_polling import NoWatch
from forgewatch.core.ports import DirectoryWatch, Spot
from forgewatch.core.settings import Backend
from tests.support.installed import until

ALL: frozenset[str] = frozenset()


class ListSink:
    """`ports.WatchSink` as a list."""

    def __init__(self) -> None:
        self.notes: list[tuple[Spot, str, bool]] = []
        self.overflows = 0
        self.deaths = 0

    def stirred(self, spot: Spot, name: str, closed: bool) -> None:
        self.notes.append((spot, name, closed))

    def overflowed(self) -> None:
        self.overflows += 1

    def died(self) -> None:
        self.deaths += 1

    def told(self, name: str, *, closed: bool | None = None) -> bool:
        return any(told == name and closed in (None, was) for _, told, was in self.notes)


@pytest.fixture
def sink() -> ListSink:
    return ListSink()


@pytest.fixture(params=[InotifyWatch, ObserverWatch], ids=["inotify", "observer"])
def watch(request: pytest.FixtureRequest, sink: ListSink) -> Iterator[DirectoryWatch]:
    made = request.param(sink)
    yield made
    made.close()


@pytest.fixture
def inotify(sink: ListSink) -> Iterator[InotifyWatch]:
    made = InotifyWatch(sink)
    yield made
    made.close()


def spot(path: Path, repository: int = 1) -> Spot:
    return Spot(repository, str(path))


def test_a_file_written_or_renamed_in_is_told_as_closed(watch: DirectoryWatch, sink: ListSink, tmp_path: Path) -> None:
    assert watch.add(spot(tmp_path), ALL) == ""
    (tmp_path / "written").write_text("x")
    assert until(lambda: sink.told("written", closed=True))
    (tmp_path / "temporary").write_text("x")
    os.replace(tmp_path / "temporary", tmp_path / "renamed")
    assert until(lambda: sink.told("renamed", closed=True))


def test_a_file_that_is_only_created_is_told_as_open(inotify: InotifyWatch, sink: ListSink, tmp_path: Path) -> None:
    inotify.add(spot(tmp_path), ALL)
    with open(tmp_path / "begun", "w"):
        assert until(lambda: sink.told("begun"))
        assert not sink.told("begun", closed=True)
    assert until(lambda: sink.told("begun", closed=True))


def test_names_outside_the_filter_wake_nobody(watch: DirectoryWatch, sink: ListSink, tmp_path: Path) -> None:
    watch.add(spot(tmp_path), frozenset({"wanted"}))
    (tmp_path / "noise").write_text("x")
    (tmp_path / "wanted").write_text("x")
    assert until(lambda: sink.told("wanted", closed=True))
    assert not sink.told("noise")


def test_what_happens_below_a_watched_directory_is_told_to_nobody(watch: DirectoryWatch, sink: ListSink, tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    watch.add(spot(tmp_path), ALL)
    (tmp_path / "new").mkdir()
    for folder in ("old", "new"):
        (tmp_path / folder / "below").write_text("x")
        (tmp_path / folder / "deeper").mkdir()
        (tmp_path / folder / "deeper" / "below").write_text("x")
    # Events come in their order: when this one is there, those before it would be.
    (tmp_path / "last").write_text("x")
    assert until(lambda: sink.told("last", closed=True))
    assert {name for _, name, _ in sink.notes} <= {"old", "new", "last"}


def test_two_repositories_in_one_directory_keep_their_own_filters(watch: DirectoryWatch, sink: ListSink, tmp_path: Path) -> None:
    watch.add(spot(tmp_path, 1), frozenset({"one"}))
    watch.add(spot(tmp_path, 2), frozenset({"two"}))
    (tmp_path / "one").write_text("x")
    (tmp_path / "two").write_text("x")
    assert until(lambda: sink.told("two", closed=True) and sink.told("one", closed=True))
    assert {(told.repository, name) for told, name, _ in sink.notes} == {(1, "one"), (2, "two")}
    watch.remove(spot(tmp_path, 1))
    sink.notes.clear()
    (tmp_path / "one").write_text("y")
    (tmp_path / "two").write_text("y")
    assert until(lambda: sink.told("two", closed=True))
    assert not sink.told("one")


def test_a_directory_deleted_and_made_again_is_watched_again_after_add(watch: DirectoryWatch, sink: ListSink, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    for _ in range(3):
        folder.mkdir()
        assert watch.add(spot(folder), ALL) == ""
        sink.notes.clear()
        (folder / "file").write_text("x")
        assert until(lambda: sink.told("file", closed=True))
        shutil.rmtree(folder)
        watch.remove(spot(folder))
        watch.remove(spot(folder))


def test_a_directory_that_goes_away_says_so(inotify: InotifyWatch, sink: ListSink, tmp_path: Path) -> None:
    for number, leave in enumerate((os.rmdir, lambda path: os.rename(path, tmp_path / "elsewhere"))):
        folder = tmp_path / f"folder{number}"
        folder.mkdir()
        sink.notes.clear()
        inotify.add(spot(folder), frozenset({"nothing"}))
        leave(folder)
        assert until(lambda: sink.told(""))


def test_a_renamed_directory_may_be_added_at_its_new_path(inotify: InotifyWatch, sink: ListSink, tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    old.mkdir()
    inotify.add(spot(old), ALL)
    os.rename(old, new)
    inotify.add(spot(new), ALL)
    inotify.remove(spot(old))
    sink.notes.clear()
    (new / "file").write_text("x")
    assert until(lambda: sink.told("file", closed=True))
    assert {told for told, _, _ in sink.notes} == {spot(new)}


@pytest.mark.parametrize("kind", ["missing", "file", "symlink"])
def test_what_is_no_directory_is_declined_with_a_reason(inotify: InotifyWatch, tmp_path: Path, kind: str) -> None:
    path = tmp_path / "place"
    if kind == "file":
        path.write_text("x")
    if kind == "symlink":
        path.symlink_to(tmp_path)
    assert "cannot be watched" in inotify.add(spot(path), ALL)
    assert inotify.alive()


def test_the_lost_permission_that_the_library_hides_is_told(tmp_path: Path) -> None:
    # As another user, because root may read everything: the library returns -1 here and raises nothing.
    folder = tmp_path / "secret"
    folder.mkdir(mode=0o700)
    script = (
        "import os, sys\n"
        "from tests.adapters.test_watcher import ListSink, ALL, spot\n"
        "from forgewatch.adapters.watcher_inotify import InotifyWatch\n"
        "os.setgid(65534); os.setuid(65534)\n"
        "watch = InotifyWatch(ListSink())\n"
        f"print(watch.add(spot({str(folder)!r}), ALL)); print(watch.alive())\n"
    )
    if os.geteuid() != 0:
        pytest.skip("only root can become another user")
    os.chmod(tmp_path, 0o755)
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2])
    assert run.stdout.splitlines() == ["no permission to watch this directory", "True"], run.stderr


def test_an_overflow_of_the_kernels_queue_is_told(inotify: InotifyWatch, sink: ListSink, tmp_path: Path) -> None:
    inotify.add(spot(tmp_path), ALL)
    inotify.add(spot(tmp_path, 2), ALL)
    inotify._reader.handle_event(InotifyEvent(-1, InotifyConstants.IN_Q_OVERFLOW, 0, b""))  # type: ignore[arg-type]
    assert sink.overflows == 2


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_the_end_of_the_reader_is_told(tmp_path: Path) -> None:
    class Bursting(ListSink):
        def stirred(self, spot: Spot, name: str, closed: bool) -> None:
            if name:
                raise SystemExit

    bursting = Bursting()
    watch = InotifyWatch(bursting)
    watch.add(spot(tmp_path), ALL)
    (tmp_path / "file").write_text("x")
    assert until(lambda: bursting.deaths == 1)
    assert until(lambda: not watch.alive())
    watch.close()


def test_a_clean_close_is_no_death(sink: ListSink, tmp_path: Path) -> None:
    watch = InotifyWatch(sink)
    watch.add(spot(tmp_path), ALL)
    watch.close()
    assert not watch.alive()
    assert sink.deaths == 0


def test_two_thousand_directories_take_one_thread_and_one_descriptor(inotify: InotifyWatch, sink: ListSink, tmp_path: Path) -> None:
    threads, descriptors = threading.active_count(), len(os.listdir("/proc/self/fd"))
    for number in range(2000):
        folder = tmp_path / str(number)
        folder.mkdir()
        assert inotify.add(spot(folder, number), ALL) == ""
    assert threading.active_count() == threads
    assert len(os.listdir("/proc/self/fd")) == descriptors
    (tmp_path / "1999" / "file").write_text("x")
    assert until(lambda: sink.told("file", closed=True))


def test_exhausted_instances_end_in_polling_with_the_sysctl_in_the_reason(sink: ListSink) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    # The lowest number that is free: with a gap among the open ones, a limit of their count would leave room.
    lowest = os.dup(0)
    os.close(lowest)
    resource.setrlimit(resource.RLIMIT_NOFILE, (lowest, hard))
    try:
        watch = open_watch(Backend.AUTO, sink)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert isinstance(watch, NoWatch)
    assert "fs.inotify.max_user_instances" in watch.add(Spot(1, "/"), ALL)


def test_each_reason_names_what_helps() -> None:
    assert "fs.inotify.max_user_watches" in reason_of(OSError(errno.ENOSPC, "x"))
    assert "fs.inotify.max_user_instances" in reason_of(OSError(errno.EMFILE, "x"))
    assert reason_of(OSError(errno.EIO, "input/output error")) == "cannot be watched: input/output error"


def test_backends_are_what_the_operator_asked_for(sink: ListSink, tmp_path: Path) -> None:
    polling = open_watch(Backend.POLLING, sink)
    assert polling.add(spot(tmp_path), ALL) == "polling is configured"
    polling.remove(spot(tmp_path))
    assert polling.alive()
    polling.close()
    native = open_watch(Backend.INOTIFY, sink)
    assert isinstance(native, InotifyWatch)
    native.close()


def test_a_deaf_file_system_is_declined_once_asked_and_remembered(sink: ListSink, tmp_path: Path) -> None:
    asked: list[str] = []

    def why(path: str) -> str:
        asked.append(path)
        return "events of a nfs file system cannot be trusted"

    inner = InotifyWatch(sink)
    watch = TrustingWatch(inner, why)
    assert watch.add(spot(tmp_path), ALL) == "events of a nfs file system cannot be trusted"
    watch.add(spot(tmp_path), ALL)
    assert len(asked) == 1
    assert "cannot be watched" in watch.add(spot(tmp_path / "missing"), ALL)
    watch.close()


MOUNTS = """\
21 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw
22 21 0:20 / /mnt/my\\040share rw - nfs4 server:/x rw
23 21 0:21 / /mnt/over rw - overlay overlay rw
24 23 0:22 / /mnt/over/inner rw - tmpfs tmpfs rw
25 21 0:23 / /mnt/sshfs rw - fuse.sshfs host:/ rw
26 21 8:2 / /mnt/twice rw - ext4 /dev/sdb rw
27 21 0:24 / /mnt/twice rw - 9p host rw
broken line
"""


@pytest.mark.parametrize(
    ("path", "kind", "deaf"),
    [
        ("/home/x", "ext4", False),
        ("/mnt/my share/project", "nfs4", True),
        ("/mnt/over", "overlay", True),
        ("/mnt/over/inner/x", "tmpfs", False),
        ("/mnt/overlong", "ext4", False),
        ("/mnt/sshfs/p", "fuse.sshfs", True),
        ("/mnt/twice", "9p", True),
    ],
)
def test_the_longest_and_newest_mount_decides(tmp_path: Path, path: str, kind: str, deaf: bool) -> None:
    table = tmp_path / "mountinfo"
    table.write_text(MOUNTS)
    assert filesystem_type(path, str(table)) == kind
    assert bool(deafness(path, str(table))) is deaf


def test_without_a_mount_table_events_are_believed(tmp_path: Path) -> None:
    assert deafness(str(tmp_path), str(tmp_path / "missing")) == ""


def test_watchdog_still_offers_what_we_use() -> None:
    assert callable(InotifyFD.add_callback)
    assert callable(InotifyFD.remove_callbacks)
    assert callable(InotifyFD.handle_event)
    reader = InotifyFD()
    try:
        assert isinstance(reader._inotify_fd, int)
        assert reader.daemon
        assert reader.should_keep_running()
        reader.start()
    finally:
        reader.stop()
        reader.join(60)
    assert not reader.is_alive()
    for name in (
        "CLOSE_WRITE",
        "MOVED_TO",
        "MOVED_FROM",
        "CREATE",
        "DELETE",
        "DELETE_SELF",
        "MOVE_SELF",
        "ONLYDIR",
        "DONT_FOLLOW",
        "Q_OVERFLOW",
    ):
        assert isinstance(getattr(InotifyConstants, f"IN_{name}"), int)
