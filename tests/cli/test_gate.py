"""`gate read` and `gate evidence`: what they print, record and exit with (contract §1, §2, §10.1)."""

from __future__ import annotations

import os
import re

import pytest

from forgewatch.cli.ledger_summary import NONE_YET
from forgewatch.core.canonical import digest_of_bytes
from forgewatch.core.evidence_bundle import TEMPLATE
from tests.cli.conftest import valid
from tests.support.builder import Builder
from tests.support.installed import Installed

CONTRACTS = ("blueprint.md", "manifesto.md", "stack.md", "schema.md", "physics.yaml", "boundaries.json", "ui.md", "directive.md")
BUNDLE = """\
# Evidence bundle

## Repo tree
app/a.py

## Files to be edited
- app/a.py

## Current behavior + expected behavior
It answers 500. It has to answer 404.

## Logs/errors
None, no runtime issue

## Minimal diff plan
1. catch the missing row

## Verification steps + results
- pytest: 3 passed
"""


@pytest.fixture
def contracts(builder: Builder) -> Builder:
    """A repository with every contract and a diff log, all committed."""
    for name in ("blueprint.md", "manifesto.md", "schema.md", "ui.md"):
        builder.write(f"Forge/Contracts/{name}", f"# {name}\n")
    builder.write("Forge/Contracts/stack.md", "## Frontend\n- **Enabled:** Yes\n")
    builder.write("Forge/Contracts/directive.md", "Build it.\n").starts(phase="Phase 1 -- Things")
    return builder.commit("contracts")


@pytest.mark.req("S002-1-1")
@pytest.mark.req("S002-1-4")
def test_an_open_gate_shows_the_ten_items_in_order_with_their_digests(contracts: Builder, installed: Installed) -> None:
    run = installed.run("gate", "read")
    lines = run.stdout.splitlines()
    assert (run.returncode, run.stderr) == (0, "")
    assert lines[:2] == [f"read gate of {contracts.root}: open", "phase: Phase 1 -- Things (by the diff log)"]
    for number, (name, line) in enumerate(zip((*CONTRACTS,), lines[2:10], strict=True), 1):
        path = f"Forge/Contracts/{name}"
        digest = digest_of_bytes((contracts.root / path).read_bytes())
        assert line.split() == [str(number), "present", path, digest]
    assert lines[11].split(None, 3) == ["10", "n.a.", "Forge/evidence/audit_ledger.md", "No audit ledger found"]
    assert lines[12:] == ["ui.md is needed: stack.md says that the frontend is enabled", "No audit ledger found"]
    # Looking makes nothing.
    assert not (installed.top / "state").exists()


def test_a_template_that_nobody_filled_in_is_noted_and_the_gate_stays_open(contracts: Builder, installed: Installed) -> None:
    contracts.write("Forge/Contracts/manifesto.md", "# M\n\n- One line per principle, in plain words.\n")
    run = installed.run("gate", "read")
    noted = "is not filled in: line 3 is the template's 'One line per principle, in plain words.'"
    assert (run.returncode, run.stdout.splitlines()[-1]) == (0, f"note: Forge/Contracts/manifesto.md {noted}")
    document = valid("gate-read-v1", installed.run("gate", "read", "--json").stdout)
    assert [(note["code"], note["message"]) for note in document["results"][0]["notes"]] == [("R103", noted)]


@pytest.mark.req("S002-10.1-4")
def test_under_aem_the_first_cycle_is_told_in_the_contracts_words(contracts: Builder, installed: Installed) -> None:
    contracts.write("Forge/Contracts/directive.md", "AEM: enabled\n")
    assert installed.run("gate", "read").stdout.splitlines()[-1] == NONE_YET
    assert valid("gate-read-v1", installed.run("gate", "read", "--json").stdout)["ledger"]["note"] == NONE_YET


