"""The phases of phases.md in the shapes that real ones have."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forgewatch.core.phases import is_final, parse_phases
from forgewatch.core.values import UNKNOWN_PHASE, Phase

PLAN = b"# Plan\n\n## Phase 0 -- Genesis\n- frame\n\n## Phase 1 -- Things\n### C\n- things\n"


def names(raw: bytes) -> list[str]:
    return [phase.name for phase in parse_phases(raw)]


def test_each_phase_has_its_name_its_line_and_what_stands_below_it() -> None:
    first, second = parse_phases(PLAN)
    assert (first.name, first.line, first.text) == ("Phase 0", 3, "- frame\n")
    assert (second.name, second.line, second.text) == ("Phase 1", 6, "### C\n- things")


@pytest.mark.parametrize(
    ("heading", "name"),
    [
        ("## Phase 3 — Auth", "Phase 3"),
        ("## 3) Phase 7 — TypeScript", "Phase 7"),
        ("# **Phase 2**: x", "Phase 2"),
        ("### PHASE 03.1 x", "Phase 3.1"),
        ("## Phase 6A — UI", "Phase 6A"),
        ("## phase 4", "Phase 4"),
    ],
)
def test_headings_of_real_plans_are_read(heading: str, name: str) -> None:
    assert names(f"{heading}\n- a\n".encode()) == [name]


@pytest.mark.parametrize("text", ["Phase 1\n", "## Phases 1 to 3\n", "```\n## Phase 1\n```\n", "## About Phase 1\n", "## Phase one\n", ""])
def test_what_is_no_heading_of_a_phase_is_none(text: str) -> None:
    assert names(text.encode()) == []


def test_a_heading_behind_code_is_a_heading_again() -> None:
    assert names(b"```\n## Phase 1\n```\n## Phase 2\n") == ["Phase 2"]


@pytest.mark.parametrize(
    ("phase", "final"), [("Phase 1 -- Things", True), ("Phase 1", True), ("Phase 0", False), ("Phase 2", False), (UNKNOWN_PHASE, False)]
)
def test_the_phase_with_the_highest_number_is_the_last(phase: str, final: bool) -> None:
    assert is_final(Phase(phase), parse_phases(PLAN)) is final


def test_numbers_are_compared_as_numbers_and_letters_after_them() -> None:
    assert is_final(Phase("Phase 10"), parse_phases(b"## Phase 10\n## Phase 9\n## Phase 2.5\n"))
    assert not is_final(Phase("Phase 6"), parse_phases(b"## Phase 6\n## Phase 6B\n## Phase 6A\n"))


@pytest.mark.parametrize("raw", [b"", b"## Phase 1 -- Notes\n- all\n"])
def test_a_plan_of_fewer_than_two_phases_has_no_last_one(raw: bytes) -> None:
    assert not is_final(Phase("Phase 1"), parse_phases(raw))


def test_real_plans_have_phases(corpus: Path) -> None:
    plans = sorted((corpus / "phases").glob("*.md"))
    found = {plan.name: len(parse_phases(plan.read_bytes())) for plan in plans}
    assert sum(count > 0 for count in found.values()) >= len(found) * 0.7, found


@given(st.binary(max_size=300))
def test_any_bytes_have_an_answer(raw: bytes) -> None:
    assert isinstance(parse_phases(raw), tuple)
