"""Faults that the kernel itself seems to return, put in by strace: no port of ours stands between them and the program."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from tests.support.forked import forked


@dataclass(frozen=True)
class Injection:
    """At the `nth` call of this name (from 1) `fault` happens: `error=EIO`, `retval=5`, `signal=KILL`."""

    call: str
    fault: str
    nth: int

    @property
    def options(self) -> list[str]:
        """The options of strace."""
        return ["-e", f"trace={self.call}", "-e", f"inject={self.call}:{self.fault}:when={self.nth}"]


@cache
def _why_not() -> str:
    program = shutil.which("strace")
    if program is None:
        return "strace is not on this machine"
    probe = [program, "-o", "/dev/null", "-e", "inject=getppid:retval=7", sys.executable, "-Sc", "import os; print(os.getppid())"]
    run = subprocess.run(probe, capture_output=True, text=True, timeout=60, check=False)
    if run.stdout != "7\n":
        return f"strace may not trace here: {run.stderr.strip()[:200]}"
    # A process that is no child of its own is another matter (ptrace_scope).
    with (
        subprocess.Popen([sys.executable, "-Sc", "input()"], stdin=subprocess.PIPE, stderr=subprocess.DEVNULL) as other,
        subprocess.Popen([program, "-p", str(other.pid), "-o", "/dev/null"], stderr=subprocess.PIPE, text=True) as tracer,
    ):
        assert tracer.stderr is not None
        told = tracer.stderr.readline()
        other.communicate(b"\n", timeout=60)
    return "" if "attached" in told else f"strace may not attach here: {told.strip()[:200]}"


def require() -> None:
    """Skip the test, saying why, where strace is not there or may not trace."""
    if why := _why_not():
        pytest.skip(why)


def run_attached(work: Callable[[int, int], None], injection: Injection, report: Path) -> tuple[int, str, bool]:
    """Do the work in a child that says `ready` and waits for a word; trace it from there on. Return status, the rest of what it told, and
    whether the fault happened."""
    traced = forked(work)
    ready = traced.told.readline()
    assert ready == b"ready\n", (ready, traced.end())
    strace = ["strace", "-p", str(traced.pid), "-o", str(report), *injection.options]
    with subprocess.Popen(strace, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as tracer:
        assert tracer.stderr is not None
        assert "attached" in tracer.stderr.readline()
        traced.words.write(b"go\n")
        status, told = traced.end()
        tracer.wait(60)
    assert status in (0, -9), told
    return status, told, _happened(report)


def run_traced(
    command: Sequence[str], injection: Injection, report: Path, cwd: Path, environment: Mapping[str, str]
) -> tuple[subprocess.CompletedProcess[str], bool]:
    """Run a command and what it starts under the same fault in each process. Return how it ended, and whether the fault happened."""
    strace = ["strace", "-f", "-o", str(report), *injection.options, *command]
    run = subprocess.run(strace, cwd=cwd, env=environment, capture_output=True, text=True, timeout=120, check=False)
    return run, _happened(report)


def _happened(report: Path) -> bool:
    text = report.read_text("utf-8", "replace")
    # A call that never returned: the signal came with it.
    return "(INJECTED)" in text or re.search(r"= \?$", text, re.MULTILINE) is not None
