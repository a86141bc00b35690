"""Honest daily work is read as what it is: no finding that the builder did not make (hostile.md; checks.md A1)."""

from __future__ import annotations

import hashlib
import os
import subprocess
from pathlib import Path

import pytest

from forgewatch.adapters.change_set import Comparison, change_set
from forgewatch.adapters.object_batch import object_id
from forgewatch.adapters.repository import open_repository
from forgewatch.adapters.staging import Staging
from forgewatch.core.errors import RepositoryUnavailable
from forgewatch.core.places import ROOT
from forgewatch.core.settings import Compare
from forgewatch.core.snapshot import Ancestry, ChangeKind, ConversionKind
from forgewatch.core.values import CommitId, RepoPath
from tests.support.builder import DATES, WHO, Builder
from tests.support.reading import Reading, reading_of

CHANGED = "app/a.py"


def test_a_clean_repository_has_no_changes(reading: Reading) -> None:
    survey = reading.survey()
    assert (survey.changes, survey.obstacles, survey.conversions, survey.flags, survey.notes) == ((), (), (), (), ())
    assert survey.head == reading.base


def test_every_kind_of_change_is_told_apart(reading: Reading) -> None:
    builder = reading.builder.write("old.py", "1\n").write("run.sh", "#!/bin/sh\n").commit("more")
    builder.write(CHANGED, "x = 2\n").write("new.py", "").write("staged.py", "").delete("old.py")
    (reading.root / "run.sh").chmod(0o755)
    reading.git("add", "staged.py")
    assert reading.changed() == {CHANGED: "modified", "new.py": "untracked", "staged.py": "added", "old.py": "deleted", "run.sh": "mode"}


def test_a_change_that_is_staged_is_one_change(reading: Reading) -> None:
    reading.builder.write(CHANGED, "x = 2\n")
    reading.git("add", "-A")
    (change,) = reading.survey().changes
    assert (change.path, change.kind, change.staged) == (CHANGED, ChangeKind.MODIFIED, False)
    assert change.before is not None and change.before.oid == object_id("blob", b"x = 1\n", 40)
    assert change.after is not None and change.after.oid == object_id("blob", b"x = 2\n", 40)


def test_a_rename_is_a_deletion_and_an_addition(reading: Reading) -> None:
    reading.git("mv", CHANGED, "app/b.py")
    assert reading.changed() == {CHANGED: "deleted", "app/b.py": "added"}


def test_a_file_that_becomes_a_directory_and_back(reading: Reading) -> None:
    reading.builder.delete(CHANGED).write("app/a.py/inner.py", "")
    assert reading.changed() == {CHANGED: "deleted", "app/a.py/inner.py": "untracked"}
    reading.builder.commit("directory")
    assert reading.changed() == {}
    reading.builder.delete("app/a.py/inner.py")
    (reading.root / CHANGED).rmdir()
    reading.builder.write(CHANGED, "x = 1\n")
    assert reading.changed() == {"app/a.py/inner.py": "deleted", CHANGED: "untracked"}


def test_what_is_written_back_is_no_change(reading: Reading) -> None:
    reading.builder.write(CHANGED, "x = 2\n")
    assert reading.changed() == {CHANGED: "modified"}
    reading.builder.write(CHANGED, "x = 1\n")
    assert reading.changed() == {}


def test_an_empty_directory_is_nothing(reading: Reading) -> None:
    (reading.root / "empty/deeper").mkdir(parents=True)
    assert reading.changed() == {}


def test_a_commit_takes_the_changes_away(reading: Reading) -> None:
    reading.builder.write(CHANGED, "x = 2\n").write("sub/new.py", "")
    before = reading.survey()
    reading.builder.commit("done")
    after = reading.survey()
    assert len(before.changes) == 2 and after.changes == ()
    assert before.tree == after.tree, "the bytes are the same"


