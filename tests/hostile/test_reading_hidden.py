"""Every way to hide a change from git is seen, or the repository is refused (hostile.md, Cases)."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import struct
from pathlib import Path

import pytest

from forgewatch.adapters.object_batch import object_id
from forgewatch.core.errors import RepositoryUnavailable
from forgewatch.core.settings import Compare
from forgewatch.core.snapshot import Ancestry
from tests.support.reading import Reading, run

CHANGED = "app/a.py"
EDIT = "x = 2\n"


def test_assume_unchanged_hides_nothing_and_is_named(reading: Reading) -> None:
    reading.git("update-index", "--assume-unchanged", CHANGED, "forge.json")
    reading.builder.write(CHANGED, EDIT)
    survey = reading.survey()
    assert [change.path for change in survey.changes] == [CHANGED]
    assert [(flag.path, flag.flag, flag.hides) for flag in survey.flags] == [
        (CHANGED, "assume-unchanged", True),
        ("forge.json", "assume-unchanged", False),
    ]


def test_skip_worktree_hides_nothing_and_is_named(reading: Reading) -> None:
    reading.git("update-index", "--skip-worktree", CHANGED)
    reading.builder.write(CHANGED, EDIT)
    survey = reading.survey()
    assert [change.path for change in survey.changes] == [CHANGED]
    assert [(flag.path, flag.flag, flag.hides) for flag in survey.flags] == [(CHANGED, "skip-worktree", True)]


def test_intent_to_add_is_an_addition_that_the_flag_does_not_hide(reading: Reading) -> None:
    reading.builder.write("new.py", "")
    reading.git("add", "-N", "new.py")
    survey = reading.survey()
    assert {change.path: str(change.kind) for change in survey.changes} == {"new.py": "added"}
    assert [(flag.flag, flag.hides) for flag in survey.flags] == [("intent-to-add", False)]


@pytest.mark.parametrize("sparse_index", ["--sparse-index", "--no-sparse-index"])
def test_a_sparse_checkout_shows_what_it_left_out_as_deleted(reading: Reading, sparse_index: str) -> None:
    reading.git("sparse-checkout", "set", "--cone", sparse_index, "app")
    deleted = {path for path, kind in reading.changed().items() if kind == "deleted"}
    assert "tests/test_a.py" in deleted and "Forge/Contracts/physics.yaml" in deleted and "app/a.py" not in deleted


def test_a_file_written_back_behind_a_sparse_checkout_is_compared(reading: Reading) -> None:
    reading.git("sparse-checkout", "set", "--cone", "--sparse-index", "app")
    reading.builder.write("tests/test_a.py", "def test_a():\n    assert 1\n")
    assert reading.changed()["tests/test_a.py"] == "modified"


def test_a_forged_index_stat_hides_nothing(reading: Reading) -> None:
    """The index says that it has seen the new file: its stat fields are those of the changed file, its blob that of HEAD."""
    reading.builder.write(CHANGED, EDIT)
    seen = (reading.root / CHANGED).stat()
    index = reading.root / ".git/index"
    raw = bytearray(index.read_bytes())
    at = raw.index(CHANGED.encode() + b"\0") - 62
    ctime, mtime = divmod(seen.st_ctime_ns, 10**9), divmod(seen.st_mtime_ns, 10**9)
    fields = (*ctime, *mtime, seen.st_dev & 0xFFFFFFFF, seen.st_ino & 0xFFFFFFFF, seen.st_mode, seen.st_uid, seen.st_gid, seen.st_size)
    struct.pack_into(">10I", raw, at, *fields)
    index.write_bytes(_with_checksum(bytes(raw)))
    os.utime(index, ns=(seen.st_mtime_ns + 10**10, seen.st_mtime_ns + 10**10))
    assert reading.git("status", "--porcelain") == "", "the forgery is meant to work on git"
    assert reading.changed() == {CHANGED: "modified"}


def _with_checksum(raw: bytes) -> bytes:
    return raw[:-20] + hashlib.sha1(raw[:-20], usedforsecurity=False).digest()


def test_the_same_size_and_a_restored_mtime_hide_nothing(reading: Reading) -> None:
    path = reading.root / CHANGED
    reading.survey()
    before = path.stat()
    with path.open("r+b") as file:
        file.write(b"x = 9\n")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert path.stat().st_size == before.st_size
    assert reading.changed() == {CHANGED: "modified"}


def test_info_exclude_hides_nothing(reading: Reading) -> None:
    reading.builder.write(".git/info/exclude", "*\n").write("backdoor.py", "")
    assert reading.changed() == {"backdoor.py": "untracked"}


def test_an_excludes_file_hides_nothing(reading: Reading, tmp_path: Path) -> None:
    (tmp_path / "excludes").write_text("*.py\n")
    reading.git("config", "core.excludesFile", str(tmp_path / "excludes"))
    reading.builder.write("backdoor.py", "")
    assert reading.changed() == {"backdoor.py": "untracked"}


@pytest.mark.parametrize(
    ("name", "value"), [("status.showUntrackedFiles", "no"), ("core.untrackedCache", "true"), ("core.ignoreCase", "true")]
)
def test_settings_about_untracked_files_hide_nothing(reading: Reading, name: str, value: str) -> None:
    reading.git("config", name, value)
    reading.git("status")
    reading.builder.write("backdoor.py", "").write("App/A.py", "")
    assert reading.changed() == {"backdoor.py": "untracked", "App/A.py": "untracked"}


def test_core_worktree_redirects_nothing(reading: Reading, tmp_path: Path) -> None:
    shutil.copytree(reading.root, tmp_path / "clean", ignore=shutil.ignore_patterns(".git"))
    reading.git("config", "core.worktree", str(tmp_path / "clean"))
    reading.builder.write(CHANGED, EDIT)
    assert reading.changed() == {CHANGED: "modified"}


@pytest.mark.parametrize("setting", ["core.bare=true", "core.sparseCheckout=true", "core.fileMode=false", "core.symlinks=false"])
def test_a_setting_that_misleads_git_hides_nothing(reading: Reading, setting: str) -> None:
    reading.git("config", *setting.split("="))
    reading.builder.write(CHANGED, EDIT)
    assert reading.changed() == {CHANGED: "modified"}


def test_a_gitfile_that_leads_elsewhere_is_refused(reading: Reading, tmp_path: Path) -> None:
    run("cp", "-a", f"{reading.root}/.git", f"{tmp_path}/elsewhere", cwd=tmp_path)
    shutil.rmtree(reading.root / ".git")
    reading.builder.write(".git", f"gitdir: {tmp_path}/elsewhere\n")
    with pytest.raises(RepositoryUnavailable, match="expected a linked worktree, found a gitfile whose target is none"):
        reading.survey()


def test_a_symlinked_git_directory_is_refused(reading: Reading, tmp_path: Path) -> None:
    (reading.root / ".git").rename(tmp_path / "elsewhere")
    (reading.root / ".git").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(RepositoryUnavailable, match="expected a directory, found a symlink"):
        reading.survey()


def test_a_git_directory_with_a_commondir_is_refused(reading: Reading) -> None:
    reading.builder.write(".git/commondir", "/somewhere\n")
    with pytest.raises(RepositoryUnavailable, match="found one that sends git elsewhere"):
        reading.survey()


@pytest.mark.parametrize("kind", ["blob", "commit", "tree"])
def test_a_replace_ref_is_not_believed_but_noted(reading: Reading, kind: str) -> None:
    original = {"blob": f"HEAD:{CHANGED}", "commit": "HEAD", "tree": "HEAD^{tree}"}[kind]
    old = reading.git("rev-parse", original)
    reading.builder.write(CHANGED, EDIT)
    reading.git("add", CHANGED)
    tree = reading.git("write-tree")
    new = {"blob": reading.git("hash-object", CHANGED), "tree": tree, "commit": reading.git("commit-tree", tree, "-m", "as if")}[kind]
    reading.git("replace", old, new)
    survey = reading.survey()
    assert [(change.path, change.staged) for change in survey.changes] == [(CHANGED, False)]
    assert any("replace refs" in note for note in survey.notes)


def test_grafts_are_not_believed_but_noted(reading: Reading) -> None:
    for number in range(3):
        reading.builder.write(CHANGED, f"x = {number + 5}\n").commit(f"commit {number}")
    reading.builder.write(".git/info/grafts", f"{reading.builder.head} {reading.base}\n")
    history = reading.store.history(reading.base, frozenset())
    assert [commit.subject for commit in history.commits] == ["commit 2", "commit 1", "commit 0"]
    assert any("grafts" in note for note in history.notes)


def test_a_shallow_file_cuts_no_history(reading: Reading) -> None:
    for number in range(3):
        reading.builder.write(CHANGED, f"x = {number + 5}\n").commit(f"commit {number}")
    reading.builder.write(".git/shallow", f"{reading.builder.head}\n")
    history = reading.store.history(reading.base, frozenset())
    assert (history.ancestry, len(history.commits)) == (Ancestry.LINEAR, 3)
    assert any("shallow" in note for note in history.notes)


def test_an_execute_bit_is_seen_whatever_file_mode_says(reading: Reading) -> None:
    reading.git("config", "core.fileMode", "false")
    (reading.root / CHANGED).chmod(0o755)
    assert reading.changed() == {CHANGED: "mode"}


@pytest.mark.parametrize(
    "attributes", ["* text=auto\n", "* text eol=crlf\n", "*.py ident\n", "* -text\n", "* working-tree-encoding=UTF-16\n"]
)
def test_attributes_hide_no_change(reading: Reading, attributes: str) -> None:
    reading.builder.write(".git/info/attributes", attributes)
    reading.git("config", "core.autocrlf", "true")
    reading.builder.write(CHANGED, "x = 1\r\ny = 2\n").write("forge.json", "{}\n")
    assert reading.changed() == {CHANGED: "modified", "forge.json": "modified"}


def test_an_expanded_ident_is_a_change(reading: Reading) -> None:
    reading.builder.write("ident.py", "# $Id$\n").write(".gitattributes", "*.py ident\n").commit("ident")
    reading.builder.write("ident.py", "# $Id: import os $\n")
    assert reading.changed() == {"ident.py": "modified"}


def test_a_nested_repository_is_an_obstacle_and_its_files_are_changes(reading: Reading) -> None:
    inner = reading.root / "vendor/lib"
    inner.mkdir(parents=True)
    reading.git("init", "-q", cwd=inner)
    reading.builder.write("vendor/lib/evil.py", "")
    survey = reading.survey()
    assert [(obstacle.path, obstacle.why) for obstacle in survey.obstacles] == [("vendor/lib", "is a nested repository")]
    assert [change.path for change in survey.changes] == ["vendor/lib/evil.py"]


def test_a_nested_gitfile_is_an_obstacle(reading: Reading) -> None:
    reading.builder.write("app/.git", "gitdir: /nowhere\n")
    assert reading.obstacles() == {"app": "is a nested repository"}


def test_an_unclaimed_rules_file_hides_nothing(reading: Reading) -> None:
    reading.builder.write(".gitignore", "*.py\n").write("backdoor.py", "").write("app/.gitignore", "*\n").write("app/more.py", "")
    assert set(reading.changed()) == {".gitignore", "backdoor.py", "app/.gitignore", "app/more.py"}


def test_an_entry_staged_and_taken_back_in_the_working_tree_is_seen(reading: Reading) -> None:
    reading.builder.write(CHANGED, EDIT).write("ghost.py", "")
    reading.git("add", "-A")
    reading.builder.write(CHANGED, "x = 1\n").delete("ghost.py")
    survey = reading.survey()
    assert [(change.path, str(change.kind), change.staged) for change in survey.changes] == [
        (CHANGED, "modified", True),
        ("ghost.py", "added", True),
    ]
    assert survey.paths.get(survey.changes[1].path) is None


def test_a_removal_that_is_only_staged_is_seen(reading: Reading) -> None:
    reading.git("rm", "-q", "--cached", CHANGED)
    (change,) = reading.survey().changes
    assert (change.path, str(change.kind), change.staged, change.after) == (CHANGED, "deleted", True, None)


def test_a_mode_that_is_only_staged_is_seen(reading: Reading) -> None:
    reading.git("update-index", "--chmod=+x", CHANGED)
    (change,) = reading.survey().changes
    assert (change.path, str(change.kind), change.staged) == (CHANGED, "mode", True)


def test_an_index_with_a_wrong_checksum_is_an_obstacle(reading: Reading) -> None:
    index = reading.root / ".git/index"
    index.write_bytes(index.read_bytes()[:-1] + b"\0")
    assert reading.obstacles() == {".git/index": "is an index whose checksum is wrong"}


def test_an_index_that_is_a_symlink_is_an_obstacle(reading: Reading, tmp_path: Path) -> None:
    (reading.root / ".git/index").rename(tmp_path / "index")
    (reading.root / ".git/index").symlink_to(tmp_path / "index")
    assert reading.obstacles() == {".git/index": "is a symlink"}


def test_a_split_index_is_an_obstacle_that_names_the_way_out(reading: Reading) -> None:
    reading.git("update-index", "--split-index")
    assert "split index" in reading.obstacles()[".git/index"]


def test_a_head_that_is_a_symlink_is_refused(reading: Reading) -> None:
    head = reading.root / ".git/HEAD"
    head.unlink()
    head.symlink_to("refs/heads/main")
    with pytest.raises(RepositoryUnavailable, match="is a symlink"):
        reading.survey()


def test_raw_comparison_makes_line_endings_changes(reading: Reading) -> None:
    reading.builder.write(CHANGED, "x = 1\r\n")
    assert reading.changed() == {}
    assert reading.changed(compare=Compare.RAW) == {CHANGED: "modified"}


def test_a_conversion_cannot_carry_a_change(reading: Reading) -> None:
    reading.builder.write(CHANGED, "x = 2\r\n").write("tests/test_a.py", "def test_a():\r\n    assert True\n")
    survey = reading.survey()
    assert [change.path for change in survey.changes] == [CHANGED, "tests/test_a.py"]
    assert not survey.conversions


def test_a_lone_carriage_return_or_a_nul_is_no_conversion(reading: Reading) -> None:
    reading.builder.write("mac.txt", b"a\rb\n").write("bin.dat", b"a\0\nb\n").commit("two files")
    reading.builder.write("mac.txt", b"a\rb\r\n").write("bin.dat", b"a\0\r\nb\r\n")
    assert reading.changed() == {"mac.txt": "modified", "bin.dat": "modified"}


def test_a_file_that_becomes_a_symlink_to_the_same_bytes_is_a_change(reading: Reading, tmp_path: Path) -> None:
    (tmp_path / "copy").write_bytes((reading.root / CHANGED).read_bytes())
    (reading.root / CHANGED).unlink()
    (reading.root / CHANGED).symlink_to(tmp_path / "copy")
    assert reading.changed() == {CHANGED: "type"}


def test_a_directory_that_becomes_a_symlink_to_the_same_files_is_a_change(reading: Reading, tmp_path: Path) -> None:
    (reading.root / "app").rename(tmp_path / "app")
    (reading.root / "app").symlink_to(tmp_path / "app")
    changed = reading.changed()
    assert changed["app"] == "untracked" and changed["app/a.py"] == "deleted"


def test_a_symlink_whose_text_changed_is_a_change(reading: Reading) -> None:
    link = reading.root / "link"
    link.symlink_to("app/a.py")
    reading.builder.commit("link")
    link.unlink()
    link.symlink_to("forge.json")
    survey = reading.survey()
    assert [(change.path, str(change.kind)) for change in survey.changes] == [("link", "modified")]
    entry = survey.paths.get(survey.changes[0].path)
    assert entry is not None and stat.S_ISLNK(entry.mode)
    assert entry.oid == object_id("blob", b"forge.json", 40)


def test_a_tracked_file_in_an_ignored_directory_is_compared(reading: Reading) -> None:
    reading.builder.write("node_modules/kept.js", "1\n")
    reading.git("add", "-f", "node_modules/kept.js")
    reading.git("commit", "-q", "-m", "kept")
    reading.builder.write("node_modules/kept.js", "2\n").write("node_modules/other.js", "")
    assert reading.changed() == {"node_modules/kept.js": "modified"}


def test_an_ignored_file_that_is_staged_is_seen(reading: Reading) -> None:
    reading.builder.write("node_modules/evil.js", "1\n")
    reading.git("add", "-f", "node_modules/evil.js")
    assert set(reading.changed()) == {"node_modules/evil.js"}


def test_an_ignored_file_is_judged_by_its_bytes_and_not_by_what_was_staged(reading: Reading) -> None:
    reading.builder.write("node_modules/evil.js", "harmless\n")
    reading.git("add", "-f", "node_modules/evil.js")
    reading.builder.write("node_modules/evil.js", "evil\n")
    (change,) = reading.survey().changes
    assert (change.path, str(change.kind), change.staged) == ("node_modules/evil.js", "added", False)
    assert change.after is not None and change.after.oid == object_id("blob", b"evil\n", 40)


ENVIRONMENT = ("pyvenv.cfg", "evil.py", "lib/evil.py", "bin/evil.py", "share/evil.py", "include/evil.pyi", "deep/lib/python3/evil.py")


@pytest.mark.parametrize(
    "folder", ["app/env", "env", ".cache", "app/.tox/py", "htmlcov", "app/.svelte-kit", ".terraform", ".ipynb_checkpoints"]
)
def test_source_hides_in_no_folder_by_its_name(reading: Reading, folder: str) -> None:
    reading.builder.write(".gitignore", f"{folder}/\n").write(f"{folder}/evil.py", "import requests\n").write(f"{folder}/x.js", "")
    assert reading.survey(".gitignore").ignored.newly_source == (f"{folder}/evil.py", f"{folder}/x.js")


@pytest.mark.parametrize("folder", ["env", "app/env", ".tox/py311"])
def test_source_that_an_import_can_reach_does_not_hide_in_what_looks_like_an_environment(reading: Reading, folder: str) -> None:
    reading.builder.write(".gitignore", f"{folder}/\n")
    for path in ENVIRONMENT:
        reading.builder.write(f"{folder}/{path}", "")
    assert reading.survey(".gitignore").ignored.newly_source == tuple(sorted(f"{folder}/{path}" for path in ENVIRONMENT[1:]))


def test_a_configuration_that_is_no_file_makes_no_environment(reading: Reading) -> None:
    reading.builder.write(".gitignore", "env/\n").write("env/pyvenv.cfg/x", "").write("env/lib/python3.11/site-packages/evil.py", "")
    assert reading.survey(".gitignore").ignored.newly_source == ("env/lib/python3.11/site-packages/evil.py",)
