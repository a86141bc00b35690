"""`make watch` without a repository: what it plays, and that what it says can be done as it stands."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from tests.support.installed import COMMAND, Installed, until

SCRIPT = Path(__file__).resolve().parents[1] / "play.py"


def test_the_play_fails_once_and_passes_then_and_its_last_line_can_be_run_as_it_stands(tmp_path: Path) -> None:
    shell = Installed(tmp_path, tmp_path).environment | {"TMPDIR": str(tmp_path)}
    play = {**shell, "PATH": f"{COMMAND.parent}:{shell['PATH']}"}
    run = subprocess.run([sys.executable, str(SCRIPT)], env=play, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    assert re.findall(r"^Overall: (\w+)$", run.stdout, re.MULTILINE) == ["FAIL", "PASS"]
    # The watcher still runs while its status is told, and nobody is sent to a command that is not on PATH.
    assert "watcher:         running, pid" in run.stdout
    assert "next: forgewatch" not in run.stdout
    command = run.stdout.splitlines()[-1]
    with (tmp_path / "log").open("wb") as log:
        again = subprocess.Popen(["bash", "-c", f"exec {command}"], env=shell, cwd="/", stdout=log, stderr=log)
    try:
        assert until(lambda: "daemon.started" in (tmp_path / "log").read_text()), (tmp_path / "log").read_text()
    finally:
        again.terminate()
    assert again.wait(60) == 0
    assert not (tmp_path / ".local").exists()
