"""`init`: creates what is missing, keeps what is there, installs and removes exactly its own."""

from __future__ import annotations

import json
import os
import shlex
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from forgewatch.cli.demo import make as make_demo
from forgewatch.cli.drift import drift_of
from forgewatch.cli.made import Deed, Made, made_text
from forgewatch.cli.shims import SHIMS
from forgewatch.cli.skeleton import create_missing
from forgewatch.cli.stack import stack_of
from forgewatch.cli.starter import forge_json
from forgewatch.core.errors import UsageError
from forgewatch.core.places import FORGE, LOCK_RECORD, ROOT
from tests.cli.conftest import tree, valid
from tests.support.builder import Builder
from tests.support.installed import Installed, codes

UNITS = Path(__file__).resolve().parents[2] / "systemd"


@pytest.mark.req("S002-0-1")
def test_an_empty_repository_gets_folders_forge_json_and_shims(bare: Path) -> None:
    create_missing(bare, FORGE)
    assert {path.name for path in (bare / "Forge").iterdir()} == {"Contracts", "evidence", "scripts"}
    assert set(tree(bare)) == FILES


FILES = {
    "forge.json",
    ".gitignore",
    "USER_INSTRUCTIONS.md",
    "Forge/evidence/README.md",
    "Forge/Contracts/physics.yaml",
    "Forge/Contracts/boundaries.json",
    *(
        f"Forge/Contracts/{name}.md"
        for name in ("BUILDER", "blueprint", "directive", "evidence_bundle", "manifesto", "phases", "schema", "stack")
    ),
    *(f"Forge/scripts/{name}" for name, _ in SHIMS),
}
"""All that an empty repository gets."""


def test_the_root_layout_has_no_forge_folder(bare: Path) -> None:
    create_missing(bare, ROOT)
    assert not (bare / "Forge").exists()
    assert (bare / "scripts" / "run_audit.py").exists()


@pytest.mark.req("S002-0-1")
def test_init_works_from_any_folder_inside(bare: Path, tmp_path: Path) -> None:
    inside = bare / "app" / "deep"
    inside.mkdir(parents=True)
    run = Installed(inside, tmp_path).run("init")
    assert run.returncode == 0, run.stderr
    assert (bare / "Forge" / "Contracts").is_dir()
    assert not (inside / "Forge").exists()


def test_nothing_that_is_there_is_overwritten(bare: Path) -> None:
    (bare / "forge.json").write_text("mine")
    (bare / "Forge" / "scripts").mkdir(parents=True)
    (bare / "Forge" / "scripts" / "run_audit.py").write_text("mine too")
    lines = [made_text(made) for made in create_missing(bare, FORGE)]
    assert (bare / "forge.json").read_text() == "mine"
    assert (bare / "Forge" / "scripts" / "run_audit.py").read_text() == "mine too"
    assert "  kept    forge.json" in lines
    assert "  created Forge/evidence/" in lines


def test_a_second_init_changes_nothing(bare: Path) -> None:
    create_missing(bare, FORGE)
    before = tree(bare)
    assert {made.deed for made in create_missing(bare, FORGE)} == {Deed.KEPT}
    assert tree(bare) == before


