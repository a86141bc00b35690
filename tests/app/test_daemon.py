"""The daemon as a builder meets it: real files, watches, locks and journals; only the verdict is canned (watching.md)."""

from __future__ import annotations

import mmap
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from forgewatch.adapters.lock_record import LockRecord, find_process, read_lock_record, write_lock_record
from forgewatch.adapters.lock_staleness import why_stale
from forgewatch.adapters.state_folder import folder_of
from forgewatch.app.judging import ROUNDS
from forgewatch.app.served import Served
from forgewatch.core.canonical import digest_of_bytes
from forgewatch.core.events import CycleOpened, TriggerClaimed, TriggerDone
from forgewatch.core.requests import Request
from forgewatch.core.transition import QUIET_SECONDS, Condition, RunAudit, Task
from tests.support.builder import Builder
from tests.support.daemon_rig import HeldAuditor, QuickAuditor, Rig
from tests.support.installed import until


@pytest.fixture
def rig(builder: Builder, tmp_path: Path) -> Iterator[Rig]:
    made = Rig(state=tmp_path / "state", roots=[builder.root])
    yield made
    made.stop()


def seen(rig: Rig) -> list[bytes]:
    assert isinstance(rig.auditor, QuickAuditor)
    return rig.auditor.seen


def settled(rig: Rig, count: int, audits: int | None = None) -> bool:
    """True when so many entries were announced after so many audits, one for each by default, and nothing more came: what is there is
    known to the daemon, and a further cycle was worked off."""
    if not rig.await_entries(count) or not until(lambda: at_rest(rig)):
        return False
    looks = rig.log.count("cycle.opened")
    log = rig.roots[0] / "Forge/evidence/diff_log.md"
    before = log.read_bytes()
    Builder(rig.roots[0]).starts(summary="- probe")
    done = until(lambda: rig.log.count("cycle.opened") > looks or b"IN_PROCESS" in before)
    return done and len(rig.recorded) == count and len(seen(rig)) == (count if audits is None else audits)


def at_rest(rig: Rig) -> bool:
    """True when the diff log that is there now was read and recognised, and nothing about it is waiting or at work."""
    state = served(rig).state
    looked = state.settling is None and state.condition is not Condition.UNSEEN
    current = state.mark in ("", digest_of_bytes((rig.roots[0] / "Forge/evidence/diff_log.md").read_bytes()))
    return looked and current and not served(rig).waits and served(rig).task is None and served(rig).errand is None


@pytest.mark.req("S002-10.1.1-11", "S005-3")
def test_in_process_is_left_alone_and_complete_is_audited_once(rig: Rig, builder: Builder) -> None:
    rig.start()
    builder.claims("app/a.py").record().starts()
    assert until(lambda: rig.log.count("cycle.opened") == 1)
    assert rig.log.facts("cycle.opened")["phase"] == "Phase 1 -- Things"
    assert not rig.recorded
    builder.completes()
    assert settled(rig, 1)
    assert rig.entries()[0].trigger is not None


@pytest.mark.req("S002-12-6")
def test_the_plan_is_recorded_as_it_was_first_seen_and_goes_to_the_audit(rig: Rig, builder: Builder) -> None:
    rig.start()
    builder.claims("app/a.py").record().starts()
    assert until(lambda: rig.log.count("cycle.opened") == 1)
    builder.claims("app/a.py", "app/b.py").starts()
    builder.completes()
    assert settled(rig, 1)
    opened = next(event for event in rig.events() if isinstance(event, CycleOpened))
    assert (opened.planned, opened.phase) == (("app/a.py",), "Phase 1 -- Things")
    assert isinstance(rig.auditor, QuickAuditor)
    assert rig.auditor.planned == [("app/a.py",)]


def test_a_touch_or_a_resave_does_not_audit_again(rig: Rig, builder: Builder) -> None:
    rig.start()
    builder.record().completes()
    assert rig.await_entries(1)
    os.utime(builder.root / "Forge/evidence/diff_log.md")
    builder.completes().record()
    assert settled(rig, 1)


