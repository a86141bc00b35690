"""A commit that fails or is killed at any call leaves the old HEAD or the new one, objects that git believes, an index that it reads."""

from __future__ import annotations

import contextlib
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from forgewatch.adapters.commit_maker import WantedCommit
from forgewatch.core.errors import EnvironmentFault, Unstable
from tests.support.builder import Builder
from tests.support.committing import assert_sound, make, wanted_of
from tests.support.disk import ERRNO, KILLS, Fault, FaultyDisk
from tests.support.reading import Reading

SHAPES = ("branch", "packed", "detached", "unborn")
KINDS = (*ERRNO, "short write", "lying write", "garbled write")
KILLED = 9


@dataclass
class Trials:
    """A repository in which there is something to commit, as often as it is asked for; `calls` are those of a commit without a fault."""

    folder: Path
    wanted: WantedCommit
    calls: list[str]
    made: int = 0

    def next(self) -> Reading:
        """Return another copy."""
        self.made += 1
        folder = self.folder / str(self.made)
        shutil.copytree(self.folder / "repository", folder / "repository", symlinks=True)
        (folder / "state").mkdir(mode=0o700)
        return Reading(Builder(folder / "repository"), folder / "state")


def trials_of(folder: Path, shape: str) -> Trials:
    builder = Builder(folder / "repository")
    builder.root.mkdir(parents=True)
    builder.git("init", "-q")
    if shape != "unborn":
        builder.write("a.py", "x = 1\n").write("lib/b.py", "y = 1\n").commit("base")
    if shape == "packed":
        builder.git("checkout", "-q", "-b", "feature/one")
        builder.git("pack-refs", "--all")
        builder.git("gc", "-q")
    if shape == "detached":
        builder.git("checkout", "-q", "--detach")
    builder.write("a.py", "x = 2\n").write("lib/c.py", "z = 1\n")
    (folder / "state").mkdir(mode=0o700)
    reading = Reading(builder, folder / "state")
    trials = Trials(folder, wanted_of(reading), [])
    reading.forget()
    disk = FaultyDisk()
    make(trials.next(), trials.wanted, disk)
    trials.calls = disk.calls
    return trials


def head_of(reading: Reading) -> str:
    with contextlib.suppress(AssertionError):
        return reading.builder.head
    return ""


def locks_of(reading: Reading) -> list[Path]:
    return list((reading.root / ".git").rglob("*.lock"))


@pytest.mark.parametrize("shape", SHAPES)
def test_the_table_meets_every_kind_of_call(tmp_path: Path, shape: str) -> None:
    assert {"open", "write", "pread", "fdatasync", "rename", "unlink", "fsync"} <= set(trials_of(tmp_path, shape).calls)


def fails(trials: Trials, kind: str) -> None:
    """Let each call fail once: there is a commit or an error, no litter, and the next try succeeds."""
    before = trials.wanted.parent or ""
    for call, name in enumerate(trials.calls):
        reading, made = trials.next(), ""
        with contextlib.suppress(EnvironmentFault):
            made = make(reading, trials.wanted, FaultyDisk(Fault(kind, call))).commit
        after = head_of(reading)
        assert not made or after == made, (call, name)
        assert not list((reading.root / ".git").rglob("tmp_obj*")), (call, name)
        locks = locks_of(reading)
        assert not locks or name == "unlink", "a lock stays only where it could not be removed"
        for lock in locks:
            lock.unlink()
        if after == before:
            make(reading, trials.wanted)
        assert_sound(reading)


def is_killed(trials: Trials, kind: str) -> None:
    """Let the process die at each call: the old HEAD or the new one, and what it left is named or in nobody's way."""
    before, seen = trials.wanted.parent or "", set()
    for call in range(len(trials.calls)):
        reading = trials.next()
        kill_in_a_child(reading, trials.wanted, Fault(kind, call))
        after, locks = head_of(reading), locks_of(reading)
        seen.add(after == before)
        reading.git("fsck", "--strict", "--no-dangling")
        with contextlib.ExitStack() as refused:
            if after != before:
                refused.enter_context(pytest.raises(Unstable, match="expected HEAD at"))
            elif locks:
                refused.enter_context(pytest.raises(EnvironmentFault, match=r"expected no other writer, found .*lock, \d+ s old"))
            make(reading, trials.wanted)
        for lock in locks:
            lock.unlink(missing_ok=True)
        if head_of(reading) == before:
            make(reading, trials.wanted)
        assert_sound(reading)
    assert seen == {True, False}, "some calls stand before the commit, some behind it"


def kill_in_a_child(reading: Reading, wanted: WantedCommit, fault: Fault) -> None:
    child = os.fork()
    if child == 0:
        with contextlib.suppress(BaseException):
            make(reading, wanted, FaultyDisk(fault))
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == KILLED, status


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["EIO", "EINTR", "lying write"])
def test_a_commit_that_fails_leaves_nothing_behind_and_can_be_made_again(tmp_path: Path, kind: str) -> None:
    fails(trials_of(tmp_path, "branch"), kind)


@pytest.mark.slow
@pytest.mark.parametrize("shape", ["branch", "unborn"])
def test_a_process_killed_at_any_call_leaves_the_old_head_or_the_new_one(tmp_path: Path, shape: str) -> None:
    is_killed(trials_of(tmp_path, shape), "KILL before")


@pytest.mark.soak
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("kind", KINDS)
def test_a_commit_of_any_shape_that_fails_in_any_way_can_be_made_again(tmp_path: Path, kind: str, shape: str) -> None:
    fails(trials_of(tmp_path, shape), kind)


@pytest.mark.soak
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("kind", KILLS)
def test_a_process_killed_before_or_after_any_call_of_any_shape(tmp_path: Path, kind: str, shape: str) -> None:
    is_killed(trials_of(tmp_path, shape), kind)
