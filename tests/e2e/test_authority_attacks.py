"""Ways to get authority that nobody gave: other names for a person, a phase or the settings; as processes, over a real repository."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.test_authority import AUTO, DIRECTIVE, notes, signed_off
from tests.support.builder import Builder
from tests.support.installed import Installed


def cycle(builder: Builder, installed: Installed, second: int, *, phase: str, stray: bool = False) -> int:
    """Do one cycle, with an unclaimed file where it is to fail, and audit it; return the exit status."""
    builder.claims("app/a.py").starts(phase=phase).write("app/a.py", f"x = {second + 1}\n")
    if stray:
        builder.write("stray.py", "")
    else:
        (builder.root / "stray.py").unlink(missing_ok=True)
    builder.record(start=f"2026-11-20T10:00:{second:02d}Z").completes(phase=phase)
    return installed.audit()[0]


@pytest.mark.parametrize("name", ["first contact", " first contact "])
def test_nobody_adopts_a_commit_in_the_name_under_which_the_ledger_does_not_show_it(
    builder: Builder, installed: Installed, name: str
) -> None:
    signed_off(builder, installed)
    builder.write("backdoor.py", "y = 1\n").commit("not audited")
    before = installed.ledger
    run = installed.run("ledger", "adopt", "--yes", "--actor", name)
    assert run.returncode == 2 and "forgewatch's own" in run.stderr
    assert installed.ledger == before
    assert installed.run("ledger", "adopt", "--yes", "--actor", "olga").returncode == 0
    assert builder.head in installed.ledger and "Actor: olga" in installed.ledger


def test_a_phase_that_used_up_its_loops_does_not_go_alone_under_another_name(builder: Builder, installed: Installed) -> None:
    builder.write(DIRECTIVE, AUTO).commit("directive")
    for second in range(3):
        assert cycle(builder, installed, second, phase="Phase 2", stray=True) == 1
    assert cycle(builder, installed, 4, phase="Phase 3 -- The same work") == 0
    refused = installed.run("signoff", "--auto")
    assert refused.returncode == 1 and "phase: expected no phase that is blocked" in refused.stdout
    builder.commit("phase 3")
    # A human may let it go, and that opens no other phase.
    assert installed.run("authorize", "--yes", "--actor", "olga").returncode == 0
    assert notes(installed, "unaudited") == 1 and "AUTO-AUTHORIZED" not in installed.ledger.replace("refused — AUTO-AUTHORIZED", "")
    assert "Outcome: AUTHORIZED (committed)\n" in installed.ledger
    assert cycle(builder, installed, 5, phase="Phase 2") == 0
    blocked = installed.run("authorize", "--yes")
    assert blocked.returncode == 1 and "Phase 2 is blocked" in blocked.stdout


@pytest.mark.parametrize("mild", ["limits:\n  tree_seconds: 31\n", "loopback:\n  limit: 9\n"])
def test_an_audit_by_settings_of_ones_own_is_no_answer_to_who_authorizes_by_others(
    builder: Builder, installed: Installed, tmp_path: Path, mild: str
) -> None:
    builder.write(DIRECTIVE, AUTO).commit("directive")
    own = tmp_path / "own.yaml"
    own.write_text(mild)
    builder.claims("app/a.py").starts().write("app/a.py", "x = 2\n").record().completes()
    assert installed.audit("--config", str(own))[0] == 0
    for words in (("authorize", "--yes"), ("signoff", "--auto")):
        refused = installed.run(*words)
        assert refused.returncode == 1 and "settings: expected " in refused.stdout, refused.stdout + refused.stderr
    builder.commit("by itself")
    assert installed.run("signoff").returncode == 1
    assert notes(installed, "unaudited") == 1
    # Judged by the operator's own settings the same work may go.
    assert installed.run("authorize", "--yes", "--config", str(own)).returncode == 0
