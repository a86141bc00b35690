"""A tree that moves while it is walked: what is there at every instant is seen, or nothing is believed (hostile.md, Snapshot once)."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from forgewatch.adapters import survey_watch
from forgewatch.adapters.survey_stillness import Stillness, wait_past, wait_past_folders
from forgewatch.adapters.survey_watch import NameWatch
from forgewatch.adapters.walk import Found
from forgewatch.adapters.walk_time import coarse_now, may_be_from, stamp_end
from forgewatch.core.errors import Unstable
from tests.hostile.test_reading_places import meanwhile
from tests.support.reading import Reading

CHANGED = "app/a.py"
SECOND = 1_000_000_000

RENAMES = """
import os
while True:
    os.rename("app/backdoor.py", "zz/backdoor.py")
    os.rename("zz/backdoor.py", "app/backdoor.py")
"""
FOLDERS = RENAMES.replace("backdoor.py", "backdoor")
WRITES = """
import os
files = [os.open(path, os.O_WRONLY) for path in ("app/a.py", "zz/b.py")]
while True:
    for evil, clean in (files, files[::-1]):
        os.pwrite(evil, b"x = 9", 0)
        os.pwrite(clean, b"x = 1", 0)
"""
REPLACES = """
import os
def put(path, text):
    open(".git/new", "w").write(text)
    os.rename(".git/new", path)
while True:
    for evil, clean in (("app/a.py", "zz/b.py"), ("zz/b.py", "app/a.py")):
        put(evil, "x = 9\\n")
        put(clean, "x = 1\\n")
"""
TOOLS = """
import os
def put(path, text, temporary):
    open(temporary, "w").write(text)
    os.rename(temporary, path)
for folder in ("app/__pycache__", ".mypy_cache", ".ai-stack-trace/t1", "Forge/evidence"):
    os.makedirs(folder, exist_ok=True)
number = 0
while True:
    number += 1
    open("Forge/evidence/audit_ledger.md", "a").write("line\\n")
    open("Forge/evidence/test_runs.md", "w").write("line\\n")
    open("server.log", "a").write("line\\n")
    put("app/__pycache__/a.pyc", "x", f"app/__pycache__/a.pyc.{number}")
    put(".mypy_cache/a.json", "x", f".mypy_cache/{number}")
    put(".forge_watcher.lock", "x", ".forge_watcher.lock.1.swp")
    open(".ai-stack-trace/t1/state.json", "w").write("x")
    os.makedirs(f"app/part{number % 9}/__pycache__", exist_ok=True)
    os.rmdir(f"app/part{number % 9}/__pycache__")
    open("app/.a.py.swp", "w").close()
    os.unlink("app/.a.py.swp")
