"""What other programs read: the log's canonical lines, colours only for people, the STOP reasons of the contract."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from forgewatch.core.checklist import CHECKLIST
from forgewatch.core.stop import stop_of
from forgewatch.core.verdict import Audit, CheckResult, Finding, Ruling, Severity, StopReason
from tests.support.builder import Builder
from tests.support.installed import COMMAND, Installed, told, until

REASONS = Path(__file__).resolve().parents[2] / "docs/stop-reasons.md"
CANONICAL = "audit_id phase iteration outcome failed warned claimed changed duration_ms snapshot ledger_seq"


def test_each_audit_is_one_canonical_line_info_for_a_pass_and_warning_for_a_fail(builder: Builder, installed: Installed) -> None:
    installed.watch()
    builder.claims("app/a.py")
    for number, extra in enumerate(("", "b.py"), 1):
        builder.starts()
        builder.write("app/a.py", f"x = {number + 1}\n").record(start=f"2026-11-20T10:00:0{number}Z")
        builder.write(extra, "") if extra else None
        builder.completes()
        assert until(lambda number=number: len(told(installed, "audit.finished")) == number), installed.log
    passed, failed = told(installed, "audit.finished")
    for line in (passed, failed):
        assert set(CANONICAL.split()) <= set(line)
        assert list(line) == sorted(line)
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z", line["timestamp"])
    assert (passed["level"], passed["outcome"], passed["failed"], passed["claimed"], passed["changed"]) == ("info", "PASS", [], 1, 1)
    assert (failed["level"], failed["outcome"], failed["failed"], failed["changed"]) == ("warning", "FAIL", ["A1"], 2)
    assert f"Entry: {failed['ledger_seq']} sha256:" in installed.ledger


def test_started_is_said_when_locks_are_held_and_the_first_look_is_done(builder: Builder, installed: Installed) -> None:
    installed.watch()
    (started,) = told(installed, "daemon.started")
    assert (builder.root / ".forge_watcher.lock").exists()
    # What is written right after it is seen by an event, not by the sweep half a minute later.
    builder.write("app/a.py", "x = 2\n").record().claims("app/a.py").completes()
    assert until(lambda: installed.entries == 1), (started, installed.log)


def on_a_terminal(environment: Mapping[str, str], cwd: Path) -> bytes:
    """Run `status` with a terminal as its output and return what it wrote."""
    ours, theirs = pty.openpty()
    try:
        run = subprocess.Popen([str(COMMAND), "status"], cwd=cwd, env=environment, stdout=theirs, stderr=theirs, stdin=subprocess.DEVNULL)
        os.close(theirs)
        written = b""
        while run.poll() is None or not written:
            try:
                written += os.read(ours, 65536)
            except OSError:
                break
        run.wait(60)
        return written
    finally:
        os.close(ours)


def test_colours_are_for_terminals_and_not_where_they_are_unwanted(builder: Builder, installed: Installed) -> None:
    builder.write("b.py", "").record().claims("app/a.py").completes()
    assert installed.run("audit").returncode == 1
    plain = installed.environment
    wanted = {name: value for name, value in plain.items() if name != "NO_COLOR"} | {"TERM": "xterm-256color"}
    assert b"\x1b[" in on_a_terminal(wanted, builder.root)
    assert b"\x1b[" not in on_a_terminal({**wanted, "NO_COLOR": "1"}, builder.root)
    piped = subprocess.run([str(COMMAND), "status"], cwd=builder.root, env=wanted, capture_output=True, check=False)
    assert b"\x1b[" not in piped.stdout + piped.stderr


@pytest.mark.req("S002-4-3")
def test_a_broken_layer_stops_with_a_contract_conflict_everywhere(builder: Builder, installed: Installed) -> None:
    builder.write("requirements.txt", "fastapi==0.110\nasyncpg==0.29\n").write(
        "app/api/routers/users.py",
        "import asyncpg\nfrom fastapi import APIRouter\n\nrouter = APIRouter()\n\n\n@router.get('/users')\ndef users():\n    return []\n",
    )
    builder.record().claims("app/api/routers/users.py", "requirements.txt").completes()
    status, document = installed.audit()
    assert (status, document["stop"]) == (1, "CONTRACT_CONFLICT")
    assert {result["code"] for result in document["results"] if result["verdict"] == "FAIL"} == {"A4"}
    assert "STOP: CONTRACT_CONFLICT\n" in installed.ledger
    assert json.loads(installed.run("status", "--json").stdout)["stop"] == "CONTRACT_CONFLICT"


def rows(heading: str) -> list[list[str]]:
    """The cells of the table below a heading of the page about STOP reasons."""
    part = REASONS.read_text("utf-8").split(f"## {heading}\n")[1].split("\n## ")[0]
    lines = [line for line in part.splitlines() if line.startswith("|")][2:]
    return [[cell.strip(" `") for cell in line.strip("|").split("|")] for line in lines]


@pytest.mark.req("S002-8-2")
def test_the_page_gives_each_of_the_six_reasons_its_meaning_once() -> None:
    meanings = {reason: meaning for reason, meaning, _ in rows("The six reasons")}
    assert sorted(meanings) == sorted(StopReason)
    assert len(set(meanings.values())) == len(StopReason)
    assert all(len(meaning) > 20 for meaning in meanings.values())


@pytest.mark.req("S002-8-2")
def test_the_page_maps_each_check_as_the_audit_does() -> None:
    mapped = dict(rows("Which check stops with which reason"))
    assert list(mapped) == [code for code, _ in CHECKLIST]
    wrong = Ruling(basis="looked", findings=(Finding(code="X", message="wrong"),))
    for code, title in CHECKLIST:
        lone = Audit((CheckResult(code=code, title=title, severity=Severity.BLOCKING, answer=wrong),))
        assert mapped[code] == stop_of(lone), code
