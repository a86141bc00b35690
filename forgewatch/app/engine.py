"""Judge a snapshot, or the ground of a gate: every check, each in its own fence. One of the two broad excepts of the project is here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from forgewatch.core.gate import Gate
from forgewatch.core.redaction import redacted
from forgewatch.core.settings import Profile
from forgewatch.core.text import escape
from forgewatch.core.verdict import Audit, Check, CheckResult, Fault, Ruling, S, Severity

_FAILS = frozenset({"fail", "blocking"})
_DECIDED = frozenset({"X-PS1", "X-LAYOUT", "X-PHYSICS", "X-DEPS"})
_HARDER = {
    Profile.DEV: frozenset[str](),
    Profile.STRICT: _DECIDED,
    Profile.CI: _DECIDED | {"W1"},
    Profile.RELEASE: _DECIDED | {"W1", "X-SCHEMA", "X-DOCS", "X-BOOT", "R4"},
}
"""What blocks beside A1 to A9, by profile (checks.md W1; docs/decisions/0009)."""


def judge(ground: S, checks: Sequence[Check[S]]) -> Audit:
    """Return the results of all checks in the order of the table. A check that breaks is a Fault, never a pass (architecture.md)."""
    return Audit(tuple(_result(check, ground) for check in checks))


def pass_gate(gate: Gate[S], ground: S, profile: Profile) -> Audit:
    """Return the results of a gate's checks with the severities of the profile. Open is a gate whose audit `passed` (architecture.md)."""
    return judge(ground, table_for(gate.checks, profile, ()))


def table_for(checks: Sequence[Check[S]], profile: Profile, severities: Sequence[tuple[str, str]]) -> tuple[Check[S], ...]:
    """Return the checks with the severities that profile and operator ask for. A warning can be made to block, never the reverse."""
    harder = {code for code, wanted in severities if wanted in _FAILS}
    harder |= _HARDER[profile]
    return tuple(replace(check, severity=Severity.BLOCKING) if check.code in harder else check for check in checks)


def _result(check: Check[S], ground: S) -> CheckResult:
    return CheckResult(code=check.code, title=check.title, severity=check.severity, answer=_answer(check, ground))


def _answer(check: Check[S], ground: S) -> Ruling | Fault:
    # Whatever goes wrong inside a check, the audit must not pass because of it, and the other checks must still be told.
    try:
        return redacted(check.judge(ground))
    except Exception as error:  # noqa: BLE001  # one of the two broad excepts (architecture.md, House rules)
        return redacted(Fault(f"{type(error).__name__}: {escape(str(error))}"))
