"""Standard streams that are closed, full or read by nobody: the exit status stays the verdict's, and the daemon goes on."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import select
import signal
import subprocess
from pathlib import Path

import pytest

from tests.support.builder import Builder
from tests.support.installed import COMMAND, PATIENCE, Installed, until

AUDITS = ("audit", "audit --json", "audit --format markdown", "wait", "wait --json")


def in_shell(installed: Installed, words: str) -> subprocess.CompletedProcess[str]:
    """Run the command with the redirections that `words` end in."""
    line = f'exec "{COMMAND}" {words}'
    return subprocess.run(
        ["bash", "-c", line], cwd=installed.root, env=installed.environment, capture_output=True, text=True, timeout=60, check=False
    )


def without_reader(installed: Installed, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the command with a pipe on standard output whose reading end is closed."""
    read, write = os.pipe()
    os.close(read)
    try:
        return subprocess.run(
            [str(COMMAND), *words],
            cwd=installed.root,
            env=installed.environment,
            stdout=write,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )
    finally:
        os.close(write)


@pytest.fixture(params=["PASS", "FAIL"])
def judged(request: pytest.FixtureRequest, builder: Builder, installed: Installed) -> tuple[Installed, int]:
    """A repository whose diff log has its result, and the exit status that this result means."""
    if request.param == "FAIL":
        builder.write("backdoor.py", "")
    builder.starts().record().completes()
    expected = 1 if request.param == "FAIL" else 0
    assert installed.run("audit").returncode == expected
    return installed, expected


def test_with_closed_streams_the_exit_status_is_the_verdicts(judged: tuple[Installed, int]) -> None:
    installed, expected = judged
    for words in AUDITS:
        for closed in (">&-", "<&- >&- 2>&-"):
            run = in_shell(installed, f"{words} {closed}")
            assert (run.returncode, run.stderr) == (expected, ""), (words, closed)


def test_without_a_reader_the_exit_status_is_the_verdicts(judged: tuple[Installed, int]) -> None:
    installed, expected = judged
    for words in AUDITS:
        run = without_reader(installed, *words.split())
        assert (run.returncode, run.stderr) == (expected, ""), words


def test_output_that_cannot_be_written_is_one_line_and_two(builder: Builder, installed: Installed) -> None:
    builder.starts().record().completes()
    assert installed.run("audit").returncode == 0
    for words in (*AUDITS, "status", "tail", "explain", "doctor", "audit --dry-run", "--version", "--help", "audit --help"):
        run = in_shell(installed, f"{words} >/dev/full")
        assert run.returncode == 2, words
        kept = ["  hint: what was recorded stays recorded; forgewatch tail shows it"] if words in AUDITS else []
        assert run.stderr.splitlines() == ["forgewatch: standard output cannot be written: No space left on device", *kept], words


@pytest.mark.parametrize(
    ("words", "status"), [("status", 3), ("tail 2>/dev/null", 0), ("--version", 0), ("explain A1", 0), ("audit --help", 0)]
)
def test_every_command_runs_with_its_streams_closed(installed: Installed, words: str, status: int) -> None:
    for closed in (">&-", ">&- 2>&-", "<&- >&- 2>&-"):
        run = in_shell(installed, f"{words} {closed}")
        assert (run.returncode, run.stderr) == (status, "")


@pytest.mark.parametrize("closed", ["2>&-", "2>/dev/full"])
def test_an_error_that_cannot_be_told_keeps_its_status(installed: Installed, closed: str) -> None:
    assert in_shell(installed, f"audt {closed}").returncode == 2
    assert in_shell(installed, f"audit --profile mild {closed}").returncode == 2


def test_no_file_is_opened_under_the_number_of_a_closed_stream(builder: Builder, installed: Installed) -> None:
    # Were fd 1 free, the first file that stays open would get it, and the result would be printed into that file.
    builder.starts().record().completes()
    daemon = subprocess.Popen(
        ["bash", "-c", f'exec "{COMMAND}" watch <&- >&- 2>&-'], cwd=builder.root, env=installed.environment, start_new_session=True
    )
    installed.daemons.append(daemon)
    assert installed.settles(1)
    assert [os.readlink(f"/proc/{daemon.pid}/fd/{number}") for number in (0, 1, 2)] == ["/dev/null"] * 3
    daemon.send_signal(signal.SIGTERM)
    assert daemon.wait(60) == 0


def cycle(builder: Builder, installed: Installed, number: int) -> None:
    """Do one honest cycle and wait for its entry."""
    builder.claims("app/a.py").starts().write("app/a.py", f"x = {number + 1}\n")
    builder.record(start=f"2026-11-20T10:00:{number:02d}Z").completes()
    assert installed.settles(number)


def watching(installed: Installed, **streams: int) -> subprocess.Popen[bytes]:
    """Start a daemon with the given streams; its log goes where `installed.log` finds it unless `stderr` is given."""
    with installed.log_path.open("ab") as log:
        daemon = subprocess.Popen(
            [str(COMMAND), "watch"],
            cwd=installed.root,
            env=installed.environment,
            start_new_session=True,
            **{"stderr": log.fileno(), **streams},  # type: ignore[call-overload]
        )
    installed.daemons.append(daemon)
    return daemon


