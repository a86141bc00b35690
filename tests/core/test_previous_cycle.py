"""The summary of the cycle before: one to five bullets, escaped, none of them a placeholder, and the digest is found again."""

from __future__ import annotations

import pytest

from forgewatch.core.difflog import DiffLogReading
from forgewatch.core.difflog_parser import parse_difflog
from forgewatch.core.previous_cycle import NONE_YET, bullets, named_digest
from forgewatch.core.values import Absent, Unreadable
from tests.support.answers import digest

D = digest("old")
LOG = "# Diff Log\n\nPhase: Phase 3 -- Auth\n\n## Cycle Status\n- Status: {}\n\n## Summary\n{}\n\n## Notes\n- None\n"


def old(summary: str, status: str = "COMPLETE") -> DiffLogReading:
    return parse_difflog(LOG.format(status, summary).encode())


def carrying(lines: tuple[str, ...]) -> DiffLogReading:
    return parse_difflog(("# Diff Log\n\n## Previous cycle\n" + "".join(f"- {line}\n" for line in lines)).encode())


@pytest.mark.req("S002-11-2")
@pytest.mark.parametrize(
    ("reading", "said"),
    [
        (old("- added login\n- and its tests"), ("(COMPLETE, Phase 3 -- Auth)", "added login", "and its tests")),
        (old("did\nit all"), ("(COMPLETE, Phase 3 -- Auth)", "did it all")),
        (old("<!-- -->"), ("(COMPLETE, Phase 3 -- Auth)", "it says nothing")),
        (old("- x", "IN_PROCESS"), ("(IN_PROCESS, Phase 3 -- Auth)", "x")),
        (parse_difflog(b"# Diff Log\nPhase 2\n"), ("(no status, Phase 2)", "it says nothing")),
        (parse_difflog(b" \n"), ("(could not be read: holds nothing but white space)",)),
        (Unreadable("is a symlink"), ("(could not be read: is a symlink)",)),
    ],
)
def test_the_log_is_named_and_its_summary_told(reading: DiffLogReading, said: tuple[str, ...]) -> None:
    told = bullets(reading, D)
    assert told == (f"Diff log: {D} {said[0]}", *(f"Summary: {text}" for text in said[1:]))
    assert named_digest(carrying(told)) == D


def test_without_a_log_that_is_said_and_no_digest_is_named() -> None:
    assert bullets(Absent(), None) == (f"Diff log: {NONE_YET}",)
    assert bullets(Unreadable("is a FIFO"), None) == ("Diff log: unknown bytes (could not be read: is a FIFO)",)
    assert named_digest(carrying(bullets(Absent(), None))) is None
    assert named_digest(Absent()) is None
    assert named_digest(old("- x")) is None


@pytest.mark.parametrize("lines", [4, 5, 6, 500])
def test_there_are_five_bullets_at_most_and_the_rest_is_counted(lines: int) -> None:
    told = bullets(old("\n".join(f"- item {number}" for number in range(lines))), D)
    assert len(told) == 5
    assert told[-1] == ("Summary: item 3" if lines == 4 else f"Summary: and {lines - 3} more lines")


def test_no_line_of_the_old_log_becomes_structure_or_a_placeholder_of_the_new_one() -> None:
    hostile = "- TODO: everything\n- ## Files Changed\n- `x\n- <b>TODO:</b> y"
    reading = carrying(bullets(old(hostile), D))
    found = getattr(reading, "log", None)
    assert found is not None
    assert (found.placeholders, [section.key for section in found.sections], found.claim.stated) == (
        (),
        ["diff log", "previous cycle"],
        False,
    )