def test_the_digest_can_be_computed_by_anybody(reading: Reading) -> None:
    reading.builder.write("Forge/evidence/diff_log.md", "neutral").write("__pycache__/x.pyc", "ignored").write("é\n.py", "x")
    listed = [(f"{0o100755 if os.access(path, os.X_OK) else 0o100644:o}", path) for path in _files(reading.root)]
    kept = [(mode, path) for mode, path in listed if "evidence" not in path.parts and "__pycache__" not in path.parts]
    lines = sorted(f"{mode} {object_id('blob', path.read_bytes(), 40)}\t{path.relative_to(reading.root)}\0".encode() for mode, path in kept)
    assert reading.survey().tree == "sha256:" + hashlib.sha256(b"".join(lines)).hexdigest()


def _files(root: Path) -> list[Path]:
    return [path for path in root.rglob("*") if path.is_file() and ".git" not in path.relative_to(root).parts]


def test_neutral_paths_are_changes_but_not_in_the_digest(reading: Reading) -> None:
    before = reading.survey().tree
    reading.builder.write("Forge/evidence/diff_log.md", "x").write(".forge_watcher.lock", "x").write(".ai-stack-trace/a", "x")
    assert set(reading.changed()) == {"Forge/evidence/diff_log.md", ".forge_watcher.lock", ".ai-stack-trace/a"}
    assert reading.survey().tree == before


def test_a_linked_worktree_is_read_like_a_repository(reading: Reading, tmp_path: Path) -> None:
    reading.git("worktree", "add", "-q", str(tmp_path / "linked"), "-b", "side")
    reading.builder.root = tmp_path / "linked"
    assert reading.changed() == {}
    reading.builder.write(CHANGED, "x = 2\n")
    reading.git("add", CHANGED)
    assert reading.changed() == {CHANGED: "modified"}
    reading.git("commit", "-q", "-m", "in the worktree")
    assert reading.changed() == {}
    assert len(reading.store.history(reading.base, frozenset()).commits) == 1


def test_a_linked_worktree_that_was_moved_without_git_is_refused(reading: Reading, tmp_path: Path) -> None:
    reading.git("worktree", "add", "-q", str(tmp_path / "linked"), "-b", "side")
    (tmp_path / "linked").rename(tmp_path / "moved")
    reading.builder.root = tmp_path / "moved"
    with pytest.raises(Exception, match="whose target points back"):
        reading.survey()


def test_a_linked_worktree_without_its_back_pointer_is_told_as_one(reading: Reading, tmp_path: Path) -> None:
    reading.git("worktree", "add", "-q", str(tmp_path / "linked"), "-b", "side")
    (reading.root / ".git/worktrees/linked/gitdir").unlink()
    reading.builder.root = tmp_path / "linked"
    with pytest.raises(RepositoryUnavailable, match=r"points back, found .*/worktrees/linked without its file gitdir") as told:
        reading.survey()
    assert told.value.hint == "git worktree repair"


def test_a_submodule_that_is_governed_by_itself_is_told_as_one(reading: Reading, tmp_path: Path) -> None:
    reading.builder.root = with_submodule(reading, tmp_path)
    with pytest.raises(
        RepositoryUnavailable, match="expected a repository of its own, found a submodule, with its git directory at"
    ) as told:
        reading.survey()
    assert told.value.hint == "audit the repository that holds it, or a clone of the submodule on its own"


def with_submodule(reading: Reading, tmp_path: Path) -> Path:
    """Add a submodule at `lib` the usual way, and commit it."""
    library = Builder(tmp_path / "library")
    library.root.mkdir()
    library.git("init", "-q")
    library.write("lib.py", "1\n").write(".gitignore", "*.log\n").commit("library")
    reading.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", str(library.root), "lib")
    reading.builder.commit("submodule")
    return reading.root / "lib"


def test_a_clean_submodule_is_no_change(reading: Reading, tmp_path: Path) -> None:
    with_submodule(reading, tmp_path)
    assert reading.changed() == {}


def test_a_submodule_at_another_commit_is_a_change(reading: Reading, tmp_path: Path) -> None:
    module = Builder(with_submodule(reading, tmp_path))
    module.write("lib.py", "2\n").commit("newer")
    survey = reading.survey()
    (change,) = survey.changes
    assert (change.path, change.kind) == ("lib", ChangeKind.MODIFIED)
    assert change.after is not None and (change.after.mode, change.after.oid) == (0o160000, module.head)
    assert not survey.obstacles
    reading.builder.commit("newer library")
    assert reading.changed() == {}


