"""Operating the installed daemon: signals, reloads, repositories that go and come back, full disks, exhausted limits, tokens."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest

from tests.support.builder import Builder
from tests.support.installed import COMMAND, Installed, until


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
        assert until(lambda number=number: installed.log.count("configuration.reloaded") >= number, 5)  # type: ignore[misc]


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
    assert daemon.wait(10) == 0


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


@pytest.mark.parametrize(
    ("words", "said", "hint"),
    [
        (("audt",), "no command 'audt'", "did you mean 'audit'?"),
        (("xyz",), "no command 'xyz'", "forgewatch --help lists them"),
        (("worker-x",), "no command 'worker-x'", "forgewatch --help lists them"),
        (("status", "a", "b"), "status: unrecognized arguments: b", "forgewatch status --help says what it takes"),
        (("wait", "--timeout", "x"), "wait: argument --timeout: expected seconds, found 'x'", "forgewatch wait --help says what it takes"),
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
    again = installed.run("wait", "--timeout", "10")
    assert "Overall: PASS" in again.stdout
    assert again.returncode == 0
