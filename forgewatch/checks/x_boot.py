"""X-BOOT: where the directive asks for it, boot.ps1 is there at the end and does its steps in order (contract §9.8).

A script is read when it is written; its steps are known by the commands or the words that stand for them. Creating and activating an
environment is asked for only where pip installs; migrations only have to stand in their place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from forgewatch.core.added_lines import text_of
from forgewatch.core.phases import is_final, parse_phases
from forgewatch.core.snapshot import Snapshot
from forgewatch.core.values import RepoPath
from forgewatch.core.verdict import Finding, Ruling
from forgewatch.core.versions import written

BOOT = RepoPath("boot.ps1")
_STEPS = tuple(
    (name, re.compile(pattern, re.IGNORECASE))
    for name, pattern in (
        ("check prerequisites", r"prereq|--version|Get-Command|\bgo version"),
        ("create the environment", r"-m\s+venv|virtual\s?env|uv venv"),
        ("activate the environment", r"\bactivat"),
        (
            "install dependencies",
            r"pip3?(?:\.exe)?\"?\s+install|npm\s+(?:install|ci)\b|go mod download|(?:yarn|pnpm|poetry) install|uv sync",
        ),
        ("prompt for credentials", r"Read-Host"),
        (
            "write .env",
            r"(?:Set-Content|Out-File|Add-Content|WriteAll\w+|Copy-Item).*env|env.*(?:-Content|Out-File)|>\s*\S*\.env",
        ),
        ("run migrations", r"migrat|init_db|alembic|prisma"),
        (
            "start the app",
            r"-m\s+(?!venv|pip)\w|uvicorn|npm\s+(?:run\s+)?(?:start|dev)|go run|flask run|\bnode\s+\S+\.js|start the app",
        ),
    )
)
_OF_PYTHON = frozenset({"create the environment", "activate the environment"})
_OPTIONAL = "run migrations"
_STOPS = re.compile(r"exit\s+(?:[1-9]|\$)|\bthrow\b|ErrorActionPreference\s*=\s*['\"]?Stop", re.IGNORECASE)
_ASKS = re.compile(r"Test-Path.*env|\[System\.IO\.File\]::Exists.*env", re.IGNORECASE)
_PIP = re.compile(r"\bpip", re.IGNORECASE)


def judge(snapshot: Snapshot) -> Ruling:
    """Return findings XB01 (no script), XB02 (step missing or out of order), XB03 (.env overwritten), XB04 (errors ignored)."""
    if not snapshot.boot_script:
        return Ruling(basis="the directive does not ask for a boot script", applicable=False)
    text = next((text_of(after) for path, before, after in written(snapshot) if path == BOOT and before != after), None)
    if text is not None:
        return Ruling(basis=f"{BOOT} was written in this cycle", findings=tuple(_findings(text.splitlines())))
    if BOOT in snapshot.paths:
        return Ruling(basis=f"{BOOT} is there and did not change")
    plan = snapshot.document(snapshot.places.phases)
    if not is_final(snapshot.phase, parse_phases(plan) if isinstance(plan, bytes) else ()):
        return Ruling(basis="the last phase is not reached", applicable=False)
    message = f"{BOOT} is missing at the end of the last phase"
    missing = Finding(code="XB01", path=BOOT, message=message, expected=BOOT, actual="no such file")
    return Ruling(basis=f"{BOOT} in the last phase", findings=(missing,))


def _findings(lines: list[str]) -> Iterator[Finding]:
    yield from _out_of_place(lines)
    # Line by line: a bare `exit` above a line that begins with a variable is no code.
    if not any(map(_ASKS.search, lines)):
        message = "nowhere tests whether .env is there already"
        yield Finding(code="XB03", path=BOOT, message=message, expected="Test-Path .env", actual="no test")
    if not any(map(_STOPS.search, lines)):
        message = "goes on after errors"
        yield Finding(code="XB04", path=BOOT, message=message, expected="exit with a code that is not zero", actual="no exit on errors")


def _out_of_place(lines: list[str]) -> Iterator[Finding]:
    """Yield each step that does not stand behind the one before it; where it is missed, the next one is looked for from there on."""
    pip = any(map(_PIP.search, lines))
    place = 0
    for name, pattern in _STEPS:
        found = [number for number, line in enumerate(lines, 1) if pattern.search(line)]
        behind = next((number for number in found if number >= place), None)
        if behind is not None:
            place = behind
        elif found:
            yield _step(name, found[-1], f"stands before line {place}")
        elif name != _OPTIONAL and (pip or name not in _OF_PYTHON):
            yield _step(name, None, "no such step")


def _step(name: str, line: int | None, why: str) -> Finding:
    return Finding(code="XB02", path=BOOT, line=line, message=f"step '{name}': {why}", expected=name, actual=why)