def test_a_forge_folder_that_is_a_symlink_is_refused(bare: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (bare / "Forge").symlink_to(tmp_path / "elsewhere")
    run = Installed(bare, tmp_path).run("init")
    assert run.returncode == 2
    assert "found a symlink" in run.stderr
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_outside_a_repository_init_says_so(tmp_path: Path) -> None:
    run = Installed(tmp_path, tmp_path).run("init")
    assert (run.returncode, run.stdout) == (2, "")
    assert "expected a git repository" in run.stderr


@pytest.mark.parametrize("place", ["Forge", "Forge/scripts", "Forge/Contracts", "Forge/evidence"])
@pytest.mark.parametrize("kind", ["file", "symlink"])
def test_an_obstacle_anywhere_is_told_before_anything_is_made(bare: Path, tmp_path: Path, place: str, kind: str) -> None:
    (tmp_path / "elsewhere").mkdir()
    (bare / place).parent.mkdir(exist_ok=True)
    if kind == "file":
        (bare / place).write_text("mine")
    else:
        (bare / place).symlink_to(tmp_path / "elsewhere")
    before = sorted(bare.rglob("*"))
    with pytest.raises(UsageError, match="expected folders all the way, found a symlink or a file in it"):
        create_missing(bare, FORGE)
    assert sorted(bare.rglob("*")) == before
    assert list((tmp_path / "elsewhere").iterdir()) == []


@pytest.mark.parametrize(
    "place", ["forge.json", "Forge/Contracts/boundaries.json", "Forge/Contracts/blueprint.md", "Forge/scripts/run_tests.ps1"]
)
def test_a_link_a_pipe_and_a_folder_in_the_place_of_a_file_are_kept(bare: Path, tmp_path: Path, place: str) -> None:
    (bare / place).parent.mkdir(parents=True, exist_ok=True)
    for put in (lambda: (bare / place).symlink_to(tmp_path / "nowhere"), lambda: os.mkfifo(bare / place), lambda: (bare / place).mkdir()):
        put()
        assert Made(Deed.KEPT, place) in create_missing(bare, FORGE)
        assert not (tmp_path / "nowhere").exists()
        (bare / place).rmdir() if (bare / place).is_dir() else (bare / place).unlink()


def test_a_repository_that_no_audit_accepts_gets_no_files(tmp_path: Path) -> None:
    Builder.with_repository(tmp_path / "real")
    odd = tmp_path / "odd"
    odd.mkdir()
    (odd / ".git").symlink_to(tmp_path / "real/.git")
    run = Installed(odd, tmp_path).run("init")
    assert (run.returncode, run.stdout) == (2, "")
    assert "expected a directory, found a symlink" in run.stderr
    assert [path.name for path in odd.iterdir()] == [".git"]


def test_outside_of_git_nothing_is_made_and_the_way_is_told(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("x")
    run = Installed(tmp_path, tmp_path).run("init")
    assert run.returncode == 2
    assert "git init makes one" in run.stderr
    assert tree(tmp_path) == {"mine.txt": b"x"}


@pytest.mark.parametrize("words", [(), ("--check",), ("--service", "user")])
def test_beside_governance_in_a_folder_below_nothing_is_made_and_the_way_is_told(
    bare: Path, tmp_path: Path, words: tuple[str, ...]
) -> None:
    """A second Forge/ at the root would hide the first from every command that would have named it."""
    Builder(bare).write("shop/Forge/Contracts/blueprint.md", "mine")
    before = tree(bare)
    for folder in (bare, bare / "shop"):
        run = Installed(bare, tmp_path).run("init", *words, cwd=folder)
        assert (run.returncode, run.stdout) == (2, "")
        assert f"{bare}/shop/Forge: expected Forge/ at the git root" in run.stderr
    assert tree(bare) == before


def test_folders_of_the_other_layout_that_nobody_configured_are_told(bare: Path, tmp_path: Path) -> None:
    (bare / "evidence").mkdir()
    told = "  Contracts/ and evidence/ at the root are not looked at; if they are what governs:\n  list this repository with layout: root"
    assert told not in Installed(bare, tmp_path).run("init").stdout
    (bare / "Contracts").mkdir()
    assert told in Installed(bare, tmp_path).run("init").stdout
    config = tmp_path / "forgewatch.yaml"
    config.write_text(f"repositories:\n  - {{path: {bare}, layout: root}}\n")
    assert told not in Installed(bare, tmp_path).run("init", "--config", str(config)).stdout


def test_in_a_dirty_tree_nothing_of_the_user_is_touched_or_named_to_be_committed(bare: Path, tmp_path: Path) -> None:
    project = Builder(bare)
    project.write("app.py", "x = 1\n").write("Forge/Contracts/mine.md", "mine\n").commit("work")
    project.write("staged.py", "half done").git("add", "staged.py")
    project.write("app.py", "half done").write("new.py", "").write("Forge/Contracts/mine.md", "half done")
    before = tree(bare)
    run = Installed(bare, tmp_path).run("init")
    assert run.returncode == 0, run.stderr
    assert {path: data for path, data in tree(bare).items() if path in before} == before
    add, commit = (line.removeprefix("next:").strip() for line in run.stdout.splitlines()[-3:-1])
    assert "mine.md" not in add and "app.py" not in add
    project.git(*shlex.split(add)[1:])
    project.git(*shlex.split(commit)[1:])
    left = ["M", "Forge/Contracts/mine.md", "M", "app.py", "A", "staged.py", "??", "new.py"]
    assert project.git("status", "--porcelain").split() == left


def test_the_output_of_a_first_run_fits_eighty_columns_and_ends_with_what_to_type(bare: Path, tmp_path: Path) -> None:
    lines = Installed(bare, tmp_path).run("init").stdout.splitlines()
    assert [
        line
        for line in lines
        if len(line) > 80 and not line.startswith(("repository ", "next: git add", "      git commit", "      forgewatch watch"))
    ] == []
    assert lines[-3:] == [
        "next: git add Forge/Contracts Forge/evidence Forge/scripts forge.json USER_INSTRUCTIONS.md .gitignore",
        "      git commit -m 'Governance files' -- Forge/Contracts Forge/evidence Forge/scripts forge.json USER_INSTRUCTIONS.md .gitignore",
        f"      forgewatch watch {bare}",
    ]
    again = Installed(bare, tmp_path).run("init").stdout.splitlines()
    assert again[-1] == f"next: forgewatch watch {bare}"


def test_a_repository_that_was_watched_before_is_told_how_its_anchor_moves(tmp_path: Path) -> None:
    project = Builder.with_repository(tmp_path / "seen")
    installed = Installed(project.root, tmp_path)
    installed.audit()
    steps = [line.removeprefix("next:").strip() for line in installed.run("init").stdout.splitlines()[-4:]]
    assert steps[2] == "forgewatch ledger adopt HEAD --reason 'governance files'"
    project.git(*steps[0].removeprefix("git ").split())
    project.git("commit", "-q", "-m", "Governance files")
    assert "A602" in codes(installed.audit()[1])
    assert installed.run(*shlex.split(steps[2])[1:], "--yes").returncode == 0
    assert not codes(installed.audit()[1]) & {"A601", "A602"}


def test_rules_for_a_framework_are_written_once(bare: Path, tmp_path: Path) -> None:
    installed = Installed(bare, tmp_path)
    assert "  created Forge/Contracts/boundaries.json (default layering, gin)" in installed.run("init", "--boundaries", "gin").stdout
    before = tree(bare)
    assert "  kept    Forge/Contracts/boundaries.json" in installed.run("init", "--boundaries", "flask").stdout
    assert tree(bare) == before
    wrong = installed.run("init", "--boundaries", "rails")
    assert (wrong.returncode, "'fastapi'" in wrong.stderr) == (2, True)


def backend(root: Path) -> dict[str, str]:
    found: dict[str, str] = json.loads(forge_json(root, stack_of(root)))["backend"]
    return found


def has(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


PROJECT = "[project]\nname = 'a'\ndependencies = ['celery']\n"
TOOLS = "[build-system]\nrequires = ['setuptools']\n[tool.black]\nline-length = 100\n"
OPTIONS = "[options]\ninstall_requires =\n    celery\n"


@pytest.mark.parametrize(
    ("manifest", "language", "text"),
    [
        ("requirements.txt", "python", "celery\n"),
        ("pyproject.toml", "python", PROJECT),
        ("setup.cfg", "python", OPTIONS),
        ("Pipfile", "python", "[packages]\ncelery = '*'\n"),
        ("requirements/default.txt", "python", "celery\n"),
        ("package.json", "typescript", ""),
        ("go.mod", "go", ""),
    ],
)
def test_forge_json_names_the_only_manifest_and_its_language(tmp_path: Path, manifest: str, language: str, text: str) -> None:
    found = backend(has(tmp_path, {manifest: text}))
    assert (found["language"], found["dependency_file"]) == (language, manifest)


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"pyproject.toml": TOOLS},
        {"pyproject.toml": PROJECT, "services/api/pyproject.toml": PROJECT},
        {"requirements.txt": "celery\n", "requirements-dev.txt": "pytest\n"},
        {"setup.py": "from setuptools import setup\nsetup()\n"},
    ],
)
def test_forge_json_names_no_manifest_where_there_is_none_or_a_choice(tmp_path: Path, files: dict[str, str]) -> None:
    found = backend(has(tmp_path, files))
    assert (found["language"], "dependency_file" in found) == ("python", False)


