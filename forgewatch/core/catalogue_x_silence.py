"""What the codes of X-SILENCE, new silenced checks, mean (checks.md, Further checks; requirements.md S000-P2-4)."""

from __future__ import annotations

from forgewatch.core.catalogue import ASK, EDIT, CodeDoc

CODES: tuple[CodeDoc, ...] = (
    CodeDoc(
        code="XS01",
        title="a check was silenced",
        means="A changed line keeps a tool from telling of a fault: `type: ignore`, `eslint-disable`, a test that is skipped without a "
        "condition, options of pytest that leave tests out (`addopts = -k`, `collect_ignore`), `|| true` behind a command "
        "that could fail, `continue-on-error: true`. Lines that were moved do not count.",
        good="the type is corrected; a test is skipped only where the machine lacks what it needs",
        bad="total: int = read()  # type: ignore",
        fix="Correct what the tool complains about, or have the operator see the reason in the diff log.",
        action="remove {actual} in {path}:{line}, or have the operator look at why it is needed",
        allows=("path",),
        ways=(EDIT, ASK),
    ),
)
