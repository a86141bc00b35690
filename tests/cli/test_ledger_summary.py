"""`ledger summary`: what a new session has to know, from the ledger alone."""

from __future__ import annotations

import pytest

from forgewatch.cli.ledger_summary import NONE_YET, summary_of
from tests.cli.conftest import valid
from tests.support.builder import Builder
from tests.support.installed import Installed


@pytest.mark.req("S002-10.6-4")
def test_a_session_learns_what_was_signed_off_what_came_last_and_what_still_fails(builder: Builder, installed: Installed) -> None:
    assert installed.run("ledger", "summary").stdout == f"{NONE_YET}\n"
    assert valid("ledger-summary-v1", installed.run("ledger", "summary", "--json").stdout)["last"] is None
    builder.write("Forge/Contracts/directive.md", "AEM: enabled\n").commit("directive")
    builder.claims("app/a.py").starts(phase="Phase 0")
    builder.write("app/a.py", "x = 2\n").record().completes(phase="Phase 0")
    assert installed.run("audit").returncode == 0
    assert installed.run("authorize", "--yes", "--commit", "phase 0").returncode == 0
    builder.claims("app/a.py").starts(phase="Phase 1 -- Things")
    builder.write("app/a.py", "x = 3\n").write("stray.py", "").record(start="2026-11-20T11:00:00Z").completes(phase="Phase 1 -- Things")
    assert installed.run("audit").returncode == 1
    lines = installed.run("ledger", "summary").stdout.splitlines()
    assert lines[1].startswith("last signed off:  Phase 0, iteration 1, AUTHORIZED (committed) (entry ")
    assert lines[2].startswith("last outcome:     Phase 1 -- Things, iteration 1, FAIL (entry ")
    assert lines[3].startswith("still failing:    Phase 1 -- Things, iteration 1, FAIL (entry ") and lines[3].endswith("): A1")
    told = valid("ledger-summary-v1", installed.run("ledger", "summary", "--json").stdout)
    assert told["signed_off"]["outcome"] == "AUTHORIZED (committed)" and told["failing"][0]["failed"] == ["A1"]
    builder.delete("stray.py").record(start="2026-11-20T11:00:05Z").completes(phase="Phase 1 -- Things")
    assert installed.run("audit").returncode == 0
    assert "still failing:    nothing\n" in installed.run("ledger", "summary").stdout


def test_nothing_is_summed_up_of_nothing() -> None:
    assert summary_of(()).last is None
