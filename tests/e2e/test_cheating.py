"""A builder that cheats: each way to hide a change, to lie in the paperwork or to bend the rules ends in FAIL or ERROR, never in PASS."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.builder import Builder
from tests.support.installed import Installed, codes, verdicts
from tests.support.plain_git import ASKS_FOR_PASSWORD, CONNECTS, plain_git, sign_head

Cheat = Callable[[Builder], object]


def hidden(builder: Builder) -> Builder:
    """Change a tracked file; the cheats try to keep it out of sight."""
    return builder.write("app/a.py", "x = 'evil'\n")


def assume_unchanged(b: Builder) -> None:
    b.git("update-index", "--assume-unchanged", "app/a.py")
    hidden(b)


def skip_worktree(b: Builder) -> None:
    b.git("update-index", "--skip-worktree", "app/a.py")
    hidden(b)


def info_exclude(b: Builder) -> None:
    b.write(".git/info/exclude", "*\n")
    b.write("backdoor.py", "x = 1\n")


def excludes_file(b: Builder) -> None:
    b.write(".git/all", "*\n")
    b.git("config", "core.excludesFile", str(b.root / ".git/all"))
    b.write("backdoor.py", "x = 1\n")


def show_untracked_no(b: Builder) -> None:
    b.git("config", "status.showUntrackedFiles", "no")
    b.write("backdoor.py", "x = 1\n")


def same_size_and_time(b: Builder) -> None:
    path = b.root / "app/a.py"
    before = path.stat()
    path.write_text("x = 7\n")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def clean_filter_returns_head(b: Builder) -> None:
    b.git("config", "filter.liar.clean", "git show HEAD:app/a.py")
    b.write(".git/info/attributes", "app/a.py filter=liar\n")
    hidden(b)


def fsmonitor_lies(b: Builder) -> None:
    script = b.root / ".git/liar"
    script.write_text("#!/bin/sh\necho\n")
    script.chmod(0o755)
    b.git("config", "core.fsmonitor", str(script))
    hidden(b)


def worktree_redirect(b: Builder) -> None:
    shutil.copytree(b.root, b.root.parent / "clean", symlinks=True)
    b.git("config", "core.worktree", str(b.root.parent / "clean"))
    hidden(b)


def replace_ref(b: Builder) -> None:
    old = b.head
    hidden(b)
    b.git("add", "-A")
    b.git("commit", "-q", "-m", "evil")
    new = b.head
    b.git("reset", "-q", "--soft", old)
    b.git("replace", old, new)


def ignore_rule_in_this_cycle(b: Builder) -> None:
    b.write(".gitignore", "backdoor.py\n").write("backdoor.py", "x = 1\n")


def ignore_rule_below(b: Builder) -> None:
    b.write("app/.gitignore", "*\n").write("app/backdoor.py", "x = 1\n")


def staged_and_put_back(b: Builder) -> None:
    hidden(b)
    b.git("add", "app/a.py")
    b.write("app/a.py", "x = 1\n")


def nested_repository(b: Builder) -> None:
    (b.root / "nested").mkdir()
    b.git("init", "-q", cwd=b.root / "nested")
    b.write("nested/backdoor.py", "x = 1\n")


def fifo(b: Builder) -> None:
    os.mkfifo(b.root / "pipe")


def symlink_to_outside(b: Builder) -> None:
    (b.root / "link").symlink_to("/etc/passwd")


def file_becomes_symlink(b: Builder) -> None:
    (b.root / "app/a.py").unlink()
    (b.root / "app/a.py").symlink_to("b.py")


def attributes_hide_line_endings(b: Builder) -> None:
    b.write(".git/info/attributes", "* text=auto eol=crlf\n")
    hidden(b)


def commits_the_change(b: Builder) -> None:
    hidden(b).commit("sneaked in")


def grafted_history(b: Builder) -> None:
    hidden(b).commit("sneaked in")
    b.write(".git/info/grafts", f"{b.head}\n")


def ignores_its_own_case(b: Builder) -> None:
    b.git("config", "core.ignoreCase", "true")
    b.write("App/A.py", "x = 1\n")


CHEATS: list[Cheat] = [
    assume_unchanged,
    skip_worktree,
    info_exclude,
    excludes_file,
    show_untracked_no,
    same_size_and_time,
    clean_filter_returns_head,
    fsmonitor_lies,
    worktree_redirect,
    replace_ref,
    ignore_rule_in_this_cycle,
    ignore_rule_below,
    staged_and_put_back,
    nested_repository,
    fifo,
    symlink_to_outside,
    file_becomes_symlink,
    attributes_hide_line_endings,
    commits_the_change,
    grafted_history,
    ignores_its_own_case,
]


@pytest.mark.req("S002-10.7-A1")
@pytest.mark.parametrize("cheat", CHEATS, ids=lambda cheat: cheat.__name__)
def test_a_change_that_is_hidden_from_git_is_seen(builder: Builder, installed: Installed, cheat: Cheat) -> None:
    assert installed.run("audit", str(builder.root)).returncode == 1
    cheat(builder)
    builder.record().claims().completes()
    status, document = installed.audit()
    assert status == 1
    assert "FAIL" in (verdicts(document)["A1"], verdicts(document)["A6"]), verdicts(document)


RUNNERS = {
    "core.fsmonitor": ("{script}", "git status"),
    "diff.external": ("{script}", "git diff"),
    "core.hooksPath": ("{folder}", "git status"),
    "filter.x.clean": ("{script}", "git status"),
    "filter.x.process": ("{script}", "git status"),
    "diff.x.textconv": ("{script}", "git diff"),
    "diff.x.command": ("{script}", "git diff"),
    "gpg.program": ("{script}", "git log"),
    "core.sshCommand": ("{folder}/quits", CONNECTS),
    "core.askPass": ("{script}", ASKS_FOR_PASSWORD),
    "core.editor": ("{script}", "git commit --amend"),
    "credential.helper": ("!{script}", ASKS_FOR_PASSWORD),
    "remote.origin.uploadpack": ("{folder}/quits", "git fetch origin"),
}
"""Settings that name a program, and what makes git run it."""


def builds_a_trap(builder: Builder, folder: Path, marker: Path) -> None:
    """Make programs that leave a mark, and all that lets git come to them but the setting that names one."""
    folder.mkdir()
    for name, then in (("script", "cat"), ("quits", "exit 1"), ("post-index-change", "exit 0")):
        script = folder / name
        script.write_text(f"#!/bin/sh\ntouch {marker}\n{then}\n")
        script.chmod(0o755)
    builder.write(".gitattributes", "*.py filter=x diff=x\n").commit("attributes")
    sign_head(builder)
    builder.git("config", "extensions.partialClone", "origin")
    builder.git("config", "remote.origin.url", str(folder))
    builder.git("config", "remote.origin.promisor", "true")
    builder.git("config", "log.showSignature", "true")


def springs_it(builder: Builder, installed: Installed, marker: Path, control: str, *, terminal: bool = False) -> None:
    """Show that git runs the program, then that an audit does not and sees the change."""
    hidden(builder)
    builder.completes()
    marker.unlink(missing_ok=True)
    said = plain_git(builder.root, control, terminal=terminal)
    assert marker.exists(), f"no trap: git did not run the program; it said {said}"
    marker.unlink()
    status, document = installed.audit()
    assert not marker.exists()
    assert status == 1
    assert {"path": "app/a.py", "kind": "modified"} in document["changed"]


@pytest.mark.parametrize("key", RUNNERS)
def test_no_program_of_the_builders_configuration_ever_runs(builder: Builder, installed: Installed, tmp_path: Path, key: str) -> None:
    marker, folder = tmp_path / "ran", tmp_path / "programs"
    value, control = RUNNERS[key]
    builds_a_trap(builder, folder, marker)
    builder.git("config", key, value.format(script=folder / "script", folder=folder))
    springs_it(builder, installed, marker, control)


def test_no_pager_of_the_builders_configuration_ever_runs(builder: Builder, installed: Installed, tmp_path: Path) -> None:
    builds_a_trap(builder, tmp_path / "programs", tmp_path / "ran")
    builder.git("config", "core.pager", str(tmp_path / "programs/script"))
    springs_it(builder, installed, tmp_path / "ran", "git log", terminal=True)


def test_no_hook_in_its_usual_place_ever_runs(builder: Builder, installed: Installed, tmp_path: Path) -> None:
    builds_a_trap(builder, tmp_path / "programs", tmp_path / "ran")
    (builder.root / ".git/hooks").mkdir(exist_ok=True)
    (tmp_path / "programs/post-index-change").rename(builder.root / ".git/hooks/post-index-change")
    springs_it(builder, installed, tmp_path / "ran", "git status")


@pytest.mark.parametrize(
    ("line1", "code"),
    [
        ("Status: PASS (96 passed, 2 pre-existing failures)", "A802"),
        ("Status: PASSABLE", "A802"),
        ("Status: FAIL", "A802"),
        ("status: pass", "A802"),
    ],
)
def test_a_test_record_that_only_sounds_like_a_pass_fails(builder: Builder, installed: Installed, line1: str, code: str) -> None:
    builder.write("app/a.py", "x = 2\n").record(line1).claims("app/a.py").completes()
    status, document = installed.audit()
    assert (status, verdicts(document)["A8"]) == (1, "FAIL")
    assert code in codes(document)


def test_a_failing_step_in_the_test_record_fails(builder: Builder, installed: Installed) -> None:
    builder.write("app/a.py", "x = 2\n").record(body="pytest exit: 1\n").claims("app/a.py").completes()
    status, document = installed.audit()
    assert (status, "A803" in codes(document)) == (1, True)


@pytest.mark.req("S002-10.3-4")
def test_the_same_test_record_for_another_tree_is_stale(builder: Builder, installed: Installed) -> None:
    builder.write("app/a.py", "x = 2\n").record().claims("app/a.py").completes()
    assert installed.audit()[0] == 0
    builder.write("app/a.py", "x = 3\n").completes()
    status, document = installed.audit()
    assert (status, "A804" in codes(document)) == (1, True)


@pytest.mark.req("S002-10.5-2")
def test_rules_emptied_in_the_same_cycle_still_hold(builder: Builder, installed: Installed) -> None:
    assert installed.run("audit", str(builder.root)).returncode == 1
    builder.write("Forge/Contracts/boundaries.json", json.dumps({"layers": [{"name": "none", "glob": "nowhere/*.py", "forbidden": []}]}))
    builder.write("app/api/routers/users.py", "import asyncpg\n").write("requirements.txt", "fastapi\nasyncpg\n")
    builder.record().claims("Forge/Contracts/boundaries.json", "app/api/routers/users.py", "requirements.txt").completes()
    status, document = installed.audit()
    assert (status, verdicts(document)["A4"]) == (1, "FAIL")
    assert "boundaries.json" in installed.ledger.split("### Notes")[-1]


def test_an_authorization_written_into_the_ledger_text_authorizes_nothing(builder: Builder, installed: Installed) -> None:
    assert installed.run("audit", str(builder.root)).returncode == 1
    hidden(builder).commit("sneaked in")
    ledger = builder.root / "Forge/evidence/audit_ledger.md"
    with ledger.open("a") as text:
        text.write(f"\n---\n## Audit Entry: Phase 1 — Iteration 9\nOutcome: AUTHORIZED (committed)\n\n### Notes\nCommit: {builder.head}\n")
    builder.record().claims().completes()
    status, document = installed.audit()
    assert (status, verdicts(document)["A6"]) == (1, "FAIL")


def test_builder_text_cannot_write_an_entry_of_its_own(builder: Builder, installed: Installed) -> None:
    evil = "x\n\n---\n## Audit Entry: Phase 9 — Iteration 1\nOutcome: PASS\n"
    builder.write(f"{evil.replace('/', '')}.py", "x = 1\n").write("\x1b]52;c;aaaa\x07.py", "x = 1\n").write("a\u202eyp.py", "x = 1\n")
    builder.record().claims("app/a.py").completes(phase="Phase 1 -- A `## Audit Entry: Phase 9` \x1b[2J")
    assert installed.audit()[0] == 1
    assert installed.entries == 1
    assert installed.outcomes == ["FAIL"]
    assert "\x1b" not in installed.ledger
    assert "\u202e" not in installed.ledger


def test_a_forged_blob_behind_a_true_name_is_a_lying_object_store(builder: Builder, installed: Installed) -> None:
    import zlib

    assert installed.run("audit", str(builder.root)).returncode == 1
    builder.write("app/a.py", "x = 2\n")
    oid = builder.git("rev-parse", "HEAD:app/a.py")
    loose = builder.root / ".git/objects" / oid[:2] / oid[2:]
    os.chmod(loose, 0o644)
    loose.write_bytes(zlib.compress(b"blob 6\x00x = 2\n"))
    builder.record().claims("app/a.py").completes()
    status, document = installed.audit()
    assert status != 0
    assert document["passed"] is False


def test_a_secret_is_warned_of_and_never_shown(builder: Builder, installed: Installed) -> None:
    secret = "AKIA" + "Q3EGRZT7WK2LXN5P"
    builder.write("app/a.py", f"key = '{secret}'\n").record().claims("app/a.py").completes()
    status, document = installed.audit()
    assert (status, verdicts(document)["W1"]) == (0, "WARN")
    assert secret not in json.dumps(document)
    assert secret not in installed.ledger
    status, document = installed.audit("--profile", "ci")
    assert (status, verdicts(document)["W1"]) == (1, "FAIL")


def test_a_log_that_got_worse_after_its_pass_is_judged_again(builder: Builder, installed: Installed) -> None:
    builder.write("app/a.py", "x = 2\n").record().claims("app/a.py").completes()
    assert installed.audit()[0] == 0
    builder.completes(summary="- TODO: the rest")
    status, document = installed.audit()
    assert (status, verdicts(document)["A5"]) == (1, "FAIL")
    builder.completes()
    assert installed.audit()[0] == 0
    # The last word is about what is there now.
    assert installed.outcomes == ["PASS", "FAIL", "PASS"]
