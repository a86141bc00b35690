"""HEAD and names, as git itself reads them; and places that are no repository."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from forgewatch.adapters.refs import may_be_ref, read_head
from forgewatch.adapters.repository_layout import locate
from forgewatch.adapters.repository_root import find_root
from forgewatch.core.errors import NotARepository, RepositoryUnavailable
from tests.support.builder import Builder
from tests.support.reading import Reading


def test_head_is_what_git_says(reading: Reading) -> None:
    assert read_head(str(reading.root)) == reading.builder.head
    reading.git("checkout", "-q", "--detach")
    assert read_head(str(reading.root)) == reading.builder.head
    reading.git("checkout", "-q", "-b", "feature/deep/name")
    reading.builder.write("x", "").commit("second")
    assert read_head(str(reading.root)) == reading.builder.head


def test_packed_refs_are_read_and_loose_ones_win(reading: Reading) -> None:
    reading.git("pack-refs", "--all")
    assert not (reading.root / ".git/refs/heads/main").exists()
    assert read_head(str(reading.root)) == reading.builder.head
    reading.builder.write("x", "").commit("second")
    assert read_head(str(reading.root)) == reading.builder.head


def test_an_unborn_head_is_none(tmp_path: Path) -> None:
    builder = Builder(tmp_path)
    builder.git("init", "-q")
    assert read_head(str(tmp_path)) is None


@pytest.mark.parametrize(
    ("content", "shown"),
    [
        ("ref: refs/../../secret\n", "expected a ref below refs/"),
        ("ref: /etc/passwd\n", "expected a ref below refs/"),
        ("ref: refs/heads/a..b\n", "expected a ref below refs/"),
        ("not an id\n", "expected an object id in HEAD"),
        ("", "expected an object id in HEAD"),
        ("ref: refs/heads/loop\n", "within 5 steps"),
    ],
)
def test_a_head_that_leads_nowhere_is_refused(reading: Reading, content: str, shown: str) -> None:
    reading.builder.write(".git/refs/heads/loop", "ref: refs/heads/loop\n").write(".git/HEAD", content)
    with pytest.raises(RepositoryUnavailable, match=shown):
        read_head(str(reading.root))


def test_a_head_of_ten_megabytes_is_refused(reading: Reading) -> None:
    reading.builder.write(".git/HEAD", "x" * 10_000_000)
    with pytest.raises(RepositoryUnavailable, match="over the limit"):
        read_head(str(reading.root))


def test_a_missing_head_is_refused(reading: Reading) -> None:
    (reading.root / ".git/HEAD").unlink()
    with pytest.raises(RepositoryUnavailable, match="expected a git directory with HEAD"):
        read_head(str(reading.root))


def test_names_are_resolved_as_git_does(reading: Reading) -> None:
    for number in range(4):
        reading.builder.write("x", str(number)).commit(f"commit {number}")
    reading.git("branch", "side/branch", "HEAD~2")
    reading.git("tag", "light", "HEAD~1")
    reading.git("tag", "-a", "-m", "a tag", "heavy", "HEAD~3")
    reading.git("tag", "-a", "-m", "a tag of a tag", "heavier", "heavy")
    reading.git("update-ref", "refs/remotes/origin/main", "HEAD~1")
    names = ["HEAD", "main", "side/branch", "light", "heavy", "heavier", "origin/main", "refs/heads/main", "refs/tags/heavy"]
    for name in [*names, "HEAD~2", "HEAD^", "main~1^", "heavy~0", reading.builder.head, f"{reading.builder.head}~1"]:
        assert reading.store.resolve(name) == reading.git("rev-parse", f"{name}^{{commit}}"), name


@pytest.mark.parametrize("name", ["none", "", "HEAD~99", "a..b", "../HEAD", "0" * 40, "HEAD:app", "-rf", "refs/", "main@{0}", "abc123"])
def test_names_of_nothing_are_none(reading: Reading, name: str) -> None:
    assert reading.store.resolve(name if name else "refs/none") is None


def test_a_name_of_something_else_than_a_commit_is_none(reading: Reading) -> None:
    assert reading.store.resolve(reading.git("rev-parse", "HEAD:app")) is None
    assert reading.store.resolve(reading.git("rev-parse", "HEAD:forge.json")) is None
    reading.git("tag", "blob", "HEAD:forge.json")
    assert reading.store.resolve("blob") is None


def test_the_root_is_found_from_below_and_not_beyond_a_nested_one(reading: Reading, tmp_path: Path) -> None:
    assert find_root(reading.root) == reading.root
    assert find_root(reading.root / "app/api") == reading.root
    (reading.root / "app/inner/.git").mkdir(parents=True)
    assert find_root(reading.root / "app/inner") == reading.root / "app/inner"
    with pytest.raises(NotARepository, match=r"expected a git repository, found a directory without \.git"):
        find_root(tmp_path)
    (tmp_path / "file").write_text("x")
    with pytest.raises(NotARepository, match="found a file outside of any"):
        find_root(tmp_path / "file")


def test_what_is_not_there_is_no_folder_of_the_repository_above_it(reading: Reading) -> None:
    with pytest.raises(RepositoryUnavailable, match=r"app/gone: expected a directory, found nothing") as refused:
        find_root(reading.root / "app/gone")
    assert refused.value.hint == "mount or restore it, or name another"


@pytest.mark.parametrize("name", ["bare", "bare.git"])
@pytest.mark.parametrize("below", ["", "hooks"])
def test_the_root_of_a_bare_repository_is_refused_in_the_words_of_the_daemon(
    reading: Reading, tmp_path: Path, name: str, below: str
) -> None:
    bare = tmp_path / name
    reading.git("clone", "-q", "--bare", str(reading.root), str(bare), cwd=tmp_path)
    with pytest.raises(RepositoryUnavailable) as of_daemon:
        locate(str(bare))
    with pytest.raises(RepositoryUnavailable) as of_command:
        find_root(bare / below)
    assert str(of_command.value) == f"{bare}: expected a repository with a working tree, found a bare repository" == str(of_daemon.value)
    assert of_command.value.hint == of_daemon.value.hint == "audit a working tree of it"


def test_a_folder_of_the_git_directory_belongs_to_its_repository(reading: Reading) -> None:
    assert find_root(reading.root / ".git/objects") == reading.root


@pytest.mark.parametrize("gone", ["objects", "refs", "HEAD"])
def test_a_git_directory_without_its_parts_is_refused(reading: Reading, gone: str) -> None:
    path = reading.root / ".git" / gone
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    with pytest.raises(RepositoryUnavailable, match="expected a git directory with HEAD, objects and refs"):
        locate(str(reading.root))


def test_a_bare_repository_is_refused_with_a_hint(reading: Reading, tmp_path: Path) -> None:
    reading.git("clone", "-q", "--bare", str(reading.root), str(tmp_path / "bare"), cwd=tmp_path)
    with pytest.raises(RepositoryUnavailable, match="found a bare repository") as refused:
        locate(f"{tmp_path}/bare")
    assert refused.value.hint == "audit a working tree of it"


def test_a_plain_directory_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RepositoryUnavailable, match=r"expected a git repository, found a directory without \.git"):
        locate(str(tmp_path))


def test_a_reftable_is_refused_with_the_way_out(reading: Reading) -> None:
    (reading.root / ".git/reftable").mkdir()
    with pytest.raises(RepositoryUnavailable, match="expected refs as files, found a reftable") as refused:
        locate(str(reading.root))
    assert "git refs migrate" in refused.value.hint


def test_a_gitfile_of_a_submodule_is_no_root(reading: Reading, tmp_path: Path) -> None:
    reading.git("clone", "-q", "--separate-git-dir", str(tmp_path / "elsewhere"), str(reading.root), str(tmp_path / "work"), cwd=tmp_path)
    with pytest.raises(RepositoryUnavailable, match="expected a linked worktree"):
        locate(f"{tmp_path}/work")


@pytest.mark.parametrize("content", ["", "gitdir\n", "gitdir: \n", "gitdir: /nowhere\n", "gitdir: a\0b\n", "x" * 5000])
def test_a_gitfile_of_nonsense_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / ".git").write_text(content)
    with pytest.raises(RepositoryUnavailable, match="expected a"):
        locate(str(tmp_path))


def test_a_worktree_made_up_outside_of_its_repository_is_refused(reading: Reading, tmp_path: Path) -> None:
    """The builder's own directory pretends to be a worktree of the repository and points to other commits."""
    fake, work = tmp_path / "fake", tmp_path / "work"
    fake.mkdir()
    work.mkdir()
    (work / ".git").write_text(f"gitdir: {fake}\n")
    (fake / "gitdir").write_text(f"{work}/.git\n")
    (fake / "commondir").write_text(f"{reading.root}/.git\n")
    (fake / "HEAD").write_text("ref: refs/heads/main\n")
    with pytest.raises(RepositoryUnavailable, match="below `worktrees`"):
        locate(str(work))


@pytest.mark.parametrize("module", ["refs", "repository_layout", "files"])
def test_reading_head_and_finding_the_root_import_no_git_library(module: str) -> None:
    program = f"import sys, forgewatch.adapters.{module}; print(sorted({{'git', 're2', 'subprocess', 'structlog'}} & sys.modules.keys()))"
    told = subprocess.run([sys.executable, "-c", program], cwd=Path(__file__).parents[2], capture_output=True, text=True, check=True)
    assert told.stdout == "[]\n"


@pytest.mark.parametrize("name", ["main", "HEAD", "v1.0", "refs/heads/main", "feature/deep", "0" * 39, "\udcff"])
def test_a_name_without_steps_that_is_no_full_id_can_only_be_a_ref(name: str) -> None:
    assert may_be_ref(name)


@pytest.mark.parametrize("name", ["0" * 40, "a" * 64, "HEAD~1", "main^", "HEAD~3^", "~2"])
def test_a_full_id_and_steps_back_are_more_than_a_ref(name: str) -> None:
    assert not may_be_ref(name)