def test_a_dirty_submodule_is_an_obstacle_that_names_files(reading: Reading, tmp_path: Path) -> None:
    module = with_submodule(reading, tmp_path)
    (module / "lib.py").write_text("2\n")
    (module / "extra.py").write_text("")
    (module / "ignored.log").write_text("")
    assert reading.obstacles() == {"lib": "is a submodule with 2 changed files: extra.py, lib.py"}


def test_a_submodule_that_was_not_fetched_is_no_change(reading: Reading, tmp_path: Path) -> None:
    with_submodule(reading, tmp_path)
    reading.git("submodule", "deinit", "-q", "-f", "lib")
    assert reading.changed() == {}


def test_a_submodule_that_was_removed_is_deleted(reading: Reading, tmp_path: Path) -> None:
    with_submodule(reading, tmp_path)
    reading.git("rm", "-q", "lib")
    assert reading.changed() == {"lib": "deleted", ".gitmodules": "modified"}


def test_files_in_place_of_a_submodule_are_an_obstacle(reading: Reading, tmp_path: Path) -> None:
    module = with_submodule(reading, tmp_path)
    (module / ".git").unlink()
    assert reading.obstacles() == {"lib": "holds files and no submodule"}


def test_a_submodule_whose_gitfile_leads_out_is_an_obstacle(reading: Reading, tmp_path: Path) -> None:
    module = with_submodule(reading, tmp_path)
    (module / ".git").write_text(f"gitdir: {tmp_path}/library/.git\n")
    assert reading.obstacles() == {"lib": "is a submodule whose gitfile leads out of the repository"}


def test_a_submodule_in_a_submodule_is_looked_at(reading: Reading, tmp_path: Path) -> None:
    module = Builder(with_submodule(reading, tmp_path))
    module.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", str(tmp_path / "library"), "inner")
    module.commit("nested")
    reading.builder.commit("nested")
    assert reading.changed() == {}
    (module.root / "inner/lib.py").write_text("3\n")
    assert reading.obstacles() == {"lib/inner": "is a submodule with 1 changed files: lib.py"}


def pointer_of(content: bytes) -> str:
    return f"version https://git-lfs.github.com/spec/v1\noid sha256:{hashlib.sha256(content).hexdigest()}\nsize {len(content)}\n"


def test_a_large_file_kept_by_its_pointer_is_no_change(reading: Reading) -> None:
    content = os.urandom(5000)
    reading.builder.write("model.bin", pointer_of(content)).commit("pointer")
    assert reading.changed() == {}
    as_committed = reading.survey().tree
    reading.builder.write("model.bin", content)
    assert reading.changed() == {}
    assert reading.changed(compare=Compare.RAW) == {}
    # What will be committed is the pointer, so that is what the audited tree holds; who reads the file gets what is there.
    survey = reading.survey()
    found = survey.paths.get(RepoPath("model.bin"))
    assert survey.tree == as_committed and found is not None and found.oid == object_id("blob", content, 40)


def test_a_large_file_that_is_not_what_its_pointer_names_is_a_change(reading: Reading) -> None:
    content = os.urandom(5000)
    reading.builder.write("model.bin", pointer_of(content)).commit("pointer")
    as_committed = reading.survey().tree
    reading.builder.write("model.bin", content[:-1] + bytes([content[-1] ^ 1]))
    assert reading.changed() == {"model.bin": "modified"} and reading.survey().tree != as_committed
    reading.builder.write("model.bin", content + b"x")
    assert reading.changed() == {"model.bin": "modified"}


