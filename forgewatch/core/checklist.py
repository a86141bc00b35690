"""The twelve rows of the contract's checklist, in its order, with its words (contract §10.6, §10.7), and the further checks after them.

The table of checks itself (`wiring.checks.CHECKS`) carries functions; this one is for whoever has to write a row about a check
that was never run: a refused audit still lists all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

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
    (CheckCode("X-WIRING"), "Components with callers"),
    (CheckCode("X-SCHEMA"), "Tables taken up by phases"),
    (CheckCode("X-DOCS"), "Instructions for users"),
    (CheckCode("X-BOOT"), "Boot script"),
    (CheckCode("X-SILENCE"), "New silenced checks"),
    (CheckCode("X-CHURN"), "Cleanup beside the work"),
)
"""All checks in the order in which results are listed (cli.md, Audit result; checks.md, Further checks)."""

QUESTIONS: Mapping[CheckCode, str] = MappingProxyType(
    {
        CheckCode("A1"): "Are exactly the claimed files changed? Raw bytes against the commit; no git setting of the repository has a say.",
        CheckCode("A2"): "Was anything renamed?",
        CheckCode("A3"): "Are diff log and test record there, whole, and does the record say PASS?",
        CheckCode("A4"): "Does every layer keep to its rules, by the rules of the last authorized commit too?",
        CheckCode("A5"): "Is the diff log whole, without placeholders?",
        CheckCode("A6"): "Was every commit since the last authorized one authorized?",
        CheckCode("A7"): "Are all four verification steps told, in order, and none failed?",
        CheckCode("A8"): "Did the tests pass, for this tree?",
        CheckCode("A9"): "Is every imported package declared?",
        CheckCode("W1"): "Do added lines hold secrets?",
        CheckCode("W2"): "Is the ledger what the journal says?",
        CheckCode("W3"): "Has every declared route a handler, and every handler a declaration?",
        CheckCode("X-PS1"): "Can Windows PowerShell read every script?",
        CheckCode("X-LAYOUT"): "Does the project stay outside of the governance folder?",
        CheckCode("X-PHYSICS"): "Is every new route declared?",
        CheckCode("X-DEPS"): "Does the directive name every new dependency?",
        CheckCode("X-TESTS"): "Has new behaviour a test, and is every test collected?",
        CheckCode("X-WIRING"): "Does something call every component of earlier phases?",
        CheckCode("X-SCHEMA"): "Does a phase take up every table of the schema?",
        CheckCode("X-DOCS"): "Are there instructions for users at the end of the last phase?",
        CheckCode("X-BOOT"): "Is there the boot script that the directive asks for?",
        CheckCode("X-SILENCE"): "Did the change silence a tool or a test?",
        CheckCode("X-CHURN"): "Is there cleanup beside the work?",
    }
)
"""What each check asks, for people: the README's table, and the description of the check in SARIF."""

_PLACE = {code: place for place, (code, _) in enumerate(CHECKLIST)}


def in_order(results: Iterable[CheckResult]) -> tuple[CheckResult, ...]:
    """Return results as A1..A9, W1..W3, then the further checks in their order, then all others as they came (cli.md, Audit result)."""
    return tuple(sorted(results, key=lambda result: _PLACE.get(result.code, len(_PLACE))))


def unjudged(why: str) -> tuple[CheckResult, ...]:
    """Return the twelve as checks that could not be judged, for an audit that ended before its first check.

    Further checks are left out: the ledger's text is made anew from entries that are older than they are.
    """
    return tuple(CheckResult(code=code, title=title, severity=_severity(code), answer=Fault(why)) for code, title in TWELVE)


def is_blocking(code: CheckCode) -> bool:
    """True for a check that fails the audit where no setting or profile says otherwise."""
    return code.startswith("A")


def _severity(code: CheckCode) -> Severity:
    return Severity.BLOCKING if is_blocking(code) else Severity.WARNING
