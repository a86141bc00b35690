"""`status`: quick, honest about what it did not verify, and never fooled by a record anyone could write."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from forgewatch.cli import directive_glance, ledger_glance
from forgewatch.core import record_state
from forgewatch.core.limits import LIMITS
from forgewatch.core.verdict import Outcome, Ruling, StopReason
from tests.cli.conftest import valid
from tests.support.answers import failing, report, results, unclaimed
from tests.support.builder import Builder
from tests.support.installed import COMMAND, Installed, without_powers
from tests.support.recorded import Keeper, advertise


def status(installed: Installed) -> tuple[int, dict[str, object]]:
    run = installed.run("status", "--json")
    assert run.stderr == ""
    return run.returncode, valid("status-v1", run.stdout)


def test_a_repository_nobody_watched_has_a_status_too(installed: Installed) -> None:
    code, document = status(installed)
    assert code == 3
    assert (document["outcome"], document["phase"], document["state"], document["state_folder"]) == (None, None, "absent", None)
    assert document["ledger"] == {"state": "none yet", "seq": None, "leaf": None}
    text = installed.run("status").stdout
    assert f"not running (start it: forgewatch watch {installed.root})" in text
    assert "last outcome:    none yet" in text


def test_status_creates_nothing(installed: Installed) -> None:
    before = set(installed.top.rglob("*"))
    installed.run("status")
    assert set(installed.top.rglob("*")) == before


def test_the_last_audit_is_told_with_its_codes(keeper: Keeper, installed: Installed) -> None:
    told = report(results=results(A1=Ruling(basis="b", findings=(unclaimed(),)), W3=Ruling(basis="b", findings=(unclaimed(),))))
    entry = keeper.audit(told, stop=StopReason.CONTRACT_CONFLICT, loopback=2, iteration=2)
    _, document = status(installed)
    assert (document["outcome"], document["failed"], document["warned"]) == ("FAIL", ["A1"], ["W3"])
    assert (document["stop"], document["iterations_left"], document["iteration"]) == ("CONTRACT_CONFLICT", 1, 2)
    assert (document["assurance"], document["at"], document["aem"]) == ("local", "2026-11-20T12:00:00Z", False)
    assert document["ledger"] == {"state": "last entry matches", "seq": entry.seq, "leaf": entry.leaf}
    assert "FAIL: A1, warnings W3, STOP CONTRACT_CONFLICT at 2026-11-20T12:00:00Z" in installed.run("status").stdout


def test_the_newest_audit_counts(keeper: Keeper, installed: Installed) -> None:
    keeper.audit(failing())
    keeper.audit(report())
    assert status(installed)[1]["outcome"] == "PASS"


def test_status_works_from_a_folder_inside(keeper: Keeper, installed: Installed) -> None:
    keeper.audit()
    assert valid("status-v1", installed.run("status", "--json", cwd=installed.root / "app" / "api").stdout)["outcome"] == "PASS"
    assert valid("status-v1", installed.run("status", str(installed.root / "app"), "--json", cwd=installed.top).stdout)["outcome"] == "PASS"


def test_a_live_watcher_is_running(keeper: Keeper, installed: Installed, watcher_process: int) -> None:
    advertise(installed.root, watcher_process)
    code, document = status(installed)
    assert code == 0
    assert document["watcher"] == {
        "running": True,
        "pid": watcher_process,
        "since": "2026-11-20T12:00:00Z",
        "host": os.uname().nodename,
        "version": "0.1.0",
    }
    assert f"running, pid {watcher_process} since" in installed.run("status").stdout


@pytest.mark.req("S002-10.1.1-3")
@pytest.mark.parametrize("parts", [{"start_ticks": "1"}, {"start_ticks": ""}, {"boot_id": "another"}])
def test_a_record_that_does_not_fit_the_process_is_no_watcher(
    keeper: Keeper, installed: Installed, watcher_process: int, parts: dict[str, str]
) -> None:
    advertise(installed.root, watcher_process, **parts)
    assert status(installed)[0] == 3


def test_a_process_that_is_something_else_is_no_watcher(keeper: Keeper, installed: Installed) -> None:
    advertise(installed.root, 1)
    assert status(installed)[0] == 3


def test_a_dead_process_and_garbage_are_no_watcher(keeper: Keeper, installed: Installed) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    advertise(installed.root, gone.pid)
    assert status(installed)[0] == 3
    (installed.root / ".forge_watcher.lock").write_bytes(b"\xff\x00PID: 1\n" * 1000)
    assert status(installed)[0] == 3


def test_a_watcher_of_another_user_is_named_and_believed_no_further(keeper: Keeper, installed: Installed, other_users_watcher: int) -> None:
    advertise(installed.root, other_users_watcher)
    who = f"a watcher of user nobody (PID {other_users_watcher}) runs"
    code, document = status(installed)
    assert (code, document["watcher"]["running"]) == (3, False)  # type: ignore[index]
    assert f"watcher:         none with this record; {who}" in installed.run("status").stdout
    doctor = installed.run("doctor").stdout
    assert f"none with this record; {who}" in doctor
    assert f"remedy: see its record as nobody; forgewatch watch {installed.root} would be a second one" in doctor
    waited = installed.run("wait", "--timeout", "0").stderr
    assert waited.startswith(f"{who}; its results are in a record of its own, not in the one that is read here\n")
    assert f"has no result after 0 s: it is absent; {who}, with a record of its own" in waited


@pytest.mark.parametrize("parts", [{"start_ticks": "1"}, {"boot_id": "another"}, {"watches": "elsewhere-0123456789abcdef"}])
def test_a_record_that_does_not_fit_another_users_process_names_nobody(
    keeper: Keeper, installed: Installed, other_users_watcher: int, parts: dict[str, str]
) -> None:
    advertise(installed.root, other_users_watcher, **parts)
    assert "watcher:         not running" in installed.run("status").stdout


def test_the_state_of_the_diff_log_follows_the_journal(keeper: Keeper, builder: Builder, installed: Installed) -> None:
    builder.starts()
    assert status(installed)[1]["state"] == "in process"
    keeper.opens()
    assert status(installed)[1]["state"] == "in process"
    builder.completes()
    assert status(installed)[1]["state"] == "complete"
    keeper.claims()
    assert status(installed)[1]["state"] == "being audited"
    keeper.audit(trigger=keeper.trigger())
    assert status(installed)[1]["state"] == "complete, audited"


def test_while_a_log_is_in_process_its_own_phase_is_shown_beside_that_of_the_newest_audit(
    keeper: Keeper, builder: Builder, installed: Installed
) -> None:
    keeper.audit()
    builder.starts(phase="Phase 2 -- More")
    document = status(installed)[1]
    assert (document["phase"], document["working_on"]) == ("Phase 1 -- Things", "Phase 2 -- More")
    assert (
        "\ndiff log:        in process, Phase 2 -- More\nphase:           Phase 1 -- Things, iteration 1\n"
        in installed.run("status").stdout
    )
    # Where a watcher saw it begin, the journal knows.
    keeper.opens(phase="Phase 2 -- As recorded")
    assert status(installed)[1]["working_on"] == "Phase 2 -- As recorded"
    builder.completes(phase="Phase 2 -- More")
    assert status(installed)[1]["working_on"] is None


def test_a_repeat_is_audited_and_a_committed_log_is_committed(keeper: Keeper, builder: Builder, installed: Installed) -> None:
    builder.completes()
    keeper.done("repeat", 0)
    assert status(installed)[1]["state"] == "complete, audited"
    keeper.done("committed")
    assert status(installed)[1]["state"] == "complete, committed"


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("# Diff Log\n\nStatus: IN_PROCESS\n", "in process, audited"),
        ("# Diff Log\n\nStatus: BLOCKED\n", "blocked, audited"),
        ("# Diff Log\n\nStatus: DONE\n", "unknown status 'DONE' (line 3), audited"),
        ("# Diff Log\n\nStatus: COMPLETE\n", "complete, audited"),
        ("\0", "malformed, audited"),
    ],
)
def test_a_log_that_was_audited_by_hand_keeps_its_own_state(builder: Builder, installed: Installed, text: str, state: str) -> None:
    (builder.root / "Forge/evidence").mkdir(parents=True, exist_ok=True)
    (builder.root / "Forge/evidence/diff_log.md").write_text(text)
    assert installed.run("audit").returncode == 1
    assert status(installed)[1]["state"] == state


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("# Diff Log\n\nStatus: BLOCKED\n", "blocked"),
        ("# Diff Log\n\nStatus: DONE\n", "unknown status 'DONE' (line 3)"),
        ("# Diff Log\n", "unknown status"),
        ("\0", "malformed"),
    ],
)
def test_other_states_come_from_the_parser(builder: Builder, installed: Installed, text: str, state: str) -> None:
    builder.writes_log(text)
    assert status(installed)[1]["state"] == state


@pytest.mark.parametrize("target", ["/dev/zero", "/etc/passwd", "nowhere"])
def test_a_diff_log_that_is_a_symlink_is_unreadable(builder: Builder, installed: Installed, target: str) -> None:
    builder.completes()
    log = builder.root / "Forge/evidence/diff_log.md"
    log.unlink()
    log.symlink_to(target)
    assert status(installed)[1]["state"] == "unreadable"


def test_a_fifo_in_place_of_documents_does_not_block(keeper: Keeper, installed: Installed) -> None:
    keeper.audit()
    for name in ("diff_log.md", "audit_ledger.md"):
        path = installed.root / "Forge/evidence" / name
        path.unlink(missing_ok=True)
        os.mkfifo(path)
    run = installed.run("status", "--json", seconds=10)
    assert valid("status-v1", run.stdout)["ledger"]["state"] == "unreadable"


@pytest.mark.req("S002-10.6-10")
def test_tampering_stays_visible_until_the_operator_restores(keeper: Keeper, installed: Installed) -> None:
    keeper.audit()
    keeper.tampered("byte 17 differs")
    keeper.audit(None, Outcome.FAIL, why="refused", stop=StopReason.EVIDENCE_MISSING)
    assert status(installed)[1]["ledger"]["state"] == "tampered: byte 17 differs"  # type: ignore[index]
    keeper.restored()
    assert status(installed)[1]["ledger"]["state"] == "last entry matches"  # type: ignore[index]


def test_a_missing_or_shortened_ledger_is_seen_without_a_journal_event(keeper: Keeper, installed: Installed) -> None:
    keeper.audit(report("first"))
    short = (installed.root / "Forge/evidence/audit_ledger.md").read_bytes()
    keeper.audit(report("second"))
    ledger = installed.root / "Forge/evidence/audit_ledger.md"
    ledger.write_bytes(short)
    assert status(installed)[1]["ledger"]["state"] == "behind or changed at its end"  # type: ignore[index]
    ledger.unlink()
    assert status(installed)[1]["ledger"]["state"] == "missing"  # type: ignore[index]


@pytest.mark.parametrize(
    "event", ['{"is":"AuditRecorded"}', '{"is":"AuditRecorded","report":{"audit":7}}', '{"is":"TriggerClaimed","trigger":7}']
)
def test_a_journal_line_that_is_not_ours_is_tampering_and_no_bug(
    keeper: Keeper, builder: Builder, installed: Installed, event: str
) -> None:
    builder.completes()
    with (keeper.folder / "journal.jsonl").open("a") as file:
        file.write(f'{{"e":{event}}}\n')
    run = installed.run("status")
    assert (run.returncode, run.stdout) == (2, "")
    assert "is no event of this version" in run.stderr


def test_a_builders_phase_cannot_paint_the_terminal(keeper: Keeper, installed: Installed) -> None:
    keeper.audit(report(), phase="Phase 1 -- \x1b[2J\u202e evil")
    text = installed.run("status").stdout
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "\\x1b[2J\\u202e evil" in text


def test_the_root_layout_is_read_from_the_configuration(installed: Installed, builder: Builder) -> None:
    builder.write("evidence/diff_log.md", builder.difflog("BLOCKED"))
    config = installed.top / "config.yaml"
    config.write_text(f"repositories: [{{path: {installed.root}, layout: root}}]\n")
    assert valid("status-v1", installed.run("status", "--json", "--config", str(config)).stdout)["state"] == "blocked"
    assert status(installed)[1]["state"] == "absent"


LIBRARIES = ("git", "structlog", "jsonschema", "rich", "watchdog", "asyncio")
HEAVY = (*LIBRARIES, "yaml", "markdown_it", "re2", "cryptography", "filelock")
GLANCE = (*HEAVY, "html", "datetime", "forgewatch.checks", "forgewatch.wiring")
SLOW = (*GLANCE, "dataclasses", "inspect", "ast")
LIGHT = {
    ("--version",): SLOW,
    ("--help",): SLOW,
    ("status",): GLANCE,
    ("status", "--json"): GLANCE,
    ("tail",): (*LIBRARIES, "yaml", "markdown_it", "forgewatch.checks", "forgewatch.core.audit_document"),
    ("wait", "--timeout", "0"): (*LIBRARIES, "yaml", "forgewatch.checks"),
    ("difflog", "check"): (*LIBRARIES, "cryptography", "filelock", "forgewatch.wiring.difflog", "forgewatch.core.foreign_source"),
}
"""What each quick command may not import: milliseconds of somebody who waits."""

# The first annotation that is compiled from text costs three milliseconds: that of a named tuple, or a dataclass. What `eval` reads comes
# as bytes.
STARTED = """
import sys
def watch(event, args):
    if event == "compile" and args[1:] == ("<string>",) and isinstance(args[0], str):
        print("compiled", args, file=sys.stderr)