def test_a_windows_checkout_is_not_a_rewrite(tmp_path: Path) -> None:
    builder = Builder.with_repository(tmp_path / "origin")
    builder.write("image.png", b"\x89PNG\r\n\x1a\n\0").commit("image")
    clone = tmp_path / "clone"
    builder.git("-c", "core.autocrlf=true", "clone", "-q", str(builder.root), str(clone), cwd=tmp_path)
    assert b"\r\n" in (clone / CHANGED).read_bytes()
    with reading_of(tmp_path, Builder(clone)) as reading:
        survey = reading.survey()
        assert survey.changes == () and survey.obstacles == ()
        assert {conversion.kind for conversion in survey.conversions} == {ConversionKind.LINE_ENDINGS}
        assert CHANGED in {conversion.path for conversion in survey.conversions}
        assert "image.png" not in {conversion.path for conversion in survey.conversions}
        entry = survey.paths.get(RepoPath(CHANGED))
        assert entry is not None and entry.oid == object_id("blob", b"x = 1\r\n", 40), "the table holds what is there"
        reading.builder.write(CHANGED, "x = 2\r\n")
        assert reading.changed() == {CHANGED: "modified"}


def test_a_repository_with_crlf_read_from_a_checkout_with_lf_is_not_a_rewrite(reading: Reading) -> None:
    reading.builder.write("crlf.txt", "a\r\nb\r\n").commit("crlf")
    reading.builder.write("crlf.txt", "a\nb\n")
    assert reading.changed() == {}
    assert reading.survey().conversions[0].path == "crlf.txt"


NO_STAGING = Staging({}, frozenset(), (), ())


def test_an_execute_bit_that_the_file_system_cannot_keep_is_a_conversion() -> None:
    deviations = [("run.sh", f"100755 {'a' * 40}", f"100644 {'a' * 40}", "")]
    base = {"run.sh": f"100755 {'a' * 40}"}
    without = Comparison(compare=Compare.NORMALIZED, execute_bits=False, kept=frozenset())
    told = change_set(deviations, base, NO_STAGING, without)
    assert told.changes == () and [found.kind for found in told.conversions] == [ConversionKind.EXECUTE_BIT]
    keeps = Comparison(compare=Compare.NORMALIZED, execute_bits=True, kept=frozenset())
    assert [change.kind for change in change_set(deviations, base, NO_STAGING, keeps).changes] == [ChangeKind.MODE]
    raw = Comparison(compare=Compare.RAW, execute_bits=False, kept=frozenset())
    both = change_set(deviations, base, NO_STAGING, raw)
    assert [change.kind for change in both.changes] == [ChangeKind.MODE]
    assert [found.kind for found in both.conversions] == [ConversionKind.EXECUTE_BIT]


def test_line_endings_and_an_execute_bit_together_are_two_conversions() -> None:
    deviations = [("run.sh", f"100755 {'a' * 40}", f"100644 {'b' * 40}", "a" * 40)]
    without = Comparison(compare=Compare.NORMALIZED, execute_bits=False, kept=frozenset())
    told = change_set(deviations, {"run.sh": f"100755 {'a' * 40}"}, NO_STAGING, without)
    assert told.changes == () and {found.kind for found in told.conversions} == set(ConversionKind)


def test_what_tools_write_is_ignored_and_counted(reading: Reading) -> None:
    for path in (
        "app/__pycache__/a.pyc",
        "tests/__pycache__/t.pyc",
        ".mypy_cache/x.json",
        ".venv/bin/python",
        "node_modules/m/i.js",
        ".env",
        "app/.a.py.swp",
    ):
        reading.builder.write(path, "")
    for cache in (".mypy_cache", ".pytest_cache", ".ruff_cache", ".venv"):
        reading.builder.write(f"{cache}/.gitignore", "*\n")
    survey = reading.survey()
    assert survey.changes == () and survey.obstacles == ()
    counted = dict(survey.ignored.directories)
    assert counted == {
        ".env": 1, ".mypy_cache": 1, ".pytest_cache": 1, ".ruff_cache": 1, ".venv": 1, "app": 2, "node_modules": 1, "tests": 1,
    }  # fmt: skip


def test_a_repository_inside_an_ignored_directory_is_nobodys_business(reading: Reading) -> None:
    reading.builder.write(".venv/src/tool/.git/HEAD", "").write("node_modules/m/.git/HEAD", "")
    assert reading.changed() == {}