@pytest.mark.req("S002-1-2")
def test_a_shut_gate_names_each_file_and_why_as_text_and_as_json(contracts: Builder, installed: Installed) -> None:
    contracts.delete("Forge/Contracts/schema.md").delete("Forge/Contracts/ui.md").delete("Forge/Contracts/blueprint.md")
    os.mkfifo(contracts.root / "Forge/Contracts/blueprint.md")
    (contracts.root / "Forge/Contracts/ui.md").symlink_to("/etc/passwd")
    run = installed.run("gate", "read", "--ack")
    assert run.returncode == 1
    assert run.stdout.splitlines()[-5:] == [
        "not recorded as read: what is missing cannot have been read",
        "STOP: EVIDENCE_MISSING",
        "  R102 Forge/Contracts/blueprint.md: is a FIFO",
        "  R101 Forge/Contracts/schema.md: is missing",
        "  R102 Forge/Contracts/ui.md: is a symlink",
    ]
    assert "root:" not in run.stdout
    told = valid("gate-read-v1", installed.run("gate", "read", "--json").stdout)
    assert (told["passed"], told["stop"], told["entry"]) == (False, "EVIDENCE_MISSING", None)
    assert [item["state"] for item in told["items"]] == [
        *("unreadable", "present", "present", "missing", "present", "present", "unreadable", "present", "present", "n.a."),
    ]


@pytest.mark.req("S002-1-7")
@pytest.mark.req("S002-9.6-3")
def test_phase_0_needs_no_evidence_yet_and_notes_tables_without_a_phase(contracts: Builder, installed: Installed) -> None:
    contracts.delete("Forge/evidence/diff_log.md").write("Forge/Contracts/schema.md", "CREATE TABLE trades (id int);\n")
    contracts.write("Forge/Contracts/phases.md", "## Phase 0\nGenesis\n## Phase 1\nUserRepo\n")
    zero, one = installed.run("gate", "read", "--phase", "0"), installed.run("gate", "read", "--phase", "1")
    assert (zero.returncode, one.returncode) == (0, 1)
    note = "note: Table `trades` is defined in schema.md but no phase creates a repository for it."
    assert (note in zero.stdout, note in one.stdout) == (True, False)
    assert one.stdout.endswith("STOP: EVIDENCE_MISSING\n  R201 Forge/evidence/diff_log.md: is missing\n")


@pytest.mark.req("S002-1-5")
@pytest.mark.req("S002-1-6")
@pytest.mark.req("S002-1-8")
def test_what_was_read_is_recorded_an_audit_notes_what_changed_and_a_fail_holds_another_phase(
    contracts: Builder, installed: Installed
) -> None:
    read = installed.run("gate", "read", "--ack", "--actor", "olga\x1b[2J")
    assert read.returncode == 0, read.stderr
    assert re.search(r"^recorded that it was read; entry \d+ sha256:[0-9a-f]{64}$", read.stdout, re.MULTILINE)
    assert "\nNo audit ledger found\n" in installed.run("gate", "read").stdout
    contracts.write("Forge/Contracts/physics.yaml", "paths:\n  /users:\n    get:\n      summary: list all users\n")
    contracts.write("app/a.py", "x = 2\n").record().claims("app/a.py", "Forge/Contracts/physics.yaml").completes()
    passed = installed.run("audit")
    assert passed.returncode == 0, passed.stdout
    assert "  - contracts changed since they were read: physics.yaml\n" in passed.stdout
    assert "contracts changed since they were read: physics.yaml\n" in installed.ledger
    contracts.write("stray.py", "").record(start="2026-11-20T11:00:00Z").completes()
    assert installed.run("audit").returncode == 1
    held = installed.run("gate", "read", "--phase", "2")
    assert held.returncode == 1
    assert "last outcome:     Phase 1 -- Things, iteration 2, FAIL" in held.stdout
    assert "still failing:    Phase 1 -- Things, iteration 2, FAIL" in held.stdout
    assert re.search(r"^last read: \S+ by olga\\x1b\[2J for Phase 1 -- Things; changed since: physics.yaml$", held.stdout, re.MULTILINE)
    assert re.search(r"^no new work: entry \d+, Phase 1 -- Things, is FAIL \(A1\), and Phase 2 is other work$", held.stdout, re.MULTILINE)
    assert "STOP: CONTRACT_CONFLICT\n" in held.stdout
    same = valid("gate-read-v1", installed.run("gate", "read", "--phase", "1", "--json").stdout)
    assert (same["passed"], same["hold"], same["ledger"]["failing"][0]["failed"]) == (True, None, ["A1"])
    assert same["read"]["changed"] == ["Forge/Contracts/physics.yaml"]


