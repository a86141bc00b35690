"""Annotations of GitHub Actions: read back as the runner reads them, few enough to be shown, and no command but ours."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forgewatch.core.audit_annotations import SHOWN, audit_annotations
from forgewatch.core.codes import DOCS
from forgewatch.core.events import AuditRecorded
from forgewatch.core.report import Report
from forgewatch.core.verdict import Fault, Finding, Outcome, Ruling, Severity, StopReason
from tests.support.answers import PHASE, envelope, failing, report, results, unclaimed

SECRET = Finding(code="W101", path="app/a.py", line=3, message="token")
ENTRY = "entry 41 sha256:ab"
OLD_COMMAND = "##" + "["


@dataclass(frozen=True)
class Command:
    """A workflow command as the runner understands it."""

    name: str
    properties: dict[str, str]
    data: str


def event(told: Report | None, outcome: Outcome | None = None, **parts: Any) -> AuditRecorded:
    values: dict[str, Any] = {"phase": PHASE, "iteration": 2, "loopback": 1, "loopback_limit": 3, "stop": None, "trigger": None}
    ended = outcome or (told.audit.outcome if told else Outcome.ERROR)
    return AuditRecorded(report=told, outcome=ended, envelope=envelope(), **{**values, **parts})


def parsed(line: str) -> Command | None:
    """Read a line by the rules of the runner: a command begins the line, ends its properties at `::`; both unescaped; else None."""
    line = line.lstrip()
    if not line.startswith("::") or "::" not in line[2:]:
        return None
    head, _, data = line[2:].partition("::")
    name, _, told = head.partition(" ")
    pairs = (pair.partition("=") for pair in told.split(",") if pair)
    return Command(name, {key: plain(value, ":", ",") for key, _, value in pairs}, plain(data))


def plain(text: str, *also: str) -> str:
    for char in ("\r", "\n", *also):
        text = text.replace(f"%{ord(char):02X}", char)
    return text.replace("%25", "%")


def read(told: AuditRecorded, entry: str = ENTRY) -> tuple[list[Command], str]:
    """Return the commands and the last line. Any other line, or a command of another name, fails the test."""
    text = audit_annotations(told, DOCS, entry)
    # The runner ends a line at either of them.
    assert "\r" not in text
    *lines, last, end = text.split("\n")
    commands = [command for line in lines if (command := parsed(line))]
    assert (len(commands), end, parsed(last), OLD_COMMAND in last) == (len(lines), "", None, False)
    assert {command.name for command in commands} <= {"error", "warning"}
    return commands, last


def test_a_pass_is_the_last_line_alone() -> None:
    assert audit_annotations(event(report()), DOCS, ENTRY) == "forgewatch: PASS; entry 41 sha256:ab\n"
    assert audit_annotations(event(report(), Outcome.SIGNED_OFF), DOCS, ENTRY).startswith("forgewatch: SIGNED-OFF (awaiting AUTHORIZED); ")


def test_findings_and_faults_are_errors_or_warnings_by_what_they_do_to_the_audit() -> None:
    judged = results(
        A1=Ruling(basis="b", findings=(unclaimed(),)),
        A4=Fault("no such object"),
        W1=Ruling(basis="one", findings=(SECRET,)),
        W3=Fault("bad yaml"),
    )
    assert audit_annotations(event(report(results=judged), stop=StopReason.CONTRACT_CONFLICT), DOCS, ENTRY).splitlines() == [
        "::error file=backdoor.py,title=A101 Changed but not claimed::backdoor.py: changed but not claimed (untracked)",
        "::error title=A4 Boundary compliance::could not be judged: no such object",
        "::warning file=app/a.py,line=3,title=W101 Token or key of a known shape::app/a.py:3: token",
        "::warning title=W3 Physics route coverage::could not be judged: bad yaml",
        "forgewatch: FAIL, A1 A4, STOP CONTRACT_CONFLICT; entry 41 sha256:ab",
    ]
    strict = tuple(replace(one, severity=Severity.BLOCKING) for one in judged)
    assert {command.name for command in read(event(report(results=strict)))[0]} == {"error"}


def test_only_errors_end_with_the_word_error() -> None:
    assert read(event(report(results=results(A4=Fault("gone")))))[1] == f"forgewatch: ERROR, A4; {ENTRY}"


@pytest.mark.parametrize("outcome", [Outcome.FAIL, Outcome.ERROR])
def test_an_audit_without_a_report_is_one_error_that_says_why(outcome: Outcome) -> None:
    (error,), last = read(event(None, outcome, why="the ledger\nis missing", hint="restore it", stop=StopReason.EVIDENCE_MISSING))
    assert error == Command("error", {"title": "forgewatch: not judged"}, "the ledger\\nis missing; restore it")
    assert last == f"forgewatch: {outcome.value}, STOP EVIDENCE_MISSING; {ENTRY}"


@pytest.mark.parametrize(
    ("path", "file"),
    [
        ("a\n::error::forged.py", "a\n::error::forged.py"),
        ("a\r\n::stop-commands::x", "a\r\n::stop-commands::x"),
        ("a,line=9,title=forged::b", "a,line=9,title=forged::b"),
        ("100%25.py", "100%25.py"),
        ("##[add-mask]e", "##[add-mask]e"),
        ("caf\udce9.py", "caf\\xe9.py"),
        ("bell\x07\x1b[31m.py", None),
        ("\u2028::error::x", None),
        (None, None),
        ("", None),
    ],
)
def test_a_path_is_one_property_or_none_and_starts_no_command(path: str | None, file: str | None) -> None:
    (command,), _ = read(event(failing("x", Finding(code="A101", path=path, line=4, message="m\n::warning::w"))))
    wanted = {"file": file, "line": "4"} if file else {}
    assert command.properties == {**wanted, "title": "A101 Changed but not claimed"}
    assert "m\\n::warning::w" in command.data


def test_a_code_of_no_catalogue_is_named_by_its_check() -> None:
    (command,), _ = read(event(failing("x", Finding(code="A199", message="new"))))
    assert command.properties["title"] == "A199 Scope compliance"


def test_the_phase_which_a_builder_writes_is_not_in_the_last_line() -> None:
    told = event(failing(), phase="Phase 1 -- " + OLD_COMMAND + "add-mask]a")
    assert OLD_COMMAND not in audit_annotations(told, DOCS, ENTRY)


def test_ten_are_shown_as_they_are_and_of_more_every_check_has_one() -> None:
    ten = [unclaimed(f"{number}.py") for number in range(SHOWN)]
    assert [command.properties.get("file") for command in read(event(failing("x", *ten)))[0]] == [one.path for one in ten]
    names = [Finding(code="A901", path=f"{number}.py", line=1, message="import x") for number in range(12)]
    judged = results(A1=Ruling(basis="b", findings=tuple(ten)), A4=Fault("gone"), A9=Ruling(basis="b", findings=tuple(names)))
    commands, _ = read(event(report(results=judged)))
    assert len(commands) == SHOWN
    assert [command.properties["title"].split()[0] for command in commands[:3]] == ["A101", "A4", "A901"]
    # Nine are shown: four of A1, one of A4, four of A9.
    assert commands[-1] == Command(
        "error", {"title": "forgewatch: more findings"}, "and 6 more of A1, 8 more of A9: forgewatch audit --json lists each"
    )


def test_ten_thousand_findings_are_a_sum_without_a_file_or_are_counted() -> None:
    below = [unclaimed(f"dist/{number}.js") for number in range(10_000)]
    (command,), _ = read(event(failing("x", *below)))
    assert (command.properties, command.data) == (
        {"title": "A101 Changed but not claimed"},
        "dist/: changed but not claimed (10000 untracked)",
    )
    apart = [unclaimed(f"d{number}/x") for number in range(10_000)]
    commands, _ = read(event(failing("x", *apart)))
    assert len(commands) == SHOWN
    assert commands[-1].data == "and 9991 more of A1: forgewatch audit --json lists each"


def test_a_sum_that_is_not_shown_counts_as_what_it_stands_for() -> None:
    sums = [unclaimed(f"d{folder:02}/{number}.js") for folder in range(12) for number in range(30)]
    commands, _ = read(event(failing("x", *sums)))
    assert len(commands) == SHOWN
    assert commands[0].data == "d00/: changed but not claimed (30 untracked)"
    assert commands[-1].data == "and 90 more of A1: forgewatch audit --json lists each"


@settings(deadline=None, max_examples=200)
@given(st.text(), st.one_of(st.none(), st.text()), st.integers())
def test_whatever_a_builder_writes_there_is_one_command_per_finding(text: str, path: str | None, line: int) -> None:
    finding = Finding(code="A101", path=path, line=line, message=text, actual=text)
    commands, _ = read(event(report(results=results(A1=Ruling(basis="b", findings=(finding,)), A2=Fault(text)))))
    assert [set(command.properties) <= {"file", "line", "title"} for command in commands] == [True, True]
