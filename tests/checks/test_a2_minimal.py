"""A2: no file lives on under another name, however it was moved."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from forgewatch.checks.a2_minimal import judge
from forgewatch.core.limits import MIB
from forgewatch.core.snapshot import Change, ChangeKind, Entry, PathTable, Snapshot
from forgewatch.core.values import Oid, RepoPath, Unreadable
from tests.support.snapshots import oid, snapshot

CODE = "".join(f"def function_{n}(value):\n    return value * {n} + 7\n\n\n" for n in range(40)).encode()
OTHER = "".join(f"class Thing{n}:\n    size = {n * n}\n" for n in range(80)).encode()
EDITED = CODE.replace(b"+ 7", b"+ 8", 6)
Held = bytes | Unreadable


def entry(content: Held, mode: int) -> Entry:
    return Entry(mode, oid(content.hex() if isinstance(content, bytes) else content.why))


def work(before: dict[str, Held], after: dict[str, Held], *, mode: int = 0o100644, **parts: Any) -> Snapshot:
    """A snapshot of a change from one set of files to another."""
    contents: dict[Oid, Held] = {}
    changes = []
    for path in sorted(before.keys() | after.keys()):
        old, new = before.get(path), after.get(path)
        contents.update({entry(content, mode).oid: content for content in (old, new) if content is not None})
        kind = ChangeKind.DELETED if new is None else ChangeKind.UNTRACKED if old is None else ChangeKind.MODIFIED
        changes.append(
            Change(
                path=RepoPath(path),
                kind=kind,
                before=None if old is None else entry(old, mode),
                after=None if new is None else entry(new, mode),
            )
        )
    return snapshot(*changes, contents=contents, **parts)


def told(judged: Snapshot) -> list[tuple[str, str | None, str]]:
    return [(finding.code, finding.path, finding.actual) for finding in judge(judged).findings]


def noted(judged: Snapshot) -> list[tuple[str, str | None, str]]:
    return [(note.code, note.path, note.actual) for note in judge(judged).notes]


@pytest.mark.req("S002-10.7-A2")
def test_edits_in_place_pass() -> None:
    judged = work({"a.py": CODE, "b.py": CODE}, {"a.py": EDITED, "b.py": OTHER, "c.py": b"new = 1\n"})
    assert told(judged) == []
    assert judge(judged).basis == "0 renames among 3 changes"


def test_nothing_changed_passes() -> None:
    assert judge(snapshot()).basis == "0 renames among 0 changes"


@pytest.mark.req("S002-10.7-A2")
@pytest.mark.req("S002-3-1")
def test_a_moved_file_is_found() -> None:
    judged = work({"app/old.py": CODE}, {"app/new.py": CODE})
    assert told(judged) == [("A201", "app/new.py", "renamed from app/old.py, 100 %")]
    finding = judge(judged).findings[0]
    assert (finding.message, finding.expected) == ("renamed from app/old.py, 100 % alike", "app/old.py")
    assert judge(judged).basis == "1 rename among 2 changes"


def test_a_moved_file_with_edits_is_found() -> None:
    judged = work({"app/old.py": CODE}, {"app/new.py": EDITED, "x.py": OTHER})
    assert told(judged) == [("A201", "app/new.py", "renamed from app/old.py, 92 %")]


def test_moving_and_converting_line_ends_is_still_moving() -> None:
    assert told(work({"a.py": CODE}, {"b.py": CODE.replace(b"\n", b"\r\n")}))[0][0] == "A201"


def test_a_moved_symlink_is_found_by_its_target() -> None:
    judged = work({"a": b"target"}, {"b": b"target"}, mode=0o120000)
    assert told(replace(judged, contents={})) == [("A201", "b", "renamed from a, 100 %")]


def test_a_rewrite_under_another_name_is_a_deletion_and_an_addition() -> None:
    assert told(work({"old.py": CODE}, {"new.py": OTHER})) == []


def test_swapped_contents_are_no_rename() -> None:
    assert told(work({"a.py": CODE, "b.py": OTHER}, {"a.py": OTHER, "b.py": CODE})) == []


def test_what_a_file_is_called_means_nothing() -> None:
    judged = work({"gone.py": OTHER}, {"rename_tool.py": CODE, "R100 a => b": b"x\n", "similarity index 100%": b"y\n"})
    assert told(judged) == []


def test_empty_files_are_not_renames_of_each_other() -> None:
    assert told(work({"a/__init__.py": b""}, {"b/__init__.py": b"", "c/__init__.py": b""})) == []


def test_a_known_empty_blob_is_empty_without_its_bytes() -> None:
    empty = Entry(0o100644, Oid("e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"))
    gone = Change(path=RepoPath("a"), kind=ChangeKind.DELETED, before=empty, after=None)
    new = Change(path=RepoPath("b"), kind=ChangeKind.UNTRACKED, before=None, after=empty)
    assert told(snapshot(gone, new)) == []


def test_evidence_may_move() -> None:
    judged = work(
        {"Forge/evidence/updatedifflog.md": CODE, "app/x.py": OTHER}, {"Forge/evidence/diff_log.md": CODE, ".ai-stack-trace/t/x.py": OTHER}
    )
    assert told(judged) == []
    assert judge(judged).basis == "0 renames among 1 change"


def test_a_boot_script_that_the_directive_asks_for_is_no_new_name_of_anything() -> None:
    assert told(work({"start.sh": CODE}, {"boot.sh": CODE}, boot_script=True)) == []
    assert [code for code, _, _ in told(work({"start.sh": CODE}, {"boot.sh": CODE}))] == ["A201"]


def test_a_change_of_form_hides_none_behind_it() -> None:
    judged = work({"b.bin": b"\0a", "c.py": b"a\n"}, {"b.bin": b"\0b", "c.py": b"a\r\n"})
    mode = Change(path=RepoPath("a.sh"), kind=ChangeKind.MODE, before=entry(b"a", 0o100644), after=entry(b"a", 0o100755))
    assert noted(replace(judged, changes=(mode, *judged.changes))) == [("A206", "a.sh", "mode"), ("A205", "c.py", "line ends")]


@pytest.mark.parametrize(("copies", "last"), [(20, ("A203", "n19.py", "copy")), (21, ("A203", None, "copy"))])
def test_copies_of_unchanged_files_are_named_up_to_twenty(copies: int, last: tuple[str, str | None, str]) -> None:
    judged = work({}, {f"n{number:02}.py": CODE for number in range(copies)})
    kept = PathTable({RepoPath("kept.py"): entry(CODE, 0o100644)}, judged.paths.overlay)
    assert noted(replace(judged, paths=kept))[-1] == last


# What cannot be compared

OVER = Unreadable("over the limit of 8388608 bytes")


def test_two_files_too_large_to_read_may_be_a_rename() -> None:
    judged = work({"old.bin": Unreadable("over the limit of 8388608 bytes, old")}, {"new.bin": OVER})
    assert told(judged) == [("A202", "new.bin", "not compared with old.bin: over the limit of 8388608 bytes, old")]


def test_a_large_asset_beside_small_work_is_no_suspect() -> None:
    assert told(work({"old.txt": b"old\n"}, {"video.bin": OVER})) == []


def test_a_file_that_was_never_captured_is_a_suspect() -> None:
    judged = work({"old.bin": b"x" * 4 * MIB}, {"new.bin": CODE})
    without = {key: value for key, value in judged.contents.items() if value != CODE}
    assert told(replace(judged, contents=without)) == [("A202", "new.bin", "not compared with old.bin: was not captured")]


def test_filling_the_room_does_not_hide_a_small_rename() -> None:
    # A builder adds so much that the bytes of the renamed file no longer fit.
    junk = Change(path=RepoPath("junk"), kind=ChangeKind.UNTRACKED, before=None, after=Entry(0o120000, oid("junk")))
    judged = work({"old.py": CODE}, {"new.py": Unreadable("over the limit of 0 bytes")})
    crowded = {**judged.contents, **{oid(f"junk {n}"): bytes(MIB) for n in range(128)}}
    assert told(judged) == []
    assert told(replace(judged, changes=(*judged.changes, junk), contents=crowded)) == [
        ("A202", "new.py", "not compared with old.py: over the limit of 0 bytes")
    ]


# Notes


def test_a_copy_of_a_file_that_was_edited_is_a_note() -> None:
    judged = work({"a.py": CODE}, {"a.py": OTHER, "b.py": CODE})
    assert told(judged) == []
    assert noted(judged) == [("A203", "b.py", "copy")]
    assert judge(judged).notes[0].message == "copied from 'a.py', 100 % alike"


def beside(judged: Snapshot, **unchanged: Entry) -> Snapshot:
    """The same work in a repository that also holds these files, which the cycle left alone."""
    base = {**judged.paths.base, **{RepoPath(path): kept for path, kept in unchanged.items()}}
    return replace(judged, paths=PathTable(base, judged.paths.overlay))


def test_a_copy_of_a_file_that_stays_is_a_note() -> None:
    judged = beside(work({}, {"b.py": CODE}), a=entry(CODE, 0o100755), other=entry(OTHER, 0o100644))
    assert told(judged) == []
    assert noted(judged) == [("A203", "b.py", "copy")]
    assert (judge(judged).notes[0].message, judge(judged).notes[0].expected) == ("copied from 'a', 100 % alike", "a")


def test_a_new_file_like_no_other_is_no_copy() -> None:
    assert noted(beside(work({}, {"b.py": EDITED}), a=entry(CODE, 0o100644))) == []


def test_an_empty_file_and_a_link_to_a_files_text_are_no_copies() -> None:
    empty = work({}, {"b/__init__.py": b""})
    assert noted(beside(empty, a=entry(b"", 0o100644))) == []
    assert noted(beside(work({}, {"b.py": CODE}), a=entry(CODE, 0o120000))) == []
    assert noted(beside(work({}, {"b.py": CODE}, mode=0o120000), a=entry(CODE, 0o100644))) == []


def test_what_a_file_held_before_it_was_edited_is_told_once() -> None:
    judged = beside(work({"a.py": CODE}, {"a.py": OTHER, "b.py": CODE}), twin=entry(CODE, 0o100644))
    assert [(note.path, note.expected) for note in judge(judged).notes] == [("b.py", "a.py")]


def test_a_moved_file_is_no_copy_of_a_twin_that_stays() -> None:
    judged = beside(work({"a.py": CODE}, {"b.py": CODE}), twin=entry(CODE, 0o100644))
    assert [path for _, path, _ in told(judged)] == ["b.py"]
    assert noted(judged) == []


def test_a_flood_of_copies_is_counted() -> None:
    judged = beside(work({}, {f"copy{n:02}.py": CODE for n in range(25)}), a=entry(CODE, 0o100644))
    assert [note.path for note in judge(judged).notes] == [*(f"copy{n:02}.py" for n in range(20)), None]
    assert judge(judged).notes[-1].message == "5 more files are copies of unchanged ones"


def test_a_file_split_off_from_another_is_a_note() -> None:
    judged = work({"a.py": CODE}, {"a.py": CODE[:1200], "b.py": CODE[700:]})
    assert told(judged) == []
    assert [(note.code, note.expected) for note in judge(judged).notes] == [("A203", "a.py")]


def test_a_second_copy_of_a_moved_file_is_no_second_rename() -> None:
    judged = work({"a.py": CODE}, {"b.py": CODE, "c.py": CODE})
    assert [path for _, path, _ in told(judged)] == ["b.py"]
    assert noted(judged) == []


@pytest.mark.req("S002-3-2")
def test_changes_of_form_are_notes() -> None:
    judged = work(
        {"blank.py": CODE, "ends.py": OTHER, "real.py": b"a = 1\n"},
        {"blank.py": CODE.replace(b"    ", b"\t"), "ends.py": OTHER.replace(b"\n", b"\r\n"), "real.py": b"a = 2\n"},
    )
    assert told(judged) == []
    assert noted(judged) == [("A204", "blank.py", "white space"), ("A205", "ends.py", "line ends")]


def test_a_change_of_mode_is_a_note() -> None:
    mode = Change(path=RepoPath("run.sh"), kind=ChangeKind.MODE, before=Entry(0o100644, oid("x")), after=Entry(0o100755, oid("x")))
    assert noted(snapshot(mode)) == [("A206", "run.sh", "mode")]


def test_binary_and_unread_files_have_no_form() -> None:
    judged = work({"a.bin": b"\0 a", "b.txt": OVER, "c.txt": b"c \n"}, {"a.bin": b"\0a", "b.txt": b"x", "c.txt": b"\0c"})
    assert noted(judged) == []


def test_the_same_snapshot_gives_the_same_ruling() -> None:
    before = {f"old/{n}.py": CODE + b"# %d\n" % n for n in range(8)}
    after = {f"new/{n}.py": EDITED + b"# %d\n" % n for n in range(8)}
    assert judge(work(dict(before), dict(after))) == judge(work(dict(reversed(before.items())), dict(reversed(after.items()))))
    assert len(judge(work(dict(before), dict(after))).findings) == 8
