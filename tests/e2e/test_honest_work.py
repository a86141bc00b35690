"""Honest daily work, as hard as cheating: whatever a careful builder's day brings, the verdict is PASS."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from tests.support.builder import Builder
from tests.support.installed import Installed, codes, until, verdicts


def passes(installed: Installed) -> None:
    status, document = installed.audit()
    assert status == 0, [finding for result in document["results"] for finding in result["findings"]]
    assert document["outcome"] == "PASS"


def finished(builder: Builder, *claimed: str) -> None:
    builder.record().claims(*claimed).completes()


def test_a_linked_worktree_is_audited_like_any_checkout(builder: Builder, installed: Installed, tmp_path: Path) -> None:
    linked = tmp_path / "linked"
    builder.git("worktree", "add", "-q", "-b", "feature", str(linked))
    there = Builder(linked)
    there.write("app/a.py", "x = 2\n")
    finished(there, "app/a.py")
    installed.root = linked
    passes(installed)


def test_a_submodule_at_its_commit_is_no_change_and_a_moved_one_is_claimed_by_its_path(
    builder: Builder, installed: Installed, tmp_path: Path
) -> None:
    library = Builder.with_repository(tmp_path / "library")
    builder.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", str(library.root), "vendor/library")
    builder.commit("add the library")
    builder.write("app/a.py", "x = 2\n")
    finished(builder, "app/a.py")
    passes(installed)
    library.write("new.py", "y = 1\n").commit("newer")
    builder.git("-c", "protocol.file.allow=always", "pull", "-q", "origin", "HEAD", cwd=builder.root / "vendor/library")
    builder.record(start="2026-11-20T11:00:00Z").claims("app/a.py", "vendor/library").completes()
    passes(installed)


def test_lfs_pointers_with_their_content_checked_out_are_no_change(builder: Builder, installed: Installed) -> None:
    content = b"\x00big binary\xff" * 1000
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{hashlib.sha256(content).hexdigest()}\nsize {len(content)}\n"
    builder.write("model.bin", pointer).write(".gitattributes", "*.bin filter=lfs diff=lfs merge=lfs -text\n").commit("model")
    builder.write("model.bin", content).write("app/a.py", "x = 2\n")
    finished(builder, "app/a.py")
    passes(installed)


def test_work_beside_a_large_file_is_committed_as_authorized(builder: Builder, installed: Installed) -> None:
    content = b"\x00big binary\xff" * 1000
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{hashlib.sha256(content).hexdigest()}\nsize {len(content)}\n"
    builder.write("Forge/Contracts/directive.md", "AEM: enabled\n").write("model.bin", pointer).commit("model")
    builder.write("model.bin", content).write("app/a.py", "x = 2\n")
    finished(builder, "app/a.py")
    passes(installed)
    run = installed.run("authorize", "--yes", "--commit", "work")
    assert run.returncode == 0 and "Outcome: AUTHORIZED (committed)\n" in installed.ledger, run.stdout + run.stderr
    assert builder.git("show", "HEAD:model.bin") + "\n" == pointer
    # A builder whose git cleans the file commits the pointer too.
    builder.write("app/a.py", "x = 3\n").record(start="2026-11-20T11:00:00Z").completes()
    passes(installed)
    assert installed.run("authorize", "--yes").returncode == 0
    builder.git("commit", "-q", "-m", "more", "app/a.py")
    assert installed.run("signoff").returncode == 1 and f"Commit: {builder.head}\n" in installed.ledger


@pytest.mark.parametrize("ignored", [True, False], ids=["evidence that git ignores", "a log that was not added"])
def test_work_that_is_authorized_and_committed_without_its_log_is_not_failed_by_a_daemon_that_comes_later(
    builder: Builder, installed: Installed, ignored: bool
) -> None:
    builder.write("Forge/Contracts/directive.md", "AEM: enabled\n")
    builder.write(".gitignore", "Forge/evidence/\n" if ignored else "").commit("directive")
    builder.write("app/a.py", "x = 2\n")
    finished(builder, "app/a.py")
    passes(installed)
    if ignored:
        assert installed.run("authorize", "--yes", "--commit", "work").returncode == 0
    else:
        assert installed.run("authorize", "--yes").returncode == 0
        builder.git("commit", "-q", "-m", "work", "app/a.py")
    assert "diff_log.md" not in builder.git("ls-files")
    installed.watch()
    assert until(lambda: "audit.repeated" in installed.log), installed.log
    # The tests are run again, for good measure: the work is done all the same.
    builder.record(start="2026-11-20T11:00:00Z")
    assert until(lambda: "difflog.committed" in installed.log), installed.log
    assert installed.outcomes == ["PASS", "SIGNED-OFF (awaiting AUTHORIZED)", "AUTHORIZED (committed)"]
    waited = installed.run("wait", "--timeout", "30")
    assert (waited.returncode, waited.stdout) == (
        0,
        "the work of this diff log is committed: nothing to audit until another cycle begins\n",
    )
    # A further cycle is audited, of course.
    builder.starts(phase="Phase 2 -- More")
    assert until(lambda: "cycle.opened" in installed.log), installed.log
    builder.write("app/a.py", "x = 3\n").record(start="2026-11-20T12:00:00Z").completes(phase="Phase 2 -- More")
    assert until(lambda: installed.outcomes.count("PASS") == 2), installed.log


def test_who_looks_at_an_older_commit_made_no_new_one(builder: Builder, installed: Installed) -> None:
    older = builder.head
    builder.write("app/b.py", "").commit("more")
    installed.watch()
    builder.git("checkout", "-q", older)
    installed.run("signoff")
    builder.git("checkout", "-q", "main")
    builder.write("app/c.py", "").commit("not authorized")
    assert until(lambda: "commit.unaudited" in installed.log), installed.log
    assert older not in installed.log and installed.ledger.count("## Note: unaudited") == 1


def test_a_windows_checkout_with_crlf_everywhere_is_no_rewrite(builder: Builder, installed: Installed) -> None:
    for path in ("app/api/routers/users.py", "tests/test_a.py", "requirements.txt", "Forge/Contracts/physics.yaml"):
        builder.write(path, (builder.root / path).read_bytes().replace(b"\n", b"\r\n"))
    builder.write("app/a.py", "x = 2\r\n").record().claims("app/a.py")
    builder.writes_log(builder.difflog("COMPLETE").replace("\n", "\r\n"))
    passes(installed)


def test_tool_caches_with_an_ignore_file_of_their_own_are_no_change(builder: Builder, installed: Installed) -> None:
    for cache in (".pytest_cache", ".mypy_cache", ".ruff_cache", ".venv"):
        builder.write(f"{cache}/.gitignore", "*\n").write(f"{cache}/v/data", "x")
    builder.write("app/__pycache__/a.cpython-311.pyc", b"\x00").write("app/a.py", "x = 2\n").write(".env", "KEY=1\n")
    finished(builder, "app/a.py")
    passes(installed)


def test_node_modules_may_appear_with_a_claimed_ignore_line(builder: Builder, installed: Installed) -> None:
    builder.write(".gitignore", "dist/\n").write("dist/app.js", "1\n").write("node_modules/left-pad/index.js", "1\n").write(
        "app/a.py", "x = 2\n"
    )
    finished(builder, ".gitignore", "app/a.py")
    passes(installed)


def test_a_stash_or_a_branch_switch_that_comes_back_changes_nothing(builder: Builder, installed: Installed) -> None:
    builder.write("app/a.py", "x = 2\n")
    builder.git("stash", "-q")
    builder.git("checkout", "-q", "-b", "side")
    builder.git("checkout", "-q", "main")
    builder.git("stash", "pop", "-q")
    finished(builder, "app/a.py")
    passes(installed)


def committed_and_adopted(builder: Builder, installed: Installed) -> None:
    """A finished cycle whose commit, evidence and ledger included, the operator took over."""
    builder.write("app/a.py", "x = 2\n")
    finished(builder, "app/a.py")
    passes(installed)
    builder.commit("cycle one")
    assert installed.run("ledger", "adopt", "--yes").returncode == 0


def test_a_stash_beside_a_running_watcher_can_be_popped_although_the_ledger_is_tracked(builder: Builder, installed: Installed) -> None:
    committed_and_adopted(builder, installed)
    installed.watch()
    builder.starts().write("app/a.py", "x = 3\n").record(start="2026-11-20T10:30:00Z").claims("app/a.py").completes(summary="- two")
    assert installed.settles(2), installed.log
    whole = installed.ledger
    builder.git("stash", "-q")
    # The watcher sees the committed diff log and a ledger without its newest entry. It has nothing to record, so it writes nothing.
    assert until(lambda: "difflog.committed" in installed.log), installed.log
    builder.git("stash", "pop", "-q")
    assert installed.ledger == whole
    builder.starts(summary="- three").write("app/b.py", "").record(start="2026-11-20T11:00:00Z").claims("app/a.py", "app/b.py").completes(
        summary="- three"
    )
    assert installed.settles(3), installed.log
    assert installed.outcomes == ["PASS", "PASS", "PASS"]
    assert "W2: PASS" in installed.ledger.rpartition("## Audit Entry:")[2]


def test_a_ledger_that_a_checkout_shortened_is_completed_with_the_next_entry_which_says_so(builder: Builder, installed: Installed) -> None:
    committed_and_adopted(builder, installed)
    builder.starts().write("app/a.py", "x = 3\n").record(start="2026-11-20T10:30:00Z").claims("app/a.py").completes(summary="- two")
    passes(installed)
    whole = installed.ledger
    builder.git("checkout", "-q", "--", "Forge/evidence/audit_ledger.md")
    assert len(installed.ledger) < len(whole)
    builder.write("app/b.py", "").record(start="2026-11-20T11:00:00Z").claims("app/a.py", "app/b.py").completes(summary="- three")
    passes(installed)
    assert installed.ledger.startswith(whole)
    assert "W2: WARN" in installed.ledger[len(whole) :]


def test_a_finished_cycle_below_a_commit_of_evidence_alone_is_not_audited_again(builder: Builder, installed: Installed) -> None:
    committed_and_adopted(builder, installed)
    builder.commit("what the ledger says of the adoption")
    installed.watch()
    assert until(lambda: "difflog.committed" in installed.log), installed.log
    builder.record(start="2026-11-20T11:00:00Z")
    assert until(lambda: installed.log.count("difflog.committed") == 2), installed.log
    assert installed.outcomes == ["PASS"]


def test_a_commit_of_nothing_but_a_new_diff_log_does_not_escape_its_audit(builder: Builder, installed: Installed) -> None:
    committed_and_adopted(builder, installed)
    builder.write("backdoor.py", "").completes(summary="- quietly")
    builder.git("add", "Forge/evidence")
    builder.git("commit", "-q", "-m", "evidence")
    installed.watch()
    assert installed.settles(2), installed.log
    assert installed.outcomes == ["PASS", "FAIL"]
    assert "A101 backdoor.py" in installed.ledger


@pytest.mark.req("S002-10.7-A6")
def test_pulled_commits_fail_until_the_operator_adopts_them(builder: Builder, installed: Installed) -> None:
    assert installed.run("audit", str(builder.root)).returncode == 1
    builder.write("other.py", "y = 1\n").commit("other people's work")
    builder.write("app/a.py", "x = 2\n")
    finished(builder, "app/a.py")
    status, document = installed.audit()
    assert (status, verdicts(document)["A6"], "A602" in codes(document)) == (1, "FAIL", True)
    adopted = installed.run("ledger", "adopt", "--yes", "--reason", "pulled from main")
    assert adopted.returncode == 0, adopted.stderr
    passes(installed)


def test_a_rebase_is_taken_in_by_adopt_as_well(builder: Builder, installed: Installed) -> None:
    assert installed.run("audit", str(builder.root)).returncode == 1
    builder.git("commit", "-q", "--amend", "-m", "rewritten")
    builder.write("app/a.py", "x = 2\n")
    finished(builder, "app/a.py")
    status, document = installed.audit()
    assert (status, "A601" in codes(document)) == (1, True)
    assert installed.run("ledger", "adopt", "--yes").returncode == 0
    passes(installed)


def test_a_fresh_clone_of_a_finished_project_shows_committed_and_audits_nothing(
    builder: Builder, installed: Installed, tmp_path: Path
) -> None:
    builder.write("app/a.py", "x = 2\n")
    finished(builder, "app/a.py")
    builder.commit("finished")
    clone = tmp_path / "clone"
    builder.git("clone", "-q", str(builder.root), str(clone))
    installed.root = clone
    installed.watch(str(clone))
    assert until(lambda: "difflog.committed" in installed.log), installed.log
    Builder(clone).claims("app/a.py").starts()
    Builder(clone).write("app/a.py", "x = 3\n").record().claims("app/a.py").completes(summary="- next")
    assert installed.settles(1), installed.log
    assert installed.entries == 1


@pytest.mark.parametrize(
    "name",
    ["naïve file.py", "日本/語.py", "-rf.py", "a#b.py", "two  spaces.md", "semi;colon.txt", "quote'.txt", "percent%20.txt", "[x].py"],
)
def test_an_odd_but_honest_file_name_passes_when_it_is_claimed(builder: Builder, installed: Installed, name: str) -> None:
    builder.write(name, "x = 1\n")
    finished(builder, name)
    passes(installed)


def test_an_empty_repository_without_a_commit_is_an_ordinary_phase_0(tmp_path: Path) -> None:
    root = tmp_path / "new"
    root.mkdir()
    builder = Builder(root)
    builder.git("init", "-q")
    builder.write("app.py", "x = 1\n").record(head="none").claims("app.py").completes(phase="Phase 0 -- Genesis")
    installed = Installed(root, tmp_path)
    status, document = installed.audit()
    assert status == 0, [finding for result in document["results"] for finding in result["findings"]]


def test_an_absent_diff_log_is_an_ordinary_failure_of_a3(builder: Builder, installed: Installed) -> None:
    status, document = installed.audit()
    assert status == 1
    assert verdicts(document)["A3"] == "FAIL"
    assert document["difflog"]["status"] == "ABSENT"


def test_an_honest_claim_of_nothing_passes_when_nothing_changed(builder: Builder, installed: Installed) -> None:
    finished(builder)
    passes(installed)


def test_a_deleted_and_a_moved_in_file_are_claimed_by_their_paths(builder: Builder, installed: Installed) -> None:
    builder.delete("tests/test_a.py").write("app/b.py", "import json\n\n\ndef b():\n    return json.dumps({})\n")
    finished(builder, "tests/test_a.py", "app/b.py")
    passes(installed)


def test_an_execute_bit_that_changed_is_claimed_like_content(builder: Builder, installed: Installed) -> None:
    os.chmod(builder.root / "app/a.py", 0o755)
    finished(builder, "app/a.py")
    passes(installed)


def test_a_staged_change_counts_like_an_unstaged_one(builder: Builder, installed: Installed) -> None:
    builder.write("app/a.py", "x = 2\n")
    builder.git("add", "app/a.py")
    builder.write("app/b.py", "y = 1\n")
    builder.git("add", "-N", "app/b.py")
    finished(builder, "app/a.py", "app/b.py")
    passes(installed)
