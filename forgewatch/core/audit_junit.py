"""One audit as JUnit XML, as build servers read it: one suite, one case per check. Pure; every string is escaped, and a line.

FAIL is a `failure`; a check that had to be judged and could not be is an `error`; one that does not apply, or only warns and could not be
judged, is `skipped`. WARN is no failure: it is told in the case's `system-out`, as is the basis of every check.
"""

from __future__ import annotations

import html
from collections.abc import Iterator

from forgewatch.core.audit_document import audit_id, results_of, why_unjudged
from forgewatch.core.events import AuditRecorded
from forgewatch.core.finding_text import finding_lines
from forgewatch.core.text import escape
from forgewatch.core.verdict import CheckResult, Fault, Verdict

SHOWN = 200
"""So many lines of findings stand in one case; what is over is counted."""


def audit_junit(event: AuditRecorded, entry: str) -> str:
    """Return the document, ending in a line end. `entry` says where the audit is recorded, or that it is not. No host is named."""
    cases = [(result, _trouble(result)) for result in results_of(event)]
    counts: dict[str, str | int] = {
        "tests": len(cases),
        "failures": sum(kind == "failure" for _, (kind, _) in cases),
        "errors": sum(kind == "error" for _, (kind, _) in cases),
        "skipped": sum(kind == "skipped" for _, (kind, _) in cases),
        "time": f"{event.envelope.duration_ms / 1000:.3f}",
    }
    return "\n".join(
        [
            '<?xml version="1.0" encoding="UTF-8"?>',
            _open("testsuites", name="forgewatch", **counts),
            # The format's time has no zone; ours is UTC.
            _open("testsuite", name="forgewatch audit", timestamp=event.envelope.at.removesuffix("Z"), **counts),
            *_properties(event),
            *(line for result, trouble in cases for line in _case(result, *trouble)),
            _text("system-out", [f"Overall: {event.outcome}", *_after(event), entry]),
            "</testsuite>",
            "</testsuites>",
            "",
        ]
    )


def _properties(event: AuditRecorded) -> list[str]:
    values = {"outcome": event.outcome, "stop": event.stop or "none", "phase": event.phase, "audit_id": audit_id(event)}
    return ["<properties>", *(_open("property", "/", name=name, value=value) for name, value in values.items()), "</properties>"]


def _after(event: AuditRecorded) -> list[str]:
    stop = [f"STOP: {event.stop}"] if event.stop else []
    return stop if event.report else [*stop, f"Not judged: {escape(why_unjudged(event))}"]


def _trouble(result: CheckResult) -> tuple[str, str]:
    """Return the element that a result is shown by and its message; no element for a check that passes or warns."""
    if isinstance(result.answer, Fault):
        return "error" if result.blocks else "skipped", f"could not be judged: {result.answer.why}"
    if result.verdict is Verdict.NOT_APPLICABLE:
        return "skipped", f"not applicable: {result.answer.basis}"
    return "failure" if result.verdict is Verdict.FAIL else "", result.answer.basis


def _case(result: CheckResult, kind: str, message: str) -> Iterator[str]:
    yield _open("testcase", classname=f"forgewatch.{result.code}", name=f"{result.code} {result.title}", time="0.000")
    lines = _lines(result)
    if kind == "skipped":
        yield _open("skipped", "/", message=message)
    elif kind:
        head = _open(kind, message=message, type=result.verdict)
        yield f"{head}{_escaped(lines or [escape(message)])}</{kind}>"
    yield _text("system-out", [f"{result.verdict}: {escape(message)}", *lines])
    yield "</testcase>"


def _lines(result: CheckResult) -> list[str]:
    lines = finding_lines(result.findings)
    rest = len(lines) - SHOWN
    return [*lines[:SHOWN], *([f"and {rest} more lines: forgewatch audit --json lists each finding"] if rest > 0 else [])]


def _open(tag: str, end: str = "", /, **attributes: str | int) -> str:
    told = "".join(f' {name}="{html.escape(escape(str(value)))}"' for name, value in attributes.items())
    return f"<{tag}{told}{end}>"


def _text(tag: str, lines: list[str]) -> str:
    return f"<{tag}>{_escaped(lines)}</{tag}>"


def _escaped(lines: list[str]) -> str:
    return html.escape("\n".join(lines), quote=False)
