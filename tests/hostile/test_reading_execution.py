"""Nothing of the repository executes, and what its configuration would hide is seen (hostile.md, Cases)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from forgewatch.core.errors import GitFailed
from forgewatch.core.places import FORGE
from tests.support.reading import GIT, Reading

CHANGED = "app/a.py"


def untouched(reading: Reading) -> None:
    """Change one file, read everything an audit reads, and make sure that the change is seen and no script ran."""
    reading.builder.write(CHANGED, "x = 2\n").write("new.py", "y = 1\n")
    tree, store = reading.open()
    seen = {change.path for change in tree.survey(reading.question()).changes}
    head = store.resolve("HEAD")
    assert head is not None
    store.history(None, frozenset())
    store.history(reading.base, frozenset())
    store.file_at(head, FORGE.boundaries, 1000)
    for change in tree.survey(reading.question(use_cache=False)).changes:
        if change.before is not None and (reading.root / ".git/objects" / change.before.oid[:2] / change.before.oid[2:]).exists():
            store.blob(change.before.oid, 1000)
    tree.fingerprint([change.path for change in tree.survey(reading.question()).changes])
    assert {CHANGED, "new.py"} <= seen
    assert not reading.canary.exists(), "the repository ran a program"


def test_an_fsmonitor_script_is_not_run(reading: Reading) -> None:
    reading.git("config", "core.fsmonitor", str(reading.script("fsmonitor", "printf 'token\\0'")))
    untouched(reading)


def test_an_fsmonitor_that_says_nothing_changed_hides_nothing(reading: Reading) -> None:
    script = reading.script("fsmonitor", "printf 'token\\0'")
    reading.git("config", "core.fsmonitorHookVersion", "2")
    reading.git("config", "core.fsmonitor", str(script))
    reading.git("update-index", "--fsmonitor")
    reading.git("status")
    reading.canary.unlink()
    untouched(reading)


@pytest.mark.parametrize("body", ["cat", "git cat-file blob HEAD:app/a.py"], ids=["identity", "returns HEAD"])
def test_a_clean_filter_is_not_run_and_hides_nothing(reading: Reading, body: str) -> None:
    reading.git("config", "filter.f.clean", f"{reading.script('clean', body)} %f")
    reading.git("config", "filter.f.smudge", f"{reading.script('smudge', 'cat')} %f")
    reading.builder.write(".git/info/attributes", "* filter=f\n")
    untouched(reading)


def test_a_filter_process_is_not_run(reading: Reading) -> None:
    reading.git("config", "filter.f.process", str(reading.script("process")))
    reading.git("config", "filter.f.required", "true")
    reading.builder.write(".gitattributes", "* filter=f\n")
    untouched(reading)


@pytest.mark.parametrize("setting", ["diff.d.textconv", "diff.d.command", "diff.external", "merge.d.driver"])
def test_textconv_external_diff_and_drivers_are_not_run(reading: Reading, setting: str) -> None:
    reading.git("config", setting, str(reading.script("driver")))
    reading.builder.write(".git/info/attributes", "* diff=d merge=d\n").write(".gitattributes", "* diff=d merge=d\n")
    untouched(reading)


@pytest.mark.parametrize("hook", ["post-index-change", "reference-transaction", "post-checkout", "pre-auto-gc", "fsmonitor-watchman"])
def test_hooks_are_not_run(reading: Reading, hook: str) -> None:
    hooks = reading.canary.parent / "hooks"
    hooks.mkdir()
    reading.script("hook").rename(hooks / hook)
    reading.git("config", "core.hooksPath", str(hooks))
    untouched(reading)


def test_a_promisor_remote_with_an_upload_pack_program_fetches_nothing(reading: Reading) -> None:
    script = reading.script("uploadpack")
    blob = reading.git("rev-parse", f"HEAD:{CHANGED}")
    reading.loose(blob).unlink()
    for name, value in {
        "core.repositoryformatversion": "1",
        "extensions.partialClone": "origin",
        "remote.origin.url": f"ext::{script}",
        "remote.origin.promisor": "true",
        "remote.origin.uploadpack": str(script),
        "protocol.ext.allow": "always",
    }.items():
        reading.git("config", name, value)
    untouched(reading)
    before = next(change.before for change in reading.survey().changes if change.path == CHANGED)
    assert before is not None
    with pytest.raises(GitFailed, match="not in the object store"):
        reading.store.blob(before.oid, 1000)


@pytest.mark.parametrize(
    "settings",
    [
        {"log.showSignature": "true", "gpg.program": "{script}"},
        {"core.pager": "{script}", "pager.status": "true", "pager.log": "true"},
        {"core.editor": "{script}", "core.sshCommand": "{script}", "core.askPass": "{script}", "credential.helper": "!{script}"},
        {"alias.cat-file": "!{script}", "alias.status": "!{script}"},
        {"core.alternateRefsCommand": "{script}", "uploadpack.packObjectsHook": "{script}"},
        {"trace2.eventTarget": "{canary}", "trace2.normalTarget": "{canary}"},
    ],
    ids=["log.showSignature", "pager", "editor", "alias", "alternate refs", "trace"],
)
def test_programs_named_in_the_configuration_are_not_run(reading: Reading, settings: dict[str, str]) -> None:
    script = reading.script("program")
    for name, value in settings.items():
        reading.git("config", name, value.format(script=script, canary=reading.canary))
    reading.canary.unlink(missing_ok=True)
    untouched(reading)


def test_an_included_configuration_is_not_read(reading: Reading) -> None:
    included = reading.canary.parent / "included"
    included.write_text(f"[core]\n\tfsmonitor = {reading.script('fsmonitor')}\n")
    reading.git("config", "include.path", str(included))
    reading.git("config", "includeIf.gitdir:**.path", str(included))
    untouched(reading)


def test_the_configuration_of_a_submodule_runs_nothing(reading: Reading) -> None:
    inner = reading.root / "vendored"
    inner.mkdir()
    for args in (("init", "-q"), ("commit", "-q", "--allow-empty", "-m", "inner")):
        reading.git(*args, cwd=inner)
    reading.git("add", "vendored")
    reading.git("commit", "-q", "-m", "submodule")
    reading.git("config", "core.fsmonitor", str(reading.script("fsmonitor")), cwd=inner)
    reading.git("config", "submodule.vendored.update", f"!{reading.script('update')}")
    reading.builder.write(".gitmodules", f'[submodule "vendored"]\n\tpath = vendored\n\tupdate = !{reading.script("update")}\n')
    untouched(reading)


def test_git_in_the_root_and_in_the_path_is_not_the_git_that_runs(reading: Reading, monkeypatch: pytest.MonkeyPatch) -> None:
    reading.script("git").rename(reading.root / "git")
    monkeypatch.setenv("PATH", f"{reading.root}:.:{os.environ['PATH']}")
    monkeypatch.chdir(reading.root)
    untouched(reading)


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
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "core.fsmonitor",
        "GIT_CONFIG_VALUE_0": str(script),
        "GIT_CONFIG_PARAMETERS": f"'core.fsmonitor={script}'",
        "GIT_REPLACE_REF_BASE": "refs/heads/",
        "GIT_SHALLOW_FILE": "/dev/null",
    }
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
