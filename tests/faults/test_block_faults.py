"""A disk that fails or a process that dies while the files of a builder's output are written: each is old or new (S002-0.1-4)."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from forgewatch.adapters.block_files import BlockFiles
from forgewatch.core.block_order import Fate
from forgewatch.core.values import RepoPath
from tests.support.disk import FAULTS, KILLS, Fault, FaultyDisk

OLD, NEW = b"old\n" * 1000, b"new\n" * 2000
PATH = RepoPath("app/main.py")
MADE = RepoPath("docs/deep/new.md")


def prepared(top: Path) -> Path:
    """A root with one file that is to change and a folder that is to be made."""
    root = top / "root"
    (root / "app").mkdir(parents=True)
    (root / PATH).write_bytes(OLD)
    return root


def calls_of(top: Path) -> int:
    """How many calls of the disk the two files take."""
    disk = FaultyDisk()
    files = BlockFiles(prepared(top), disk)
    files.put(PATH, NEW)
    files.put(MADE, NEW)
    assert {"write", "fdatasync", "rename", "fsync"} <= set(disk.calls)
    return len(disk.calls)


def left(root: Path) -> list[str]:
    """The names of all files, but for what no audit counts."""
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file() and path.suffix != ".swp")


@pytest.mark.parametrize("kind", FAULTS)
def test_a_failing_call_leaves_each_file_old_or_new_and_the_others_go_on(tmp_path: Path, kind: str) -> None:
    for call in range(1, calls_of(tmp_path / "count")):
        root = prepared(tmp_path / str(call))
        disk = FaultyDisk(Fault(kind, call))
        files = BlockFiles(root, disk)
        first, second = files.put(PATH, NEW), files.put(MADE, NEW)
        assert (root / PATH).read_bytes() == NEW if first.fate.is_done else (root / PATH).read_bytes() in (OLD, NEW), call
        assert not (root / MADE).exists() or (root / MADE).read_bytes() == NEW, call
        assert [first.fate, second.fate].count(Fate.FAILED) <= 1, call
        assert all("cannot be written: " in deed.why for deed in (first, second) if deed.fate is Fate.FAILED)
        assert not list(root.rglob("*.swp")) or "unlink" in disk.calls[call - 1 : call + 1], call
        again = BlockFiles(root)
        assert {again.put(PATH, NEW).fate, again.put(MADE, NEW).fate} <= {Fate.NEW, Fate.CHANGED, Fate.UNCHANGED}
        assert left(root) == ["app/main.py", "docs/deep/new.md"]


def test_a_full_disk_says_what_to_do(tmp_path: Path) -> None:
    disk = FaultyDisk(Fault("ENOSPC", 4))
    deed = BlockFiles(prepared(tmp_path), disk).put(PATH, NEW)
    assert disk.calls[4] == "write"
    assert deed.why == "cannot be written: No space left on device; make room on that disk"


@pytest.mark.parametrize("kind", KILLS)
def test_a_kill_at_any_call_leaves_each_file_old_or_new(tmp_path: Path, kind: str) -> None:
    for call in range(calls_of(tmp_path / "count")):
        root = prepared(tmp_path / str(call))
        child = os.fork()
        if not child:
            files = BlockFiles(root, FaultyDisk(Fault(kind, call)))
            files.put(PATH, NEW)
            files.put(MADE, NEW)
            os._exit(0)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
        assert (root / PATH).read_bytes() in (OLD, NEW), call
        assert left(root) in (["app/main.py"], ["app/main.py", "docs/deep/new.md"]), call
        assert not (root / MADE).exists() or (root / MADE).read_bytes() == NEW, call