def test_rules_at_base_hide_untracked_files_only(reading: Reading) -> None:
    reading.builder.write(".gitignore", "*.log\n/out/\n").write("kept.log", "1").write("app/.gitignore", "!kept.log\n")
    reading.git("add", "-f", "kept.log")
    reading.builder.commit("rules")
    reading.base = CommitId(reading.builder.head)
    reading.builder.write("kept.log", "2").write("other.log", "").write("out/x", "").write("app/kept.log", "")
    assert reading.changed() == {"kept.log": "modified", "app/kept.log": "untracked"}


def test_a_claimed_rules_file_is_honoured_and_what_it_hides_is_named(reading: Reading) -> None:
    reading.builder.write(".gitignore", "dist/\n*.tmp\nsecret/\n")
    for path in ("dist/a.js", "dist/deep/b.py", "x.tmp", "secret/hidden.py", "secret/__pycache__/h.pyc", "secret/notes.txt"):
        reading.builder.write(path, "")
    survey = reading.survey(".gitignore")
    assert [change.path for change in survey.changes] == [".gitignore"]
    assert survey.ignored.newly == (("dist", 2), ("secret", 2), ("x.tmp", 1))
    assert survey.ignored.newly_source == ("secret/hidden.py",)
    assert survey.ignored.changed_rules == (".gitignore",)


def test_node_modules_appear_with_a_claimed_line(reading: Reading) -> None:
    reading.builder.write(".gitignore", "node_modules/\n.next/\n").write("node_modules/m/i.js", "").write(".next/server/app.js", "")
    survey = reading.survey(".gitignore")
    assert [change.path for change in survey.changes] == [".gitignore"]
    assert survey.ignored.newly == ((".next", 1),) and survey.ignored.newly_source == ()


def test_the_first_rules_of_a_project_hide_environments_and_reports_of_tools_and_no_source(reading: Reading) -> None:
    reading.builder.write(".gitignore", "venv/\n.tox/\nhtmlcov/\n.svelte-kit/\nlib/\n")
    packages = "lib/python3.11/site-packages/pip/__init__.py"
    around = (
        "pyvenv.cfg",
        "bin/activate.fish",
        "bin/activate_this.py",
        "include/greenlet.h",
        "lib64/python3.11/site-packages/x.pyx",
        packages,
    )
    for folder in ("venv", ".tox/py311", "backend/venv"):
        for path in around:
            reading.builder.write(f"{folder}/{path}", "")
    for path in (
        ".svelte-kit/generated/root.js",
        "htmlcov/coverage_html_cb_6fb7b396.js",
        "backend/htmlcov/coverage_html.js",
        "lib/hidden.mts",
    ):
        reading.builder.write(path, "")
    assert reading.survey(".gitignore").ignored.newly_source == ("lib/hidden.mts",)


def test_a_claimed_rules_file_that_is_removed_shows_what_it_hid(reading: Reading) -> None:
    reading.builder.write(".gitignore", "*.log\n").commit("rules")
    reading.base = CommitId(reading.builder.head)
    reading.builder.write("a.log", "").delete(".gitignore")
    assert reading.changed() == {".gitignore": "deleted"}
    assert reading.changed(".gitignore") == {".gitignore": "deleted", "a.log": "untracked"}


def test_a_rules_file_cannot_hide_itself(reading: Reading) -> None:
    reading.builder.write("htmlcov/.gitignore", "*\n").write("htmlcov/index.html", "")
    assert set(reading.changed()) == {"htmlcov/.gitignore", "htmlcov/index.html"}
    assert set(reading.changed("htmlcov/.gitignore")) == {"htmlcov/.gitignore"}


def test_a_rules_file_of_an_unaudited_commit_is_not_that_of_base(reading: Reading) -> None:
    reading.builder.write(".gitignore", "*.log\n").commit("rules that nobody audited").write("a.log", "")
    assert reading.changed() == {"a.log": "untracked"}


