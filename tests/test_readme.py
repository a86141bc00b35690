"""The README tells the truth: its marked examples are run, in order, and must print what it shows.

A fenced `console` block below `<!-- example -->` is run line by line with `$ ` as prompt. In the expected output `...` inside a line stands
for anything, a line `...` for any number of lines. `<!-- example: exit 1 -->` names the exit status of the last command.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.support.benches import require_sandbox
from tests.support.installed import COMMAND, Installed

TOP = Path(__file__).resolve().parents[1]
BLOCK = re.compile(r"<!-- example(?:: exit (\d+))? -->\n```console\n(.*?)```", re.DOTALL)


@dataclass(frozen=True)
class Step:
    """One command and what the README says it prints; `status` where it says so."""

    command: str
    shown: str
    status: int | None


def steps(text: str) -> list[Step]:
    """Return the commands of all marked blocks, in order."""
    found = []
    for status, body in BLOCK.findall(text):
        pieces = [piece for piece in re.split(r"^\$ ", body, flags=re.MULTILINE) if piece.strip()]
        for number, piece in enumerate(pieces, 1):
            command, _, shown = piece.partition("\n")
            wanted = int(status) if status and number == len(pieces) else 0 if not status else None
            found.append(Step(command, shown.strip("\n"), wanted))
    return found


def fits(shown: str, printed: str) -> bool:
    """True when `printed` is what `shown` says, with its wildcards."""
    lines = [r"(?:.*\n)*?" if line.strip() == "..." else re.escape(line).replace(r"\.\.\.", ".*") + r"\n" for line in shown.splitlines()]
    return re.fullmatch("".join(lines), printed + "\n" if printed and not printed.endswith("\n") else printed) is not None


def test_every_example_of_the_readme_prints_what_it_shows(tmp_path: Path) -> None:
    require_sandbox()
    examples = steps((TOP / "README.md").read_text("utf-8"))
    assert len(examples) >= 5
    try:
        follow(examples, tmp_path)
    finally:
        end_watcher(tmp_path / "notes")


def follow(examples: list[Step], tmp_path: Path) -> None:
    """Run the commands as a person types them, and hold each to what is shown."""
    environment = Installed(tmp_path, tmp_path).environment
    environment["PATH"] = f"{COMMAND.parent}:{environment['PATH']}"
    folder = str(tmp_path)
    for step in examples:
        # The folder of one command is that of the next, as in a terminal.
        script = f'cd "$0"; {step.command}\nstatus=$?; pwd >&3; exit $status'
        with (tmp_path / "folder").open("w") as where:
            run = subprocess.run(
                ["bash", "-c", f"exec 3>&{where.fileno()}; {script}", folder],
                env=environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                pass_fds=[where.fileno()],
                check=False,
                timeout=120,
            )
        folder = (tmp_path / "folder").read_text().strip()
        assert fits(step.shown, run.stdout), f"{step.command}\n--- shown\n{step.shown}\n--- printed\n{run.stdout}"
        assert step.status in (None, run.returncode), step.command


def end_watcher(root: Path) -> None:
    """End the watcher that the examples started, where one of them failed before they did it themselves."""
    record = root / ".forge_watcher.lock"
    if record.exists() and (found := re.match(r"PID: (\d+)\n", record.read_text())):
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(found.group(1)), signal.SIGTERM)


def test_the_wildcards_do_not_accept_everything() -> None:
    assert fits("a ... c\n...\nz", "a b c\nx\ny\nz\n")
    assert not fits("a ... c", "a b d\n")
    assert not fits("a\nz", "a\nx\nz\n")
    assert not fits("", "something\n")


def test_the_documents_the_readme_points_to_exist() -> None:
    text = (TOP / "README.md").read_text("utf-8")
    links = [link for link in re.findall(r"\]\(([^)#]+)", text) if "://" not in link]
    assert links
    assert [link for link in links if not (TOP / link).exists()] == []
