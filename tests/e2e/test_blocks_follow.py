"""`blocks follow`: events while the text comes, by a pipe and by a file that grows (S002-0.2-3)."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Callable, Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.support.blocks import PLAN, block
from tests.support.installed import Installed, until

SCHEMA = Draft202012Validator(json.loads((files("forgewatch") / "schemas/blocks-event-v1.json").read_text("utf-8")))


class Following:
    """A running `blocks follow`; its output goes to a file, so that a test can look without waiting."""

    def __init__(self, installed: Installed, *args: str) -> None:
        self.out = installed.top / "events.jsonl"
        self.err = installed.top / "events.err"
        with self.out.open("wb") as out, self.err.open("wb") as err:
            self.process = subprocess.Popen(
                [str(installed.command), "blocks", "follow", *args],
                cwd=installed.root,
                env=installed.environment,
                stdin=subprocess.PIPE,
                stdout=out,
                stderr=err,
            )

    def say(self, text: str) -> None:
        """Write to its standard input now."""
        assert self.process.stdin
        self.process.stdin.write(text.encode())
        self.process.stdin.flush()

    @property
    def events(self) -> list[dict[str, Any]]:
        """Every event so far, each valid."""
        found = [json.loads(line) for line in self.out.read_text().splitlines()]
        for event in found:
            SCHEMA.validate(event)
        return found

    def tells(self, *names: str) -> bool:
        """True once exactly these events were told."""
        return until(lambda: [event["event"] for event in self.events] == list(names))

    def ends(self, status: int) -> bool:
        """True when it ends with that status once its input does."""
        assert self.process.stdin
        self.process.stdin.close()
        return self.process.wait(60) == status

    def stop(self) -> None:
        """End it, whatever it does."""
        self.process.kill()
        self.process.wait()
        assert self.process.stdin
        self.process.stdin.close()


@pytest.fixture
def follow(installed: Installed) -> Iterator[Callable[..., Following]]:
    """Starts `blocks follow` with these words; what still runs is ended with the test."""
    begun: list[Following] = []

    def start(*args: str) -> Following:
        begun.append(Following(installed, *args))
        return begun[-1]

    yield start
    for following in begun:
        following.stop()


@pytest.mark.req("S002-0.2-3")
def test_events_come_while_the_text_arrives_in_pieces_and_status_shows_the_plan(
    installed: Installed, follow: Callable[..., Following]
) -> None:
    installed.watch()
    following = follow("-")
    following.say("Hello.\n" + PLAN[:20])
    following.say(PLAN[20:-3])
    assert following.events == []
    following.say(PLAN[-3:])
    assert following.tells("plan.defined")
    assert "plan:            0 of 3 tasks done, next: 1. First" in installed.run("status").stdout
    following.say("=== TASK DO")
    following.say("NE: 1 ===\n" + block("app/a.py", "x\n")[:-8])
    assert following.tells("plan.defined", "task.done")
    assert "plan:            1 of 3 tasks done, next: 2. Second" in installed.run("status").stdout
    following.say(block("app/a.py", "x\n")[-8:] + "=== FILE: b ===\n")
    assert following.tells("plan.defined", "task.done", "file.defined")
    assert following.ends(0)
    assert following.tells("plan.defined", "task.done", "file.defined", "warning")
    assert [event["line"] for event in following.events] == [2, 7, 8, 11]
    assert following.events[2]["path"] == "app/a.py"
    # It only tells: nothing was written.
    assert (installed.root / "app/a.py").read_text() != "x\n"
    assert following.err.read_text() == ""


def test_a_file_is_followed_while_it_grows_and_from_its_beginning_when_it_is_replaced(
    installed: Installed, follow: Callable[..., Following]
) -> None:
    said = installed.top / "said.md"
    said.write_text(PLAN[:10])
    following = follow(str(said))
    with said.open("a") as file:
        file.write(PLAN[10:])
    assert following.tells("plan.defined")
    with said.open("a") as file:
        file.write("=== FILE: a ===\nhalf")
    (installed.top / "next.md").write_text(block("b", "") + "=== TASK DONE: 3 ===\n")
    (installed.top / "next.md").rename(said)
    assert following.tells("plan.defined", "warning", "file.defined", "task.done")
    said.write_text("=== TASK DONE: 2 ===\n")
    assert following.tells("plan.defined", "warning", "file.defined", "task.done", "task.done")
    following.process.send_signal(signal.SIGINT)
    assert following.process.wait(60) == 130
    assert following.err.read_text().count("read from its beginning") == 2


def test_once_stops_at_the_end_of_the_file_and_a_reader_that_goes_ends_it(installed: Installed, tmp_path: Path) -> None:
    said = tmp_path / "said.md"
    said.write_text(PLAN + block("a", ""))
    run = installed.run("blocks", "follow", str(said), "--once")
    assert (run.returncode, [json.loads(line)["event"] for line in run.stdout.splitlines()]) == (0, ["plan.defined", "file.defined"])
    said.write_text(block("a", "") * 5000)
    shell = f"{installed.command} blocks follow {said} | head -n 1"
    gone = subprocess.run(
        ["sh", "-c", shell], cwd=installed.root, env=installed.environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert (gone.returncode, gone.stdout.count("\n"), gone.stderr) == (0, 1, "")
