"""Operating the installed daemon: signals, reloads, repositories that go and come back, full disks, exhausted limits, tokens."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from forgewatch.adapters.state_folder import folder_of
from tests.support.builder import Builder
from tests.support.installed import COMMAND, Installed, told, until, without_powers


def blocked_signals(process: Path) -> int:
    """Return the mask of blocked signals of a thread or process folder in /proc."""
    line = next(line for line in (process / "status").read_text().splitlines() if line.startswith("SigBlk:"))
    return int(line.split()[1], 16)


@pytest.mark.req("S002-10.1.1-4")
def test_two_signals_in_a_row_are_both_followed_at_once(installed: Installed) -> None:
    # What `systemctl stop` sends: SIGTERM and then SIGCONT. Here with SIGHUP, so that it can be done again and again.
    daemon = installed.watch()
    for number in range(1, 21):
        daemon.send_signal(signal.SIGHUP)
        daemon.send_signal(signal.SIGCONT)
        assert until(lambda number=number: installed.log.count("configuration.reloaded") >= number)  # type: ignore[misc]


def test_only_the_main_thread_takes_signals_and_a_worker_takes_all(installed: Installed, builder: Builder) -> None:
    daemon = installed.watch()
    builder.starts().record().completes()
    assert installed.settles(1)
    others = [task for task in Path(f"/proc/{daemon.pid}/task").iterdir() if task.name != str(daemon.pid)]
    ours = sum(1 << (number - 1) for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCONT))
    assert len(others) >= 2
    assert {blocked_signals(task) & ours for task in others} == {ours}
    assert blocked_signals(Path(f"/proc/{daemon.pid}")) & ours == 0
    workers = " ".join(children.read_text() for children in Path(f"/proc/{daemon.pid}/task").glob("*/children")).split()
    assert [blocked_signals(Path(f"/proc/{worker}")) for worker in workers] == [0]
    os.kill(daemon.pid, signal.SIGTERM)
    assert daemon.wait(60) == 0


@pytest.mark.parametrize("limit", ["max_inotify_instances=0", "max_inotify_watches=1"])
def test_with_inotify_used_up_it_says_so_and_looks_every_second(installed: Installed, builder: Builder, limit: str) -> None:
    # A user namespace has limits of its own, so that nobody else on this machine feels it.
    name, _, value = limit.partition("=")
    prepare = f"echo {value} > /proc/sys/user/{name}"
    if subprocess.run(["unshare", "-Ur", "sh", "-c", prepare], capture_output=True, check=False).returncode:
        pytest.skip("no user namespaces here")
    with installed.log_path.open("ab") as log:
        command = ["unshare", "-Ur", "sh", "-c", f'{prepare}; exec "$@"', "sh", str(COMMAND), "watch", str(builder.root)]
        daemon = subprocess.Popen(command, env=installed.environment, stdout=log, stderr=log, start_new_session=True)
    installed.daemons.append(daemon)
    assert until(lambda: "daemon.started" in installed.log)
    assert "watch.degraded" in installed.log
    assert f"raise the sysctl fs.inotify.max_user_{name.removeprefix('max_inotify_')}" in installed.log
    builder.starts()
    assert until(lambda: "cycle.opened" in installed.log)
    builder.record().completes()
    assert installed.settles(1)


def test_approval_files_are_answered_by_the_running_daemon(installed: Installed, builder: Builder) -> None:
    head = builder.head
    refused = {
        "literal": "APPROVED::\n",
        "other-task": f"APPROVED:login:{head}\n",
        "short": f"APPROVED:short:{head[:10]}\n",
        "stale": f"APPROVED:stale:{'0' * 40}\n",
        "crlf": f"APPROVED:crlf:{head}\r\n",
        "bom": f"\ufeffAPPROVED:bom:{head}\n",
        "two": f"APPROVED:two:{head}\nAPPROVED:two:{head}\n",
    }
    installed.watch()
    for task, text in refused.items():
        builder.write(f".ai-stack-trace/{task}/contract/APPROVED", text)
    (builder.root / ".ai-stack-trace/folder/contract/APPROVED").mkdir(parents=True)
    linked = builder.root / ".ai-stack-trace/linked/contract/APPROVED"
    linked.parent.mkdir(parents=True)
    (builder.root.parent / "token").write_text(f"APPROVED:linked:{head}\n")
    linked.symlink_to(builder.root.parent / "token")
    assert until(lambda: installed.log.count("approval.refused") == len(refused) + 2), installed.log
    assert "approval.accepted" not in installed.log
    builder.write(".ai-stack-trace/good/contract/APPROVED", f"APPROVED:good:{head}\n")
    assert until(lambda: installed.log.count("approval.accepted") == 1)
    assert "## Note: approval accepted — APPROVED for good\n" in installed.ledger
    assert installed.log.count("approval.refused") == len(refused) + 2


def test_a_reload_adds_and_removes_repositories_and_a_broken_file_changes_nothing(installed: Installed, builder: Builder) -> None:
    other = Builder.with_repository(installed.top / "other")
    configuration = installed.top / "forgewatch.yaml"
    configuration.write_text(f"repositories: [{builder.root}]\n")
    daemon = installed.watch("--config", str(configuration))
    configuration.write_text(f"repositories: [{builder.root}, {other.root}]\n")
    daemon.send_signal(signal.SIGHUP)
    assert until((other.root / ".forge_watcher.lock").exists)
    configuration.write_text("repositorys: []\n")
    daemon.send_signal(signal.SIGHUP)
    assert until(lambda: "configuration.refused" in installed.log)
    assert "1: unknown key 'repositorys'" in installed.log
    assert (other.root / ".forge_watcher.lock").exists()
    configuration.write_text(f"repositories: [{other.root}]\n")
    daemon.send_signal(signal.SIGHUP)
    assert until(lambda: not (builder.root / ".forge_watcher.lock").exists())
    other.starts().record().completes()
    assert until(lambda: (other.root / "Forge/evidence/audit_ledger.md").exists())


def test_the_log_names_what_is_served_and_what_a_reload_brings_and_takes(installed: Installed, builder: Builder) -> None:
    other = Builder.with_repository(installed.top / "other")
    configuration = installed.top / "forgewatch.yaml"
    configuration.write_text(f"repositories: [{builder.root}]\n")
    daemon = installed.watch("--config", str(configuration))
    configuration.write_text(f"repositories: [{other.root}]\n")
    daemon.send_signal(signal.SIGHUP)
    assert until(lambda: "configuration.reloaded" in installed.log)
    (started,) = told(installed, "daemon.started")
    (reloaded,) = told(installed, "configuration.reloaded")
    assert started["served"] == [str(builder.root)]
    assert (reloaded["came"], reloaded["gone"]) == ([str(other.root)], [str(builder.root)])


def test_who_stands_in_a_repository_that_the_configuration_does_not_list_is_told(installed: Installed, builder: Builder) -> None:
    other = Builder.with_repository(installed.top / "an other")
    configuration = installed.top / "forgewatch.yaml"
    configuration.write_text(f"repositories: [{builder.root}]\n")
    command = Installed(other.root, other.root, {"FORGEWATCH_STATE_DIR": str(installed.top / "state")})
    command.watch("--config", str(configuration))
    try:
        (unlisted,) = told(command, "repository.unlisted")
        assert (unlisted["repository"], unlisted["level"]) == (str(other.root), "warning")
        assert unlisted["hint"] == f"add it to the configuration, or: forgewatch watch '{other.root}'"
        status = command.run("status", "--config", str(configuration))
        assert f"start it: forgewatch watch '{other.root}'" in status.stdout
        waited = command.run("wait", "--timeout", "0", "--config", str(configuration))
        assert f"start one with: forgewatch watch '{other.root}'" in waited.stderr
    finally:
        command.stop()


@pytest.mark.parametrize(
    ("words", "said", "hint"),
    [
        (("audt",), "no command 'audt'", "did you mean 'audit'?"),
        (("xyz",), "no command 'xyz'", "forgewatch --help lists them"),
        (("worker-x",), "no command 'worker-x'", "forgewatch --help lists them"),
        (("status", "a", "b"), "status: unrecognized arguments: b", "forgewatch status --help says what it takes"),
        (("wait", "--timeout", "x"), "wait: argument --timeout: expected seconds, found 'x'", "forgewatch wait --help says what it takes"),
        (("ledger", "show", "a", "b"), "ledger show: unrecognized arguments: b", "forgewatch ledger show --help says what it takes"),
        (
            ("ledger", "restore", "--no"),
            "ledger restore: unrecognized arguments: --no",
            "forgewatch ledger restore --help says what it takes",
        ),
        (("ledger",), "ledger: the following arguments are required: VERB", "forgewatch ledger --help says what it takes"),
    ],
)
def test_wrong_usage_is_one_line_and_a_hint(installed: Installed, words: tuple[str, ...], said: str, hint: str) -> None:
    run = installed.run(*words)
    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr == f"forgewatch: {said}\n  hint: {hint}\n"


@pytest.mark.parametrize("how", ["edited", "deleted"])
def test_after_a_restore_the_refused_audit_runs_again_and_is_what_wait_tells(installed: Installed, builder: Builder, how: str) -> None:
    ledger = builder.root / "Forge/evidence/audit_ledger.md"
    installed.watch()
    builder.starts().record().completes()
    assert installed.run("wait").returncode == 0
    ledger.write_text(ledger.read_text().replace("PASS", "FAIL")) if how == "edited" else ledger.unlink()
    builder.starts(summary="- more").completes(summary="- more")
    refused = installed.run("wait")
    assert refused.returncode == 1
    assert "STOP: EVIDENCE_MISSING" in refused.stdout
    assert installed.run("ledger", "restore", "--yes", "--actor", "op").returncode == 0
    again = installed.run("wait", "--timeout", "20")
    assert "Overall: PASS" in again.stdout
    assert again.returncode == 0


def test_a_log_that_is_malformed_after_complete_is_a_fail_in_the_ledger(installed: Installed, builder: Builder) -> None:
    installed.watch()
    builder.write("app/a.py", "x = 2\n").record().claims("app/a.py").starts().completes()
    assert installed.settles(1), installed.log
    builder.writes_log(builder.difflog("COMPLETE").replace("- Status: COMPLETE\n", "- Status: COMPLETE\n- Status: IN_PROCESS\n"))
    assert installed.settles(2), installed.log
    assert installed.outcomes == ["PASS", "FAIL"]
    assert (
        "A502 Forge/evidence/diff_log.md (expected one status, found 'COMPLETE' in line 8 and 'IN_PROCESS' in line 9)" in installed.ledger
    )


# --- permissions


def watch_without_powers(installed: Installed) -> None:
    """Start a daemon that permissions bind, and that sweeps every second: root gives up the powers to read and write everything."""
    configuration = installed.top / "forgewatch.yaml"
    configuration.write_text(json.dumps({"repositories": [str(installed.root)], "watch": {"sweep_seconds": 1}}))
    command = [*without_powers(), str(COMMAND), "watch", "--config", str(configuration)]
    with installed.log_path.open("ab") as log:
        daemon = subprocess.Popen(command, env=installed.environment, stdout=log, stderr=log, start_new_session=True)
    installed.daemons.append(daemon)
    assert until(lambda: "daemon.started" in installed.log), installed.log


@pytest.mark.parametrize("place", ["Forge/evidence/diff_log.md", "Forge/evidence", "Forge"])
def test_a_permission_lost_is_said_and_what_was_finished_meanwhile_is_audited_when_it_is_back(
    installed: Installed, builder: Builder, place: str
) -> None:
    builder.record().starts()
    watch_without_powers(installed)
    assert until(lambda: "cycle.opened" in installed.log)
    # In place, so that the daemon reads what it can and cannot find the text anywhere else.
    lost = builder.root / place
    mode = lost.stat().st_mode
    lost.chmod(0)
    try:
        assert until(lambda: "difflog.refused" in installed.log), installed.log
        assert "ermission denied" in installed.log
        if os.geteuid() == 0:
            builder.write("app/a.py", "x = 2\n").record().claims("app/a.py")
            builder.writes_log(builder.difflog("COMPLETE"), atomic=False)
            assert installed.entries == 0
    finally:
        lost.chmod(mode)
    if os.geteuid() != 0:
        builder.write("app/a.py", "x = 2\n").record().claims("app/a.py").completes()
    assert installed.settles(1), installed.log
    assert installed.outcomes == ["PASS"]
    # And it is watched again: a further cycle needs no sweep to be noticed, but either way it is.
    builder.starts(summary="- two").write("app/a.py", "x = 3\n").record(body="pytest exit: 0\ntwo\n").completes(summary="- two")
    assert installed.settles(2), installed.log
    assert installed.outcomes == ["PASS", "PASS"]


def test_an_entry_that_cannot_be_shown_in_the_ledger_is_said_and_shown_when_it_can(installed: Installed, builder: Builder) -> None:
    watch_without_powers(installed)
    builder.write("app/a.py", "x = 2\n").record().claims("app/a.py").starts().completes()
    assert installed.settles(1), installed.log
    ledger = builder.root / "Forge/evidence/audit_ledger.md"
    ledger.chmod(0o444)
    builder.starts(summary="- two").write("app/a.py", "x = 3\n").record(body="pytest exit: 0\ntwo\n").completes(summary="- two")
    assert until(lambda: "ledger.unpublished" in installed.log), installed.log
    assert installed.entries == 1
    ledger.chmod(0o644)
    # Nobody finishes another cycle: the next sweep completes the file.
    assert installed.settles(2), installed.log
    assert installed.outcomes == ["PASS"] * 2
    assert installed.log.count("ledger.unpublished") == 1


# --- a disk that is really full


@dataclass
class SmallDisk:
    """Eight MiB mounted where only the commands of this test see it. `inside` is how the test itself reaches a path of theirs."""

    place: Path
    holder: subprocess.Popen[bytes]

    def inside(self, path: Path) -> Path:
        return Path(f"/proc/{self.holder.pid}/root{path}")

    @property
    def entered(self) -> list[str]:
        user = [] if os.geteuid() == 0 else ["--user", "--preserve-credentials"]
        return ["nsenter", f"--target={self.holder.pid}", "--mount", *user, "--"]

    def fill(self, room: int = 0) -> None:
        """Take every block there is, and give back so many bytes."""
        with self.inside(self.place / "filler").open("wb", buffering=0) as filler:
            for size in (65536, 4096, 1):
                with contextlib.suppress(OSError):
                    while filler.write(b"0" * size):
                        pass
            filler.truncate(filler.tell() - room)

    def make_room(self) -> None:
        self.inside(self.place / "filler").unlink()

    def run(self, installed: Installed, *args: str) -> subprocess.CompletedProcess[str]:
        command = [*self.entered, str(COMMAND), *args]
        return subprocess.run(command, env=installed.environment, capture_output=True, text=True, timeout=60, check=False)

    def watch(self, installed: Installed, *roots: Path) -> subprocess.Popen[bytes]:
        """Start a daemon that sees the disk, and that sweeps every second."""
        configuration = installed.top / "forgewatch.yaml"
        configuration.write_text(json.dumps({"repositories": [str(root) for root in roots], "watch": {"sweep_seconds": 1}}))
        with installed.log_path.open("ab") as log:
            daemon = subprocess.Popen(
                [*self.entered, str(COMMAND), "watch", "--config", str(configuration)],
                env=installed.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        installed.daemons.append(daemon)
        assert until(lambda: "daemon.started" in installed.log), installed.log
        return daemon


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Callable[[Path, Path | None], SmallDisk]]:
    """Mounts a small disk at a place and copies a folder onto it; skipped, with this reason, where nothing may be mounted."""
    holders: list[subprocess.Popen[bytes]] = []

    def mounted(place: Path, source: Path | None = None) -> SmallDisk:
        place.mkdir(parents=True, mode=0o700, exist_ok=True)
        copied = f"cp -a {source} {place} && " if source else ""
        script = f"mount -t tmpfs -o size=8m,mode=700 small {place} && {copied}echo mounted && read never"
        unshare = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--mount", "--map-root-user"]
        holder = subprocess.Popen([*unshare, "sh", "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        holders.append(holder)
        assert holder.stdout is not None
        if holder.stdout.readline() != b"mounted\n":
            pytest.skip("nothing may be mounted here: no mount namespaces")
        return SmallDisk(place, holder)

    yield mounted
    for holder in holders:
        holder.communicate(b"\n", timeout=60)


Mount = Callable[[Path, Path | None], SmallDisk]


def test_a_full_disk_below_the_journal_is_an_error_and_its_verdict_comes_when_there_is_room(
    installed: Installed, builder: Builder, small_disk: Mount
) -> None:
    disk = small_disk(folder_of(installed.top / "state", builder.root), None)
    other = Builder.with_repository(installed.top / "other").record()
    builder.write("app/a.py", "x = 2\n").record().claims("app/a.py").starts()
    daemon = disk.watch(installed, builder.root, other.root)
    assert until(lambda: "cycle.opened" in installed.log)
    disk.fill()
    builder.completes()
    # 1. It is said, by the daemon and by a command.
    assert until(lambda: "no space left on device" in installed.log.lower()), installed.log
    run = disk.run(installed, "audit", str(builder.root))
    assert run.returncode == 2, run
    # Once for the verdict; that the entry in the reserve left no room for a checkpoint is another thing, and a note.
    said = "\n".join(line for line in (run.stdout + run.stderr).splitlines() if "has no checkpoint yet" not in line)
    assert (said.lower().count("no space left on device"), said.count("hint: make room on that disk")) == (1, 1), said
    doctor = disk.run(installed, "doctor", str(builder.root)).stdout
    assert re.search(r"bad   state disk: +full: \d+ bytes free below .*\n +remedy: make room on that disk\n", doctor), doctor
    assert "ok    repository disk:" in doctor
    assert "PASS" not in installed.outcomes
    # 2. The others are served.
    other.write("app/a.py", "x = 3\n").claims("app/a.py").completes()
    assert until(lambda: (other.root / "Forge/evidence/audit_ledger.md").exists()), installed.log
    assert daemon.poll() is None
    # 3. Nothing is half written.
    shown = json.loads(disk.run(installed, "ledger", "show", str(builder.root), "--json").stdout)
    assert shown["condition"] in ("equals the journal", "is not there yet")
    # 4. With room the verdict comes, and nobody touched anything.
    disk.make_room()
    assert until(lambda: "PASS" in installed.outcomes, 90), installed.log
    shown = json.loads(disk.run(installed, "ledger", "show", str(builder.root), "--json").stdout)
    assert shown["condition"] == "equals the journal"
    assert installed.outcomes.count("PASS") == 1
    assert disk.run(installed, "ledger", "verify", str(builder.root)).returncode == 0


def test_an_audit_on_a_disk_with_too_little_room_is_an_error_and_every_line_there_holds(
    installed: Installed, builder: Builder, small_disk: Mount
) -> None:
    """Whatever little room there is: the line may fit and the checkpoint not, or the key's folder be all that is written."""
    disk, root = small_disk(folder_of(installed.top / "state", builder.root), None), str(builder.root)
    builder.write("app/a.py", "x = 2\n").record().claims("app/a.py").completes()
    assert disk.run(installed, "audit", root).returncode == 0
    outcomes = {}
    for room in (0, 4096, 8192, 16384, 32768, 131072):
        builder.write("app/a.py", f"x = {room + 3}\n").record(body=f"pytest exit: 0\n{room}\n").completes(summary=f"- {room}")
        passed = installed.outcomes.count("PASS")
        disk.fill(room)
        run = disk.run(installed, "audit", root, "--json")
        outcomes[room] = json.loads(run.stdout)["outcome"] if run.stdout else run.stderr
        assert run.returncode == (0 if outcomes[room] == "PASS" else 2), outcomes
        # Full as it is, what is there holds, and none of it is half a line.
        assert disk.run(installed, "ledger", "verify", root).returncode == 0, outcomes
        disk.make_room()
        again = disk.run(installed, "audit", root)
        assert again.returncode == 0, again.stderr
        assert disk.run(installed, "ledger", "verify", root).returncode == 0, outcomes
        shown = json.loads(disk.run(installed, "ledger", "show", root, "--json").stdout)
        assert (shown["condition"], installed.outcomes.count("PASS")) == ("equals the journal", passed + 1), outcomes
    # The reserve holds the entry that says so.
    assert outcomes[0] == "ERROR", outcomes
    assert outcomes[131072] == "PASS", outcomes


