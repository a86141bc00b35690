"""What `doctor` says of the sandbox for tests. It starts one with nothing in it: whether that works, nothing else can tell."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from forgewatch.adapters.bubblewrap import find_bubblewrap, probe
from forgewatch.cli.doctor_lines import Level, Line
from forgewatch.core.errors import EnvironmentFault
from forgewatch.core.settings import Sandbox, Settings

NAME = "sandbox for tests"


def sandbox(root: Path | None, settings: Settings, environ: Mapping[str, str]) -> Line:
    """One line: the sandbox that the operator asks for works, or what to do. Without it no test is run; audits need none."""
    if settings.tests.sandbox is Sandbox.NONE:
        return Line(Level.NOTE, NAME, "none, as configured: tests can do what their user can", "tests: sandbox: bubblewrap")
    try:
        program = find_bubblewrap(environ, str(root) if root else "/nonexistent")
        return Line(Level.FINE, NAME, f"{probe(program)} at {program}, network {settings.tests.network}")
    except EnvironmentFault as fault:
        return Line(Level.NOTE, NAME, str(fault), fault.hint)
