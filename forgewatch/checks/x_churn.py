"""X-CHURN: signs of cleanup and rewriting that nobody asked for (contract §3; requirements.md S002-3-2). A person decides; no profile
makes it block.

Whole conversions of line ends are A1's note A109 and no finding here. Only source is looked at: data and generated files are written anew
all the time.
"""

from __future__ import annotations

import re
from collections import Counter

from forgewatch.core.added_lines import text_of
from forgewatch.core.snapshot import Snapshot
from forgewatch.core.source_kinds import is_python, language_of
from forgewatch.core.text import counted
from forgewatch.core.values import RepoPath
from forgewatch.core.verdict import Finding, Ruling
from forgewatch.core.versions import versions

LONG = 100
"""A source file of so many lines that are not blank is not written anew by the way."""

KEPT = 0.2
"""The smallest part of such a file that stays in an ordinary change."""

_SPACE = re.compile(r"\s+")
_ASCII_SPACE = b" \t\n\r\v\f\x1c\x1d\x1e\x1f"
"""All that is white space of a text in ASCII."""


def judge(snapshot: Snapshot) -> Ruling:
    """Return findings XC01 (white space only) and XC02 (written anew). Not applicable where no source was modified."""
    both = [(version.path, version.before, version.after) for version in versions(snapshot) if _is_source(version.path)]
    modified = [(path, before, after) for path, before, after in both if before is not None and after is not None and before != after]
    told = (_judged(path, before, after) for path, before, after in modified)
    findings = tuple(finding for finding in told if finding is not None)
    basis = f"{counted(len(modified), 'modified source file')} looked at"
    return Ruling(basis=basis, findings=findings, applicable=bool(modified))


def _is_source(path: RepoPath) -> bool:
    return is_python(path) or (language_of(path) is not None and not path.endswith(".ipynb"))


def _judged(path: RepoPath, before: bytes, after: bytes) -> Finding | None:
    if not _may_be_layout(before, after) and before.count(b"\n") + before.count(b"\r") < LONG - 1:
        return None
    old, new = _lines(before), _lines(after)
    if old == new:
        # Only line ends differ, which is told elsewhere.
        return None
    if _may_be_layout(before, after) and _without_space(path, old) == _without_space(path, new):
        message = "differs from HEAD in white space only"
        return Finding(code="XC01", path=path, message=message, expected="no change", actual="white space only")
    filled = [line.strip() for line in old if line.strip()]
    if len(filled) < LONG:
        return None
    kept = (Counter(filled) & Counter(line.strip() for line in new)).total()
    if kept >= KEPT * len(filled):
        return None
    actual = f"{kept} of {len(filled)} lines stayed"
    return Finding(code="XC02", path=path, message=f"was written anew: {actual}", expected="the lines that had to change", actual=actual)


def _may_be_layout(before: bytes, after: bytes) -> bool:
    """False when the versions differ in more than white space, told from the bytes: most changes are taken no further apart."""
    if not (before.isascii() and after.isascii()):
        return True
    return before.translate(None, _ASCII_SPACE) == after.translate(None, _ASCII_SPACE)


def _lines(raw: bytes) -> list[str]:
    return text_of(raw).replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _without_space(path: RepoPath, lines: list[str]) -> str:
    if not is_python(path):
        return _SPACE.sub("", "".join(lines))
    indented = ((line[: len(line) - len(line.lstrip())], _SPACE.sub("", line)) for line in lines)
    return "\n".join(indent + text for indent, text in indented if text)
