from __future__ import annotations

import pytest

from forgewatch.core.phase_words import PHASE_CHARS, find_phase, parse_phase, phase_number
from forgewatch.core.values import Phase
from tests.support.logs import log_text, read_log


@pytest.mark.req("S002-10.1.1-9")
@pytest.mark.parametrize(
    ("line", "phase"),
    [
        ("Phase 3", "Phase 3"),
        ("Phase 7.2", "Phase 7.2"),
        ("Phase 35: Build Spend Cap / Cost Gate. Adds a cap", "Phase 35 -- Build Spend Cap / Cost Gate"),
        ("Phase 0 -- Genesis", "Phase 0 -- Genesis"),
        ("Phase 0 — Genesis; more", "Phase 0 -- Genesis"),
        ("**Phase 0** – `Genesis`!", "Phase 0 -- Genesis"),
        ("Phase: Phase 0 -- Genesis", "Phase 0 -- Genesis"),
        ("**Phase:** 0 — Scaffold", "Phase 0 -- Scaffold"),
        ("Current phase = 4", "Phase 4"),
        ("phase 2: v1.5 of it", "Phase 2 -- v1.5 of it"),
        ("Phase 7 sign-off: Runner", "Phase 7"),
        ("Finalized Phase 7.2 change set", "Phase 7.2"),
        ("Phase 7.7.5", "Phase 7.7"),
        ("Phase 003.04", "Phase 3.4"),
        ("_Phase 3: Audit_", "Phase 3 -- Audit"),
        ("Phase 1 -- " + "x" * 68 + " y", "Phase 1 -- " + "x" * 68),
        ("Phase 1 -- " + "x" * 200, "Phase 1 -- " + "x" * (PHASE_CHARS - 11)),
    ],
)
def test_a_phase_is_read_with_its_title(line: str, phase: str) -> None:
    assert find_phase([[line]]) == phase


@pytest.mark.parametrize(
    "line",
    ["", "Phases 1-3", "phased out 3", "Phase 6A", "PHASE_8_FIX", "Phase ３", "Phase 12345", "the phase 3 of it", "Phase", "Phase N"],
)
def test_other_words_are_no_phase(line: str) -> None:
    assert find_phase([[line]]) is None


def test_the_first_place_that_states_a_phase_counts() -> None:
    assert find_phase([["Diff Log"], ["Phase: 2"], ["Phase 3: x"]]) == "Phase 2"


def test_a_stated_phase_goes_before_one_that_is_mentioned_earlier() -> None:
    assert find_phase([["HEAD: d310a99 (Phase 2 commit)"], ["Phase 3: audit engine"]]) == "Phase 3 -- audit engine"


def test_one_phase_under_two_titles_is_one_phase() -> None:
    assert phase_number(Phase("Phase 3 -- Audit")) == phase_number(Phase("Phase 3")) == "Phase 3"
    assert phase_number(Phase("unknown")) == "unknown"


@pytest.mark.parametrize(
    ("raw", "phase"), [("Phase 3", "Phase 3"), ("3.1", "Phase 3.1"), (" Phase 2 - x", "Phase 2 -- x"), ("x", "unknown"), ("", "unknown")]
)
def test_a_phase_given_by_hand(raw: str, phase: str) -> None:
    assert parse_phase(raw) == phase


@pytest.mark.req("S002-10.1.1-9")
@pytest.mark.parametrize(
    ("parts", "phase"),
    [
        ({"title": "# Phase 3 -- Audit Engine: Diff Log", "metadata": "- Phase: 4"}, "Phase 3 -- Audit Engine: Diff Log"),
        ({"title": "# Diff Log\nPhase 9", "metadata": "- Phase: 4"}, "Phase 9"),
        ({"metadata": "- Phase: Phase 4 -- M", "status": "- Phase: 5\n- Status: COMPLETE"}, "Phase 4 -- M"),
        ({"status": "- Phase: 5\n- Status: COMPLETE", "summary": "- Phase 6"}, "Phase 5"),
        ({"summary": "- Phase 6: S"}, "Phase 6 -- S"),
        ({"summary": "- x", "notes": "- Phase 7"}, "unknown"),
        ({"summary": "- x", "hunks": "    + Phase 8"}, "unknown"),
        ({"summary": "- x", "claim": "## Files Changed\n- Phase 3/a.py"}, "unknown"),
        ({"summary": "```\nPhase 3\n```\n\n> Phase 2"}, "unknown"),
    ],
)
def test_the_phase_of_a_log_comes_from_its_head(parts: dict[str, str], phase: str) -> None:
    assert read_log(log_text(**parts)).phase == phase
