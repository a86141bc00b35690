"""No secret is quoted by a finding: what W1 would find in its text is shown as W1 shows it (checks.md W1, Reported).

A check quotes what it met: a line of a manifest, the name of an import. Where that is a token, the audit would carry it into the journal,
the ledger and every report.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import accumulate

from forgewatch.core.secret_scan import SecretHit, scan_lines
from forgewatch.core.verdict import Fault, Finding, Ruling


def redacted(answer: Ruling | Fault) -> Ruling | Fault:
    """Return the answer of a check without secrets in its texts. Paths are left as they are: they name files."""
    if isinstance(answer, Fault):
        return Fault(without_secrets(answer.why))
    told = (*answer.findings, *answer.notes)
    if not scan_lines(tuple(enumerate("\n".join(_texts(answer.basis, told)).split("\n")))):
        return answer
    return replace(
        answer, basis=without_secrets(answer.basis), findings=tuple(map(_plain, answer.findings)), notes=tuple(map(_plain, answer.notes))
    )


def _texts(basis: str, told: Iterable[Finding]) -> Iterable[str]:
    yield basis
    for finding in told:
        yield from (finding.message, finding.expected, finding.actual)


def _plain(finding: Finding) -> Finding:
    return replace(
        finding,
        message=without_secrets(finding.message),
        expected=without_secrets(finding.expected),
        actual=without_secrets(finding.actual),
    )


def without_secrets(text: str, *, settings: bool = False) -> str:
    """Return a text of any number of lines in which every secret is shown as W1 shows it; the number of lines may shrink. `settings`: it is
    of a file of settings, where values need no quotation marks."""
    lines = text.split("\n")
    starts = tuple(accumulate((len(line) + 1 for line in lines), initial=0))
    plain, end = "", 0
    # All lines at once: a key block goes over several. What begins inside of a secret that is gone is gone with it.
    for hit in scan_lines(tuple(enumerate(lines)), settings=settings):
        place = starts[hit.line] + hit.column - 1
        plain += f"{text[end:place]}{_shown(hit)}" if place >= end else ""
        end = max(end, place + hit.length)
    return plain + text[end:]


def _shown(hit: SecretHit) -> str:
    return f"{hit.shown}... ({hit.digest})"
