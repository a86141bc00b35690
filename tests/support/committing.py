"""Commits made without the repository's say, for tests: what is wanted of an audit, and what an ordinary git says of the result."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any

from forgewatch.adapters.commit_maker import MadeCommit, WantedCommit, make_commit
from forgewatch.adapters.disk import SYSTEM, Disk
from tests.support.reading import GIT, Reading, run

AUTHOR = "Operator <operator@example.org>"
AT = 1_790_000_000


def wanted_of(reading: Reading, **parts: Any) -> WantedCommit:
    """Return the commit of all that an audit sees now, over HEAD as it is now."""
    survey = reading.survey()
    wanted = WantedCommit(parent=survey.head, entries=survey.paths.overlay, message="audited\n\nwhy", author=AUTHOR, at=AT)
    return replace(wanted, **parts)


def make(reading: Reading, wanted: WantedCommit, disk: Disk = SYSTEM) -> MadeCommit:
    """Make a commit."""
    return make_commit(str(reading.root), str(reading.state), GIT, wanted, disk)


def committed(reading: Reading, **parts: Any) -> MadeCommit:
    """Commit what an audit sees now, and let an ordinary git look at the result."""
    made = make(reading, wanted_of(reading, **parts))
    assert_sound(reading)
    assert reading.git("rev-parse", "HEAD", "HEAD^{tree}").split() == [made.commit, made.tree]
    return made


def assert_sound(reading: Reading) -> None:
    """An ordinary git finds no fault, and nothing that is not committed."""
    assert "error" not in reading.git("fsck", "--strict", "--no-dangling")
    assert reading.git("status", "--porcelain") == ""


def tree_by_git(reading: Reading) -> str:
    """Return the tree that git itself makes of the working tree's raw bytes."""
    index = {"GIT_INDEX_FILE": str(reading.state / "index of git"), "GIT_CONFIG_GLOBAL": "/dev/null"}
    if os.path.exists(index["GIT_INDEX_FILE"]):
        os.unlink(index["GIT_INDEX_FILE"])
    run(GIT, "-c", "core.autocrlf=false", "add", "-A", cwd=reading.root, env=index)
    return run(GIT, "write-tree", cwd=reading.root, env=index).strip()
