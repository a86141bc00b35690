"""`ledger summary`: what a new session has to know (contract §10.1, §10.6 rule 1): the last phase that was signed off, the last outcome,
and the checks that still fail. Each phase counts by its newest audit; an audit from a base of the caller's is about another change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from forgewatch.cli import screen
from forgewatch.cli.ledger_entries import Shown, entry_json, older_json, older_text
from forgewatch.core.ledger_reader import OlderEntries
from forgewatch.core.phase_words import phase_number
from forgewatch.core.result_line import blocking
from forgewatch.core.text import PATH_LIMIT, escape
from forgewatch.core.verdict import CheckCode, Outcome

SCHEMA = "forgewatch/ledger-summary/v1"
NONE_YET = "No prior audit ledger found; this is the first AEM cycle."
"""The contract's sentence, word for word (contract §10.1)."""

_SIGNED = frozenset({Outcome.SIGNED_OFF, Outcome.AUTHORIZED, Outcome.AUTO_AUTHORIZED})


@dataclass(frozen=True, slots=True)
class Summary:
    """The newest entry that was signed off, the newest one at all, and per phase whose newest audit failed what failed in it."""

    signed: Shown | None
    last: Shown | None
    failing: tuple[tuple[Shown, tuple[CheckCode, ...]], ...]


def summary_of(shown: Sequence[Shown]) -> Summary:
    """Return the summary of the entries, oldest first."""
    own = [entry for entry in shown if entry.event.report is None or entry.event.report.against is None]
    newest = {phase_number(entry.event.phase): entry for entry in own}
    failing = [
        (entry, tuple(result.code for result in blocking(entry.event))) for entry in newest.values() if entry.outcome is Outcome.FAIL
    ]
    signed = [entry for entry in own if entry.outcome in _SIGNED]
    return Summary(signed[-1] if signed else None, own[-1] if own else None, tuple(failing))


def show(root: Path, shown: Sequence[Shown], older: OlderEntries | None, *, as_json: bool) -> int:
    """Show the summary as text or JSON, and return 0. `older` is what adopted text tells, which nobody vouches for."""
    summary = summary_of(shown)
    if as_json:
        screen.show_json(
            {
                "schema": SCHEMA,
                "repository": str(root),
                "older": older_json(older),
                "signed_off": entry_json(summary.signed) if summary.signed else None,
                "last": entry_json(summary.last) if summary.last else None,
                "failing": [{"entry": entry_json(entry), "failed": list(codes)} for entry, codes in summary.failing],
            }
        )
    else:
        screen.show("\n".join(_lines(root, summary, older)))
    return 0


def _lines(root: Path, summary: Summary, older: OlderEntries | None) -> list[str]:
    before = [older_text(older)] if older else []
    if summary.last is None:
        return before or [NONE_YET]
    return [f"ledger of {escape(str(root), PATH_LIMIT)}", *summary_lines(summary, older)]


def summary_lines(summary: Summary, older: OlderEntries | None) -> list[str]:
    """Return the lines of a summary that has something to tell, escaped: text of before the record, last sign-off, last outcome, FAILs."""
    before = [older_text(older)] if older else []
    if summary.last is None:
        return before
    failing = [f"still failing:    {_named(entry)}: {', '.join(codes) or 'the ledger'}" for entry, codes in summary.failing]
    return [
        *before,
        f"last signed off:  {_named(summary.signed) if summary.signed else 'nothing yet'}",
        f"last outcome:     {_named(summary.last)}",
        *(failing or ["still failing:    nothing"]),
    ]


def _named(entry: Shown) -> str:
    return f"{escape(entry.event.phase)}, iteration {entry.event.iteration}, {entry.outcome} (entry {entry.seq})"
