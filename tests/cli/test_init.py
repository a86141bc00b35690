"""`init`: creates what is missing, keeps what is there, installs and removes exactly its own."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from forgewatch.cli.demo import make as make_demo
from forgewatch.cli.init import create_missing, forge_json
from forgewatch.cli.made import Deed, Made, made_text
from forgewatch.cli.service import install, is_ours, marked, may_write, uninstall, write_files
from forgewatch.cli.shims import LIMITATION, SHIMS
from forgewatch.core.errors import UsageError
from forgewatch.core.places import FORGE, LOCK_RECORD, ROOT
from tests.cli.conftest import valid
from tests.support.builder import Builder
from tests.support.installed import COMMAND, Installed

UNITS = Path(__file__).resolve().parents[2] / "systemd"


def tree(root: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file() and ".git/" not in f"{path}/"
    }


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    root.mkdir()
    Builder(root).git("init", "-q")
    return root


@pytest.mark.req("S002-0-1")
def test_an_empty_repository_gets_folders_forge_json_and_shims(bare: Path) -> None:
    create_missing(bare, FORGE)
    assert {path.name for path in (bare / "Forge").iterdir()} == {"Contracts", "evidence", "scripts"}
    assert set(tree(bare)) == {"forge.json", ".gitignore", *(f"Forge/scripts/{name}" for name, _ in SHIMS)}


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


def backend(root: Path) -> dict[str, str]:
    found: dict[str, str] = json.loads(forge_json(root))["backend"]
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
    assert f"  created .gitignore (with the line {LOCK_RECORD})" in installed.run("init").stdout.splitlines()
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
        (b"*.pyc\n", b"*.pyc\n.forge_watcher.lock\n"),
        (b"*.pyc", b"*.pyc\n.forge_watcher.lock\n"),
        (b"a\r\n\xff\r\n", b"a\r\n\xff\r\n.forge_watcher.lock\r\n"),
        (b"a\r\nb", b"a\r\nb\r\n.forge_watcher.lock\r\n"),
        (b"", b".forge_watcher.lock\n"),
    ],
)
def test_a_gitignore_gets_the_line_it_lacks_and_keeps_its_bytes(bare: Path, tmp_path: Path, before: bytes, after: bytes) -> None:
    (bare / ".gitignore").write_bytes(before)
    (bare / ".gitignore").chmod(0o640)
    run = Installed(bare, tmp_path).run("init")
    assert "  changed .gitignore (the line .forge_watcher.lock was added)" in run.stdout.splitlines()
    assert (bare / ".gitignore").read_bytes() == after
    assert stat.S_IMODE((bare / ".gitignore").stat().st_mode) == 0o640
    assert "  kept    .gitignore" in Installed(bare, tmp_path).run("init").stdout.splitlines()
    assert (bare / ".gitignore").read_bytes() == after


@pytest.mark.parametrize("line", ["/.forge_watcher.lock\r\n", ".forge_watcher.lock"])
def test_a_gitignore_with_the_line_is_kept(bare: Path, line: str) -> None:
    (bare / ".gitignore").write_text(f"a\n{line}", newline="")
    assert Made(Deed.KEPT, ".gitignore") in create_missing(bare, FORGE)


def test_a_gitignore_that_is_a_symlink_is_told_and_not_followed(bare: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text("precious")
    (bare / ".gitignore").symlink_to(tmp_path / "elsewhere")
    run = Installed(bare, tmp_path).run("init")
    assert "  kept    .gitignore (is no regular file: have git ignore .forge_watcher.lock in another way)" in run.stdout
    assert (tmp_path / "elsewhere").read_text() == "precious"


@pytest.mark.req("S002-3.1-3")
@pytest.mark.parametrize(("name", "data"), [shim for shim in SHIMS if shim[0].endswith(".ps1")])
def test_powershell_shims_are_ascii_with_a_bom(name: str, data: bytes) -> None:
    assert data.startswith(b"\xef\xbb\xbf")
    assert data[3:].isascii(), name


@pytest.mark.parametrize(("name", "data"), [shim for shim in SHIMS if shim[0].endswith(".py")])
def test_python_shims_compile_and_can_be_executed(bare: Path, name: str, data: bytes) -> None:
    compile(data, name, "exec")
    create_missing(bare, FORGE)
    assert stat.S_IMODE((bare / "Forge/scripts" / name).stat().st_mode) & 0o111


@pytest.mark.req("S002-10.2-6")
@pytest.mark.parametrize(
    "spelled", [("-ClaimedFiles", "app/a.py", "-Phase", "Phase 2"), ("--claimed-files", "app/a.py", "--phase", "Phase 2")]
)
def test_the_audit_shim_passes_claim_and_phase_on(builder: Builder, tmp_path: Path, spelled: tuple[str, ...]) -> None:
    create_missing(builder.root, FORGE)
    recorder = tmp_path / "bin" / "forgewatch"
    recorder.parent.mkdir()
    recorder.write_text(f"#!{sys.executable}\nimport json, sys\nprint(json.dumps(sys.argv[1:]))\nsys.exit(1)\n")
    recorder.chmod(0o755)
    shim = builder.root / "Forge/scripts/run_audit.py"
    run = subprocess.run([sys.executable, shim, *spelled], env={"PATH": str(recorder.parent)}, capture_output=True, text=True, check=False)
    assert json.loads(run.stdout) == ["audit", str(shim.parent), "--claimed-files=app/a.py", "--phase=Phase 2"]
    assert run.returncode == 1


@pytest.mark.req("S002-10.2-7")
@pytest.mark.parametrize("name", ["run_audit.py", "watch_audit.py"])
def test_a_shim_without_forgewatch_stops_for_the_environment(builder: Builder, tmp_path: Path, name: str) -> None:
    create_missing(builder.root, FORGE)
    shim = builder.root / "Forge/scripts" / name
    run = subprocess.run([sys.executable, shim], env={"PATH": str(tmp_path)}, capture_output=True, text=True, check=False)
    assert run.returncode == 2
    assert run.stdout.startswith("STOP: ENVIRONMENT_LIMITATION\n")
    if name == "run_audit.py":
        assert LIMITATION in run.stdout


def test_powershell_shims_name_the_contracts_report_text() -> None:
    assert LIMITATION.encode() in dict(SHIMS)["run_audit.ps1"]


@pytest.mark.skipif(shutil.which("pwsh") is None, reason="PowerShell is not on this machine")
def test_the_powershell_shim_passes_claim_and_phase_on(builder: Builder, tmp_path: Path) -> None:
    create_missing(builder.root, FORGE)
    recorder = tmp_path / "forgewatch"
    recorder.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\nexit 1\n')
    recorder.chmod(0o755)
    shim = builder.root / "Forge/scripts/run_audit.ps1"
    environ = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "HOME": str(tmp_path)}
    command = ["pwsh", "-File", str(shim), "-ClaimedFiles", "app/a.py,b.py", "-Phase", "Phase 2"]
    run = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    assert run.stdout.splitlines() == ["audit", str(shim.parent), "--claimed-files=app/a.py,b.py", "--phase=Phase 2"]
    assert run.returncode == 1


def test_the_demo_is_a_committed_clean_repository_whose_tests_pass(tmp_path: Path) -> None:
    run = Installed(tmp_path, tmp_path).run("init", "--demo", "sample")
    assert run.returncode == 0, run.stderr
    sample = Builder(tmp_path / "sample")
    assert sample.git("status", "--porcelain") == ""
    assert LOCK_RECORD in (sample.root / ".gitignore").read_text().splitlines()
    assert sample.git("log", "--format=%s") == "A small governed project"
    tests = subprocess.run([sys.executable, "-m", "unittest", "-q"], cwd=sample.root, capture_output=True, text=True, check=False)
    assert tests.returncode == 0, tests.stderr


def test_the_demo_never_writes_into_a_folder_with_files(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("x")
    with pytest.raises(UsageError, match="expected a new or empty folder"):
        make_demo(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["precious"]


def test_uninstall_without_service_is_wrong_usage(bare: Path, tmp_path: Path) -> None:
    run = Installed(bare, tmp_path).run("init", "--uninstall")
    assert run.returncode == 2
    assert "--uninstall needs --service" in run.stderr


def test_the_user_service_is_the_shipped_unit_with_a_drop_in_for_this_machine(bare: Path, tmp_path: Path) -> None:
    run = Installed(bare, tmp_path).run("init", "--service", "user")
    assert run.returncode == 0, run.stderr
    home = tmp_path / ".config"
    assert (home / "systemd/user/forgewatch.service").read_bytes() == (UNITS / "forgewatch-user.service").read_bytes()
    drop_in = (home / "systemd/user/forgewatch.service.d/10-this-machine.conf").read_text()
    # Its own configuration, also where the system has one.
    assert f'ExecStart=\nExecStart="{COMMAND}" watch --config "{home}/forgewatch/forgewatch.yaml"\n' in drop_in
    assert f'  - "{bare}"\n' in (home / "forgewatch/forgewatch.yaml").read_text()
    assert "next: systemctl --user enable --now forgewatch" in run.stdout


def test_uninstall_removes_exactly_what_install_wrote(bare: Path, tmp_path: Path) -> None:
    installed = Installed(bare, tmp_path)
    (tmp_path / ".config").mkdir()
    (tmp_path / ".config" / "other").write_text("x")
    installed.run("init")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    installed.run("init", "--service", "user")
    assert {path for path in tmp_path.rglob("*") if path.is_file()} - set(before)
    run = installed.run("init", "--service", "user", "--uninstall")
    assert (run.returncode, run.stdout.splitlines()[-1]) == (0, "next: systemctl --user disable --now forgewatch")
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_uninstall_needs_no_repository_and_takes_its_empty_folders_with_it(bare: Path, tmp_path: Path) -> None:
    installed = Installed(bare, tmp_path)
    installed.run("init", "--service", "user")
    outside = tmp_path / "outside"
    outside.mkdir()
    run = installed.run("init", "--service", "user", "--uninstall", cwd=outside)
    assert (run.returncode, run.stderr) == (0, "")
    for folder in ("forgewatch", "systemd/user", "systemd"):
        assert f"  removed {tmp_path}/.config/{folder}/" in run.stdout.splitlines()
    assert list((tmp_path / ".config").iterdir()) == []
    again = told(installed, "--service", "user", "--uninstall")
    assert again["repository"] is None
    assert {row["result"] for row in again["service"]["files"]} == {"absent"}


def test_uninstall_leaves_folders_that_hold_something_of_somebody_else(bare: Path, tmp_path: Path) -> None:
    installed = Installed(bare, tmp_path)
    installed.run("init", "--service", "user")
    units = tmp_path / ".config/systemd/user"
    (units / "other.service").write_text("x")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / ".config/forgewatch/forgewatch.yaml").rename(tmp_path / "elsewhere/forgewatch.yaml")
    (tmp_path / ".config/forgewatch").rmdir()
    (tmp_path / ".config/forgewatch").symlink_to(tmp_path / "elsewhere")
    run = installed.run("init", "--service", "user", "--uninstall")
    assert run.returncode == 0
    assert [path.name for path in units.iterdir()] == ["other.service"]
    assert (tmp_path / ".config/forgewatch").is_symlink()
    assert (tmp_path / "elsewhere").is_dir()


@pytest.mark.parametrize("words", [("--demo", "--service", "user"), ("--demo", "--service", "user", "--uninstall")])
def test_a_demo_and_a_service_are_two_steps(tmp_path: Path, words: tuple[str, ...]) -> None:
    run = Installed(tmp_path, tmp_path).run("init", *words, "sample")
    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr.startswith("forgewatch: --demo and --service cannot be one step\n  hint: make the demo, then: ")
    assert not (tmp_path / "sample").exists()


def test_uninstall_keeps_what_the_operator_edited(bare: Path, tmp_path: Path) -> None:
    installed = Installed(bare, tmp_path)
    installed.run("init", "--service", "user")
    config = tmp_path / ".config/forgewatch/forgewatch.yaml"
    config.write_text(config.read_text() + "profile: strict\n")
    run = installed.run("init", "--service", "user", "--uninstall")
    assert f"kept    {config} (was changed since)" in run.stdout
    assert config.exists()


def test_a_second_repository_is_not_written_into_the_operators_configuration(bare: Path, tmp_path: Path) -> None:
    Installed(bare, tmp_path).run("init", "--service", "user")
    config = tmp_path / ".config/forgewatch/forgewatch.yaml"
    before = config.read_bytes()
    other = Builder.with_repository(tmp_path / "other")
    run = Installed(other.root, tmp_path).run("init", "--service", "user")
    assert f"add to the repositories of {config}: {other.root}" in run.stdout
    assert config.read_bytes() == before


def test_a_unit_that_is_there_is_kept_and_named(tmp_path: Path) -> None:
    path = tmp_path / "systemd" / "forgewatch.service"
    told = [made_text(made) for text in (b"ours", b"ours", b"newer") for made in write_files({path: text})]
    assert told == [f"  created {path}", f"  kept    {path}", f"  kept    {path} (differs from what would be written)"]
    assert path.read_bytes() == b"ours"


def test_a_path_with_quotes_line_ends_and_percents_stays_one_value(tmp_path: Path) -> None:
    odd = tmp_path / 'a "b"\nExecStartPre=evil %h'
    environ = {"HOME": str(tmp_path)}
    install("user", odd, '/opt/$x/"y"\n%', environ)
    drop_in = (tmp_path / ".config/systemd/user/forgewatch.service.d/10-this-machine.conf").read_text().splitlines()
    assert [line for line in drop_in if line.startswith("Exec")] == [
        "ExecStart=",
        f'ExecStart="/opt/$$x/\\"y\\"\\n%%" watch --config "{tmp_path}/.config/forgewatch/forgewatch.yaml"',
    ]
    assert may_write([str(odd)]).splitlines() == [f'ReadWritePaths="-{tmp_path}/a \\"b\\"\\nExecStartPre=evil %%h"']
    uninstall("user", environ)


@pytest.mark.skipif(os.geteuid() == 0, reason="the tests run as root")
def test_the_system_service_needs_root(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="needs root"):
        install("system", tmp_path, "forgewatch", {"HOME": str(tmp_path)})


def test_a_marked_file_is_ours_until_someone_edits_it() -> None:
    data = marked("repositories: []\n")
    assert is_ours(data, b"")
    assert is_ours(b"shipped", b"shipped")
    assert not is_ours(data + b"# mine\n", b"")
    assert not is_ours(b"", b"shipped")


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
    assert set(results) == {f"Forge/{name}/" for name in ("Contracts", "evidence", "scripts")} | {
        f"Forge/scripts/{name}" for name, _ in SHIMS
    } | {".gitignore"}
    assert "forgewatch watch" in document["next"][0]


def test_json_of_a_service_tells_what_was_installed_and_taken_away_again(bare: Path, tmp_path: Path) -> None:
    installed = Installed(bare, tmp_path)
    service = told(installed, "--service", "user")["service"]
    paths = [row["path"] for row in service["files"]]
    assert {row["result"] for row in service["files"]} == {"created"}
    assert all(Path(path).is_file() for path in paths)
    assert service["next"] == ["systemctl --user enable --now forgewatch"]
    Path(paths[-1]).write_text("mine")
    taken = told(installed, "--service", "user", "--uninstall")
    rows = {row["path"]: (row["result"], row["remark"]) for row in taken["service"]["files"]}
    assert taken["files"] == []
    assert rows.pop(paths[-1]) == ("kept", "was changed since")
    assert set(rows.values()) == {("removed", "")}
    assert {row["result"] for row in told(installed, "--service", "user", "--uninstall")["service"]["files"]} == {"absent", "kept"}


def test_json_of_the_demo_names_its_files(tmp_path: Path) -> None:
    document = told(Installed(tmp_path, tmp_path), "--demo", "sample")
    sample = Path(document["repository"])
    assert sample == tmp_path / "sample"
    assert {row["path"] for row in document["files"]} == set(tree(sample))
    assert document["next"] == [f"forgewatch watch {sample}"]


@pytest.mark.skipif(os.geteuid() == 0, reason="the tests run as root")
def test_a_system_service_without_root_changes_nothing_in_the_repository(bare: Path, tmp_path: Path) -> None:
    run = Installed(bare, tmp_path).run("init", "--service", "system", "--json")
    assert (run.returncode, run.stdout) == (2, "")
    assert "needs root" in run.stderr
    assert tree(bare) == {}
