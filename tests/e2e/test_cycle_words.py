"""What the contract wants said around an audit: switches of the directive, the first cycle, older names, tokens, fix plans, policy."""

from __future__ import annotations

import hashlib
import json
import signal

import pytest

from tests.cli.conftest import valid
from tests.support.builder import Builder
from tests.support.installed import Installed, codes, until, verdicts

SENTENCE = "No prior audit ledger found; this is the first AEM cycle."
DIRECTIVE = "Forge/Contracts/directive.md"


def governed(builder: Builder, directive: str) -> Builder:
    """Commit a directive, so that it is no change of the cycle."""
    return builder.write(DIRECTIVE, directive).commit("directive")


def finish(builder: Builder, text: str, second: int, **parts: str) -> None:
    """Do one cycle that writes `text` into app/a.py."""
    builder.starts(**parts)
    builder.write("app/a.py", text).record(start=f"2026-11-20T10:00:{second:02d}Z").completes(**parts)


@pytest.mark.req("S002-10.1-1")
@pytest.mark.req("S002-10.1-2")
@pytest.mark.parametrize(
    ("directive", "aem"),
    [
        ("# Directive\n\nAEM: enabled\n", True),
        ("# Directive\n\nAEM: disabled\n", False),
        ("```\nAEM: enabled\n```\n", False),
        (None, False),
    ],
)
def test_aem_is_off_unless_the_directive_says_enabled_and_the_audit_runs_either_way(
    builder: Builder, installed: Installed, directive: str | None, aem: bool
) -> None:
    if directive is not None:
        governed(builder, directive)
    builder.write("app/a.py", "x = 2\n").record().claims("app/a.py").completes()
    assert installed.audit()[0] == 0
    status = valid("status-v1", installed.run("status", "--json").stdout)
    assert status["aem"] is aem
    assert f"AEM:             {'on' if aem else 'off'}" in installed.run("status").stdout
    assert ("Directive: AEM enabled, Auto-authorize off\n" in installed.ledger) is aem
    # Every entry is bound to the directive that was in force.
    recorded = [json.loads(line)["e"] for line in next((installed.top / "state").glob("*/journal.jsonl")).read_bytes().splitlines()]
    held = {event["report"]["directive"] for event in recorded if event["is"] == "AuditRecorded"}
    assert held == {None if directive is None else f"sha256:{hashlib.sha256(directive.encode()).hexdigest()}"}


@pytest.mark.req("S002-10.1-4")
def test_the_first_cycle_under_aem_is_said_at_the_start_and_only_then(builder: Builder, installed: Installed) -> None:
    governed(builder, "AEM: enabled\n").claims("app/a.py")
    daemon = installed.watch()
    assert until(lambda: SENTENCE in installed.log), installed.log
    finish(builder, "x = 2\n", 1)
    assert installed.settles(1)
    daemon.send_signal(signal.SIGTERM)
    assert daemon.wait(60) == 0
    installed.watch()
    finish(builder, "x = 3\n", 2)
    assert installed.settles(2)
    assert installed.log.count(SENTENCE) == 1


def test_without_aem_the_first_cycle_is_nothing_special(builder: Builder, installed: Installed) -> None:
    installed.watch()
    builder.claims("app/a.py")
    finish(builder, "x = 2\n", 1)
    assert installed.settles(1)
    assert SENTENCE not in installed.log


def test_a_ledger_that_came_with_the_repository_is_no_first_cycle(builder: Builder, installed: Installed) -> None:
    governed(builder, "AEM: enabled\n").write("Forge/evidence/audit_ledger.md", "# Audit Ledger\n\nolder entries\n").commit("older")
    installed.watch()
    builder.claims("app/a.py")
    finish(builder, "x = 2\n", 1)
    assert installed.settles(1)
    assert SENTENCE not in installed.log


@pytest.mark.req("S002-11-1")
def test_a_diff_log_under_its_older_name_is_warned_of_and_not_audited(builder: Builder, installed: Installed) -> None:
    installed.watch()
    builder.write("app/a.py", "x = 2\n").record().claims("app/a.py")
    builder.write("Forge/evidence/updatedifflog.md", builder.difflog("COMPLETE"))
    installed.daemons[0].send_signal(signal.SIGHUP)
    assert until(lambda: "difflog.misnamed" in installed.log), installed.log
    assert installed.entries == 0
    builder.completes()
    assert installed.settles(1)
    assert installed.outcomes == ["PASS"], installed.ledger
    assert "Not read: Forge/evidence/updatedifflog.md is an older name; the diff log is Forge/evidence/diff_log.md\n" in installed.ledger
    assert installed.log.count("difflog.misnamed") == 1
    assert installed.entries == 1