def test_a_manifest_with_settings_of_tools_only_is_not_named_before_the_one_that_declares(tmp_path: Path) -> None:
    assert backend(has(tmp_path, {"pyproject.toml": TOOLS, "setup.cfg": OPTIONS}))["dependency_file"] == "setup.cfg"


def test_foreign_hidden_and_linked_manifests_are_no_choice(tmp_path: Path) -> None:
    has(tmp_path, {"pyproject.toml": PROJECT, ".venv/x/pyproject.toml": PROJECT, "node_modules/x/requirements.txt": "celery\n"})
    (tmp_path / "setup.cfg").symlink_to(tmp_path / "nowhere")
    (tmp_path / "requirements.txt").symlink_to(tmp_path / "pyproject.toml")
    assert backend(tmp_path)["dependency_file"] == "pyproject.toml"


def test_a_manifest_far_below_is_not_looked_for(tmp_path: Path) -> None:
    assert "dependency_file" not in backend(has(tmp_path, {"a/b/c/d/e/f/requirements.txt": "celery\n"}))


@pytest.mark.parametrize(
    ("files", "folder"),
    [
        ({}, "tests"),
        ({"test/x.py": ""}, "test"),
        ({"t/x.py": "", "tests/x.py": ""}, "tests"),
        ({"t/x.py": ""}, "t"),
        ({"pytest.ini": "[pytest]\ntestpaths = gone checks\n", "checks/x.py": "", "tests/x.py": ""}, "checks"),
        ({"setup.cfg": "[tool:pytest]\ntestpaths = t/unit\n", "t/unit/x.py": ""}, "t/unit"),
        ({"pyproject.toml": "[tool.pytest.ini_options]\ntestpaths = ['src/tests']\n", "src/tests/x.py": ""}, "src/tests"),
        ({"pyproject.toml": "[tool.pytest]\ntestpaths = ['checks']\n", "checks/x.py": ""}, "checks"),
        ({"pyproject.toml": "[tool\n", "tox.ini": "???", "test/x.py": ""}, "test"),
    ],
)
def test_the_folder_of_the_tests_is_the_one_that_pytest_names_or_that_is_there(tmp_path: Path, files: dict[str, str], folder: str) -> None:
    assert backend(has(tmp_path, files))["test_dir"] == folder


