"""The table of checks. A literal: the audited party cannot add, shadow or remove an auditor (architecture.md, Core types)."""

from __future__ import annotations

from forgewatch.checks import (
    a1_scope,
    a2_minimal,
    a3_evidence,
    a4_boundaries,
    a5_difflog,
    a6_authorization,
    a7_order,
    a8_tests,
    a9_dependencies,
    w1_secrets,
    w2_ledger,
    w3_routes,
    x_boot,
    x_churn,
    x_deps,
    x_docs,
    x_layout,
    x_physics,
    x_ps1,
    x_schema,
    x_silence,
    x_tests,
    x_wiring,
)
from forgewatch.core.verdict import Check, CheckCode, Severity

_BLOCKING, _WARNING = Severity.BLOCKING, Severity.WARNING

CHECKS = (
    Check(code=CheckCode("A1"), title="Scope compliance", severity=_BLOCKING, judge=a1_scope.judge),
    Check(code=CheckCode("A2"), title="Minimal-diff", severity=_BLOCKING, judge=a2_minimal.judge),
    Check(code=CheckCode("A3"), title="Evidence completeness", severity=_BLOCKING, judge=a3_evidence.judge),
    Check(code=CheckCode("A4"), title="Boundary compliance", severity=_BLOCKING, judge=a4_boundaries.judge),
    Check(code=CheckCode("A5"), title="Diff Log Gate", severity=_BLOCKING, judge=a5_difflog.judge),
    Check(code=CheckCode("A6"), title="Authorization Gate", severity=_BLOCKING, judge=a6_authorization.judge),
    Check(code=CheckCode("A7"), title="Verification order", severity=_BLOCKING, judge=a7_order.judge),
    Check(code=CheckCode("A8"), title="Test gate", severity=_BLOCKING, judge=a8_tests.judge),
    Check(code=CheckCode("A9"), title="Dependency gate", severity=_BLOCKING, judge=a9_dependencies.judge),
    Check(code=CheckCode("W1"), title="No secrets in diff", severity=_WARNING, judge=w1_secrets.judge),
    Check(code=CheckCode("W2"), title="Audit ledger integrity", severity=_WARNING, judge=w2_ledger.judge),
    Check(code=CheckCode("W3"), title="Physics route coverage", severity=_WARNING, judge=w3_routes.judge),
    Check(code=CheckCode("X-PS1"), title="PowerShell encoding", severity=_WARNING, judge=x_ps1.judge),
    Check(code=CheckCode("X-LAYOUT"), title="Project outside of Forge/", severity=_WARNING, judge=x_layout.judge),
    Check(code=CheckCode("X-PHYSICS"), title="Physics before new routes", severity=_WARNING, judge=x_physics.judge),
    Check(code=CheckCode("X-DEPS"), title="Dependencies of the directive", severity=_WARNING, judge=x_deps.judge),
    Check(code=CheckCode("X-TESTS"), title="Tests beside the change", severity=_WARNING, judge=x_tests.judge),
    Check(code=CheckCode("X-WIRING"), title="Components with callers", severity=_WARNING, judge=x_wiring.judge),
    Check(code=CheckCode("X-SCHEMA"), title="Tables taken up by phases", severity=_WARNING, judge=x_schema.judge),
    Check(code=CheckCode("X-DOCS"), title="Instructions for users", severity=_WARNING, judge=x_docs.judge),
    Check(code=CheckCode("X-BOOT"), title="Boot script", severity=_WARNING, judge=x_boot.judge),
    Check(code=CheckCode("X-SILENCE"), title="New silenced checks", severity=_WARNING, judge=x_silence.judge),
    Check(code=CheckCode("X-CHURN"), title="Cleanup beside the work", severity=_WARNING, judge=x_churn.judge),
)
"""A1 to A9 and W1 to W3 with the contract's titles (contract §10.6, §10.7), then the further checks (checks.md), in the order in which
results are always listed. Profile and operator can make a warning block (`app.engine.table_for`; docs/decisions/0009)."""
