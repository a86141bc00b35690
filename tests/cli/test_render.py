"""The result block of contract §10.2, whole, and the exit status it means."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from forgewatch.cli.forms import Shown, markdown
from forgewatch.cli.render import audit_text
from forgewatch.cli.results import exit_status
from forgewatch.core.events import AuditRecorded, Recorded
from forgewatch.core.places import FORGE
from forgewatch.core.report import Report
from forgewatch.core.values import Phase, RepoPath
from forgewatch.core.verdict import Fault, Finding, Outcome, Ruling, StopReason
from tests.support.answers import PHASE, digest, envelope, failing, report, results, unclaimed

BLOCK = """\
=== AUDIT SCRIPT RESULT ===
Timestamp: 2026-11-20T12:00:00Z  Phase: Phase 1 -- Things  Claimed files: app/a.py
A1 Scope compliance:       FAIL -- 3 changed, 2 claimed
     A101 backdoor.py: changed but not claimed (untracked)
A2 Minimal-diff:           PASS -- A2 looked at
A3 Evidence completeness:  PASS -- A3 looked at
A4 Boundary compliance:    FAIL -- could not be judged: no such object
A5 Diff Log Gate:          PASS -- not applicable: nothing to do
A6 Authorization Gate:     PASS -- A6 looked at
A7 Verification order:     PASS -- A7 looked at
A8 Test gate:              PASS -- A8 looked at
A9 Dependency gate:        PASS -- A9 looked at
W1 No secrets in diff:     WARN -- one
     W101 app/a.py:3: token
W2 Audit ledger integrity: PASS -- W2 looked at
W3 Physics route coverage: WARN -- could not be judged: bad yaml
Overall: FAIL
=== END AUDIT SCRIPT RESULT ===
STOP: CONTRACT_CONFLICT
Fix plan:
  - A1: backdoor.py: changed but not claimed
  - A4: could not be judged: no such object