def test_a_stash_with_untracked_files_comes_back_under_a_running_watcher(bare: Path, tmp_path: Path) -> None:
    installed = Installed(bare, tmp_path)
    assert f"  created .gitignore (ignores {LOCK_RECORD}, Forge/evidence/.*.new)" in installed.run("init").stdout.splitlines()
    project = Builder(bare)
    project.git("add", "--all")
    project.git("commit", "-q", "-m", "Governance folder")
    try:
        installed.watch()
        (bare / "note.txt").write_text("x")
        project.git("add", "--all")
        assert LOCK_RECORD not in project.git("diff", "--cached", "--name-only")
        project.git("reset", "-q")
        project.git("stash", "-q", "-u")
        project.git("stash", "pop", "-q")
        assert (bare / "note.txt").exists()
    finally:
        installed.stop()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"*.pyc\n", b"*.pyc\n.forge_watcher.lock\nForge/evidence/.*.new\n"),
        (b"*.pyc", b"*.pyc\n.forge_watcher.lock\nForge/evidence/.*.new\n"),
        (b"a\r\n\xff\r\n", b"a\r\n\xff\r\n.forge_watcher.lock\r\nForge/evidence/.*.new\r\n"),
        (b"a\r\nb", b"a\r\nb\r\n.forge_watcher.lock\r\nForge/evidence/.*.new\r\n"),
        (b"", b".forge_watcher.lock\nForge/evidence/.*.new\n"),
    ],
)
def test_a_gitignore_gets_the_lines_it_lacks_and_keeps_its_bytes(bare: Path, tmp_path: Path, before: bytes, after: bytes) -> None:
    (bare / ".gitignore").write_bytes(before)
    (bare / ".gitignore").chmod(0o640)
    run = Installed(bare, tmp_path).run("init")
    assert "  changed .gitignore (now ignores .forge_watcher.lock, Forge/evidence/.*.new)" in run.stdout.splitlines()
    assert (bare / ".gitignore").read_bytes() == after
    assert stat.S_IMODE((bare / ".gitignore").stat().st_mode) == 0o640
    assert "  kept    .gitignore" in Installed(bare, tmp_path).run("init").stdout.splitlines()
    assert (bare / ".gitignore").read_bytes() == after


