"""The logs that the helper writes: at the beginning without a TODO, at the end with everything the contract wants, read back as meant."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forgewatch.core.difflog import DiffLog, Label, Status
from forgewatch.core.difflog_parser import parse_announcement, parse_difflog
from forgewatch.core.difflog_plan import Circumstances, Ending, Plan, Present, begun, ended, unlooked, unproven
from forgewatch.core.difflog_steps import Refusal
from forgewatch.core.difflog_text import KEPT_CHARS, STATUS_LINES, Draft, Metadata, difflog_bytes, items, section_lines
from forgewatch.core.places import FORGE
from forgewatch.core.planned_files import planned_files
from forgewatch.core.readings import log_of
from forgewatch.core.testrecord_parser import parse_test_record
from forgewatch.core.values import Absent, Phase, RepoPath, Unreadable
from forgewatch.core.verdict import StopReason
from forgewatch.core.verification_text import Stated
from tests.support.answers import HEAD

PHASE = Phase("Phase 3 -- Auth")
META = Metadata(at="2026-11-29T12:00:00Z", branch="main", head=HEAD, base=None)
AROUND = Circumstances(
    metadata=META,
    files=((RepoPath("app/a.py"), "modified"), (RepoPath("caf\udce9 .py"), "untracked")),
    status_lines=("## main", " M app/a.py"),
    hunks=("--- a/app/a.py", "+++ b/app/a.py", "@@ -1 +1 @@", "-TODO: x", "+## Files Changed"),
)
PLAN = Plan(phase=PHASE, summary=("add login",), files=(RepoPath("app/a.py"), RepoPath("new")))
PARTS = tuple(Stated(label, "PASS") for label in Label)
ENDING = Ending(summary=("added login",), words={})


def log_in(raw: bytes) -> DiffLog:
    log = log_of(parse_difflog(raw))
    assert log is not None
    return log


def present(text: str) -> Present:
    return Present(text.encode(), log_in(text.encode()))


def begins(plan: Plan = PLAN, now: Present | None = None) -> bytes:
    return difflog_bytes(begun(plan, AROUND, ("Diff log: there was no diff log before this one",), now))


def ends(now: Present | None = None, **parts: Any) -> bytes:
    draft = ended(replace(ENDING, **parts), PARTS, AROUND, now or Present(begins(), log_in(begins())))
    assert isinstance(draft, Draft)
    return difflog_bytes(draft)


def said(raw: bytes, key: str) -> list[str]:
    return [text for section in log_in(raw).sections if section.key == key for _, text in section.items]


@pytest.mark.req("S002-11-5")
def test_a_log_at_the_beginning_is_in_process_with_its_plan_and_without_a_todo() -> None:
    raw = begins()
    log = log_in(raw)
    assert (log.status, log.phase, log.placeholders) == (Status.IN_PROCESS, PHASE, ())
    assert planned_files(raw, FORGE) == ("app/a.py", "new")
    assert (said(raw, "summary"), said(raw, "notes"), said(raw, "next steps")) == (["add login"], ["None"], ["None"])
    assert raw.endswith(b"## Minimal Diff Hunks\n    (none)\n")


@pytest.mark.req("S002-11-4")
def test_a_skeleton_has_a_todo_wherever_nothing_was_given() -> None:
    bare = log_in(begins(Plan(phase=PHASE, skeleton=True)))
    # Summary, files, notes, next steps; the four parts of the verification say it behind their labels.
    assert len(bare.placeholders) == 4
    assert [item.text for item in bare.verification.items] == ["TODO: result"] * 4
    full = Plan(phase=PHASE, summary=("s",), files=(RepoPath("a.py"),), notes=("n",), next_steps=("x",), skeleton=True)
    assert log_in(begins(full)).placeholders == ()


def test_a_cycle_that_is_planned_anew_keeps_what_it_said_of_the_one_before_and_sections_of_its_own() -> None:
    first = begins().replace(b"## Notes", b"## Fix Plan\n- A1: claim b.py\n\n### why\nbecause\n\n## Notes")
    again = begins(replace(PLAN, files=(RepoPath("b.py"),)), Present(first, log_in(first)))
    assert said(again, "previous cycle") == ["Diff log: there was no diff log before this one"]
    assert b"## Fix Plan\n- A1: claim b.py\n\n### why\nbecause\n\n## git status" in again
    assert planned_files(again, FORGE) == ("b.py",)
    by_hand = present("# Diff Log\n\nPhase: 3\n\n## Cycle Status\n- Status: IN_PROCESS\n")
    assert said(begins(now=by_hand), "previous cycle") == ["Diff log: there was no diff log before this one"]


@pytest.mark.req("S002-11-3", "S002-11-6")
def test_a_log_at_the_end_has_everything_and_says_none_where_there_is_none() -> None:
    raw = ends()
    log, announced = log_in(raw), parse_announcement(raw)
    assert (log.status, log.phase, log.placeholders, getattr(announced, "whole", None)) == (Status.COMPLETE, PHASE, (), True)
    assert [item.label for item in log.verification.items] == list(Label)
    assert (said(raw, "notes"), said(raw, "next steps"), said(raw, "summary")) == (["None"], ["None"], ["added login"])
    assert set(log.claim.paths) | {defect.text for defect in log.claim.defects} == {"app/a.py", "caf\udce9 .py"}
    assert b"\n    -TODO: x\n    +## Files Changed\n" in raw


def test_notes_of_the_present_log_stay_unless_others_are_given() -> None:
    now = Present(raw := begins().replace(b"## Notes\n- None", b"## Notes\n\n- mine\n\n  more"), log_in(raw))
    assert said(ends(now), "notes")[0] == "mine"
    assert b"## Notes\n- mine\n\n  more\n\n## Next" in ends(now)
    assert said(ends(now, notes=("others", " ")), "notes") == ["others"]
    assert said(ends(now, notes=()), "notes") == ["None"]
    assert section_lines(now.raw, now.log, "no such") == ()


def test_more_than_a_log_should_hold_is_not_taken_over() -> None:
    large = begins() + b"\n## Mine\n" + b"x" * KEPT_CHARS + b"\n"
    refused = ended(ENDING, PARTS, AROUND, Present(large, log_in(large)))
    assert isinstance(refused, Refusal)
    assert (refused.step, refused.stop) == (7, StopReason.CONTRACT_CONFLICT)


def test_a_cycle_that_is_given_up_is_blocked_and_claims_no_result() -> None:
    parts = unlooked((Stated(Label.STATIC, "FAIL"), Stated(Label.RUNTIME), Stated(Label.BEHAVIOR, word="w"), Stated(Label.CONTRACT)))
    assert [(part.said, part.word) for part in parts] == [("FAIL", ""), ("", "n/a: not looked at"), ("", "w"), ("", "n/a: not looked at")]
    assert log_in(ends(blocked=True)).status is Status.BLOCKED


def test_a_log_that_was_begun_by_hand_is_finished_and_says_that_nothing_was_summarised() -> None:
    raw = ends(present("# Diff Log\n\nPhase: 3\n\n## Cycle Status\n- Status: IN_PROCESS\n"))
    assert said(raw, "previous cycle") == ["Diff log: none was summarised when this cycle began"]


@pytest.mark.parametrize(
    ("record", "parts", "found"),
    [
        (Absent(), PARTS, "none"),
        (Unreadable("is a symlink"), PARTS, "is a symlink"),
        (b" \n", PARTS, "a blank file"),
        (b"a\0", PARTS, "line 1: expected text, found a NUL character"),
        (b"Status: FAIL\n", PARTS, "'Status: FAIL'"),
        (b"Status: PASS\n", (Stated(Label.STATIC, "FAIL"), *PARTS[1:]), "FAIL of Static in the test record"),
        (b"Status: PASS\n", (*PARTS[:3], Stated(Label.CONTRACT)), "nothing about Contract"),
        (b"Status: PASS\n", PARTS, None),
    ],
)
def test_nothing_is_complete_without_a_record_that_passed_and_a_word_on_each_part(record: Any, parts: Any, found: str | None) -> None:
    refused = unproven(parts, parse_test_record(record))
    assert (refused.found if refused else None) == found
    assert refused is None or (refused.stop, refused.step) == (StopReason.EVIDENCE_MISSING, 7)


def test_what_failed_in_the_record_is_named_and_a_tool_that_was_not_there_comes_with_its_remedy() -> None:
    lines = ("$ python -m pytest", "pytest exit: 1", "pytest summary: not found: the interpreter has no module pytest in 0.11s")
    static = Stated(Label.STATIC, "FAIL", ("ruff summary: fine in 0.10s", "mypy exit: 1", "mypy summary: ended with 1 in 2.00s"))
    refused = unproven((static, Stated(Label.BEHAVIOR, "FAIL", lines)), parse_test_record(b"Status: FAIL\n"))
    assert refused is not None
    assert refused.found == (
        "'Status: FAIL'; static mypy: ended with 1 in 2.00s; behavior pytest: not found: the interpreter has no module pytest in 0.11s"
    )
    assert refused.exit.startswith("python3 -m venv .venv && .venv/bin/pip install pytest,")
    assert refused.exit.endswith("; then forgewatch test; or --status blocked")
    refused = unproven((static,), parse_test_record(b"Status: FAIL\n"))
    assert refused is not None and refused.exit == "mend what failed, then forgewatch test; or --status blocked"
    refused = unproven(PARTS, Absent())
    assert refused is not None and refused.exit == "forgewatch test; or --status blocked"


def test_metadata_without_branch_head_or_many_changes_is_said_in_words() -> None:
    bare = replace(AROUND, metadata=Metadata(at="now", branch=None, head=None, base=HEAD), status_lines=("?? x",) * (STATUS_LINES + 3))
    raw = difflog_bytes(begun(PLAN, bare, ("x",), None))
    assert b"- Branch: none (detached HEAD)\n- HEAD: none (no commit yet)\n- BASE_HEAD: " + HEAD.encode() in raw
    assert b"    (and 3 more lines)\n" in raw


@settings(max_examples=100, deadline=None)
@given(st.lists(st.text(max_size=30), max_size=3), st.lists(st.text(max_size=30), max_size=3))
def test_whatever_is_said_the_log_keeps_its_sections_its_phase_and_its_claim(summary: list[str], notes: list[str]) -> None:
    log = log_in(ends(summary=tuple(summary), notes=tuple(notes)))
    assert (log.status, log.phase, log.claim.paths) == (Status.COMPLETE, PHASE, log_in(ends()).claim.paths)
    assert [section.key for section in log.sections][-4:] == ["notes", "next steps", "git status -sb", "minimal diff hunks"]
    assert len(items(summary)) >= 1