def test_the_operators_patterns_hold(reading: Reading) -> None:
    reading.builder.write("scratch/a", "").write("b.tmp", "")
    assert reading.changed(ignore=("scratch/", "*.tmp")) == {}
    assert set(reading.changed(ignore=())) == {"scratch/a", "b.tmp"}


def test_stash_and_branch_switches_and_rebase_leave_a_clean_tree(reading: Reading) -> None:
    reading.builder.write(CHANGED, "x = 2\n")
    reading.git("stash", "-q")
    assert reading.changed() == {}
    reading.git("stash", "pop", "-q")
    assert reading.changed() == {CHANGED: "modified"}
    reading.git("checkout", "-q", "-b", "side")
    reading.builder.commit("side")
    assert reading.changed() == {}
    reading.git("checkout", "-q", "main")
    assert reading.changed() == {}
    reading.builder.write("other.py", "").commit("main goes on")
    reading.git("checkout", "-q", "side")
    reading.git("rebase", "-q", "main")
    assert reading.changed() == {}
    assert reading.survey().head == reading.builder.head


def test_a_fresh_clone_is_clean(reading: Reading, tmp_path: Path) -> None:
    reading.builder.write("link", "x").commit("more")
    reading.git("clone", "-q", str(reading.root), str(tmp_path / "clone"), cwd=tmp_path)
    reading.builder.root = tmp_path / "clone"
    assert reading.changed() == {}


def test_a_shallow_clone_without_the_anchor_says_so(reading: Reading, tmp_path: Path) -> None:
    reading.builder.write(CHANGED, "x = 2\n").commit("second")
    reading.git("clone", "-q", "--depth", "1", f"file://{reading.root}", str(tmp_path / "clone"), cwd=tmp_path)
    reading.builder.root = tmp_path / "clone"
    history = reading.store.history(reading.base, frozenset())
    assert history.ancestry is Ancestry.SHALLOW
    assert any("shallow" in note for note in history.notes)
    assert reading.changed(base=reading.store.resolve("HEAD")) == {}


def test_a_git_status_meanwhile_does_not_disturb_the_fingerprint(reading: Reading) -> None:
    tree = reading.tree
    before = tree.fingerprint([RepoPath(CHANGED)])
    os.utime(reading.root / "forge.json", (1, 1))
    index = (reading.root / ".git/index").read_bytes()
    reading.git("status")
    assert (reading.root / ".git/index").read_bytes() != index
    assert tree.fingerprint([RepoPath(CHANGED)]) == before


def test_the_fingerprint_moves_with_head_index_and_files(reading: Reading) -> None:
    tree = reading.tree
    seen = [tree.fingerprint([RepoPath(CHANGED)])]
    reading.builder.write(CHANGED, "x = 2\n")
    seen.append(tree.fingerprint([RepoPath(CHANGED)]))
    reading.git("add", CHANGED)
    seen.append(tree.fingerprint([RepoPath(CHANGED)]))
    reading.git("commit", "-q", "-m", "done")
    seen.append(tree.fingerprint([RepoPath(CHANGED)]))
    reading.builder.delete(CHANGED)
    seen.append(tree.fingerprint([RepoPath(CHANGED)]))
    os.mkfifo(reading.root / CHANGED)
    seen.append(tree.fingerprint([RepoPath(CHANGED)]))
    assert len(set(seen)) == len(seen)


def test_against_another_revision_the_change_set_begins_there(reading: Reading) -> None:
    reading.builder.write(CHANGED, "x = 2\n").write("new.py", "").commit("second").write("later.py", "")
    assert reading.changed() == {"later.py": "untracked"}
    assert reading.changed(against=reading.base) == {CHANGED: "modified", "new.py": "untracked", "later.py": "untracked"}


def test_a_repository_without_a_commit_shows_all_files(tmp_path: Path) -> None:
    root = tmp_path / "young"
    root.mkdir()
    (tmp_path / "state").mkdir()
    builder = Builder(root)
    builder.git("init", "-q")
    builder.write("a.py", "").write("b.py", "")
    builder.git("add", "a.py")
    reading = Reading(builder, tmp_path / "state")
    assert reading.changed() == {"a.py": "added", "b.py": "untracked"}
    assert reading.store.resolve("HEAD") is None
    assert reading.store.history(None, frozenset()).ancestry is Ancestry.NO_ANCHOR


