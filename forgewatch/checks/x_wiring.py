"""X-WIRING: components of earlier phases have a caller, and the plan says where they get it (contract §9.5).

1. An item `Wire A to call B` of a phase has a criterion that begins with A. Judged in that phase, in phase 0, and in a cycle that changes
   phases.md.
2. A component of an earlier phase that nothing outside of its module and of tests uses is a finding, unless a phase that is still to come
   names it. Where no later phase names it at all, the contract's sentence asks for the operator's word; a directive that names the
   component is this word.

phases.md is believed in both versions: a wiring item that this cycle takes out is still owed. Only components that are there since before
the cycle are due. Not applicable without phases, or where the phase is not known.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from forgewatch.core.phase_words import phase_number
from forgewatch.core.snapshot import Snapshot
from forgewatch.core.text import counted
from forgewatch.core.verdict import Finding, Ruling
from forgewatch.core.wiring import Loose, is_class
from forgewatch.core.wiring_plan import Plan, WireItem, plan_of, plans_of, wire_items

SENTENCE = "Phase {N} creates {component} but no subsequent phase wires it to a caller. Clarify whether wiring is intended."
"""The contract's sentence, word for word (contract §9.5)."""

_WORD = re.compile(r"[A-Za-z_]\w*")


def judge(snapshot: Snapshot) -> Ruling:
    """Return findings XW01 (wiring without a criterion), XW02 (component without a caller), XW03 (component that no phase wires)."""
    place, wiring = snapshot.places.phases, snapshot.wiring
    work, base = snapshot.document(place), snapshot.base_document(place)
    plan, plans = plan_of(work, snapshot.phase), plans_of(work, base, snapshot.phase)
    if not plans:
        return Ruling(basis="phases.md does not tell the phases, or the log does not tell which one it is", applicable=False)
    items = [] if plan is None else list(_items(plan, everywhere=work != base or phase_number(snapshot.phase) == "Phase 0"))
    findings = [_uncovered(item, place) for item in items if not item.accepted]
    clear = _clarified(snapshot)
    findings += (found for one in wiring.loose if (found := _orphan(one, plans, clear)) is not None)
    told = [f"{counted(wiring.judged, 'component')} of earlier phases", counted(len(items), "wiring item")]
    told += [f"not judged: {why}" for why in (*([wiring.why] if wiring.why else []), *wiring.unjudged)]
    judged = bool(wiring.judged or items)
    return Ruling(basis=", ".join(told), findings=tuple(findings), applicable=judged)


def _items(plan: Plan, *, everywhere: bool) -> Iterator[WireItem]:
    for phase in plan.phases:
        if everywhere or not (plan.is_past(phase) or plan.is_ahead(phase)):
            yield from wire_items(phase)


def _uncovered(item: WireItem, place: str) -> Finding:
    return Finding(
        code="XW01",
        path=place,
        line=item.item.line,
        message=f"{item.phase.name} wires {item.caller}, and none of its acceptance criteria begins with it",
        expected=f"an end-to-end criterion that begins with {item.caller}",
        actual=item.item.text,
    )


def _orphan(loose: Loose, plans: list[Plan], clear: frozenset[str]) -> Finding | None:
    word = loose.name.rpartition(".")[2]
    by_file = is_class(loose.name)
    for plan in plans:
        if not plan.is_due(loose.name, loose.path, by_file=by_file):
            continue
        named = plan.naming(loose.name, loose.path, by_file=by_file)
        if not named and (by_file or loose.whole):
            return _uncalled(loose, "no phase is left that could call it")
        if len(named) > 1:
            return _uncalled(loose, f"{named[-1].name} names it")
        if named and word not in clear:
            number = named[0].name.removeprefix("Phase ")
            return _finding("XW03", loose, SENTENCE.format(N=number, component=loose.name), "a phase that wires it, or the operator's word")
    return None


def _uncalled(loose: Loose, why: str) -> Finding:
    return _finding("XW02", loose, f"nothing outside of its module and of tests uses {loose.name}, and {why}", "a caller")


def _finding(code: str, loose: Loose, message: str, expected: str) -> Finding:
    return Finding(code=code, path=loose.path, line=loose.line, message=message, expected=expected, actual=loose.name)


def _clarified(snapshot: Snapshot) -> frozenset[str]:
    """Return the words of the directive at BASE: where it speaks of a component, the operator was asked already."""
    raws = (snapshot.base_document(place) for place in snapshot.places.directives)
    return frozenset(word for raw in raws if isinstance(raw, bytes) for word in _WORD.findall(raw.decode("utf-8", "replace")))