sys.addaudithook(watch)
from forgewatch.__main__ import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.parametrize("args", LIGHT, ids=" ".join)
def test_light_commands_import_nothing_heavy(keeper: Keeper, installed: Installed, args: tuple[str, ...]) -> None:
    keeper.audit(report(), trigger=None)
    # What measures a command loads more than the command does.
    environment = {name: value for name, value in installed.environment.items() if not name.startswith("COVERAGE_")}
    run = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", STARTED, *args],
        cwd=installed.root,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    imported = {line.rpartition("|")[2].strip() for line in run.stderr.splitlines() if line.startswith("import time:")}
    assert "argparse" in imported
    assert not {name for name in imported for heavy in LIGHT[args] if f"{name}.".startswith(f"{heavy}.")}
    assert "compiled" not in run.stderr or LIGHT[args] is not SLOW


@pytest.mark.parametrize("command", ["status", "watch", "tail", "doctor"])
def test_a_folder_that_may_not_be_entered_is_told_as_that(installed: Installed, command: str) -> None:
    closed = installed.top / "closed"
    closed.mkdir()
    closed.chmod(0)
    words = [*without_powers(), str(COMMAND), command, str(closed)]
    try:
        run = subprocess.Popen(
            words, cwd=installed.top, env=installed.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        said = run.communicate(timeout=60)[0] if command != "watch" else stopped_after(run, "cannot be entered")
    finally:
        closed.chmod(0o700)
    assert f"{closed}: cannot be entered: Permission denied" in said


def stopped_after(run: subprocess.Popen[str], word: str) -> str:
    """Read what a daemon says until a line with `word`, then end it."""
    assert run.stdout
    said = ""
    while word not in said and (line := run.stdout.readline()):
        said += line
    run.terminate()
    run.communicate(timeout=60)
    return said


def test_after_the_operator_adopts_the_last_entry_still_matches(builder: Builder, installed: Installed) -> None:
    builder.starts().record().completes()
    assert installed.run("audit").returncode == 0
    assert installed.run("ledger", "adopt", "--yes").returncode == 0
    assert status(installed)[1]["ledger"]["state"] == "last entry matches"  # type: ignore[index]
    assert "ok    ledger:                     last entry matches" in installed.run("doctor").stdout


def test_the_ledger_of_another_record_is_told_as_that(builder: Builder, installed: Installed) -> None:
    builder.starts().record().completes()
    assert installed.run("audit").returncode == 0
    fresh = Installed(installed.root, installed.top, {"FORGEWATCH_STATE_DIR": str(installed.top / "fresh")})
    assert status(fresh)[1]["ledger"]["state"] == "holds entries of another record"  # type: ignore[index]
    doctor = fresh.run("doctor").stdout
    assert "holds entries of another record\n      remedy: a clone, or another state directory: read it, then: " in doctor


def test_the_glance_knows_the_first_contact_by_its_own_name() -> None:
    assert ledger_glance.FIRST_CONTACT == record_state.FIRST_CONTACT


def test_the_glance_reads_as_much_of_the_directive_as_an_audit() -> None:
    assert LIMITS.contract_bytes == directive_glance.CONTRACT_BYTES
