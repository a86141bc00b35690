"""Digests of trees and change sets, and what git would say of captured facts."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from forgewatch.core.places import FORGE
from forgewatch.core.repository_facts import GONE, WorkChange, WorkFacts, changes_digest, staged_lines, status_lines, tree_digest
from forgewatch.core.snapshot import ChangeKind, Entry
from forgewatch.core.values import Oid, RepoPath
from tests.support.authority import TREE, facts

OLD, NEW, NEWER = (Entry(0o100644, Oid(char * 40)) for char in "abc")
RUNS, LINK, MODULE = Entry(0o100755, OLD.oid), Entry(0o120000, Oid("d" * 40)), Entry(0o160000, Oid("e" * 40))
EMPTY = "sha256:" + hashlib.sha256(b"").hexdigest()


def sha256(raw: bytes) -> str:
    return f"sha256:{hashlib.sha256(raw).hexdigest()}"


def neutral(path: str) -> bool:
    return FORGE.is_neutral(path)


# ---- digests


def test_the_digest_of_a_tree_is_over_its_sorted_lines_without_the_neutral_set() -> None:
    table = {
        RepoPath("b.py"): RUNS,
        RepoPath("a.py"): NEW,
        RepoPath("sub"): MODULE,
        RepoPath("link"): LINK,
        RepoPath("Forge/evidence/diff_log.md"): NEW,
    }
    lines = [
        b"100644 " + b"b" * 40 + b"\ta.py\0",
        b"100755 " + b"a" * 40 + b"\tb.py\0",
        b"120000 " + b"d" * 40 + b"\tlink\0",
        b"160000 " + b"e" * 40 + b"\tsub\0",
    ]
    assert tree_digest(table, neutral) == sha256(b"".join(lines))
    assert tree_digest(dict(reversed(table.items())), neutral) == tree_digest(table, neutral)
    assert tree_digest({}, neutral) == EMPTY


def test_names_of_any_bytes_have_a_digest_of_their_own() -> None:
    names = ("caf\udce9.py", "café.py", "cafe\u0301.py", "a\nb", "")
    digests = {tree_digest({RepoPath(name): NEW}, neutral) for name in names}
    assert len(digests) == len(names)
    assert tree_digest({RepoPath("caf\udce9.py"): NEW}, neutral) == sha256(b"100644 " + b"b" * 40 + b"\tcaf\xe9.py\0")


def test_the_digest_of_a_change_set_has_zeros_for_what_is_gone() -> None:
    changes = [(RepoPath("b.py"), None), (RepoPath("a.py"), RUNS)]
    lines = [b"000000 " + b"0" * 40 + b"\tb.py\0", b"100755 " + b"a" * 40 + b"\ta.py\0"]
    assert changes_digest(changes) == changes_digest(reversed(changes)) == sha256(b"".join(lines))
    assert changes_digest([(RepoPath("b.py"), GONE)]) == changes_digest([(RepoPath("b.py"), None)])
    assert changes_digest([]) == EMPTY


# ---- what git would say


def change(kind: ChangeKind, before: Entry | None, after: Entry | None, path: str = "a.py", **parts: Any) -> WorkChange:
    return WorkChange(path=RepoPath(path), kind=kind, before=before, after=after, **parts)


def said(*changes: WorkChange, **parts: Any) -> tuple[str, ...]:
    return status_lines(facts(work=WorkFacts(tree=TREE, text=TREE, changes=changes), **parts))[1:]


STAGED = {"is_staged": True}


@pytest.mark.parametrize(
    ("one", "lines"),
    [
        (change(ChangeKind.MODIFIED, OLD, NEW), [" M a.py"]),
        (change(ChangeKind.MODE, OLD, RUNS), [" M a.py"]),
        (change(ChangeKind.TYPE, OLD, LINK), [" T a.py"]),
        (change(ChangeKind.TYPE, OLD, MODULE), [" T a.py"]),
        (change(ChangeKind.DELETED, OLD, None), [" D a.py"]),
        (change(ChangeKind.UNTRACKED, None, NEW), ["?? a.py"]),
        (change(ChangeKind.ADDED, None, NEW), [" A a.py"]),
        (change(ChangeKind.MODIFIED, OLD, NEW, **STAGED, staged=NEW), ["M  a.py"]),
        (change(ChangeKind.MODIFIED, OLD, NEWER, **STAGED, staged=NEW), ["MM a.py"]),
        (change(ChangeKind.MODIFIED, OLD, OLD, **STAGED, staged=NEW), ["MM a.py"]),
        (change(ChangeKind.DELETED, OLD, None, **STAGED, staged=NEW), ["MD a.py"]),
        (change(ChangeKind.TYPE, OLD, LINK, **STAGED, staged=LINK), ["T  a.py"]),
        (change(ChangeKind.TYPE, OLD, LINK, **STAGED, staged=NEW), ["MT a.py"]),
        (change(ChangeKind.ADDED, None, NEW, **STAGED, staged=NEW), ["A  a.py"]),
        (change(ChangeKind.ADDED, None, NEWER, **STAGED, staged=NEW), ["AM a.py"]),
        (change(ChangeKind.ADDED, None, None, **STAGED, staged=NEW), ["AD a.py"]),
        (change(ChangeKind.DELETED, OLD, None, **STAGED), ["D  a.py"]),
        (change(ChangeKind.DELETED, OLD, OLD, **STAGED), ["D  a.py", "?? a.py"]),
        (change(ChangeKind.MODIFIED, OLD, NEW, **STAGED), ["D  a.py", "?? a.py"]),
    ],
    ids=[
        "changed",
        "made executable",
        "made a link",
        "made a submodule",
        "removed",
        "new",
        "new and intended to be added",
        "staged",
        "staged and changed again",
        "staged and changed back",
        "staged and removed",
        "staged as a link",
        "staged and made a link",
        "added",
        "added and changed",
        "added and removed",
        "removed and staged so",
        "removed from the index only",
        "removed from the index only, and changed",
    ],
)
def test_each_change_has_the_letters_that_git_gives_it(one: WorkChange, lines: list[str]) -> None:
    assert list(said(one)) == lines
    assert staged_lines(facts(work=WorkFacts(tree=TREE, text=TREE, changes=(one,)))) == (("a.py",) if one.is_staged else ())


def test_what_git_does_not_know_stands_behind_what_it_knows_and_names_are_raw() -> None:
    new, old = change(ChangeKind.UNTRACKED, None, NEW, "a\x1b[2J\n.py"), change(ChangeKind.MODIFIED, OLD, NEW, "z.py")
    assert said(new, old) == (" M z.py", "?? a\x1b[2J\n.py")


@pytest.mark.parametrize(
    ("parts", "line"),
    [
        ({}, "## main"),
        ({"branch": "feature/x"}, "## feature/x"),
        ({"branch": None}, "## HEAD (no branch)"),
        ({"head": None}, "## No commits yet on main"),
    ],
    ids=["a branch", "another branch", "no branch", "no commit"],
)
def test_the_first_line_says_where_head_is(parts: dict[str, Any], line: str) -> None:
    assert status_lines(facts(**parts)) == (line,)


def test_without_a_look_at_the_tree_only_the_branch_is_told() -> None:
    assert status_lines(facts(work=None)) == ("## main",)
    assert staged_lines(facts(work=None)) == ()
