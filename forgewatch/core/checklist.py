"""The twelve rows of the contract's checklist, in its order, with its words (contract §10.6, §10.7), and the further checks after them.

The table of checks itself (`forgewatch.checks.CHECKS`) carries functions; this one is for whoever has to write a row about a check
that was never run: a refused audit still lists all of them.
"""

from __future__ import annotations

from collections.abc import Iterable

from forgewatch.core.verdict import CheckCode, CheckResult, Fault, Severity

TWELVE = (
    (CheckCode("A1"), "Scope compliance"),
    (CheckCode("A2"), "Minimal-diff"),
    (CheckCode("A3"), "Evidence completeness"),
    (CheckCode("A4"), "Boundary compliance"),
    (CheckCode("A5"), "Diff Log Gate"),
    (CheckCode("A6"), "Authorization Gate"),
    (CheckCode("A7"), "Verification order"),
    (CheckCode("A8"), "Test gate"),
    (CheckCode("A9"), "Dependency gate"),
    (CheckCode("W1"), "No secrets in diff"),
    (CheckCode("W2"), "Audit ledger integrity"),
    (CheckCode("W3"), "Physics route coverage"),
)
"""The checks of the contract."""

CHECKLIST = (
    *TWELVE,
    (CheckCode("X-PS1"), "PowerShell encoding"),
    (CheckCode("X-LAYOUT"), "Project outside of Forge/"),
    (CheckCode("X-PHYSICS"), "Physics before new routes"),
    (CheckCode("X-DEPS"), "Dependencies of the directive"),
    (CheckCode("X-TESTS"), "Tests beside the change"),
    (CheckCode("X-SCHEMA"), "Tables taken up by phases"),
    (CheckCode("X-DOCS"), "Instructions for users"),
    (CheckCode("X-BOOT"), "Boot script"),
    (CheckCode("X-SILENCE"), "New silenced checks"),
    (CheckCode("X-CHURN"), "Cleanup beside the work"),
)
"""All checks in the order in which results are listed (cli.md, Audit result; checks.md, Further checks)."""

_PLACE = {code: place for place, (code, _) in enumerate(CHECKLIST)}


def in_order(results: Iterable[CheckResult]) -> tuple[CheckResult, ...]:
    """Return results as A1..A9, W1..W3, then the further checks in their order, then all others as they came (cli.md, Audit result)."""
    return tuple(sorted(results, key=lambda result: _PLACE.get(result.code, len(_PLACE))))


def unjudged(why: str) -> tuple[CheckResult, ...]:
    """Return the twelve as checks that could not be judged, for an audit that ended before its first check.

    Further checks are left out: the ledger's text is made anew from entries that are older than they are.
    """
    return tuple(CheckResult(code=code, title=title, severity=_severity(code), answer=Fault(why)) for code, title in TWELVE)


def _severity(code: CheckCode) -> Severity:
    return Severity.BLOCKING if code.startswith("A") else Severity.WARNING
