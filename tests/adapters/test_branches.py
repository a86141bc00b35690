"""The branch that HEAD names, where git writes when HEAD moves, and what verified commits say of themselves."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from forgewatch.adapters.refs import branch_of, head_places
from forgewatch.adapters.repository_layout import locate
from forgewatch.core.errors import GitFailed, RepositoryUnavailable
from forgewatch.core.values import CommitId
from tests.support.builder import Builder
from tests.support.reading import Reading, reading_of


def branch(root: Path) -> str | None:
    return branch_of(locate(str(root)))


def places(root: Path) -> set[tuple[str, str]]:
    """The (directory, name) pairs, the directory below the repository's root where it is."""
    return {(os.path.relpath(folder, root), name) for folder, name in head_places(str(root))}


HEAD = {(".git", "HEAD"), (".git", "packed-refs")}


@pytest.mark.parametrize("name", ["main", "feature/very/deep", "ümlaut", "a.b-c_d", "feature/\u202e"])
def test_the_branch_is_the_one_that_git_says_and_each_folder_of_its_name_matters(reading: Reading, name: str) -> None:
    reading.git("checkout", "-q", "-B", name)
    assert branch(reading.root) == name == reading.git("symbolic-ref", "--short", "HEAD") == reading.store.branch()
    parts = name.split("/")
    folders = [".git/refs/heads", *(f".git/refs/heads/{'/'.join(parts[:depth])}" for depth in range(1, len(parts)))]
    assert places(reading.root) == HEAD | set(zip(folders, parts, strict=True))


def test_a_detached_head_names_no_branch_and_only_its_own_file_matters(reading: Reading) -> None:
    reading.git("checkout", "-q", "--detach")
    assert branch(reading.root) is None
    assert reading.store.branch() is None
    assert places(reading.root) == HEAD


def test_packed_refs_change_nothing_of_where_to_look(reading: Reading) -> None:
    before = places(reading.root)
    reading.git("pack-refs", "--all", "--prune")
    assert (branch(reading.root), places(reading.root)) == ("main", before)


def test_an_unborn_branch_is_a_branch(tmp_path: Path) -> None:
    builder = Builder(tmp_path)
    builder.git("init", "-q")
    assert branch(tmp_path) == "main"
    assert places(tmp_path) == {*HEAD, (".git/refs/heads", "main")}


def test_a_linked_worktree_has_a_head_of_its_own_and_shares_the_branches(reading: Reading, tmp_path: Path) -> None:
    linked = tmp_path / "linked"
    reading.git("worktree", "add", "-q", "-b", "side", str(linked))
    assert (branch(linked), branch(reading.root)) == ("side", "main")
    git = reading.root / ".git"
    assert set(head_places(str(linked))) == {
        (str(git / "worktrees/linked"), "HEAD"),
        (str(git), "packed-refs"),
        (str(git / "refs/heads"), "side"),
    }


@pytest.mark.parametrize(
    "content",
    [
        "ref: refs/tags/v1\n",
        "ref: refs/heads/../../secret\n",
        "ref: refs/heads/a..b\n",
        "ref: refs/heads/\n",
        "ref: refs/heads/a.lock\n",
        "ref: refs/heads/a b\n",
        "ref: refs/heads/a\x1b[2J\n",
        "ref: /etc/passwd\n",
        "nonsense\n",
        "",
    ],
)
def test_a_head_that_names_no_branch_of_git_leads_nowhere_outside(reading: Reading, content: str) -> None:
    (reading.root / ".git/HEAD").write_text(content)
    assert branch(reading.root) is None
    assert places(reading.root) == HEAD


@pytest.mark.parametrize("spoil", ["gone", "a FIFO", "a symlink", "no repository", "no root"])
def test_where_no_head_can_be_read_there_is_no_place_to_look_at(reading: Reading, spoil: str) -> None:
    head = reading.root / ".git/HEAD"
    if spoil == "no root":
        shutil.rmtree(reading.root)
    elif spoil == "no repository":
        shutil.rmtree(reading.root / ".git")
    else:
        head.unlink()
    if spoil == "a FIFO":
        os.mkfifo(head)
    if spoil == "a symlink":
        head.symlink_to("/dev/zero")
    assert head_places(str(reading.root)) == ()


def test_parents_and_subject_of_a_commit_are_those_that_git_says(reading: Reading) -> None:
    root = CommitId(reading.builder.head)
    reading.git("checkout", "-q", "-b", "side")
    reading.builder.write("x", "1").commit("on the side\n\nand why")
    side = CommitId(reading.builder.head)
    reading.git("checkout", "-q", "main")
    reading.builder.write("y", "1").commit("on main: \x1b[2J\u202e")
    main = CommitId(reading.builder.head)
    reading.git("merge", "-q", "--no-ff", "-m", "both", "side")
    merge = CommitId(reading.builder.head)
    assert reading.store.parents([merge, main, root]) == {merge: (main, side), main: (root,), root: ()}
    assert reading.store.parents([]) == {}
    assert [reading.store.subject(one) for one in (merge, side, main)] == ["both", "on the side", "on main: \x1b[2J\u202e"]


def test_a_subject_that_is_no_utf_8_and_one_that_is_not_there_are_told_raw(reading: Reading) -> None:
    tree = reading.git("rev-parse", "HEAD^{tree}")
    header = f"tree {tree}\nauthor a <a> 0 +0000\ncommitter a <a> 0 +0000\n".encode()
    told = []
    for message in (b"\n\xff\xfe first\nsecond\n", b"\n", b""):
        path = reading.state / "commit"
        path.write_bytes(header + message)
        told.append(reading.store.subject(CommitId(reading.git("hash-object", "-t", "commit", "-w", "--literally", str(path)))))
    assert told == ["\udcff\udcfe first", "", ""]


@pytest.mark.parametrize("ask", ["parents", "subject"])
def test_a_commit_that_is_missing_or_none_is_a_fault_and_not_a_commit_without_parents(reading: Reading, ask: str) -> None:
    for name in ("0" * 40, reading.git("rev-parse", "HEAD^{tree}")):
        with pytest.raises(GitFailed, match=f"commit {name}: expected in the object store"):
            reading.store.parents([CommitId(name)]) if ask == "parents" else reading.store.subject(CommitId(name))


def test_a_forged_commit_says_nothing_of_its_parents(tmp_path: Path) -> None:
    with reading_of(tmp_path) as reading:
        first = reading.builder.head
        reading.builder.write("x", "1").commit("second")
        second = CommitId(reading.builder.head)
        shutil.copyfile(reading.loose(first), reading.loose(second))
        for ask in (lambda: reading.store.parents([second]), lambda: reading.store.subject(second)):
            with pytest.raises(GitFailed, match="the object store lies"):
                ask()


def test_a_branch_is_read_without_following_a_link_out(reading: Reading) -> None:
    (reading.root / ".git/HEAD").unlink()
    (reading.root / ".git/HEAD").symlink_to(reading.state / "elsewhere")
    with pytest.raises(RepositoryUnavailable):
        branch(reading.root)