"""


@contextmanager
def another_process(program: str, root: Path) -> Iterator[None]:
    """Run a program beside us in the repository, without end."""
    ready = "import sys; print(flush=True)\n"
    with subprocess.Popen([sys.executable, "-c", ready + program], cwd=root, stdout=subprocess.PIPE) as running:
        assert running.stdout is not None and running.stdout.readline() == b"\n"
        try:
            yield
            assert running.poll() is None, "it moved all the time"
        finally:
            running.kill()


def two_folders(reading: Reading) -> None:
    reading.builder.write("zz/b.py", "x = 1\n")
    for number in range(60):
        reading.builder.write(f"mm/d{number}/f.py", "k = 1\n").write(f"app/part{number % 9}/f.py", "k = 1\n")
    reading.builder.write(".gitignore", "*.log\n").commit("more")
    reading.rebase()


def seen_in(reading: Reading, rounds: int) -> list[set[str] | None]:
    """Survey so often; None for a tree that would not come to rest."""
    seen: list[set[str] | None] = []
    for _ in range(rounds):
        try:
            seen.append({change.path for change in reading.survey().changes})
        except Unstable as unstable:
            assert "the working tree changed during the read, 3 times" in str(unstable)
            seen.append(None)
    return seen


@pytest.mark.parametrize("program", [RENAMES, FOLDERS, WRITES, REPLACES], ids=["renames", "folders", "writes", "replaces"])
def test_what_lies_in_one_of_two_places_at_every_instant_is_never_missed(reading: Reading, program: str) -> None:
    two_folders(reading)
    if program == RENAMES:
        reading.builder.write("app/backdoor.py", "import requests\n")
    elif program == FOLDERS:
        reading.builder.write("app/backdoor/evil.py", "import requests\n")
    else:
        reading.builder.write(CHANGED, "x = 9\n")
    with another_process(program, reading.root):
        seen = seen_in(reading, 25)
    assert set() not in seen


def test_tools_that_write_while_an_audit_runs_do_not_keep_it_from_its_verdict(reading: Reading) -> None:
    two_folders(reading)
    reading.builder.write(CHANGED, "x = 2\n")
    with another_process(TOOLS, reading.root):
        for _ in range(20):
            paths = {change.path for change in reading.survey().changes}
            assert {path for path in paths if not reading.places.is_neutral(path)} == {CHANGED}


def test_caches_that_appear_in_one_folder_after_another_do_not_keep_an_audit_from_its_verdict(reading: Reading) -> None:
    two_folders(reading)
    folders = sorted(path for path in reading.root.glob("mm/*"))

    def compile_all() -> None:
        for folder in folders:
            (folder / "__pycache__").mkdir()
        for folder in folders:
            (folder / "__pycache__").rmdir()

    with meanwhile(compile_all):
        assert [reading.changed() for _ in range(10)] == [{}] * 10


def test_an_audit_right_after_a_save_needs_no_second_look(reading: Reading) -> None:
    reading.survey()
    for number in range(20):
        reading.builder.write("Forge/evidence/diff_log.md", f"{number}\n")
        assert reading.changed() == {"Forge/evidence/diff_log.md": "untracked"}


def test_an_index_that_changes_during_the_walk_is_one_or_another(reading: Reading, tmp_path: Path) -> None:
    index = reading.root / ".git/index"
    versions = [index.read_bytes()]
    reading.builder.write("ghost.py", "")
    reading.git("add", "ghost.py")
    reading.builder.delete("ghost.py")
    versions.append(index.read_bytes())

    def change() -> None:
        for version in versions:
            (tmp_path / "index").write_bytes(version)
            (tmp_path / "index").rename(index)

    with meanwhile(change):
        seen = seen_in(reading, 20)
    assert all(paths in (None, set(), {"ghost.py"}) for paths in seen)


def unmount(folder: Path) -> None:
    subprocess.run(["umount", str(folder)], check=True)


@contextmanager
def mounted(folder: Path) -> Iterator[None]:
    """Mount an empty file system at `folder`; skips where that is not allowed."""
    folder.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "none", str(folder)], capture_output=True, check=False)
    if done.returncode:
        pytest.skip("nothing can be mounted here")
    try:
        yield
    finally:
        if os.path.ismount(folder):
            unmount(folder)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root mounts file systems")
def test_a_folder_that_is_unmounted_is_its_files_gone(reading: Reading) -> None:
    with mounted(reading.root / "data"):
        reading.builder.write("data/a.py", "1\n").commit("data")
        assert reading.changed() == {}
        unmount(reading.root / "data")
        assert reading.changed() == {"data/a.py": "deleted"}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root mounts file systems")
def test_a_folder_that_is_mounted_and_unmounted_below_the_walk_is_one_or_the_other_or_unstable(reading: Reading, tmp_path: Path) -> None:
    two_folders(reading)
    data, outside = reading.root / "data", tmp_path / "outside"
    outside.mkdir()
    (outside / "a.py").write_text("1\n")
    with mounted(data):
        unmount(data)

        def come_and_go() -> None:
            subprocess.run(["mount", "--bind", str(outside), str(data)], check=True)
            subprocess.run(["umount", "-l", str(data)], check=True)

        with meanwhile(come_and_go):
            seen = seen_in(reading, 20)
    assert all(paths in (None, set(), {"data/a.py"}) for paths in seen)
    assert reading.changed() == {}


def opened(folder: Path) -> int:
    return os.open(folder, os.O_RDONLY | os.O_DIRECTORY)


def test_a_watch_hears_what_comes_goes_and_moves_in_its_folders_only(tmp_path: Path) -> None:
    for name in ("one", "two", "one/below"):
        (tmp_path / name).mkdir()
    root = opened(tmp_path)
    with NameWatch() as watch:
        watch.add(root, ["one/", "missing/"])
        watch.add(root, [""])
        (tmp_path / "one/new").write_text("")
        (tmp_path / "one/new").rename(tmp_path / "two/new")
        (tmp_path / "one/below").rmdir()
        (tmp_path / "two/other").write_text("")
        (tmp_path / "top").mkdir()
        assert watch.heard() == [("one/new", False), ("one/new", False), ("one/below", True), ("top", True)]
        assert watch.heard() == []
        assert watch.speaking == {"", "one/"}
        seen = (tmp_path / "one").stat()
        assert watch.identity("one/") == (seen.st_dev, seen.st_ino)
        assert watch.identity("missing/") is None and watch.identity("two/") is None
    os.close(root)


def test_a_watch_that_lost_something_says_so(tmp_path: Path) -> None:
    most = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text())
    root = opened(tmp_path)
    with NameWatch() as watch:
        watch.add(root, [""])
        for _ in range(most // 2 + 1):
            (tmp_path / "file").touch()
            (tmp_path / "file").unlink()
        assert unrest_of(tmp_path, root, watch) == "more happened than could be followed"
    os.close(root)


def test_a_builder_that_moves_files_as_fast_as_they_are_heard_does_not_keep_the_audit_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(survey_watch, "_CHUNK", 64)
    monkeypatch.setattr(survey_watch, "MOST_BYTES", 256)
    root = opened(tmp_path)
    with NameWatch() as watch:
        watch.add(root, [""])
        for number in range(20):
            (tmp_path / f"{number}").touch()
        assert unrest_of(tmp_path, root, watch) == "more happened than could be followed"
    os.close(root)


def look(folder: Path, path: str, *, age: int = 0) -> Found:
    """What a walk finds that visited one directory; `age` makes it differ from what is there."""
    seen = (folder / path).stat()
    return Found(visited={path: (seen.st_dev, seen.st_ino, seen.st_mtime_ns, seen.st_ctime_ns - age)})


def unrest_of(folder: Path, root: int, watch: NameWatch, path: str = "", *, age: int = 1, prefix: str = "") -> str:
    stillness = Stillness(coarse_now() + 3600 * SECOND)
    stillness.take(root, prefix, look(folder, path, age=age), lambda path, _: path.endswith(".pyc"))
    return stillness.unrest(watch)


def test_a_folder_that_was_touched_counts_only_with_a_watch_that_heard_nothing_but_ignored_names(tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    root = opened(tmp_path)
    with NameWatch() as watch:
        assert unrest_of(tmp_path, root, watch, "app/", age=0) == ""
        assert unrest_of(tmp_path, root, watch, "app/") == "app/ was written to", "nobody watched"
        watch.add(root, ["app/"])
        assert unrest_of(tmp_path, root, watch, "app/") == "app/ was written to", "nothing was heard of what touched it"
        (tmp_path / "app/a.pyc").write_text("")
        assert unrest_of(tmp_path, root, watch, "app/") == ""
        (tmp_path / "app/a.py").write_text("")
        assert unrest_of(tmp_path, root, watch, "app/") == "app/a.py came, went or moved"
        (tmp_path / "app").rename(tmp_path / "old")
        (tmp_path / "app").mkdir()
        assert unrest_of(tmp_path, root, watch, "app/") == "app/ was written to", "another folder is watched"
        assert unrest_of(tmp_path, root, watch, "app/", prefix=".ai-stack-trace/") == "", "all in there is neutral"
    os.close(root)


def test_a_stamp_may_be_from_now_on_only_within_what_the_file_system_can_tell() -> None:
    now = 1_700_000_000 * SECOND + 123_456_789
    assert may_be_from(now, now, now) and not may_be_from(now - 5_000, now, now)
    assert may_be_from(now // SECOND * SECOND, now, now), "a file system that keeps whole seconds"
    assert may_be_from(now - 3_456_789, now, now), "one that keeps hundredths"
    assert not may_be_from(now - 3 * SECOND, now, now)
    assert not may_be_from(now + SECOND, now, now), "the clock was set back since"
    assert stamp_end(now) == now + 1_000


def test_waiting_for_a_stamp_to_pass_ends_soon_and_not_at_all_for_the_far_future(tmp_path: Path) -> None:
    stamp = coarse_now() + 1_000_000
    wait_past(stamp)
    assert coarse_now() > stamp
    began = time.monotonic()
    wait_past(stamp + 3600 * SECOND)
    root = opened(tmp_path)
    wait_past_folders(root, ("", "missing"), 20_000_000)
    os.close(root)
    assert time.monotonic() - began < 60
    assert coarse_now() > tmp_path.stat().st_ctime_ns
