"""Findings, rulings, verdicts. A verdict is derived here and nowhere else (style.md, This not that, 1)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, NewType, TypeVar

CheckCode = NewType("CheckCode", str)
"""`A1`..`A9`, `W1`..`W3`, `X-...`; of the gates `R1`..., `E1`..."""

S = TypeVar("S")
"""What a check looks at: the Snapshot of an audit, the frozen ground of a gate."""


class Severity(StrEnum):
    """What a finding of a check does to the audit: a blocking one fails it, a warning is shown."""

    BLOCKING = "blocking"
    WARNING = "warning"


class Verdict(StrEnum):
    """Of one check. Derived by `CheckResult.verdict`."""

    PASS = "PASS"
    FAIL = "FAIL"
    WARN = "WARN"
    ERROR = "ERROR"
    NOT_APPLICABLE = "NOT_APPLICABLE"


class Outcome(StrEnum):
    """Of an audit, with the contract's exact words (contract §10.6). ERROR exists in JSON only; Markdown shows FAIL."""

    PASS = "PASS"
    FAIL = "FAIL"
    ERROR = "ERROR"
    SIGNED_OFF = "SIGNED-OFF (awaiting AUTHORIZED)"
    AUTHORIZED = "AUTHORIZED (committed)"
    AUTO_AUTHORIZED = "AUTO-AUTHORIZED (committed)"


class StopReason(StrEnum):
    """The six typed STOP reasons (contract §8)."""

    EVIDENCE_MISSING = "EVIDENCE_MISSING"
    AMBIGUOUS_INTENT = "AMBIGUOUS_INTENT"
    CONTRACT_CONFLICT = "CONTRACT_CONFLICT"
    RISK_EXCEEDS_SCOPE = "RISK_EXCEEDS_SCOPE"
    NON_DETERMINISTIC_BEHAVIOR = "NON_DETERMINISTIC_BEHAVIOR"
    ENVIRONMENT_LIMITATION = "ENVIRONMENT_LIMITATION"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One contradiction between the claim and the facts. Strings are raw: renderers escape them.

    `path` and `line` (1-based) may be None where the finding is about no file or no line. `expected` and `actual` state both sides.
    """

    code: str
    path: str | None = None
    line: int | None = None
    message: str
    expected: str = ""
    actual: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """What a check returns that could judge. `basis` says what was judged; `notes` never change the verdict.

    `applicable=False` needs a basis that says why, and no findings.
    """

    basis: str
    findings: tuple[Finding, ...] = ()
    notes: tuple[Finding, ...] = ()
    applicable: bool = True

    def __post_init__(self) -> None:
        if not self.basis:
            raise ValueError("a ruling states its basis")
        if self.findings and not self.applicable:
            raise ValueError("a ruling that does not apply has no findings")


@dataclass(frozen=True, slots=True)
class Fault:
    """A check could not be judged; `why` is shown to people."""

    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Check(Generic[S]):
    """A row of the table of checks. `judge` is pure; it answers with a Fault where this machine cannot know."""

    code: CheckCode
    title: str
    severity: Severity
    judge: Callable[[S], Ruling | Fault]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """What one check said. The verdict follows from ruling and severity; nobody can spell a PASS with findings."""

    code: CheckCode
    title: str
    severity: Severity
    answer: Ruling | Fault

    @property
    def verdict(self) -> Verdict:
        """Derive the verdict (architecture.md, Core types)."""
        if isinstance(self.answer, Fault):
            return Verdict.ERROR
        if self.answer.findings:
            return Verdict.FAIL if self.severity is Severity.BLOCKING else Verdict.WARN
        return Verdict.PASS if self.answer.applicable else Verdict.NOT_APPLICABLE

    @property
    def blocks(self) -> bool:
        """True when this result keeps the audit from passing: a blocking check that failed or could not be judged."""
        return self.severity is Severity.BLOCKING and self.verdict in (Verdict.FAIL, Verdict.ERROR)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The findings, none for a fault."""
        return () if isinstance(self.answer, Fault) else self.answer.findings


@dataclass(frozen=True, slots=True)
class Audit:
    """The results of all checks of one snapshot. An audit with no results has not passed."""

    results: tuple[CheckResult, ...]

    @property
    def passed(self) -> bool:
        """True iff there are results and none blocks."""
        return bool(self.results) and not any(result.blocks for result in self.results)

    @property
    def outcome(self) -> Outcome:
        """PASS, FAIL, or ERROR when every blocking fault is a check that could not be judged (architecture.md, Verdicts)."""
        if self.passed:
            return Outcome.PASS
        failed = any(result.blocks and result.verdict is Verdict.FAIL for result in self.results)
        return Outcome.FAIL if failed else Outcome.ERROR
