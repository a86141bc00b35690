"""The fix plan: for each finding of a failed check the smallest action that mends it (contract §10.3; checks.md, Fix plan).

The plan touches failed checks only, and names the closed list of files that mending may touch. It is made of facts and of templates
from the catalogue; nothing a builder wrote is ever a template.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from forgewatch.core.catalogue import CodeDoc
from forgewatch.core.checklist import in_order
from forgewatch.core.finding_text import SHOWN, SUM_ABOVE, group_of, shared_folder
from forgewatch.core.places import Places
from forgewatch.core.text import escape
from forgewatch.core.values import RepoPath
from forgewatch.core.verdict import Audit, CheckCode, CheckResult, Fault, Finding, Verdict

VERIFY = "forgewatch audit"
"""The command that tells whether a fix holds."""

_SLOT = re.compile(r"\{(path\}:\{line|path|line|expected|actual)\}")
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

    `A1: claim or remove backdoor.py`; several findings: the first three different actions and a count. Findings that ask for the same
    thing are one action over their files: one distribution is declared once, however many files import it.
    """
    blocking = [result for result in in_order(audit.results) if result.blocks]
    return tuple(f"{result.code}: {_line(result, docs, places)}" for result in blocking)


def _failed(audit: Audit) -> list[CheckResult]:
    return [result for result in in_order(audit.results) if result.blocks and result.verdict is Verdict.FAIL]


def _line(result: CheckResult, docs: Mapping[str, CodeDoc], places: Places) -> str:
    if isinstance(result.answer, Fault):
        return f"could not be judged: {escape(result.answer.why)}"
    steps = [(_action(group, docs.get(group[0].code)), len(group)) for group in _grouped(result.findings, docs)]
    # Twelve findings that one action mends are one action; what is not shown is counted in findings.
    shown = list(dict.fromkeys(action for action, _ in steps))[:SHOWN]
    rest = sum(count for action, count in steps if action not in shown)
    told = [escape(action) for action in shown]
    return "; ".join([*told, f"and {rest} more"] if rest else told)


def _grouped(findings: Sequence[Finding], docs: Mapping[str, CodeDoc]) -> list[list[Finding]]:
    """Return the findings in groups that one action mends, in the order of their first ones.

    What the action asks for makes the group; where it names no more than the files, more than twenty below one directory do.
    """
    places = [group_of(finding, number) for number, finding in enumerate(findings)]
    sizes = Counter(places)
    groups: dict[tuple[object, ...], list[Finding]] = {}
    for number, (finding, place) in enumerate(zip(findings, places, strict=True)):
        doc = docs.get(finding.code)
        template = doc.action if doc else ""
        subject = [getattr(finding, name) for name in ("expected", "actual") if f"{{{name}}}" in template]
        scope = () if "{expected}" in template else place if sizes[place] > SUM_ABOVE else (number,)
        groups.setdefault((finding.code, *scope, *subject), []).append(finding)
    return list(groups.values())


def _step(result: CheckResult, finding: Finding, docs: Mapping[str, CodeDoc], places: Places, changed: tuple[str, ...] = ()) -> FixStep:
    doc = docs.get(finding.code)
    return FixStep(
        check=result.code,
        code=finding.code,
        path=finding.path,
        line=finding.line,
        expected=finding.expected,
        actual=finding.actual,
        action=_action([finding], doc),
        files_allowed=_allowed(finding, doc.allows if doc else ("path",), places, changed),
    )


def _action(group: Sequence[Finding], doc: CodeDoc | None) -> str:
    """Return the action on findings that agree in what it asks for; they may differ in path and line."""
    first = group[0]
    if doc is None:
        return ": ".join(part for part in (first.path, first.message) if part)
    paths = list(dict.fromkeys(finding.path for finding in group if finding.path))
    lines = list(dict.fromkeys(str(finding.line) for finding in group if finding.line is not None))
    spots = list(dict.fromkeys(f"{finding.path}:{finding.line}" for finding in group if finding.path and finding.line is not None))
    # A claim of a directory would claim none of its files: an action upon many names them by number.
    files = ", ".join(paths) if len(paths) <= SHOWN else f"the {len(paths)} files below {shared_folder(paths)}"
    slots = {
        "path": files,
        "line": _few(lines),
        "path}:{line": ", ".join(spots) if 0 < len(spots) <= SHOWN else files,
        "expected": first.expected,
        "actual": first.actual,
    }
    return _SLOT.sub(lambda found: slots[found.group(1)], doc.action)


def _few(texts: Sequence[str]) -> str:
    rest = len(texts) - SHOWN
    return ", ".join(texts[:SHOWN]) + (f" and {rest} more" if rest > 0 else "")


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
