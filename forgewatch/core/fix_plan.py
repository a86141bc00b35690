"""The fix plan: for each finding of a failed check the smallest action that mends it (contract §10.3; checks.md, Fix plan).

The plan touches failed checks only, and names the closed list of files that mending may touch. It is made of facts and of templates
from the catalogue; nothing a builder wrote is ever a template. What an action says in words, `ways` say for programs.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from forgewatch.core.catalogue import ASK, CLAIM, EDIT, CodeDoc
from forgewatch.core.checklist import in_order
from forgewatch.core.finding_text import SHOWN, SUM_ABOVE, group_of, shared_folder
from forgewatch.core.fix_ways import Spot, Way, is_for_operator, ways_of
from forgewatch.core.paths_of_tests import usual_test_of
from forgewatch.core.places import Places
from forgewatch.core.stop import reason_of
from forgewatch.core.text import escape
from forgewatch.core.values import RepoPath
from forgewatch.core.verdict import Audit, CheckCode, CheckResult, Fault, Finding, StopReason

_SECRET = "remove {path}, or take out what looks like a secret before it is claimed"
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
    """One step: what contradicts what, and the smallest action. Strings are raw. `files_allowed` is closed and holds every file that
    a way names; one of the `ways` is enough. `stop` is the reason for which this check alone would stop the audit."""

    check: CheckCode
    code: str
    path: str | None
    line: int | None
    expected: str
    actual: str
    action: str
    files_allowed: tuple[str, ...]
    stop: StopReason
    ways: tuple[Way, ...]


@dataclass(frozen=True, slots=True)
class _Ground:
    """What every step is made of."""

    docs: Mapping[str, CodeDoc]
    places: Places
    changed: tuple[str, ...] = ()
    changes: frozenset[str] = frozenset()
    commit: str | None = None
    secret: frozenset[str] = frozenset()
    rows: Mapping[str, int] | None = None

    def doc(self, finding: Finding) -> CodeDoc | None:
        """Return the page of a finding's code, with the action that fits it."""
        doc = self.docs.get(finding.code)
        if doc and finding.path in self.secret and doc.ways and doc.ways[0] == CLAIM:
            return replace(doc, action=_SECRET)
        return doc


def fix_plan(
    audit: Audit,
    docs: Mapping[str, CodeDoc],
    places: Places,
    changed: Iterable[str] = (),
    commit: str | None = None,
    rows: Mapping[str, int] | None = None,
) -> tuple[FixStep, ...]:
    """Return a step for each finding of each blocking check that failed, in the order of the checklist. Empty when none did.

    `changed` are the changed paths of the audit: what a failed test may be mended in. `commit` is what they are changed from;
    `rows` are the lines of claimed paths in the diff log.
    """
    paths = tuple(changed)
    ground = _Ground(docs, places, paths, frozenset(paths), commit, _secret(audit), rows)
    return tuple(_step(result, finding, ground) for result in _blocking(audit) for finding in result.findings)


def needs_operator(audit: Audit, docs: Mapping[str, CodeDoc]) -> bool:
    """True when a finding that failed the audit has no way that a builder may go."""
    found = (docs.get(finding.code) for result in _blocking(audit) for finding in result.findings)
    return any(doc is not None and is_for_operator(doc) for doc in found)


def fix_lines(audit: Audit, docs: Mapping[str, CodeDoc], places: Places) -> tuple[str, ...]:
    """Return one line per check that failed or could not be judged, for `### Fix Plan` (ledger.md section 1). Escaped.

    `A1: claim or remove backdoor.py`; several findings: the first three different actions and a count. Findings that ask for the same
    thing are one action over their files: one distribution is declared once, however many files import it.
    """
    ground = _Ground(docs, places, secret=_secret(audit))
    return tuple(f"{result.code}: {_line(result, ground)}" for result in _blocking(audit))


def _blocking(audit: Audit) -> list[CheckResult]:
    # One that could not be judged has no findings, so no steps.
    return [result for result in in_order(audit.results) if result.blocks]