@pytest.mark.parametrize("place", ["nobody", "full"])
def test_a_terminal_that_takes_no_results_is_told_once_and_the_watcher_goes_on(builder: Builder, installed: Installed, place: str) -> None:
    read, write = os.pipe()
    os.close(read)
    if place == "full":
        os.close(write)
        write = os.open("/dev/full", os.O_WRONLY)
    daemon = watching(installed, stdout=write)
    os.close(write)
    assert until(lambda: "daemon.started" in installed.log)
    for number in (1, 2, 3):
        cycle(builder, installed, number)
    assert until(lambda: installed.log.count("audit.finished") == 3)
    daemon.send_signal(signal.SIGTERM)
    assert daemon.wait(60) == 0
    lines = [json.loads(line) for line in installed.log.splitlines()]
    lost = [(line["level"], line["why"]) for line in lines if line["event"] == "terminal.lost"]
    why = {"nobody": "nobody reads standard output any more", "full": "standard output cannot be written: No space left on device"}
    assert lost == [("info", why[place])]
    assert not [line for line in lines if line["event"] == "daemon.failed" or "trace" in line]
    assert installed.outcomes == ["PASS"] * 3


@pytest.mark.parametrize("stream", ["2>&-", "2>/dev/full", "2>&1 | head -1"])
def test_without_a_place_for_its_log_the_watcher_works(builder: Builder, installed: Installed, stream: str) -> None:
    line = f'"{COMMAND}" watch {stream}'
    shell = subprocess.Popen(
        ["bash", "-c", line], cwd=builder.root, env=installed.environment, stdout=subprocess.DEVNULL, start_new_session=True
    )
    installed.daemons.append(shell)
    assert until((builder.root / ".forge_watcher.lock").exists)
    for number in (1, 2):
        cycle(builder, installed, number)
    status = json.loads(installed.run("status", "--json").stdout)
    os.kill(status["watcher"]["pid"], signal.SIGTERM)
    assert shell.wait(60) == 0
    assert not (builder.root / ".forge_watcher.lock").exists()


def shown_on(terminal: int, last: bytes) -> bytes:
    """Read what comes on a terminal until `last` has come."""
    text = b""
    while last not in text and select.select([terminal], [], [], PATIENCE)[0]:
        text += os.read(terminal, 65536)
    return text


def test_a_terminal_that_a_service_started_gets_the_block_and_the_line_below_it(builder: Builder, tmp_path: Path) -> None:
    installed = Installed(builder.root, tmp_path, {"INVOCATION_ID": "0123"})
    ours, theirs = pty.openpty()
    try:
        watching(installed, stdout=theirs)
        os.close(theirs)
        assert until(lambda: "daemon.started" in installed.log)
        builder.write("backdoor.py", "")
        cycle(builder, installed, 1)
        why = b"FAIL %s: Phase 1 -- Things, iteration 1: A1: A101 backdoor.py: changed but not claimed (untracked)\r\n"
        assert b"=== END AUDIT SCRIPT RESULT ===" in shown_on(ours, why % str(builder.root).encode()).partition(b"FAIL /")[0]
    finally:
        installed.stop()
        os.close(ours)


@pytest.mark.parametrize(("term", "coloured"), [("dumb", False), ("xterm", True)])
def test_the_log_on_a_dumb_terminal_has_no_colours(builder: Builder, tmp_path: Path, term: str, coloured: bool) -> None:
    installed = Installed(builder.root, tmp_path, {"TERM": term, "NO_COLOR": ""})
    ours, theirs = pty.openpty()
    try:
        watching(installed, stderr=theirs)
        os.close(theirs)
        assert (b"\x1b[" in shown_on(ours, b"daemon.started")) is coloured
    finally:
        installed.stop()
        os.close(ours)


def test_a_terminal_that_is_hung_up_does_not_stop_the_watcher(builder: Builder, installed: Installed) -> None:
    ours, theirs = pty.openpty()
    watching(installed, stdout=theirs)
    os.close(theirs)
    assert until(lambda: "daemon.started" in installed.log)
    os.close(ours)
    for number in (1, 2):
        cycle(builder, installed, number)
    assert until(lambda: installed.log.count("audit.finished") == 2)
    assert installed.log.count("terminal.lost") == 1
    assert "daemon.failed" not in installed.log


def test_a_pipe_that_does_not_block_gets_the_whole_result(installed: Installed) -> None:
    # Some runtimes hand such pipes to their children.
    whole = installed.run("explain", "--json").stdout
    read, write = os.pipe()
    fcntl.fcntl(write, fcntl.F_SETPIPE_SZ, 4096)
    os.set_blocking(write, False)
    run = subprocess.Popen([str(COMMAND), "explain", "--json"], cwd=installed.root, env=installed.environment, stdout=write)
    os.close(write)
    with open(read, encoding="utf-8") as reader:
        assert len(whole) > 4096
        assert reader.read() == whole
    assert run.wait(60) == 0
