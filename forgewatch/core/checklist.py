"""The twelve rows of the contract's checklist, in its order, with its words (contract §10.6, §10.7).

The table of checks itself (`forgewatch.checks.CHECKS`) carries functions; this one is for whoever has to write a row about a check
that was never run: a refused audit still lists all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from forgewatch.core.verdict import CheckCode, CheckResult, Fault, Severity

CHECKLIST = (
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
    }
)
"""What each check asks, for people: the README's table, and the description of the check in SARIF."""

_PLACE = {code: place for place, (code, _) in enumerate(CHECKLIST)}


def in_order(results: Iterable[CheckResult]) -> tuple[CheckResult, ...]:
    """Return results as A1..A9, W1..W3, then all others as they came (cli.md, Audit result)."""
    return tuple(sorted(results, key=lambda result: _PLACE.get(result.code, len(_PLACE))))


def unjudged(why: str) -> tuple[CheckResult, ...]:
    """Return the whole checklist as checks that could not be judged, for an audit that ended before its first check."""
    return tuple(CheckResult(code=code, title=title, severity=_severity(code), answer=Fault(why)) for code, title in CHECKLIST)


def is_blocking(code: CheckCode) -> bool:
    """True for a check that fails the audit where no setting or profile says otherwise."""
    return code.startswith("A")


def _severity(code: CheckCode) -> Severity:
    return Severity.BLOCKING if is_blocking(code) else Severity.WARNING
