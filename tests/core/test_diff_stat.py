"""The diff stat of a test record: right like that of git, and honest about what was not compared."""

from __future__ import annotations

import pytest

from forgewatch.core.diff_hunks import COMPARED_BYTES
from forgewatch.core.diff_stat import stat_of
from forgewatch.core.values import Unreadable
from tests.core.test_diff_hunks import Repository


@pytest.mark.req("S002-9.2-4")
def test_each_file_has_its_lines_and_the_sums_stand_below() -> None:
    found = (
        Repository()
        .change("a.py", b"x = 1\ny = 1\n", b"x = 2\ny = 1\nz = 1\n")
        .change("b.py", None, b"one\n")
        .change("c.py", b"old\n", None)
    )
    assert stat_of(found.changes, found.contents) == (
        "a.py | +2 -1",
        "b.py | +1 -0",
        "c.py | +0 -1",
        "3 files changed, 3 insertions, 2 deletions",
    )


def test_what_begins_like_a_mark_is_counted_once() -> None:
    found = Repository().change("a.md", b"- one\n+ two\n", b"- one\n-- two\n@@ -1 +1 @@\n")
    assert stat_of(found.changes, found.contents)[0] == "a.md | +2 -1"


@pytest.mark.parametrize(
    ("after", "why"),
    [
        (b"\0", "(not shown: binary, 4 bytes before, 1 after)"),
        (b"x" * (COMPARED_BYTES + 1), f"(not shown: {COMPARED_BYTES + 1} bytes)"),
        (Unreadable("is a FIFO"), "(not shown: it is a FIFO)"),
    ],
    ids=["binary", "large", "unreadable"],
)
def test_what_is_not_compared_says_why_and_counts_as_a_file(after: bytes | Unreadable, why: str) -> None:
    found = Repository().change("a.bin", b"old\n", after)
    assert stat_of(found.changes, found.contents) == (f"a.bin | {why}", "1 file changed, 0 insertions, 0 deletions")


def test_a_file_of_which_only_the_mode_changed_has_no_lines_and_what_was_not_looked_at_is_said() -> None:
    found = Repository().change("run.sh", b"x\n", b"x\n", 0o100644, 0o100755)
    assert stat_of(found.changes, found.contents, 7) == (
        "run.sh | +0 -0",
        "8 files changed, 7 of them not looked at, 0 insertions, 0 deletions",
    )
    assert stat_of((), {}) == ("0 files changed, 0 insertions, 0 deletions",)