def _secret(audit: Audit) -> frozenset[str]:
    """Return the files with what looks like a secret, whether that fails the audit or not."""
    return frozenset(finding.path for result in audit.results if result.code == "W1" for finding in result.findings if finding.path)


def _line(result: CheckResult, ground: _Ground) -> str:
    if isinstance(result.answer, Fault):
        return f"could not be judged: {escape(result.answer.why)}"
    steps = [(_action(group, ground.doc(group[0])), len(group)) for group in _grouped(result.findings, ground)]
    # Twelve findings that one action mends are one action; what is not shown is counted in findings.
    shown = list(dict.fromkeys(action for action, _ in steps))[:SHOWN]
    rest = sum(count for action, count in steps if action not in shown)
    told = [escape(action) for action in shown]
    return "; ".join([*told, f"and {rest} more"] if rest else told)


def _grouped(findings: Sequence[Finding], ground: _Ground) -> list[list[Finding]]:
    """Return the findings in groups that one action mends, in the order of their first ones.

    What the action asks for makes the group; where it names no more than the files, more than twenty below one directory do.
    """
    places = [group_of(finding, number) for number, finding in enumerate(findings)]
    sizes = Counter(places)
    groups: dict[tuple[object, ...], list[Finding]] = {}
    for number, finding in enumerate(findings):
        place = places[number]
        doc = ground.doc(finding)
        template = doc.action if doc else ""
        subject = [getattr(finding, name) for name in ("expected", "actual") if f"{{{name}}}" in template]
        scope = () if "{expected}" in template else place if sizes[place] > SUM_ABOVE else (number,)
        groups.setdefault((finding.code, template, *scope, *subject), []).append(finding)
    return list(groups.values())


def _step(result: CheckResult, finding: Finding, ground: _Ground) -> FixStep:
    doc = ground.doc(finding) or CodeDoc(code=finding.code, title="", means="", good="", bad="", fix="", action="", ways=(EDIT, ASK))
    action = _action([finding], ground.doc(finding))
    files = _files(finding, ground)
    spot = Spot(
        finding=finding,
        action=action,
        places=ground.places,
        files=files,
        changed=ground.changes,
        commit=ground.commit,
        secret=finding.path in ground.secret,
        row=ground.rows.get(finding.path or "") if ground.rows else None,
    )
    ways = ways_of(doc, spot)
    named = [path for token in doc.allows for path in files.get(token, ())]
    touched = [path for way in ways for op in way for path in op.touches]
    return FixStep(
        check=result.code,
        code=finding.code,
        path=finding.path,
        line=finding.line,
        expected=finding.expected,
        actual=finding.actual,
        action=action,
        files_allowed=tuple(dict.fromkeys((*named, *touched))),
        stop=reason_of(result.code, finding.code),
        ways=ways,
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


def _files(finding: Finding, ground: _Ground) -> dict[str, tuple[str, ...]]:
    """Return the files that each token of a catalogue row stands for, for this finding."""
    places, path, expected = ground.places, finding.path or "", finding.expected
    name = path.rpartition("/")[2]
    named = {
        "path": path,
        "expected": expected,
        "difflog": places.diff_log,
        "record": places.test_record,
        "ledger": places.ledger,
        "boundaries": places.boundaries,
        "physics": places.physics,
        "outside": path.removeprefix(places.base),
        # The first of the folders that are collected.
        "below": f"{expected.partition(',')[0].rstrip('/')}/{name}",
        "test_of": usual_test_of(RepoPath(path)),
    }
    return {token: (text,) if text else () for token, text in named.items()} | {"manifest": _manifests(finding), "changed": ground.changed}


def _manifests(finding: Finding) -> tuple[str, ...]:
    # The check knows which manifest it asked and says so in `expected`; otherwise the language's usual names.
    told = tuple(found.group() for found in _MANIFEST_NAME.finditer(finding.expected))
    path = finding.path or ""
    usual = next((names for suffix, names in _MANIFESTS.items() if path.endswith(suffix)), _PACKAGE_JSON)
    return told or tuple(RepoPath(name) for name in usual)
