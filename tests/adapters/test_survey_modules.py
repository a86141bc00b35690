"""Submodules: a new one that is claimed is no nested repository, and nothing hides in one (checks.md A1; hostile.md)."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.adapters.test_survey_honest import with_submodule
from tests.support.builder import Builder
from tests.support.reading import Reading

ADD = ("-c", "protocol.file.allow=always", "submodule", "add", "-q")
NESTED = "is a nested repository"


def library_of(tmp_path: Path) -> Builder:
    library = Builder(tmp_path / "library")
    library.root.mkdir()
    library.git("init", "-q")
    return library.write("lib.py", "1\n").write(".gitignore", "*.log\n").commit("library")


@pytest.fixture
def added(reading: Reading, tmp_path: Path) -> Builder:
    """A submodule at `lib` that was added in this cycle."""
    reading.git(*ADD, str(library_of(tmp_path).root), "lib")
    return Builder(reading.root / "lib")


def test_a_new_submodule_that_is_claimed_is_one_change(reading: Reading, added: Builder) -> None:
    assert reading.changed("lib", ".gitmodules") == {"lib": "added", ".gitmodules": "added"}
    reading.builder.commit("submodule")
    assert reading.changed("lib", ".gitmodules") == {}
    assert reading.changed("lib", ".gitmodules", against=reading.base) == {"lib": "untracked", ".gitmodules": "untracked"}


def test_a_folder_that_becomes_a_submodule_is_its_files_gone_and_the_submodule(reading: Reading, tmp_path: Path) -> None:
    reading.git("rm", "-q", "-r", "app/api")
    reading.git(*ADD, str(library_of(tmp_path).root), "app/api")
    changed = reading.changed("app/api", ".gitmodules")
    assert changed.pop("app/api") == "added" and changed.pop(".gitmodules") == "added"
    assert changed and set(changed.values()) == {"deleted"}


def test_a_file_that_becomes_a_submodule_changed_its_type(reading: Reading, tmp_path: Path) -> None:
    reading.git("rm", "-q", "app/a.py")
    reading.git(*ADD, str(library_of(tmp_path).root), "app/a.py")
    assert reading.changed("app/a.py", ".gitmodules") == {"app/a.py": "type", ".gitmodules": "added"}


def test_a_new_submodule_that_nobody_claims_is_a_nested_repository(reading: Reading, added: Builder) -> None:
    survey = reading.survey(".gitmodules")
    assert {"lib/lib.py", "lib/.gitignore"} <= {change.path for change in survey.changes}
    assert ("lib", NESTED) in {(found.path, found.why) for found in survey.obstacles}


def test_a_repository_that_was_added_without_gitmodules_is_a_nested_repository(reading: Reading) -> None:
    inner = Builder(reading.root / "lib")
    inner.root.mkdir()
    inner.git("init", "-q")
    inner.write("evil.py", "").commit("evil")
    reading.git("-c", "advice.addEmbeddedRepo=false", "add", "lib")
    survey = reading.survey("lib")
    assert "lib/evil.py" in {change.path for change in survey.changes}
    assert ("lib", NESTED) in {(found.path, found.why) for found in survey.obstacles}


def test_what_is_dirty_in_a_new_submodule_is_named(reading: Reading, added: Builder) -> None:
    added.write("lib.py", "2\n").write("evil.py", "").write("x.log", "")
    assert reading.obstacles("lib", ".gitmodules") == {"lib": "is a submodule with 2 changed files: evil.py, lib.py"}


def test_a_new_submodule_holds_the_commit_that_is_to_be_recorded_and_no_other(reading: Reading, added: Builder) -> None:
    old = added.head
    added.write("evil.py", "").commit("evil")
    assert reading.obstacles("lib", ".gitmodules") == {"lib": f"is a new submodule at {added.head:.12}, and {old:.12} is to be recorded"}
    reading.git("add", "lib")
    assert reading.changed("lib", ".gitmodules") == {"lib": "added", ".gitmodules": "added"}


def test_a_new_submodule_without_content_cannot_be_judged(reading: Reading, added: Builder) -> None:
    shutil.rmtree(added.root)
    assert reading.obstacles("lib", ".gitmodules") == {"lib": "is a new submodule that is not there"}
    added.root.mkdir()
    assert reading.obstacles("lib", ".gitmodules") == {"lib": "is a new submodule that was not fetched"}
    added.write("evil.py", "")
    assert reading.obstacles("lib", ".gitmodules") == {"lib": "holds files and no submodule"}


def test_source_that_the_rules_of_a_new_commit_hide_is_told(reading: Reading, tmp_path: Path) -> None:
    module = Builder(with_submodule(reading, tmp_path))
    reading.rebase()
    module.write(".gitignore", "*.log\nevil.py\ndist/\n*.dat\n").commit("rules")
    module.write("evil.py", "import os\n").write("dist/bundle.js", "").write("x.dat", "").write("x.log", "")
    survey = reading.survey("lib")
    assert [change.path for change in survey.changes] == ["lib"] and not survey.obstacles
    assert survey.ignored.newly == (("lib/dist", 1), ("lib/evil.py", 1), ("lib/x.dat", 1))
    assert survey.ignored.newly_source == ("lib/evil.py",)
    assert survey.ignored.changed_rules == ("lib/.gitignore",)
    assert dict(survey.ignored.directories) == {"lib": 4}


def test_the_rules_of_a_new_submodule_hide_what_is_no_source(reading: Reading, added: Builder) -> None:
    added.write("x.log", "")
    survey = reading.survey("lib", ".gitmodules")
    assert (survey.obstacles, survey.ignored.newly, survey.ignored.newly_source) == ((), (("lib/x.log", 1),), ())


def test_a_submodule_whose_commit_at_base_is_gone_has_no_rules_there(reading: Reading, tmp_path: Path) -> None:
    module = Builder(with_submodule(reading, tmp_path))
    reading.git("update-index", "--cacheinfo", f"160000,{'a' * 40},lib")
    reading.git("commit", "-q", "-m", "a commit that nobody has")
    reading.rebase()
    module.write("x.log", "")
    survey = reading.survey("lib")
    assert [change.path for change in survey.changes] == ["lib"]
    assert survey.ignored.newly == (("lib/x.log", 1),)


def test_what_is_only_staged_in_a_submodule_is_seen(reading: Reading, tmp_path: Path) -> None:
    module = Builder(with_submodule(reading, tmp_path))
    module.write("evil.py", "")
    module.git("add", "-A")
    module.delete("evil.py")
    assert reading.obstacles() == {"lib": "is a submodule with 1 changed files: evil.py"}
    module.git("reset", "-q")
    module.write("x.log", "")
    module.git("add", "-f", "x.log")
    assert reading.obstacles() == {"lib": "is a submodule with 1 changed files: x.log"}
    module.git("reset", "-q")
    module.git("update-index", "--split-index")
    assert reading.obstacles() == {"lib": "is a submodule with 1 changed files: .git/index"}


def test_source_hidden_in_a_submodule_of_a_submodule_is_told(reading: Reading, tmp_path: Path) -> None:
    module = Builder(with_submodule(reading, tmp_path))
    module.git(*ADD, str(tmp_path / "library"), "inner")
    module.commit("nested")
    reading.builder.commit("nested")
    reading.rebase()
    inner = Builder(module.root / "inner")
    inner.write("y.log", "").write(".gitignore", "*.log\nevil.py\n").commit("rules")
    inner.write("evil.py", "")
    module.commit("newer")
    survey = reading.survey("lib")
    assert survey.ignored.newly_source == ("lib/inner/evil.py",)
    assert not survey.obstacles
