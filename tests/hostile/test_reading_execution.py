"""Nothing of the repository executes, and what its configuration would hide is seen (hostile.md, Cases).

Every trap is shown to work first: plain git falls into it, in a copy of the same repository.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from forgewatch.core.errors import GitFailed
from forgewatch.core.places import FORGE
from tests.support.plain_git import ASKS_FOR_PASSWORD, CONNECTS, HOOKS, MERGES, plain_git, sign_head
from tests.support.reading import GIT, Reading

CHANGED = "app/a.py"


def untouched(reading: Reading, control: str, *, terminal: bool = False) -> None:
    """Change one file, make sure that `control` makes git run a program of the repository, read everything an audit reads, and make sure
    that the change is seen and no program ran.
    """
    reading.builder.write(CHANGED, "x = 2\n").write("new.py", "y = 1\n")
    reading.canary.unlink(missing_ok=True)
    said = plain_git(reading.root, control, terminal=terminal)
    assert reading.canary.exists(), f"no trap: git did not run the program; it said {said}"
    reading.canary.unlink()
    tree, store = reading.open()
    seen = {change.path for change in tree.survey(reading.question()).changes}
    head = store.resolve("HEAD")
    assert head is not None
    store.history(None, frozenset())
    store.history(reading.base, frozenset())
    store.file_at(head, FORGE.boundaries, 1000)
    for change in tree.survey(reading.question(use_cache=False)).changes:
        if change.before is not None and reading.has(change.before.oid):
            store.blob(change.before.oid, 1000)
    tree.fingerprint([change.path for change in tree.survey(reading.question()).changes])
    assert {CHANGED, "new.py"} <= seen
    assert not reading.canary.exists(), "the repository ran a program"


def test_an_fsmonitor_script_is_not_run(reading: Reading) -> None:
    reading.git("config", "core.fsmonitor", str(reading.script("fsmonitor", "printf 'token\\0'")))
    untouched(reading, "git status")


def test_an_fsmonitor_that_says_nothing_changed_hides_nothing(reading: Reading) -> None:
    script = reading.script("fsmonitor", "printf 'token\\0'")
    reading.git("config", "core.fsmonitorHookVersion", "2")
    reading.git("config", "core.fsmonitor", str(script))
    reading.git("update-index", "--fsmonitor")
    reading.git("status")
    reading.builder.write(CHANGED, "x = 2\n")
    assert CHANGED not in plain_git(reading.root, "git status --porcelain"), "no trap: git sees the change"
    untouched(reading, "git status")


@pytest.mark.parametrize("body", ["cat", "git cat-file blob HEAD:app/a.py"], ids=["identity", "returns HEAD"])
def test_a_clean_filter_is_not_run_and_hides_nothing(reading: Reading, body: str) -> None:
    reading.git("config", "filter.f.clean", f"{reading.script('clean', body)} %f")
    reading.git("config", "filter.f.smudge", f"{reading.script('smudge', 'cat')} %f")
    reading.builder.write(".git/info/attributes", "* filter=f\n")
    untouched(reading, "git status")


def test_a_filter_process_is_not_run(reading: Reading) -> None:
    reading.git("config", "filter.f.process", str(reading.script("process")))
    reading.git("config", "filter.f.required", "true")
    reading.builder.write(".gitattributes", "* filter=f\n")
    untouched(reading, "git diff")


@pytest.mark.parametrize(
    ("setting", "control"),
    [("diff.d.textconv", "git diff"), ("diff.d.command", "git diff"), ("diff.external", "git diff"), ("merge.d.driver", MERGES)],
)
def test_textconv_external_diff_and_drivers_are_not_run(reading: Reading, setting: str, control: str) -> None:
    reading.git("config", setting, str(reading.script("driver")))
    reading.builder.write(".git/info/attributes", "* diff=d merge=d\n").write(".gitattributes", "* diff=d merge=d\n")
    untouched(reading, control)


@pytest.mark.parametrize("place", ["core.hooksPath", ".git/hooks"])
@pytest.mark.parametrize("hook", HOOKS)
def test_hooks_are_not_run(reading: Reading, hook: str, place: str) -> None:
    hooks = reading.root / ".git/hooks" if place == ".git/hooks" else reading.canary.parent / "hooks"
    hooks.mkdir(exist_ok=True)
    reading.script("hook").rename(hooks / hook)
    if place == "core.hooksPath":
        reading.git("config", "core.hooksPath", str(hooks))
    untouched(reading, HOOKS[hook])


@pytest.mark.parametrize("way", ["ext", "uploadpack"])
def test_a_promisor_remote_with_a_program_fetches_nothing(reading: Reading, way: str) -> None:
    script = reading.script("uploadpack")
    blob = reading.git("rev-parse", f"HEAD:{CHANGED}")
    reading.loose(blob).unlink()
    for name, value in {
        "core.repositoryformatversion": "1",
        "extensions.partialClone": "origin",
        "remote.origin.url": f"ext::{script}" if way == "ext" else str(reading.root),
        "remote.origin.promisor": "true",
        "remote.origin.uploadpack": str(script),
        "protocol.ext.allow": "always",
    }.items():
        reading.git("config", name, value)
    untouched(reading, "git diff")
    before = next(change.before for change in reading.survey().changes if change.path == CHANGED)
    assert before is not None
    with pytest.raises(GitFailed, match="not in the object store"):
        reading.store.blob(before.oid, 1000)
    assert not reading.canary.exists()


@pytest.mark.parametrize(
    ("setting", "value", "control"),
    [
        ("core.editor", "{script}", "git commit --amend --allow-empty"),
        ("core.sshCommand", "{script}", CONNECTS),
        ("core.askPass", "{script}", ASKS_FOR_PASSWORD),
        ("credential.helper", "!{script}", ASKS_FOR_PASSWORD),
        ("alias.look", "!{script}", "git look"),
    ],
)
def test_programs_named_in_the_configuration_are_not_run(reading: Reading, setting: str, value: str, control: str) -> None:
    reading.git("config", setting, value.format(script=reading.script("program")))
    untouched(reading, control)


def test_a_pager_is_not_run(reading: Reading) -> None:
    reading.git("config", "core.pager", str(reading.script("pager")))
    untouched(reading, "git log", terminal=True)


def test_a_signature_is_not_verified_by_their_program(reading: Reading) -> None:
    sign_head(reading.builder)
    reading.git("config", "log.showSignature", "true")
    reading.git("config", "gpg.program", str(reading.script("gpg")))
    untouched(reading, "git log")


def test_their_command_for_the_refs_of_borrowed_objects_is_not_run(reading: Reading) -> None:
    reading.git("clone", "-q", "--bare", str(reading.root), str(reading.canary.parent / "other.git"))
    reading.builder.write(".git/objects/info/alternates", f"{reading.canary.parent}/other.git/objects\n")
    reading.git("config", "core.alternateRefsCommand", str(reading.script("command")))
    untouched(reading, "git rev-list --alternate-refs")


@pytest.mark.parametrize("key", ["include.path", "includeIf.gitdir:**.path"])
def test_an_included_configuration_is_not_read(reading: Reading, key: str) -> None:
    included = reading.canary.parent / "included"
    included.write_text(f"[core]\n\tfsmonitor = {reading.script('fsmonitor')}\n")
    reading.git("config", key, str(included))
    untouched(reading, "git status")


def test_the_configuration_of_a_working_tree_is_not_read(reading: Reading) -> None:
    reading.git("config", "extensions.worktreeConfig", "true")
    reading.git("config", "--worktree", "core.fsmonitor", str(reading.script("fsmonitor")))
    untouched(reading, "git status")


@pytest.mark.parametrize("control", ["git status", "git submodule update"])
def test_the_configuration_of_a_submodule_runs_nothing(reading: Reading, control: str) -> None:
    inner = reading.root / "vendored"
    inner.mkdir()
    for args in (("init", "-q"), ("commit", "-q", "--allow-empty", "-m", "inner")):
        reading.git(*args, cwd=inner)
    reading.git("add", "vendored")
    reading.git("commit", "-q", "-m", "submodule")
    reading.builder.write(".gitmodules", '[submodule "vendored"]\n\tpath = vendored\n\turl = ./vendored\n')
    if control == "git status":
        reading.git("config", "core.fsmonitor", str(reading.script("fsmonitor")), cwd=inner)
    else:
        reading.git("commit", "-q", "--allow-empty", "-m", "moved on", cwd=inner)
        reading.git("config", "submodule.vendored.url", "./vendored")
        reading.git("config", "submodule.vendored.update", f"!{reading.script('update')}")
    untouched(reading, control)


def test_git_in_the_root_and_in_the_path_is_not_the_git_that_runs(reading: Reading, monkeypatch: pytest.MonkeyPatch) -> None:
    reading.script("git").rename(reading.root / "git")
    monkeypatch.setenv("PATH", f"{reading.root}:.:{os.environ['PATH']}")
    monkeypatch.chdir(reading.root)
    assert shutil.which("git") == str(reading.root / "git")
    # Their git comes first for whoever looks for one; the tests' own builder is not asked to find it again.
    untouched(reading, "git status")


def test_an_environment_poisoned_with_git_variables_changes_nothing(reading: Reading, tmp_path: Path) -> None:
    script = reading.script("program")
    decoy = tmp_path / "decoy"
    subprocess.run([GIT, "init", "-q", str(decoy)], check=True, capture_output=True)
    reading.builder.write(CHANGED, "x = 2\n")
    poison = {
        "GIT_DIR": f"{decoy}/.git",
        "GIT_WORK_TREE": str(decoy),
        "GIT_INDEX_FILE": f"{decoy}/index",
        "GIT_OBJECT_DIRECTORY": f"{decoy}/.git/objects",
        "GIT_ALTERNATE_OBJECT_DIRECTORIES": f"{decoy}/.git/objects",
        "GIT_COMMON_DIR": f"{decoy}/.git",
        "GIT_NAMESPACE": "x",
        "GIT_CEILING_DIRECTORIES": "/",
        "GIT_EXEC_PATH": str(script.parent),
        "GIT_EXTERNAL_DIFF": str(script),
        "GIT_PAGER": str(script),
        "GIT_SSH_COMMAND": str(script),
        "GIT_ASKPASS": str(script),
        "GIT_TRACE": str(reading.canary),
        "GIT_TRACE2_EVENT": str(reading.canary),
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "core.fsmonitor",
        "GIT_CONFIG_VALUE_0": str(script),
        "GIT_CONFIG_PARAMETERS": f"'core.fsmonitor={script}'",
        "GIT_REPLACE_REF_BASE": "refs/heads/",
        "GIT_SHALLOW_FILE": "/dev/null",
    }
    said = plain_git(reading.root, "git status --porcelain", environ=poison)
    assert CHANGED not in said, "no trap: git sees the change"
    assert reading.canary.exists(), f"no trap: git wrote no trace and ran nothing; it said {said}"
    reading.canary.unlink()
    program = (
        "import json, os, sys\nfrom pathlib import Path\n"
        "from tests.support.reading import Reading\nfrom tests.support.builder import Builder\n"
        "os.environ.update(json.loads(sys.argv[3]))\n"
        "reading = Reading(Builder(Path(sys.argv[1])), Path(sys.argv[2]), base=None)\n"
        "reading.base = reading.store.resolve('HEAD')\n"
        "print(sorted(reading.changed()))\n"
    )
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    command = [sys.executable, "-c", program, str(reading.root), str(reading.state), json.dumps(poison)]
    told = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert told.stdout == f"{[CHANGED]}\n", told.stderr
    assert not reading.canary.exists()
