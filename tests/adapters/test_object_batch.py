"""Objects that are too large cost what they weigh, and no new process each."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from forgewatch.adapters.object_batch import CHUNK, DRAINED, ObjectBatch, TooLarge, Verified
from forgewatch.core.values import Oid
from tests.support.builder import Builder


class Spawned:
    """Starts `cat-file --batch` in a repository and counts how often."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.count = 0

    def __call__(self) -> subprocess.Popen[bytes]:
        self.count += 1
        return subprocess.Popen(
            ["git", "cat-file", "--batch"],
            cwd=self.root,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
        )


@pytest.fixture
def builder(tmp_path: Path) -> Builder:
    return Builder.with_repository(tmp_path / "repository")


def blob_of(builder: Builder, name: str) -> Oid:
    return Oid(builder.git("rev-parse", f"HEAD:{name}"))


def test_many_files_over_the_limit_are_asked_of_one_git(builder: Builder) -> None:
    names = [f"many/{number}.py" for number in range(CHUNK + 40)]
    for number, name in enumerate(names):
        builder.write(name, f"value = {number}\n" * 200)
    builder.commit("many")
    spawned = Spawned(builder.root)
    batch = ObjectBatch(spawned, 30.0)
    oids = [blob_of(builder, name) for name in names]
    answers = batch.fetch([*oids, blob_of(builder, "app/a.py")], 1024)
    batch.close()
    assert spawned.count == 1
    assert all(isinstance(answers[oid], TooLarge) for oid in oids)
    assert answers[blob_of(builder, "app/a.py")] == Verified("blob", b"x = 1\n")


@pytest.mark.parametrize(("more", "spawns"), [(0, 1), (1, 2)])
def test_only_a_body_that_takes_longer_than_a_start_ends_git(builder: Builder, more: int, spawns: int) -> None:
    builder.write("large.bin", bytes(DRAINED + more)).commit("large")
    spawned = Spawned(builder.root)
    batch = ObjectBatch(spawned, 30.0)
    large, small = blob_of(builder, "large.bin"), blob_of(builder, "app/a.py")
    answers = batch.fetch([large, small], 1024)
    assert batch.fetch([small], 1024)[small] == answers[small] == Verified("blob", b"x = 1\n")
    batch.close()
    assert answers[large] == TooLarge(DRAINED + more)
    assert spawned.count == spawns
