"""What an entry's Notes say about the cycle around an audit: directive, tokens, the builder's own Fix Plan (contract §10.1, §10.3, §12).

Remarks never change a verdict. They follow from the report and the record alone, so an entry can be made again from both.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from forgewatch.core.amendments import blocked
from forgewatch.core.difflog import DiffLogReading
from forgewatch.core.phase_words import phase_number
from forgewatch.core.plan_scope import beyond
from forgewatch.core.readings import log_of
from forgewatch.core.record_state import EntrySummary, RecordState
from forgewatch.core.report import Report
from forgewatch.core.text import escape
from forgewatch.core.values import UNKNOWN_PHASE, Digest, Phase
from forgewatch.core.verdict import Outcome

PLAN_LINES = 20
"""Lines of a builder's Fix Plan, and tokens, that one entry carries; the rest is counted."""

DIRECTIVE = "Directive: "
"""How the remark begins that says what the directive asks for: no news to who runs an audit."""

_CHECK = re.compile(r"(?<![\w-])([AW][1-9])(?:\d\d)?(?!\w)")
_NOTHING = frozenset({"none", "(none)", "n/a", "-"})


def builder_plan(reading: DiffLogReading) -> tuple[str, ...]:
    """Return the items of the diff log's `## Fix Plan`, raw, as the next entry carries them (C-07). Empty without such a section."""
    log = log_of(reading)
    sections = [section for section in log.sections if section.key == "fix plan"] if log else []
    items = [text.strip() for section in sections for _, text in section.items]
    told = [item for item in items if item and item.casefold().rstrip(".") not in _NOTHING]
    rest = len(told) - PLAN_LINES
    return (*told[:PLAN_LINES], *([f"and {rest} more"] if rest > 0 else []))


def plan_lines(report: Report) -> tuple[str, ...]:
    """Return what the Fix Plan of an entry that failed again adds: the plan the builder had stated, escaped (C-07)."""
    return tuple(f"stated by the builder: {escape(item)}" for item in report.builder_plan)


def remarks(state: RecordState, report: Report) -> tuple[str, ...]:
    """Return the lines an entry's Notes get beside what the report itself notes, escaped. `state` is the record before the entry."""
    told = (*_directive(report), *_begun(state, report), *_growth(state, report), *_applied(report), *_beside_the_point(state, report))
    return (*told, *_halted(state, report), *_tokens(state))


def _directive(report: Report) -> Iterator[str]:
    # Off is the default and needs no word (S002-10.1-1).
    if report.aem or report.auto_authorize:
        words = {True: "enabled", False: "off"}
        yield f"{DIRECTIVE}AEM {words[report.aem]}, Auto-authorize {words[report.auto_authorize]}"


def _begun(state: RecordState, report: Report) -> Iterator[str]:
    """Yield that the log's `Previous cycle` names another log than the last one on record before this cycle (S002-11-10). Who writes the
    log by hand, and names none, is told nothing."""
    if report.begun_from is None or report.against:
        return
    last = _before(state, report.begun_from)
    if last is not None and last.document not in (None, report.begun_from):
        yield f"Previous cycle names {report.begun_from}, but the last diff log before it was {last.document} (entry {last.seq})"


def _before(state: RecordState, begun_from: Digest) -> EntrySummary | None:
    """Return the newest entry of an earlier cycle: those that were begun from the same log are of this one, mended and judged again."""
    entries = (state.entries.get(seq) for seq in reversed(tuple(state.entries)))
    return next((entry for entry in entries if entry is not None and not entry.against and entry.begun_from != begun_from), None)


def _growth(state: RecordState, report: Report) -> Iterator[str]:
    # Another base measures other work than the plan was made for.
    grown = [] if report.against else list(beyond(state.plan, (change.path for change in report.changed)))
    rest = len(grown) - PLAN_LINES
    if grown:
        told = ", ".join(map(escape, grown[:PLAN_LINES]))
        yield f"Scope growth, changed and not planned: {told}" + (f" and {rest} more" if rest > 0 else "")


def _applied(report: Report) -> Iterator[str]:
    if report.audit.outcome is Outcome.PASS:
        yield from (f"Fix plan applied: {escape(item)}" for item in report.builder_plan)


def _beside_the_point(state: RecordState, report: Report) -> Iterator[str]:
    # A Fix Plan addresses what failed and nothing else (contract §10.3).
    last = _failed_before(state, report)
    if last is not None:
        named = dict.fromkeys(code for item in report.builder_plan for code in _CHECK.findall(item))
        yield from (f"Fix plan names {code}: it did not fail in entry {last.seq}" for code in named if code not in last.failed)


def _halted(state: RecordState, report: Report) -> Iterator[str]:
    """Yield what the entry has to say of a phase that is blocked, or of work that went on after its sign-off (C-06; contract §10.4)."""
    signed = state.authority.signed
    if report.audit.passed and not report.against and state.is_blocked(report.phase):
        yield f"Sign-off refused: {escape(blocked(report.phase))}"
    if signed is not None and not report.against and report.tree != signed.tree:
        yield f"Halt broken: entry {signed.entry} was signed off and awaited AUTHORIZED, and files changed since"
    if signed is not None and not report.against and _is_another(report.phase, signed.phase):
        yield f"Halt broken: entry {signed.entry} was signed off and awaited AUTHORIZED, and {escape(report.phase)} began"


def _is_another(phase: Phase, before: Phase) -> bool:
    # One phase may be named by two titles, and a log that names none begins none.
    return phase != UNKNOWN_PHASE and phase_number(phase) != phase_number(before)


def _failed_before(state: RecordState, report: Report) -> EntrySummary | None:
    last = state.last_entry
    fits = last is not None and last.outcome is Outcome.FAIL and last.failed and UNKNOWN_PHASE != last.phase == report.phase
    return last if fits else None


def _tokens(state: RecordState) -> Iterator[str]:
    """Yield the approval files that were answered since the last entry (S002-12-5)."""
    since = state.last_entry.seq if state.last_entry else -1
    seen = [(path, found) for path in state.approvals if (found := state.approvals.get(path)) is not None and found.seq > since]
    seen.sort(key=lambda one: one[1].seq)
    told = [f"{escape(path)} {'accepted' if found.accepted else 'refused'} (entry {found.seq})" for path, found in seen]
    rest = len(told) - PLAN_LINES
    if told:
        yield f"Tokens in this cycle: {', '.join(told[:PLAN_LINES])}" + (f" and {rest} more" if rest > 0 else "")