@pytest.mark.req("S002-1-5")
def test_a_ledger_of_before_forgewatch_is_summed_up_and_vouches_for_nothing(contracts: Builder, installed: Installed) -> None:
    entry = "---\n## Audit Entry: {} — Iteration 1\nTimestamp: t\nOutcome: {}\n"
    told = [("Phase 0", "AUTHORIZED (committed)"), ("Phase 1 -- \x1b[31mThings", "FAIL")]
    contracts.write("Forge/evidence/audit_ledger.md", "# Audit Ledger\n" + "".join(entry.format(*one) for one in told))
    run = installed.run("gate", "read", "--phase", "2")
    assert run.returncode == 0
    assert run.stdout.splitlines()[-4:] == [
        "the ledger is text that nothing vouches for: 2 audit entries",
        "last signed off:  Phase 0, AUTHORIZED (committed) (line 3)",
        "last outcome:     Phase 1 -- \\x1b[31mThings, FAIL (line 7)",
        "still failing:    Phase 1 -- \\x1b[31mThings, FAIL (line 7)",
    ]


@pytest.mark.req("S002-2-1")
@pytest.mark.req("S002-2-2")
def test_a_whole_bundle_opens_the_gate_and_one_that_lists_what_is_not_there_does_not(builder: Builder, installed: Installed) -> None:
    builder.write("bundle.md", BUNDLE)
    run = installed.run("gate", "evidence", "bundle.md")
    assert (run.returncode, run.stdout, run.stderr) == (0, "evidence gate of bundle.md: open\n", "")
    builder.write("bundle.md", BUNDLE.replace("- app/a.py", "- app/\x1b[2Jgone.py"))
    run = installed.run("gate", "evidence", "../bundle.md", cwd=builder.root / "app")
    assert run.returncode == 1 and "\x1b" not in run.stdout
    assert run.stdout.splitlines()[1] == "STOP: EVIDENCE_MISSING"
    builder.write("bundle.md", BUNDLE.replace("- app/a.py", "- app/gone.py"))
    told = valid("gate-evidence-v1", installed.run("gate", "evidence", "bundle.md", "--json").stdout)
    assert (told["stop"], told["files"]) == ("EVIDENCE_MISSING", [{"path": "app/gone.py", "line": 7}])
    assert [result["verdict"] for result in told["results"]] == ["PASS", "FAIL", "PASS", "PASS", "PASS", "PASS"]


@pytest.mark.req("S002-2-1")
def test_a_bundle_that_is_missing_is_missing_evidence_and_a_template_can_be_had(builder: Builder, installed: Installed) -> None:
    missing = installed.run("gate", "evidence", "bundle.md")
    assert (missing.returncode, "STOP: EVIDENCE_MISSING" in missing.stdout) == (1, True)
    os.mkfifo(builder.root / "bundle.md")
    assert "the bundle is a FIFO" in installed.run("gate", "evidence", "bundle.md").stdout
    assert installed.run("gate", "evidence", "--template").stdout == TEMPLATE
    unnamed = installed.run("gate", "evidence")
    assert (unnamed.returncode, unnamed.stdout, "expected FILE" in unnamed.stderr) == (2, "", True)
