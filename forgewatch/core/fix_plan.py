"""The fix plan: for each finding of a failed check the smallest action that mends it (contract §10.3; checks.md, Fix plan).

The plan touches failed checks only, and names the closed list of files that mending may touch. It is made of facts and of templates
from the catalogue; nothing a builder wrote is ever a template.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from forgewatch.core.catalogue import CodeDoc
from forgewatch.core.checklist import in_order
from forgewatch.core.finding_text import SHOWN, Summed, summed
from forgewatch.core.places import Places
from forgewatch.core.text import escape
from forgewatch.core.values import RepoPath
from forgewatch.core.verdict import Audit, CheckCode, CheckResult, Fault, Finding, Verdict

VERIFY = "forgewatch audit"
"""The command that tells whether a fix holds."""

_SLOT = re.compile(r"\{(path|line|expected|actual)\}")
_MANIFESTS = {
    ".py": ("requirements.txt", "pyproject.toml"),
    ".pyi": ("requirements.txt", "pyproject.toml"),
    ".go": ("go.mod",),
}
_PACKAGE_JSON = ("package.json",)
_MANIFEST_NAME = re.compile(
    r"(?:[\w.@+-]+/)*(?:requirements[\w.-]*\.(?:txt|in)|pyproject\.toml|setup\.(?:cfg|py)|Pipfile|package\.json|go\.mod)(?![\w/])"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FixStep:
    """One step: what contradicts what, and the smallest action. Strings are raw. `files_allowed` is closed; `verify` is a command."""

    check: CheckCode
    code: str
    path: str | None
    line: int | None
    expected: str
    actual: str
    action: str
    files_allowed: tuple[str, ...]
    verify: str = VERIFY


def fix_plan(audit: Audit, docs: Mapping[str, CodeDoc], places: Places, changed: Iterable[str] = ()) -> tuple[FixStep, ...]:
    """Return a step for each finding of each blocking check that failed, in the order of the checklist. Empty when none did.

    `changed` are the changed paths of the audit: what a failed test may be mended in.
    """
    paths = tuple(changed)
    return tuple(_step(result, finding, docs, places, paths) for result in _failed(audit) for finding in result.findings)


def fix_lines(audit: Audit, docs: Mapping[str, CodeDoc], places: Places) -> tuple[str, ...]:
    """Return one line per check that failed or could not be judged, for `### Fix Plan` (ledger.md section 1). Escaped.

    `A1: claim or remove backdoor.py`; several findings: the first three different actions and a count.
    """
    blocking = [result for result in in_order(audit.results) if result.blocks]
    return tuple(f"{result.code}: {_line(result, docs, places)}" for result in blocking)


def _failed(audit: Audit) -> list[CheckResult]:
    return [result for result in in_order(audit.results) if result.blocks and result.verdict is Verdict.FAIL]


def _line(result: CheckResult, docs: Mapping[str, CodeDoc], places: Places) -> str:
    if isinstance(result.answer, Fault):
        return f"could not be judged: {escape(result.answer.why)}"
    steps = [(_step(result, _counted(one), docs, places).action, one.count) for one in summed(result.findings)]
    # Twelve findings that one action mends are one action; what is not shown is counted in findings.
    shown = list(dict.fromkeys(action for action, _ in steps))[:SHOWN]
    rest = sum(count for action, count in steps if action not in shown)
    told = [escape(action) for action in shown]
    return "; ".join([*told, f"and {rest} more"] if rest else told)


def _counted(one: Summed) -> Finding:
    # An action upon a sum names its files by number: a claim of the directory would claim none of them.
    path = one.finding.path
    return replace(one.finding, path=f"the {one.count} files below {path}") if path and path.endswith("/") else one.finding


def _step(result: CheckResult, finding: Finding, docs: Mapping[str, CodeDoc], places: Places, changed: tuple[str, ...] = ()) -> FixStep:
    doc = docs.get(finding.code)
    return FixStep(
        check=result.code,
        code=finding.code,
        path=finding.path,
        line=finding.line,
        expected=finding.expected,
        actual=finding.actual,
        action=_action(finding, doc),
        files_allowed=_allowed(finding, doc.allows if doc else ("path",), places, changed),
    )


def _action(finding: Finding, doc: CodeDoc | None) -> str:
    if doc is None:
        return ": ".join(part for part in (finding.path, finding.message) if part)
    line = "" if finding.line is None else str(finding.line)
    slots = {"path": finding.path or "", "line": line, "expected": finding.expected, "actual": finding.actual}
    return _SLOT.sub(lambda found: slots[found.group(1)], doc.action)


def _allowed(finding: Finding, tokens: tuple[str, ...], places: Places, changed: tuple[str, ...]) -> tuple[str, ...]:
    named = {
        "path": (finding.path,) if finding.path else (),
        "expected": (finding.expected,) if finding.expected else (),
        "difflog": (places.diff_log,),
        "record": (places.test_record,),
        "ledger": (places.ledger,),
        "boundaries": (places.boundaries,),
        "physics": (places.physics,),
        "manifest": _manifests(finding),
        "changed": changed,
    }
    return tuple(dict.fromkeys(path for token in tokens for path in named.get(token, ())))


def _manifests(finding: Finding) -> tuple[str, ...]:
    # The check knows which manifest it asked and says so in `expected`; otherwise the language's usual names.
    told = tuple(found.group() for found in _MANIFEST_NAME.finditer(finding.expected))
    path = finding.path or ""
    usual = next((names for suffix, names in _MANIFESTS.items() if path.endswith(suffix)), _PACKAGE_JSON)
    return told or tuple(RepoPath(name) for name in usual)
