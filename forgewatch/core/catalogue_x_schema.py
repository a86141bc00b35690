"""What the codes of X-SCHEMA, tables that a phase takes up, mean (checks.md, Further checks; contract §9.6)."""

from __future__ import annotations

from forgewatch.core.catalogue import ASK, CodeDoc

CODES: tuple[CodeDoc, ...] = (
    CodeDoc(
        code="XM01",
        title="table that no phase takes up",
        means="schema.md defines a table, and no phase of phases.md names it or a repository for it. Judged in phase 0, in the last phase, "
        "and in a cycle that changes one of the two documents.",
        good="schema.md: ### trades; phases.md, Phase 2: implement TradeRepo",
        bad="schema.md: ### trades, and no phase says a word of it",
        fix="Ask the operator which phase creates the repository, or whether the table goes.",
        action="have the operator name the table {actual} in a phase of phases.md, or take it out of {path}",
        allows=(),
        ways=(ASK,),
    ),
)
