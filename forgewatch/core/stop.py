"""The one STOP reason of an audit (contract §8, §10.3; checks.md, Stop map; requirements.md C-21)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from forgewatch.core.catalogue_a1 import STOPS as A1
from forgewatch.core.catalogue_x_physics import STOPS as X_PHYSICS
from forgewatch.core.catalogue_x_tests import STOPS as X_TESTS
from forgewatch.core.catalogue_x_wiring import STOPS as X_WIRING
from forgewatch.core.verdict import Audit, CheckCode, CheckResult, Outcome, StopReason, Verdict

PRECEDENCE = (
    StopReason.ENVIRONMENT_LIMITATION,
    StopReason.RISK_EXCEEDS_SCOPE,
    StopReason.CONTRACT_CONFLICT,
    StopReason.NON_DETERMINISTIC_BEHAVIOR,
    StopReason.EVIDENCE_MISSING,
    StopReason.AMBIGUOUS_INTENT,
)
"""Which reason is told when several hold (C-21). A ledger that cannot be believed comes before all but the first, but it refuses the
audit before there is one to ask about (C-16)."""

LOOP_EXCEEDED = "AEM audit loop exceeded 3 iterations without full PASS. Manual review required."
"""What is reported with the last FAIL that the limit allows: the contract's sentence, word for word, also where the operator set another
limit (contract §10.3)."""

_EVIDENCE = frozenset({"A3", "A5", "A7", "A8", "A9", "W2", "X-PHYSICS", "X-DEPS", "X-TESTS", "X-DOCS", "X-BOOT"})
_OF_CODES: Mapping[str, StopReason] = MappingProxyType({**A1, **X_PHYSICS, **X_TESTS, **X_WIRING})
_INTENT = frozenset({"X-WIRING", "X-SCHEMA"})


def stop_of(audit: Audit, *, exhausted: bool = False) -> StopReason | None:
    """Return the STOP reason of an audit, None when it passed.

    `exhausted`: this FAIL is the last one the loopback limit allows, which only the record knows (contract §10.3). A check that could
    not be judged stops for the environment, alone or beside a FAIL: what is to be mended then stands in the fix plan
    (docs/decisions/0016).
    """
    reasons = stops_of(audit, exhausted=exhausted)
    return reasons[0] if reasons else None


def stops_of(audit: Audit, *, exhausted: bool = False) -> tuple[StopReason, ...]:
    """Return every reason that holds, the one to be told first; the others belong into the entry's Notes (C-21)."""
    if audit.passed:
        return ()
    if audit.outcome is Outcome.ERROR:
        return (StopReason.ENVIRONMENT_LIMITATION,)
    blocking = [result for result in audit.results if result.blocks]
    held = {reason for result in blocking for reason in _reasons(result)}
    if exhausted:
        held.add(StopReason.RISK_EXCEEDS_SCOPE)
    return tuple(reason for reason in PRECEDENCE if reason in held)


def _reasons(result: CheckResult) -> Iterator[StopReason]:
    if result.verdict is Verdict.FAIL:
        yield from (reason_of(result.code, finding.code) for finding in result.findings)
    else:
        yield StopReason.ENVIRONMENT_LIMITATION


def reason_of(code: CheckCode, finding: str) -> StopReason:
    """Return the reason for which a finding of a check that failed stops the audit: its own where the contract gives it one, else that of
    the check; one that nobody mapped is a conflict (contract §10.3)."""
    if finding in _OF_CODES:
        return _OF_CODES[finding]
    if code in _INTENT:
        return StopReason.AMBIGUOUS_INTENT
    return StopReason.EVIDENCE_MISSING if code in _EVIDENCE else StopReason.CONTRACT_CONFLICT
