"""The installed daemon and the commands beside it, as a builder and an operator meet them."""

from __future__ import annotations

import json
import os
import signal
import stat
from pathlib import Path

import pytest

from tests.cli.conftest import valid
from tests.support.builder import Builder
from tests.support.installed import Installed, until, verdicts

LEDGER = "Forge/evidence/audit_ledger.md"


def contents(root: Path) -> dict[str, tuple[int, bytes]]:
    """Every file below `root`, git's own ones too, with mode and bytes."""
    return {
        str(path.relative_to(root)): (
            stat.S_IMODE(path.lstat().st_mode),
            os.readlink(path).encode() if path.is_symlink() else path.read_bytes(),
        )
        for path in root.rglob("*")
        if path.is_symlink() or path.is_file()
    }


def finish(builder: Builder, text: str, second: int, phase: str = "Phase 1 -- Things") -> None:
    """Do one honest cycle that writes `text` into app/a.py."""
    builder.claims("app/a.py").starts(phase=phase)
    builder.write("app/a.py", text).record(start=f"2026-11-20T10:00:{second:02d}Z").completes(phase=phase)


@pytest.mark.req("S002-7.2-1")
def test_the_daemon_writes_the_ledger_and_its_lock_record_and_nothing_else_in_the_repository(
    builder: Builder, installed: Installed
) -> None:
    daemon = installed.watch()
    builder.write("app/a.py", "x = 2\n").write("backdoor.py", "").record().claims("app/a.py")
    before = contents(builder.root)
    builder.completes()
    assert installed.settles(1)
    after = contents(builder.root)
    changed = {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}
    assert changed == {"Forge/evidence/diff_log.md", LEDGER}
    daemon.send_signal(signal.SIGTERM)
    assert daemon.wait(60) == 0
    assert set(contents(builder.root)) == set(after) - {".forge_watcher.lock"}


@pytest.mark.req("S002-10.1.1-10")
def test_the_daemon_and_an_audit_by_hand_say_the_same(builder: Builder, installed: Installed) -> None:
    builder.write("app/a.py", "x = 2\n").write("backdoor.py", "import os\n").record().claims("app/a.py").completes()
    status, by_hand = installed.audit("--dry-run")
    installed.watch()
    run = installed.run("wait", "--json", "--timeout", "30")
    by_daemon = valid("audit-v1", run.stdout)
    assert run.returncode == status == 1
    # The basis of A6 and W2 tells how far the record is, which the first audit itself moves on.
    told = [[(result["code"], result["verdict"], result["findings"]) for result in each["results"]] for each in (by_hand, by_daemon)]
    assert told[0] == told[1]
    for key in ("claimed", "changed", "phase", "fix_plan", "difflog", "stop", "outcome"):
        assert by_daemon[key] == by_hand[key], key


@pytest.mark.req("S002-10.1.1-6")
def test_one_watcher_persists_over_phases(builder: Builder, installed: Installed) -> None:
    daemon = installed.watch()
    for number in (1, 2, 3):
        finish(builder, f"x = {number + 1}\n", number, phase=f"Phase {number} -- Things")
        assert installed.settles(number)
        assert installed.run("wait", "--timeout", "30").returncode == 0
        status = json.loads(installed.run("status", "--json").stdout)
        assert status["watcher"]["pid"] == daemon.pid
        assert status["phase"] == f"Phase {number} -- Things"


@pytest.mark.req("S002-11-11")
def test_a_blocked_log_is_shown_and_not_audited(builder: Builder, installed: Installed) -> None:
    installed.watch()
    builder.claims().writes_log(builder.difflog("BLOCKED"))
    assert until(lambda: "blocked" in installed.log)
    assert json.loads(installed.run("status", "--json").stdout)["state"] == "blocked"
    finish(builder, "x = 2\n", 1)
    assert installed.settles(1)
    assert installed.entries == 1


@pytest.mark.req("S005-4")
def test_what_the_terminal_shows_the_ledger_journal_and_tail_have_too(builder: Builder, installed: Installed) -> None:
    installed.watch()
    builder.write("app/a.py", "x = 2\n").write("backdoor.py", "").record().claims("app/a.py").completes()
    assert until(lambda: "=== END AUDIT SCRIPT RESULT ===" in installed.log)
    assert "A101 backdoor.py: changed but not claimed (untracked)" in installed.log
    place = next(line for line in installed.log.splitlines() if line.startswith("Entry: "))
    assert place in installed.ledger
    document = json.loads(installed.run("tail", "--json").stdout)
    assert place == f"Entry: {document['entry']['seq']} {document['entry']['leaf']}"
    assert verdicts(document)["A1"] == "FAIL"


def test_under_a_service_manager_a_result_is_one_line(builder: Builder, tmp_path: Path) -> None:
    service = Installed(builder.root, tmp_path, extra={"INVOCATION_ID": "0123"})
    service.watch()
    finish(builder, "x = 2\n", 1)
    try:
        assert until(lambda: f"PASS {builder.root}: Phase 1 -- Things, iteration 1" in service.log)
        assert "AUDIT SCRIPT RESULT" not in service.log
    finally:
        service.stop()


def test_a_second_watcher_names_the_first_and_leaves_with_zero(builder: Builder, installed: Installed) -> None:
    daemon = installed.watch()
    run = installed.run("watch", str(builder.root))
    assert run.returncode == 0
    (line,) = run.stderr.splitlines()
    assert line.startswith(f"forgewatch: {builder.root}: already running (PID {daemon.pid} since ")
    assert "Traceback" not in run.stderr
