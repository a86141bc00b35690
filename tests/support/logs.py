"""Texts of diff logs for the tests of the parser, in the shapes of the real ones."""

from __future__ import annotations

from forgewatch.core.difflog import Blocked, Claim, Complete, DiffLog, InProcess, Unknown
from forgewatch.core.difflog_parser import parse_difflog

VERIFICATION = "- Static: PASS compileall\n- Runtime: PASS boots\n- Behavior: PASS 12 tests\n- Contract: PASS physics matches"
HUNKS = "    diff --git a/app/a.py b/app/a.py\n    -x = 1\n    +x = 2"


def log_text(
    *,
    title: str = "# Diff Log (overwrite each cycle)",
    metadata: str = "- Timestamp: 2026-11-20T10:00:03Z\n- Branch: main",
    status: str = "- Status: COMPLETE",
    summary: str = "- Phase 1: things",
    claim: str = "## Files Changed (staged)\n- app/a.py",
    verification: str = VERIFICATION,
    notes: str = "- None",
    hunks: str = HUNKS,
) -> str:
    """Return a diff log; each argument is what stands in its section."""
    return (
        f"{title}\n\n## Cycle Metadata\n{metadata}\n\n## Cycle Status\n{status}\n\n## Summary\n{summary}\n\n{claim}\n\n"
        f"## git status -sb\n    ## main...origin/main\n     M app/a.py\n\n## Verification\n{verification}\n\n"
        f"## Notes (optional)\n{notes}\n\n## Next Steps\n- None\n\n## Minimal Diff Hunks\n{hunks}\n"
    )


def read_log(text: str | bytes) -> DiffLog:
    """Return the log of a text that is one."""
    reading = parse_difflog(text if isinstance(text, bytes) else text.encode())
    assert isinstance(reading, Complete | InProcess | Blocked | Unknown), reading
    return reading.log


def claim_of(section: str) -> Claim:
    """Return the claim of a log whose claim section is `section`, heading included."""
    return read_log(log_text(claim=section)).claim


def claimed(rows: str) -> tuple[str, ...]:
    """Return the paths that rows under `## Files Changed` claim; a row that is no path fails the test."""
    claim = claim_of(f"## Files Changed\n{rows}")
    assert claim.defects == (), claim.defects
    return claim.paths


def refused(rows: str) -> list[tuple[str, str]]:
    """Return text and reason of the rows that are no path; a path fails the test."""
    claim = claim_of(f"## Files Changed\n{rows}")
    assert claim.paths == (), claim.paths
    return [(defect.text, defect.why) for defect in claim.defects]