@pytest.mark.parametrize("line", ["/.forge_watcher.lock\r\n", ".forge_watcher.lock\n"])
def test_a_gitignore_with_the_lines_is_kept_and_gets_only_what_it_lacks(bare: Path, line: str) -> None:
    (bare / ".gitignore").write_text(f"a\n{line}", newline="")
    assert Made(Deed.CHANGED, ".gitignore", "now ignores Forge/evidence/.*.new") in create_missing(bare, FORGE)
    assert Made(Deed.KEPT, ".gitignore") in create_missing(bare, FORGE)


def test_a_gitignore_that_is_a_symlink_is_told_and_not_followed(bare: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text("precious")
    (bare / ".gitignore").symlink_to(tmp_path / "elsewhere")
    run = Installed(bare, tmp_path).run("init")
    assert "  kept    .gitignore (is no regular file: have git ignore .forge_watcher.lock in another way)" in run.stdout
    assert (tmp_path / "elsewhere").read_text() == "precious"


def test_the_demo_is_a_committed_clean_repository_whose_tests_pass(tmp_path: Path) -> None:
    run = Installed(tmp_path, tmp_path).run("init", "--demo", "sample")
    assert run.returncode == 0, run.stderr
    sample = Builder(tmp_path / "sample")
    assert sample.git("status", "--porcelain") == ""
    assert list(drift_of(sample.root, FORGE, {"HOME": str(tmp_path)})) == []
    assert LOCK_RECORD in (sample.root / ".gitignore").read_text().splitlines()
    assert sample.git("log", "--format=%s") == "A small governed project"
    tests = subprocess.run([sys.executable, "-m", "unittest", "-q"], cwd=sample.root, capture_output=True, text=True, check=False)
    assert tests.returncode == 0, tests.stderr


def test_the_demo_never_writes_into_a_folder_with_files(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("x")
    with pytest.raises(UsageError, match="expected a new or empty folder"):
        make_demo(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["precious"]


@pytest.mark.parametrize("words", [("--demo", "--service", "user"), ("--demo", "--service", "user", "--uninstall")])
def test_a_demo_and_a_service_are_two_steps(tmp_path: Path, words: tuple[str, ...]) -> None:
    run = Installed(tmp_path, tmp_path).run("init", *words, "sample")
    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr.startswith("forgewatch: --demo and --service cannot be one step\n  hint: make the demo, then: ")
    assert not (tmp_path / "sample").exists()


def told(installed: Installed, *args: str) -> dict[str, Any]:
    """Return what `init --json` says, checked against its schema."""
    run = installed.run("init", *args, "--json")
    assert run.returncode == 0, run.stderr
    return valid("init-v1", run.stdout)


def test_json_names_each_file_with_what_became_of_it(bare: Path, tmp_path: Path) -> None:
    (bare / "forge.json").write_text("mine")
    document = told(Installed(bare, tmp_path))
    results = {row["path"]: row["result"] for row in document["files"]}
    assert (document["repository"], document["service"]) == (str(bare), None)
    assert (results.pop("forge.json"), set(results.values())) == ("kept", {"created"})
    assert set(results) == {f"Forge/{name}/" for name in ("Contracts", "evidence", "scripts")} | FILES - {"forge.json"}
    assert document["next"][-1] == f"forgewatch watch {bare}"


def test_json_of_the_demo_names_its_files(tmp_path: Path) -> None:
    document = told(Installed(tmp_path, tmp_path), "--demo", "sample")
    sample = Path(document["repository"])
    assert sample == tmp_path / "sample"
    assert {row["path"] for row in document["files"]} == set(tree(sample))
    assert document["next"] == [f"forgewatch watch {sample}"]
