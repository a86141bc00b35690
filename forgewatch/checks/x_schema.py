"""X-SCHEMA: every table of schema.md is taken up by a phase of phases.md (contract §9.6), with the contract's sentence where one is not.

Judged where it can be mended: in phase 0, in the last phase, and in a cycle that changes one of the two documents. Everywhere else a gap
that was accepted once would be told with every audit.
"""

from __future__ import annotations

from forgewatch.core.phase_words import phase_number
from forgewatch.core.phases import is_final, parse_phases
from forgewatch.core.schema_tables import SENTENCE, parse_tables, untaken
from forgewatch.core.snapshot import Snapshot
from forgewatch.core.text import counted
from forgewatch.core.verdict import Finding, Ruling


def judge(snapshot: Snapshot) -> Ruling:
    """Return a finding per table that no phase takes up (XM01)."""
    places = snapshot.places
    schema, plan = snapshot.document(places.schema), snapshot.document(places.phases)
    if not isinstance(schema, bytes) or not isinstance(plan, bytes):
        return Ruling(basis="schema.md and phases.md are not both there", applicable=False)
    tables, phases = parse_tables(schema), parse_phases(plan)
    if not tables or not phases:
        return Ruling(basis=f"{counted(len(tables), 'table')} in schema.md, {counted(len(phases), 'phase')} in phases.md", applicable=False)
    moved = any(snapshot.document(place) != snapshot.base_document(place) for place in (places.schema, places.phases))
    if not (moved or phase_number(snapshot.phase) == "Phase 0" or is_final(snapshot.phase, phases)):
        return Ruling(basis="schema.md and phases.md did not change in this cycle", applicable=False)
    findings = tuple(
        Finding(
            code="XM01",
            path=places.schema,
            line=table.line,
            message=SENTENCE.format(table_name=table.name),
            expected="a phase that creates its repository",
            actual=table.name,
        )
        for table in untaken(tables, phases)
    )
    return Ruling(basis=f"{counted(len(tables), 'table')}, {len(findings) or 'none'} without a phase", findings=findings)
