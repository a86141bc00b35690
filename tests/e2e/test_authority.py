"""Authority that cannot be forged: tokens, halts, commits nobody authorized, the operator's words; as processes, over a real repository."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.builder import Builder
from tests.support.installed import Installed, codes, until, verdicts

DIRECTIVE = "Forge/Contracts/directive.md"
TOKEN = "Forge/evidence/AUTHORIZED"
PHASE = "Phase 1 -- Things"


def signed_off(builder: Builder, installed: Installed, directive: str = "AEM: enabled\n", *, watched: bool = False) -> dict[str, object]:
    """Do one cycle under AEM that passes and is signed off, with or without a daemon; return the entry of its PASS."""
    builder.write(DIRECTIVE, directive).commit("directive")
    if watched:
        installed.watch()
    builder.claims("app/a.py").starts()
    builder.write("app/a.py", "x = 2\n").record().completes()
    status, document = installed.audit()
    assert status == 0, document
    assert "Outcome: SIGNED-OFF (awaiting AUTHORIZED)\n" in installed.ledger
    entry: dict[str, object] = document["entry"]
    return entry


def token(entry: dict[str, object], kind: str = "AUTHORIZED", subject: str = "phase-1-things") -> str:
    return f"{kind}:{subject}:{str(entry['leaf']).removeprefix('sha256:')}\n"


def notes(installed: Installed, title: str) -> int:
    return installed.ledger.count(f"## Note: {title}")


@pytest.mark.req("S002-10.4-7")
def test_a_token_file_lets_exactly_its_tree_be_committed_once(builder: Builder, installed: Installed) -> None:
    entry = signed_off(builder, installed, watched=True)
    builder.write(TOKEN, token(entry))
    assert until(lambda: notes(installed, "authorization granted — AUTHORIZED for phase-1-things") == 1), installed.log
    assert "Assurance: unauthenticated (T0)\n" in installed.ledger
    builder.git("add", "app/a.py")
    builder.git("commit", "-q", "-m", "things")
    assert until(lambda: "Outcome: AUTHORIZED (committed)\n" in installed.ledger), installed.log
    assert f"Commit: {builder.head}\n" in installed.ledger
    # The same token is no word about what comes next.
    builder.write("app/a.py", "x = 3\n").commit("more")
    assert until(lambda: "commit.unaudited" in installed.log), installed.log
    assert installed.ledger.count("Outcome: AUTHORIZED (committed)\n") == 1


@pytest.mark.req("S002-12-3")
@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("OVERWRITE:phase-1-things:{leaf}\n", "form"),
        ("APPROVED:phase-1-things:{leaf}\n", "form"),
        ("RELEASE:v1:{leaf}\n", "form"),
        ("AUTHORIZED:phase-2:{leaf}\n", "phase"),
        ("AUTHORIZED:phase-1-things:{other}\n", "entry"),
        ("AUTHORIZED::{leaf}\n", "form"),
        ("AUTHORIZED\n", "form"),
        ("AUTHORIZED:phase-1-things:{leaf}\nAUTHORIZED:phase-1-things:{leaf}\n", "lines"),
        ('{{"schema":"forgewatch/signed-request/v1"}}', "form"),
    ],
)
def test_no_other_token_authorizes_anything(builder: Builder, installed: Installed, text: str, field: str) -> None:
    entry = signed_off(builder, installed, watched=True)
    leaf = str(entry["leaf"]).removeprefix("sha256:")
    builder.write(TOKEN, text.format(leaf=leaf, other="0" * 64))
    assert until(lambda: f"Field: {field}\n" in installed.ledger), installed.ledger
    builder.commit("things")
    assert until(lambda: "commit.unaudited" in installed.log), installed.log
    assert "authorization granted" not in installed.ledger and "AUTHORIZED (committed)" not in installed.ledger


@pytest.mark.req("S002-10.4-6")
def test_a_file_touched_after_the_sign_off_is_refused_recorded_and_nothing_is_committed(builder: Builder, installed: Installed) -> None:
    signed_off(builder, installed)
    before = builder.head
    builder.write("app/b.py", "y = 1\n")
    run = installed.run("authorize", "--yes", "--commit", "things")
    assert run.returncode == 1
    assert "tree: expected sha256:" in run.stdout and "?? app/b.py" in run.stdout
    assert notes(installed, "authority refused — AUTHORIZED for phase-1-things") == 1
    assert builder.head == before
    # Put back as it was audited, it may be authorized.
    builder.delete("app/b.py")
    assert installed.run("authorize", "--yes", "--commit", "things").returncode == 0
    assert builder.head != before


@pytest.mark.req("S002-10.4-6")
def test_a_file_touched_after_the_sign_off_is_told_by_the_daemon_before_anybody_asks(builder: Builder, installed: Installed) -> None:
    builder.write(DIRECTIVE, "AEM: enabled\n").commit("directive")
    configuration = installed.top / "forgewatch.yaml"
    configuration.write_text(f"repositories: [{builder.root}]\nwatch: {{sweep_seconds: 5}}\n")
    installed.watch("--config", str(configuration))
    builder.claims("app/a.py").starts()
    builder.write("app/a.py", "x = 2\n").record().completes()
    assert until(lambda: "signoff.recorded" in installed.log), installed.log
    builder.write("app/b.py", "y = 1\n")
    # A look that was dear, on a busy machine, is followed by a long rest.
    assert until(lambda: "halt.broken" in installed.log, 90), installed.log
    assert notes(installed, "halt broken — file change") == 1
    assert "Detail: app/b.py; expected sha256:" in installed.ledger
    # Put back as it was audited, it may be authorized.
    builder.delete("app/b.py")
    assert installed.run("authorize", "--yes", "--commit", "things", "--config", str(configuration)).returncode == 0


@pytest.mark.req("S002-12-4")
def test_another_diff_log_makes_the_word_stale(builder: Builder, installed: Installed) -> None:
    signed_off(builder, installed)
    builder.writes_log(builder.difflog("COMPLETE", summary="- did something else"))
    run = installed.run("authorize", "--yes")
    assert run.returncode == 1 and "diff log: expected sha256:" in run.stdout


@pytest.mark.req("S002-10.4-6")
def test_a_commit_while_halted_is_recorded_and_no_audit_passes_until_the_operator_speaks(builder: Builder, installed: Installed) -> None:
    signed_off(builder, installed, watched=True)
    builder.commit("not waited")
    assert until(lambda: "commit.unaudited" in installed.log), installed.log
    assert "Halted: entry " in installed.ledger and "and nobody authorized it" in installed.ledger
    builder.claims("app/a.py").starts()
    builder.write("app/a.py", "x = 3\n").record(start="2026-11-20T11:00:00Z").completes()
    status, document = installed.audit()
    assert (status, verdicts(document)["A6"]) == (1, "FAIL")


def test_a_commit_made_too_early_is_authorized_by_a_word_that_comes_later(builder: Builder, installed: Installed) -> None:
    signed_off(builder, installed, watched=True)
    builder.commit("too early")
    assert until(lambda: "commit.unaudited" in installed.log), installed.log
    run = installed.run("authorize", "--yes", "--actor", "olga")
    assert run.returncode == 0, run.stdout
    assert f"committed as {builder.head}" in run.stdout
    assert f"Commit: {builder.head}\n" in installed.ledger
    builder.starts()
    builder.claims("app/a.py").write("app/a.py", "x = 3\n").record(start="2026-11-20T11:00:00Z").completes()
    status, document = installed.audit()
    assert (status, verdicts(document)["A6"]) == (0, "PASS"), document


def test_a_daemon_that_comes_late_does_not_fail_what_a_command_has_passed(builder: Builder, installed: Installed) -> None:
    signed_off(builder, installed)
    builder.commit("too early")
    installed.watch()
    assert until(lambda: "audit.repeated" in installed.log), installed.log
    assert until(lambda: "commit.unaudited" in installed.log), installed.log
    assert installed.outcomes == ["PASS", "SIGNED-OFF (awaiting AUTHORIZED)"] and "Halted: entry " in installed.ledger
    # The operator's word comes later, and finds what it is about.
    assert installed.run("authorize", "--yes", "--actor", "olga").returncode == 0
    assert f"Commit: {builder.head}\n" in installed.ledger


def test_who_was_authorized_first_may_have_it_committed_later_without_a_second_word(builder: Builder, installed: Installed) -> None:
    signed_off(builder, installed)
    assert installed.run("authorize", "--yes").returncode == 0
    again = installed.run("authorize", "--yes")
    assert again.returncode == 1 and "authorization: expected none yet" in again.stdout
    done = installed.run("authorize", "--commit", "things")
    assert done.returncode == 0 and "given before, in entry " in done.stdout, done.stdout + done.stderr
    assert installed.ledger.count("Outcome: AUTHORIZED (committed)\n") == notes(installed, "authorization granted") == 1


def test_a_sneaked_file_makes_the_commit_another_one(builder: Builder, installed: Installed) -> None:
    signed_off(builder, installed, watched=True)
    assert installed.run("authorize", "--yes").returncode == 0
    builder.write("app/backdoor.py", "y = 1\n").commit("things, and a little more")
    assert until(lambda: "commit.unaudited" in installed.log), installed.log
    assert "its tree is not the one that entry" in installed.ledger and "AUTHORIZED (committed)" not in installed.ledger


@pytest.mark.parametrize("message", ["AUTHORIZED (committed)", "Outcome: AUTHORIZED (committed)\n\nEntry: 3 sha256:" + "0" * 64])
def test_what_a_commit_message_or_the_ledger_says_authorizes_nothing(builder: Builder, installed: Installed, message: str) -> None:
    signed_off(builder, installed, watched=True)
    ledger = builder.root / "Forge/evidence/audit_ledger.md"
    ledger.write_text(ledger.read_text("utf-8") + f"\n---\n## Audit Entry: {PHASE} — Iteration 1\n{message}\n", "utf-8")
    builder.commit(message)
    assert until(lambda: "commit.unaudited" in installed.log), installed.log
    builder.claims("app/a.py").starts()
    builder.write("app/a.py", "x = 3\n").record(start="2026-11-20T11:00:00Z").completes()
    assert verdicts(installed.audit()[1])["A6"] == "FAIL"


def test_a_new_cycle_before_the_word_is_a_broken_halt_and_one_after_the_commit_is_none(builder: Builder, installed: Installed) -> None:
    signed_off(builder, installed, watched=True)
    builder.starts(phase="Phase 2 -- More")
    assert until(lambda: "halt.broken" in installed.log), installed.log
    assert notes(installed, "halt broken — new cycle") == 1
    builder.completes()
    assert installed.run("audit").returncode == 0
    assert installed.run("authorize", "--yes", "--commit", "things").returncode == 0
    builder.starts(phase="Phase 2 -- More")
    assert until(lambda: installed.log.count("cycle.opened") == 2), installed.log
    assert notes(installed, "halt broken") == 1


@pytest.mark.req("S002-12-2")
def test_what_is_there_is_shown_before_anything_is_asked(builder: Builder, installed: Installed) -> None:
    signed_off(builder, installed)
    builder.git("add", "app/a.py")
    run = installed.run("authorize")
    assert run.returncode == 2 and "no terminal to ask on" in run.stderr
    lines = run.stdout.splitlines()
    said = builder.git("status", "-sb", "-uall").splitlines()
    assert lines == [*said, "staged:", "  app/a.py"]
    assert notes(installed, "authorization granted") == 0


@pytest.mark.req("S002-10.2-1")
def test_there_is_no_sign_off_without_an_audit_that_passed(builder: Builder, installed: Installed) -> None:
    run = installed.run("signoff")
    assert run.returncode == 1 and "entry: expected an audit that passed" in run.stdout and "=== PHASE SIGN-OFF" not in run.stdout
    builder.claims("invented.py").write("app/a.py", "x = 2\n").record().completes()
    assert installed.audit()[0] == 1
    again = installed.run("signoff", "--json")
    assert again.returncode == 1
    assert json.loads(again.stdout)["refused"]["field"] == "outcome"
    # Who asks again and again gets the same answer, and fills no ledger.
    assert json.loads(installed.run("signoff", "--json").stdout) == json.loads(again.stdout)


@pytest.mark.req("S002-10.4-2")
def test_the_block_names_what_git_says_was_changed(builder: Builder, installed: Installed) -> None:
    signed_off(builder, installed)
    lines = installed.run("signoff").stdout.splitlines()
    assert lines[0] == "=== PHASE SIGN-OFF: PASS ===" and lines[-1] == "=== END PHASE SIGN-OFF ==="
    assert "Files changed:       app/a.py" in lines
    assert "  - Tests:     PASS" in lines
    assert 'ACTION REQUIRED: HALT. Awaiting user token "AUTHORIZED" before commit/push.' in lines


AUTO = "AEM: enabled\nAuto-authorize: enabled\n"


@pytest.mark.req("S002-10.4-8")
def test_auto_authorize_lets_a_passed_tree_go_and_no_failed_one(builder: Builder, installed: Installed) -> None:
    signed_off(builder, installed, AUTO, watched=True)
    # The builder commits by itself, as the contract says: the daemon finds the audited tree.
    builder.commit("Phase 1 -- Things")
    assert until(lambda: "Outcome: AUTO-AUTHORIZED (committed)\n" in installed.ledger), installed.log
    builder.claims("app/a.py").starts(phase="Phase 2")
    builder.write("app/a.py", "x = 3\n").write("stray.py", "").record(start="2026-11-20T11:00:00Z").completes(phase="Phase 2")
    assert installed.audit()[0] == 1
    assert installed.run("signoff", "--auto").returncode == 1
    builder.commit("Phase 2")
    assert until(lambda: "commit.unaudited" in installed.log), installed.log
    assert installed.ledger.count("Outcome: AUTO-AUTHORIZED (committed)\n") == 1


def test_a_directive_cannot_authorize_the_cycle_that_wrote_it(builder: Builder, installed: Installed) -> None:
    builder.write(DIRECTIVE, "AEM: enabled\n").commit("directive")
    builder.claims("app/a.py", DIRECTIVE).starts()
    builder.write(DIRECTIVE, AUTO).write("app/a.py", "x = 2\n").record().completes()
    status, document = installed.audit()
    assert status == 0, document
    run = installed.run("signoff", "--auto")
    assert run.returncode == 1 and "directive: expected Auto-authorize: enabled in the last authorized commit too" in run.stdout
    builder.commit("alone")
    assert installed.run("audit").returncode in (0, 1)
    assert "AUTO-AUTHORIZED (committed)" not in installed.ledger


@pytest.mark.req("S002-10.4-4")
def test_auto_commits_pushes_where_the_operator_says_so_and_tells_a_push_that_failed(
    builder: Builder, installed: Installed, tmp_path: Path
) -> None:
    remote = tmp_path / "remote.git"
    builder.git("init", "-q", "--bare", str(remote), cwd=tmp_path)
    config = tmp_path / "forgewatch.yaml"
    config.write_text(f"repositories:\n  - path: {builder.root}\n    push: file://{remote}\n")
    builder.write("Forge/Contracts/phases.md", "## Phase 0 -- Ground\n\n## Phase 1 -- Things\n")
    signed_off(builder, installed, AUTO)
    run = installed.run("signoff", "--auto", "--config", str(config))
    assert run.returncode == 0, run.stdout + run.stderr
    assert "All phases complete." in run.stdout.splitlines()
    branch = builder.git("rev-parse", "--abbrev-ref", "HEAD")
    assert builder.git("rev-parse", branch, cwd=remote) == builder.head
    assert builder.git("log", "-1", "--format=%s") == PHASE
    assert notes(installed, "commit pushed") == 1
    # A remote that refuses: committed and recorded all the same, and the exit status says that it is not there.
    builder.git("config", "receive.denyCurrentBranch", "refuse", cwd=remote)
    (remote / "hooks/pre-receive").write_text("#!/bin/sh\necho closed for today >&2\nexit 1\n")
    (remote / "hooks/pre-receive").chmod(0o755)
    builder.claims("app/a.py").starts()
    builder.write("app/a.py", "x = 3\n").record(start="2026-11-20T11:00:00Z").completes()
    assert installed.audit()[0] == 0
    again = installed.run("signoff", "--auto", "--config", str(config))
    assert again.returncode == 1 and "not pushed" in again.stdout, again.stdout + again.stderr
    assert notes(installed, "commit could not be pushed") == 1
    assert installed.ledger.count("Outcome: AUTO-AUTHORIZED (committed)\n") == 2


def test_a_cycle_that_brings_its_own_ignore_rules_is_signed_off_and_its_ignored_files_stay_out_of_the_commit(
    builder: Builder, installed: Installed
) -> None:
    builder.write(DIRECTIVE, "AEM: enabled\n").commit("directive")
    builder.claims("app/a.py", ".gitignore").starts()
    builder.write("app/a.py", "x = 2\n").write(".gitignore", "*.db\n").write("local.db", "junk").record().completes()
    status, document = installed.audit()
    assert status == 0, document
    signed = installed.run("signoff")
    assert signed.returncode == 0 and signed.stdout.startswith("=== PHASE SIGN-OFF: PASS ==="), signed.stdout + signed.stderr
    # Both papers are the audited ones, and are quoted.
    assert "\n  - Static:    PASS compileall\n" in signed.stdout and "not the audited" not in signed.stdout
    # The test record is neutral and may be rewritten: its numbers are then no part of what a human is shown.
    builder.record(body="9999 passed in 1s\npytest exit: 0\n")
    assert "the test record is not the audited one" in installed.run("signoff").stdout
    run = installed.run("authorize", "--yes", "--commit", "things")
    assert run.returncode == 0, run.stdout + run.stderr
    assert "Outcome: AUTHORIZED (committed)\n" in installed.ledger
    assert {".gitignore", "app/a.py"} <= set(builder.git("show", "--name-only", "--format=").split())
    assert "local.db" not in builder.git("ls-tree", "-r", "--name-only", "HEAD").split()


def test_the_first_commit_of_a_repository_does_not_authorize_itself_by_a_directive_of_its_own(
    builder: Builder, installed: Installed
) -> None:
    builder.git("update-ref", "-d", "HEAD")
    builder.git("rm", "-r", "-q", "--cached", ".")
    builder.write(DIRECTIVE, "AEM: enabled\nAuto-authorize: enabled\n")
    builder.claims(*builder.git("ls-files", "--others").split("\n")).starts()
    builder.record(head="none").completes()
    status, document = installed.audit()
    assert status == 0, verdicts(document)
    builder.commit("first")
    refused = installed.run("signoff", "--auto")
    assert refused.returncode == 1, refused.stdout + refused.stderr
    assert "AUTHORIZED (committed)" not in installed.ledger and notes(installed, "unaudited") == 1
    # A person may say so, also of what was committed too early.
    assert installed.run("authorize", "--yes").returncode == 0
    assert "Outcome: AUTHORIZED (committed)\n" in installed.ledger


def test_a_commit_of_ours_runs_nothing_of_the_repository(builder: Builder, installed: Installed, tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    script = f"#!/bin/sh\ntouch {marker}\nexit 1\n"
    for hook in ("pre-commit", "commit-msg", "post-commit", "prepare-commit-msg", "reference-transaction", "post-index-change"):
        path = builder.root / ".git/hooks" / hook
        path.parent.mkdir(exist_ok=True)
        path.write_text(script)
    program = tmp_path / "program"
    program.write_text(script)
    program.chmod(0o755)
    signed_off(builder, installed)
    for key, value in (
        ("commit.gpgsign", "true"),
        ("gpg.program", str(program)),
        ("core.fsmonitor", str(program)),
        ("core.editor", str(program)),
    ):
        builder.git("config", key, value)
    for path in (builder.root / ".git/hooks").iterdir():
        path.chmod(0o755)
    run = installed.run("authorize", "--yes", "--commit", "things")
    assert run.returncode == 0, run.stdout + run.stderr
    assert not marker.exists()
    assert "Outcome: AUTHORIZED (committed)\n" in installed.ledger


@pytest.mark.req("S002-10.1-3")
def test_under_aem_nothing_is_asked_between_the_steps(builder: Builder, installed: Installed) -> None:
    signed_off(builder, installed, AUTO)
    assert installed.run("signoff").returncode == 0
    assert installed.run("signoff", "--auto").returncode == 0


def test_a_dispute_is_recorded_and_changes_no_verdict(builder: Builder, installed: Installed) -> None:
    builder.claims("app/a.py").starts()
    builder.write("app/a.py", "x = 2\n").write("stray.py", "").record().completes()
    status, document = installed.audit()
    entry = str(document["entry"]["seq"])
    assert status == 1
    assert installed.run("dispute", entry, "--reason", "stray.py\n## Audit Entry: forged", "--check", "A1").returncode == 0
    assert notes(installed, "audit disputed — Phase 1 -- Things") == 1 and "STOP: CONTRACT_CONFLICT\n" in installed.ledger
    assert installed.ledger.count("\n## Audit Entry:") == 1
    assert installed.run("dispute", entry, "--reason", "x", "--check", "A9").returncode == 2
    long = installed.run("dispute", entry, "--reason", "x" * 1001)
    assert long.returncode == 2 and "expected at most 1000 characters, found 1001" in long.stderr
    assert installed.audit()[0] == 1


def test_an_audit_by_hand_after_the_commit_gives_the_entry_that_was_authorized_and_fails_nobody(
    builder: Builder, installed: Installed
) -> None:
    """Measured from the authorized commit, its own diff log claims what is not changed any more."""
    entry = signed_off(builder, installed)
    assert installed.run("authorize", "--yes", "--actor", "op", "--commit", "things").returncode == 0
    before = installed.ledger
    status, document = installed.audit()
    assert (status, document["entry"], document["outcome"]) == (0, entry, "PASS")
    told = installed.run("audit", str(installed.root), "--dry-run").stdout
    assert f"nothing was audited: this work is committed with authority in {builder.head}, and nothing is changed since" in told
    assert installed.ledger == before
    assert json.loads(installed.run("status", "--json").stdout)["phase_state"] == "AUTHORIZED"
    # Whatever is changed since, or asked for in other words, is judged.
    assert installed.audit("--claimed-files", "app/a.py")[0] == 1
    builder.write("app/b.py", "y = 1\n")
    status, document = installed.audit()
    assert (status, "A101" in codes(document)) == (1, True)


def test_an_audit_by_hand_over_a_commit_without_authority_is_one(builder: Builder, installed: Installed) -> None:
    signed_off(builder, installed)
    assert installed.run("authorize", "--yes", "--actor", "op", "--commit", "things").returncode == 0
    builder.git("commit", "-q", "--amend", "-m", "another")
    status, document = installed.audit()
    assert (status, verdicts(document)["A6"]) == (1, "FAIL")
