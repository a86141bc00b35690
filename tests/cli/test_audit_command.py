"""`audit`: the contract's script, with its parameters, its exit statuses and its report when nothing can be audited."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from forgewatch.cli.shims import LIMITATION
from tests.cli.conftest import valid
from tests.support.builder import Builder
from tests.support.installed import Installed, codes, verdicts


@pytest.fixture
def honest(builder: Builder) -> Builder:
    """A finished, honest cycle that changed app/a.py."""
    return builder.write("app/a.py", "x = 2\n").record().claims("app/a.py").completes()


def test_an_honest_cycle_passes_with_zero(honest: Builder, installed: Installed) -> None:
    run = installed.run("audit")
    assert run.returncode == 0, run.stdout
    assert run.stdout.startswith("=== AUDIT SCRIPT RESULT ===\n")
    assert "Overall: PASS\n=== END AUDIT SCRIPT RESULT ===\n" in run.stdout
    assert run.stderr == ""


@pytest.mark.req("S002-10.2-6")
def test_a_claim_on_the_command_line_replaces_the_diff_logs(honest: Builder, installed: Installed) -> None:
    honest.write("b.py", "y = 1\n")
    assert installed.audit()[0] == 1
    honest.record(start="2026-11-20T10:05:00Z")
    status, document = installed.audit("--claimed-files", "app/a.py, b.py", "--phase", "Phase 7 -- By hand")
    assert (verdicts(document)["A1"], document["phase"]) == ("PASS", "Phase 7 -- By hand")
    assert status == 0
    assert document["claimed"] == ["app/a.py", "b.py"]


@pytest.mark.req("S002-10.2-6")
def test_an_empty_claim_on_the_command_line_claims_nothing(honest: Builder, installed: Installed) -> None:
    status, document = installed.audit("--claimed-files", "")
    assert (status, verdicts(document)["A1"], document["claimed"]) == (1, "FAIL", [])


@pytest.mark.parametrize("raw", ["../outside.py", "/etc/passwd", "a\nb.py", "C:\\x.py"])
def test_a_claim_that_is_no_path_is_a_finding(honest: Builder, installed: Installed, raw: str) -> None:
    status, document = installed.audit("--claimed-files", f"app/a.py,{raw}")
    assert status == 1
    assert "A103" in codes(document)


@pytest.mark.req("S002-10.7-2")
def test_a_phase_on_the_command_line_goes_with_the_diff_logs_claim(honest: Builder, installed: Installed) -> None:
    status, document = installed.audit("--phase", "Phase 2")
    assert (status, document["phase"], document["claimed"]) == (0, "Phase 2", ["app/a.py"])


def test_every_form_tells_the_same_audit(honest: Builder, installed: Installed) -> None:
    document = valid("audit-v1", installed.run("audit", "--format", "json").stdout)
    assert valid("audit-v1", installed.run("audit", "--json").stdout)["entry"] == document["entry"]
    place = f"Entry: {document['entry']['seq']} {document['entry']['leaf']}"
    assert installed.run("audit", "--format", "text").stdout.endswith(f"{place}\n")
    markdown = installed.run("audit", "--format", "markdown").stdout
    assert markdown.endswith(f"{place}\n")
    assert markdown in installed.ledger


@pytest.mark.req("S002-10.5-4")
def test_the_same_audit_twice_is_one_entry(honest: Builder, installed: Installed) -> None:
    assert installed.audit()[1]["entry"] == installed.audit()[1]["entry"]
    assert installed.entries == 1


def test_a_dry_run_records_no_audit(honest: Builder, installed: Installed) -> None:
    run = installed.run("audit", "--dry-run", "--json")
    assert (run.returncode, valid("audit-v1", run.stdout)["entry"]) == (0, None)
    text = installed.run("audit", "--dry-run").stdout
    assert "Entry: none (not recorded)\ndry run: nothing was recorded\n" in text
    markdown = installed.run("audit", "--dry-run", "--format", "markdown").stdout
    assert "Outcome: PASS" in markdown
    assert "\nEntry:" not in markdown
    assert installed.entries == 0
    assert installed.run("tail").stdout == ""


def test_the_command_line_may_be_stricter_than_the_configuration(honest: Builder, installed: Installed) -> None:
    assert verdicts(installed.audit("--dry-run")[1])["A8"] == "PASS"
    assert "A807" in codes(installed.audit("--dry-run", "--profile", "strict")[1])


def test_the_command_line_is_no_way_to_a_milder_audit(honest: Builder, installed: Installed) -> None:
    config = installed.top / "forgewatch.yaml"
    config.write_text("profile: strict\n")
    run = installed.run("audit", "--profile", "dev", "--config", str(config))
    assert (run.returncode, run.stdout) == (2, "")
    assert "profile dev is milder than the configured strict" in run.stderr
    assert installed.run("audit", "--profile", "strict", "--config", str(config)).returncode == 1


@pytest.mark.req("S002-10.2-7")
@pytest.mark.req("S002-10.7-3")
def test_outside_a_repository_the_contracts_report_is_given(installed: Installed, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    run = installed.run("audit", cwd=outside)
    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr.splitlines() == [
        f"forgewatch: {outside}: expected a git repository, found a directory without .git; STOP: ENVIRONMENT_LIMITATION. {LIMITATION}",
        "  hint: run it inside a repository, or name one; git init makes one",
    ]


@pytest.mark.req("S002-10.2-7")
def test_without_git_the_contracts_report_is_given(honest: Builder, installed: Installed) -> None:
    command = Installed(installed.root, installed.top, extra={"PATH": str(installed.top)})
    run = command.run("audit")
    assert run.returncode == 2
    assert run.stderr.splitlines() == [
        f"forgewatch: expected git in an absolute directory of PATH, found none in {installed.top}; "
        f"STOP: ENVIRONMENT_LIMITATION. {LIMITATION}",
        "  hint: install git, or put its directory on PATH",
    ]


@pytest.mark.req("S002-10.7-3")
def test_an_unreadable_configuration_ends_with_two_and_is_named(honest: Builder, installed: Installed) -> None:
    config = installed.top / "forgewatch.yaml"
    config.write_text("profle: strict\n")
    run = installed.run("audit", "--config", str(config))
    assert (run.returncode, run.stdout) == (2, "")
    assert "unknown key 'profle'" in run.stderr


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_without_a_state_directory_nothing_is_audited(honest: Builder, installed: Installed) -> None:
    command = Installed(installed.root, installed.top, extra={"FORGEWATCH_STATE_DIR": "/proc/state"})
    assert command.run("audit").returncode == 2


def test_the_audit_works_from_a_folder_inside(honest: Builder, installed: Installed) -> None:
    assert installed.run("audit", cwd=installed.root / "app" / "api").returncode == 0


@pytest.mark.req("S002-10.5-1")
def test_an_environment_variable_changes_no_verdict(honest: Builder, installed: Installed) -> None:
    honest.write("backdoor.py", "import os\n")
    hopeful = {f"FORGEWATCH_{name}": "1" for name in ("FORCE", "SKIP", "PROFILE", "PASS", "DRY_RUN", "IGNORE")}
    assert Installed(installed.root, installed.top, extra=hopeful).audit()[0] == 1


def test_the_profile_ci_passes_honest_work_and_does_not_soften_a_strict_configuration(
    builder: Builder, installed: Installed, tmp_path: Path
) -> None:
    builder.starts().record().completes()
    assert installed.audit("--dry-run", "--profile", "ci")[0] == 0
    config = tmp_path / "strict.yaml"
    config.write_text("profile: strict\n")
    assert "A807" in codes(installed.audit("--dry-run", "--profile", "ci", "--config", str(config))[1])