def test_the_same_bytes_are_audited_again_in_a_new_cycle(rig: Rig, builder: Builder) -> None:
    rig.start()
    builder.record().completes()
    assert rig.await_entries(1)
    builder.starts()
    assert until(lambda: rig.log.count("cycle.opened") == 1)
    builder.completes()
    assert until(lambda: len(seen(rig)) == 2)
    # The identity is the same, so the entry that exists is the answer.
    assert until(lambda: rig.log.count("audit.repeated") == 1)
    assert len(rig.entries()) == 1


@pytest.mark.req("S002-10.1.1-7")
@pytest.mark.parametrize("atomic", [True, False], ids=["atomic rename", "in-place write"])
def test_both_ways_of_writing_are_audited(rig: Rig, builder: Builder, atomic: bool) -> None:
    rig.start()
    builder.record().writes_log(builder.difflog("COMPLETE"), atomic=atomic)
    assert settled(rig, 1)


def test_a_torn_write_gives_one_audit_of_the_whole(rig: Rig, builder: Builder) -> None:
    rig.start()
    builder.record().starts()
    assert until(lambda: rig.log.count("cycle.opened") == 1)
    text = builder.difflog("COMPLETE", summary="- torn").encode()
    with open(builder.root / "Forge/evidence/diff_log.md", "wb", buffering=0) as file:
        file.write(text[: len(text) // 2])
        builder.record(body="pytest exit: 0\nsecond\n")  # an event in the directory while half of it is there
        assert until(lambda: served(rig).state.settling is not None)
        file.write(text[len(text) // 2 :])
    assert settled(rig, 1)
    assert seen(rig) == [text]


def test_a_log_appended_line_by_line_each_time_opened_anew_gives_one_audit(rig: Rig, builder: Builder) -> None:
    builder.record()
    rig.start()
    # What was there at the start counts as being written for this long.
    begun = rig.clock.monotonic()
    assert until(lambda: rig.clock.monotonic() > begun + QUIET_SECONDS)
    text = builder.difflog("COMPLETE").partition("\n## Minimal Diff Hunks")[0]
    path = builder.root / "Forge/evidence/diff_log.md"
    for line in text.splitlines(keepends=True):
        with path.open("a") as file:
            file.write(line)
        # Each line is looked at before the next one comes.
        assert until(lambda: digest_of_bytes(path.read_bytes()) in marks(rig))
    assert settled(rig, 1)
    assert seen(rig) == [text.encode()]


def marks(rig: Rig) -> tuple[str, ...]:
    """What the daemon looked at last, settled or not."""
    state = served(rig).state
    return (state.mark, state.settling.mark if state.settling else "")


def test_a_document_written_through_a_mapping_is_found_by_the_sweep(builder: Builder, tmp_path: Path) -> None:
    rig = Rig(state=tmp_path / "state", roots=[builder.root], sweep_seconds=1)
    text = builder.difflog("COMPLETE").encode()
    builder.record().writes_log(b" " * len(text), atomic=False)
    path = builder.root / "Forge/evidence/diff_log.md"
    rig.start()
    try:
        with open(path, "r+b") as file:
            with mmap.mmap(file.fileno(), 0) as mapping:
                mapping[:] = text
                mapping.flush()
            assert rig.await_entries(1)
        assert seen(rig) == [text]
    finally:
        rig.stop()


def test_a_writer_that_never_rests_is_shown_as_incomplete_until_it_does(rig: Rig, builder: Builder) -> None:
    rig.start()
    builder.record().starts()
    assert until(lambda: rig.log.count("cycle.opened") == 1)
    text = builder.difflog("COMPLETE", summary="- written in many pieces").encode()
    builder.writes_log(text[: text.index(b"## Verification")], atomic=False)

    def shown() -> bool:
        with open(builder.root / "Forge/evidence/diff_log.md", "ab") as file:
            file.write(b"- and more\n")
        return rig.log.count("difflog.incomplete") == 1

    assert until(shown)
    assert not seen(rig)
    builder.writes_log(text, atomic=False)
    assert settled(rig, 1)
    assert seen(rig) == [text]
    assert rig.log.count("difflog.incomplete") == 1


def test_the_file_deleted_and_written_again_is_audited(rig: Rig, builder: Builder) -> None:
    builder.record().starts()
    rig.start()
    builder.delete("Forge/evidence/diff_log.md")
    assert until(lambda: rig.log.count("difflog.removed") == 1)
    builder.completes()
    assert settled(rig, 1)


@pytest.mark.parametrize("folder", ["Forge/evidence", "Forge"])
def test_a_folder_deleted_and_made_again_is_watched_again(rig: Rig, builder: Builder, folder: str) -> None:
    builder.record().starts()
    rig.start()
    shutil.rmtree(builder.root / folder)
    builder.record().completes()
    assert rig.await_entries(1)
    builder.completes(summary="- and once more")
    assert rig.await_entries(2, 5)


def test_a_folder_renamed_away_and_replaced_is_watched_again(rig: Rig, builder: Builder) -> None:
    builder.record().starts()
    rig.start()
    os.rename(builder.root / "Forge/evidence", builder.root / "Forge/evidence_old")
    builder.completes()
    assert rig.await_entries(1)
    # The old directory is no longer ours: what is written there is nobody's diff log.
    (builder.root / "Forge/evidence_old/diff_log.md").write_text(builder.difflog("COMPLETE", summary="- in the old folder"))
    assert settled(rig, 1)


def test_a_folder_moved_into_place_with_a_complete_log_is_audited(rig: Rig, builder: Builder, tmp_path: Path) -> None:
    rig.start()
    shutil.rmtree(builder.root / "Forge/evidence", ignore_errors=True)
    prepared = builder.root / "prepared"
    prepared.mkdir()
    (prepared / "diff_log.md").write_text(builder.difflog("COMPLETE"))
    os.rename(prepared, builder.root / "Forge/evidence")
    assert rig.await_entries(1, 10)


@pytest.mark.req("S002-0-6")
def test_the_workspace_removed_is_said_and_waited_for(rig: Rig, builder: Builder) -> None:
    builder.record().starts()
    rig.start()
    shutil.rmtree(builder.root / "Forge")
    assert until(lambda: rig.log.count("workspace.gone") == 1)
    builder.record().completes()
    assert rig.await_entries(1)


def test_the_repository_deleted_and_made_again_is_served_again(rig: Rig, builder: Builder, tmp_path: Path) -> None:
    builder.record().starts()
    copy = tmp_path / "copy"
    shutil.copytree(builder.root, copy)
    rig.start()
    assert until(lambda: deleted(builder.root))
    assert until(lambda: not served(rig).watch_set.watched.intersection({str(builder.root)}) and bool(served(rig).troubles)), (
        rig.log.lines,
        served(rig).watch_set.watched,
        served(rig).troubles,
    )
    os.rename(copy, builder.root)
    assert until(lambda: not served(rig).troubles)
    assert rig.log.count("repository.available") >= 1
    builder.completes()
    assert rig.await_entries(1)
    # Rewritings rest a moment in between.
    assert until((builder.root / ".forge_watcher.lock").exists)


def test_the_repository_renamed_away_and_back_is_served_again(rig: Rig, builder: Builder, tmp_path: Path) -> None:
    builder.record().starts()
    rig.start()
    # A task that fails for want of the root would say so, too.
    assert until(lambda: rig.log.count("cycle.opened") == 1 and at_rest(rig))
    os.rename(builder.root, tmp_path / "elsewhere")
    assert until(lambda: rig.log.count("repository.unavailable") == 1), rig.log.lines
    os.rename(tmp_path / "elsewhere", builder.root)
    assert until(lambda: rig.log.count("repository.available") == 1)
    builder.completes()
    assert rig.await_entries(1)


def test_a_repository_whose_git_directory_goes_and_comes_back_is_told_at_once(rig: Rig, builder: Builder, tmp_path: Path) -> None:
    builder.record().starts()
    rig.start()
    assert until(lambda: rig.log.count("cycle.opened") == 1 and at_rest(rig))
    os.rename(builder.root / ".git", tmp_path / "git")
    assert until(lambda: rig.log.count("repository.unavailable") == 1), rig.log.lines
    os.rename(tmp_path / "git", builder.root / ".git")
    assert until(lambda: rig.log.count("repository.available") == 1), rig.log.lines


def test_a_symlinked_root_is_served_under_its_real_path(builder: Builder, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(builder.root)
    rig = Rig(state=tmp_path / "state", roots=[link]).start()
    try:
        builder.record().completes()
        assert rig.await_entries(1)
        assert rig.recorded[0][0] == str(builder.root)
    finally:
        rig.stop()


def test_checkouts_back_and_forth_audit_a_document_once_in_each_cycle(rig: Rig, builder: Builder) -> None:
    builder.record().starts().commit("in process")
    builder.git("checkout", "-q", "-b", "other")
    builder.completes().commit("complete")
    builder.git("checkout", "-q", "-")
    rig.start()
    for _ in range(5):
        builder.git("checkout", "-q", "other")
        builder.git("checkout", "-q", "-")
    builder.git("checkout", "-q", "other")
    assert rig.await_entries(1)
    # At rest: what is there now was audited in the newest cycle, and nothing waits.
    newest = (builder.root / "Forge/evidence/diff_log.md").read_bytes()
    assert until(lambda: at_rest(rig) and served(rig).state.condition is Condition.COMPLETE), rig.log.lines
    rig.ask(Request.SWEEP)
    assert settled(rig, 1, audits=len(seen(rig)))
    # A document that was away for an IN_PROCESS is judged again, the same one in the same cycle only where HEAD moved during the audit.
    claimed = [event.trigger for event in rig.events() if isinstance(event, TriggerClaimed)]
    told = [(facts["cycle"], facts["document"]) for name, facts in rig.log.lines if name == "audit.dispatched"]
    assert told == [(trigger.cycle, trigger.document) for trigger in claimed]
    assert len(set(claimed)) == len(claimed) <= len(seen(rig)) <= ROUNDS * len(claimed)
    assert set(seen(rig)) == {newest}
    assert [event.result for event in rig.events() if isinstance(event, TriggerDone)] == ["entry", *["repeat"] * (len(claimed) - 1)]
    assert rig.log.count("repository.unavailable") == 0


@pytest.mark.req("S002-10.1.1-12")
def test_two_status_flips_within_a_millisecond_lose_nothing(rig: Rig, builder: Builder) -> None:
    rig.start()
    builder.record()
    for number in range(20):
        builder.starts(summary=f"- round {number}").completes(summary=f"- round {number}")
    last = builder.difflog("COMPLETE", summary="- round 19").encode()
    assert until(lambda: bool(seen(rig)) and seen(rig)[-1] == last)
    # Every document that was read as COMPLETE has exactly one entry.
    assert until(lambda: len(rig.entries()) == len(set(seen(rig))))
    assert len(seen(rig)) == len(set(seen(rig)))


def test_distinct_contents_that_come_during_an_audit_all_get_one(builder: Builder, tmp_path: Path) -> None:
    auditor = HeldAuditor()
    rig = Rig(state=tmp_path / "state", roots=[builder.root], auditor=auditor).start()
    try:
        builder.record().completes(summary="- 0")
        assert auditor.begun.wait(60)
        for number in range(1, 6):
            builder.completes(summary=f"- {number}")
            assert until(lambda number=number: waiting(rig) == number)  # type: ignore[misc]
        auditor.let.set()
        assert rig.await_entries(6)
        assert [b"- %d" % number in text for number, text in enumerate(auditor.seen)] == [True] * 6
    finally:
        auditor.let.set()
        rig.stop()


def test_a_newer_test_record_replaces_the_trigger_that_still_waits(builder: Builder, tmp_path: Path) -> None:
    auditor = HeldAuditor()
    rig = Rig(state=tmp_path / "state", roots=[builder.root], auditor=auditor).start()
    try:
        builder.record().completes(summary="- first")
        assert auditor.begun.wait(60)
        builder.completes(summary="- second")
        assert until(lambda: waiting(rig) == 1)
        builder.record(body="pytest exit: 0\nnewer\n")
        newest = digest_of_bytes((builder.root / "Forge/evidence/test_runs_latest.md").read_bytes())
        assert until(lambda: any(isinstance(task, RunAudit) and task.trigger.record == newest for task in tasks(rig)))
        assert waiting(rig) == 1
        auditor.let.set()
        assert rig.await_entries(2)
        assert len(auditor.seen) == 2
    finally:
        auditor.let.set()
        rig.stop()


@pytest.mark.parametrize("kind", ["symlink", "directory", "fifo", "looping symlink", "device symlink"])
def test_a_diff_log_that_is_no_file_is_shown_and_survived(rig: Rig, builder: Builder, kind: str) -> None:
    builder.record().starts()
    path = builder.root / "Forge/evidence/diff_log.md"
    rig.start()
    path.unlink()
    match kind:
        case "symlink":
            path.symlink_to("/etc/hostname")
        case "looping symlink":
            path.symlink_to(path)
        case "device symlink":
            path.symlink_to("/dev/zero")
        case "directory":
            path.mkdir()
        case _:
            os.mkfifo(path)
    assert until(lambda: rig.log.count("difflog.refused") == 1)
    path.rmdir() if kind == "directory" else path.unlink()
    builder.completes()
    assert rig.await_entries(1)


def test_an_unknown_status_is_shown_with_its_line_and_not_audited(rig: Rig, builder: Builder) -> None:
    rig.start()
    builder.record().writes_log(builder.difflog("COMPLETELY"))
    assert until(lambda: rig.log.count("difflog.unknown") == 1)
    facts = rig.log.facts("difflog.unknown")
    assert (facts["line"], facts["found"]) == (8, "COMPLETELY")
    assert not rig.recorded


def test_malformed_after_complete_is_an_entry(rig: Rig, builder: Builder) -> None:
    rig.start()
    builder.record().completes()
    assert rig.await_entries(1)
    builder.writes_log(builder.difflog("COMPLETE").replace("- Status: COMPLETE\n", "- Status: COMPLETE\n- Status: IN_PROCESS\n"))
    assert rig.await_entries(2)
    assert rig.log.count("difflog.malformed") == 1


def test_malformed_before_complete_is_shown_only(rig: Rig, builder: Builder) -> None:
    rig.start()
    builder.record().starts()
    builder.writes_log(builder.difflog("COMPLETE").replace("- Status: COMPLETE\n", "- Status: COMPLETE\n- Status: IN_PROCESS\n"))
    assert until(lambda: rig.log.count("difflog.malformed") == 1)
    assert not rig.recorded


@pytest.mark.req("S002-10.1.1-11")
def test_changes_while_down_are_audited_at_the_start_and_only_once(rig: Rig, builder: Builder) -> None:
    rig.start()
    builder.record().completes()
    assert rig.await_entries(1)
    assert rig.stop() == 0
    builder.starts(summary="- while down").completes(summary="- while down")
    rig.start()
    assert rig.await_entries(2)
    assert rig.stop() == 0
    rig.start()
    assert settled(rig, 2)
    assert len([event for event in rig.events() if isinstance(event, TriggerDone)]) == 2


def test_the_first_cycle_of_a_governed_repository_is_said_once(rig: Rig, builder: Builder) -> None:
    builder.write("Forge/Contracts/directive.md", "# Directive\n\nAEM: enabled\n").record().starts()
    rig.start()
    assert until(lambda: rig.log.count("ledger.begun") == 1)
    assert rig.log.facts("ledger.begun")["note"] == "No prior audit ledger found; this is the first AEM cycle."
    builder.completes()
    assert rig.await_entries(1)
    rig.stop()
    rig.start()
    assert settled(rig, 1)
    assert rig.log.count("ledger.begun") == 1


def test_a_repository_without_the_switch_begins_its_ledger_quietly(rig: Rig, builder: Builder) -> None:
    builder.write("Forge/Contracts/directive.md", "# Directive\n\nAEM: disabled\n").record().completes()
    rig.start()
    assert settled(rig, 1)
    assert rig.log.count("ledger.begun") == 0


@pytest.mark.req("S002-10.1.1-3")
def test_after_a_reboot_the_record_of_the_last_boot_is_replaced_and_a_finished_cycle_stays_finished(rig: Rig, builder: Builder) -> None:
    rig.start()
    builder.record().starts()
    assert until(lambda: rig.log.count("cycle.opened") == 1)
    builder.completes()
    assert rig.await_entries(1)
    left = read_lock_record(str(builder.root))
    assert isinstance(left, LockRecord)
    assert left.boot_id
    rig.stop()
    # The machine went down with the record still there, and now another watcher of ours has its process id and its start tick.
    with subprocess.Popen([sys.executable, "-c", "print(flush=True); input()  # forgewatch"], stdin=-1, stdout=-1) as other:
        assert other.stdout is not None
        other.stdout.readline()
        found = find_process(other.pid)
        assert found is not None
        same = left._replace(pid=other.pid, start_ticks=found.start_ticks)
        assert why_stale(same) == ""
        write_lock_record(str(builder.root), same._replace(boot_id="0f0e0d0c-0b0a-0908-0706-050403020100"))
        rig.start()
        other.kill()
    # Only the boot told the two apart.
    assert rig.result == []
    assert "it was written in boot 0f0e0d0c-0b0a-0908-0706-050403020100, this is " in str(rig.log.facts("lock.replaced")["why"])
    assert settled(rig, 1)
    assert [event.cycle for event in rig.events() if isinstance(event, CycleOpened)] == [1, 2]


def test_a_cycle_that_was_open_stays_open_over_a_restart(rig: Rig, builder: Builder) -> None:
    builder.record().starts()
    rig.start()
    assert until(lambda: rig.log.count("cycle.opened") == 1)
    rig.stop()
    rig.start()
    builder.completes()
    assert rig.await_entries(1)
    assert [event.cycle for event in rig.events() if isinstance(event, CycleOpened)] == [1]


def test_a_sweep_asked_for_finds_what_no_hint_told(rig: Rig, builder: Builder) -> None:
    rig.start()
    builder.record().completes()
    assert rig.await_entries(1)
    rig.ask(Request.SWEEP)
    assert settled(rig, 1)


def deleted(root: Path) -> bool:
    """Delete what is there, as `rm -rf` said once more does: meanwhile the daemon may have put its lock record back."""
    shutil.rmtree(root, ignore_errors=True)
    return not root.exists()


def served(rig: Rig) -> Served:
    assert rig.daemon is not None
    return rig.daemon.served()[0]


def waiting(rig: Rig) -> int:
    return len(tasks(rig))


def tasks(rig: Rig) -> tuple[Task, ...]:
    return served(rig).state.queue


def test_a_checkpoint_that_cannot_be_written_is_said_once_and_again_when_it_comes_back(rig: Rig, builder: Builder) -> None:
    rig.start()
    builder.record().completes()
    assert settled(rig, 1)
    in_the_way = folder_of(rig.state, builder.root) / f".checkpoint.{os.getpid()}.new"
    for entries, said in ((2, 1), (3, 1), (4, 1), (5, 2)):
        in_the_way.mkdir(exist_ok=True)
        if entries == 4:
            in_the_way.rmdir()
        builder.starts(summary=f"- {entries}").completes(summary=f"- {entries}")
        assert rig.await_entries(entries)
        assert until(lambda: at_rest(rig))
        assert until(lambda said=said: rig.log.count("ledger.unsealed") == said)  # type: ignore[misc]
    assert "cannot be written: Is a directory" in str(rig.log.facts("ledger.unsealed")["why"])