@pytest.mark.req("S002-10.3-2")
@pytest.mark.req("S002-10.3-3")
def test_the_builders_fix_plan_is_recorded_by_the_next_entry(builder: Builder, installed: Installed) -> None:
    installed.watch()
    builder.write("b.py", "y = 1\n").claims("app/a.py")
    finish(builder, "x = 2\n", 1)
    assert installed.settles(1)
    assert "### Fix Plan\n- A1: claim or remove b.py\n" in installed.ledger
    plan = "\n\n## Fix Plan\n- A1: claim b.py\n- A9: declare requests\n"
    builder.starts()
    builder.claims("app/a.py").record(start="2026-11-20T10:00:05Z").writes_log(builder.difflog("COMPLETE", extra=plan))
    assert installed.settles(2)
    again = installed.ledger.split("## Audit Entry:")[2]
    assert "- stated by the builder: A1: claim b.py\n- stated by the builder: A9: declare requests\n" in again
    assert "Fix plan names A9: it did not fail in entry " in again
    builder.starts()
    builder.claims("app/a.py", "b.py").record(start="2026-11-20T10:00:06Z").writes_log(builder.difflog("COMPLETE", extra=plan))
    assert installed.settles(3)
    passed = installed.ledger.split("## Audit Entry:")[3]
    assert "Outcome: PASS" in passed
    assert "### Fix Plan" not in passed
    assert "Fix plan applied: A1: claim b.py\n" in passed


@pytest.mark.req("S002-12-5")
def test_a_token_that_was_answered_stands_in_the_notes_of_the_next_entry(builder: Builder, installed: Installed) -> None:
    installed.watch()
    builder.write(".ai-stack-trace/t1/contract/APPROVED", f"APPROVED:t1:{builder.head}\n")
    assert until(lambda: "approval.accepted" in installed.log), installed.log
    builder.claims("app/a.py")
    finish(builder, "x = 2\n", 1)
    assert installed.settles(1)
    assert "Tokens in this cycle: .ai-stack-trace/t1/contract/APPROVED accepted (entry " in installed.ledger
    finish(builder, "x = 3\n", 2)
    assert installed.settles(2)
    assert installed.ledger.count("Tokens in this cycle") == 1


@pytest.mark.req("S002-10.5-2")
def test_policy_that_changed_in_the_cycle_is_named_in_the_notes(builder: Builder, installed: Installed) -> None:
    rules = json.loads((builder.root / "Forge/Contracts/boundaries.json").read_text())
    rules["layers"][0]["forbidden"] = [{"pattern": "never_written", "reason": "none"}]
    builder.write("Forge/Contracts/boundaries.json", json.dumps(rules)).write(".gitignore", "out/\n").write("out/x", "")
    builder.write("app/a.py", "x = 2\n").record().claims("app/a.py", ".gitignore", "Forge/Contracts/boundaries.json").completes()
    installed.audit()
    assert "Policy changed since BASE: Forge/Contracts/boundaries.json; judged by both versions\n" in installed.ledger
    assert "Policy changed since BASE: .gitignore; judged by both versions\n" in installed.ledger
    assert "Newly ignored in this cycle: out (1)\n" in installed.ledger or "Newly ignored in this cycle: out/ (1)\n" in installed.ledger


@pytest.mark.req("S002-9.8-3")
def test_a_boot_script_is_neutral_only_by_the_directive_and_the_entry_says_so(builder: Builder, installed: Installed) -> None:
    builder.write("boot.sh", "#!/bin/sh\n").write("app/a.py", "x = 2\n").record().claims("app/a.py").completes()
    assert verdicts(installed.audit()[1])["A1"] == "FAIL"
    builder.delete("boot.sh").write("app/a.py", "x = 1\n")
    governed(builder, "boot_script: true\n")
    assert installed.run("ledger", "adopt", "--yes").returncode == 0
    builder.write("boot.sh", "#!/bin/sh\n").write("app/a.py", "x = 3\n").record(start="2026-11-20T10:00:05Z").completes()
    status, document = installed.audit()
    assert status == 0, codes(document)
    assert "Directive: boot_script: true; boot.ps1, boot.sh and boot.bat are neutral\n" in installed.ledger


@pytest.mark.req("S002-10.2-2")
def test_a_complete_log_without_its_sections_is_audited_and_fails_by_name(builder: Builder, installed: Installed) -> None:
    installed.watch()
    builder.write("app/a.py", "x = 2\n").record()
    builder.writes_log("# Diff Log\n\n## Cycle Status\n- Status: COMPLETE\n\n## Summary\n- Phase 1 -- Things\n")
    assert installed.settles(1), installed.log
    document = json.loads(installed.run("tail", "--json").stdout)
    assert {code for code, verdict in verdicts(document).items() if verdict == "FAIL"} == {"A1", "A5", "A7"}
    assert codes(document) >= {"A107", "A700", "A503"}


@pytest.mark.req("S002-8-1")
def test_a_closed_gate_says_exactly_one_stop_and_the_others_behind_it(builder: Builder, installed: Installed) -> None:
    builder.write("backdoor.py", "import requests\n").record(line1="Status: FAIL").claims("app/a.py").completes()
    run = installed.run("audit")
    assert run.returncode == 1
    for text in (run.stdout, installed.ledger):
        assert [line for line in text.splitlines() if line.startswith("STOP: ")] == ["STOP: CONTRACT_CONFLICT"], text
    assert "Also: EVIDENCE_MISSING\n" in installed.ledger
