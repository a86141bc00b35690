"""The main job: a builder finishes a cycle and the right verdict stands in the ledger, also when it cheats."""

from __future__ import annotations

import os
import re
import signal

import pytest

from tests.support.builder import Builder
from tests.support.installed import Installed, until


def test_an_honest_cycle_passes_and_is_told_everywhere(builder: Builder, installed: Installed) -> None:
    installed.watch()
    builder.write("app/a.py", "x = 2\n").record().claims("app/a.py").starts()
    builder.completes()
    assert installed.settles(1), installed.log
    assert installed.outcomes == ["PASS"], installed.ledger
    assert re.search(r"^- A1 Scope compliance:      PASS — ", installed.ledger, re.M)
    assert until(lambda: "=== AUDIT SCRIPT RESULT ===" in installed.log and "audit.finished" in installed.log), installed.log
    assert "Overall: PASS" in installed.log


@pytest.mark.req("S002-10.1.1-11")
def test_in_process_is_left_alone_and_a_touch_changes_nothing(builder: Builder, installed: Installed) -> None:
    installed.watch()
    builder.write("app/a.py", "x = 2\n").record().claims("app/a.py").starts()
    builder.completes()
    assert installed.settles(1)
    text = (builder.root / "Forge/evidence/diff_log.md").read_bytes()
    os.utime(builder.root / "Forge/evidence/diff_log.md")
    builder.writes_log(text)
    builder.writes_log(text, atomic=False)
    # A later, different cycle proves that the daemon has seen the touches and left them alone.
    builder.starts()
    builder.write("app/a.py", "x = 3\n").record(start="2026-11-20T11:00:00Z").completes(summary="- again")
    assert installed.settles(2)
    assert installed.entries == 2


def test_an_unclaimed_untracked_file_fails_and_the_entry_says_what_to_do(builder: Builder, installed: Installed) -> None:
    installed.watch()
    builder.write("app/a.py", "x = 2\n").write("backdoor.py", "import os\n").record().claims("app/a.py").completes()
    assert installed.settles(1)
    assert installed.outcomes == ["FAIL"]
    assert "A101 backdoor.py (untracked)" in installed.ledger
    assert "### Fix Plan\n- A1: " in installed.ledger
    assert "STOP: CONTRACT_CONFLICT" in installed.ledger


@pytest.mark.req("S002-10.3-6")
def test_the_third_failure_in_a_row_stops_the_phase_with_the_exact_sentence(builder: Builder, installed: Installed) -> None:
    installed.watch()
    for attempt in range(3):
        builder.starts()
        builder.write("app/a.py", f"x = {attempt + 2}\n").record().claims().completes(summary=f"- attempt {attempt}")
        assert installed.settles(attempt + 1), installed.log
    assert installed.outcomes == ["FAIL"] * 3
    assert installed.ledger.count("STOP: RISK_EXCEEDS_SCOPE") == 1
    assert "AEM audit loop exceeded 3 iterations without full PASS. Manual review required." in installed.ledger


def test_a_complete_written_while_the_daemon_was_down_is_audited_at_start_and_only_once(builder: Builder, installed: Installed) -> None:
    first = installed.watch()
    os.kill(first.pid, signal.SIGKILL)
    first.wait()
    builder.write("app/a.py", "x = 2\n").record().claims("app/a.py").completes()
    second = installed.watch()
    assert installed.settles(1), installed.log
    os.kill(second.pid, signal.SIGKILL)
    second.wait()
    third = installed.watch()
    builder.starts()
    builder.write("app/a.py", "x = 3\n").record(start="2026-11-20T11:00:00Z").completes(summary="- more")
    assert installed.settles(2), installed.log
    assert installed.entries == 2
    third.send_signal(signal.SIGTERM)
    assert third.wait(60) == 0
    assert not (builder.root / ".forge_watcher.lock").exists()


def test_a_torn_write_gives_one_audit_of_the_whole_document(builder: Builder, installed: Installed) -> None:
    installed.watch()
    builder.write("app/a.py", "x = 2\n").record().claims("app/a.py")
    whole = builder.difflog("COMPLETE", summary="- torn")
    path = builder.root / "Forge/evidence/diff_log.md"
    with path.open("w") as log:
        log.write(whole[: len(whole) // 2])
        log.flush()
        assert until(lambda: path.stat().st_size > 0)
        log.write(whole[len(whole) // 2 :])
    assert installed.settles(1)
    assert installed.outcomes == ["PASS"], installed.ledger


@pytest.mark.req("S002-10.1.1-7")
def test_the_evidence_folder_may_be_replaced_under_the_daemon(builder: Builder, installed: Installed) -> None:
    installed.watch()
    builder.write("app/a.py", "x = 2\n").record().claims("app/a.py").completes()
    assert installed.settles(1)
    evidence = builder.root / "Forge/evidence"
    evidence.rename(builder.root / "Forge/evidence_old")
    evidence.mkdir()
    for name in ("audit_ledger.md", "test_runs_latest.md"):
        (evidence / name).write_bytes((builder.root / "Forge/evidence_old" / name).read_bytes())
    for path in (builder.root / "Forge/evidence_old").iterdir():
        path.unlink()
    (builder.root / "Forge/evidence_old").rmdir()
    builder.write("app/a.py", "x = 3\n").record(start="2026-11-20T11:00:00Z").completes(summary="- in the new folder")
    assert installed.settles(2), installed.log


@pytest.mark.req("S005-1")
@pytest.mark.req("S002-10.1.1-1")
def test_a_second_start_says_who_runs_and_exits_with_0(builder: Builder, installed: Installed) -> None:
    daemon = installed.watch()
    assert f"PID: {daemon.pid}" in (builder.root / ".forge_watcher.lock").read_text()
    second = installed.run("watch", str(builder.root))
    assert second.returncode == 0
    assert f"already running (PID {daemon.pid} since " in second.stdout + second.stderr
    assert daemon.poll() is None
