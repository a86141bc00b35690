"""What a walk remembers never hides a write, and only ever saves time."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from forgewatch.adapters.ignore_source import IgnoreSource
from forgewatch.adapters.kept import read_kept, write_kept
from forgewatch.adapters.stat_cache import NO_TRUST, YOUNG_SECONDS, Folder, FolderStore, Trust, pack_folder, trust_of, unpack_folder
from forgewatch.core.survey import Survey
from forgewatch.core.values import CommitId
from tests.support.children import children
from tests.support.installed import until
from tests.support.reading import Reading

CHANGED = "app/a.py"


def patient(reading: Reading, *, shared_from: int | None = None) -> None:
    """Let the reading trust stat keys at once, as if every file were older than a minute."""
    reading.trust = lambda _, device: Trust(device, time.time_ns() + 10**15)
    reading.shared_from = shared_from


def age(path: Path, nanoseconds: int) -> None:
    """Give a file a time stamp of its own: the clock of a file system may be coarser than a test is quick."""
    os.utime(path, ns=(nanoseconds, nanoseconds))


def test_a_remembered_file_is_not_read_again(reading: Reading) -> None:
    """The proof that the cache works at all: bytes that change behind an unchanged key are not seen."""
    patient(reading)
    reading.survey()
    folder = reading.memory.folders["app/"]
    folder.recorded["a.py"], folder.turned["a.py"] = f"100644 {'f' * 40}", ""
    reading.memory.folders["app/"] = replace(folder, key=None)
    assert reading.changed() == {CHANGED: "modified"}
    assert reading.changed(use_cache=False) == {}


@pytest.mark.parametrize("edit", ["rewrite", "replace", "chmod", "delete", "new", "touch"])
def test_every_edit_is_seen_through_the_cache(reading: Reading, edit: str) -> None:
    patient(reading)
    reading.survey()
    path = reading.root / CHANGED
    match edit:
        case "rewrite":
            path.write_bytes(b"x = 7\n")
            age(path, 5)
        case "replace":
            (reading.root / "app/new").write_bytes(b"x = 7\n")
            (reading.root / "app/new").rename(path)
        case "chmod":
            path.chmod(0o755)
        case "delete":
            path.unlink()
            age(path.parent, 5)
        case "new":
            (path.parent / "new.py").touch()
            age(path.parent, 5)
        case "touch":
            age(path, 5)
    expected = {
        "rewrite": {CHANGED: "modified"},
        "replace": {CHANGED: "modified"},
        "chmod": {CHANGED: "mode"},
        "delete": {CHANGED: "deleted"},
    }
    assert reading.changed() == {**expected, "new": {"app/new.py": "untracked"}}.get(edit, {})


def test_a_same_size_write_with_its_old_mtime_is_seen_through_the_cache(reading: Reading) -> None:
    patient(reading)
    path = reading.root / CHANGED
    reading.survey()
    before = path.stat()
    while path.stat().st_ctime_ns == before.st_ctime_ns:
        path.write_bytes(b"x = 7\n")
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert path.stat().st_mtime_ns == before.st_mtime_ns and path.stat().st_size == before.st_size
    assert reading.changed() == {CHANGED: "modified"}


def test_a_commit_is_seen_through_the_cache(reading: Reading) -> None:
    patient(reading)
    reading.builder.write(CHANGED, "x = 7\n").write("new.py", "")
    assert set(reading.changed()) == {CHANGED, "new.py"}
    reading.builder.commit("done")
    assert reading.changed() == {}
    assert set(reading.changed(against=reading.base)) == {CHANGED, "new.py"}
    assert reading.changed() == {}


def test_other_rules_are_seen_through_the_cache(reading: Reading) -> None:
    patient(reading)
    reading.builder.write("a.tmp", "").write("app/b.tmp", "")
    assert set(reading.changed()) == {"a.tmp", "app/b.tmp"}
    assert reading.changed(ignore=("*.tmp",)) == {}
    assert set(reading.changed()) == {"a.tmp", "app/b.tmp"}


def test_line_endings_are_judged_through_the_cache(reading: Reading) -> None:
    patient(reading)
    reading.builder.write(CHANGED, "x = 1\r\n")
    for _ in range(2):
        assert reading.changed() == {} and len(reading.survey().conversions) == 1
    reading.builder.commit("with crlf")
    assert reading.changed() == {} and reading.survey().conversions == ()
    reading.git("reset", "-q", "HEAD~1")
    assert reading.changed() == {} and len(reading.survey().conversions) == 1


def test_a_young_file_is_read_each_time(reading: Reading) -> None:
    reading.survey()
    assert all(key is None for folder in reading.memory.folders.values() for key in folder.keys.values())
    assert all(folder.key is None for folder in reading.memory.folders.values())


def test_trust_needs_the_right_device_and_age() -> None:
    now = time.time_ns()
    trust = Trust(7, now)
    assert trust.covers(7, now - 1, now - 1)
    assert not trust.covers(8, now - 1, now - 1)
    assert not trust.covers(7, now, now - 1) and not trust.covers(7, now - 1, now)
    assert not NO_TRUST.covers(-1, 0, 0)


def test_nothing_on_a_strange_file_system_is_trusted() -> None:
    assert trust_of("/proc", 1) == NO_TRUST
    found = trust_of("/", os.stat("/").st_dev)
    assert found == NO_TRUST or time.time_ns() - found.before_ns >= YOUNG_SECONDS * 1e9


def test_folders_come_back_from_the_disk_as_they_were(tmp_path: Path) -> None:
    full = Folder(
        key=(1, 2, 3, 4),
        keys={"a": (1, 2, 3, 4, 5), "b\udcff": None},
        recorded={"a": f"100644 {'a' * 40}", "b\udcff": f"120000 {'b' * 40}"},
        turned={"a": "c" * 40},
        judged=("", True, "rules"),
        below=(("é", "d" * 40, False),),
        deviations=(("a", "", f"100644 {'a' * 40}", ""),),
        obstacles=(("pipe", "is a FIFO"),),
        gitlinks=(("lib", f"160000 {'e' * 40}"),),
        ignored=(("top", 3),),
        newly=(("dist", True),),
        size=10**12,
    )
    empty = Folder(None, {}, {}, {}, ("x", False, ""))
    store = FolderStore(f"{tmp_path}/cache/walk", unsaved={"", "é/"})
    store.save({"": full, "é/": empty})
    assert FolderStore(f"{tmp_path}/cache/walk").load() == {"": full, "é/": empty}
    assert unpack_folder(pack_folder(full)) == full
    assert os.stat(f"{tmp_path}/cache").st_mode & 0o777 == 0o700


@pytest.mark.parametrize("damage", ["cut", "flip", "empty", "version", "gone", "other"])
def test_a_damaged_cache_is_as_good_as_none(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "cache/walk"
    store = FolderStore(str(path), unsaved={""})
    store.save({"": Folder(None, {"a": None}, {"a": "x"}, {}, ("", False, ""))})
    raw = path.read_bytes()
    match damage:
        case "cut":
            path.write_bytes(raw[: len(raw) // 2])
        case "flip":
            path.write_bytes(raw[:-3] + bytes([raw[-3] ^ 1]) + raw[-2:])
        case "empty":
            path.write_bytes(b"")
        case "version":
            path.write_bytes(b"x" + raw)
        case "gone":
            path.unlink()
        case "other":
            write_kept(str(path), raw.partition(b"\n")[0].decode(), ("not", "folders"))
    assert FolderStore(str(path)).load() == {}


def test_a_cache_that_cannot_be_written_is_no_fault(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    write_kept(f"{tmp_path}/file/cache", "v", (1,))
    assert read_kept(f"{tmp_path}/file/cache", "v") is None


def test_a_new_worker_uses_what_the_last_one_kept(reading: Reading, monkeypatch: pytest.MonkeyPatch) -> None:
    patient(reading)
    reading.builder.write(CHANGED, "x = 7\n")
    first = reading.survey()
    reading.forget()
    assert reading.memory.folders and reading.memory.trees.saved is not None
    assert reading.survey() == first
    assert reading.sources.objects.trees.fresh == 0, "no tree was read again"
    reading.builder.commit("done")
    reading.forget()
    assert reading.changed() == {}


@pytest.fixture
def large(reading: Reading) -> Iterator[Reading]:
    for number in range(350):
        reading.builder.write(f"d{number % 7}/e{number % 50}/{number}.txt", str(number))
    reading.builder.commit("many")
    yield reading


def pictures(reading: Reading) -> list[Survey]:
    """The same survey by one process and by two, cold and warm."""
    found = []
    for shared_from in (None, 10):
        patient(reading, shared_from=shared_from)
        reading.forget()
        found += [reading.survey(), reading.survey(), reading.survey(use_cache=False)]
    return found


def test_two_processes_see_what_one_sees(large: Reading) -> None:
    large.builder.write("d1/e1/1.txt", "changed").delete("d2/e2/2.txt").write("d3/new/x.txt", "").write("d4/__pycache__/x", "")
    os.mkfifo(large.root / "d5/pipe")
    first, *others = pictures(large)
    assert len(first.changes) == 3 and len(first.obstacles) == 1 and first.ignored.directories == (("d4", 1),)
    assert all(other == first for other in others)


def test_two_processes_see_a_directory_that_went_away(large: Reading) -> None:
    patient(large, shared_from=10)
    large.survey()
    for path in sorted((large.root / "d3").rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    (large.root / "d3").rmdir()
    (large.root / "d0/e0").rename(large.root / "moved")
    changed = large.changed()
    assert sum(kind == "deleted" for kind in changed.values()) == len(changed) - sum(kind == "untracked" for kind in changed.values())
    patient(large)
    large.forget()
    assert large.changed() == changed


def test_two_processes_share_the_work_after_a_commit_too(large: Reading) -> None:
    patient(large, shared_from=10)
    large.survey()
    for number in range(0, 350, 10):
        large.builder.write(f"d{number % 7}/e{number % 50}/{number}.txt", "changed")
    assert len(large.changed()) == 35
    large.builder.commit("all over")
    assert large.changed() == {} and len(large.changed(against=CommitId(large.git("rev-parse", "HEAD~1")))) == 35


def test_a_limit_gives_the_same_with_two_processes(large: Reading) -> None:
    large.builder.write("z/last.txt", "")
    large.limits = replace(large.limits, tree_entries=355)
    first, *others = pictures(large)
    assert {obstacle.path: obstacle.why for obstacle in first.obstacles} == {".": "is over the limit of 355 entries"}
    assert all(other == first for other in others)


def test_no_process_and_no_descriptor_is_left_behind(large: Reading) -> None:
    begun = children()
    patient(large, shared_from=10)
    large.survey()
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(3):
        large.survey()
    assert len(os.listdir("/proc/self/fd")) == before
    large.forget()
    assert until(lambda: children().keys() <= begun.keys())


def test_rules_are_parsed_once(reading: Reading) -> None:
    reading.builder.write(".gitignore", "*.log\n").commit("rules")
    source = reading.sources.ignore
    assert isinstance(source, IgnoreSource)
    reading.survey(base=reading.store.resolve("HEAD"))
    reading.survey(base=reading.store.resolve("HEAD"))
    assert reading.changed() == {}