def test_a_sha256_repository_is_read_like_any_other(tmp_path: Path) -> None:
    root = tmp_path / "sha256"
    root.mkdir()
    (tmp_path / "state").mkdir()
    builder = Builder(root)
    builder.git("init", "-q", "--object-format=sha256")
    reading = Reading(builder, tmp_path / "state")
    builder.write("a.py", "x = 1\n").write("d/b.py", "")
    assert reading.changed() == {"a.py": "untracked", "d/b.py": "untracked"}
    builder.commit("first")
    reading.base = CommitId(builder.head)
    assert len(builder.head) == 64 and reading.changed() == {}
    builder.write("a.py", "x = 2\n")
    assert reading.changed() == {"a.py": "modified"}
    builder.commit("second")
    assert [commit.paths for commit in reading.store.history(reading.base, frozenset()).commits] == [("a.py",)]


@pytest.mark.parametrize("version", [2, 3, 4])
def test_every_version_of_the_index_is_read(reading: Reading, version: int) -> None:
    for number in range(300):
        reading.builder.write(f"deep/{'x' * (number % 40)}/{number}.txt", str(number))
    reading.builder.commit("many")
    if version == 3:
        reading.builder.write("intended.py", "")
        reading.git("add", "-N", "intended.py")
    reading.git("update-index", f"--index-version={version}")
    reading.builder.write("deep/x/1.txt", "changed")
    reading.git("add", "-A")
    reading.builder.write("deep/x/1.txt", "1")
    survey = reading.survey()
    assert not survey.obstacles
    assert ("deep/x/1.txt", True) in {(change.path, change.staged) for change in survey.changes}
    assert len(survey.changes) == (2 if version == 3 else 1)


def test_an_unmerged_path_is_an_obstacle(reading: Reading) -> None:
    reading.git("checkout", "-q", "-b", "side")
    reading.builder.write(CHANGED, "x = 2\n").commit("side")
    reading.git("checkout", "-q", "main")
    reading.builder.write(CHANGED, "x = 3\n").commit("main")
    environment = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "GIT_CONFIG_GLOBAL": "/dev/null", **DATES}
    subprocess.run(["git", *WHO, "merge", "side"], cwd=reading.root, env=environment, capture_output=True, check=False)
    survey = reading.survey()
    assert {obstacle.path: obstacle.why for obstacle in survey.obstacles} == {CHANGED: "is unmerged in the index"}
    assert [change.path for change in survey.changes] == [CHANGED]


def test_a_missing_index_stages_nothing(reading: Reading) -> None:
    (reading.root / ".git/index").unlink()
    assert reading.changed() == {}


def test_the_root_layout_has_its_own_neutral_paths(reading: Reading) -> None:
    reading.places = ROOT
    before = reading.survey().tree
    reading.builder.write("evidence/diff_log.md", "")
    assert reading.survey().tree == before


def test_two_repositories_keep_apart(reading: Reading, tmp_path: Path) -> None:
    other = Builder.with_repository(tmp_path / "other")
    (tmp_path / "other-state").mkdir()
    other.write(CHANGED, "x = 5\n")
    for _ in range(2):
        tree, _ = open_repository(str(other.root), str(tmp_path / "other-state"), "/usr/bin/git", reading.places, reading.limits)
        assert [change.path for change in tree.survey(reading.question()).changes] == [CHANGED]
        assert reading.changed() == {}


def test_large_files_are_hashed_in_pieces(reading: Reading) -> None:
    raw = os.urandom(9 * 1024 * 1024)
    reading.builder.write("large.bin", raw).commit("large")
    assert reading.changed() == {}
    reading.builder.write("large.bin", raw[:-1] + bytes([raw[-1] ^ 1]))
    (change,) = reading.survey().changes
    assert change.after is not None and change.after.oid == reading.git("hash-object", "large.bin")
