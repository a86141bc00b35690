"""Findings and verdicts as one line of text: the ledger's checklist, the terminal block, the fix plan.

Everything a builder wrote (paths, lines, subjects) passes `escape` here, so a row of the ledger cannot end early or look like
another one. More than twenty findings of one code below one directory are told as one; JSON always lists each (checks.md A1).
The bytes of the ledger are made here: after the first release a change of `ledger_verdict` is a new rendering (core/ledger_markdown).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from forgewatch.core.text import escape
from forgewatch.core.verdict import CheckResult, Fault, Finding, Severity, Verdict

SUM_ABOVE = 20
"""So many findings of one code below one directory are still listed one by one."""

SHOWN = 3
"""So many findings stand in a row of the ledger; the others are counted (ledger.md section 1)."""

_WORDS = {Verdict.NOT_APPLICABLE: "PASS"}


@dataclass(frozen=True, slots=True)
class Summed:
    """A finding that stands for `count` findings. With `count` 1 it is that finding; else its path is the directory they share."""

    finding: Finding
    count: int


def finding_text(finding: Finding) -> str:
    """Return the short form, `A101 backdoor.py (untracked)`; without a path the message: `A107 no claim section`. Escaped, one line."""
    return f"{finding.code} {_short(finding)}"


def finding_line(finding: Finding) -> str:
    """Return the form of the terminal block, `A101 backdoor.py: changed but not claimed (untracked)`. Escaped, one line."""
    place, actual, message = _place(finding), escape(finding.actual), escape(finding.message)
    # A message that names its place, its line or what was found says it for the line as a whole.
    message = message.removeprefix(f"line {finding.line}: ")
    said = not place or (finding.line is not None and place in message) or message.startswith((f"{place} ", f"{place}: "))
    told = message if said else f"{place}: {message}"
    return f"{finding.code} {told}" + (f" ({actual})" if actual not in message else "")


def summed(findings: Iterable[Finding]) -> tuple[Summed, ...]:
    """Return the findings in their order, where each group of more than `SUM_ABOVE` of one code below one directory is one."""
    keyed = [(group_of(finding, number), finding) for number, finding in enumerate(findings)]
    groups: dict[tuple[str, str], list[Finding]] = {}
    for key, finding in keyed:
        groups.setdefault(key, []).append(finding)
    shown: dict[object, Summed] = {}
    for number, (key, finding) in enumerate(keyed):
        # A sum stands where its first finding stood.
        if len(groups[key]) <= SUM_ABOVE:
            shown[number] = Summed(finding, 1)
        elif key not in shown:
            shown[key] = _sum(groups[key])
    return tuple(shown.values())


def finding_lines(findings: Iterable[Finding]) -> tuple[str, ...]:
    """Return one terminal line per finding or sum of findings."""
    return tuple(finding_line(one.finding) for one in summed(findings))


def ledger_verdict(result: CheckResult) -> str:
    """Return the right-hand side of a checklist row: verdict, basis, at most three findings and a count (ledger.md section 1).

    The contract's two words cover all five verdicts: a check that does not apply passes, one that could not be judged fails
    (architecture.md, Verdicts); warnings say WARN.
    """
    if isinstance(result.answer, Fault):
        word = "FAIL" if result.severity is Severity.BLOCKING else "WARN"
        return f"{word} — could not be judged: {escape(result.answer.why)}"
    word = _WORDS.get(result.verdict, result.verdict.value)
    basis = escape(result.answer.basis)
    if result.verdict is Verdict.NOT_APPLICABLE:
        return f"{word} — not applicable: {basis}"
    return f"{word} — {basis}" + (f": {first_findings(result.findings)}" if result.findings else "")


def first_findings(findings: Sequence[Finding]) -> str:
    """Return the short forms of the first three findings (or sums), and how many more there are."""
    shown = summed(findings)[:SHOWN]
    rest = len(findings) - sum(one.count for one in shown)
    told = [finding_text(one.finding) for one in shown]
    return "; ".join([*told, f"and {rest} more"] if rest else told)


def _short(finding: Finding) -> str:
    place = _place(finding)
    if not place:
        return escape(finding.message)
    return f"{place} ({escape(finding.actual)})" if finding.actual else f"{place}: {escape(finding.message)}"


def _place(finding: Finding) -> str:
    if finding.path is None:
        return "" if finding.line is None else f"line {finding.line}"
    return escape(finding.path) + ("" if finding.line is None else f":{finding.line}")


def group_of(finding: Finding, number: int) -> tuple[str, str]:
    """Return the code and top directory of a finding; one about no file belongs to no directory and is, by `number`, a group of its own."""
    if finding.path is None:
        return f"{finding.code} {number}", ""
    directory, slash, _ = finding.path.partition("/")
    return finding.code, directory if slash else ""


def _sum(group: list[Finding]) -> Summed:
    kinds = {finding.actual for finding in group}
    messages = {finding.message for finding in group}
    count = len(group)
    told = replace(
        group[0],
        path=shared_folder([finding.path or "" for finding in group]),
        line=None,
        message=group[0].message if len(messages) == 1 else f"{_wanted(group)}see --json for each",
        actual=f"{count} {kinds.pop()}" if len(kinds) == 1 and "" not in kinds else f"{count} findings",
    )
    return Summed(told, count)


def _wanted(group: list[Finding]) -> str:
    """Return what the findings of a sum ask for, the most frequent first: `expected X (34), Y (12), Z (5) and 2 others, `."""
    wanted = Counter(finding.expected for finding in group if finding.expected)
    told = ", ".join(f"{expected} ({count})" for expected, count in wanted.most_common(SHOWN))
    rest = len(wanted) - SHOWN
    return f"expected {told}{f' and {rest} more' if rest > 0 else ''}, " if told else ""


def shared_folder(paths: Sequence[str]) -> str:
    """Return the deepest folder that holds all of the paths (at least one), ending with a slash; of equal paths the path itself."""
    first, last = min(paths), max(paths)
    if first == last:
        return first
    parts = []
    for left, right in zip(first.split("/")[:-1], last.split("/")[:-1], strict=False):
        if left != right:
            break
        parts.append(left)
    return "/".join([*parts, ""]) if parts else "./"
