"""The block that ends a phase, byte for byte (contract §10.4). Its values come from the entry, the diff log and the test record."""

from __future__ import annotations

import re
from collections.abc import Iterator

from forgewatch.core.difflog import DiffLog, Label
from forgewatch.core.events import AuditRecorded
from forgewatch.core.testrecord import TestRecord
from forgewatch.core.text import PATH_LIMIT, counted, escape
from forgewatch.core.verdict import Outcome

_SUMMARY = "summary"
_SENTENCES = 3
_PASSED = re.compile(r"pass(?![\w-])", re.IGNORECASE)
"""PASS as a word of its own; `passes` and `PASS-through` are the beginning of a sentence."""
_ACTION = 'HALT. Awaiting user token "AUTHORIZED" before commit/push.'


def signoff_block(entry: AuditRecorded, log: DiffLog | None, record: TestRecord | None) -> str:
    """Return the block, without a line end. `entry` is an audit that passed, or one that amends it; `log` and `record` are what lies there.

    Nothing is quoted of a diff log or test record that is not byte for byte the one that was judged: they may be rewritten at any time.
    Raises ValueError for an entry that did not pass: there is no sign-off without one (contract §10.2).
    """
    report = entry.report
    if report is None or entry.outcome in (Outcome.FAIL, Outcome.ERROR):
        raise ValueError("only an audit that passed is signed off")
    changed = ", ".join(escape(change.path, PATH_LIMIT) for change in report.changed) or "(none)"
    judged = log if log is not None and log.digest == report.difflog.digest else None
    lines = [
        "=== PHASE SIGN-OFF: PASS ===",
        f"Phase:               {escape(entry.phase)}",
        f"Files changed:       {changed}",
        f"Minimal diff summary: {_summary(judged)}",
        "Verification evidence:",
        *(f"  - {label + ':':<10} {_level(judged, label)}" for label in Label),
        f"  - {'Tests:':<10} {_tests(record if record is not None and record.digest == report.record else None)}",
        "Audit result:        ALL PASS (A1–A9)",
        f"Loopback iterations: {entry.iteration - 1}",
        "",
        f"ACTION REQUIRED: {_ACTION}",
        "=== END PHASE SIGN-OFF ===",
    ]
    return "\n".join(lines)


def _summary(log: DiffLog | None) -> str:
    if log is None:
        return "(the diff log is not the audited one)"
    texts = [text.strip() for section in log.sections if section.key == _SUMMARY for _, text in section.items]
    return escape(" ".join(_sentences(texts))) or "(none stated)"


def _sentences(texts: list[str]) -> Iterator[str]:
    """Yield at most three items, each as a sentence."""
    for text in [one for one in texts if one][:_SENTENCES]:
        yield text if text.endswith((".", "!", "?")) else f"{text}."


def _level(log: DiffLog | None, label: Label) -> str:
    said = [item.text for item in log.verification.items if item.label is label] if log else []
    # One line: commands and outputs that are quoted below it are evidence and no summary.
    text = next((" ".join(line.split()) for text in said[:1] for line in text.splitlines() if line.strip()), "")
    # A7 let no failed step pass, so what says nothing of a result is one that passed.
    told = f"PASS{text[4:]}" if _PASSED.match(text) else f"PASS — {text}" if text else "PASS"
    return escape(told, 120)


def _tests(record: TestRecord | None) -> str:
    if record is None:
        return "PASS — the test record is not the audited one"
    # A8 let no other status pass.
    count = f" — {counted(record.executed, 'test')}" if record.executed is not None else ""
    return f"PASS{count}"