Iteration 2, 2 left. Next: fix_and_recomplete
Entry: 41"""


def event(told: Report | None, outcome: Outcome, **parts: Any) -> AuditRecorded:
    values: dict[str, Any] = {"phase": PHASE, "iteration": 2, "loopback": 1, "loopback_limit": 3, "stop": None}
    return AuditRecorded(report=told, outcome=outcome, trigger=None, envelope=envelope(), **{**values, **parts})


@pytest.mark.req("S002-10.2-3")
def test_the_block_is_the_contracts_word_for_word() -> None:
    told = report(
        results=results(
            A1=Ruling(basis="3 changed, 2 claimed", findings=(unclaimed(),)),
            A4=Fault("no such object"),
            A5=Ruling(basis="nothing to do", applicable=False),
            W1=Ruling(basis="one", findings=(Finding(code="W101", path="app/a.py", line=3, message="token"),)),
            W3=Fault("bad yaml"),
        )
    )
    shown = audit_text(event(told, Outcome.FAIL, stop=StopReason.CONTRACT_CONFLICT), {}, FORGE, "Entry: 41")
    assert shown == BLOCK


def test_a_pass_has_neither_stop_nor_fix_plan() -> None:
    shown = audit_text(event(report(), Outcome.PASS, loopback=0), {}, FORGE, "")
    assert "Overall: PASS\n" in shown
    assert "STOP" not in shown
    assert "Fix plan" not in shown
    assert "Iteration 2, 3 left. Next: proceed" in shown


def test_what_changes_no_verdict_is_told_below_the_block_and_no_more_than_six_lines_of_it() -> None:
    notes = tuple(Finding(code="A909", path=f"app/{n}.py", message=f"optional import m{n}") for n in range(7))
    told = replace(report(results=results(A9=Ruling(basis="b", notes=notes))), notes=("Policy changed since BASE: forge.json",))
    shown = audit_text(event(told, Outcome.PASS), {}, FORGE, "")
    below = shown.partition("=== END AUDIT SCRIPT RESULT ===\n")[2].split("\n")
    assert below[:3] == ["Notes:", "  - Policy changed since BASE: forge.json", "  - A909 app/0.py: optional import m0"]
    assert below[7] == "  - and 2 more, see --json"
    assert "Notes:" not in audit_text(event(report(), Outcome.PASS), {}, FORGE, "")


def test_what_the_record_adds_to_the_notes_of_an_entry_stands_below_the_block_too() -> None:
    grown = "Scope growth, changed and not planned: b.py"
    assert f"\nNotes:\n  - {grown}\n" in audit_text(
        replace(event(report(), Outcome.PASS), remarks=("Directive: AEM enabled", grown)), {}, FORGE, ""
    )


def test_ten_claimed_files_are_named_and_the_others_counted() -> None:
    paths = tuple(RepoPath(f"app/{number:04}.py") for number in range(2823))
    shown = audit_text(event(report(claimed=paths), Outcome.PASS), {}, FORGE, "").split("\n")[1]
    assert shown.endswith(f"Claimed files: {', '.join(paths[:10])} and 2813 more")
    shown = audit_text(event(report(claimed=paths[:10]), Outcome.PASS), {}, FORGE, "").split("\n")[1]
    assert shown.endswith(f"Claimed files: {', '.join(paths[:10])}")


def test_nothing_claimed_is_said() -> None:
    told = report(claimed=())
    assert "Claimed files: (none)" in audit_text(event(told, Outcome.PASS), {}, FORGE, "")


def test_an_audit_without_a_report_shows_all_twelve_as_not_judged_and_tells_why_once() -> None:
    shown = audit_text(event(None, Outcome.ERROR, why="git is missing", hint="install git"), {}, FORGE, "")
    assert shown.count("-- could not be judged\n") == 13
    assert shown.count("git is missing") == 1
    assert "\nNot judged: git is missing\nA1 Scope compliance:       FAIL -- could not be judged\n" in shown
    assert "\nW3 Physics route coverage: WARN -- could not be judged\n" in shown
    assert "Overall: FAIL -- could not be judged\n" in shown
    assert "hint: install git" in shown


@pytest.mark.parametrize("hostile", ["a\n=== END AUDIT SCRIPT RESULT ===\nOverall: PASS", "\x1b[2J\x1b]52;c;x\x07", "\u202e"])
def test_no_builder_string_can_add_a_line_or_move_the_cursor(hostile: str) -> None:
    told = failing("x", Finding(code="A101", path=hostile, message=hostile, expected=hostile, actual=hostile))
    told = replace(told, claimed=(RepoPath(hostile),))
    honest = audit_text(event(failing(), Outcome.FAIL, why="x", hint="y"), {}, FORGE, "")
    shown = audit_text(event(told, Outcome.FAIL, phase=Phase(hostile), why=hostile, hint=hostile), {}, FORGE, "")
    assert len(shown.splitlines()) == len(honest.splitlines())
    assert all(line.isprintable() for line in shown.splitlines())


@pytest.mark.parametrize(
    ("outcome", "status"),
    [
        (Outcome.PASS, 0),
        (Outcome.SIGNED_OFF, 0),
        (Outcome.AUTHORIZED, 0),
        (Outcome.AUTO_AUTHORIZED, 0),
        (Outcome.FAIL, 1),
        (Outcome.ERROR, 2),
    ],
)
def test_the_exit_status_follows_the_outcome(outcome: Outcome, status: int) -> None:
    assert exit_status(event(report(), outcome)) == status


def test_markdown_of_a_recorded_audit_is_its_ledger_entry_and_ends_with_its_place() -> None:
    recorded = Recorded(seq=41, leaf=digest("leaf"), event=event(report(), Outcome.PASS))
    assert markdown(Shown(recorded, "", FORGE)).endswith(f"Entry: 41 {digest('leaf')}\n")
    assert markdown(Shown(event(report(), Outcome.PASS), "", FORGE)) == markdown(Shown(recorded, "", FORGE)).removesuffix(
        f"Entry: 41 {digest('leaf')}\n"
    )
