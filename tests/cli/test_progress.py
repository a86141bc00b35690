"""The line that says how far a verification is: on a terminal only, never wider than it, and gone at the end."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import subprocess
import termios
from pathlib import Path

import pytest

from forgewatch.cli.progress import line_of
from tests.support.builder import Builder
from tests.support.installed import Installed


@pytest.mark.parametrize(
    ("columns", "line"),
    [
        (80, "verifying: 412,000 of 1,000,000 lines, 41 %"),
        (44, "verifying: 412,000 of 1,000,000 lines, 41 %"),
        (43, "verifying: 41 %"),
        (16, "verifying: 41 %"),
        (15, "41 %"),
        (5, "41 %"),
        (4, ""),
        (1, ""),
    ],
)
def test_the_line_is_never_as_wide_as_the_terminal(columns: int, line: str) -> None:
    assert line_of(412_000, 1_000_000, columns) == line


def on_a_terminal(
    installed: Installed, *options: str, columns: int = 80, stdout: Path | None = None, term: str = "xterm"
) -> tuple[int, str]:
    """Run `ledger verify` with stderr, and stdout unless it is a file, on a terminal. Return exit status and what the terminal got."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    output = theirs if stdout is None else os.open(stdout, os.O_WRONLY | os.O_CREAT)
    command = [str(installed.command), "ledger", "verify", *options]
    environment = {**installed.environment, "TERM": term}
    process = subprocess.Popen(command, cwd=installed.root, env=environment, stdin=theirs, stdout=output, stderr=theirs)
    for descriptor in {theirs, output}:
        os.close(descriptor)
    got = b""
    while piece := _read(ours):
        got += piece
    os.close(ours)
    return process.wait(60), got.decode()


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 4096)
    except OSError:
        # What a terminal says whose other side nobody holds any more.
        return b""


@pytest.fixture
def audited(builder: Builder, installed: Installed) -> Installed:
    builder.record().claims("app/a.py").completes()
    assert installed.audit()[0] in (0, 1)
    return installed


ERASED = "\r\x1b[K"


def test_a_person_sees_how_far_it_is_and_then_only_the_result(audited: Installed) -> None:
    status, got = on_a_terminal(audited)
    shown, erased, result = got.rpartition(ERASED)
    assert (status, erased) == (0, ERASED)
    assert shown.startswith("\rverifying: ")
    assert "verifying" not in result
    assert result.startswith("holds: the journal of ")


def test_a_narrow_terminal_is_never_filled(audited: Installed) -> None:
    for columns in (1, 4, 5, 14, 15, 30):
        shown, _, _ = on_a_terminal(audited, columns=columns)[1].rpartition(ERASED)
        lines = [line.removesuffix("\x1b[K") for line in shown.split("\r")]
        assert max(map(len, lines)) < columns, columns
        assert any(lines) == (columns > 5)


def test_a_result_in_a_file_has_nothing_of_it_and_json_keeps_the_terminal_silent(audited: Installed, tmp_path: Path) -> None:
    status, got = on_a_terminal(audited, stdout=tmp_path / "result")
    assert (status, got.endswith(ERASED), (tmp_path / "result").read_text().startswith("holds: ")) == (0, True, True)
    assert on_a_terminal(audited, "--json", stdout=tmp_path / "json") == (0, "")
    assert (tmp_path / "json").read_text().startswith('{"schema": ')
    assert on_a_terminal(audited, "--json")[1].startswith("\rverifying: ")


def test_a_terminal_that_cannot_erase_and_a_pipe_get_nothing(audited: Installed) -> None:
    assert on_a_terminal(audited, term="dumb")[1].startswith("holds: ")
    run = audited.run("ledger", "verify")
    assert (run.stderr, run.stdout.startswith("holds: ")) == ("", True)


def test_it_is_erased_too_when_the_record_does_not_hold(audited: Installed) -> None:
    (folder,) = (audited.top / "state").iterdir()
    (folder / "checkpoint").unlink()
    status, got = on_a_terminal(audited)
    assert (status, got.rpartition(ERASED)[2].startswith("does not hold: ")) == (1, True)
