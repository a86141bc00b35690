"""A session as the contract has it: the gate is read, the work is done, signed off and halted, authorized, and the next phase begins."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from tests.support.builder import Builder
from tests.support.installed import Installed

CONTRACTS = {
    "blueprint.md": "# Blueprint\r\n\r\nA shop.\r\n",
    "manifesto.md": b"\xef\xbb\xbf# Manifesto\n",
    "stack.md": "## Frontend\n- **Enabled:** No\n",
    "schema.md": b"# Schema \xe9\n" + b"x" * 900_000 + b"\n",
    "directive.md": "AEM: enabled\nPhase: 1\n",
}


@pytest.fixture
def governed(builder: Builder) -> Builder:
    """A repository with all its contracts: odd bytes, a long line, other line ends."""
    for name, text in CONTRACTS.items():
        builder.write(f"Forge/Contracts/{name}", text)
    return builder.commit("contracts")


def passes(builder: Builder, installed: Installed, number: int, phase: str) -> None:
    """Do one cycle of a phase that passes under the watcher."""
    builder.claims("app/a.py").starts(phase=phase)
    builder.write("app/a.py", f"x = {number}\n").record(start=f"2026-11-20T1{number}:00:00Z").completes(phase=phase)
    assert installed.run("wait", "--timeout", "30").returncode == 0


@pytest.mark.req("S002-1-6")
@pytest.mark.req("S002-1-7")
@pytest.mark.req("S002-1-8")
@pytest.mark.req("S002-10.1-4")
def test_a_session_reads_works_halts_and_goes_on_when_the_user_says_so(governed: Builder, installed: Installed) -> None:
    first = installed.run("gate", "read", "--phase", "1")
    assert first.returncode == 1, first.stdout
    assert first.stdout.endswith("STOP: EVIDENCE_MISSING\n  R201 Forge/evidence/diff_log.md: is missing\n")
    assert "\nNo prior audit ledger found; this is the first AEM cycle.\n" in first.stdout
    installed.watch()
    governed.claims("app/a.py").starts()
    read = installed.run("gate", "read", "--ack")
    assert (read.returncode, "recorded that it was read; entry " in read.stdout) == (0, True), read.stdout
    governed.write("Forge/Contracts/blueprint.md", "# Another blueprint\n").commit("the operator changed a contract")
    assert installed.run("ledger", "adopt", "--yes", "--actor", "olga").returncode == 0
    passes(governed, installed, 2, "Phase 1 -- Things")
    assert "contracts changed since they were read: blueprint.md\n" in installed.ledger
    for phase in ("1", "2"):
        halted = installed.run("gate", "read", "--phase", phase)
        assert halted.returncode == 1
        assert re.search(r"^no new work: entry \d+, Phase 1 -- Things, is SIGNED-OFF \(awaiting AUTHORIZED\)$", halted.stdout, re.M)
        assert "  way out: the operator: forgewatch authorize\n" in halted.stdout
    assert installed.run("authorize", "--yes", "--actor", "olga", "--commit", "Phase 1").returncode == 0
    going = installed.run("gate", "read", "--phase", "2")
    assert going.returncode == 0, going.stdout
    assert re.search(r"^last signed off:  Phase 1 -- Things, iteration 1, AUTHORIZED \(committed\)", going.stdout, re.M)
    (governed.root / "Forge/evidence/audit_ledger.md").unlink()
    lost = installed.run("gate", "read", "--phase", "2", "--ack")
    assert lost.returncode == 1
    assert "R201 Forge/evidence/audit_ledger.md: is missing" in lost.stdout


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give the record to another user")
def test_a_builder_beside_another_users_record_reads_the_gate_and_cannot_say_so(governed: Builder, installed: Installed) -> None:
    governed.claims("app/a.py").starts()
    assert installed.run("gate", "read", "--ack").returncode == 0
    state = Path(installed.environment["FORGEWATCH_STATE_DIR"])
    journal = next(state.glob("*/journal.jsonl"))
    for place in (state, *state.rglob("*")):
        os.chown(place, 65534, 65534)
    before = journal.read_bytes()
    read, said = installed.run("gate", "read"), installed.run("gate", "read", "--ack")
    assert (read.returncode, "last read: " in read.stdout) == (0, True), read.stdout + read.stderr
    assert (said.returncode, said.stdout, "belongs to nobody" in said.stderr) == (2, "", True)
    assert journal.read_bytes() == before


def test_the_root_layout_has_its_contracts_at_the_root(builder: Builder, installed: Installed) -> None:
    config = installed.top / "forgewatch.yaml"
    config.write_text(f"repositories:\n  - path: {builder.root}\n    layout: root\n")
    for name in ("blueprint.md", "manifesto.md", "stack.md", "schema.md", "physics.yaml", "boundaries.json"):
        builder.write(f"Contracts/{name}", "x\n")
    run = installed.run("gate", "read", "--phase", "0", "--config", str(config))
    assert run.returncode == 0, run.stdout
    assert re.search(r"^  1  present +Contracts/blueprint.md +sha256:", run.stdout, re.M)
