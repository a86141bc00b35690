"""Hunks for the diff log: right like a diff, bounded, without the evidence and without secrets."""

from __future__ import annotations

import difflib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forgewatch.core.diff_hunks import COMPARED_BYTES, COMPARED_LINES, FILE_CHARS, LINE_CHARS, TOTAL_CHARS, hunks_of
from forgewatch.core.repository_facts import WorkChange
from forgewatch.core.snapshot import ChangeKind, Entry
from forgewatch.core.values import Oid, RepoPath, Unreadable
from tests.support.snapshots import oid

TOKENS = ("AKIA" + "Q3EGRZ7VX2LMNOPD", "AKIA" + "Z7VX2LMNOPDQ3EGR")
Version = bytes | Unreadable | None


class Repository:
    """Changes and the bytes of their versions."""

    def __init__(self) -> None:
        self.changes: list[WorkChange] = []
        self.contents: dict[Oid, bytes | Unreadable] = {}

    def change(self, path: str, before: Version, after: Version, *modes: int) -> Repository:
        """Add one change; a version that is None is not there."""
        entries = [self._entry(f"{path} {at}", found) for at, found in enumerate((before, after))]
        left, right = (Entry(mode, one.oid) if one else None for one, mode in zip(entries, (*modes, *[0o100644] * 2), strict=False))
        self.changes.append(WorkChange(path=RepoPath(path), kind=ChangeKind.MODIFIED, before=left, after=right))
        return self

    def _entry(self, name: str, found: Version) -> Entry | None:
        if found is None:
            return None
        self.contents[oid(name)] = found
        return Entry(0o100644, oid(name))

    def shown(self, left_out: str = "Forge/") -> tuple[str, ...]:
        return hunks_of(self.changes, self.contents, lambda path: path.startswith(left_out))


def body(before: Version, after: Version, path: str = "a.py") -> list[str]:
    return list(Repository().change(path, before, after).shown())[2:]


def test_a_hunk_is_what_diff_shows() -> None:
    before = b"".join(b"line %d\n" % number for number in range(30))
    after = before.replace(b"line 9\n", b"line nine\nmore\n").replace(b"line 25\n", b"")
    shown = Repository().change("a.py", before, after).shown()
    assert list(shown[:2]) == ["--- a/a.py", "+++ b/a.py"]
    wanted = difflib.unified_diff(before.decode().splitlines(), after.decode().splitlines(), lineterm="")
    assert list(shown[2:]) == list(wanted)[2:]


@given(st.lists(st.sampled_from("abc"), max_size=12), st.lists(st.sampled_from("abc"), max_size=12))
def test_hunks_applied_to_the_old_text_give_the_new_one(before: list[str], after: list[str]) -> None:
    old, new = ("".join(f"{line}\n" for line in lines) for lines in (before, after))
    made: list[str] = []
    place = 0
    for line in body(old.encode(), new.encode()):
        if line.startswith("@@"):
            first, _, length = line.split()[1][1:].partition(",")
            start = int(first) if length == "0" else int(first) - 1
            made += before[place:start]
            place = start
        else:
            assert line[0] == "+" or before[place] == line[1:]
            place += line[0] != "+"
            made += [line[1:]] if line[0] != "-" else []
    assert made + before[place:] == after


def test_new_and_deleted_files_are_told_as_such() -> None:
    shown = Repository().change("new.py", None, b"x\n").change("old.py", b"x\n", None).shown()
    assert shown == ("--- /dev/null", "+++ b/new.py", "@@ -0,0 +1 @@", "+x", "--- a/old.py", "+++ /dev/null", "@@ -1 +0,0 @@", "-x")


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (b"a\0b", b"c", "(not shown: binary, 3 bytes before, 1 after)"),
        (b"c", b"a\0b", "(not shown: binary, 1 bytes before, 3 after)"),
        (Unreadable("is over the limit of 5 bytes"), b"c", "(not shown: it is over the limit of 5 bytes)"),
        (b"c", b"x" * (COMPARED_BYTES + 1), f"(not shown: {COMPARED_BYTES + 1} bytes)"),
        (b"", b"x\n" * (COMPARED_LINES + 1), f"(not shown: 0 lines replaced by {COMPARED_LINES + 1} lines)"),
    ],
)
def test_what_is_no_text_or_too_much_is_counted(before: Version, after: Version, told: str) -> None:
    assert body(before, after) == [told]


def test_links_submodules_modes_and_what_only_the_index_holds_are_named() -> None:
    repository = Repository().change("link", b"a", b"b", 0o120000, 0o100644).change("sub", b"a", b"b", 0o100644, 0o160000)
    repository.change("run.sh", b"a\n", b"a\n", 0o100644, 0o100755)
    same = Entry(0o100644, oid("same"))
    repository.changes.append(WorkChange(path=RepoPath("staged"), kind=ChangeKind.MODIFIED, before=same, after=same))
    repository.changes.append(WorkChange(path=RepoPath("lost"), kind=ChangeKind.MODIFIED, before=None, after=Entry(0o100644, oid("lost"))))
    shown = [line for line in repository.shown() if line.startswith("(")]
    assert shown == [
        "(mode 120000 -> 100644)",
        "(not shown: a symbolic link)",
        "(mode 100644 -> 160000)",
        "(not shown: a submodule)",
        "(mode 100644 -> 100755)",
        "(differs in the index only)",
        "(not shown: it was not read)",
    ]


def test_the_folder_of_evidence_is_left_out() -> None:
    assert Repository().change("Forge/evidence/diff_log.md", b"a\n", b"b\n").shown() == ()


def test_a_line_of_ten_megabytes_a_terminal_code_and_a_missing_line_end_are_made_harmless() -> None:
    shown = body(None, b"\x1b[31mred\tx\r\n" + b"y" * 10_000 + b"\nlast\xe2\x80\xae")
    assert shown[1] == "+\\x1b[31mred\tx\\r"
    assert shown[2] == f"+{'y' * LINE_CHARS}…"
    assert shown[3] == "+last\\u202e (no line end)"


def test_one_file_and_the_whole_are_bounded_and_say_what_is_missing() -> None:
    large = b"".join(b"%06d %s\n" % (number, b"z" * 90) for number in range(900))
    one = Repository().change("a.py", None, large).shown()
    assert sum(len(line) + 1 for line in one) <= FILE_CHARS + 100
    assert one[-1].endswith("more lines of this file's hunks)")
    many = Repository()
    for number in range(40):
        many.change(f"f{number:02}.py", None, large)
    shown = many.shown()
    assert sum(len(line) + 1 for line in shown) <= TOTAL_CHARS + 200
    assert shown[-1].startswith("(left out: ") and shown[-1].endswith(" more changed files)")


def test_a_token_that_was_changed_is_told_and_not_shown() -> None:
    old, new = TOKENS
    shown = "\n".join(body(f'KEY = "{old}"\n'.encode(), f'KEY = "{new}"\n'.encode(), "settings.py"))
    assert old not in shown and new not in shown
    assert shown.count("KEY = ") == 2
