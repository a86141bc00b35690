"""`status --watch` and the terminal of the watcher: one look is enough, at any width, and nothing a builder wrote moves a cursor."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess

import pytest

from tests.cli.conftest import valid
from tests.support.builder import Builder
from tests.support.installed import Installed, until
from tests.support.recorded import Keeper, advertise
from tests.support.terminal import on_a_terminal

HOME, BELOW = "\x1b[H", "\x1b[J"
OURS = re.compile(r"\x1b\[(?:H|J|K|0m|3[1-5]m)")
HOSTILE = "evil\x1b[2J\x1b[31m.py"


def frames(text: str) -> list[list[str]]:
    """The frames that were drawn whole, as lines without colours."""
    drawn = [part.partition(BELOW)[0] for part in text.split(HOME)[1:] if BELOW in part]
    return [[OURS.sub("", row) for row in frame.split("\r\n")[:-1]] for frame in drawn]


@pytest.fixture
def failed(builder: Builder, installed: Installed) -> Installed:
    """A repository whose newest audit failed for two files that nobody claimed."""
    builder.claims("app/a.py").starts()
    builder.write("app/a.py", "x = 2\n").write("stray.py", "").write(HOSTILE, "").record().completes()
    assert installed.run("audit").returncode == 1
    return installed


def test_one_look_tells_phase_iteration_codes_and_the_fix_plan_and_ctrl_c_ends_it(failed: Installed) -> None:
    with on_a_terminal(failed, "status", "--watch") as screen:
        assert screen.shows(BELOW)
        (frame,) = frames(screen.text)
        screen.types(b"\x03")
        assert screen.ends() == 3
    assert "phase:       Phase 1 -- Things, iteration 1, 2 left" in frame
    assert any(line.startswith("outcome:     FAIL, STOP: CONTRACT_CONFLICT") for line in frame)
    assert any(line.startswith("  A1 Scope compliance: A101 evil\\x1b[2J\\x1b[31m.py: changed but not claimed") for line in frame)
    assert "fix plan:" in frame and any("claim or remove" in line for line in frame)
    assert frame[-1] == "Ctrl-C ends this"
    # NO_COLOR is set in every test: no colour, and no escape of the builder's.
    assert not re.search(r"\x1b(?!\[[HJK])", screen.text)


def test_a_frame_is_drawn_again_when_something_changes_and_only_then(builder: Builder, failed: Installed) -> None:
    with on_a_terminal(failed, "status", "--watch", NO_COLOR="") as screen:
        assert screen.shows("complete, audited")
        assert "\x1b[31mFAIL\x1b[0m" in screen.text
        builder.starts()
        assert screen.shows("in process")
        screen.resizes(40, 30)
        assert screen.shows("\r\n  iteration 1, 2 left")
        screen.types(b"\x03")
        assert screen.ends() == 3
    assert len(frames(screen.text)) == 3


def test_a_small_terminal_gets_the_urgent_lines_and_the_number_of_the_others(failed: Installed) -> None:
    with on_a_terminal(failed, "status", "--watch", columns=40, rows=20) as screen:
        assert screen.shows(BELOW)
    (frame,) = frames(screen.text)
    assert len(frame) <= 19
    assert re.fullmatch(r"\(\d+ more lines\)", frame[-1])
    assert any(line.startswith("next:") for line in frame)


def test_a_dumb_terminal_gets_blocks_that_are_not_drawn_over(failed: Installed) -> None:
    with on_a_terminal(failed, "status", "--watch", TERM="dumb", NO_COLOR="") as screen:
        assert screen.shows("fix plan:")
        assert "\x1b" not in screen.text


@pytest.mark.parametrize("option", [[], ["--json"]])
def test_without_a_terminal_each_change_is_a_block_or_a_document_of_its_own(
    builder: Builder, failed: Installed, watcher_process: int, option: list[str]
) -> None:
    advertise(builder.root, watcher_process)
    out = failed.top / "out"
    with out.open("wb") as stream:
        process = subprocess.Popen(
            [str(failed.command), "status", "--watch", *option], cwd=failed.root, env=failed.environment, stdout=stream
        )
        assert until(lambda: out.read_text().count("complete, audited") == 1)
        builder.starts()
        assert until(lambda: "in process" in out.read_text())
        process.send_signal(signal.SIGINT)
        # A watcher runs: that is what `status` says too.
        assert process.wait(60) == 0
    text = out.read_text()
    if option:
        assert [valid("status-v1", line)["state"] for line in text.splitlines()] == ["complete, audited", "in process"]
    else:
        assert [block.splitlines()[0] for block in text.split("\n\n") if block] == [f"repository:  {builder.root}"] * 2
    assert "\x1b" not in text


def test_what_cannot_be_read_is_shown_and_looked_at_again(keeper: Keeper, installed: Installed) -> None:
    keeper.contact()
    journal = keeper.folder / "journal.jsonl"
    assert journal.exists()
    whole = journal.read_bytes()
    journal.write_bytes(b'{"e":{"is":"AuditRecorded"},"s":"x"}\n')
    with on_a_terminal(installed, "status", "--watch") as screen:
        assert screen.shows("cannot be read:")
        journal.write_bytes(whole)
        assert screen.shows("phase:       none yet")


def test_the_watchers_terminal_says_what_is_known_then_shows_the_block_and_the_plan_in_lines_that_fit(
    builder: Builder, failed: Installed
) -> None:
    with on_a_terminal(failed, "watch", columns=60, NO_COLOR="") as screen:
        assert screen.shows("daemon.started")
        assert screen.shows("claim or remove")
        begun = screen.text
        builder.starts()
        builder.record(start="2026-11-20T11:00:00Z").completes()
        assert screen.shows(": A1: A101 ")
        os.killpg(screen.process.pid, signal.SIGTERM)
        screen.shows("daemon.stopped")
        assert screen.ends() == 0
    assert "watches 1 repository; Ctrl-C ends it" in begun
    assert f"{builder.root}: \x1b[31mFAIL\x1b[0m: A1;" in begun.replace("\r\n    ", " ")
    block, _, below = screen.text.partition("=== AUDIT SCRIPT RESULT ===")[2].partition("=== END AUDIT SCRIPT RESULT ===\r\n")
    assert block.rstrip().endswith("Overall: \x1b[31mFAIL\x1b[0m")
    summary = below[: below.index(str(builder.root))].split("\r\n")
    assert summary[0] == "\x1b[31mSTOP: CONTRACT_CONFLICT\x1b[0m"
    assert all(len(OURS.sub("", line)) <= 60 or line.startswith("Entry: ") for line in summary[:-1])
    assert any(re.fullmatch(r"Entry: \d+ sha256:[0-9a-f]{64}", line) for line in summary)
    assert "evil\\x1b[2J\\x1b[31m.py" in below and "\x1b[2J" not in screen.text


def test_the_status_without_watch_is_as_it_was(failed: Installed) -> None:
    run = failed.run("status", "--json")
    assert (run.returncode, json.loads(run.stdout)["failed"]) == (3, ["A1"])
