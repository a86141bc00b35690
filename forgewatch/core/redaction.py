"""No secret is quoted by a finding: what W1 would find in its text is shown as W1 shows it (checks.md W1, Reported).

A check quotes what it met: a line of a manifest, the name of an import. Where that is a token, the audit would carry it into the journal,
the ledger and every report.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from forgewatch.core.secret_scan import SecretHit, scan_lines
from forgewatch.core.verdict import Fault, Finding, Ruling


def redacted(answer: Ruling | Fault) -> Ruling | Fault:
    """Return the answer of a check without secrets in its texts. Paths are left as they are: they name files."""
    if isinstance(answer, Fault):
        return Fault(_without(answer.why))
    told = (*answer.findings, *answer.notes)
    if not scan_lines(tuple(enumerate(_texts(answer.basis, told)))):
        return answer
    return replace(
        answer, basis=_without(answer.basis), findings=tuple(map(_plain, answer.findings)), notes=tuple(map(_plain, answer.notes))
    )


def _texts(basis: str, told: Iterable[Finding]) -> Iterable[str]:
    yield basis
    for finding in told:
        yield from (finding.message, finding.expected, finding.actual)


def _plain(finding: Finding) -> Finding:
    return replace(finding, message=_without(finding.message), expected=_without(finding.expected), actual=_without(finding.actual))


def _without(text: str) -> str:
    return "\n".join(map(_line_without, text.split("\n")))


def _line_without(line: str) -> str:
    # From the last to the first, so that the places of the others stay what they are.
    for hit in reversed(scan_lines(((1, line),))):
        line = f"{line[: hit.column - 1]}{_shown(hit)}{line[hit.column - 1 + hit.length :]}"
    return line


def _shown(hit: SecretHit) -> str:
    return f"{hit.shown}... ({hit.digest})"
