"""A commit is exactly the tree that was audited, and an ordinary git finds nothing odd about it afterwards."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from forgewatch.adapters.commit_maker import MadeCommit
from forgewatch.core.errors import EnvironmentFault, ForgewatchError, GitFailed, RepositoryUnavailable, Unstable, UsageError
from forgewatch.core.snapshot import Entry
from forgewatch.core.values import CommitId, Oid, RepoPath
from tests.support.builder import Builder
from tests.support.committing import assert_sound, committed, make, tree_by_git, wanted_of
from tests.support.reading import GIT, Reading, run

Change = Callable[[Reading], object]
ODD = b"caf\xe9 \xf0\x9f\x92\xa9\nline\t.txt"


def becomes_a_folder(reading: Reading) -> None:
    reading.builder.delete("app/a.py").write("app/a.py/one.py", "1\n")


def becomes_a_file(reading: Reading) -> None:
    shutil.rmtree(reading.root / "app/api")
    reading.builder.write("app/api", "a file now\n")


def becomes_a_symlink(reading: Reading) -> None:
    shutil.rmtree(reading.root / "app/api")
    os.symlink("../tests", reading.root / "app/api")


def vanishes(reading: Reading) -> None:
    shutil.rmtree(reading.root / "app/api")
    (reading.root / "app/empty/deep").mkdir(parents=True)


def has_an_odd_name(reading: Reading) -> None:
    (reading.root / os.fsdecode(ODD)).write_bytes(b"odd\n")


def sorts_oddly(reading: Reading) -> None:
    for name in ("app.py", "app-x", "app0", "app/zz", "a/b", "a.b", "a0", "é", "Z"):
        reading.builder.write(name, name)


def runs(reading: Reading) -> None:
    (reading.root / "app/a.py").chmod(0o755)


def is_deep(reading: Reading) -> None:
    reading.builder.write("/".join("abcdefgh") + "/x.py", "x = 1\n")


def is_large(reading: Reading) -> None:
    reading.builder.write("large.bin", os.urandom(3 * 1024 * 1024 + 1))


SHAPES: dict[str, Change] = {
    "a file that changed": lambda reading: reading.builder.write("app/a.py", "x = 2\n"),
    "a file that is gone": lambda reading: reading.builder.delete("app/a.py"),
    "a new file in a new folder": lambda reading: reading.builder.write("new/deep/x.py", "x = 1\n"),
    "a file with an execute bit": runs,
    "an empty file": lambda reading: reading.builder.write("app/a.py", ""),
    "a symlink": lambda reading: os.symlink("nowhere", reading.root / "link"),
    "a file that became a folder": becomes_a_folder,
    "a folder that became a file": becomes_a_file,
    "a folder that became a symlink": becomes_a_symlink,
    "a folder whose last file is gone": vanishes,
    "a name with a line break and bytes that are no text": has_an_odd_name,
    "names that sort otherwise than their folders": sorts_oddly,
    "a deep path": is_deep,
    "a file of several megabytes": is_large,
    "line endings of another system": lambda reading: reading.builder.write("app/a.py", "x = 1\r\ny = 2\r\n"),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_the_tree_is_the_one_that_git_makes_of_the_same_bytes(reading: Reading, shape: str) -> None:
    SHAPES[shape](reading)
    expected = tree_by_git(reading)
    assert committed(reading).tree == expected


def test_a_commit_says_who_when_and_why(reading: Reading) -> None:
    reading.builder.write("app/a.py", "x = 2\n")
    made = committed(reading, message="  subject  \n\nbody é\n\n")
    shown = reading.git("log", "-1", "--format=%an|%ae|%at|%cn|%ce|%ct|%P|%s|%b")
    who = "Operator|operator@example.org|1790000000"
    assert shown == f"{who}|{who}|{reading.base}|subject|body é"
    assert reading.git("reflog", "show", "--format=%H %gs", "-1", "HEAD") == f"{made.commit} commit: subject"
    assert reading.git("reflog", "show", "--format=%H %gs", "-1", "main") == f"{made.commit} commit: subject"


def test_what_was_audited_is_committed_and_nothing_that_is_only_staged(reading: Reading) -> None:
    reading.builder.write("staged.py", "staged = 1\n")
    reading.git("add", "staged.py")
    reading.builder.delete("staged.py").write("app/a.py", "x = 2\n")
    committed(reading)
    assert reading.git("show", "--format=", "--name-only", "HEAD") == "app/a.py"


def test_evidence_goes_along_as_it_is_now(reading: Reading) -> None:
    reading.builder.write("app/a.py", "x = 2\n").write("Forge/evidence/diff_log.md", "old\n")
    wanted = wanted_of(reading, extra=(RepoPath("Forge/evidence/diff_log.md"), RepoPath("Forge/evidence/none.md")))
    entries = {path: entry for path, entry in wanted.entries.items() if path == "app/a.py"}
    reading.builder.write("Forge/evidence/diff_log.md", "new\n")
    make(reading, replace(wanted, entries=entries))
    assert_sound(reading)
    assert reading.git("show", "HEAD:Forge/evidence/diff_log.md") == "new"


@pytest.fixture
def unborn(tmp_path: Path) -> Iterator[Reading]:
    """A repository without a commit."""
    builder = Builder(tmp_path / "repository")
    builder.root.mkdir()
    builder.git("init", "-q")
    state = tmp_path / "state"
    state.mkdir(mode=0o700)
    reading = Reading(builder, state)
    yield reading
    reading.forget()


@pytest.mark.parametrize("branch", ["main", "feature/deep/one"])
def test_the_first_commit_of_an_unborn_branch_has_no_parent(unborn: Reading, branch: str) -> None:
    unborn.git("symbolic-ref", "HEAD", f"refs/heads/{branch}")
    unborn.builder.write("a.py", "x = 1\n")
    assert committed(unborn).ref == f"refs/heads/{branch}"
    assert unborn.git("log", "--format=%P|%s") == "|audited"


@pytest.mark.parametrize("first", [True, False])
def test_a_repository_with_longer_ids_gets_a_commit_with_longer_ids(tmp_path: Path, first: bool) -> None:
    builder = Builder(tmp_path / "repository")
    builder.root.mkdir()
    builder.git("init", "-q", "--object-format=sha256")
    if not first:
        builder.write("a.py", "x = 0\n").commit("first")
    (tmp_path / "state").mkdir(mode=0o700)
    reading = Reading(builder, tmp_path / "state")
    builder.write("a.py", "x = 1\n")
    assert len(committed(reading).commit) == 64
    reading.forget()


def test_a_detached_head_moves_alone(reading: Reading) -> None:
    reading.git("checkout", "-q", "--detach")
    reading.builder.write("app/a.py", "x = 2\n")
    assert committed(reading).ref == "HEAD"
    assert reading.git("rev-parse", "main") == reading.base


def test_a_branch_that_is_only_in_packed_refs_moves(reading: Reading) -> None:
    reading.git("checkout", "-q", "-b", "feature/one")
    reading.git("pack-refs", "--all")
    assert not (reading.root / ".git/refs/heads/feature").exists()
    reading.builder.write("app/a.py", "x = 2\n")
    assert committed(reading).ref == "refs/heads/feature/one"


def test_empty_folders_of_deleted_branches_are_in_nobodys_way(reading: Reading) -> None:
    reading.git("checkout", "-q", "-b", "feature")
    reading.git("pack-refs", "--all")
    (reading.root / ".git/refs/heads/feature/one/two").mkdir(parents=True)
    reading.builder.write("app/a.py", "x = 2\n")
    committed(reading)


def test_a_head_that_leads_over_another_name_moves_the_branch_at_its_end(reading: Reading) -> None:
    reading.git("symbolic-ref", "refs/heads/alias", "refs/heads/main")
    reading.git("symbolic-ref", "HEAD", "refs/heads/alias")
    reading.builder.write("app/a.py", "x = 2\n")
    made = committed(reading)
    assert (made.ref, reading.git("rev-parse", "main")) == ("refs/heads/main", made.commit)
    assert reading.git("symbolic-ref", "refs/heads/alias") == "refs/heads/main"


def test_a_linked_worktree_moves_its_own_branch_and_brings_its_own_index_in_line(reading: Reading, tmp_path: Path) -> None:
    main = reading.root
    reading.git("worktree", "add", "-q", str(tmp_path / "linked"), "-b", "side")
    reading.builder.root = tmp_path / "linked"
    reading.builder.write("app/a.py", "x = 2\n")
    assert committed(reading).ref == "refs/heads/side"
    assert reading.git("reflog", "show", "--format=%gs", "-1", "HEAD") == "commit: audited"
    assert reading.git("rev-parse", "main") == reading.base
    assert reading.git("status", "--porcelain", cwd=main) == ""


def with_library(reading: Reading, tmp_path: Path) -> Builder:
    library = Builder(tmp_path / "library")
    library.root.mkdir()
    library.git("init", "-q")
    library.write("lib.py", "1\n").commit("library")
    reading.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", str(library.root), "lib")
    reading.builder.commit("submodule")
    return Builder(reading.root / "lib")


def test_a_submodule_goes_along_as_the_commit_that_is_checked_out(reading: Reading, tmp_path: Path) -> None:
    library = with_library(reading, tmp_path)
    library.write("lib.py", "2\n").commit("newer")
    expected = tree_by_git(reading)
    assert committed(reading).tree == expected
    assert library.head in reading.git("ls-tree", "HEAD", "lib")


def test_a_submodule_that_moved_since_the_audit_is_refused(reading: Reading, tmp_path: Path) -> None:
    library = with_library(reading, tmp_path)
    library.write("lib.py", "2\n").commit("newer")
    wanted = wanted_of(reading)
    library.write("lib.py", "3\n").commit("newest")
    with pytest.raises(Unstable, match=f"lib: changed since the audit: .* found 160000 {library.head}"):
        make(reading, wanted)


def test_bytes_that_a_filter_would_change_go_in_as_they_were_audited(reading: Reading) -> None:
    """Attributes turn line endings and keep large files elsewhere; what was audited is what is committed."""
    reading.builder.write(".gitattributes", "*.txt text eol=lf\n*.bin filter=lfs\n").write("a.txt", "one\r\ntwo\r\n").write(
        "b.bin", b"\0" * 9
    )
    make(reading, wanted_of(reading))
    for name in ("a.txt", "b.bin"):
        raw = subprocess.run([GIT, "cat-file", "blob", f"HEAD:{name}"], cwd=reading.root, capture_output=True, check=True).stdout
        assert raw == (reading.root / name).read_bytes()


def without_refresh(reading: Reading) -> str:
    """What git says without looking into any file whose status it knows."""
    return reading.git("diff-files", "--name-only")


def grown_old(reading: Reading) -> None:
    """Let git trust the times of the files: what is as young as the index it compares by content."""
    for path in reading.root.rglob("*"):
        if path.is_file() and ".git" not in path.relative_to(reading.root).parts:
            os.utime(path, (1_700_000_000, 1_700_000_000))
    reading.git("update-index", "-q", "--refresh")


def test_the_index_knows_the_status_of_every_file(reading: Reading) -> None:
    grown_old(reading)
    reading.builder.write("app/a.py", "x = 2\n")
    committed(reading)
    assert without_refresh(reading) == ""


@pytest.mark.parametrize("version", ["2", "3", "4"])
def test_an_index_of_any_version_is_carried_over(reading: Reading, version: str) -> None:
    reading.git("update-index", "--index-version", version)
    grown_old(reading)
    reading.builder.write("app/a.py", "x = 2\n").write("app/b.py", "y = 1\n")
    make(reading, wanted_of(reading))
    assert without_refresh(reading) == ""
    assert_sound(reading)


def test_what_a_sparse_checkout_leaves_out_stays_out(reading: Reading) -> None:
    """The audit saw a deletion of nothing else, the caller committed only one file: git does not call the rest deleted."""
    reading.git("sparse-checkout", "set", "--no-cone", "/app/", "/Forge/")
    assert not (reading.root / "tests").exists()
    reading.builder.write("app/a.py", "x = 2\n")
    wanted = wanted_of(reading)
    make(reading, replace(wanted, entries={path: entry for path, entry in wanted.entries.items() if path == "app/a.py"}))
    assert_sound(reading)
    assert reading.git("show", "HEAD:tests/test_a.py") == "def test_a():\n    assert True"


def test_what_a_sparse_index_leaves_out_stays_out(reading: Reading) -> None:
    reading.git("sparse-checkout", "set", "--cone", "--sparse-index", "app", "Forge")
    assert not (reading.root / "tests").exists()
    reading.builder.write("app/a.py", "x = 2\n")
    wanted = wanted_of(reading)
    make(reading, replace(wanted, entries={path: entry for path, entry in wanted.entries.items() if path == "app/a.py"}))
    assert_sound(reading)


def no_index(reading: Reading) -> None:
    (reading.root / ".git/index").unlink()


def broken_index(reading: Reading) -> None:
    (reading.root / ".git/index").write_bytes(b"DIRC garbage")


def split_index(reading: Reading) -> None:
    reading.git("update-index", "--split-index")


def flagged_index(reading: Reading) -> None:
    reading.git("update-index", "--assume-unchanged", "app/__init__.py")


@pytest.mark.parametrize("spoil", [no_index, broken_index, split_index, flagged_index])
def test_whatever_the_index_was_git_finds_the_tree_in_it(reading: Reading, spoil: Change) -> None:
    reading.builder.write("app/a.py", "x = 2\n")
    wanted = wanted_of(reading)
    spoil(reading)
    make(reading, wanted)
    assert_sound(reading)
    assert set(reading.git("ls-files", "-v").splitlines()) == {f"H {path}" for path in reading.git("ls-files").splitlines()}


def test_a_second_commit_follows_the_first(reading: Reading) -> None:
    reading.builder.write("app/a.py", "x = 2\n")
    first = committed(reading)
    reading.builder.write("app/a.py", "x = 3\n")
    assert committed(reading).commit != first.commit
    assert reading.git("rev-parse", "HEAD^") == first.commit


def test_git_goes_on_from_there(reading: Reading) -> None:
    reading.builder.write("app/a.py", "x = 2\n")
    made = committed(reading)
    reading.builder.write("app/a.py", "x = 3\n").commit("by the builder")
    assert reading.git("rev-parse", "HEAD^") == made.commit
    reading.git("gc", "-q", "--prune=now")
    assert_sound(reading)


# Refusals: HEAD, index and branch stay what they were.


def written_to(reading: Reading) -> None:
    reading.builder.write("app/a.py", "x = 'other'\n")


def made_executable(reading: Reading) -> None:
    (reading.root / "app/a.py").chmod(0o755)


def removed(reading: Reading) -> None:
    reading.builder.delete("app/a.py")


def turned_into_a_symlink(reading: Reading) -> None:
    reading.builder.write("other.py", (reading.root / "app/a.py").read_bytes()).delete("app/a.py")
    os.symlink("../other.py", reading.root / "app/a.py")


def moved_behind_a_symlink(reading: Reading) -> None:
    (reading.root / "app").rename(reading.root / "real")
    os.symlink("real", reading.root / "app")


def come_back(reading: Reading) -> None:
    reading.builder.write("tests/test_a.py", "back\n")


def turned_into_a_fifo(reading: Reading) -> None:
    reading.builder.delete("app/a.py")
    os.mkfifo(reading.root / "app/a.py")


SINCE = {
    "written to": (written_to, "app/a.py: changed since the audit: expected 100644 [0-9a-f]{40}, found 100644 [0-9a-f]{40}"),
    "made executable": (made_executable, "app/a.py: changed since the audit: expected 100644 .*, found 100755"),
    "removed": (removed, "app/a.py: changed since the audit: expected 100644 .*, found nothing"),
    "turned into a symlink": (turned_into_a_symlink, "app/a.py: changed since the audit: expected 100644 .*, found 120000"),
    "moved behind a symlink": (moved_behind_a_symlink, "app/a.py: changed since the audit: expected 100644 .*, found nothing"),
    "come back": (come_back, "tests/test_a.py: changed since the audit: expected nothing, found 100644"),
    "turned into a FIFO": (turned_into_a_fifo, "app/a.py: expected a file or a symlink, found that it is a FIFO"),
}


def state_of(reading: Reading) -> tuple[str, bytes, list[str]]:
    git = reading.root / ".git"
    names = sorted(str(path.relative_to(git)) for path in git.rglob("*") if "objects" not in path.parts)
    return (git / "HEAD").read_text() + reading.git("for-each-ref"), (git / "index").read_bytes(), names


@pytest.mark.parametrize("how", SINCE)
def test_a_file_that_is_another_one_than_the_audit_saw_is_refused_and_nothing_is_written(reading: Reading, how: str) -> None:
    reading.builder.write("app/a.py", "x = 2\n").delete("tests/test_a.py")
    wanted = wanted_of(reading)
    change, said = SINCE[how]
    change(reading)
    before, objects = state_of(reading), set((reading.root / ".git/objects").rglob("*"))
    with pytest.raises(EnvironmentFault, match=said):
        make(reading, wanted)
    assert state_of(reading) == before
    assert set((reading.root / ".git/objects").rglob("*")) == objects


def held(name: str) -> Change:
    return lambda reading: (reading.root / ".git" / name).write_text("")


def under_way(name: str) -> Change:
    return lambda reading: (reading.root / ".git" / name).write_text(reading.builder.head)


def somebody_commits(reading: Reading) -> None:
    reading.git("commit", "-q", "--allow-empty", "-m", "other")


def somebody_switches(reading: Reading) -> None:
    reading.git("commit", "-q", "--allow-empty", "-m", "other")
    reading.git("checkout", "-q", "-b", "other")


def away(path: str) -> Change:
    """Put the folder or file elsewhere, and a symlink in its place."""

    def change(reading: Reading) -> None:
        (reading.root / ".git" / path).rename(reading.root.parent / "away")
        os.symlink(reading.root.parent / "away", reading.root / ".git" / path)

    return change


def fifo(path: str) -> Change:
    def change(reading: Reading) -> None:
        (reading.root / ".git" / path).unlink()
        os.mkfifo(reading.root / ".git" / path)

    return change


def second_name_of_the_log(reading: Reading) -> None:
    os.link(reading.root / ".git/logs/HEAD", reading.root.parent / "precious")


def forged_tree(reading: Reading) -> None:
    tree = reading.git("rev-parse", "HEAD:app")
    shutil.copy(reading.loose(reading.git("rev-parse", "HEAD:tests")), reading.loose(tree))


def forged_commit(reading: Reading) -> None:
    shutil.copy(reading.loose(reading.git("rev-parse", "HEAD:tests")), reading.loose(reading.builder.head))


def forged_blob(reading: Reading) -> None:
    """The bytes that are to be committed are in the store already, under an id that lies."""
    oid = reading.git("hash-object", "-w", "app/a.py")
    shutil.copy(reading.loose(reading.git("rev-parse", "HEAD:app/__init__.py")), reading.loose(oid))


IN_THE_WAY: dict[str, tuple[Change, type[ForgewatchError], str]] = {
    "the index is locked": (held("index.lock"), EnvironmentFault, r"/index: expected no other writer, found .*/index.lock, \d+ s old"),
    "HEAD is locked": (held("HEAD.lock"), EnvironmentFault, "/HEAD: expected no other writer, found"),
    "the branch is locked": (held("refs/heads/main.lock"), EnvironmentFault, "/refs/heads/main: expected no other writer, found"),
    "a merge is under way": (under_way("MERGE_HEAD"), EnvironmentFault, "expected a repository at rest, found MERGE_HEAD"),
    "a rebase is under way": (under_way("rebase-merge"), EnvironmentFault, "expected a repository at rest, found rebase-merge"),
    "somebody committed": (somebody_commits, Unstable, "expected HEAD at [0-9a-f]{40}, found [0-9a-f]{40}"),
    "somebody switched branches": (somebody_switches, Unstable, "expected HEAD at [0-9a-f]{40}, found [0-9a-f]{40}"),
    "objects lie behind a symlink": (
        away("objects"),
        EnvironmentFault,
        "/objects: expected to write it, found: (a symlink|not a directory)",
    ),
    "refs lie behind a symlink": (away("refs/heads"), RepositoryUnavailable, "refs/heads/main"),
    "the log lies behind a symlink": (away("logs/HEAD"), EnvironmentFault, "/logs/HEAD: expected to write it, found: a symlink"),
    "the log is a FIFO": (fifo("logs/HEAD"), EnvironmentFault, "/logs/HEAD: "),
    "the log has a second name": (second_name_of_the_log, EnvironmentFault, "/logs/HEAD: expected a file with one name, found .* 2 names"),
    "the index is a FIFO": (fifo("index"), EnvironmentFault, "/index: expected a file, found that it is a FIFO"),
    "a tree of HEAD is forged": (forged_tree, EnvironmentFault, "the object store lies"),
    "the commit of HEAD is forged": (forged_commit, GitFailed, "expected a commit whose bytes have this id"),
    "a new blob is forged": (forged_blob, GitFailed, "blob [0-9a-f]{40} of app/a.py: the object store gives other bytes, or none"),
}


@pytest.mark.parametrize("what", IN_THE_WAY)
def test_what_is_in_the_way_is_named_with_both_sides_and_head_stays(reading: Reading, what: str) -> None:
    reading.builder.write("app/a.py", "x = 2\n")
    wanted = wanted_of(reading)
    change, kind, said = IN_THE_WAY[what]
    change(reading)
    head = (reading.root / ".git/HEAD").read_text()
    main = (reading.root / ".git/refs/heads/main").read_text()
    with pytest.raises(kind, match=said) as refused:
        make(reading, wanted)
    assert refused.value.hint
    assert ((reading.root / ".git/HEAD").read_text(), (reading.root / ".git/refs/heads/main").read_text()) == (head, main)
    locks = {path.name for path in (reading.root / ".git").rglob("*.lock")}
    assert len(locks) == ("locked" in what), "only the lock of the other writer is left"


@pytest.mark.parametrize("existing", ["refs/heads/one/two", "refs/heads"])
def test_a_branch_whose_name_another_one_bars_is_refused(reading: Reading, existing: str) -> None:
    reading.git("branch", "one/two" if existing.endswith("two") else "one")
    reading.git("pack-refs", "--all")
    reading.git("symbolic-ref", "HEAD", "refs/heads/one" if existing.endswith("two") else "refs/heads/one/two")
    reading.base = None
    reading.builder.write("app/a.py", "x = 2\n")
    with pytest.raises(EnvironmentFault, match=r"expected room for refs/heads/one(/two)?, found refs/heads/one"):
        make(reading, wanted_of(reading))


NO_COMMIT: dict[str, tuple[dict[str, object], str]] = {
    "no message": ({"message": " \n"}, "expected a message, found none"),
    "a message that is no text": ({"message": "a\udc80"}, "expected a message of at most"),
    "a message with a zero byte": ({"message": "a\0b"}, "expected a message of at most"),
    "a long message": ({"message": "é" * 40_000}, "expected a message of at most 65536 bytes"),
    "an author without mail": ({"author": "Operator"}, "expected an author as 'Name <mail>', found 'Operator'"),
    "an author of two lines": ({"author": "a\nb <c@d>"}, "expected an author"),
    "an author who ends the header": ({"author": "a <b> c <d@e>"}, "expected an author"),
    "a time before 1970": ({"at": -1}, "expected seconds since 1970, found -1"),
    "nothing that changed": ({"entries": {}}, "expected changes to commit, found the tree of HEAD"),
}


@pytest.mark.parametrize("what", NO_COMMIT)
def test_a_commit_that_cannot_be_is_a_mistake_of_the_caller(reading: Reading, what: str) -> None:
    reading.builder.write("app/a.py", "x = 2\n")
    parts, said = NO_COMMIT[what]
    with pytest.raises(UsageError, match=said):
        make(reading, wanted_of(reading, **parts))
    assert reading.builder.head == reading.base


@pytest.mark.parametrize("name", [".git/x", "a/.GIT/x", "a/.git ", "git~1", ".git::$INDEX_ALLOCATION", ".g\u200cit", "a/../b", "a//b"])
def test_a_name_that_git_takes_for_its_own_is_refused(reading: Reading, name: str) -> None:
    oid = Oid(reading.git("rev-parse", "HEAD:app/a.py"))
    reading.builder.write("app/a.py", "x = 2\n")
    wanted = wanted_of(reading)
    odd = {**wanted.entries, RepoPath(name): Entry(0o100644, oid)}
    with pytest.raises(EnvironmentFault):
        make(reading, replace(wanted, entries=odd))
    assert reading.builder.head == reading.base


def test_modules_behind_a_symlink_are_refused(reading: Reading) -> None:
    os.symlink("app/a.py", reading.root / ".gitmodules")
    with pytest.raises(EnvironmentFault, match=r"\.gitmodules: expected a file, found a symlink"):
        make(reading, wanted_of(reading))


def test_a_file_that_stands_below_a_file_is_refused(reading: Reading) -> None:
    """The caller left out that the file is gone whose place a folder took."""
    becomes_a_folder(reading)
    wanted = wanted_of(reading)
    entries = {path: entry for path, entry in wanted.entries.items() if entry is not None}
    with pytest.raises(EnvironmentFault, match=r"app/a\.py: expected a file or a folder, found both"):
        make(reading, replace(wanted, entries=entries))


def test_what_root_makes_belongs_to_the_owner_of_the_repository(reading: Reading) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can make files for others")
    run("chown", "-R", "12345:12345", str(reading.root), cwd=reading.root)
    (reading.root / ".git/objects").chmod(0o2775)
    reading.builder.write("app/a.py", "x = 2\n")
    made: MadeCommit = make(reading, wanted_of(reading, parent=CommitId(reading.base or "")))
    new = reading.root / ".git/objects" / made.commit[:2]
    seen = [
        new.stat(),
        (new / made.commit[2:]).stat(),
        (reading.root / ".git/index").stat(),
        (reading.root / ".git/refs/heads/main").stat(),
    ]
    assert {(each.st_uid, each.st_gid) for each in seen} == {(12345, 12345)}
    assert (new.stat().st_mode & 0o7777, seen[1].st_mode & 0o7777) == (0o2775, 0o444)