def test_a_full_disk_below_the_repository_keeps_the_verdict_and_shows_it_when_there_is_room(
    installed: Installed, builder: Builder, small_disk: Mount
) -> None:
    other = Builder.with_repository(installed.top / "other").record()
    builder.write("app/a.py", "x = 2\n").record().claims("app/a.py").starts()
    finished = builder.difflog("COMPLETE")
    builder.write("Forge/evidence/.diff_log.new", finished)
    disk = small_disk(installed.top / "small", builder.root)
    root = disk.place / builder.root.name
    there = disk.inside(root)
    daemon = disk.watch(installed, root, other.root)
    assert until(lambda: "cycle.opened" in installed.log)
    # The text that is replaced keeps its room: it has a second name.
    os.link(there / "Forge/evidence/diff_log.md", disk.inside(disk.place / "kept"))
    disk.fill()
    # Written before the disk was full: a rename needs no room.
    os.replace(there / "Forge/evidence/.diff_log.new", there / "Forge/evidence/diff_log.md")
    assert until(lambda: "ledger.unpublished" in installed.log), installed.log
    # The file may have been made before its first byte found no room; it never holds a part of an entry.
    ledger = there / "Forge/evidence/audit_ledger.md"
    assert not ledger.exists() or ledger.stat().st_size == 0
    other.write("app/a.py", "x = 3\n").claims("app/a.py").completes()
    assert until(lambda: (other.root / "Forge/evidence/audit_ledger.md").exists()), installed.log
    assert daemon.poll() is None
    doctor = disk.run(installed, "doctor", str(root)).stdout
    assert "bad   repository disk:" in doctor, doctor
    assert "ok    state disk:" in doctor
    assert "cannot be written: No space left on device; make room on that disk" in installed.log
    # The verdict stands in the journal, and says itself that the file lacks it.
    shown = json.loads(disk.run(installed, "ledger", "show", str(root), "--json").stdout)
    assert shown["condition"].startswith(("is missing", "ends after 0 of "))
    assert [entry["outcome"] for entry in shown["entries"]] == ["PASS"]
    disk.make_room()
    daemon.send_signal(signal.SIGCONT)
    assert until(lambda: ledger.exists() and ledger.stat().st_size > 0), installed.log
    shown = json.loads(disk.run(installed, "ledger", "show", str(root), "--json").stdout)
    assert (shown["condition"], [entry["outcome"] for entry in shown["entries"]]) == ("equals the journal", ["PASS"])
    assert ledger.read_text().count("## Audit Entry:") == 1
